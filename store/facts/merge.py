"""Rows of a batch into a facts table: only what changed is written. Runs inside the caller's transaction."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final, Protocol

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from store.facts import schema, unlinked
from store.facts.beside import NAMES_ORDER, beside, find_concerned
from store.facts.changes import ORDERS, Changes, own_of, placed
from store.facts.frames import frame_of
from store.facts.kept import changed_weeks
from store.facts.reconcile import (
    Looked,
    closed_keys,
    find_gone,
    keep_sums,
    leave_to_others,
    missing_keys,
    note_differences,
    why_not_gone,
)
from store.facts.repeats import find_stayed, insert_linked, relink, touch
from store.facts.source_clock import zone_change
from store.facts.state import Watermark
from store.facts.suspicion import Suspicion, told, written
from store.facts.vanish import listed_of, vanished_rows, why_withheld

# Derived columns of changed rows, given what other rows say of them (store.facts.beside).
DeriveOne = Callable[[pd.DataFrame, Mapping[str, pd.DataFrame]], pd.DataFrame]
Derive = Mapping[str, DeriveOne]
REMEMBERED_ROWS: Final = 20_000  # batches up to this size are compared with the last one before the table is looked at
KEY: Final = ("source", "source_key")


class Cursor(Protocol):
    """How far a mapping was read, in the source's own form."""

    @property
    def value(self) -> str | None: ...
    @property
    def key(self) -> str | None: ...


class Batch(Protocol):
    """What a merge needs of a collector's batch. Tables are pa.Table without derived columns."""

    @property
    def source(self) -> str: ...
    @property
    def mapping(self) -> str: ...
    @property
    def table(self) -> str: ...
    @property
    def rows(self) -> Any: ...
    @property
    def personal(self) -> Any: ...
    @property
    def rejects(self) -> Any: ...
    @property
    def whole(self) -> bool: ...
    @property
    def strays(self) -> bool: ...
    @property
    def vanished(self) -> str | None: ...
    @property
    def cursor(self) -> Cursor | None: ...
    @property
    def after(self) -> Cursor | None: ...
    @property
    def is_page(self) -> bool: ...
    @property
    def source_now(self) -> datetime: ...
    @property
    def read_at(self) -> datetime: ...
    @property
    def offset_s(self) -> float: ...
    @property
    def more(self) -> bool: ...
    @property
    def is_slow(self) -> bool: ...
    @property
    def suspicion(self) -> Suspicion | None: ...
    @property
    def looked(self) -> Looked | None: ...
    @property
    def open_only(self) -> bool: ...


@dataclass(frozen=True)
class Merged:
    """What a merge did, in rows."""

    rows_read: int
    changed: int  # written, new ones included
    new: int
    vanished: int
    rejected: int
    suspicion: Suspicion | None = None
    weeks: frozenset[datetime] = field(default=frozenset(), compare=False)  # whose rows are other ones now
    missing: tuple[str, ...] = ()  # keys of rows that the facts have in the span that was looked at, and the source not
    differences: Mapping[str, int] = field(default_factory=dict)  # rows that the polls had not brought, by kind
    held: int = 0  # open rows that the facts had, where the batch has all that are open; `missing` are not among them


def run(connection: Any, sql: str, parameters: Any = None) -> list[tuple[Any, ...]]:
    """Executes to the end: DuckDB keeps an unread result open and then refuses the next statement."""
    rows: list[tuple[Any, ...]] = connection.execute(sql, parameters).fetchall()
    return rows


def write_rows(connection: Any, batch: Batch, derive: Derive, mark: Watermark) -> Merged:
    """Rows, vanished rows, their derived columns and the repeat links. Keeps the guard's count in `mark`."""
    table, looked = schema.TABLES[batch.table], batch.looked
    changes = Changes(connection, table)
    changes.find(batch.rows, batch.mapping, KEY)
    withheld = leave_to_others(connection, batch.mapping) if looked else None
    keep_sums(connection, table)
    vanished = 0
    if batch.whole:
        listed = listed_of(connection, table.name, batch.source, batch.mapping)
        withheld = why_withheld(listed, mark, batch.source_now)
        if withheld:  # as nothing is closed, nothing that was closed is opened again
            run(connection, "DELETE FROM known WHERE had_left")
        elif listed.missing:
            vanished = listed.missing
            _add_vanished(changes, batch)
    elif looked and looked.sought is not None:
        vanished, lost = _take_gone(changes, batch, looked, mark)
        withheld = lost or withheld
    absent, held = closed_keys(connection, table.name, batch.source, batch.mapping) if batch.open_only else ([], 0)
    total, known = run(connection, "SELECT count(*), count(rid) FROM changes")[0]
    differences: dict[str, int] = {}
    if looked and total:
        differences = note_differences(connection, table.name, batch.mapping, looked, batch.read_at)
    weeks = _written(changes, batch, derive, is_known=known > 0) if total else frozenset()
    if looked:
        absent = missing_keys(connection, table.name, batch.source, batch.mapping, looked)
    return Merged(
        *(batch.rows.num_rows, total, total - known, vanished, batch.rejects.num_rows, withheld, weeks),
        missing=tuple(absent),
        differences=differences,
        held=held,
    )


