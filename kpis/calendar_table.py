"""The text of a calendar file into tables of years and opening hours. Pure: text in, tables or faults out."""

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from difflib import get_close_matches
from typing import Any, Final

from kpis.calendar import WEEKEND, Hours, Year
from toml_lines import Lines, lines

WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MAKE_UP: Final = "make_up"
_YEAR_KEYS: Final = ("year", "source", "official", "off", "on", "names")
_SPAN: Final = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)")


class CalendarFaults(ValueError):
    """The calendar can not be used. `faults` has one sentence per mistake: file and line, what is wrong, cure."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


@dataclass(frozen=True)
class Table:
    """What a file says. `hours` by date.weekday(); `make_up`: those of make-up days, None for those of a Monday."""

    years: Mapping[int, Year] = field(default_factory=dict)
    hours: Mapping[int, Sequence[Hours]] = field(default_factory=dict)
    make_up: Sequence[Hours] | None = None

    def over(self, other: "Table") -> "Table":
        """This table, and of `other` what it does not say."""
        return Table({**other.years, **self.years}, self.hours or other.hours, self.make_up or other.make_up)


def parse(text: str, file: str) -> Table:
    """The tables written in `text`. `file` is its name for messages.

    Errors: CalendarFaults with every mistake, each as `file:line: place: what; cure`.
    """
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise CalendarFaults([f"{file}: is not TOML: {error}; mend that line"]) from error
    said = _Reading(file, lines(text), [])
    for key in data.keys() - {"year", "hours"}:
        said.fault((key,), f"unknown; a calendar has [[year]] and [hours]{_near(key, ('year', 'hours'))}")
    years = dict(said.years(data.get("year", [])))
    hours = said.hours(data.get("hours", {}))
    if said.faults:
        raise CalendarFaults(said.faults)
    return Table(years, {WEEKDAYS.index(k): v for k, v in hours.items() if k != MAKE_UP}, hours.get(MAKE_UP))


@dataclass
class _Reading:
    """One file being read, and what is wrong with it."""

    file: str
    lines: Lines
    faults: list[str]

    def fault(self, path: tuple[str | int, ...], what: str) -> None:
        where = ".".join(str(p) for p in path if not isinstance(p, int))
        self.faults.append(f"{self.file}:{self.lines.of(*path)}: {where}: {what}")

    def years(self, entries: Any) -> Iterator[tuple[int, Year]]:
        if not isinstance(entries, list):
            self.fault(("year",), "is not a list of tables; write [[year]]")
            return
        seen: set[int] = set()
        for i, entry in enumerate(entries):
            before = len(self.faults)
            for key in entry.keys() - set(_YEAR_KEYS):
                self.fault(("year", i, key), f"unknown{_near(key, _YEAR_KEYS) or '; remove it'}")
            number, official = entry.get("year"), entry.get("official", True)
            if not isinstance(number, int) or not 2000 <= number <= 2049:
                self.fault(("year", i, "year"), f"`{number}` is no year from 2000 to 2049; write year = 2027")
                continue
            if number in seen:
                self.fault(("year", i, "year"), f"{number} stands here twice; remove one of them")
            seen.add(number)
            if not isinstance(official, bool):
                self.fault(("year", i, "official"), f"`{official}` is not true or false; write one of them")
            if not (isinstance(entry.get("source"), str) and entry["source"].strip()):
                self.fault(("year", i, "source"), "is missing; name the notice it comes from")
            off, on = (self.days(entry.get(k, []), number, ("year", i, k)) for k in ("off", "on"))
            self.compare(off, on, i)
            names = self.names(entry.get("names", {}), off, i)
            if len(self.faults) == before:
                yield number, Year(off, on, entry["source"], official, names)

    def days(self, value: Any, year: int, path: tuple[str | int, ...]) -> frozenset[date]:
        found: set[date] = set()
        for one in value if isinstance(value, list) else [value]:
            first, last = (one[0], one[-1]) if isinstance(one, list) and len(one) in (1, 2) else (one, one)
            if not (_is_day(first) and _is_day(last)):
                self.fault(path, f"`{one}` is no day; write 2026-10-01 or [2026-10-01, 2026-10-07], without quotes")
            elif first.year != year or last.year != year:
                self.fault(path, f"{first} to {last} does not lie in {year}; move it to its own year")
            elif last < first:
                self.fault(path, f"{last} lies before {first}; turn them round")
            else:
                found |= {first + timedelta(n) for n in range((last - first).days + 1)}
        return frozenset(found)

    def names(self, entry: Any, off: frozenset[date], i: int) -> dict[date, str]:
        """What holidays are called, each by one of its days off: `2026-10-01 = "National Day"`."""
        if not isinstance(entry, dict):
            self.fault(("year", i, "names"), "is not a table; write [year.names]")
            return {}
        known = {str(day): day for day in off}
        for key, name in entry.items():
            if key not in known:
                self.fault(("year", i, "names", key), "is no day off of this year; name one of the days in `off`")
            elif not isinstance(name, str) or not name.strip():
                self.fault(("year", i, "names", key), f'`{name}` is no name; write it in quotes: "National Day"')
        return {known[key]: name for key, name in entry.items() if key in known and isinstance(name, str)}

    def compare(self, off: frozenset[date], on: frozenset[date], i: int) -> None:
        for day in sorted(off & on):
            self.fault(("year", i, "on"), f"{day} is also a day off; remove it from one of the two")
        for day in sorted(d for d in on - off if d.weekday() < WEEKEND):
            self.fault(("year", i, "on"), f"{day} is a {WEEKDAYS[day.weekday()].title()} and works anyway; remove it")

    def hours(self, entry: Any) -> dict[str, list[Hours]]:
        if not isinstance(entry, dict):
            self.fault(("hours",), "is not a table; write [hours]")
            return {}
        known = (*WEEKDAYS, MAKE_UP)
        for key in entry.keys() - set(known):
            self.fault(("hours", key), "unknown" + (_near(key, known) or "; use the names of weekdays or make_up"))
        return {key: list(self.spans(entry[key], key)) for key in known if key in entry}

    def spans(self, value: Any, key: str) -> Iterator[Hours]:
        for text in value if isinstance(value, list) else [value]:
            match = _SPAN.fullmatch(str(text))
            if match is None:
                self.fault(("hours", key), f'`{text}` is no span of hours; write "08:30-12:00"')
                continue
            opens, opens_min, closes, closes_min = (int(g) for g in match.groups())
            yield time(opens, opens_min), time(closes, closes_min)


def _is_day(value: Any) -> bool:
    return isinstance(value, date) and not isinstance(value, datetime)


def _near(key: str, known: Sequence[str]) -> str:
    near = get_close_matches(key, known, 1)
    return f"; did you mean {near[0]}?" if near else ""
