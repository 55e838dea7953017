"""Everything that is not a repair: enquiries, complaints that come back, opinions, applications; and the hotspots."""

from datetime import date
from typing import Final

import numpy as np
import pandas as pd

from simulator.calendar import is_workday, workday_after
from simulator.instants import DAY, HOUR, MINUTE, NEVER, Seconds, day_of, midnight
from simulator.names import (
    APPLICATION,
    COMPLAINT,
    ENQUIRY,
    FAULT,
    LOW_VOLTAGE_COMPLAINT,
    LOW_VOLTAGE_FAULT,
    LOW_VOLTAGE_OPINION,
    MATTERS,
    OPINION,
    OTHER,
    PRAISE,
    QUERY,
    REPORT,
    SUGGESTION,
    URGING,
)
from simulator.network import Areas
from simulator.repairs import Rng, callers, col, described, moments, office, orders, paces, staged
from simulator.weather import Hotspot

_HOURS: Final = np.array(
    [3, 2, 1, 1, 1, 3, 8, 18, 36, 44, 42, 34, 24, 26, 36, 38, 36, 30, 26, 26, 24, 18, 10, 5], dtype=float
)
# Mean number a working day; days off bring three quarters. Repeated complaints come on top.
_MEAN: Final = {
    ENQUIRY: 172, QUERY: 106, REPORT: 3, SUGGESTION: 3, OPINION: 22, PRAISE: 4, URGING: 16, OTHER: 24, APPLICATION: 42,
}  # fmt: skip
_COMPLAINTS: Final = 14.0
_AT_ONCE: Final = {ENQUIRY: 0.85, QUERY: 0.97, PRAISE: 1.0, URGING: 0.9, OTHER: 0.5}  # share settled in the call
_FORGOTTEN: Final = 24_000.0  # seconds to the first contact that only what lay about takes: about 2 %
_UNHURRIED: Final = (REPORT, SUGGESTION, OPINION)  # these may take 9 working days and more
REPEATS: Final = 0.15  # share of complaints that come back
REPEAT_WITHIN_DAYS: Final = 29


def _told(rng: Rng, areas: Areas, category: Seconds | int, at: Seconds, among: Seconds | None = None) -> pd.DataFrame:
    n = len(at)
    area, customer = callers(rng, areas, n, among)
    kinds = np.broadcast_to(np.asarray(category, dtype=np.int64), (n,))
    matters = np.array([len(MATTERS[c]) for c in range(11)])[kinds]
    return orders(
        n, category=kinds, accepted=at, area=area, customer=customer, has_account=rng.random(n) < 0.85,
        matter=(rng.random(n) * matters).astype(np.int64),
        channel=rng.choice(6, n, p=[0.74, 0.07, 0.02, 0.14, 0.004, 0.026]),
        is_anonymous=rng.random(n) < 0.02, is_confidential=rng.random(n) < 0.03,
    )  # fmt: skip


def _handled(rng: Rng, frame: pd.DataFrame) -> pd.DataFrame:
    """`frame` with the stages of a demand that goes to a unit: contact within a day, reply within working days."""
    n, accepted = len(frame), col(frame, "accepted")
    dispatched = accepted + rng.integers(4 * MINUTE, 20 * MINUTE, n)
    received = dispatched + rng.integers(3 * MINUTE, 40 * MINUTE, n)
    wait = rng.lognormal(8.7, 0.7, n)
    wait = np.where(wait > _FORGOTTEN, 25 * HOUR + wait / 4, wait)
    contacted = office(rng, received + wait.astype(np.int64))
    days = rng.choice([1, 2, 3, 4, 5, 6], n, p=[0.18, 0.3, 0.3, 0.19, 0.02, 0.01])
    days = np.where(np.isin(col(frame, "category"), _UNHURRIED), 2 * days - 1, days)
    due = [workday_after(date.fromordinal(day_of(a)), int(d)).toordinal() for a, d in zip(accepted, days, strict=True)]
    replied = np.array([midnight(d) for d in due], dtype=np.int64) + rng.integers(9 * HOUR, 18 * HOUR, n)
    replied = np.maximum(replied, contacted + 20 * MINUTE)
    reviewed = replied + rng.integers(20 * MINUTE, 5 * HOUR, n)
    revisited = office(rng, reviewed + rng.integers(HOUR, 12 * HOUR, n))
    return frame.assign(
        dispatched=dispatched, received=received, contacted=contacted, replied=replied, reviewed=reviewed,
        revisited=revisited, archived=revisited + rng.integers(5 * MINUTE, 2 * HOUR, n),
    )  # fmt: skip


