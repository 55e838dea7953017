"""Which days the city works. 2025 and 2026 follow the published holiday tables, other years an invented one."""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Final


@dataclass(frozen=True)
class Year:
    """Days off besides weekends, and weekend days worked instead."""

    off: frozenset[date]
    worked: frozenset[date]
    is_invented: bool


def _span(year: int, *spans: tuple[int, int, int]) -> frozenset[date]:
    """Days of (month, first day, number of days)."""
    return frozenset(date(year, m, d) + timedelta(n) for m, d, length in spans for n in range(length))


# State Council notices; 2025 as far as remembered in domain.md 6, 2026 as published in November 2025.
_PUBLISHED: Final = {
    2025: Year(
        _span(2025, (1, 1, 1), (1, 28, 8), (4, 4, 3), (5, 1, 5), (5, 31, 3), (10, 1, 8)),
        frozenset({date(2025, 1, 26), date(2025, 2, 8), date(2025, 4, 27), date(2025, 9, 28), date(2025, 10, 11)}),
        False,
    ),
    2026: Year(
        _span(2026, (1, 1, 3), (2, 15, 9), (4, 4, 3), (5, 1, 5), (6, 19, 3), (9, 25, 3), (10, 1, 7)),
        frozenset(date(2026, m, d) for m, d in ((1, 4), (2, 14), (2, 28), (5, 9), (9, 20), (10, 10))),
        False,
    ),
}


def year_table(year: int) -> Year:
    """The table of `year`. A year without a published one gets fixed dates of our own, marked as invented."""
    if year in _PUBLISHED:
        return _PUBLISHED[year]
    spans = ((1, 1, 1), (2, 6, 7), (4, 4, 3), (5, 1, 5), (6, 10, 3), (9, 20, 3), (10, 1, 7))
    return Year(_span(year, *spans), frozenset(), True)


@cache
def is_workday(day: date) -> bool:
    table = year_table(day.year)
    return day in table.worked or (day.weekday() < 5 and day not in table.off)


@cache
def workday_after(day: date, n: int) -> date:
    """The `n`-th working day after `day`, which itself does not count."""
    while n:
        day += timedelta(1)
        n -= is_workday(day)
    return day
