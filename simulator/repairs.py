"""The course of fault reports: who calls when, and how long each stage takes."""

from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from simulator.customers import SEQUENCE
from simulator.instants import DAY, HOUR, MINUTE, NEVER, OFFSET, Seconds, midnight
from simulator.names import CUSTOMER_FAULT, FAULT, MATTERS, OTHER_FAULT
from simulator.network import Areas

Rng = np.random.Generator
Real = npt.NDArray[np.float64]

STAGES: Final = (
    "accepted", "dispatched", "received", "arrived", "surveyed", "restored", "contacted", "replied", "reviewed",
    "revisited", "archived", "scheme", "inspected", "connected", "cancelled", "merged",
)  # fmt: skip
# Stages that a reopening takes back and that come a second time.
AGAIN: Final = ("restored", "replied", "reviewed", "revisited", "archived")
MOMENTS: Final = (*STAGES, "reopened", *(f"{name}_again" for name in AGAIN))
# What a row has beside its stages; the value where nobody says otherwise.
_DEFAULTS: Final = {
    "category": FAULT, "area": 0, "customer": 0, "has_account": 1, "channel": 0, "matter": 0, "cause": 0, "grade": 0,
    "urgency": 0, "is_sensitive": 0, "is_anonymous": 0, "is_confidential": 0, "is_leapfrog": 0, "substantiated": -1,
    "restore_first": 0, "ownership": 0, "crew": 0, "parent": -1, "outage": -1, "phone_form": 0, "repeat_of": -1,
    "is_aimed": 0,
}  # fmt: skip
# How the fitting crew is paced: the promise of domain.md 1.9 in seconds, by area class. The verdicts in truth.py
# are written apart from this.
PACE_ARRIVAL: Final = np.array([45, 90, 120]) * MINUTE
PACE_RESTORATION: Final = np.array([180, 240, 240]) * MINUTE
_FAULT_HOURS: Final = np.array(
    [7, 5, 4, 4, 4, 6, 12, 20, 26, 29, 28, 25, 22, 21, 22, 23, 24, 27, 32, 34, 31, 25, 17, 11], dtype=float
)
GRID: Final = 3  # seconds: a duration of whole 0.05 min survives two decimals


def orders(n: int, **columns: Any) -> pd.DataFrame:
    """`n` orders; stages not given never come."""
    data = {name: np.full(n, NEVER, dtype=np.int64) for name in MOMENTS}
    data |= {name: np.full(n, value, dtype=np.int64) for name, value in _DEFAULTS.items()}
    for name, value in columns.items():
        data[name] = np.broadcast_to(np.asarray(value, dtype=np.int64), (n,)).copy()
    return pd.DataFrame(data)


def col(frame: pd.DataFrame, name: str) -> Seconds:
    return frame[name].to_numpy(np.int64)


def moments(rng: Rng, day: int, n: int, hours: Real) -> Seconds:
    """`n` instants of `day`, by the weights of its hours, in order."""
    hour = rng.choice(24, n, p=hours / hours.sum())
    return np.sort(midnight(day) + hour * HOUR + rng.integers(0, HOUR, n))


def callers(rng: Rng, areas: Areas, n: int, among: Seconds | None = None) -> tuple[Seconds, Seconds]:
    """(area, customer) of `n` callers, anywhere or in the areas `among`."""
    p = areas.weight if among is None else areas.weight[among] / areas.weight[among].sum()
    pool = np.arange(len(areas.code)) if among is None else among
    area = rng.choice(pool, n, p=p).astype(np.int64)
    return area, area * SEQUENCE + (rng.random(n) * areas.customers[area]).astype(np.int64)


def office(rng: Rng, at: Seconds) -> Seconds:
    """`at`, moved into 08:30 to 20:30 of the city: nobody is rung up at night."""
    hour = (at + OFFSET) % DAY / HOUR
    early = at - (at + OFFSET) % DAY + 8 * HOUR + 1800
    later = np.where(hour < 8.5, early, np.where(hour >= 20.5, early + DAY, at))
    return np.asarray(np.where(later == at, at, later + rng.integers(0, 3 * HOUR, len(at))), dtype=np.int64)


def _grid(seconds: Real) -> Seconds:
    return (np.round(seconds / GRID) * GRID).astype(np.int64)


