"""The city as one object: it fills its history, lives on step by step, and takes orders from tests."""

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Final, Self

from simulator import reporting
from simulator.courses import Courses
from simulator.day import LOOK_BACK, TABLES, Day, Injected, draw
from simulator.instants import day_of, instant, second_of
from simulator.network import Network, network
from simulator.outages_db import fill_network
from simulator.truth import record_year
from simulator.writing import Databases

_CHUNK_DAYS: Final = 10
_BEFORE_ALL: Final = -1
FORM: Final = 2  # of the tables: a folder of another one can not be lived on


class CityError(Exception):
    """The folder's city can not be lived on; the message names the cure."""


class City:
    """Linjiang in `folder`: orders.db, outages.db, surveys.db and truth.db.

    Each day is drawn from (seed, day) with the full course of everything that begins on it; what is written at an
    instant is that course without its later stages. So history and life give the same rows, a step may be repeated,
    and the pace plays no part.
    """

    def __init__(self, folder: Path, seed: int = 1) -> None:
        self.seed = seed
        self.net: Network = network()
        self._db = Databases(folder, self.net)
        kept = self._db.meta("seed")
        if kept is not None and kept != seed:
            self._db.close()
            raise CityError(f"{folder}: holds the city of seed {kept}; remove the folder or give --seed {kept}")
        if kept is not None and self._db.meta("form") != FORM:
            self._db.close()
            raise CityError(f"{folder}: holds a city of an earlier form; remove the folder")
        self._days: dict[int, Day] = {}
        self._pool: tuple[range, dict[str, Courses], list[Injected]] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._db.close()

    def last(self) -> datetime | None:
        """The instant up to which all databases are written; None before `prepare`."""
        at = self._db.meta("last")
        return None if at is None else instant(at)

    def first_day(self) -> date | None:
        """The first day of the city's history."""
        day = self._db.meta("first_day")
        return None if day is None else date.fromordinal(day)

    def prepare(self, now: datetime, days: int = 90, progress: Callable[[float], None] | None = None) -> None:
        """Fills at least `days` of history up to `now`, or what is missing since the last run.

        A city that has already lived beyond `now` (it ran faster than the clock) is left as it is: go on from `last()`.
        """
        at = second_of(now)
        if self._db.meta("last") is None:
            self._db.empty()  # what a start left that was killed before it ended
            self._db.set_meta("seed", self.seed)
            self._db.set_meta("form", FORM)
            self._db.set_meta("first_day", day_of(at) - days)
            fill_network(self._db["outages"], self.net)
        self._advance(at, progress)

    def step(self, until: datetime) -> int:
        """Lives on to `until`; the number of rows written, one transaction a database."""
        return self._advance(second_of(until), None)

    def _advance(self, until: int, progress: Callable[[float], None] | None) -> int:
        last, first = self._db.meta("last"), self._db.meta("first_day")
        if first is None:
            raise CityError("the city has no history yet; call prepare() first")
        after = _BEFORE_ALL if last is None else last
        if until <= after:
            return 0
        if last is None or day_of(last) != day_of(until):
            for year in (instant(until).year, instant(until).year + 1):
                record_year(self._db["truth"], year)
        start = first if last is None else max(first, day_of(last) - LOOK_BACK)
        days = range(start, day_of(until) + 1)
        written = 0
        if last is not None and len(days) <= LOOK_BACK + 3:
            tables, injected = self._together(range(max(first, days[-1] - LOOK_BACK - 2), days[-1] + 1))
            written = self._db.write(tables, injected, after, until)
        else:
            written = self._in_chunks(days, after, until, progress)
        self._db.tick(until)
        self._db.set_meta("last", until)
        self._db.commit()
        return written

    def _in_chunks(self, days: range, after: int, until: int, progress: Callable[[float], None] | None) -> int:
        """Long stretches: some days at a time, each day's rows at once in their state at `until`."""
        written = 0
        for i in range(0, len(days), _CHUNK_DAYS):
            chunk = [self._day(d) for d in days[i : i + _CHUNK_DAYS]]
            tables = {t: Courses.together([d.tables[t] for d in chunk]) for t in TABLES}
            written += self._db.write(tables, [x for d in chunk for x in d.injected], after, until)
            if progress:
                progress(min(1.0, (i + len(chunk)) / len(days)))
        return written

    def _day(self, day: int) -> Day:
        if day not in self._days:
            self._days[day] = draw(self.net, self.seed, day)
            for old in [d for d in self._days if abs(d - day) > LOOK_BACK + 5]:
                del self._days[old]
        return self._days[day]

    def _together(self, days: range) -> tuple[dict[str, Courses], list[Injected]]:
        """All that may still change, put together once a day."""
        if self._pool is None or self._pool[0] != days:
            drawn = [self._day(d) for d in days]
            tables = {t: Courses.together([d.tables[t] for d in drawn]) for t in TABLES}
            self._pool = (days, tables, [x for d in drawn for x in d.injected])
        return self._pool[1], self._pool[2]

    def report_fault(
        self,
        order_no: str,
        area_class: str,
        at: datetime,
        *,
        written: datetime | None = None,
        county: str | None = None,
        sensitive: bool = False,
        customer: str | None = None,
    ) -> None:
        """Writes one new fault report, accepted `at`, beside what the city does by itself.

        `area_class` is urban, rural or remote; the first fitting transformer area (of `county`, a unit code) is taken.
        `customer` names who reports: orders of one name are of one customer, without a name each is of another.
        The row is stamped as changed at `written` (`at` when absent): give the present moment to report an old fault.
        """
        area = reporting.place(self.net.areas, area_class, county)
        stamped = second_of(written or at)
        reporting.report(
            self._db["orders"],
            self.net.areas,
            order_no,
            area,
            accepted=second_of(at),
            written=stamped,
            customer=reporting.somebody(area, customer or order_no, sensitive=sensitive),
        )

    def advance(self, order_no: str, stage: str, at: datetime) -> None:
        """Writes that a reported order reached `stage` (dispatched, received, arrived, restored, ...) at `at`."""
        reporting.advance(self._db["orders"], order_no, stage, second_of(at))
