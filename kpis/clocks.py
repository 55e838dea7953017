"""Deadlines of clocks that may stand: whole tables at once, by the rules of docs/clocks.md. Pure.

Each kind of counting is an axis on which time that does not count has no length. On it a deadline is the start plus the
limit plus the stops before it; the first moment with that place on the axis is the answer.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from kpis.calendar import NEVER, Calendar, Flags, Ints, merged

OPEN: Final = int(np.iinfo(np.int64).max)  # end of a stop that has none yet
FAR: Final = 2**62  # places beyond are the end of the axis
KINDS: Final = ("elapsed", "open_hours", "working_days")


@dataclass(frozen=True)
class Stops:
    """Intervals [begin, end) in which the clock of a row stands; `end` OPEN while nobody has ended it.

    `row` is the position of the order; sorted by row and begin, disjoint.
    """

    row: Ints
    begin: Ints
    end: Ints

    @classmethod
    def of(cls, row: Ints, begin: Ints, end: Ints) -> "Stops":
        return cls(*merged(row, begin, end))

    @classmethod
    def none(cls) -> "Stops":
        nothing = np.empty(0, dtype=np.int64)
        return cls(nothing, nothing, nothing)

    def since(self, start: Ints) -> "Stops":
        """What of them lies after the start of each row; rows without a start have none."""
        begin = np.maximum(self.begin, start[self.row])
        keep = (self.end > begin) & (start[self.row] != NEVER)
        return Stops(self.row[keep], begin[keep], self.end[keep])

    def until(self, end: Ints) -> "Stops":
        """The same with those that nobody has ended ended by the end of the row's clock, where it has one."""
        mine = end[self.row]
        ended = (self.end == OPEN) & (mine != NEVER)
        return Stops.of(self.row, self.begin, np.where(ended, mine, self.end))

    def __len__(self) -> int:
        return len(self.row)


@dataclass(frozen=True)
class Due:
    """`at`: the deadline, NEVER where there is none. `stands`: an open pause keeps it from being known.

    `left`: what was left of the limit, in its own unit (microseconds, days), when the clock stood still; else 0.
    `provisional`: counted through a year without an official table.
    """

    at: Ints
    stands: Flags
    left: Ints
    provisional: Flags


def due(kind: str, start: Ints, limit: Ints, stops: Stops, calendar: Calendar) -> Due:
    """The deadline of each row. `limit`: microseconds, or days for `working_days`; 0 or less: no limit applies."""
    return _KINDS[kind](start, limit, stops, calendar)


def _elapsed(start: Ints, limit: Ints, stops: Stops, _calendar: Calendar) -> Due:
    return _reached(start, limit, stops.since(start), lambda t: t, lambda p: p)


def _open_hours(start: Ints, limit: Ints, stops: Stops, calendar: Calendar) -> Due:
    axis = _Axis.of(*calendar.openings)
    found = _reached(start, limit, stops.since(start), axis.place, axis.first_moment)
    return _with_table(found, calendar, calendar.day_of(start), calendar.day_of(found.at))


def _working_days(start: Ints, limit: Ints, stops: Stops, calendar: Calendar) -> Due:
    """On the axis of days: a stop covers every day it touches; the day of the start is over before counting begins."""
    first = calendar.day_of(start)
    stops = stops.since(start)
    begin = np.maximum(calendar.day_of(stops.begin), first[stops.row] + 1)
    is_open = stops.end == OPEN
    last = calendar.day_of(np.where(is_open, stops.begin, stops.end - 1)) + 1
    touched = Stops.of(stops.row, begin, np.where(is_open, OPEN, last))
    zero = _day_number(calendar)

    def place(days: Ints) -> Ints:
        """Working days up to the end of the day before."""
        counts = np.concatenate([[0], calendar.working])
        return np.asarray(counts[np.clip(days - zero, 0, len(counts) - 1)])

    def first_day(places: Ints) -> Ints:
        """The day whose end completes so many working days."""
        at = np.searchsorted(calendar.working, places, side="left")
        return np.where(at < len(calendar.working), at + zero, NEVER)

    found = _reached(np.where(start == NEVER, NEVER, first + 1), limit, touched, place, first_day)
    dated = Due(calendar.end_of(found.at), found.stands, found.left, found.provisional)
    return _with_table(dated, calendar, np.where(start == NEVER, NEVER, first + 1), found.at)