def staged(rng: Rng, areas: Areas, frame: pd.DataFrame, arrival: Real, restoration: Real) -> pd.DataFrame:
    """`frame` with every stage of a repair, given the share of each promised time that is used."""
    n = len(frame)
    accepted, cls = col(frame, "accepted"), areas.area_class[col(frame, "area")]
    dispatched = accepted + rng.integers(14, 60, n) * GRID
    received = dispatched + rng.integers(30, 240, n)
    arrived = accepted + np.maximum(_grid(arrival * PACE_ARRIVAL[cls]), 8 * MINUTE)
    repair = np.maximum(_grid(restoration * PACE_RESTORATION[cls]), 6 * MINUTE)
    restored = arrived + repair
    replied = restored + rng.integers(4 * MINUTE, 25 * MINUTE, n)
    reviewed = replied + rng.integers(8 * MINUTE, HOUR, n)
    is_revisited = rng.random(n) < 0.97
    revisited = office(rng, reviewed + rng.integers(20 * MINUTE, 10 * HOUR, n))
    archived = np.where(is_revisited, revisited, reviewed) + rng.integers(5 * MINUTE, HOUR, n)
    return frame.assign(
        dispatched=dispatched, received=received, arrived=arrived,
        surveyed=arrived + np.minimum(rng.integers(2 * MINUTE, 12 * MINUTE, n), repair // 2),
        restored=restored, replied=replied, reviewed=reviewed,
        revisited=np.where(is_revisited, revisited, NEVER), archived=archived,
    )  # fmt: skip


def paces(rng: Rng, n: int, stretch: Real) -> tuple[Real, Real]:
    """Shares of the promised arrival and restoration times that `n` repairs use; about 3 % and 1 % run over."""
    arrival = np.minimum(rng.lognormal(np.log(0.37), 0.52, n), 2.2) * stretch
    restoration = np.minimum(rng.lognormal(np.log(0.12), 0.88, n), 1.8) * (1 + 2 * (stretch - 1))
    return arrival, restoration


def cancel(rng: Rng, frame: pd.DataFrame, share: float) -> pd.DataFrame:
    """`frame` with a few orders called off some minutes after they came; what would follow never does."""
    accepted = col(frame, "accepted")
    at = accepted + rng.integers(4 * MINUTE, 25 * MINUTE, len(frame))
    chosen = rng.random(len(frame)) < share
    out = {"cancelled": np.where(chosen, at, NEVER)}
    for name in STAGES[1:-2]:
        value = col(frame, name)
        out[name] = np.where(chosen & (value > at), NEVER, value)
    return frame.assign(**out)


def described(rng: Rng, frame: pd.DataFrame) -> pd.DataFrame:
    """`frame` with kind of fault, cause, urgency and the like drawn."""
    n = len(frame)
    matter = rng.choice(len(MATTERS[FAULT]), n, p=[0.46, 0.18, 0.07, 0.1, 0.08, 0.06, 0.05])
    return frame.assign(
        matter=matter,
        cause=rng.choice(8, n, p=[0.25, 0.25, 0.05, 0.05, 0.08, 0.07, 0.15, 0.1]),
        channel=rng.choice(6, n, p=[0.78, 0.06, 0.006, 0.134, 0.002, 0.018]),
        urgency=rng.choice(3, n, p=[0.86, 0.11, 0.03]),
        has_account=rng.random(n) < 0.85,
        restore_first=rng.random(n) < 0.12,
        ownership=np.where(matter == CUSTOMER_FAULT, 1, np.where(matter == OTHER_FAULT, 2, 0)),
        crew=rng.integers(1, 3, n),
    ).astype(np.int64)


def ordinary(rng: Rng, areas: Areas, day: int, mean: float) -> pd.DataFrame:
    """The day's single fault reports, without stages."""
    n = int(rng.poisson(mean))
    area, customer = callers(rng, areas, n)
    return described(rng, orders(n, accepted=moments(rng, day, n, _FAULT_HOURS), area=area, customer=customer))


def slow(rng: Rng, areas: Areas, day: int) -> pd.DataFrame:
    """Half-hourly repairs that use nearly all their time, some more: at no moment does the list of limits stand empty.

    Each is aimed at the moment when three quarters of its restoration time are used, from 05:00 on, so that it is
    accepted on `day` itself.
    """
    n = 48
    area, customer = callers(rng, areas, n)
    cls = areas.area_class[area]
    arrival = rng.uniform(0.4, 0.95, n)
    restoration = np.where(rng.random(n) < 0.1, rng.uniform(1.02, 1.3, n), rng.uniform(0.945, 0.995, n))
    aimed = midnight(day) + 5 * HOUR + np.arange(n) * 1800 + rng.integers(0, 240, n)
    accepted = aimed - _grid(arrival * PACE_ARRIVAL[cls]) - _grid(0.75 * PACE_RESTORATION[cls])
    frame = described(rng, orders(n, accepted=accepted, area=area, customer=customer, is_aimed=1))
    return staged(rng, areas, frame, arrival, restoration)
