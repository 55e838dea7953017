"""Interruptions of supply: faults with the calls they cause, planned and temporary work, areas switched in steps."""

from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from simulator.calendar import is_workday
from simulator.instants import HOUR, MINUTE, NEVER, Seconds, midnight
from simulator.network import Areas
from simulator.repairs import Real, Rng, callers, col, described, moments, orders, paces, staged
from simulator.weather import Storm

PLANNED, TEMPORARY, FAULT_OUTAGE = 0, 1, 2
_FAULT_HOURS: Final = np.array([2, 2, 2, 2, 2, 3, 4, 5, 6, 6, 6, 6, 6, 6, 7, 7, 7, 8, 8, 8, 7, 5, 4, 3], dtype=float)
TURN_DAYS: Final = 50  # after which planned work comes to the same feeders again
# One line is worn: some faults strike a few areas of it, which are so without supply often.
WORN_FEEDER, WORN_AREAS, WORN_SHARE = 97, 2, 0.035
TIMES: Final = (
    "registered", "announced", "planned_start", "planned_end", "started", "restored", "first_at", "first_estimate",
    "second_at", "second_estimate", "assigned", "under_way", "on_site",
)  # fmt: skip


@dataclass(frozen=True)
class Trouble:
    """Outages, their areas (column `outage` is a position) and the fault reports they caused."""

    outages: pd.DataFrame
    areas: pd.DataFrame
    orders: pd.DataFrame


def _switched(areas: Areas, outage: int, chosen: Seconds, off: Seconds, on: Seconds) -> pd.DataFrame:
    return pd.DataFrame({"outage": outage, "area": chosen, "customers": areas.customers[chosen], "off": off, "on": on})


def _struck(rng: Rng, areas: Areas, pool: Seconds, whole: float) -> Seconds:
    """The areas of one outage: one of `pool`, seldom two of its feeder, or the whole feeder with chance `whole`."""
    one = int(callers(rng, areas, 1, pool)[0][0])
    feeder = np.flatnonzero(areas.feeder_no == areas.feeder_no[one])
    n = len(feeder) if rng.random() < whole else int(rng.choice([1, 2], p=[0.93, 0.07]))
    rest = rng.permutation(feeder[feeder != one])[: n - 1]
    return np.concatenate([[one], rest]).astype(np.int64)


