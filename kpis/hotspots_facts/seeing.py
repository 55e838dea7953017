"""One look: the clusters of a sight, what explains them, and what is said of each."""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

import numpy as np
import pandas as pd

from kpis.hotspots.calibration import Calibration
from kpis.hotspots.family import Path, ready
from kpis.hotspots.found import events_in, seen_at
from kpis.hotspots.life import Seen
from kpis.hotspots.tables import Flags, Floats, Ints
from kpis.hotspots_facts.sight import Sight

LEAST_D: Final = 3.0  # chance shows weaker ones every other day
MOST_D: Final = 3650.0
QUIET: Final = 1.3  # observed / expected of a usual day in a hotspot's zone
QUIET_DAYS: Final = 7
CHART_DAYS: Final = 28
PLACE: Final = ("city", "county", "station", "feeder")


def clusters(sight: Sight, calibration: Calibration, paths: Sequence[Path], hour: int | None = None) -> list[Seen]:
    """What a look sees that knows the events before `hour` (None: all), the rarest first; cases by their keys."""
    nodes, watch = sight.nodes(paths), sight.ground.watch
    at = sight.hour if hour is None else hour
    made = ready(sight.stream, watch, nodes, [at])
    found = seen_at(made, watch, nodes, 0, calibration, sight.ground.places.ids, sight.origin, least_d=LEAST_D)
    return named(sight, found)


def named(sight: Sight, found: Iterable[Seen]) -> list[Seen]:
    """With cases by the names that they keep from look to look, and not by their position in this one.

    A recurrence of more than ten years is told as ten: no replay is long enough to say more.
    """
    keys = sight.rows["key"].tolist()
    return [
        replace(one, cases=frozenset(keys[int(i)] for i in one.cases), recurrence_d=min(one.recurrence_d, MOST_D))  # type: ignore[call-overload]
        for one in found
    ]


def members(sight: Sight, places: Iterable[Hashable]) -> Ints:
    """The positions of places that are still there."""
    at = sight.ground.places.ids.get_indexer(pd.Index(list(places)))
    return np.asarray(at[at >= 0], dtype=np.int64)


def inside(sight: Sight, places: Ints, path: Path, start_h: int, end_h: int) -> Ints:
    """Positions of the events of a zone and category from `start_h` up to, without, `end_h`."""
    at = events_in(sight.stream, places.astype(np.int32), start_h, end_h)
    return at[sight.of(path)[at]]


def course(sight: Sight, places: Ints, path: Path, edges: Ints) -> tuple[Ints, Floats]:
    """Observed and expected events of a zone and category between each two of `edges` (hours, rising).

    Expected as a look has it: the zone's share within each stratum of the baseline x the stratum's events in between.
    """
    stream, mask = sight.stream, sight.of(path)
    base = mask & (stream.hour >= sight.hour - sight.ground.watch.baseline_h) & (stream.hour < sight.hour)
    strata = int(stream.stratum.max(initial=0)) + 1
    here = np.isin(stream.place, places)
    held = np.bincount(stream.stratum[base & here], minlength=strata)
    share = held / np.maximum(np.bincount(stream.stratum[base], minlength=strata), 1)
    count = len(edges) - 1
    slot = np.searchsorted(edges, stream.hour, side="right") - 1
    rows = mask & (slot >= 0) & (slot < count)
    flat = np.bincount(slot[rows] * strata + stream.stratum[rows], minlength=count * strata)
    observed = np.bincount(slot[rows & here], minlength=count)
    return observed.astype(np.int64), flat.reshape(count, strata) @ share


def quiet_days(sight: Sight, seen: Seen, hour: int | None = None) -> int:
    """How many of the latest 24 h periods in a row stayed below 1.3 times the expected in the zone."""
    end = sight.hour if hour is None else hour
    edges = end - 24 * np.arange(QUIET_DAYS, -1, -1)
    observed, expected = course(sight, members(sight, seen.weight), seen.node, edges)
    loud = np.flatnonzero((observed[::-1] > 0) & (observed[::-1] >= QUIET * expected[::-1]))
    return int(loud[0]) if loud.size else QUIET_DAYS


