"""Rows with their whole course, and which of them an interval touches."""

from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd

from simulator.instants import Seconds


@dataclass(frozen=True)
class Courses:
    """Rows of one table with all their instants, past and future.

    `times` (ascending) and `rows` list each instant at which a row visibly changes; the first of a row is its birth.
    """

    frame: pd.DataFrame
    times: Seconds
    rows: Seconds

    @classmethod
    def of(cls, frame: pd.DataFrame, *changes: tuple[Seconds, Seconds]) -> Self:
        """Courses from one or more lists of (instants, rows)."""
        times = np.concatenate([c[0] for c in changes])
        rows = np.concatenate([c[1] for c in changes])
        order = np.argsort(times, kind="stable")
        return cls(frame, times[order], rows[order])

    @classmethod
    def together(cls, parts: list["Courses"]) -> Self:
        starts = np.cumsum([0, *(len(p.frame) for p in parts[:-1])])
        frame = pd.concat([p.frame for p in parts], ignore_index=True)
        return cls.of(frame, *((p.times, p.rows + s) for p, s in zip(parts, starts, strict=True)))

    def touched(self, after: int, until: int) -> Seconds:
        """Rows with a change in (after, until], ascending."""
        a, b = np.searchsorted(self.times, [after, until], side="right")
        return np.asarray(np.unique(self.rows[a:b]), dtype=np.int64)

    def changed_at(self, until: int) -> Seconds:
        """Last change of every row up to `until`."""
        last = np.zeros(len(self.frame), dtype=np.int64)
        n = int(np.searchsorted(self.times, until, side="right"))
        last[self.rows[:n]] = self.times[:n]  # ascending: the latest assignment stays
        return last
