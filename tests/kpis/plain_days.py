"""The days of a site, one by one, for the plain clocks: from docs/clocks.md alone. Numbers name its rules."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from kpis.calendar import Calendar

Span = tuple[datetime, datetime]
MONDAY: Final = 0
SATURDAY: Final = 5
A_DAY: Final = timedelta(days=1)


class Days:
    """What `calendar` says, as days and moments. Remembers what it was asked."""

    def __init__(self, calendar: Calendar) -> None:
        self._zone, self._years = calendar.zone, calendar.years
        self._hours, self._make_up = calendar.hours, calendar.make_up_hours
        self._is_ever_open = any(calendar.hours.values()) or bool(calendar.make_up_hours)
        self._day_of: dict[datetime, date] = {}
        self._openings: dict[date, list[Span]] = {}
        self._bounds: dict[date, Span] = {}
        self.last = calendar.last

    def of(self, moment: datetime) -> date:
        if moment not in self._day_of:
            self._day_of[moment] = moment.astimezone(self._zone).date()
        return self._day_of[moment]

    def is_official(self, year: int) -> bool:
        return year in self._years and self._years[year].is_official

    def is_working(self, day: date) -> bool:
        """Rules 11, 12 and 17."""
        year = self._years.get(day.year)
        if year is not None and day in year.on:
            return True
        if year is not None and day in year.off:
            return False
        return day.weekday() < SATURDAY

    def bounds(self, day: date) -> Span:
        """The first moment of a day and that of the next."""
        if day not in self._bounds:
            midnight = datetime.combine(day, time())
            self._bounds[day] = self._opening(midnight), self._opening(midnight + A_DAY)
        return self._bounds[day]

    def openings_from(self, start: datetime) -> Iterator[Span]:
        """The openings that may reach beyond `start`, as they begin: those of the day before may run over midnight."""
        day = self.of(start) - A_DAY
        while self._is_ever_open and day <= self.last:
            yield from self._openings_of(day)
            day += A_DAY

    def _openings_of(self, day: date) -> list[Span]:
        """Rule 11."""
        if day not in self._openings:
            found = []
            for opens, closes in self._hours_of(day):
                over_midnight = A_DAY if closes <= opens else timedelta()
                begin = self._opening(datetime.combine(day, opens))
                end = self.closing(datetime.combine(day, closes) + over_midnight)
                found.append((begin, end))
            self._openings[day] = sorted(s for s in found if s[0] < s[1])
        return self._openings[day]

    def _hours_of(self, day: date) -> list[tuple[time, time]]:
        if not self.is_working(day):
            return []
        year = self._years.get(day.year)
        if year is not None and day in year.on:
            hours = self._hours.get(MONDAY, ()) if self._make_up is None else self._make_up
        else:
            hours = self._hours.get(day.weekday(), ())
        return list(hours)

    def _opening(self, wall: datetime) -> datetime:
        """The first moment at which the site's wall clock shows `wall`."""
        first = wall.replace(tzinfo=self._zone, fold=0)
        return self._after_gap(wall) if self._is_left_out(first) else first.astimezone(UTC)

    def closing(self, wall: datetime) -> datetime:
        """The last moment at which it does."""
        last = wall.replace(tzinfo=self._zone, fold=1)
        return self._after_gap(wall) if self._is_left_out(last) else last.astimezone(UTC)

    def _is_left_out(self, shown: datetime) -> bool:
        return shown.astimezone(UTC).astimezone(self._zone).replace(tzinfo=None) != shown.replace(tzinfo=None)

    def _after_gap(self, wall: datetime) -> datetime:
        """Where the hour ends that summer time leaves out: minute by minute until the clock shows more than `wall`."""
        moment = wall.replace(tzinfo=self._zone, fold=0).astimezone(UTC) - A_DAY
        while moment.astimezone(self._zone).replace(tzinfo=None) < wall:
            moment += timedelta(minutes=1)
        return moment