def _written(changes: Changes, batch: Batch, derive: Derive, *, is_known: bool) -> frozenset[datetime]:
    """Writes the changes and what follows from them; the weeks concerned. `is_known`: some replace rows."""
    connection, table = changes.connection, changes.table
    concerned = table.name in NAMES_ORDER and ORDERS in derive and bool(find_concerned(connection, table.name))
    if concerned and table.name == ORDERS:  # derived with the others: a derivation costs as much as a hundred rows
        changes.add("t.rowid IN (FROM spoken_of)")
        is_known, concerned = True, False
    rows, one = changes.whole(), derive.get(table.name)
    if one is not None:
        others = beside(connection, "changes", "pos") if table.name == ORDERS else {}
        rows = derived(rows, table, lambda own: one(own, others))
    if table.name == ORDERS:
        _write_orders(connection, rows, batch, is_known=is_known)
    else:
        _replace(connection, table, rows, is_known=is_known)
    if concerned:
        run(
            connection,
            """CREATE OR REPLACE TEMP TABLE concerned AS
               SELECT w.rowid AS rid, w.* FROM work_orders w WHERE rowid IN (FROM spoken_of)""",
        )
        rewrite(connection, derive)
    return changed_weeks(connection, table.name, concerned=concerned)


def _write_orders(connection: Any, rows: Any, batch: Batch, *, is_known: bool) -> None:
    """Writes `rows` with their links, and those of other orders that they move. Of a load's new orders it is noted that
    they have none."""
    connection.register("written", placed(rows, 0))
    find_stayed(connection, rows.column_names, any_known=is_known)
    moved = ["rid IS NOT NULL AND rid NOT IN (SELECT rid FROM stayed)"] if is_known else []
    if batch.is_page:
        unlinked.note(connection, (batch.source, batch.mapping), pc.min(rows["read_at"]).as_py())
    else:
        moved.append("rid IS NULL")
    if is_known:
        _delete(connection, schema.WORK_ORDERS)
    touch(connection, f"(FROM changes WHERE {' OR '.join(moved) or 'FALSE'})", "known_identity")
    relink(connection, rows.column_names)
    if is_known or not batch.is_page:
        insert_linked(connection)
    else:
        run(connection, "INSERT INTO work_orders BY NAME SELECT * EXCLUDE (rid, pos) FROM written")


def _take_gone(changes: Changes, batch: Batch, looked: Looked, mark: Watermark) -> tuple[int, Suspicion | None]:
    """Rows that were sought by their keys and not found become changes, unless that is hard to believe."""
    connection, table = changes.connection, changes.table
    many = find_gone(connection, table.name, looked, (batch.source, batch.mapping))
    withheld = why_not_gone(connection, many, looked, mark, batch.source_now)
    if not many or withheld:
        return 0, withheld
    closed = vanished_rows(own_of(table), None)
    changes.add("t.rowid IN (SELECT rid FROM gone)", {"read_at": batch.read_at}, closed)
    return many, None


def write_personal(connection: Any, batch: Batch, personal: Any) -> int:
    """Those personal rows of the batch that may be kept. An order and a survey may have one key: the kind of record
    belongs to it."""
    changes = Changes(connection, schema.PERSONAL)
    changes.find(personal, batch.mapping, (*KEY, "record"))
    total, known = run(connection, "SELECT count(*), count(rid) FROM changes")[0]
    if total:
        _replace(connection, schema.PERSONAL, changes.whole(), is_known=known > 0)
    return int(total)


def _add_vanished(changes: Changes, batch: Batch) -> None:
    parameters = {"source": batch.source, "mapping": batch.mapping, "read_at": batch.read_at}
    if batch.vanished:
        parameters["source_now"] = batch.source_now
    changes.add(
        """t.source = $source AND t.mapping = $mapping AND t.left_at IS NULL
           AND NOT EXISTS (FROM incoming i WHERE i.source_key = t.source_key)""",
        parameters,
        vanished_rows(own_of(changes.table), batch.vanished),
    )