def days(sight: Sight, places: Iterable[Hashable], path: Path, until: datetime | None = None) -> dict[str, list[Any]]:
    """28 site days up to now of a zone: observed, expected, the band of 95 % of Poisson counts, and what is over it.

    The last day is as far as it has come, observed and expected.
    """
    end = sight.hour if until is None else sight.hours_of(until)
    last = (end - 1) // 24
    edges = np.minimum(24 * np.arange(last - CHART_DAYS + 1, last + 2), end)
    observed, expected = course(sight, members(sight, places), path, edges)
    from scipy.stats import poisson

    low, high = poisson.ppf(0.025, expected), poisson.ppf(0.975, expected)
    first = pd.Timestamp(sight.origin)
    return {
        "day": [first + pd.Timedelta(hours=24 * int(h // 24)) for h in edges[:-1]], "observed": observed.tolist(),
        "expected": np.round(expected, 2).tolist(), "low": low.tolist(), "high": high.tolist(),
        "is_over": (observed > high).tolist(),
    }  # fmt: skip


def zone_of(sight: Sight, seen: Seen) -> dict[str, Any]:
    """kind (circle, feeder, station, county or the unit of a single place), code, radius_km, lon, lat."""
    at = members(sight, seen.weight)
    table = sight.ground.places.table
    point = table.iloc[at][["lon", "lat"]].mean()
    lon, lat = (None if pd.isna(point[name]) else round(float(point[name]), 5) for name in ("lon", "lat"))
    found: dict[str, Any] = {"kind": "circle", "code": None, "radius_km": None, "lon": lon, "lat": lat}
    if seen.name in sight.ground.sets:
        kind, code = sight.ground.sets[seen.name]
        return found | {"kind": kind, "code": code}
    if len(seen.weight) == 1:
        return found | {"kind": sight.ground.unit, "code": str(next(iter(seen.weight)))}
    zones = sight.ground.watch.zones
    if 0 <= seen.chain < len(zones.centre) and zones.centre[seen.chain] >= 0:
        start = int(zones.starts[seen.chain])
        entry = start + len(seen.weight) - 1
        if set(zones.members[start : entry + 1].tolist()) != set(at.tolist()):
            return found  # the zones were made anew since
        middle = table.iloc[int(zones.centre[seen.chain])]
        radius = round(float(zones.radius[entry]), 2)
        return found | {"radius_km": radius, "lon": float(middle["lon"]), "lat": float(middle["lat"])}
    return found


def place_of(sight: Sight, seen: Seen) -> dict[str, str | None]:
    """The city, county, station and feeder that hold all of its places; None where there are several."""
    table = sight.ground.places.table.iloc[members(sight, seen.weight)]
    found: dict[str, str | None] = {}
    for name in PLACE:
        values = list(table[name].unique())
        found[name] = str(values[0]) if len(values) == 1 and pd.notna(values[0]) else None
    return found


def units_of(sight: Sight, seen: Seen) -> list[str]:
    """The codes of all cities, counties and stations that its places belong to."""
    table = sight.ground.places.table.iloc[members(sight, seen.weight)]
    return sorted({str(v) for name in ("city", "county", "station") for v in table[name].dropna()})


def explained(sight: Sight, seen: Seen, link: pd.Series) -> tuple[str | None, int]:
    """The outage that explains all of its excess, if one does, and how many of its events belong to any outage.

    `link`: of each event the outage that ran when it came (`outages.linked`). Explained: what is left without them is
    no more than usual, or fewer than a hotspot needs.
    """
    end = sight.hours_of(seen.start) + seen.hours
    at = inside(sight, members(sight, seen.weight), seen.node, sight.hours_of(seen.start), end)
    of = link.iloc[at].dropna()
    left = len(at) - len(of)
    if of.empty or (left > seen.expected and left >= sight.ground.watch.least):
        return None, len(of)
    return str(of.mode().iloc[0]), len(of)


def masked(frame: pd.DataFrame) -> Flags:
    return frame["weighty"].fillna(False).to_numpy(dtype=np.bool_)


def body(sight: Sight, seen: Seen, onset: datetime | None = None, until: datetime | None = None) -> dict[str, Any]:
    """What is said of a cluster, JSON-able; `observed` and `expected` are counted from `onset`, else of its window."""
    at, end = members(sight, seen.weight), sight.hour if until is None else sight.hours_of(until)
    since = onset or seen.start
    start = min(sight.hours_of(since), end - 1)
    observed, expected = course(sight, at, seen.node, np.array([start, end]))
    events = inside(sight, at, seen.node, start, end)
    window_end = seen.start + timedelta(hours=seen.hours)
    more = float(expected[0])
    return {
        "category": list(seen.node),
        "zone": zone_of(sight, seen),
        "places": [str(p) for p in seen.weight],
        **place_of(sight, seen),
        "units": units_of(sight, seen),
        "observed": int(observed[0]),
        "expected": round(more, 2),
        "ratio": round(int(observed[0]) / more, 2) if more > 0 else None,
        "customers": len(np.unique(sight.stream.customer[events])),
        "since": since.isoformat(),
        "window": {
            "start": seen.start.isoformat(),
            "end": window_end.isoformat(),
            "hours": seen.hours,
            "observed": seen.observed,
            "expected": round(seen.expected, 2),
            "customers": seen.customers,
        },
        "recurrence_d": round(seen.recurrence_d, 1),
        "relative": seen.is_relative,
        "growing": {"last_6h": len(inside(sight, at, seen.node, end - 6, end))},
        "outage_no": seen.outage,
        "explained_by_outage": seen.outage is not None,
        "critical": bool(masked(sight.rows.iloc[events]).any()),
    }
