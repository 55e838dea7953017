"""Answers kept while the rows they rest on stay the same: of a whole table, or week by week of its past.

A week is that of the moment at which a row counts, from Monday in UTC. The merge tells which weeks it changed, so weeks
that nobody touches are counted once in the life of a node.
"""

import threading
from collections.abc import Callable, Collection, Hashable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pandas as pd

from store.facts.schema import COUNTED_AT

WEEK: Final = timedelta(days=7)
FEW: Final = 8  # weeks between two changed ones that are counted again with them rather than in a pass of their own


class Kept:
    """One per facts; for many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._versions: dict[str, int] = {}
        self._touched: dict[str, dict[datetime, int]] = {}  # table -> week -> version of the table that changed it
        self._answers: dict[Hashable, tuple[int, Any]] = {}
        self._weeks: dict[Hashable, _Weeks] = {}

    def changed(self, table: str, version: int, weeks: Collection[datetime]) -> None:
        """Rows of `table`, among them some of `weeks`, are other ones from `version` on."""
        with self._lock:
            self._versions[table] = version
            self._touched.setdefault(table, {}).update(dict.fromkeys(weeks, version))

    def get(self, name: Hashable, table: str, make: Callable[[], Any]) -> Any:
        version = self._versions.get(table, 0)  # taken first: what changes meanwhile is asked again
        found = self._answers.get(name)
        if found is None or found[0] != version:
            found = self._answers[name] = (version, make())
        return found[1]

    def weeks(
        self,
        name: Hashable,
        table: str,
        before: datetime,
        now: datetime,
        count: Callable[[datetime, datetime], pd.DataFrame],
    ) -> pd.DataFrame:
        """What `count` gives of [start, end), for the weeks that end by `before`.

        Its columns: week; latest, after which the week's counts stay; counted, the now at which they were counted.
        """
        with self._lock:
            one = self._weeks.setdefault(name, _Weeks())
        with one.lock:
            with self._lock:
                version, touched = self._versions.get(table, 0), dict(self._touched.get(table, {}))
            one.renew(week_of(before), now, version, touched, count)
            return one.frame


class _Weeks:
    """One frame of counts."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.frame = pd.DataFrame()
        self._until: datetime | None = None
        self._version = -1

    def renew(
        self,
        until: datetime,
        now: datetime,
        version: int,
        touched: dict[datetime, int],
        count: Callable[[datetime, datetime], pd.DataFrame],
    ) -> None:
        if self._until is None:
            self.frame = count(datetime.min.replace(tzinfo=UTC), until)
        else:
            stale = {week for week, at in touched.items() if at > self._version and week < self._until}
            come = (self.frame["counted"] <= self.frame["latest"]) & (self.frame["latest"] < now)
            stale |= {week.to_pydatetime() for week in self.frame["week"][come].unique()}
            spans = _spans(sorted(stale))
            if until > self._until:
                spans.append((self._until, until))
            for start, end in spans:
                kept = self.frame[(self.frame["week"] < start) | (self.frame["week"] >= end)]
                self.frame = pd.concat([kept, count(start, end)], ignore_index=True)
        self._until, self._version = max(until, self._until or until), version


def _spans(weeks: list[datetime]) -> list[tuple[datetime, datetime]]:
    """Neighbouring weeks as spans of time."""
    spans: list[tuple[datetime, datetime]] = []
    for week in weeks:
        if spans and week - spans[-1][1] <= FEW * WEEK:
            spans[-1] = (spans[-1][0], week + WEEK)
        else:
            spans.append((week, week + WEEK))
    return spans


def week_of(moment: datetime) -> datetime:
    """The start of its week, as DuckDB's date_trunc gives it in UTC."""
    day = moment.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return day - timedelta(days=day.weekday())


def changed_weeks(connection: Any, table: str, *, concerned: bool) -> frozenset[datetime]:
    """The weeks of the rows a merge wrote, as they were and as they are, and of complaints it linked anew.

    Read from its temporary `changes`, `links` and, where it wrote further orders, `concerned`
    (store.facts.merge, store.facts.repeats, store.facts.beside).
    """
    moments = []
    if column := COUNTED_AT.get(table):
        moments += [f"SELECT {column} AS moment FROM changes", "SELECT known_at FROM changes"]  # noqa: S608  names of the schema
    if table == "work_orders":
        moments += ["SELECT moment FROM links"]
    if concerned:
        moments += [f"SELECT {COUNTED_AT['work_orders']} AS moment FROM concerned"]  # noqa: S608  names of the schema
    return weeks_of(connection, moments)


def weeks_of(connection: Any, moments: Sequence[str]) -> frozenset[datetime]:
    """The weeks of what the queries `moments` give, each a column `moment` or its like."""
    if not moments:
        return frozenset()
    found = connection.sql(
        f"""SELECT DISTINCT date_trunc('week', moment) AS week FROM ({" UNION ALL ".join(moments)})
            WHERE moment IS NOT NULL"""  # noqa: S608  names of the schema
    )
    return frozenset(found.to_arrow_table()["week"].to_pylist())