def faults(rng: Rng, areas: Areas, day: int, storm: Storm | None) -> Trouble:
    """Fault outages that begin on `day`; the first caller's order leads, later ones are merged into it."""
    usual = moments(rng, day, int(rng.poisson(3.5)), _FAULT_HOURS)
    wild = np.sort(rng.integers(storm.start, storm.end, storm.outages)) if storm else np.empty(0, dtype=np.int64)
    began = np.concatenate([usual, wild])
    in_storm = np.arange(len(began)) >= len(usual)
    is_worn = ~in_storm & (rng.random(len(began)) < WORN_SHARE)
    everywhere, worn = np.arange(len(areas.code)), np.flatnonzero(areas.feeder_no == WORN_FEEDER)[:WORN_AREAS]
    pools = [
        np.flatnonzero(np.isin(areas.county, storm.counties)) if storm and wild else worn if old else everywhere
        for wild, old in zip(in_storm.tolist(), is_worn.tolist(), strict=True)
    ]
    struck = [_struck(rng, areas, pool, 0.0 if pool is worn else 0.02) for pool in pools]
    if not struck:
        return Trouble(_table([]), _together([], areas), orders(0))
    calls = _calls(rng, areas, struck, began, np.where(in_storm, storm.stretch if storm else 1.0, 1.0))
    rows: list[dict[str, Any]] = []
    parts: list[pd.DataFrame] = []
    leads = calls[col(calls, "parent") < 0].to_dict("records")
    for i, (chosen, at, lead, stormy) in enumerate(zip(struck, began.tolist(), leads, in_storm.tolist(), strict=True)):
        end = int(lead["restored"])
        steps = np.where(np.arange(len(chosen)) < len(chosen) // 2, at + (end - at) // 2, end)
        parts.append(_switched(areas, i, chosen, np.full(len(chosen), at), steps))
        rows.append(_fault_row(rng, int(chosen[0]), at, lead, in_storm=stormy))
    return Trouble(_table(rows), _together(parts, areas), calls)


def _calls(rng: Rng, areas: Areas, struck: list[Seconds], began: Seconds, stretch: Real) -> pd.DataFrame:
    """The calls of all outages, of each the leading one first; the others point to its position."""
    many = [1 + min(int(rng.poisson(1 + areas.customers[chosen].sum() / 350)), 16) for chosen in struck]
    who = [callers(rng, areas, n, chosen) for n, chosen in zip(many, struck, strict=True)]
    of = np.repeat(np.arange(len(many)), many)
    first = np.repeat(np.cumsum([0, *many[:-1]]), many)
    follows = np.arange(len(of)) > first
    n = len(of)
    wait = np.where(follows, 420 + rng.exponential(900, n).astype(np.int64), rng.integers(90, 420, n))
    area, customer = (np.concatenate([w[k] for w in who]) for k in (0, 1))
    wait = np.where(follows & (customer % 12 == 0), 20 + customer % 60, wait)  # called first, yet merged into another
    frame = orders(n, accepted=began[of] + wait, area=area, customer=customer, outage=of)
    frame = described(rng, frame).assign(matter=np.where(rng.random(n) < 0.25, 2, 1), has_account=1)
    arrival, restoration = paces(rng, n, stretch[of])
    frame = staged(rng, areas, frame, arrival, np.maximum(restoration, 0.12))
    return _merged(rng, frame, follows, first)


def _merged(rng: Rng, frame: pd.DataFrame, follows: npt.NDArray[np.bool_], first: Seconds) -> pd.DataFrame:
    """`frame` with the followers merged into the first call of their outage; who calls near its end does not call."""
    merged = np.maximum(col(frame, "accepted"), col(frame, "accepted")[first]) + rng.integers(90, 360, len(frame))
    keep = ~follows | (merged < col(frame, "restored")[first] - 5 * MINUTE)
    empty = ("received", "arrived", "surveyed", "restored", "replied", "reviewed", "revisited")
    sent = col(frame, "dispatched")
    frame = frame.assign(
        **{name: np.where(follows, NEVER, col(frame, name)) for name in empty},
        merged=np.where(follows, merged, NEVER),
        dispatched=np.where(follows & (sent > merged), NEVER, sent),
        archived=col(frame, "archived")[first],
        parent=np.where(follows, (np.cumsum(keep) - 1)[first], -1),
    )
    return frame[keep].reset_index(drop=True)


def _fault_row(rng: Rng, first: int, at: int, lead: dict[Any, Any], *, in_storm: bool) -> dict[str, Any]:
    end = int(lead["restored"])
    first_at = int(lead["dispatched"]) + int(rng.integers(3 * MINUTE, 12 * MINUTE))
    second_at = int(lead["surveyed"]) + int(rng.integers(2 * MINUTE, 8 * MINUTE))
    guess = at + int(rng.choice([90, 120, 150, 180])) * MINUTE
    better = end + int(rng.normal(10, 25)) * MINUTE
    is_changed = second_at < end - 10 * MINUTE
    return {
        "kind": FAULT_OUTAGE, "lead": first, "registered": int(lead["accepted"]), "started": at, "restored": end,
        "first_at": first_at, "first_estimate": guess, "second_at": second_at if is_changed else NEVER,
        "second_estimate": max(better, second_at + 15 * MINUTE) if is_changed else NEVER,
        "assigned": int(lead["dispatched"]), "under_way": int(lead["received"]), "on_site": int(lead["arrived"]),
        "cause": int(rng.choice([4, 5, 7] if in_storm else [0, 1, 2, 3, 6])), "is_stormy": int(in_storm),
    }  # fmt: skip


def planned(rng: Rng, areas: Areas, day: int) -> Trouble:
    """Planned and temporary work announced on `day`; a quarter of it runs past its planned end."""
    works = is_workday(date.fromordinal(day))
    kinds = [PLANNED] * int(rng.poisson(4 if works else 1.5)) + [TEMPORARY] * int(rng.poisson(1.2))
    rows: list[dict[str, Any]] = []
    parts: list[pd.DataFrame] = []
    # Feeder after feeder has its turn, so that work leaves no area without supply twice in a month and a half.
    pool = np.flatnonzero(areas.feeder_no % TURN_DAYS == day % TURN_DAYS)
    for i, kind in enumerate(kinds):
        if not len(pool):
            break
        chosen = _struck(rng, areas, pool, 0.02)
        pool = pool[~np.isin(pool, chosen)]
        announced = midnight(day) + int(rng.integers(9 * HOUR, 16 * HOUR))
        ahead = int(rng.choice([6, 8, 9, 10], p=[0.06, 0.5, 0.3, 0.14])) if kind == PLANNED else int(rng.choice([1, 2]))
        earliest, latest = (15, 20) if kind == PLANNED else (15, 32)  # half hours of the day
        start = midnight(day + ahead) + int(rng.integers(earliest, latest)) * 1800
        end = start + int(rng.integers(6, 17)) * 1800
        is_late = rng.random() < 0.25
        began = start + int(rng.integers(0, 15 * MINUTE))
        done = end + int(rng.integers(20 * MINUTE, 150 * MINUTE) if is_late else -rng.integers(0, HOUR))
        second_at = end - int(rng.integers(5 * MINUTE, 30 * MINUTE)) if is_late else NEVER
        n = len(chosen)
        off = began + np.where(np.arange(n) < (n + 1) // 2, 0, int(rng.integers(3 * MINUTE, 12 * MINUTE)))
        on = np.where(np.arange(n) < n // 2, done - int(rng.integers(10 * MINUTE, 50 * MINUTE)), done)
        parts.append(_switched(areas, i, chosen, off, np.maximum(on, off + 15 * MINUTE)))
        rows.append(
            {"kind": kind, "lead": int(chosen[0]), "registered": announced, "announced": announced, "started": began,
             "planned_start": start, "planned_end": end, "restored": int(np.max(np.maximum(on, off + 15 * MINUTE))),
             "first_at": announced, "first_estimate": end, "second_at": second_at,
             "second_estimate": done + 10 * MINUTE if is_late else NEVER, "on_site": began - 10 * MINUTE,
             "cause": 0, "is_stormy": 0}
        )  # fmt: skip
    return Trouble(_table(rows), _together(parts, areas), orders(0))


def _table(rows: list[dict[str, Any]]) -> pd.DataFrame:
    names = ("kind", "lead", *TIMES, "cause", "is_stormy")
    return pd.DataFrame(
        {n: np.array([r.get(n, NEVER) for r in rows], dtype=np.int64) for n in names},
    )


def _together(parts: list[pd.DataFrame], areas: Areas) -> pd.DataFrame:
    nothing = np.empty(0, dtype=np.int64)
    return pd.concat([_switched(areas, 0, nothing, nothing, nothing), *parts], ignore_index=True).astype(np.int64)


SAID_ESTIMATE, SAID_CHANGE, SAID_CREW, SAID_NOTICE = 0, 1, 2, 3


# What is said of an outage: the moment's column, the kind of word, the estimate's column where it is one.
_SAID: Final = (
    ("announced", SAID_NOTICE, None), ("first_at", SAID_ESTIMATE, "first_estimate"),
    ("second_at", SAID_CHANGE, "second_estimate"), ("assigned", SAID_CREW, None), ("under_way", SAID_CREW, None),
    ("on_site", SAID_CREW, None),
)  # fmt: skip


def events(frame: pd.DataFrame) -> pd.DataFrame:
    """What was said about outages with column `number`: one row per word, `at` and the estimate where it is one."""
    at = np.column_stack([col(frame, name) for name, _, _ in _SAID])
    nothing = np.full(len(frame), NEVER, dtype=np.int64)
    estimates = np.column_stack([col(frame, e) if e else nothing for _, _, e in _SAID])
    row, word = np.nonzero(at < NEVER)
    number = col(frame, "number")[row]
    return pd.DataFrame(
        {
            "number": number,
            "event_no": number * 10 + word,
            "kind": np.array([kind for _, kind, _ in _SAID])[word],
            "word": word,
            "at": np.maximum(at[row, word], col(frame, "registered")[row]),
            "estimate": estimates[row, word],
        }
    )