def rewrite(connection: Any, derive: Derive) -> None:
    """Derives the orders of the temporary table `concerned` anew: whole rows with their `rid`."""
    rows, one = connection.sql("FROM concerned ORDER BY rid").to_arrow_table(), derive.get(ORDERS)
    if one is not None:
        others = beside(connection, "concerned", "rid")
        rows = derived(rows, schema.WORK_ORDERS, lambda own: one(own, others))
    _replace(connection, schema.WORK_ORDERS, rows, is_known=True)


def _replace(connection: Any, table: schema.Table, rows: Any, *, is_known: bool) -> None:
    """Writes `rows` (pa.Table) in place of those that their `rid` names; `is_known`: some do.

    Delete and insert, not update: into 1 million rows 25 ms for 2,000 scattered rows instead of 200 (measured).
    """
    connection.register("written", rows)
    if is_known:
        _delete(connection, table)
    run(connection, f'INSERT INTO "{table.name}" BY NAME SELECT * EXCLUDE (rid) FROM written')  # noqa: S608  names of the schema


def _delete(connection: Any, table: schema.Table) -> None:
    run(connection, f'DELETE FROM "{table.name}" WHERE rowid IN (SELECT rid FROM written WHERE rid IS NOT NULL)')  # noqa: S608  names of the schema, no values


def derived(rows: Any, table: schema.Table, derive: Callable[[pd.DataFrame], pd.DataFrame]) -> Any:
    """`rows` (pa.Table) with the derived columns that `derive` gives of the others."""
    own = rows.select([c.name for c in table.columns if not c.derived])
    frame = derive(frame_of(own))
    types = schema.arrow_schema(table, derived=True)
    found = {c.name: frame[c.name] for c in table.columns if c.derived and c.name in frame}
    rows = rows.select([name for name in rows.column_names if name not in found])
    for name, column in found.items():
        values = pa.Array.from_pandas(column)
        rows = rows.append_column(name, values.cast(types.field(name).type, safe=False))
    return rows


def write_quarantine(connection: Any, batch: Batch) -> None:
    """What this read rejects replaces what earlier reads of the same rows rejected: mended rows leave by themselves."""
    connection.register("incoming", batch.rows)
    connection.register("rejects", batch.rejects)
    about = "TRUE" if batch.whole else "source_key IN (SELECT source_key FROM incoming)"
    about += " OR source_key IS NULL" if batch.strays else ""
    run(
        connection,
        f"DELETE FROM quarantine WHERE source = ? AND mapping = ? AND ({about})",  # noqa: S608  names of the schema, no values
        [batch.source, batch.mapping],
    )
    if batch.rejects.num_rows:
        run(
            connection,
            "INSERT INTO quarantine BY NAME SELECT *, ?::TIMESTAMPTZ AS read_at FROM rejects",
            [batch.read_at],
        )


def place_of(cursor: Cursor | None) -> tuple[str | None, str | None]:
    return (None, None) if cursor is None else (cursor.value, cursor.key)


def moved(mark: Watermark, batch: Batch, merged: Merged) -> Watermark:
    """`mark` after `batch`. A list that is not believed, and a chain of pages that goes on, prove no freshness."""
    is_complete = merged.suspicion is None and (batch.cursor is None or batch.cursor.key is None)
    value, key = (mark.value, mark.key) if batch.cursor is None else place_of(batch.cursor)
    turned = None if batch.strays or batch.looked else zone_change(mark, batch)
    return replace(
        mark,
        value=value,
        key=key,
        as_of=batch.source_now if is_complete else mark.as_of,
        read_at=batch.read_at,
        offset_s=batch.offset_s,
        is_slow=batch.is_slow or batch.strays or batch.looked is not None,
        suspicion=_standing(mark, merged.suspicion or batch.suspicion or turned, batch.read_at),
    )


def _standing(mark: Watermark, found: Suspicion | None, at: datetime) -> str | None:
    """`found` as it is kept: since when it was said first."""
    if found is None:
        return None
    known = told(mark.source, mark.suspicion)
    return written(found, known.since_at if known and known.what == found.what else at)


def fingerprint_of(batch: Batch) -> frozenset[Any] | None:
    """Keys and hashes of a small batch, to know it again without looking into the table."""
    if batch.rows.num_rows > REMEMBERED_ROWS:
        return None
    personal = () if batch.personal is None else batch.personal["row_hash"].to_pylist()
    keys, hashes = batch.rows["source_key"].to_pylist(), batch.rows["row_hash"].to_pylist()
    return frozenset(zip(keys, hashes, personal, strict=True) if personal else zip(keys, hashes, strict=True))
