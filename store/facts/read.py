"""Reading the facts: Ibis tables limited to a scope, and their rows as pandas frames."""

import threading
import warnings
from collections.abc import Callable, Hashable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Final, Self

import duckdb
import ibis
import numpy as np
import pandas as pd

from store.facts import schema
from store.facts.compile import Query, compiled, shaped, time_hole
from store.facts.errors import StoreError
from store.facts.frames import frame_of
from store.facts.kept import Kept
from store.scope import Scope

# An extra copy of a small answer costs less than planning the question twice, as `sql` does.
warnings.filterwarnings("ignore", "Arrow output on a DB-API result", UserWarning)
LIMIT_S: Final = 30.0  # a question that takes longer disturbs the tick
BATCH: Final = 50_000  # rows of a long list held at once: about 30 MB of text
CountWeeks = Callable[["Reader", datetime, datetime], pd.DataFrame]
UNIT_COLUMNS: Final = ("city", "county", "station")
# Tables without units of their own, and where their rows' units stand.
THROUGH: Final = {
    "order_events": ("work_orders", ("source", "order_no")),
    "outage_areas": ("outages", ("source", "outage_no")),
    "outage_events": ("outages", ("source", "outage_no")),
}


class Reader:
    """Answers questions within a scope, from a connection of its own. For one thread at a time."""

    def __init__(self, connection: Any, scope: Scope, limit_s: float = LIMIT_S, kept: Kept | None = None) -> None:
        self.scope = scope
        self._connection, self._limit_s, self._kept = connection, limit_s, kept or Kept()
        connection.execute("SET TimeZone = 'UTC'").fetchall()

    def close(self) -> None:
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def table(self, name: str) -> Any:
        """The unbound Ibis table `name` with the rows that are in the source and that the scope may see.

        Errors: StoreError for an unknown table, and for `personal` unless the scope allows personal data.
        """
        if name not in schema.TABLES:
            raise StoreError(f"facts have no table `{name}`; there are {', '.join(schema.TABLES)}")
        if name == "personal" and not self.scope.personal:
            raise StoreError(f"personal data are not for {self.scope.user}; ask with a scope that allows them")
        whole = ibis.table(schema.ibis_schema(schema.TABLES[name]), name=name)
        return self._within_units(whole.filter(whole.gone_at.isnull()), name)

    def _within_units(self, rows: Any, name: str) -> Any:
        units = self.scope.units
        if units is None or name == "units":  # the names of units are for everybody
            return rows
        if name == "people":
            return rows.filter(rows.unit.isin(units))
        if name in THROUGH:
            other, key = THROUGH[name]
            return rows.semi_join(self.table(other), list(key))
        if name == "personal":
            orders, surveys = self.table("work_orders"), self.table("surveys")
            seen = [
                t.select("source", "source_key").mutate(record=ibis.literal(kind))
                for t, kind in ((orders, "work_order"), (surveys, "survey"))
            ]
            return rows.semi_join(ibis.union(*seen), ["source", "source_key", "record"])
        there = [rows[column].isin(units) for column in UNIT_COLUMNS if column in rows.columns]
        return rows.filter(ibis.or_(*there))

    def sql(self, expr: Any) -> str:
        """The SQL that `frame` runs for `expr`."""
        return compiled(expr).sql

    def frame(self, expr: Any, now: datetime) -> pd.DataFrame:
        """The rows of `expr` at `now` (aware). Times are UTC and aware, days datetime64.

        Errors: StoreError when the question takes longer than its limit.
        """
        return self._answer(compiled(expr), now, {})

    def ask(self, shape: Hashable, make: Callable[[], Any], now: datetime, values: Mapping[str, Any]) -> pd.DataFrame:
        """The rows of the expression that `make` gives, its holes (store.facts.compile) filled by `values`.

        `shape`: all that goes into the expression beside this reader's scope. For an equal one `make` is not called.
        """
        query = shaped((self.scope.units, self.scope.personal, shape), make)
        return self._answer(query, now, values)

    def time_hole(self, name: str) -> datetime:
        """A moment that stands for the value `name` of `ask`."""
        return time_hole(name)

    def kept(self, name: Hashable, table: str, make: Callable[[], Any]) -> Any:
        """What `make` gave, until rows of `table` change. Only for answers that are the same in every scope."""
        return self._kept.get(name, table, make)

    def weeks(self, name: Hashable, table: str, before: datetime, now: datetime, count: CountWeeks) -> pd.DataFrame:
        """The kept counts of weeks that end by `before`, as far as this scope may see them (store.facts.kept).

        `count`: those of all units in [start, end), with the columns of the units, asked of the reader it is given.
        """
        everything = Reader(self._connection, Scope.everything(self.scope.user), self._limit_s, self._kept)
        frame = self._kept.weeks(name, table, before, now, lambda start, end: count(everything, start, end))
        units = self.scope.units
        if units is None:
            return frame
        seen = [frame[column].isin(units) for column in UNIT_COLUMNS if column in frame.columns]
        return frame[np.logical_or.reduce(seen)]

    def _answer(self, query: Query, now: datetime, values: Mapping[str, Any]) -> pd.DataFrame:
        with self._in_time():
            asked = self._connection.execute(query.statement, query.parameters(now, values))
            return frame_of(asked.to_arrow_table())

    def batches(self, expr: Any, now: datetime, size: int = BATCH) -> Iterator[Any]:
        """The rows of `expr` at `now` as Arrow batches of about `size` rows, read as they are asked for.

        For lists too long for memory. The limit holds for each batch, so that who reads slowly is not cut off.
        Errors: StoreError when a batch takes longer than the limit.
        """
        query = compiled(expr)
        with self._in_time():
            asked = self._connection.sql(query.sql, params=query.parameters(now, {}))
            stream = asked.to_arrow_reader(size)
        while True:
            with self._in_time():
                batch = next(stream, None)
            if batch is None:
                return
            yield batch

    @contextmanager
    def _in_time(self) -> Iterator[None]:
        timer = threading.Timer(self._limit_s, self._connection.interrupt)
        timer.daemon = True
        timer.start()
        try:
            yield
        except duckdb.InterruptException as error:
            raise StoreError(f"a question to the facts took longer than {self._limit_s:g} s; ask for less") from error
        finally:
            timer.cancel()
