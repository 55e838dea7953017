"""One look at the last hours, many times over: events in order of time, scanned against their rolling baseline. Pure.

The permutation statistic of `forms.permutation` with windows ending now, made for being repeated: what does not
depend on the places is computed for all looks at once, and a look itself is one walk of the zones.
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from kpis.hotspots.loops import loops
from kpis.hotspots.tables import BadTable, Flags, Floats, Ints
from kpis.hotspots.zones import Walk, Zones, walk

WINDOWS_H: Final = (1, 2, 4, 8, 16, 24, 48, 72, 120, 168)
BASELINE_H: Final = 56 * 24


@dataclass(frozen=True)
class Stream:
    """Events in order of time, arrays of equal length.

    `place`: position in the places, -1 where it is unknown. `hour`: whole hours since any start, never falling.
    `stratum`: 0 and up. `leaf`: position among the leaves of the categories. `customer`: a number for each customer.
    """

    place: Ints
    hour: Ints
    stratum: Ints
    leaf: Ints
    customer: Ints

    def where(self, rows: Flags | Ints) -> "Stream":
        """Some rows, or all in another order."""
        return Stream(*(a[rows] for a in (self.place, self.hour, self.stratum, self.leaf, self.customer)))


def stream_of(place: Ints, hour: Ints, stratum: Ints, leaf: Ints | None = None, customer: Ints | None = None) -> Stream:
    """Events in any order, put in order of time. Without `customer` each event is somebody else's."""
    order = np.argsort(hour, kind="stable")
    leaf = np.zeros(len(hour), dtype=np.int64) if leaf is None else leaf
    customer = np.arange(len(hour)) if customer is None else customer
    return Stream(*(np.asarray(a, dtype=np.int64)[order] for a in (place, hour, stratum, leaf, customer)))


@dataclass(frozen=True)
class Watch:
    """What is looked at: zones over `places` places, windows and baseline in hours, and what may be a cluster."""

    zones: Zones
    paths: Walk
    places: int
    windows_h: tuple[int, ...] = WINDOWS_H
    baseline_h: int = BASELINE_H
    least: int = 3
    customers: int = 2
    floor: float = 2.0
    is_compiled: bool | None = None

    @property
    def loops(self) -> Any:
        return loops(self.is_compiled)


def watch_of(zones: Zones, places: int, **rules: Any) -> Watch:
    """A watch over all `places`, with or without events. `rules`: the fields of `Watch` from windows_h on."""
    made = Watch(zones, walk(zones, np.ones(places, dtype=np.bool_)), places, **rules)
    if sorted(set(made.windows_h)) != list(made.windows_h) or made.windows_h[-1] >= made.baseline_h:
        raise BadTable(
            f"windows {made.windows_h}: give them rising, all shorter than the baseline of {made.baseline_h} h"
        )
    return made


@dataclass(frozen=True)
class Plan:
    """The bounds of each look, which knows the events before its hour.

    `low`, `high` (looks,): the events of the baseline; `start` (looks, W): the first of each window. `share`
    (looks, S, W): events of the window / of the baseline, by stratum.
    """

    hours: Ints
    low: Ints
    high: Ints
    start: Ints
    share: Floats


def planned(stream: Stream, watch: Watch, hours: npt.ArrayLike) -> Plan:
    """The plan of looks that know the events before each of `hours`."""
    at = np.asarray(hours, dtype=np.int64)
    low = stream.hour.searchsorted(at - watch.baseline_h)
    high = stream.hour.searchsorted(at)
    start = stream.hour.searchsorted(at[:, None] - np.array(watch.windows_h))
    strata = int(stream.stratum.max(initial=0)) + 1
    upto = np.zeros((len(stream.hour) + 1, strata))
    np.cumsum(stream.stratum[:, None] == np.arange(strata), axis=0, out=upto[1:])
    of_window = upto[high][:, None, :] - upto[start]  # (looks, W, S)
    of_all = np.maximum(upto[high] - upto[low], 1)[:, None, :]
    return Plan(at, low, high, start, np.ascontiguousarray((of_window / of_all).transpose(0, 2, 1)))


@dataclass(frozen=True)
class Look:
    """What a look saw: `observed`, `expected` (places, W), and `total` events of the baseline.

    Of each chain its `best` ratio, the entry at which its zone ends and its window; 0, -1, -1 for none.
    """

    observed: Ints
    expected: Floats
    total: int
    best: Floats
    entry: Ints
    window: Ints


def look(stream: Stream, watch: Watch, plan: Plan, k: int) -> Look:
    """The `k`-th look of `plan`. Events of unknown places count in the totals alone."""
    observed, expected = tallied(stream, watch, plan, k)
    paths, chains = watch.paths, len(watch.paths.chain)
    best, entry, window = np.zeros(chains), np.full(chains, -1), np.full(chains, -1)
    total = int(plan.high[k] - plan.low[k])
    watch.loops.best_of_chains(
        *(paths.members, paths.starts, paths.is_end, observed, expected),
        *(watch.least, watch.floor, float(total), best, entry, window),
    )
    return Look(observed, expected, total, best, entry, window)


def tallied(stream: Stream, watch: Watch, plan: Plan, k: int) -> tuple[Ints, Floats]:
    """(places, W) observed and expected counts of the `k`-th look."""
    strata, wide = plan.share.shape[1:]
    base = slice(plan.low[k], plan.high[k])
    recent = slice(plan.start[k, -1], plan.high[k])
    # One row more for unknown places, dropped after counting.
    place = np.where(stream.place < 0, watch.places, stream.place)
    cells = (watch.places + 1) * strata
    held = np.bincount(place[base] * strata + stream.stratum[base], minlength=cells).reshape(-1, strata)
    expected = held[:-1] @ plan.share[k]
    holding = np.searchsorted(plan.start[k, ::-1], np.arange(recent.start, recent.stop), side="right")
    flat = place[recent] * wide + (wide - holding)
    counted = np.bincount(flat, minlength=(watch.places + 1) * wide).reshape(-1, wide)[:-1]
    return np.cumsum(counted, axis=1), expected
