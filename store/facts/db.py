"""The facts: one DuckDB file that mirrors the sources and can be rebuilt from them."""

import logging
import threading
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, astuple, fields, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final, Self

import duckdb
import pandas as pd

from store.facts import purge, reconcile, tables, unlinked
from store.facts.changes import ORDERS
from store.facts.errors import StoreError, why_closed, why_not_stored
from store.facts.expect import forget, forget_hashes, meant_else
from store.facts.kept import Kept
from store.facts.merge import (
    Batch,
    Derive,
    Merged,
    fingerprint_of,
    moved,
    place_of,
    run,
    write_personal,
    write_quarantine,
    write_rows,
)
from store.facts.read import Reader
from store.facts.state import (
    ASIDE,
    LOOKS,
    OPEN,
    OPEN_LOOKS,
    STRAYS,
    DoubtLike,
    Fault,
    SourceState,
    Watermark,
    state_of,
)
from store.scope import Scope

log = logging.getLogger(__name__)
# Memory of reads and writes together; a sorted page of up to so many rows reads only these rows whole.
CONFIG: Final = {"memory_limit": "2GB", "late_materialization_max_rows": 1000}
ROWS: Final = ("incoming", "written", "more", "rejects")  # registered by a merge: the memory of a page
LINKING_LOG: Final = "1GB"  # links of some ten million orders
KEEP_EVERY: Final = timedelta(seconds=10)  # how often the freshness of an idle source is written down

NOTE_FAULT: Final = "INSERT INTO faults (source, mapping, error, error_at) VALUES (?, ?, ?, ?)"
FORGET_FAULT: Final = "DELETE FROM faults WHERE source = ? AND coalesce(mapping, '') = ?"
Place = tuple[str, str]


