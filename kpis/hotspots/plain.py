"""The inner loops of `compiled` in NumPy: the same results, some ten times slower. Meant for machines without numba."""

from typing import Any

import numpy as np
import numpy.typing as npt

from kpis.hotspots.likelihood import ratio
from kpis.hotspots.tables import Flags, Floats, Ints

_ROWS = 262_144  # entries at a time: 2 MB per window


def sums(members: npt.NDArray[np.int32], starts: Ints, is_end: Flags, values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """(ends, W): `values` (places, W) summed from the start of each chain to each of its ends.

    Chain by chain in blocks, so that rounding is that of the chain alone.
    """
    out = np.empty((int(is_end.sum()), values.shape[1]), dtype=values.dtype)
    number = np.cumsum(is_end) - 1
    lengths = np.diff(starts)
    for length in np.unique(lengths):  # chains of one length form a rectangle
        alike = np.flatnonzero(lengths == length)
        for part in np.array_split(alike, 1 + int(length) * alike.size // _ROWS):
            rows = starts[part][:, None] + np.arange(length)
            upto = np.cumsum(values[members[rows]], axis=1)
            ends = is_end[rows]
            out[number[rows[ends]]] = upto[ends]
    return out


def maxima(
    members: npt.NDArray[np.int32],
    starts: Ints,
    is_end: Flags,
    observed: Ints,
    expected: Floats,
    least: int,
    floor: float,
    total: float,
) -> Floats:
    """As `compiled.maxima`."""
    out = np.zeros(len(observed))
    for k, one in enumerate(observed):
        most = int(one.sum(axis=0).max(initial=0))
        table = np.full((one.shape[1], most + 1), np.inf)
        counts = sums(members, starts, is_end, one)
        row, window = np.nonzero(counts >= least)
        np.minimum.at(table, (window, counts[row, window]), expected[row, window])
        window, count = np.nonzero(np.isfinite(table))
        mean = table[window, count]
        fits = count >= floor * mean
        out[k] = ratio(count[fits], mean[fits], None if total < 0 else total).max(initial=0.0)
    return out


def best_of_chains(
    members: npt.NDArray[np.int32],
    starts: Ints,
    is_end: Flags,
    observed: Ints,
    expected: Floats,
    least: int,
    floor: float,
    total: float,
    best: Floats,
    entry: Ints,
    window: Ints,
) -> None:
    """As `compiled.best_of_chains`."""
    counts = sums(members, starts, is_end, observed)
    means = sums(members, starts, is_end, expected)
    fits = (counts >= least) & (counts > means) & (counts >= floor * means)
    values = np.zeros(counts.shape)
    values[fits] = ratio(counts[fits], means[fits], None if total < 0 else total)
    ends = np.flatnonzero(is_end)
    chain_of = np.searchsorted(starts, ends, side="right") - 1
    best[:], entry[:], window[:] = 0.0, -1, -1
    # The last write wins, so the best goes last; among equals the first end and the shortest window.
    top = values.max(axis=1)
    order = np.lexsort((-np.arange(len(ends)), top))
    order = order[top[order] > 0]
    best[chain_of[order]] = top[order]
    entry[chain_of[order]] = ends[order]
    window[chain_of[order]] = values[order].argmax(axis=1)
