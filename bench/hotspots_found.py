"""False hotspots on clean days, planted rises found, beside the rivals: hotspots.md 4.6 in a balanced part."""

import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final

import numpy as np

from bench import hotspots_rivals as rivals
from bench.hotspots_city import LEAVES, Background, City, Floats, Ints, Rise, city, stream, usual, with_rise
from kpis.hotspots.calibration import BUDGET_30D, Calibration, fitted, look_hours, measured, nulls
from kpis.hotspots.family import Nodes
from kpis.hotspots.life import Kind, Line
from kpis.hotspots.looks import Watch, watch_of
from kpis.hotspots.replays import After, alarms, played, proven
from kpis.hotspots.zones import Circles, zones_of

ORIGIN: Final = datetime(2026, 1, 5, tzinfo=UTC)
DAYS: Final = 100
FOLLOWED_H: Final = 14 * 24
BLIND_H: Final = 7 * 24  # it is asked for the median and for 48 h only
REFERENCE: Final = Background()
SETS: Final = ("feeder", "district")  # as the product has feeder, station and county
ONE: Final = Nodes(((),), np.ones((1, len(LEAVES)), dtype=np.bool_))


@dataclass
class World:
    """A background with its watch, calibrated on one history of it as the product is on its own."""

    background: Background
    nodes: Nodes
    made: City
    watch: Watch
    scale: Calibration
    levels: dict[str, float] = field(default_factory=dict)
    oracles: dict[bytes, float] = field(default_factory=dict)


def world(background: Background, nodes: Nodes, histories: int, clean: int) -> World:
    made = city(background, DAYS, 1)
    units = background.units
    zones = zones_of(made.places, Circles(nearest=60, radius=5.0, share=0.5), SETS, np.ones(units))
    watch = watch_of(zones, units)
    events = stream(usual(made, np.random.default_rng(2)))
    events = events.where(events.hour < 86 * 24)
    hours = look_hours(events, watch)
    scale = fitted(nulls(events, watch, nodes, hours, histories, 3), hours)
    scale = proven(events, watch, nodes, scale, hours, histories, 4)
    one = World(background, nodes, made, watch, scale)
    _rival_levels(one, clean)
    return one