def _with_table(found: Due, calendar: Calendar, first: Ints, last: Ints) -> Due:
    """`first`, `last`: the days from the first that may count to that of the deadline."""
    return Due(found.at, found.stands, found.left, calendar.lacks_table(first, last))


Move = Callable[[Ints], Ints]


def _reached(start: Ints, limit: Ints, stops: Stops, place: Move, moment: Move) -> Due:
    """The first moment at which `limit` is counted. A stop that begins when the limit is reached stops nothing."""
    has = (start != NEVER) & (limit > 0)
    origin = place(np.where(has, start, 0))
    begin, is_open = place(stops.begin), stops.end == OPEN
    length = np.where(is_open, FAR, place(np.where(is_open, stops.begin, stops.end)) - begin)
    before = _sum_before(stops.row, np.where(is_open, 0, length))
    counted = begin - origin[stops.row] - before
    counts = (counted < limit[stops.row]) & has[stops.row]
    stood = np.zeros(len(start), dtype=np.int64)
    np.add.at(stood, stops.row[counts & ~is_open], length[counts & ~is_open])
    stands = np.zeros(len(start), dtype=bool)
    left = np.zeros(len(start), dtype=np.int64)
    still = counts & is_open
    stands[stops.row[still]] = True
    left[stops.row[still]] = (limit[stops.row] - counted)[still]
    at = moment(origin + np.where(has, limit, 0) + stood)
    return Due(np.where(has & ~stands, at, NEVER), stands, left, np.zeros(len(start), dtype=bool))


def _sum_before(row: Ints, length: Ints) -> Ints:
    """For each interval the length of those before it in its row."""
    total = np.cumsum(length) - length
    fresh = np.ones(len(row), dtype=bool)
    fresh[1:] = row[1:] != row[:-1]
    base = total[fresh][np.cumsum(fresh) - 1] if len(row) else total
    return np.asarray(total - base)


@dataclass(frozen=True)
class _Axis:
    """Time within openings. `done`: what lies within all openings before each."""

    begins: Ints
    ends: Ints
    done: Ints

    @classmethod
    def of(cls, begins: Ints, ends: Ints) -> "_Axis":
        return cls(begins, ends, np.concatenate([[0], np.cumsum(ends - begins)]))

    def place(self, moments: Ints) -> Ints:
        i = np.searchsorted(self.begins, moments, side="right")
        if not len(self.begins):
            return np.zeros(len(moments), dtype=np.int64)
        last = np.maximum(i - 1, 0)
        within = np.minimum(moments, self.ends[last]) - self.begins[last]
        return np.where(i > 0, self.done[last] + within, 0)

    def first_moment(self, places: Ints) -> Ints:
        """NEVER for a place beyond the last opening; one at a closing is that closing, not the next opening."""
        i = np.searchsorted(self.done, places, side="left")
        there = (i > 0) & (i < len(self.done))
        at = np.clip(i - 1, 0, max(len(self.begins) - 1, 0))
        if not len(self.begins):
            return np.full(len(places), NEVER, dtype=np.int64)
        return np.where(there, self.begins[at] + places - self.done[at], NEVER)


def _day_number(calendar: Calendar) -> int:
    return int(np.datetime64(calendar.first, "D").astype(np.int64))


_KINDS: Final = {"elapsed": _elapsed, "open_hours": _open_hours, "working_days": _working_days}


def stands(begins: str, ends: str, row: Ints, kind: npt.NDArray[np.object_], at: Ints) -> Stops:
    """Stops from events: from the first `begins` to the next `ends`; at the same moment `ends` comes first.

    Events may come in any order; others than the two are left out.
    """
    mine = ((kind == begins) | (kind == ends)) & (at != NEVER)
    row, at, opens = row[mine], at[mine], (kind == begins)[mine]
    order = np.lexsort((opens, at, row))
    row, at, opens = row[order], at[order], opens[order]
    fresh = np.ones(len(row), dtype=bool)
    fresh[1:] = row[1:] != row[:-1]
    turn = fresh | np.append([True], opens[1:] != opens[:-1])[: len(row)]
    row, at, opens = row[turn], at[turn], opens[turn]
    follows = np.append(row[1:] == row[:-1], [False])[: len(row)]
    end = np.where(follows, np.append(at[1:], [OPEN])[: len(row)], OPEN)
    return Stops.of(row[opens], at[opens], end[opens])
