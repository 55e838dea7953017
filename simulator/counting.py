"""How the limits count: every second, the office's hours, whole working days. Plain code from docs/clocks.md."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from functools import cache
from typing import Final

from simulator.calendar import is_workday, year_table
from simulator.instants import DAY, HOUR, MINUTE, day_of, midnight

FOREVER: Final = 1 << 61
Span = tuple[int, int]
Spans = Sequence[Span]  # of stops: in order, disjoint; one that nobody ended lasts for ever


def _seconds(start: int, amount: int, stops: Spans) -> int | None:
    """Every second counts, at night and on holidays."""
    return _run(((start, FOREVER),), start, amount, stops)


def _open_seconds(start: int, amount: int, stops: Spans) -> int | None:
    """Seconds of the office's hours: 8:30 to 12:00 and 13:30 to 17:30 of working days."""
    return _run(_open_hours(start), start, amount, stops)


def _run(spans: Iterable[Span], start: int, amount: int, stops: Spans) -> int | None:
    """The first moment at which `amount` lies within `spans` and outside `stops`."""
    for opens, closes in spans:
        at = max(opens, start)
        for begin, until in (*stops, (FOREVER, FOREVER)):
            if until <= at:
                continue
            counted = min(begin, closes) - at
            if counted >= amount:
                return at + amount
            amount -= max(counted, 0)
            at = max(at, until)
            if at >= closes:
                break
        if stops and stops[-1][1] == FOREVER and closes >= stops[-1][0]:
            return None
    return None


def _open_hours(start: int) -> Iterator[Span]:
    day = day_of(start)
    while True:
        if _counts(day):
            zero = midnight(day)
            yield zero + 8 * HOUR + 30 * MINUTE, zero + 12 * HOUR
            yield zero + 13 * HOUR + 30 * MINUTE, zero + 17 * HOUR + 30 * MINUTE
        day += 1


def _working_days(start: int, amount: int, stops: Spans) -> int | None:
    """Whole working days after that of the start on which nothing stood; it ends with the last second of the last."""
    day = day_of(start)
    while amount:
        day += 1
        begins, ends = midnight(day), midnight(day) + DAY
        touching = [s for s in stops if s[0] < ends and s[1] > begins]
        if any(until == FOREVER for _, until in touching):
            return None
        amount -= _counts(day) and not touching
    return midnight(day) + DAY - 1


@cache
def _counts(day: int) -> bool:
    """A working day; in a year whose table nobody has published, Monday to Friday."""
    on = date.fromordinal(day)
    return on.weekday() < 5 if year_table(on.year).is_invented else is_workday(on)


def is_provisional(kind: str, start: int, due: int) -> bool:
    """Whether some year of the counting has no table; the day of the start is no working day that counts."""
    first = date.fromordinal(day_of(start)) + timedelta(kind == "days")
    last = date.fromordinal(day_of(due))
    return any(year_table(year).is_invented for year in range(first.year, last.year + 1))


COUNTING: Final = {"seconds": _seconds, "open": _open_seconds, "days": _working_days}
