"""Rows of a batch into a facts table: only what changed is written. Runs inside the caller's transaction."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final, Protocol

import pandas as pd
import pyarrow as pa

from store.facts import append, schema
from store.facts.beside import NAMES_ORDER, beside, find_concerned
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
from store.facts.repeats import COLUMNS, find_stayed, relink, touch
from store.facts.schema import COUNTED_AT
from store.facts.source_clock import zone_change
from store.facts.state import Watermark
from store.facts.suspicion import Suspicion, told, written
from store.facts.tables import INTERNAL
from store.facts.vanish import listed_of, vanished_rows, why_withheld

# Derived columns of changed rows, given what other rows say of them (store.facts.beside).
DeriveOne = Callable[[pd.DataFrame, Mapping[str, pd.DataFrame]], pd.DataFrame]
Derive = Mapping[str, DeriveOne]
REMEMBERED_ROWS: Final = 20_000  # batches up to this size are compared with the last one before the table is looked at
KEY: Final = ("source", "source_key")
ORDERS: Final = schema.WORK_ORDERS.name
REMEMBERED: Final = (
    "rid",
    "known_identity",
    "known_order",
    "known_at",
    "known_there",
)  # columns of `changes` that are not stored


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
    table, rows, appended, weeks = schema.TABLES[batch.table], batch.rows, 0, frozenset[datetime]()
    if append.is_page(batch) and rows.num_rows >= append.LEAST:
        new, known = append.divided(connection, table.name, rows, KEY)
        if new.num_rows and not _speaks_of_others(connection, table, new):
            rows, appended = known, new.num_rows
            weeks |= _appended(connection, table, batch, new, derive)
    is_done = appended > 0 and not rows.num_rows
    merged = Merged(0, 0, 0, 0, 0) if is_done else _merged(connection, table, batch, rows, derive, mark)
    if table.name == ORDERS and append.is_last(batch):
        weeks |= append.link_noted(connection, (batch.source, batch.mapping))
    return replace(
        merged,
        rows_read=batch.rows.num_rows,
        changed=merged.changed + appended,
        new=merged.new + appended,
        rejected=batch.rejects.num_rows,
        weeks=merged.weeks | weeks,
    )


def _speaks_of_others(connection: Any, table: schema.Table, new: Any) -> bool:
    """Whether orders of the facts are to be derived anew beside `new`, which is then in `changes`."""
    append.lay_out(connection, table, new)
    return table.name in NAMES_ORDER and bool(find_concerned(connection, table.name))


def _appended(connection: Any, table: schema.Table, batch: Batch, new: Any, derive: Derive) -> frozenset[datetime]:
    """Writes rows that are not in the facts; the weeks concerned. Their links are noted as missing."""
    own = derive.get(table.name)
    if own is not None:
        others = beside(connection, "changes") if table.name == ORDERS else {}
        new = derived(new, table, lambda rows: own(rows, others))
    append.insert(connection, table, new, batch.mapping)
    if table.name == ORDERS:
        append.note_unlinked(connection, (batch.source, batch.mapping), batch.read_at)
    return changed_weeks(connection, table.name, concerned=False)


def _merged(connection: Any, table: schema.Table, batch: Batch, rows: Any, derive: Derive, mark: Watermark) -> Merged:
    """`rows` of `batch` beside what the facts have."""
    looked = batch.looked
    connection.register("incoming", rows)
    withheld = _find_changes(connection, table, batch, KEY)
    keep_sums(connection, table)
    vanished = 0
    if batch.whole:
        listed = listed_of(connection, table.name, batch.source, batch.mapping)
        withheld = why_withheld(listed, mark, batch.source_now)
        if withheld:  # as nothing is closed, nothing that was closed is opened again
            run(connection, "DELETE FROM changes WHERE rid IN (SELECT rid FROM known WHERE had_left)")
        elif listed.missing:
            vanished = listed.missing
            _add_vanished(connection, table, batch)
    elif looked and looked.sought is not None:
        vanished, lost = _take_gone(connection, table, batch, looked, mark)
        withheld = lost or withheld
    absent, held = closed_keys(connection, table.name, batch.source, batch.mapping) if batch.open_only else ([], 0)
    total, known = run(connection, "SELECT count(*), count(rid) FROM changes")[0]
    differences: dict[str, int] = {}
    if looked and total:
        differences = note_differences(connection, table.name, batch.mapping, looked, batch.read_at)
    weeks = _written(connection, table, derive) if total else frozenset()
    if looked:
        absent = missing_keys(connection, table.name, batch.source, batch.mapping, looked)
    return Merged(
        *(batch.rows.num_rows, total, total - known, vanished, batch.rejects.num_rows, withheld, weeks),
        missing=tuple(absent),
        differences=differences,
        held=held,
    )


def _written(connection: Any, table: schema.Table, derive: Derive) -> frozenset[datetime]:
    """Writes `changes` and what follows from them; the weeks concerned."""
    concerned = table.name in NAMES_ORDER and ORDERS in derive and bool(find_concerned(connection, table.name))
    if concerned and table.name == ORDERS:
        _add_concerned(connection)  # derived with the others: a derivation of few rows costs as much as one of many
        concerned = False
    replace_rows(connection, table, "changes", derive.get(table.name))
    if concerned:
        run(
            connection,
            """CREATE OR REPLACE TEMP TABLE concerned AS
               SELECT w.rowid AS rid, w.* FROM work_orders w WHERE rowid IN (FROM spoken_of)""",
        )
        replace_rows(connection, schema.WORK_ORDERS, "concerned", derive[ORDERS])
    if table.name == ORDERS:
        touch(connection, "(FROM changes WHERE rid IS NULL OR rid NOT IN (SELECT rid FROM stayed))", "known_identity")
        relink(connection)
    return changed_weeks(connection, table.name, concerned=concerned)


def _add_concerned(connection: Any) -> None:
    """Orders whose children changed go into `changes` as they are."""
    names = [c.name for c in schema.WORK_ORDERS.columns if not c.derived] + list(INTERNAL)
    own = ", ".join(f't."{name}"' for name in names)
    run(
        connection,
        f"""INSERT INTO changes BY NAME SELECT {own}, t.rowid AS rid, {_known(schema.WORK_ORDERS)}
            FROM "{ORDERS}" t WHERE t.rowid IN (FROM spoken_of)""",  # noqa: S608  names of the schema, no values
    )


def _take_gone(
    connection: Any, table: schema.Table, batch: Batch, looked: Looked, mark: Watermark
) -> tuple[int, Suspicion | None]:
    """Rows that were sought by their keys and not found go into `changes`, unless that is hard to believe."""
    many = find_gone(connection, table.name, looked, (batch.source, batch.mapping))
    withheld = why_not_gone(connection, many, looked, mark, batch.source_now)
    if not many or withheld:
        return 0, withheld
    columns = [c.name for c in table.columns if not c.derived] + list(INTERNAL)
    run(
        connection,
        f"""INSERT INTO changes BY NAME SELECT {vanished_rows(columns, None)}, t.rowid AS rid, {_known(table)}
            FROM "{table.name}" t WHERE t.rowid IN (SELECT rid FROM gone)""",  # noqa: S608  names of the schema, no values
        {"read_at": batch.read_at},
    )
    return many, None


def write_personal(connection: Any, batch: Batch, personal: Any) -> int:
    """Those personal rows of the batch that may be kept. An order and a survey may have one key: the kind of record
    belongs to it."""
    connection.register("incoming", personal)
    _find_changes(connection, schema.PERSONAL, batch, ("source", "source_key", "record"))
    (total,) = run(connection, "SELECT count(*) FROM changes")[0]
    if total:
        replace_rows(connection, schema.PERSONAL, "changes", None)
    return int(total)


def _find_changes(connection: Any, table: schema.Table, batch: Batch, key: tuple[str, ...]) -> Suspicion | None:
    """Temporary tables `known`: the rows that came beside those they replace (`rid`); `changes`: those to write, with
    what is remembered of the old ones (_known). A suspicion, where two tables share keys."""
    same = " AND ".join(f"t.{name} = i.{name}" for name in key)
    has_sums = table is not schema.PERSONAL and "source_sum" in batch.rows.column_names
    sums = "" if has_sums else "NULL::BIGINT AS source_sum, NULL::BOOLEAN AS still_open,"
    run(
        connection,
        f"""CREATE OR REPLACE TEMP TABLE known AS
            SELECT i.*, $mapping::VARCHAR AS mapping, NULL::TIMESTAMPTZ AS left_at, {sums}
                   t.rowid AS rid, {_known(table)}, t.source_sum AS old_sum, t.still_open AS old_open,
                   t.left_at IS NOT NULL AS had_left,
                   t.mapping AS old_mapping, t.gone_at IS NULL AND t.left_at IS NULL AS is_held,
                   t.row_hash IS NOT DISTINCT FROM i.row_hash AND is_held AS is_same
            FROM incoming i LEFT JOIN "{table.name}" t ON {same}""",  # noqa: S608  names of the schema, no values
        {"mapping": batch.mapping},
    )
    shared = leave_to_others(connection, batch.mapping) if batch.looked else None
    run(
        connection,
        """CREATE OR REPLACE TEMP TABLE changes AS
           SELECT * EXCLUDE (old_sum, old_open, old_mapping, is_held, had_left, is_same)
           FROM known WHERE NOT is_same""",
    )
    return shared


def _add_vanished(connection: Any, table: schema.Table, batch: Batch) -> None:
    columns = [c.name for c in table.columns if not c.derived] + list(INTERNAL)
    remembered = _known(table)
    chosen = vanished_rows(columns, batch.vanished)
    parameters = {"source": batch.source, "mapping": batch.mapping, "read_at": batch.read_at}
    if batch.vanished:
        parameters["source_now"] = batch.source_now
    run(
        connection,
        f"""INSERT INTO changes BY NAME SELECT {chosen}, t.rowid AS rid, {remembered} FROM "{table.name}" t
            WHERE t.source = $source AND t.mapping = $mapping AND t.left_at IS NULL
              AND NOT EXISTS (FROM incoming i WHERE i.source_key = t.source_key)""",  # noqa: S608  names of the schema, no values
        parameters,
    )


def _known(table: schema.Table) -> str:
    """What is remembered of a row that is replaced: whose demand it was, of which order it spoke, when it counted,
    and whether it was there."""
    identity = "t.identity_key" if table.name == ORDERS else "NULL::VARCHAR"
    order = f't."{NAMES_ORDER[table.name]}"' if table.name in NAMES_ORDER else "NULL::VARCHAR"
    counted = f"t.{COUNTED_AT[table.name]}" if table.name in COUNTED_AT else "NULL::TIMESTAMPTZ"
    there = "t.gone_at IS NULL AS known_there"
    return f"{identity} AS known_identity, {order} AS known_order, {counted} AS known_at, {there}"


def replace_rows(connection: Any, table: schema.Table, rows: str, derive: DeriveOne | None) -> None:
    """Replaces the rows that the temporary table `rows` names and adds the new ones, with their derived columns.

    Delete and insert, not update: into 1 million rows 25 ms for 2,000 scattered rows instead of 200 (measured).
    """
    written = connection.sql(f"FROM {rows} ORDER BY rowid").to_arrow_table()
    if derive is not None:
        others = beside(connection, rows) if table.name == ORDERS else {}
        written = derived(written, table, lambda own: derive(own, others))
    kept = [name for name in written.column_names if name not in REMEMBERED]
    connection.register("written", written.select([name for name in written.column_names if name in (*kept, "rid")]))
    source = "SELECT * EXCLUDE (rid) FROM written"
    if rows == "changes" and table.name == ORDERS:
        find_stayed(connection, written.column_names)
        links = ", ".join(f"stayed.{name}" for name in COLUMNS)
        source = f"SELECT written.* EXCLUDE (rid), {links} FROM written LEFT JOIN stayed USING (rid)"  # noqa: S608  names of the schema
    run(connection, f'DELETE FROM "{table.name}" WHERE rowid IN (SELECT rid FROM {rows} WHERE rid IS NOT NULL)')  # noqa: S608  names of the schema, no values
    run(connection, f'INSERT INTO "{table.name}" BY NAME {source}')


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
