"""The time of one clock cut into lines: counted, stood, closed, over. Pure; plain steps where kpis.clocks has axes.

A moment is microseconds since 1970 in UTC, an amount microseconds or working days, as in kpis.clocks.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Final, Literal

import numpy as np

from kpis.calendar import NEVER, SECOND, WEEKEND, Calendar

# start_day: the day of the start does not count. part_day: a working day that was not over. over: after the deadline.
What = Literal["counted", "paused", "solved", "closed", "start_day", "part_day", "over"]
# Why, by code: pause and pause_ignored (in the words of the source), weekend, day_off, holiday (by name),
# outside_hours, make_up.
Reason = tuple[str, str]
EPOCH: Final = date(1970, 1, 1)


@dataclass(frozen=True)
class Line:
    """Time from `start` to before `end` that was one thing. `counted` in it, `total` so far, `left` of the limit.

    `is_ahead`: it has not come yet. All lines of a clock follow each other without a gap.
    """

    start: int
    end: int
    what: What
    reasons: tuple[Reason, ...]
    counted: int
    total: int
    left: int
    is_ahead: bool


@dataclass(frozen=True)
class Stop:
    """Time in which the clock stands; or with `what` counted, a pause that does not stop it."""

    begin: int
    end: int
    what: Literal["paused", "solved", "counted"]
    reason: str = ""


@dataclass(frozen=True)
class Span:
    """What is cut: one clock from its start to `until`. `due`: NEVER for none; `as_of`: None for a clock that ended.

    Of stops that overlap the first that is listed gives its name.
    """

    kind: str
    limit: int
    start: int
    until: int
    due: int
    as_of: int | None
    stops: Sequence[Stop] = ()

    @property
    def last(self) -> int:
        """Where counting ends."""
        return self.until if self.due == NEVER else min(self.until, self.due)


@dataclass(frozen=True)
class _Piece:
    start: int
    end: int
    what: What
    reasons: tuple[Reason, ...] = ()
    counted: int = 0
    is_ahead: bool = False

    def with_next(self, other: "_Piece") -> "_Piece | None":
        """Both as one, where they are alike; days off are alike whatever each is called."""
        alike = (self.what, self.is_ahead) == (other.what, other.is_ahead)
        if not alike or (self.what != "closed" and self.reasons != other.reasons):
            return None
        reasons = tuple(dict.fromkeys(self.reasons + other.reasons))
        return _Piece(self.start, other.end, self.what, reasons, self.counted + other.counted, self.is_ahead)


def lines(span: Span, calendar: Calendar) -> tuple[Line, ...]:
    """The lines from start to `until`, in order; none where that lies not after the start."""
    if span.until <= span.start:
        return ()
    cut = _days(span, calendar) if span.kind == "working_days" else _moments(span, calendar)
    pieces: list[_Piece] = []
    for piece in cut:
        both = pieces[-1].with_next(piece) if pieces else None
        pieces[-1:] = [both] if both else [*pieces[-1:], piece]
    found, total = [], 0
    for p in pieces:
        total += p.counted
        left = max(span.limit - total, 0)
        found.append(Line(p.start, p.end, p.what, p.reasons, p.counted, total, left, p.is_ahead))
    return tuple(found)


def _over(span: Span) -> Iterator[_Piece]:
    if span.due != NEVER and span.until > span.due:
        yield _Piece(max(span.due, span.start), span.until, "over")


def _moments(span: Span, calendar: Calendar) -> Iterator[_Piece]:
    """Elapsed time and opening hours: cut wherever something begins or ends."""
    shut = list(_closures(span, calendar)) if span.kind == "open_hours" else []
    cuts = {span.start, span.last, *(() if span.as_of is None else (span.as_of,))}
    cuts |= {at for s in span.stops for at in (s.begin, s.end)} | {at for c in shut for at in (c.start, c.end)}
    inside = sorted(at for at in cuts if span.start <= at <= span.last)
    for begin, end in pairwise(inside):
        what, reasons = _state(span, shut, begin)
        counted = end - begin if what == "counted" else 0
        yield _Piece(begin, end, what, reasons, counted, span.as_of is not None and begin >= span.as_of)
    yield from _over(span)


def _state(span: Span, shut: Sequence[_Piece], at: int) -> tuple[What, tuple[Reason, ...]]:
    """What the clock does from `at` on: stands, finds the office closed, counts."""
    here = [s for s in span.stops if s.begin <= at < s.end]
    if stop := next((s for s in here if s.what != "counted"), None):
        return stop.what, (("pause", stop.reason),) if stop.what == "paused" else ()
    if closed := next((c for c in shut if c.start <= at < c.end), None):
        return "closed", closed.reasons
    return "counted", tuple(("pause_ignored", s.reason) for s in here[:1])


def _closures(span: Span, calendar: Calendar) -> Iterator[_Piece]:
    """The times between openings."""
    begins, ends = calendar.openings
    mine = slice(int(np.searchsorted(ends, span.start, "right")), int(np.searchsorted(begins, span.last, "left")))
    shuts = [span.start, *(int(e) for e in ends[mine])]
    opens = [*(int(b) for b in begins[mine]), span.last]
    for begin, end in zip(shuts, opens, strict=True):
        if end > begin:
            days = calendar.day_of(np.array([begin, end - 1]))
            off = [why for day in range(int(days[0]), int(days[1]) + 1) for why in day_off(calendar, _date(day))]
            yield _Piece(begin, end, "closed", tuple(dict.fromkeys(off)) or (("outside_hours", ""),))


def _days(span: Span, calendar: Calendar) -> Iterator[_Piece]:
    """Working days: a day is one thing. The day of `now` is not over, so what it counts lies ahead."""
    marks = np.array([span.start, span.last - 1, span.start if span.as_of is None else span.as_of])
    first, last, today = (int(day) for day in calendar.day_of(marks))
    ends = calendar.end_of(np.arange(first, last + 1))
    begin = span.start
    for day, end in zip(range(first, last + 1), (int(e) for e in ends), strict=True):
        until = span.last if day == last else end + SECOND
        is_over = span.last >= end
        what, reasons = ("start_day", ()) if day == first else _day(span, calendar, day, (begin, until))
        if what == "counted" and not is_over:
            what = "part_day"
        counted = 1 if what == "counted" else 0
        yield _Piece(begin, until, what, reasons, counted, span.as_of is not None and day >= today and day > first)
        begin = until
    yield from _over(span)


def _day(span: Span, calendar: Calendar, day: int, bounds: tuple[int, int]) -> tuple[What, tuple[Reason, ...]]:
    begin, end = bounds
    here = [s for s in span.stops if s.begin < end and s.end > begin]
    if stop := next((s for s in here if s.what != "counted"), None):
        return stop.what, (("pause", stop.reason),) if stop.what == "paused" else ()
    on = _date(day)
    if off := day_off(calendar, on):
        return "closed", off
    if on.weekday() >= WEEKEND:
        return "counted", (("make_up", ""),)
    return "counted", tuple(("pause_ignored", s.reason) for s in here[:1])


def day_off(calendar: Calendar, on: date) -> tuple[Reason, ...]:
    """Why `on` is no working day; nothing for one that is."""
    if calendar.is_working(on):
        return ()
    year = calendar.years.get(on.year)
    if named := year.holidays(on) if year else ():
        return tuple(("holiday", name) for name in named)
    return (("weekend" if on.weekday() >= WEEKEND else "day_off", ""),)


def _date(day: int) -> date:
    return EPOCH + timedelta(days=day)
