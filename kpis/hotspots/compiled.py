"""The two inner loops, compiled by numba where it is installed. `plain` has the same in NumPy, with equal results."""

from collections.abc import Callable
from typing import Any, Final

import numpy as np

try:
    from numba import njit
except ImportError:  # the product brings numba; the library also runs without
    njit = None

IS_HERE: Final = njit is not None


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
def maxima(members, starts, is_end, observed, expected, least, floor, total):  # type: ignore[no-untyped-def]  # noqa: PLR0912
    """(n,): the largest ratio of each table of `observed` (n, places, W); `expected` (ends, W). 0 where there is none.

    No logarithm in the walk: of zones with the same window and count the one that expects least has the largest ratio,
    so the smallest expected count of each (window, count) is kept, and at the end a logarithm is taken of each. Zones
    are looked at only where a place with a case has just entered: a larger zone with the same count expects more.
    """
    n, places, wide = observed.shape
    out = np.zeros(n, dtype=np.float64)
    holds = np.zeros(places, dtype=np.bool_)
    count = np.zeros(wide, dtype=np.int64)
    for k in range(n):
        most = 0
        holds[:] = False
        for w in range(wide):
            of_window = 0
            for p in range(places):
                if observed[k, p, w] > 0:
                    holds[p] = True
                    of_window += observed[k, p, w]
            most = max(most, of_window)
        if most < least:
            continue
        table = np.full((wide, most + 1), np.inf)
        at = -1
        for chain in range(len(starts) - 1):
            count[:] = 0
            is_new = False
            for i in range(starts[chain], starts[chain + 1]):
                p = members[i]
                if holds[p]:
                    is_new = True
                    for w in range(wide):
                        count[w] += observed[k, p, w]
                if is_end[i]:
                    at += 1
                    if is_new:
                        is_new = False
                        for w in range(wide):
                            c = count[w]
                            table[w, c] = min(table[w, c], expected[at, w])
        for w in range(wide):
            for c in range(least, most + 1):
                mu = table[w, c]
                if mu < c and c >= floor * mu:
                    out[k] = max(out[k], _ratio(c, mu, total))
    return out


@_compile
def best_of_chains(members, starts, is_end, observed, expected, least, floor, total, best, entry, window):  # type: ignore[no-untyped-def]
    """Into `best`, `entry`, `window` (chains): the best ratio of each, where its zone ends, its window; or 0, -1, -1.

    `observed`, `expected` (places, W). `floor`: smallest observed / expected. `total` below 0: expectation-based.
    """
    wide = observed.shape[1]
    holds = np.zeros(observed.shape[0], dtype=np.bool_)
    for p in range(observed.shape[0]):
        for w in range(wide):
            if observed[p, w] > 0:
                holds[p] = True
    count = np.zeros(wide, dtype=np.int64)
    mean = np.zeros(wide, dtype=np.float64)
    for chain in range(len(starts) - 1):
        count[:] = 0
        mean[:] = 0.0
        best[chain] = 0.0
        entry[chain] = -1
        window[chain] = -1
        is_new = False
        for i in range(starts[chain], starts[chain + 1]):
            p = members[i]
            if holds[p]:
                is_new = True
                for w in range(wide):
                    count[w] += observed[p, w]
            for w in range(wide):
                mean[w] += expected[p, w]
            if is_end[i] and is_new:
                is_new = False
                for w in range(wide):
                    c = count[w]
                    mu = mean[w]
                    if c < least or c <= mu or c < floor * mu:
                        continue
                    value = _ratio(c, mu, total)
                    if value > best[chain]:
                        best[chain] = value
                        entry[chain] = i
                        window[chain] = w
