"""Pages of a first load or catch-up: rows that the facts do not have are appended, their links made once at its end.

A merge joins, copies and relinks; of a row whose key is new there is nothing to join, and the links of a page would be
made again by the next one. Runs inside the caller's transaction, beside store.facts.merge.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, Protocol

import pyarrow as pa
import pyarrow.compute as pc

from store.facts import schema
from store.facts.beside import NAMES_ORDER
from store.facts.kept import weeks_of
from store.facts.repeats import relink

LEAST: Final = 200  # rows of a page; a merge of fewer costs no more
LINKED_AT_ONCE: Final = 200_000  # orders: what bounds the memory
# What is asked of the rows of a page beside their being stored (store.facts.beside, kept, repeats).
ASKED: Final = ("source", "source_key", "order_no", "identity_key", "gone_at")


class Cursor(Protocol):
    @property
    def key(self) -> str | None: ...


class Page(Protocol):
    """What tells a page of a chain from another batch."""

    @property
    def cursor(self) -> Cursor | None: ...
    @property
    def after(self) -> Cursor | None: ...


def is_page(batch: Page) -> bool:
    """Whether `batch` is one of several pages of a first load or catch-up."""
    return any(place is not None and place.key is not None for place in (batch.cursor, batch.after))


def is_last(batch: Page) -> bool:
    """Whether no page follows on this batch."""
    return batch.cursor is not None and batch.cursor.key is None


def divided(connection: Any, table: str, rows: Any, key: Sequence[str]) -> tuple[Any, Any]:
    """Those of `rows` (pa.Table) that the facts do not have, and those that are to be merged with what they have.

    What they have with the same values and checksum is in neither.
    """
    connection.register("incoming", rows)
    same = " AND ".join(f"t.{name} = i.{name}" for name in key)
    sums = " AND ".join(
        f"t.{name} IS NOT DISTINCT FROM i.{name}" for name in ("source_sum", "still_open") if name in rows.column_names
    )
    met = connection.sql(
        f"""SELECT i.source_key, t.row_hash IS NOT DISTINCT FROM i.row_hash AND t.gone_at IS NULL AND t.left_at IS NULL
                   {f"AND {sums}" if sums else ""} AS is_same
            FROM incoming i JOIN "{table}" t ON {same}"""  # noqa: S608  names of the schema, no values
    ).to_arrow_table()
    if not met.num_rows:
        return rows, rows.slice(0, 0)
    new = rows.filter(pc.invert(pc.is_in(rows["source_key"], value_set=_array(met["source_key"]))))
    other = met.filter(pc.invert(met["is_same"]))
    return new, rows.filter(pc.is_in(rows["source_key"], value_set=_array(other["source_key"])))


def _array(column: Any) -> Any:
    return pa.array([], pa.string()) if not len(column) else column.combine_chunks()


def lay_out(connection: Any, table: schema.Table, rows: Any) -> None:
    """Temporary table `changes` for rows that are all new, with no more columns than are asked for."""
    connection.register("incoming", rows)
    own = {c.name for c in table.columns}
    asked = (*ASKED, NAMES_ORDER.get(table.name), schema.COUNTED_AT.get(table.name))
    names = ", ".join(f'"{name}"' for name in dict.fromkeys(asked) if name in own)
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE changes AS
            SELECT {names}, NULL::BIGINT AS rid, NULL::VARCHAR AS known_identity, NULL::VARCHAR AS known_order,
                   NULL::TIMESTAMPTZ AS known_at, NULL::BOOLEAN AS known_there FROM incoming"""  # noqa: S608  names of the schema, no values
    ).fetchall()


def insert(connection: Any, table: schema.Table, rows: Any, mapping: str) -> None:
    """Adds `rows` (pa.Table)."""
    connection.register("written", rows)
    connection.execute(
        f'INSERT INTO "{table.name}" BY NAME SELECT *, $mapping::VARCHAR AS mapping FROM written',  # noqa: S608  ours
        {"mapping": mapping},
    ).fetchall()


def note_unlinked(connection: Any, place: tuple[str, str], read_at: datetime) -> None:
    """Remembers that orders of a mapping that were read at this moment have no links yet."""
    connection.execute("INSERT INTO unlinked VALUES (?, ?, ?)", [*place, read_at]).fetchall()
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE links AS SELECT NULL::BIGINT AS rid, NULL::TIMESTAMPTZ AS moment LIMIT 0"
    ).fetchall()


def link_noted(connection: Any, place: tuple[str, str]) -> frozenset[datetime]:
    """Makes the links of all orders that were noted for a mapping; the weeks whose rows are other ones now.

    Links follow from the rows alone, so those made at the end are those that every page had made and mended. Identities
    are taken in parts: each is linked as a whole, and the memory has a bound.
    """
    noted = "FROM unlinked WHERE source = $source AND mapping = $mapping"
    mine = {"source": place[0], "mapping": place[1]}
    (many, first, last) = connection.execute(f"SELECT count(*), min(read_at), max(read_at) {noted}", mine).fetchall()[0]
    if not many:
        return frozenset()
    connection.execute(f"DELETE {noted}", mine).fetchall()
    rows = """FROM work_orders WHERE source = $source AND mapping = $mapping AND read_at BETWEEN $first AND $last
              AND identity_key IS NOT NULL"""
    mine |= {"first": first, "last": last}
    (orders,) = connection.execute(f"SELECT count(*) {rows}", mine).fetchall()[0]
    parts, weeks = orders // LINKED_AT_ONCE + 1, frozenset[datetime]()
    for part in range(parts):
        connection.execute(
            f"""CREATE OR REPLACE TEMP TABLE touched AS
                SELECT identity_key, row_number() OVER () AS who, min(accepted_at) AS first, max(accepted_at) AS last
                {rows} AND hash(identity_key) % $parts = $part GROUP BY identity_key""",
            {**mine, "parts": parts, "part": part},
        ).fetchall()
        if relink(connection):
            weeks |= weeks_of(connection, ["SELECT moment FROM links"])
    for made in ("touched", "near", "mine"):
        connection.execute(f"DROP TABLE IF EXISTS {made}").fetchall()
    return weeks
