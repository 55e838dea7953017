"""What a batch changes: its rows beside those they replace, narrow, in DuckDB; the whole rows as Arrow.

A statement costs as much as it has columns, whatever the rows: so only what a merge asks of a row is in the temporary
table `known`, and the rows themselves are never copied. Runs inside the caller's transaction.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import pyarrow as pa

from store.facts import schema
from store.facts.beside import NAMES_ORDER
from store.facts.schema import COUNTED_AT
from store.facts.tables import INTERNAL

ORDERS: Final = schema.WORK_ORDERS.name
ASKED: Final = (
    "source",
    "source_key",
    "gone_at",
    "changed_at",
    "row_hash",
    "order_no",
    "identity_key",
    "source_sum",
    "still_open",
)
REMEMBERED: Final = ("known_identity", "known_order", "known_at", "known_there")  # of a row that is replaced
# Of a row that came, beside what is remembered: how the one that it replaces was read.
_OLD: Final = """t.source_sum AS old_sum, t.still_open AS old_open, t.left_at IS NOT NULL AS had_left,
    t.mapping AS old_mapping, t.gone_at IS NULL AND t.left_at IS NULL AS is_held"""


def asked(table: schema.Table) -> list[str]:
    """The columns of `table` that a merge asks of its rows."""
    names = (*ASKED, NAMES_ORDER.get(table.name), COUNTED_AT.get(table.name))
    own = {c.name for c in table.columns} | INTERNAL.keys()
    return [name for name in dict.fromkeys(names) if name in own]


def remembered(table: schema.Table) -> str:
    """REMEMBERED of the row `t`: whose demand it was, of which order it spoke, when it counted, if it was there."""
    identity = "t.identity_key" if table.name == ORDERS else "NULL::VARCHAR"
    order = f't."{NAMES_ORDER[table.name]}"' if table.name in NAMES_ORDER else "NULL::VARCHAR"
    counted = f"t.{COUNTED_AT[table.name]}" if table.name in COUNTED_AT else "NULL::TIMESTAMPTZ"
    there = "t.gone_at IS NULL AS known_there"
    return f"{identity} AS known_identity, {order} AS known_order, {counted} AS known_at, {there}"


@dataclass
class Changes:
    """Temporary table `known`: `pos` (place among all rows), `rid` (rowid of what a row replaces), what is asked,
    REMEMBERED and _OLD. View `changes`: those of them that are to be written.
    """

    connection: Any
    table: schema.Table
    parts: list[Any] = field(default_factory=list)  # pa.Tables whose rows `pos` counts through

    def find(self, rows: Any, mapping: str, key: Sequence[str]) -> None:
        """Begins with `rows` (pa.Table) of a mapping, also registered as `incoming`."""
        rows = rows.append_column("mapping", pa.repeat(pa.scalar(mapping, pa.string()), rows.num_rows))
        self.parts = [rows]
        self.connection.register("incoming", placed(rows, 0))
        chosen = [
            f'i."{name}"' if name in rows.column_names else f'NULL::{INTERNAL[name]} AS "{name}"'
            for name in asked(self.table)
        ]
        same = " AND ".join(f"t.{name} = i.{name}" for name in key)
        self._run(
            f"""CREATE OR REPLACE TEMP TABLE known AS
                SELECT i.pos, {", ".join(chosen)}, t.rowid AS rid, {remembered(self.table)}, {_OLD},
                       t.row_hash IS NOT DISTINCT FROM i.row_hash AND is_held AS is_same
                FROM incoming i LEFT JOIN "{self.table.name}" t ON {same}"""  # noqa: S608  names of the schema, no values
        )
        self._run("CREATE OR REPLACE TEMP VIEW changes AS FROM known WHERE NOT is_same")

    def add(self, which: str, parameters: Mapping[str, Any] | None = None, columns: str | None = None) -> None:
        """Rows of the facts `t` are to be written as well: those for which `which` holds, with other `columns`."""
        own = columns or ", ".join(f't."{name}"' for name in own_of(self.table))
        more = self.connection.sql(
            f'SELECT {own}, t.rowid AS rid, {remembered(self.table)} FROM "{self.table.name}" t WHERE {which}',  # noqa: S608  names of the schema, no values
            params=parameters,
        ).to_arrow_table()
        self.connection.register("more", placed(more, sum(part.num_rows for part in self.parts)))
        names = ", ".join(f'"{name}"' for name in ("pos", "rid", *asked(self.table), *REMEMBERED))
        self._run(f"INSERT INTO known BY NAME SELECT {names}, FALSE AS is_same FROM more")  # noqa: S608  the schema's
        self.parts.append(more.drop_columns([*REMEMBERED, "rid"]))

    def whole(self) -> Any:
        """The rows to write (pa.Table) in the order of `pos`, with `rid`; without derived columns."""
        found = self.connection.sql("SELECT pos, rid FROM changes ORDER BY pos").to_arrow_table()
        rows = self.parts[0] if len(self.parts) == 1 else pa.concat_tables(self.parts, promote_options="default")
        places = found["pos"].to_numpy()
        first = int(places[0]) if len(places) else 0
        if np.array_equal(places, np.arange(first, first + len(places))):
            rows = rows.slice(first, len(places))  # as where a page begins with the last row of the one before
        else:
            rows = rows.take(found["pos"])
        return rows.append_column("rid", found["rid"])

    def _run(self, sql: str) -> None:
        self.connection.execute(sql).fetchall()


def own_of(table: schema.Table) -> list[str]:
    """All columns of `table` that are not derived."""
    return [c.name for c in table.columns if not c.derived] + list(INTERNAL)


def placed(rows: Any, first: int) -> Any:
    """`rows` (pa.Table) with `pos`, counted from `first`."""
    return rows.append_column("pos", pa.array(np.arange(first, first + rows.num_rows, dtype=np.int64)))