def _rival_levels(one: World, clean: int) -> None:
    counts = []
    for n in range(clean):
        events = usual(one.made, np.random.default_rng([11, n]))
        counts.append(rivals.hourly(events["place"], events["hour"], one.background.units, DAYS * 24))
    hours = np.arange(60 * 24 + 1, 90 * 24 + 1)
    known = [
        rivals.blind(one.made, one.watch, stream(usual(one.made, np.random.default_rng([16, n]))), hours)
        for n in range(max(clean // 2, 2))
    ]
    one.levels[BLIND] = rivals.level_of(known, BUDGET_30D)
    for name, strength in RULES.items():
        one.levels[name] = rivals.level_of([strength(c)[:, 10 * 24 :] for c in counts], BUDGET_30D)


BLIND: Final = "oracle without the zone"
RULES: Final[dict[str, Callable[[Floats], Floats]]] = {
    "rule 24 h": rivals.rule(24),
    "rule 72 h": rivals.rule(72),
    "EARS C2": rivals.ears_c2,
}


def _life(one: World, events: dict[str, Ints], hours: Ints) -> tuple[list[Line], After]:
    return played(stream(events), one.watch, one.nodes, one.scale, hours, one.made.places.ids, ORIGIN)


def clean_rate(one: World, histories: int, storm_days: tuple[int, ...] = (), days: int = 30) -> Calibration:
    """False hotspots of histories that nothing was planted in, through the whole life of hotspots."""
    made = one.made if not storm_days else city(_with_storms(one.background, storm_days), DAYS, 1)
    hours = np.arange(60 * 24 + 1, (60 + days) * 24 + 1)
    counts = []
    for n in range(histories):
        counts.append(alarms(_life(one, usual(made, np.random.default_rng([12, n])), hours)[0]))
    return measured(one.scale, counts, histories * days)


def _with_storms(background: Background, days: tuple[int, ...]) -> Background:
    return Background(**{**vars(background), "storm_days": days})


@dataclass(frozen=True)
class Cell:
    """A kind of rise: which units (`pick`), how many events more a day, for how long."""

    name: str
    pick: Callable[[City, np.random.Generator], Ints]
    per_day: float
    profile: str = "step"
    hours: int = FOLLOWED_H
    leaf: int | None = None
    parts: int = 1  # that lie apart: each may have its own alarm


@dataclass(frozen=True)
class Outcome:
    """Of one outbreak: hours to the alarm by method (inf: none), how many alarms it had, its overlap after 48 h."""

    delay_h: dict[str, float]
    alarms: int
    jaccard: float | None


def _circle(n: int, made: City, rng: np.random.Generator) -> Ints:
    at = made.places.at
    return np.argsort(((at - at[rng.integers(len(at))]) ** 2).sum(axis=1))[:n]


def circle(n: int) -> Callable[[City, np.random.Generator], Ints]:
    return partial(_circle, n)


def _of_set(name: str, made: City, rng: np.random.Generator) -> Ints:
    of = made.places.table[name].to_numpy()
    return np.flatnonzero(of == rng.integers(of.max()))


def set_of(name: str) -> Callable[[City, np.random.Generator], Ints]:
    return partial(_of_set, name)


def apart(made: City, rng: np.random.Generator) -> Ints:
    return np.unique(np.concatenate([circle(3)(made, rng), circle(3)(made, rng)]))


CELLS: Final = (
    Cell("1 unit +4/d", circle(1), 4),
    Cell("circle of 5 +3/d", circle(5), 3),
    Cell("circle of 5 +6/d", circle(5), 6),
    Cell("circle of 12 +10/d", circle(12), 10),
    Cell("circle of 20 +10/d", circle(20), 10),
    Cell("feeder of 12 +10/d", set_of("feeder"), 10),
    Cell("two of 3 apart +8/d", apart, 8, parts=2),
    Cell("district of 50 +20/d", set_of("district"), 20),
    Cell("circle of 5 +6/d, ramp 3 d", circle(5), 6, "ramp"),
    Cell("circle of 5 +6/d, epidemic", circle(5), 6, "epidemic"),
    Cell("circle of 5, 8 in 2 h", circle(5), 8, "burst", 2),
    Cell("circle of 5 +12/d for 6 h", circle(5), 12, "step", 6),
)


def outbreak(one: World, cell: Cell, n: int) -> Outcome:
    rng = np.random.default_rng([13, n])
    members = cell.pick(one.made, rng)
    start = 72 * 24 + int(rng.integers(0, 7 * 24))
    rise = Rise(members, start, cell.hours, cell.per_day, cell.profile, cell.leaf)
    events, _ = with_rise(usual(one.made, rng), one.made, rise, rng)
    delay = _rivals(one, events, members, start)
    hours = np.arange(start - 23, start + FOLLOWED_H + 1)
    lines, after = _life(one, events, hours)
    mine = set(members.tolist())
    since = ORIGIN + timedelta(hours=start)
    opened = [
        line for line in lines
        if line.kind in (Kind.OPENED, Kind.REOPENED) and line.at > since and mine & set(line.units)
    ]  # fmt: skip
    delay["scan"] = (opened[0].at - since).total_seconds() / 3600 if opened else np.inf
    numbers = {line.number for line in opened}
    there = [set(h.seen.weight) for h in after.get(start + 48, ()) if h.lives and mine & set(h.seen.weight)]
    best = max((len(mine & zone) / len(mine | zone) for zone in there), default=None)
    return Outcome(delay, len(numbers), best if delay["scan"] <= 48 else None)


def _rivals(one: World, events: dict[str, Ints], members: Ints, start: int) -> dict[str, float]:
    end = start + FOLLOWED_H
    counts = rivals.hourly(events["place"], events["hour"], one.background.units, DAYS * 24)[:, :end]
    delay = {
        name: rivals.first_alarm(strength(counts)[members], one.levels[name], start) for name, strength in RULES.items()
    }
    key = np.sort(members).tobytes()
    if key not in one.oracles:
        one.oracles[key] = rivals.oracle_level(one.made, members, BUDGET_30D, np.random.default_rng(14))
    known = rivals.oracle(counts[members].sum(axis=0), one.made.mean(members)[:end])
    delay["oracle"] = rivals.first_alarm(known, one.oracles[key], start)
    looks = np.arange(start, start + BLIND_H)
    delay[BLIND] = rivals.first_alarm(rivals.blind(one.made, one.watch, stream(events), looks), one.levels[BLIND], 1)
    return delay


@dataclass(frozen=True)
class Row:
    """A cell's outcome: by method the median delay in h and the share found in 48 h; identity and overlap."""

    cell: Cell
    n: int
    median_h: dict[str, float]
    in_48h: dict[str, float]
    in_7d: dict[str, float]
    one_alarm: float
    jaccard: float
    told: str = ""


def row(one: World, cell: Cell, n: int) -> Row:
    found = [outbreak(one, cell, i) for i in range(n)]
    by = {name: np.array([o.delay_h[name] for o in found]) for name in ("scan", "oracle", BLIND, *RULES)}
    detected = [o.alarms <= cell.parts for o in found if o.alarms]
    overlaps = [o.jaccard for o in found if o.jaccard is not None]
    made = Row(
        cell,
        n,
        {name: float(np.median(d)) for name, d in by.items()},
        {name: float((d <= 48).mean()) for name, d in by.items()},
        {name: float((d <= 168).mean()) for name, d in by.items()},
        float(np.mean(detected)) if detected else np.nan,
        float(np.mean(overlaps)) if overlaps else np.nan,
    )
    said(f"{cell.name}: {in_short(made)}")
    return made


def said(what: str) -> None:
    print(f"  {datetime.now(UTC):%H:%M:%S}  {what}", file=sys.stderr, flush=True)


def in_short(r: Row) -> str:
    """Median delay in h and share in 48 h of each method, then identity and overlap."""
    told = [f"{m} {r.median_h[m]:.0f} h {100 * s:.0f} %" for m, s in r.in_48h.items()]
    return ", ".join([*told, f"one alarm {100 * r.one_alarm:.0f} %", f"Jaccard {r.jaccard:.2f}"])
