"""Reading the facts: Ibis tables limited to a scope, and their rows as pandas frames."""

import threading
from datetime import datetime
from typing import Any, Final, Self

import duckdb
import ibis
import pandas as pd

from store.facts import schema
from store.facts.compile import compiled
from store.facts.errors import StoreError
from store.facts.frames import frame_of
from store.scope import Scope

LIMIT_S: Final = 30.0  # a question that takes longer disturbs the tick
UNIT_COLUMNS: Final = ("city", "county", "station")
# Tables without units of their own, and where their rows' units stand.
THROUGH: Final = {
    "order_events": ("work_orders", ("source", "order_no")),
    "outage_areas": ("outages", ("source", "outage_no")),
    "outage_events": ("outages", ("source", "outage_no")),
}


class Reader:
    """Answers questions within a scope, from a connection of its own. For one thread at a time."""

    def __init__(self, connection: Any, scope: Scope, limit_s: float = LIMIT_S) -> None:
        self.scope = scope
        self._connection, self._limit_s = connection, limit_s
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
        query = compiled(expr)
        timer = threading.Timer(self._limit_s, self._connection.interrupt)
        timer.daemon = True
        timer.start()
        try:
            asked = self._connection.sql(query.sql, params={"now": now} if query.needs_now else None)
            return frame_of(asked.to_arrow_table())
        except duckdb.InterruptException as error:
            raise StoreError(f"a question to the facts took longer than {self._limit_s:g} s; ask for less") from error
        finally:
            timer.cancel()