class Facts:
    """Writes go through one connection under one lock; every reader has its own. `zone` is the site's.

    Errors: StoreError when the file is open in another process or is no facts file.
    """

    def __init__(self, path: Path, zone: str) -> None:
        self.path, self.zone = path, zone
        self._lock = threading.RLock()
        self._personal_since: datetime | None = None
        self._doubts: tuple[DoubtLike, ...] = ()
        path.parent.mkdir(parents=True, exist_ok=True)
        self._open()

    def _open(self) -> None:
        try:
            self._root = duckdb.connect(str(self.path), config=CONFIG)
        except duckdb.Error as error:
            raise StoreError(why_closed(self.path, error)) from error
        self._db = self._root.cursor()
        self._kept = Kept()
        self._is_broken = False
        run(self._db, "SET GLOBAL TimeZone = 'UTC'")
        run(self._db, "SET TimeZone = 'UTC'")
        with self._transaction():
            tables.make(self._db)
        self._marks = {(m.source, m.mapping): m for m in tables.loaded(self._db, Watermark, "watermarks")}
        self._kept_at = {place: mark.read_at for place, mark in self._marks.items()}
        told = tables.aware(self._db, "SELECT source, coalesce(mapping, ''), error, error_at FROM faults")
        self._faults = {(source, mapping): Fault(error, at) for source, mapping, error, at in told}
        self._versions: dict[str, int] = dict(run(self._db, "SELECT name, version FROM versions"))
        self._seen: dict[Place, tuple[frozenset[Any], Any]] = {}
        self._unlinked = unlinked.noted(self._db)
        self._linking: dict[Place, tuple[int, int]] = {}  # the part that comes next, of how many

    def _mend(self) -> None:
        """After a disk that was full when rows moved from log to file: DuckDB gives the open file up for good."""
        if self._is_broken:
            self.close()
            self._open()
            log.warning("%s: opened again after a failure", self.path)

    def close(self) -> None:
        with self._lock:
            self._db.close()
            self._root.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def merge(self, batch: Batch, derive: Derive) -> Merged:
        """Rows, personal rows, derived columns, links, quarantine and watermark in one transaction; the links of a
        load's pages are left to `link_some`.

        Errors: StoreError when the batch was not read from the stored watermark, or can not be stored: it is dropped
        and read again.
        """
        try:
            return self._merged(batch, derive)
        except StoreError:
            raise
        except Exception as error:  # whatever a batch does to us, it stops no other source; its words may hold values
            raise StoreError(why_not_stored(batch.source, batch.mapping, error)) from error

    def _merged(self, batch: Batch, derive: Derive) -> Merged:
        with self._lock:
            self._mend()
            aside = _aside(batch)
            place = (batch.source, batch.mapping + aside)
            known = self._marks.get(place) or Watermark(place[0], place[1], batch.table)
            if not batch.whole and not aside and place_of(batch.after) != (known.value, known.key):
                raise StoreError(f"{batch.source}, {batch.mapping}: read from an old watermark; it is read again")
            seen = None if batch.looked or batch.is_page else fingerprint_of(batch)
            if known.suspect is None and seen is not None and self._is_seen(place, seen, batch):
                merged = Merged(batch.rows.num_rows, 0, 0, 0, batch.rejects.num_rows)
                self._remember(place, moved(known, batch, merged), batch)
                return merged
            merged = self._write(batch, derive, place, known)
            if batch.open_only and not merged.missing:
                self._believe(batch.source, batch.mapping + LOOKS)
            if seen is not None and not merged.missing:
                self._seen[place] = (seen, batch.rejects)
            else:
                self._seen.pop(place, None)
            return merged

    def _is_seen(self, place: Place, seen: frozenset[Any], batch: Batch) -> bool:
        last = self._seen.get(place)
        if last is None or not last[1].equals(batch.rejects):
            return False
        # A page may show fewer rows than the last one; a whole list that is shorter has lost some.
        return seen == last[0] if batch.whole or batch.open_only else seen <= last[0]

    def _write(self, batch: Batch, derive: Derive, place: Place, known: Watermark) -> Merged:
        mark = replace(known)
        versions = dict(self._versions)
        with self._transaction():
            merged = write_rows(self._db, batch, derive, mark)
            if merged.changed:
                versions[batch.table] = versions.get(batch.table, 0) + 1
            personal = purge.still_kept(batch.rows, batch.personal, batch.table, self._personal_since)
            if personal is not None and write_personal(self._db, batch, personal):
                versions["personal"] = versions.get("personal", 0) + 1
            write_quarantine(self._db, batch)
            mark = moved(mark, batch, merged)
            self._keep(place, mark)
            self._count(versions)
        for name in ROWS:
            self._db.unregister(name)
        self._marks[place], self._kept_at[place], self._versions = mark, mark.read_at, versions
        if batch.is_page:
            self._unlinked = unlinked.noted(self._db)
            self._linking.pop((batch.source, batch.mapping), None)
        self._kept.changed(batch.table, versions.get(batch.table, 0), merged.weeks)
        self._mended(batch)
        return merged

    def link_some(self, at_once: int = unlinked.LINKED_AT_ONCE) -> bool:
        """Makes a part of the links that loads which are over have left to be made; whether there are more.

        About a second for `at_once` orders, so a node does it in turns. What fails is made by a later call.
        """
        with self._lock:
            self._mend()
            place = next((one for one in sorted(self._unlinked) if not self._is_loading(one)), None)
            if place is None:
                return False
            try:
                self._link(place, at_once)
            except duckdb.Error as error:
                log.warning("%s, %s: links are made later: %s", *place, type(error).__name__)
                return False
            return True

    def _is_loading(self, place: Place) -> bool:
        mark = self._marks.get(place)
        return mark is not None and mark.key is not None

    def _link(self, place: Place, at_once: int) -> None:
        part, parts = self._linking.get(place) or (0, unlinked.parts_of(self._db, place, at_once))
        run(self._db, f"SET GLOBAL checkpoint_threshold = '{LINKING_LOG}'")  # else each part rewrites the table
        versions = self._versions | {ORDERS: self._versions.get(ORDERS, 0) + 1}
        with self._transaction():
            weeks = unlinked.link(self._db, place, part, parts)
            self._count(versions)
        self._versions = versions
        self._kept.changed(ORDERS, versions[ORDERS], weeks)
        self._linking[place] = (part + 1, parts)
        if part + 1 == parts:
            del self._linking[place]
            self._unlinked -= {place}
            run(self._db, "RESET GLOBAL checkpoint_threshold")

    def change(self, work: Callable[[Any], Mapping[str, Collection[datetime]]]) -> None:
        """Runs `work` on the writing connection in one transaction. The tables that it names have other rows then,
        among them some of the weeks it names.
        """
        with self._lock:
            self._mend()
            versions = dict(self._versions)
            with self._transaction():
                changed = work(self._db)
                versions |= {table: versions.get(table, 0) + 1 for table in changed}
                self._count(versions)
            self._versions = versions
            for table, weeks in changed.items():
                self._kept.changed(table, versions[table], weeks)

    def keep_personal_since(self, before: datetime) -> None:
        """From here on no personal data are stored of what is older than `before`."""
        with self._lock:
            self._personal_since = before

    def personal_past(self, before: datetime, most: int = purge.AT_ONCE) -> purge.Purge | None:
        """The oldest personal rows that are older than `before`, at most `most`, or None; they are still there."""
        with self._lock:
            reader = self._root.cursor()
        try:
            return purge.due(reader, before, most)
        finally:
            reader.close()

    def delete_personal(self, found: purge.Purge) -> None:
        """Deletes the personal rows of `found`. Errors: duckdb.Error, and they are all still there."""

        def work(connection: Any) -> Mapping[str, Collection[datetime]]:
            purge.delete(connection, found)
            return {"personal": ()}

        self.change(work)

    def personal_held(self, before: datetime) -> dict[str, Any]:
        """rows, oldest, past: how many personal rows there are, of when the oldest is, how many are older than
        `before`."""
        with self._lock:
            reader = self._root.cursor()
        try:
            return purge.held(reader, before)
        finally:
            reader.close()

    def _count(self, versions: Mapping[str, int]) -> None:
        for name in versions.keys() - self._versions.keys():
            run(self._db, "INSERT INTO versions VALUES (?, 0)", [name])
        for name, version in versions.items() - self._versions.items():
            run(self._db, "UPDATE versions SET version = ? WHERE name = ?", [version, name])

    def _remember(self, place: Place, mark: Watermark, batch: Batch) -> None:
        """A read without news: the watermark is written when it moved, the freshness now and then."""
        known, kept_at = self._marks.get(place), self._kept_at.get(place)
        moved = known is None or (known.value, known.key, known.suspicion) != (mark.value, mark.key, mark.suspicion)
        is_old = kept_at is None or mark.read_at is None or abs(mark.read_at - kept_at) >= KEEP_EVERY
        if moved or is_old:
            with self._transaction():
                self._keep(place, mark)
            self._kept_at[place] = mark.read_at
        self._marks[place] = mark
        self._mended(batch)

    def _keep(self, place: Place, mark: Watermark) -> None:
        run(self._db, "DELETE FROM watermarks WHERE source = ? AND mapping = ?", list(place))
        marks = ", ".join("?" * len(fields(Watermark)))
        names = ", ".join(asdict(mark))
        run(self._db, f"INSERT INTO watermarks ({names}) VALUES ({marks})", list(astuple(mark)))  # noqa: S608  names of the schema, no values

    def _mended(self, batch: Batch) -> None:
        """A good read clears what was noted of its mapping and of the source as a whole."""
        for place in ((batch.source, ""), (batch.source, batch.mapping)):
            if place in self._faults:
                with suppress(duckdb.Error):  # the rows are stored; the note goes with the next read
                    run(self._db, FORGET_FAULT, list(place))
                    del self._faults[place]

    def record_error(self, source: str, message: str, at: datetime, mapping: str | None = None) -> None:
        """Notes that `source`, or only its `mapping`, could not be read; the next good merge of it clears the note."""
        with self._lock:
            place = (source, mapping or "")
            known = self._faults.get(place)
            if known is not None and known.error == message:
                return
            self._faults[place] = Fault(message, at)
            with suppress(duckdb.Error), self._transaction():  # a full disk must not hide why
                run(self._db, FORGET_FAULT, list(place))
                run(self._db, NOTE_FAULT, [*place, message, at])

    def expect(self, source: str, mapping: str, fingerprint: str) -> bool:
        """Whether `mapping` now means something else than when its rows were read; they are then all read anew."""
        with self._lock:
            known = self._marks.get((source, mapping))
            with self._transaction():
                is_new = meant_else(self._db, (source, mapping), fingerprint)
                if is_new and known is not None:
                    known = replace(known, value=None, key=None)
                    self._keep((source, mapping), known)
                    forget_hashes(self._db, known)
            if is_new:
                self._seen.pop((source, mapping), None)
                self._seen.pop((source, mapping + STRAYS), None)
                if known is not None:
                    self._marks[source, mapping] = known
            return is_new

    def keep_only(self, source: str, mappings: Collection[str]) -> None:
        """Forgets the mappings that the settings no longer have: how fresh they were says nothing now. Rows stay."""
        with self._lock:
            places = [*self._marks, *self._faults]
            kept = {"", *mappings, *(mapping + aside for mapping in mappings for aside in ASIDE)}
            gone = {p for p in places if p[0] == source and p[1] not in kept}
            with self._transaction():
                for place in gone:
                    forget(self._db, place, self._marks.get(place))
            for place in gone:
                for known in (self._marks, self._kept_at, self._faults, self._seen):
                    known.pop(place, None)

    def cursor(self, source: str, mapping: str) -> tuple[str | None, str | None] | None:
        """The stored watermark (value, key) of a mapping, or None before its first read."""
        mark = self._marks.get((source, mapping))
        return None if mark is None or (mark.value is None and mark.key is None) else (mark.value, mark.key)

    def borders(
        self, source: str, mapping: str, low: int, high: int, *, is_open: bool, by_key: bool, many: int
    ) -> list[int]:
        """Places that divide our rows of a span into `many` equal parts: changed_at in microseconds since 1970, or
        increasing keys (`by_key`)."""
        with self._lock:
            mark = self._marks.get((source, mapping))
            if mark is None:
                return []
            return reconcile.borders(self._db, mark, low, high, is_open=is_open, by_key=by_key, many=many)

    def unequal(
        self,
        source: str,
        mapping: str,
        tallies: Sequence[tuple[int, int, int, int | None]],
        *,
        is_open: bool,
        by_key: bool,
    ) -> tuple[list[tuple[int, int]], int]:
        """The spans (low, high) of (low, high, count, sum of checksums) that differ from ours, and our rows in all."""
        with self._lock:
            mark = self._marks.get((source, mapping))
            if mark is None:
                return [], 0
            differ, of = reconcile.unequal(self._db, mark, tallies, is_open=is_open, by_key=by_key)
            if not differ:
                self._believe(source, mapping + _looks(is_open))
            return differ, of

    def _believe(self, source: str, looks: str) -> None:
        """What looks found hard to believe is so no longer."""
        looked = self._marks.get((source, looks))
        if looked is not None and looked.suspicion:
            self._marks[source, looks] = replace(looked, suspicion=None, suspect=None, suspect_reads=0)

    def differences(self) -> pd.DataFrame:
        """What comparing with the sources found in the last 90 days, newest first.

        Columns: source, mapping, source_key, kind (late / edited / deleted / returned), look, changed_at, found_at.
        """
        with self._lock:
            rows = self._db.sql("FROM differences ORDER BY found_at DESC, source, mapping, source_key")
            return rows.to_arrow_table().to_pandas()

    def states(self) -> list[SourceState]:
        """The state of every source that was read or failed, by name."""
        with self._lock:
            names = sorted({source for source, _ in (*self._marks, *self._faults)})
            return [
                state_of(
                    name,
                    [m for m in self._marks.values() if m.source == name],
                    [fault for (source, _), fault in self._faults.items() if source == name],
                    [doubt for doubt in self._doubts if doubt.source == name],
                )
                for name in names
            ]

    def doubt(self, found: Sequence[DoubtLike]) -> None:
        """What the rows themselves make hard to believe, until it is said anew; kept in memory."""
        with self._lock:
            self._doubts = tuple(found)

    def mappings(self) -> dict[str, list[dict[str, Any]]]:
        """By source its mappings: mapping, into, as_of, rows that its list has, rows that it had and has no more."""
        with self._lock:
            marks = [mark for mark in self._marks.values() if not mark.mapping.endswith(" strays")]
            reader = self._root.cursor()
        try:
            counts = tables.counted(reader, {mark.into_table for mark in marks})
        finally:
            reader.close()
        found: dict[str, list[dict[str, Any]]] = {}
        for mark in marks:
            rows, gone = counts.get((mark.source, mark.mapping), (0, 0))
            one = {"mapping": mark.mapping, "into": mark.into_table, "as_of": mark.as_of, "rows": rows, "gone": gone}
            found.setdefault(mark.source, []).append(one)
        return found

    def versions(self) -> dict[str, int]:
        """A number per canonical table that grows when its rows really changed."""
        with self._lock:
            return dict(self._versions)

    def quarantine(self) -> pd.DataFrame:
        """What could not be used: source, source_key, mapping, field, value, reason, read_at."""
        with self._lock:
            rows = self._db.sql("FROM quarantine ORDER BY source, mapping, source_key, field")
            return rows.to_arrow_table().to_pandas()

    def read(self, scope: Scope) -> Reader:
        """A reader of what `scope` may see, for one thread."""
        with self._lock:
            return Reader(self._root.cursor(), scope, kept=self._kept)

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        run(self._db, "BEGIN")
        try:
            yield
            run(self._db, "COMMIT")
        except BaseException as error:
            self._is_broken = self._is_broken or isinstance(error, duckdb.FatalException)
            with suppress(duckdb.Error):  # a COMMIT that failed has ended the transaction
                run(self._db, "ROLLBACK")
            raise


def _aside(batch: Batch) -> str:
    if batch.looked:
        return _looks(batch.looked.is_open)
    return STRAYS if batch.strays else OPEN if batch.open_only else ""


def _looks(is_open: bool) -> str:
    return OPEN_LOOKS if is_open else LOOKS
