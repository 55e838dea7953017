"""The two inner loops, compiled by numba where it is installed. `plain` has the same in NumPy, with equal results."""

from collections.abc import Callable
from typing import Any, Final

import numpy as np

try:
    from numba import njit
except ImportError:  # the product brings numba; the library also runs without
    njit = None

IS_HERE: Final = njit is not None
_TOGETHER: Final = 16  # tables of a walk: beyond, their counts no longer fit beside the zones in the cache


def _compile(function: Callable[..., Any]) -> Callable[..., Any]:
    return njit(cache=True, nogil=True)(function) if njit is not None else function


@_compile
def sums(members, starts, is_end, values):  # type: ignore[no-untyped-def]
    """(ends, W): `values` (places, W) summed from the start of each chain to each of its ends."""
    wide = values.shape[1]
    out = np.empty((is_end.sum(), wide), dtype=values.dtype)
    row = np.zeros(wide, dtype=values.dtype)
    at = 0
    for chain in range(len(starts) - 1):
        row[:] = 0
        for i in range(starts[chain], starts[chain + 1]):
            for w in range(wide):
                row[w] += values[members[i], w]
            if is_end[i]:
                out[at] = row
                at += 1
    return out


@_compile
def _ratio(c, mu, total):  # type: ignore[no-untyped-def]
    """As `likelihood.ratio`, for c > mu; `total` below 0: expectation-based."""
    if mu <= 0:
        return np.inf
    if total < 0:
        return c * np.log(c / mu) + mu - c
    if c < total:
        return c * np.log(c / mu) + (total - c) * np.log((total - c) / (total - mu))
    return c * np.log(c / mu)


@_compile
def _first_windows(observed):  # type: ignore[no-untyped-def]
    """(places,) the first window in which a place has a case, W for none: no earlier window changes where it enters."""
    places, wide = observed.shape
    first = np.full(places, wide)
    for p in range(places):
        for w in range(wide):
            if observed[p, w] > 0:
                first[p] = w
                break
    return first


@_compile
def _least_expected(members, is_end, start, stop, observed, first, expected, table):  # type: ignore[no-untyped-def]
    """Into `table` (W, counts): the smallest expected count of the chain's zones that observe so many. Its ends."""
    wide = observed.shape[1]
    count = np.zeros(wide, dtype=np.int64)
    at = 0
    new = wide  # windows from this one on may have changed since the last end
    for i in range(start, stop):
        p = members[i]
        new = min(new, first[p])
        for w in range(first[p], wide):
            count[w] += observed[p, w]
        if is_end[i]:
            for w in range(new, wide):
                c = count[w]
                table[w, c] = min(table[w, c], expected[at, w])
            new = wide
            at += 1
    return at


@_compile
def maxima(members, starts, is_end, observed, expected, least, floor, total):  # type: ignore[no-untyped-def]
    """(n,): the largest ratio of each table of `observed` (n, places, W); `expected` (ends, W). 0 where there is none.

    No logarithm in the walk: of zones with the same window and count the one that expects least has the largest ratio,
    so the smallest expected count of each (window, count) is kept, and at the end a logarithm is taken of each. Zones
    are looked at only where a place with a case has just entered: a larger zone with the same count expects more.
    Tables go through a chain together, so that its expected counts are fetched from memory once.
    """
    n = observed.shape[0]
    out = np.zeros(n, dtype=np.float64)
    for first in range(0, n, _TOGETHER):
        part = observed[first : first + _TOGETHER]
        most = 0
        first_of = np.empty((part.shape[0], part.shape[1]), dtype=np.int64)
        for k in range(part.shape[0]):
            first_of[k] = _first_windows(part[k])
            for w in range(part.shape[2]):
                most = max(most, part[k, :, w].sum())
        if most < least:
            continue
        table = np.full((part.shape[0], part.shape[2], most + 1), np.inf)
        at = 0
        for chain in range(len(starts) - 1):
            ends = 0
            for k in range(part.shape[0]):
                ends = _least_expected(
                    members, is_end, starts[chain], starts[chain + 1], part[k], first_of[k], expected[at:], table[k]
                )
            at += ends
        for k in range(part.shape[0]):
            for w in range(part.shape[2]):
                for c in range(least, most + 1):
                    mu = table[k, w, c]
                    if mu < c and c >= floor * mu:
                        out[first + k] = max(out[first + k], _ratio(c, mu, total))
    return out


@_compile
def best_of_chains(members, starts, is_end, observed, expected, least, floor, total, best, entry, window):  # type: ignore[no-untyped-def]
    """Into `best`, `entry`, `window` (chains): the best ratio of each, where its zone ends, its window; or 0, -1, -1.

    `observed`, `expected` (places, W). `floor`: smallest observed / expected. `total` below 0: expectation-based.
    """
    wide = observed.shape[1]
    first = _first_windows(observed)
    count = np.zeros(wide, dtype=np.int64)
    mean = np.zeros(wide, dtype=np.float64)
    for chain in range(len(starts) - 1):
        count[:] = 0
        mean[:] = 0.0
        best[chain] = 0.0
        entry[chain] = -1
        window[chain] = -1
        new = wide
        for i in range(starts[chain], starts[chain + 1]):
            p = members[i]
            new = min(new, first[p])
            for w in range(first[p], wide):
                count[w] += observed[p, w]
            for w in range(wide):
                mean[w] += expected[p, w]
            if is_end[i]:
                for w in range(new, wide):
                    c = count[w]
                    mu = mean[w]
                    if c < least or c <= mu or c < floor * mu:
                        continue
                    value = _ratio(c, mu, total)
                    if value > best[chain]:
                        best[chain] = value
                        entry[chain] = i
                        window[chain] = w
                new = wide
