"""Windows of time over the periods of a study."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kpis.hotspots.tables import BadTable, Flags, Ints


@dataclass(frozen=True)
class Windows:
    """Windows by first and last period, both included, counted from 0. Make them by the functions below."""

    first: Ints
    last: Ints

    def inside(self, periods: int) -> Flags:
        """(periods, windows): whether a period belongs to a window."""
        axis = np.arange(periods)[:, None]
        return (axis >= self.first) & (axis <= self.last)


def ending_now(periods: int, lengths: Sequence[int]) -> Windows:
    """Windows that end with the last period (prospective), one per length, the shortest first.

    Errors: BadTable for a length that is no whole number from 1 up to `periods`.
    """
    wrong = [n for n in lengths if not 1 <= n <= periods]
    if wrong or not lengths:
        raise BadTable(f"windows: {wrong or 'none'}: give lengths from 1 up to the {periods} periods of the study")
    sizes = np.array(sorted(set(lengths)), dtype=np.int64)
    return Windows(periods - sizes, np.full(len(sizes), periods - 1, dtype=np.int64))


def anywhere(periods: int, longest: int | None = None, shortest: int = 1, *, whole: bool = False) -> Windows:
    """All windows of the study (retrospective), `longest` at most half of it if None; `whole` adds the whole study.

    The whole study as a window is a purely spatial cluster.
    """
    most = max(periods // 2, 1) if longest is None else longest
    if not 1 <= shortest <= most <= periods:
        raise BadTable(f"windows: from {shortest} to {most} does not fit the {periods} periods of the study")
    pairs = [(a, a + n - 1) for n in range(shortest, most + 1) for a in range(periods - n + 1)]
    if whole and most < periods:
        pairs.append((0, periods - 1))
    first, last = np.array(pairs, dtype=np.int64).T
    return Windows(first, last)


def whole_study(periods: int) -> Windows:
    """One window over everything: a purely spatial scan."""
    return Windows(np.zeros(1, dtype=np.int64), np.full(1, periods - 1, dtype=np.int64))
