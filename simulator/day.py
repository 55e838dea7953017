"""One day of the city, drawn once and for all: everything that begins on it, with the full course."""

from dataclasses import dataclass, field
from datetime import date
from typing import Final

import numpy as np
import pandas as pd

from simulator import connections, demands, events, outages, repairs, turns, weather
from simulator.courses import Courses
from simulator.instants import MINUTE, NEVER, Seconds, day_of, midnight, stamps
from simulator.names import COMPLAINT, FAULT
from simulator.network import Areas, Network
from simulator.repairs import MOMENTS, Rng, col

# A row may still change so many days after the day it began on (a connection of high voltage that was set aside).
LOOK_BACK: Final = 66
_TURNS, _CONNECTIONS, _REVISITS, _FAULTS, _WORK = 103, 104, 105, 110, 111  # streams of the generator
FORGOTTEN: Final = 0.02  # of the dissatisfied: nobody asks them again
ROUNDS: Final = 4  # how often one customer is asked about one order
TABLES: Final = ("orders", "order_events", "outages", "outage_areas", "outage_events", "surveys")


@dataclass(frozen=True)
class Injected:
    """One thing put into the day on purpose."""

    kind: str  # storm / hotspot / late_planned_outage / repeated_complaint
    subject: str
    start: int
    end: int
    note: str


@dataclass(frozen=True)
class Day:
    """What begins on one day, by table of `TABLES`."""

    ordinal: int
    tables: dict[str, Courses]
    injected: list[Injected] = field(default_factory=list)


def draw(net: Network, seed: int, day: int) -> Day:
    """The day with ordinal `day`: the same for the same seed, whenever it is asked for."""
    rng = np.random.default_rng([seed, day])
    areas = net.areas
    storm = weather.storm(seed, day)
    spot = weather.hotspot(seed, day, areas)
    trouble = outages.faults(np.random.default_rng([seed, day, _FAULTS]), areas, day, storm)
    work = outages.planned(np.random.default_rng([seed, day, _WORK]), areas, day)
    straight = _orders(rng, areas, seed=seed, day=day, trouble=trouble, spot=spot)
    usual = events.ordinary(rng, straight)
    applied = connections.applied(np.random.default_rng([seed, day, _CONNECTIONS]), areas, day)
    turned, unusual = turns.turned(
        np.random.default_rng([seed, day, _TURNS]), pd.concat([straight, applied], ignore_index=True)
    )
    orders = _numbered(turned, day)
    happened = events.numbered([*usual, *unusual], orders)
    telling = happened[np.isin(col(happened, "kind"), events.IN_THE_ROW)]
    surveys = _surveys(rng, areas, orders)
    surveys = pd.concat(
        [surveys, _asked_again(np.random.default_rng([seed, day, _REVISITS]), surveys)], ignore_index=True
    )
    both = _outages(trouble, work, day)
    tables = {
        "orders": Courses.of(
            orders, stamps(*(col(orders, s) for s in MOMENTS)), (col(telling, "said"), col(telling, "row"))
        ),
        "order_events": Courses.of(happened, stamps(col(happened, "said"))),
        "surveys": Courses.of(surveys, stamps(col(surveys, "asked"), col(surveys, "closed"))),
        **both,
    }
    return Day(day, tables, _injected(areas, storm, spot, both["outages"].frame, orders))


def _orders(
    rng: Rng, areas: Areas, *, seed: int, day: int, trouble: outages.Trouble, spot: weather.Hotspot | None
) -> pd.DataFrame:
    """All orders of the day; `parent` and `repeat_of` are positions in the result."""
    single = repairs.ordinary(rng, areas, day, 150)
    storms = [s for s in (weather.storm(seed, day - 1), weather.storm(seed, day)) if s]
    if storms and storms[-1].start >= midnight(day):
        single = pd.concat([single, _wild(rng, areas, storms[-1])], ignore_index=True)
    county = _county_numbers(areas)[col(single, "area")]
    stretch = np.ones(len(single))
    for storm in storms:
        stretch = np.maximum(stretch, 1 + (storm.stretch - 1) * storm.covers(col(single, "accepted"), county))
    arrival, restoration = repairs.paces(rng, len(single), stretch)
    single = repairs.cancel(rng, repairs.staged(rng, areas, single, arrival, restoration), 0.025)
    bursts = _shifted(trouble.orders, "parent", len(single))
    complaints = _shifted(demands.complaints(rng, areas, day), "repeat_of", len(single) + len(bursts))
    parts = [single, bursts, complaints, repairs.slow(rng, areas, day), demands.ordinary(rng, areas, day)]
    if spot:
        parts.append(demands.around(rng, areas, spot))
    return pd.concat(parts, ignore_index=True).astype(np.int64)