def ordinary(rng: Rng, areas: Areas, day: int) -> pd.DataFrame:
    """The day's demands without fault reports and complaints."""
    share = 1.0 if is_workday(date.fromordinal(day)) else 0.75
    category = np.concatenate([np.full(rng.poisson(mean * share), c) for c, mean in _MEAN.items()]).astype(np.int64)
    rng.shuffle(category)
    n = len(category)
    frame = _told(rng, areas, category, moments(rng, day, n, _HOURS))
    handled = _handled(rng, frame)
    at_once = rng.random(n) < np.array([_AT_ONCE.get(c, 0.0) for c in range(11)])[category]
    done = col(frame, "accepted") + rng.integers(2 * MINUTE, 9 * MINUTE, n)
    quick = {name: np.where(at_once, NEVER, col(handled, name)) for name in ("dispatched", "received", "contacted")}
    quick |= {name: np.where(at_once, NEVER, col(handled, name)) for name in ("reviewed", "revisited")}
    return handled.assign(
        **quick,
        replied=np.where(at_once, done, col(handled, "replied")),
        archived=np.where(at_once, done, col(handled, "archived")),
    )


def complaints(rng: Rng, areas: Areas, day: int) -> pd.DataFrame:
    """Complaints of `day` and those that come back in the weeks after; `repeat_of` is the position of the one before.

    A customer who comes back is known in the same way as before, by account or by phone alone: no source could tell
    otherwise that it is the same customer.
    """
    share = 1.0 if is_workday(date.fromordinal(day)) else 0.7
    n = int(rng.poisson(_COMPLAINTS * share))
    first = _told(rng, areas, COMPLAINT, moments(rng, day, n, _HOURS))
    first = first.assign(
        grade=rng.choice(4, n, p=[0.9, 0.08, 0.015, 0.005]), is_leapfrog=(rng.random(n) < 0.04).astype(np.int64)
    )
    frames, origin, total = [first], first, n
    for _ in range(3):  # some come back twice, few three times
        back = np.flatnonzero(rng.random(len(origin)) < REPEATS)
        wait = (rng.beta(1.1, 2.2, len(back)) * (REPEAT_WITHIN_DAYS - 1) + 0.4) * DAY
        at = col(origin, "accepted")[back] + wait.astype(np.int64)
        at = office(rng, at)
        again = origin.iloc[back].reset_index(drop=True).assign(accepted=at, repeat_of=back + total - len(origin))
        again = again.assign(phone_form=rng.integers(0, 3, len(back)), channel=_higher(again))
        other = rng.random(len(back)) < 0.08  # another matter than before: no repeat by the definition
        again = again.assign(
            matter=np.where(other, rng.integers(0, len(MATTERS[COMPLAINT]), len(back)), col(again, "matter"))
        )
        again = again[col(again, "accepted") < midnight(day + REPEAT_WITHIN_DAYS + 2)].reset_index(drop=True)
        frames.append(again)
        origin, total = again, total + len(again)
    frame = pd.concat(frames, ignore_index=True)
    return _handled(rng, frame.assign(substantiated=(rng.random(len(frame)) < 0.45).astype(np.int64)))


def _higher(again: pd.DataFrame) -> Seconds:
    """Where those who come back turn to: one in five goes a level higher (95598 or App, 12345, 12398, media)."""
    channel = col(again, "channel")
    return np.where(col(again, "customer") % 5 == 0, _ABOVE[channel], channel)


_ABOVE: Final = np.array([1, 2, 4, 1, 4, 1])  # by the code of the channel in names of orders_db: 01 to 06


def around(rng: Rng, areas: Areas, spot: Hotspot) -> pd.DataFrame:
    """The demands of a hotspot: low voltage along one feeder, as fault reports, complaints and opinions."""
    among = np.flatnonzero(areas.feeder_no == spot.feeder_no)
    n = spot.orders
    at = np.sort(rng.integers(spot.start, spot.end, n))
    at = np.where(rng.random(n) < 0.8, office(rng, at), at)
    category = rng.choice([FAULT, COMPLAINT, OPINION], n, p=[0.5, 0.25, 0.25])
    frame = _told(rng, areas, category, at, among)
    matter = np.select(
        [category == FAULT, category == COMPLAINT], [LOW_VOLTAGE_FAULT, LOW_VOLTAGE_COMPLAINT], LOW_VOLTAGE_OPINION
    )
    frame = frame.assign(matter=matter, substantiated=np.where(category == COMPLAINT, 1, -1))
    is_fault = category == FAULT
    faults = described(rng, frame[is_fault].reset_index(drop=True)).assign(matter=LOW_VOLTAGE_FAULT)
    arrival, restoration = paces(rng, len(faults), np.ones(len(faults)))
    others = _handled(rng, frame[~is_fault].reset_index(drop=True))
    return pd.concat([staged(rng, areas, faults, arrival, restoration), others], ignore_index=True)
