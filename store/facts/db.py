"""The facts: one DuckDB file that mirrors the sources and can be rebuilt from them."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, astuple, fields, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final, Self

import duckdb
import pandas as pd

from store.facts import tables
from store.facts.errors import StoreError
from store.facts.merge import Batch, Derive, Merged, run, write_personal, write_quarantine, write_rows
from store.facts.read import Reader
from store.facts.state import Fault, SourceState, Watermark, state_of
from store.scope import Scope

MEMORY: Final = "2GB"  # of DuckDB, reads and writes together
KEEP_EVERY: Final = timedelta(seconds=10)  # how often the freshness of an idle source is written down
REMEMBERED_ROWS: Final = 20_000  # batches up to this size are compared with the last one before the table is looked at

Place = tuple[str, str]


class Facts:
    """Writes go through one connection under one lock; every reader has its own. `zone` is the site's.

    Errors: StoreError when the file is open in another process or is no facts file.
    """

    def __init__(self, path: Path, zone: str) -> None:
        self.path, self.zone = path, zone
        self._lock = threading.RLock()
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._root = duckdb.connect(str(path), config={"memory_limit": MEMORY})
        except duckdb.IOException as error:
            raise StoreError(_why_closed(path, error)) from error
        self._db = self._root.cursor()
        run(self._db, "SET GLOBAL TimeZone = 'UTC'")
        run(self._db, "SET TimeZone = 'UTC'")
        with self._transaction():
            tables.make(self._db)
        self._marks = {(m.source, m.mapping): m for m in self._load(Watermark, "watermarks")}
        self._kept_at = {place: mark.read_at for place, mark in self._marks.items()}
        self._faults = {s: Fault(e, at) for s, e, at in self._aware("SELECT source, error, error_at FROM faults")}
        self._versions: dict[str, int] = dict(run(self._db, "SELECT name, version FROM versions"))
        self._seen: dict[Place, tuple[frozenset[Any], Any]] = {}

    def close(self) -> None:
        with self._lock:
            self._db.close()
            self._root.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def merge(self, batch: Batch, derive: Derive) -> Merged:
        """Rows, personal rows, derived columns, links, quarantine and watermark in one transaction.

        Errors: StoreError when the batch was not read from the stored watermark: it is dropped and read again.
        """
        with self._lock:
            place = (batch.source, f"{batch.mapping} strays" if batch.strays else batch.mapping)
            known = self._marks.get(place) or Watermark(place[0], place[1], batch.table)
            if not batch.whole and not batch.strays and _place(batch.after) != (known.value, known.key):
                raise StoreError(f"{batch.source}, {batch.mapping}: read from an old watermark; it is read again")
            seen = _fingerprint(batch)
            if known.suspect is None and seen is not None and self._is_seen(place, seen, batch):
                merged = Merged(batch.rows.num_rows, 0, 0, 0, batch.rejects.num_rows)
                self._remember(place, _moved(known, batch, merged))
                return merged
            merged = self._write(batch, derive, place, known)
            if seen is not None:
                self._seen[place] = (seen, batch.rejects)
            else:
                self._seen.pop(place, None)
            return merged

    def _is_seen(self, place: Place, seen: frozenset[Any], batch: Batch) -> bool:
        last = self._seen.get(place)
        if last is None or not last[1].equals(batch.rejects):
            return False
        # A page may show fewer rows than the last one; a whole list that is shorter has lost some.
        return seen == last[0] if batch.whole else seen <= last[0]

    def _write(self, batch: Batch, derive: Derive, place: Place, known: Watermark) -> Merged:
        mark = replace(known)
        versions = dict(self._versions)
        with self._transaction():
            merged = write_rows(self._db, batch, derive, mark)
            if merged.changed:
                versions[batch.table] = versions.get(batch.table, 0) + 1
            if batch.personal is not None and write_personal(self._db, batch):
                versions["personal"] = versions.get("personal", 0) + 1
            write_quarantine(self._db, batch)
            mark = _moved(mark, batch, merged)
            self._keep(place, mark)
            for name in versions.keys() - self._versions.keys():
                run(self._db, "INSERT INTO versions VALUES (?, 0)", [name])
            for name, version in versions.items() - self._versions.items():
                run(self._db, "UPDATE versions SET version = ? WHERE name = ?", [version, name])
        self._marks[place], self._kept_at[place], self._versions = mark, mark.read_at, versions
        return merged

    def _remember(self, place: Place, mark: Watermark) -> None:
        """A read without news: the watermark is written when it moved, the freshness now and then."""
        known, kept_at = self._marks.get(place), self._kept_at.get(place)
        moved = known is None or (known.value, known.key, known.suspicion) != (mark.value, mark.key, mark.suspicion)
        is_old = kept_at is None or mark.read_at is None or abs(mark.read_at - kept_at) >= KEEP_EVERY
        if moved or is_old or mark.source in self._faults:
            with self._transaction():
                self._keep(place, mark)
            self._kept_at[place] = mark.read_at
        self._marks[place] = mark

    def _keep(self, place: Place, mark: Watermark) -> None:
        run(self._db, "DELETE FROM watermarks WHERE source = ? AND mapping = ?", list(place))
        marks = ", ".join("?" * len(fields(Watermark)))
        names = ", ".join(asdict(mark))
        run(self._db, f"INSERT INTO watermarks ({names}) VALUES ({marks})", list(astuple(mark)))  # noqa: S608  names of the schema, no values
        if self._faults.pop(mark.source, None):
            run(self._db, "DELETE FROM faults WHERE source = ?", [mark.source])

    def record_error(self, source: str, message: str, at: datetime) -> None:
        """Notes that `source` could not be read; the next good merge of it clears the note."""
        with self._lock:
            known = self._faults.get(source)
            self._faults[source] = Fault(message, known.error_at if known and known.error == message else at)
            if known is None or known.error != message:
                with self._transaction():
                    run(self._db, "DELETE FROM faults WHERE source = ?", [source])
                    run(self._db, "INSERT INTO faults VALUES (?, ?, ?)", [source, message, at])

    def cursor(self, source: str, mapping: str) -> tuple[str | None, str | None] | None:
        """The stored watermark (value, key) of a mapping, or None before its first read."""
        mark = self._marks.get((source, mapping))
        return None if mark is None or (mark.value is None and mark.key is None) else (mark.value, mark.key)

    def states(self) -> list[SourceState]:
        """The state of every source that was read or failed, by name."""
        with self._lock:
            names = sorted({source for source, _ in self._marks} | self._faults.keys())
            return [
                state_of(name, [m for m in self._marks.values() if m.source == name], self._faults.get(name))
                for name in names
            ]

    def versions(self) -> dict[str, int]:
        """A number per canonical table that grows when its rows really changed."""
        with self._lock:
            return dict(self._versions)

    def quarantine(self) -> pd.DataFrame:
        """What could not be used: source, source_key, mapping, field, value, reason, read_at."""
        with self._lock:
            return (
                self._db.sql("FROM quarantine ORDER BY source, mapping, source_key, field").to_arrow_table().to_pandas()
            )

    def read(self, scope: Scope) -> Reader:
        """A reader of what `scope` may see, for one thread."""
        with self._lock:
            return Reader(self._root.cursor(), scope)

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        run(self._db, "BEGIN")
        try:
            yield
        except BaseException:
            run(self._db, "ROLLBACK")
            raise
        run(self._db, "COMMIT")

    def _load(self, kind: type[Watermark], table: str) -> list[Watermark]:
        names = ", ".join(field.name for field in fields(kind))
        return [kind(**row) for row in self._db.sql(f"SELECT {names} FROM {table}").to_arrow_table().to_pylist()]  # noqa: S608  names of the schema, no values

    def _aware(self, sql: str) -> list[tuple[Any, ...]]:
        return [tuple(row.values()) for row in self._db.sql(sql).to_arrow_table().to_pylist()]


def _place(cursor: Any) -> tuple[str | None, str | None]:
    return (None, None) if cursor is None else (cursor.value, cursor.key)


def _moved(mark: Watermark, batch: Batch, merged: Merged) -> Watermark:
    """`mark` after `batch`. A list that is not believed, and a chain of pages that goes on, prove no freshness."""
    is_complete = merged.suspicion is None and (batch.cursor is None or batch.cursor.key is None)
    value, key = (mark.value, mark.key) if batch.cursor is None else _place(batch.cursor)
    return replace(
        mark,
        value=value,
        key=key,
        as_of=batch.source_now if is_complete else mark.as_of,
        read_at=batch.read_at,
        offset_s=batch.offset_s,
        is_slow=batch.is_slow or batch.strays,
        suspicion=merged.suspicion or batch.suspicion,
    )


def _fingerprint(batch: Batch) -> frozenset[Any] | None:
    """Keys and hashes of a small batch, to know it again without looking into the table."""
    if batch.rows.num_rows > REMEMBERED_ROWS:
        return None
    personal = () if batch.personal is None else batch.personal["row_hash"].to_pylist()
    keys, hashes = batch.rows["source_key"].to_pylist(), batch.rows["row_hash"].to_pylist()
    return frozenset(zip(keys, hashes, personal, strict=True) if personal else zip(keys, hashes, strict=True))


def _why_closed(path: Path, error: Exception) -> str:
    if "lock" in str(error).lower():
        socket = path.parent / "node.sock"
        return f"{path}: another process has it open; a node is running: ask it over {socket}, or stop it"
    said = str(error).splitlines()[0]
    return f"{path}: can not be opened as facts ({said}); move it away, it is rebuilt from the sources"
