"""Working days and opening hours of a site, as axes on which time can be counted. Pure: tables in, arrays out.

A day is a number (days since 1970-01-01), a moment microseconds since then in UTC; both int64. NEVER is no moment.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from functools import cached_property
from typing import Any, Final
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pandas as pd

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Hours = tuple[time, time]

NEVER: Final = int(np.iinfo(np.int64).min)  # pandas' and numpy's NaT
SECOND: Final = 1_000_000
WEEKEND: Final = 5  # date.weekday() of Saturday
MONDAY: Final = 0


@dataclass(frozen=True)
class Year:
    """The table of one year: days off and make-up working days (调休). `is_official`: published, not assumed.

    `names`: what a holiday is called, by one of its days; it decides about nothing.
    """

    off: frozenset[date]
    on: frozenset[date]
    source: str
    is_official: bool = True
    names: Mapping[date, str] = field(default_factory=dict)

    def holidays(self, day: date) -> tuple[str, ...]:
        """The names of the unbroken days off that `day` belongs to; none for other days."""
        if day not in self.off:
            return ()
        first = last = day
        while first - timedelta(1) in self.off:
            first -= timedelta(1)
        while last + timedelta(1) in self.off:
            last += timedelta(1)
        return tuple(name for on, name in sorted(self.names.items()) if first <= on <= last)


@dataclass(frozen=True)
class Calendar:
    """Working days by the tables of the years, Monday to Friday in a year without one; opening hours by weekday.

    `first` and `last` bound what can be counted, far beyond any deadline.
    """

    zone: ZoneInfo
    years: Mapping[int, Year]
    hours: Mapping[int, Sequence[Hours]] = field(default_factory=dict)  # by date.weekday()
    make_up_hours: Sequence[Hours] | None = None  # None: those of a Monday
    first: date = date(2000, 1, 1)
    last: date = date(2049, 12, 31)

    @property
    def known_until(self) -> date:
        """The last day of the published tables without a gap; a deadline beyond it is provisional."""
        official = [y for y, table in self.years.items() if table.is_official]
        last = next((y for y in sorted(official) if y + 1 not in official), self.first.year - 1)
        return date(last, 12, 31)

    @property
    def said(self) -> tuple[Any, ...]:
        """All that decides about a deadline, in a form that is equal for equal calendars."""
        years = [(y, sorted(t.off), sorted(t.on), t.is_official) for y, t in sorted(self.years.items())]
        hours = [(d, tuple(h)) for d, h in sorted(self.hours.items())]
        return self.zone.key, tuple(years), tuple(hours), self.make_up_hours

    def is_working(self, day: date) -> bool:
        year = self.years.get(day.year)
        if year is not None and day in year.on:
            return True
        if year is not None and day in year.off:
            return False
        return day.weekday() < WEEKEND

    def hours_of(self, day: date) -> Sequence[Hours]:
        """The opening hours that begin on `day`; none on a day off."""
        if not self.is_working(day):
            return ()
        if day.weekday() >= WEEKEND:
            return self.hours.get(MONDAY, ()) if self.make_up_hours is None else self.make_up_hours
        return self.hours.get(day.weekday(), ())

    @cached_property
    def working(self) -> Ints:
        """How many working days lie from `first` up to the end of each day."""
        days = (self.first + timedelta(i) for i in range((self.last - self.first).days + 1))
        return np.cumsum([self.is_working(d) for d in days], dtype=np.int64)

    @cached_property
    def openings(self) -> tuple[Ints, Ints]:
        """Begin and end of every opening in order; openings that overlap are one."""
        days = [self.first + timedelta(i) for i in range((self.last - self.first).days + 1)]
        walls = [(pd.Timestamp.combine(d, o), _closing(d, o, c)) for d in days for o, c in self.hours_of(d)]
        begins = _moments([b for b, _ in walls], self.zone, is_first=True)
        ends = _moments([e for _, e in walls], self.zone, is_first=False)
        return merged(np.zeros(len(walls), dtype=np.int64), begins, ends)[1:]

    def day_of(self, moments: Ints) -> Ints:
        """The site's day of each moment; NEVER stays."""
        local = pd.DatetimeIndex(moments.astype("datetime64[us]")).tz_localize("UTC").tz_convert(self.zone)
        days = local.tz_localize(None).to_numpy(dtype="datetime64[us]").astype("datetime64[D]")
        return np.asarray(days.astype(np.int64))

    def end_of(self, days: Ints) -> Ints:
        """The last second of each day; NEVER stays."""
        walls = days.astype("datetime64[D]").astype("datetime64[us]") + np.timedelta64(86_399, "s")
        return _moments(walls, self.zone, is_first=False)

    def lacks_table(self, first: Ints, last: Ints) -> Flags:
        """Whether some year from the day `first` to the day `last` has no official table. NEVER: no."""
        years = np.arange(self.first.year, self.last.year + 1)
        official = [y for y, table in self.years.items() if table.is_official]
        lacking = np.concatenate([[0], np.cumsum(~np.isin(years, official))])
        low, high = (np.clip(_years(d) - self.first.year, 0, len(years) - 1) for d in (first, last))
        return np.asarray((lacking[high + 1] > lacking[low]) & (first != NEVER) & (last != NEVER))


def merged(rows: Ints, begins: Ints, ends: Ints) -> tuple[Ints, Ints, Ints]:
    """Intervals [begin, end) of each row, in order, those that overlap made one and empty ones left out.

    Those that touch stay two: a pause that has an end is not the one without an end that begins there.
    """
    keep = ends > begins
    rows, begins, ends = rows[keep], begins[keep], ends[keep]
    order = np.lexsort((begins, rows))
    rows, begins, ends = rows[order], begins[order], ends[order]
    if not len(rows):
        return rows, begins, ends
    reach = _highest(rows, ends)
    fresh = np.ones(len(rows), dtype=bool)
    fresh[1:] = (rows[1:] != rows[:-1]) | (begins[1:] >= reach[:-1])
    last = np.append(np.flatnonzero(fresh)[1:] - 1, len(rows) - 1)
    return rows[fresh], begins[fresh], reach[last]


def _highest(rows: Ints, values: Ints) -> Ints:
    """The highest of `values` so far in each row; `rows` is sorted."""
    order = np.argsort(values, kind="stable")
    rank = np.empty(len(values), dtype=np.int64)
    rank[order] = np.arange(len(values))
    base = np.cumsum(np.append(False, rows[1:] != rows[:-1])) * len(
        values
    )  # a row's ranks lie above those of all before
    return np.asarray(values[order][np.maximum.accumulate(base + rank) - base])


def _closing(day: date, opens: time, closes: time) -> pd.Timestamp:
    """An end that is not after its beginning lies on the next day."""
    return pd.Timestamp.combine(day if closes > opens else day + timedelta(1), closes)


def _moments(walls: Any, zone: ZoneInfo, *, is_first: bool) -> Ints:
    """Moments of wall times. One that summer time leaves out means the end of the gap; `is_first`: of two comings."""
    index = pd.DatetimeIndex(np.asarray(walls, dtype="datetime64[us]"))
    twice = np.full(len(index), is_first)
    there = index.tz_localize(zone, ambiguous=twice, nonexistent="shift_forward")
    return np.asarray(there.tz_convert("UTC").tz_localize(None).to_numpy(dtype="datetime64[us]").astype(np.int64))


def _years(days: Ints) -> Ints:
    return np.asarray(days.astype("datetime64[D]").astype("datetime64[Y]").astype(np.int64) + 1970)