def _county_numbers(areas: Areas) -> Seconds:
    return np.array([int(c[2:]) - 1 for c in areas.county], dtype=np.int64)


def _wild(rng: Rng, areas: Areas, storm: weather.Storm) -> pd.DataFrame:
    """Single fault reports of a storm."""
    among = np.flatnonzero(np.isin(areas.county, storm.counties))
    area, customer = repairs.callers(rng, areas, storm.calls, among)
    at = np.sort(rng.integers(storm.start, storm.end, storm.calls))
    frame = repairs.described(rng, repairs.orders(storm.calls, accepted=at, area=area, customer=customer))
    return frame.assign(cause=rng.choice([4, 5, 7], storm.calls))


def _shifted(frame: pd.DataFrame, column: str, by: int) -> pd.DataFrame:
    value = col(frame, column)
    return frame.assign(**{column: np.where(value >= 0, value + by, -1)})


def _numbered(orders: pd.DataFrame, day: int) -> pd.DataFrame:
    """Order numbers: date of acceptance and a running number, apart for each day on which a course may begin."""
    accepted = col(orders, "accepted")
    on = np.array([day_of(a) for a in accepted.tolist()], dtype=np.int64)
    rank = np.empty(len(orders), dtype=np.int64)
    rank[np.argsort(accepted, kind="stable")] = np.arange(len(orders))
    dates = {d: int(date.fromordinal(d).strftime("%Y%m%d")) for d in np.unique(on).tolist()}
    number = np.array([dates[d] for d in on.tolist()], dtype=np.int64) * 1_000_000 + (on - day) * 10_000 + rank
    out = {"number": number}
    for column, name in (("parent", "parent_no"), ("repeat_of", "repeat_no")):
        at = col(orders, column)
        out[name] = np.where(at >= 0, number[at], -1)
    stamp = int(date.fromordinal(day).strftime("%Y%m%d")) * 1000
    outage = col(orders, "outage")
    return orders.assign(**out, outage_no=np.where(outage >= 0, stamp + outage, -1))


def _surveys(rng: Rng, areas: Areas, orders: pd.DataFrame) -> pd.DataFrame:
    """One revisit per revisited order: outcome 0 answered, 1 unreachable, 2 refused; score 5 best to 1."""
    asked_at = np.where(col(orders, "reopened") < NEVER, col(orders, "revisited_again"), col(orders, "revisited"))
    asked = orders.assign(revisited=asked_at)[asked_at < NEVER].reset_index(drop=True)
    n = len(asked)
    pace = repairs.PACE_ARRIVAL[areas.area_class[col(asked, "area")]]
    is_slow = (col(asked, "category") == FAULT) & (col(asked, "arrived") - col(asked, "accepted") > pace)
    is_cross = is_slow | (col(asked, "category") == COMPLAINT)
    content = rng.random(n) < np.where(is_cross, 0.87, 0.97)
    good = np.where(rng.random(n) < 0.8, 5, 4)
    bad = rng.choice([3, 2, 1], n, p=[0.5, 0.3, 0.2])
    return pd.DataFrame(
        {
            "number": col(asked, "number"), "area": col(asked, "area"), "customer": col(asked, "customer"),
            "category": col(asked, "category"), "asked": col(asked, "revisited"),
            "closed": col(asked, "revisited") + rng.integers(MINUTE, 8 * MINUTE, n),
            "outcome": rng.choice(3, n, p=[0.85, 0.11, 0.04]), "score": np.where(content, good, bad),
            "way": rng.choice(3, n, p=[0.7, 0.2, 0.1]), "reason": rng.integers(0, 4, n), "round": 1,
        }
    )  # fmt: skip


