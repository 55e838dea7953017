"""Zones: circles around every place and sets given by name, as chains of growing sets of places."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from kpis.hotspots.tables import BadTable, Flags, Floats, Ints, Places

Members = npt.NDArray[np.int32]
SAME_KM: Final = 1e-9  # distances nearer than this are one: rounding on the globe
_SEED: Final = 20_250_101  # of the marks by which equal sets are known; any will do


@dataclass(frozen=True)
class Zones:
    """Chains of places: a zone is a chain from its start up to an entry where `is_end` holds.

    `members`, `is_end`, `radius` have one value per entry, chain after chain; chain i is `starts[i]:starts[i + 1]`.
    `centre`: place at the middle, -1 for a set given by name; `names`: the name of such a set, else "".
    `radius`: km (or the unit of x and y) from the centre to the entry, NaN for a set given by name.
    """

    members: Members
    starts: Ints
    is_end: Flags
    radius: Floats
    centre: Ints
    names: tuple[str, ...]

    @property
    def count(self) -> int:
        """How many zones there are."""
        return int(self.is_end.sum())

    def places(self, chain: int, entry: int) -> Members:
        """The places of the zone of `chain` that ends with `entry`, the nearest first."""
        return self.members[self.starts[chain] : entry + 1]


@dataclass(frozen=True)
class Circles:
    """Circles around every place, those without a case too. A limit of None does not limit.

    `radius`: km for lon and lat, else the unit of x and y. `nearest`: at most so many places. `share`: at most this
    part of all cases (permutation), of the population (Poisson) or of the forecast (expectation). Places at one
    distance enter together or not at all.
    """

    radius: float | None = None
    nearest: int | None = None
    share: float | None = 0.5


def circles(places: Places, limits: Circles, weight: Floats) -> Zones:
    """All circles within `limits`; `weight` (n,) is what the share counts.

    Source: Kulldorff 1997, Commun. Stat. 26:1481.
    """
    located = np.flatnonzero(places.is_located)
    most = np.inf if limits.share is None else limits.share * float(weight.sum()) * (1 + 1e-12)
    parts = list(_around(places.at[located], located, weight, limits, most))
    lengths = [len(members) for members, _, _ in parts]
    keep = [i for i, n in enumerate(lengths) if n]
    return Zones(
        _joined([parts[i][0] for i in keep], np.int32),
        np.concatenate([[0], np.cumsum([lengths[i] for i in keep])]).astype(np.int64),
        _joined([parts[i][1] for i in keep], np.bool_),
        _joined([parts[i][2] for i in keep], np.float64),
        located[keep].astype(np.int64),
        ("",) * len(keep),
    )


def _joined(parts: Sequence[npt.NDArray[Any]], kind: type) -> npt.NDArray[Any]:
    return np.concatenate([*parts, np.empty(0, dtype=kind)]).astype(kind)


def _around(
    at: Floats, located: Ints, weight: Floats, limits: Circles, most: float
) -> Iterator[tuple[Members, Flags, Floats]]:
    """Members, ends and radii of the circles of each centre; empty where not even the centre fits."""
    for middle in at:
        distance = _distances(at, middle)
        reach = np.inf if limits.radius is None else limits.radius + SAME_KM
        near = np.flatnonzero(distance <= reach)
        if limits.nearest is not None and near.size > limits.nearest:  # one more shows whether the last is tied
            near = near[np.argpartition(distance[near], limits.nearest)[: limits.nearest + 1]]
        near = near[np.lexsort((near, distance[near]))]
        sorted_distance = distance[near]
        ends = np.append(np.diff(sorted_distance) > SAME_KM * (1 + sorted_distance[1:]), True)
        fits = np.cumsum(weight[located[near]]) <= most
        if limits.nearest is not None:
            fits &= np.arange(near.size) < limits.nearest
        last = np.flatnonzero(ends & np.minimum.accumulate(fits))
        size = int(last[-1]) + 1 if last.size else 0
        yield located[near[:size]].astype(np.int32), ends[:size], sorted_distance[:size]


def _distances(at: Floats, middle: Floats) -> Floats:
    gap = np.sqrt(((at - middle) ** 2).sum(axis=1))
    if at.shape[1] == 2:
        return gap
    diameter = 2 * float(np.sqrt((middle**2).sum()))
    return diameter * np.arcsin(np.minimum(gap / diameter, 1.0))


def given(places: Places, columns: Sequence[str]) -> Zones:
    """One zone per value of each of `columns` of the places' table (feeder, station, district); empty values are none.

    A place without coordinates takes part here. Named "feeder F12". Errors: BadTable for a column that is not there.
    """
    members: list[Members] = []
    names: list[str] = []
    for column in columns:
        if column not in places.table.columns:
            raise BadTable(f"places: no column {column}; there are {', '.join(map(str, places.table.columns))}")
        for value, rows in places.table.groupby(column, sort=True).indices.items():
            members.append(np.asarray(rows, dtype=np.int32))
            names.append(f"{column} {value}")
    return sets(members, names)


def sets(members: Sequence[npt.ArrayLike], names: Sequence[str]) -> Zones:
    """One zone for each list of positions of places."""
    lists = [np.asarray(one, dtype=np.int32) for one in members]
    starts = np.concatenate([[0], np.cumsum([len(one) for one in lists])]).astype(np.int64)
    is_end = np.zeros(int(starts[-1]), dtype=np.bool_)
    is_end[starts[1:][np.diff(starts) > 0] - 1] = True
    flat = _joined(lists, np.int32)
    return Zones(flat, starts, is_end, np.full(len(flat), np.nan), np.full(len(lists), -1), tuple(map(str, names)))


def together(first: Zones, second: Zones) -> Zones:
    """The zones of both, those of `first` before the others."""
    return Zones(
        np.concatenate([first.members, second.members]),
        np.concatenate([first.starts, second.starts[1:] + first.starts[-1]]),
        np.concatenate([first.is_end, second.is_end]),
        np.concatenate([first.radius, second.radius]),
        np.concatenate([first.centre, second.centre]),
        first.names + second.names,
    )


def zones_of(places: Places, limits: Circles | None, columns: Sequence[str], weight: Floats) -> Zones:
    """Circles (None: none) and the sets of `columns`, in one. Errors: BadTable when that is no zone at all."""
    round_ones = sets([], ()) if limits is None else circles(places, limits, weight)
    zones = together(round_ones, given(places, columns))
    if zones.count == 0:
        raise BadTable("no zones: no place has usable coordinates within the limits and no column gives sets")
    return zones


@dataclass(frozen=True)
class Walk:
    """The zones as a scan walks them: without places that hold nothing, each set once.

    `entry`: of each kept entry that is an end, the entry in the whole zones at which the same set first ends, else -1.
    `chain`: of each chain, its number in the whole zones.
    """

    members: Members
    starts: Ints
    is_end: Flags
    entry: Ints
    chain: Ints

    @property
    def ends(self) -> Ints:
        return np.flatnonzero(self.is_end)


def walk(zones: Zones, holds: npt.ArrayLike) -> Walk:
    """`zones` for a scan; `holds` (n,): whether a place may ever have or expect a case.

    Equal sets are found by 64-bit marks: the chance that two of a million sets are taken for one is below 1e-7.
    """
    chain_of = np.repeat(np.arange(len(zones.starts) - 1), np.diff(zones.starts))
    kept = np.flatnonzero(np.asarray(holds, dtype=np.bool_)[zones.members])
    # An end belongs to the last kept entry at or before it, if that lies in the same chain.
    ends = np.flatnonzero(zones.is_end)
    before = np.searchsorted(kept, ends, side="right") - 1
    fits = (before >= 0) & (chain_of[kept[before]] == chain_of[ends]) if kept.size else np.zeros(len(ends), np.bool_)
    entry = np.full(kept.size, -1, dtype=np.int64)
    entry[before[fits][::-1]] = ends[fits][::-1]  # the first of several wins
    _drop_equal(zones.members[kept], chain_of[kept], entry, entry - zones.starts[chain_of[kept]])
    return _trimmed(zones.members[kept], chain_of[kept], entry)


def _drop_equal(members: Members, chain_of: Ints, entry: Ints, size: Ints) -> None:
    """Of ends with equal sets the one with the fewest places stays, those that hold nothing included."""
    ends = np.flatnonzero(entry >= 0)
    if not ends.size:
        return
    rng = np.random.default_rng(_SEED)
    marks = rng.integers(0, 2**64, size=int(members.max()) + 1, dtype=np.uint64)
    upto = np.bitwise_xor.accumulate(marks[members])
    ends = ends[np.argsort(size[ends], kind="stable")]
    first = np.searchsorted(chain_of, chain_of[ends])
    base = np.where(first > 0, upto[first - 1], 0).astype(np.uint64)
    _, once = np.unique(upto[ends] ^ base, return_index=True)
    again = np.ones(ends.size, dtype=np.bool_)
    again[once] = False
    entry[ends[again]] = -1


def _trimmed(members: Members, chain_of: Ints, entry: Ints) -> Walk:
    """Without what follows the last end of its chain."""
    ends = np.flatnonzero(entry >= 0)
    chains = np.unique(chain_of[ends])
    last = np.full(int(chain_of.max(initial=-1)) + 1, -1)
    np.maximum.at(last, chain_of[ends], ends)
    keep = np.arange(members.size) <= last[chain_of] if members.size else np.zeros(0, np.bool_)
    starts = np.append(np.searchsorted(chain_of[keep], chains), keep.sum())
    kept_entry = entry[keep]
    return Walk(members[keep], starts.astype(np.int64), kept_entry >= 0, kept_entry, chains.astype(np.int64))