def _asked_again(rng: Rng, surveys: pd.DataFrame) -> pd.DataFrame:
    """Who was not content is asked again, mostly within a day, once something was done: until they are, or could not be
    reached, up to ROUNDS times. Few cases are forgotten."""
    open_ = surveys[(col(surveys, "outcome") == 0) & (col(surveys, "score") <= 3)]
    open_ = open_[rng.random(len(open_)) >= FORGOTTEN].reset_index(drop=True)
    found = [surveys.iloc[:0]]
    for nth in range(2, ROUNDS + 1):
        n = len(open_)
        wait = np.minimum(rng.lognormal(np.log(5 * 3600), 0.8, n), 30 * 3600).astype(np.int64)
        asked = repairs.office(rng, col(open_, "closed") + wait)
        score = np.where(rng.random(n) < 0.9, rng.integers(4, 6, n), rng.integers(1, 4, n))
        outcome = rng.choice(3, n, p=[0.94, 0.05, 0.01])
        closed = asked + rng.integers(MINUTE, 8 * MINUTE, n)
        again = open_.assign(asked=asked, closed=closed, outcome=outcome, score=score, round=nth)
        found.append(again)
        open_ = again[(outcome != 0) | (score <= 3)].reset_index(drop=True)
    return pd.concat(found, ignore_index=True)


def _outages(trouble: outages.Trouble, work: outages.Trouble, day: int) -> dict[str, Courses]:
    shift = len(trouble.outages)
    frame = pd.concat([trouble.outages, work.outages], ignore_index=True).astype(np.int64)
    number = int(date.fromordinal(day).strftime("%Y%m%d")) * 1000 + np.arange(len(frame))
    frame = frame.assign(number=number)
    parts = pd.concat([trouble.areas, work.areas.assign(outage=col(work.areas, "outage") + shift)], ignore_index=True)
    row = col(parts, "outage")
    born = col(frame, "registered")[row]
    parts = parts.assign(number=number[row], off_seen=np.maximum(col(parts, "off"), born))
    told = outages.events(frame)
    times = ("registered", "first_at", "second_at", "assigned", "under_way", "on_site", "started", "restored")
    seen = {
        t: np.where(col(frame, t) < NEVER, np.maximum(col(frame, t), col(frame, "registered")), NEVER) for t in times
    }
    switches = (np.concatenate([col(parts, "off_seen"), col(parts, "on")]), np.concatenate([row, row]))
    return {
        "outages": Courses.of(frame, stamps(*seen.values()), switches),
        "outage_areas": Courses.of(parts, stamps(col(parts, "off_seen"), col(parts, "on"))),
        "outage_events": Courses.of(told, stamps(col(told, "at"))),
    }


def _injected(
    areas: Areas, storm: weather.Storm | None, spot: weather.Hotspot | None, cut: pd.DataFrame, orders: pd.DataFrame
) -> list[Injected]:
    found: list[Injected] = []
    if storm:
        found.append(
            Injected("storm", " ".join(storm.counties), storm.start, storm.end, f"{storm.calls} fault reports")
        )
    if spot:
        feeder = str(areas.feeder[np.flatnonzero(areas.feeder_no == spot.feeder_no)[0]])
        found.append(Injected("hotspot", feeder, spot.start, spot.end, f"low voltage, {spot.orders} orders"))
    end, done, number = (col(cut, c).tolist() for c in ("planned_end", "restored", "number"))
    for kind, planned, actual, no in zip(col(cut, "kind").tolist(), end, done, number, strict=True):
        if kind != outages.FAULT_OUTAGE and actual > planned:
            note = f"{(actual - planned) // MINUTE} min"
            found.append(Injected("late_planned_outage", f"TD{no}", planned, actual, note))
    back = orders[orders["repeat_no"] >= 0]
    for number, before, at in zip(back["number"], back["repeat_no"], back["accepted"], strict=True):
        found.append(Injected("repeated_complaint", str(number), int(at), int(at), f"after {before}"))
    return found
