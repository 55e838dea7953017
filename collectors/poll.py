"""One source read as its mappings want: what the child does between two messages."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from time import perf_counter
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy import event

from collectors.arrow import table_of
from collectors.batch import REJECTS, Batch, Reply, SourceError
from collectors.caps import Run, run_after
from collectors.compare import Comparison
from collectors.decide import Cursor, Plan, Step, TimeForm, cursor_at, next_read, step, value_of
from collectors.decide_keys import is_number, next_keys, step_keys
from collectors.ear import Ear
from collectors.fast import PAGES, Fast, Fetched
from collectors.found import Found, found_of
from collectors.loading import left_of
from collectors.looks import Look, last_night
from collectors.project import Projected, Projector
from collectors.reach import clock_of, engine_of, file_id, named, unforeseen
from collectors.read import Reads, Row, prepare
from settings_sources import Mapping as TableMapping
from settings_sources import Source, mapping_id
from store.facts.suspicion import Suspicion

CHAIN_S = (
    0.5  # pages of one mapping that are read without the node's asking again: a first load does not wait for ticks
)
STRAYS_EVERY = timedelta(seconds=60)  # collecting.md: a change no cursor shows is there within a minute


@dataclass
class Poller:
    """Reads one source. Keeps its connection, its statements and the last page of each mapping."""

    name: str
    source: Source
    site_key: bytes
    ear: Ear = field(default_factory=lambda: Ear(None))
    reads: dict[int, Reads] = field(default_factory=dict)
    last: dict[tuple[int, str], tuple[Sequence[Row], Projected]] = field(default_factory=dict)
    strays_at: dict[int, datetime] = field(default_factory=dict)
    caps: dict[int, Run | None] = field(default_factory=dict)
    found: dict[int, Found] = field(default_factory=dict)  # of the mappings that were read since the connection
    left: dict[int, int | None] = field(default_factory=dict)  # of mappings in a load: about how many rows follow
    rest: dict[int, Batch] = field(default_factory=dict)  # of mappings in a load: where their next page begins
    ahead: dict[int, Batch] = field(default_factory=dict)  # pages that were read while the node merged
    queries: int = 0
    query_s: float = 0.0

    def __post_init__(self) -> None:
        self.projector = Projector(self.name, self.source, self.site_key)
        self.engine: sa.Engine | None = None
        self.file: tuple[int, int] | None = None  # which file the engine has open
        self.fast = Fast(self.name, self.source)

    def poll(
        self, cursors: Mapping[int, Cursor | None], now: datetime, looks: Mapping[int, Look] | None = None
    ) -> Reply:
        """The batches of the mappings in `cursors` (by their place in the settings), in the order to merge them.

        What `looks` asks follows the poll of its mapping, unless that has more pages.

        One mapping that can not be read leaves the others' batches whole and is told as the reply's error.
        """
        batches: list[Batch] = []
        known = dict(self.found)
        error: SourceError | None = None
        failed: dict[int, SourceError] = {}
        try:
            with self._connected() as connection:
                self.ear.listen(connection)
                source_now = self._clock(connection, now)
                for index, cursor in cursors.items():
                    try:
                        chain = None
                        for batch in self._batches(connection, index, cursor, source_now, now):
                            batches.append(batch)
                            chain = chain if batch.strays or (chain and batch.open_only) else batch
                        if looks and index in looks and chain is not None and not chain.more:
                            batches += self._compared(connection, index, looks[index], chain)
                    except SourceError as fault:
                        failed[index] = fault
                    except Exception as fault:  # a table that breaks our program stops no other table
                        failed[index] = unforeseen(self.name, fault)
        except SourceError as fault:
            error = fault
        if error or failed:
            self.forget()
        if failed and error is None:
            error = self._joined(failed)
        found = {i: one for i, one in self.found.items() if i not in known}
        return Reply(batches, error, frozenset(failed), found, self.ear.deaf)

    def _joined(self, failed: Mapping[int, SourceError]) -> SourceError:
        told = "; ".join(dict.fromkeys(str(fault) for fault in failed.values()))
        first = mapping_id(self.source.tables[next(iter(failed))], self.source.tables)
        return SourceError(told, all(fault.fatal for fault in failed.values()), first)

    def _connected(self) -> sa.Connection:
        file = file_id(self.source)
        if self.engine is not None and file != self.file:
            self.forget()  # SQLite would go on reading the file that is no longer there
        try:
            if self.engine is None:
                self.engine, self.file = engine_of(self.name, self.source), file
                event.listen(self.engine, "before_cursor_execute", self._count)
            return self.engine.connect()
        except sa.exc.SQLAlchemyError as error:
            raise self._named(error) from error

    def _count(self, *_: Any) -> None:
        self.queries += 1

    def forget(self) -> None:
        """After a fault everything is found out anew: the table may have changed, the server may have restarted."""
        if self.engine is not None:
            self.engine.dispose()
        self.fast.close()
        self.engine = None
        self.ear.leave()
        for known in (self.left, self.rest, self.ahead, self.reads, self.found):
            known.clear()
        self.last.clear()

    def _named(self, error: Exception) -> SourceError:
        return named(self.name, self.source.url.get_secret_value(), error)

    def _clock(self, connection: sa.Connection, now: datetime) -> datetime:
        try:
            raw = clock_of(connection, self.source, now)
        except sa.exc.SQLAlchemyError as error:
            raise self._named(error) from error
        if not self.source.clock:
            return _aware(raw) if isinstance(raw, datetime) else now
        table = self.source.clock.rpartition(".")[0]
        forms = {m.table: m.time_format for m in self.source.tables}
        form = self.source.clock_format or forms.get(table)
        at = TimeForm(form, ZoneInfo(self.source.zone)).instant(raw)
        if at is None and raw is not None:
            raise SourceError(
                f"source `{self.name}`: clock {self.source.clock} gives `{raw}`, which is no time", fatal=True
            )
        return at or now

    def _batches(
        self, connection: sa.Connection, index: int, cursor: Cursor | None, source_now: datetime, now: datetime
    ) -> Iterator[Batch]:
        mapping = self.source.tables[index]
        reads = self.reads.get(index)
        try:
            if reads is None:
                reads = self.reads[index] = prepare(self.name, mapping, sa.inspect(connection))
        except sa.exc.SQLAlchemyError as error:
            raise self._named(error) from error
        blank = self._blank(mapping, cursor, source_now, now)
        if mapping.cursor is None:
            yield self._listed(connection, index, reads, blank)
            self._find(connection, index, reads, None)
            return
        last: Batch | None = None
        for last in self._chain(connection, index, reads, blank):
            yield last
        if last is not None and last.cursor is not None and last.cursor.key is None and last.cursor.value is not None:
            if index not in self.found:  # else the statement is not even made: an idle source is polled each second
                plan = Plan(self.source.page, source_now, since=value_of(last.cursor))
                self._find(connection, index, reads, reads.page(plan))
            if mapping.increasing and mapping.tells_open:
                yield self._open(connection, index, reads, blank)
        if reads.may_stray and source_now - self.strays_at.get(index, datetime.min.replace(tzinfo=UTC)) >= STRAYS_EVERY:
            self.strays_at[index] = source_now
            yield self._strays(connection, reads, blank)

    def _find(self, connection: sa.Connection, index: int, reads: Reads, poll: Any | None) -> None:
        """Once for each connection: what the account may write, and the plan of the poll."""
        if index not in self.found:
            try:
                found = found_of(connection, reads.mapping.table, reads.mapping.cursor, poll)
            except (sa.exc.SQLAlchemyError, NotImplementedError):
                found = Found()  # it may not be asked; nothing is lost but a warning
            self.found[index] = replace(found, unread=reads.unread)

    def _blank(self, mapping: TableMapping, cursor: Cursor | None, source_now: datetime, now: datetime) -> Batch:
        """A batch without rows yet."""
        return Batch(
            source=self.name,
            mapping=mapping_id(mapping, self.source.tables),
            table=mapping.into,
            rows=None,
            personal=None,
            rejects=None,
            whole=mapping.is_whole,
            vanished=mapping.vanished,
            cursor=cursor,
            after=cursor,
            source_now=source_now,
            read_at=now,
            more=False,
            suspicion=None,
            queries=0,
            query_s=0.0,
            is_slow=mapping.every_s is not None,
        )

    def _rows(self, connection: sa.Connection, statement: Any) -> list[Row]:
        began = perf_counter()
        try:
            return [tuple(row) for row in connection.execute(statement).all()]
        except sa.exc.OperationalError as error:
            if "decode" not in str(error.orig):
                raise self._named(error) from error
            _read_any_text(connection)  # one row in another encoding must not stop the source
            return [tuple(row) for row in connection.execute(statement).all()]
        except sa.exc.SQLAlchemyError as error:
            raise self._named(error) from error
        finally:
            self.query_s += perf_counter() - began

    def read_ahead(self) -> None:
        """Reads the next page of each load while the node merges the last one."""
        for index, blank in list(self.rest.items()):
            try:
                with self._connected() as connection:
                    (page,) = self._chain(connection, index, self.reads[index], blank, 0)
                    self.ahead[index] = page
            except Exception:  # the poll that asks for this page meets it again and tells
                self.forget()

    def _chain(
        self, connection: sa.Connection, index: int, reads: Reads, blank: Batch, time_s: float = CHAIN_S
    ) -> Iterator[Batch]:
        """The next page, and the pages after it while there is time."""
        form = TimeForm(reads.mapping.time_format, ZoneInfo(self.source.zone))
        cursor, until = blank.after, perf_counter() + time_s
        known = self.ahead.pop(index, None)
        if known is not None and known.after == cursor:
            yield known
            return
        while True:
            rows, taken = self._page(connection, reads, cursor, form, blank.source_now)
            if taken.more and taken.cursor == cursor:
                told = f"{self.source.page} rows or more have one key and one changed_at; name more columns in key"
                raise SourceError(f"source `{self.name}`, table `{reads.mapping.table}`: {told}", fatal=True)
            goes_on = taken.more and perf_counter() < until
            self.caps[index] = run_after(
                self.caps.get(index), len(rows), self.source.page, moved=taken.cursor != cursor
            )
            page = replace(
                blank,
                after=cursor,
                cursor=taken.cursor,
                more=taken.more and not goes_on,
                suspicion=_ahead(reads, taken, blank) or _capped(self.caps[index], blank),
                left=self._left(connection, index, reads, cursor, len(rows)) if taken.more else None,
            )
            yield self._filled(page, self._projected(index, reads, rows, blank.read_at))
            cursor = taken.cursor
            if taken.more:
                self.rest[index] = replace(blank, after=cursor)
            else:
                self.fast.close()
                self.left.pop(index, None)
                self.rest.pop(index, None)
            if not goes_on:
                return

    def _left(
        self, connection: sa.Connection, index: int, reads: Reads, cursor: Cursor | None, many: int
    ) -> int | None:
        if index not in self.left:
            self.left[index] = left_of(connection, reads, cursor)
        left = self.left[index]
        self.left[index] = None if left is None else max(0, left - many)
        return self.left[index]

    def _page(
        self, connection: sa.Connection, reads: Reads, cursor: Cursor | None, form: TimeForm, source_now: datetime
    ) -> tuple[list[Row] | Fetched, Step]:
        """What is read next. After a full page come larger ones, as Arrow where that can be."""
        page = self.source.page
        if reads.mapping.increasing:
            plan = next_keys(cursor, self.source.overlap_keys, page, source_now)
            rows = self._rows(connection, reads.page(plan))
            if rows and not is_number(rows[-1][0]):
                told = f"`{reads.mapping.key[0]}` = `{rows[-1][0]}` is no whole number; leave out increasing"
                raise SourceError(f"source `{self.name}`, table `{reads.mapping.table}`: {told}", fatal=True)
            return rows, step_keys(cursor, plan, [row[0] for row in rows])
        overlap = timedelta(seconds=self.source.overlap_s)
        if cursor is not None and cursor.key is not None and self.fast.takes(reads):
            plan, began = next_read(cursor, form, overlap, round(page * PAGES), source_now), perf_counter()
            fetched = self.fast.page(reads, plan, connection.dialect)
            self.queries, self.query_s = self.queries + 1, self.query_s + perf_counter() - began
            if fetched is not None:
                return fetched, step(cursor, plan, form, fetched.places, source_now)
        plan = next_read(cursor, form, overlap, page, source_now)
        rows = self._rows(connection, reads.page(plan))
        return rows, step(cursor, plan, form, reads.places(rows), source_now)

    def _compared(self, connection: sa.Connection, index: int, look: Look, polled: Batch) -> Iterator[Batch]:
        """What `look` asks, after the poll that gave `polled` as its last batch."""
        reads, cursor = self.reads[index], polled.cursor
        sample = None if cursor is None else value_of(cursor)
        if sample is None and not look.find:
            return  # nothing was ever read: there is nothing to compare
        form = TimeForm(reads.mapping.time_format, ZoneInfo(self.source.zone))
        query = partial(self._rows, connection)
        comparison = Comparison(self.source, reads, form, sample, query)
        nothing = Projected(None, None, REJECTS.empty_table())
        for looked, rows in comparison.answers(look, polled.source_now):
            table = table_of(reads.columns, rows)
            batch = replace(polled, cursor=None, after=None, suspicion=None, more=False, looked=looked)
            batch = replace(batch, whole=False, strays=False, open_only=False)
            is_tally = looked.tallies is not None
            projected = nothing if is_tally else self.projector.project(reads.mapping, table, polled.read_at)
            yield self._filled(batch, projected)

    def _whole(self, connection: sa.Connection, index: int, reads: Reads, blank: Batch) -> Batch:
        rows = self._rows(connection, reads.whole())
        return self._filled(replace(blank, cursor=None, after=None), self._projected(index, reads, rows, blank.read_at))

    def _listed(self, connection: sa.Connection, index: int, reads: Reads, blank: Batch) -> Batch:
        """All rows; of a table that tells open rows all of them once a night, and the open ones otherwise."""
        if not reads.mapping.tells_open:
            return self._whole(connection, index, reads, blank)
        last = None if blank.after is None else value_of(blank.after)
        if last and last_night(blank.source_now, self.source.nightly_at, ZoneInfo(self.source.zone)) <= last:
            return self._open(connection, index, reads, blank)
        rows = self._rows(connection, reads.whole())
        whole = replace(blank, whole=True, cursor=cursor_at(blank.source_now), after=None, is_slow=True)
        return self._filled(whole, self.projector.project(reads.mapping, table_of(reads.columns, rows), blank.read_at))

    def _open(self, connection: sa.Connection, index: int, reads: Reads, blank: Batch) -> Batch:
        rows = self._rows(connection, reads.open())
        opened = replace(blank, cursor=None, after=None, open_only=True)
        return self._filled(opened, self._projected(index, reads, rows, blank.read_at, "open"))

    def _strays(self, connection: sa.Connection, reads: Reads, blank: Batch) -> Batch:
        rows = self._rows(connection, reads.strays(self.source.page))
        is_many = len(rows) >= self.source.page
        told = Suspicion("rows_astray", {"mapping": blank.mapping, "rows": len(rows)}) if is_many else None
        stray = replace(blank, cursor=None, after=None, strays=True, suspicion=told)
        return self._filled(stray, self.projector.project(reads.mapping, table_of(reads.columns, rows), blank.read_at))

    def _projected(
        self, index: int, reads: Reads, rows: list[Row] | Fetched, now: datetime, what: str = "page"
    ) -> Projected:
        """The canonical rows; those of the last time when the same rows came again, as they do from a quiet source."""
        if isinstance(rows, Fetched):
            return self.projector.project(reads.mapping, rows.table, now)
        known = self.last.get((index, what))
        if known and known[0] == rows:
            return known[1]
        projected = self.projector.project(reads.mapping, table_of(reads.columns, rows), now)
        self.last[index, what] = (rows, projected)
        return projected

    def _filled(self, batch: Batch, projected: Projected) -> Batch:
        queries, query_s, self.queries, self.query_s = self.queries, self.query_s, 0, 0.0
        return replace(
            batch,
            rows=projected.rows,
            personal=projected.personal,
            rejects=projected.rejects,
            queries=queries,
            query_s=query_s,
        )


def _aware(at: datetime) -> datetime:
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)


def _ahead(reads: Reads, taken: Step, blank: Batch) -> Suspicion | None:
    if taken.ahead is None:
        return None
    minutes = round((taken.ahead - blank.source_now).total_seconds() / 60)
    return Suspicion(
        "clock_ahead", {"mapping": blank.mapping, "column": str(reads.mapping.changed_at), "minutes": minutes}
    )


def _capped(run: Run | None, blank: Batch) -> Suspicion | None:
    if run is None or not run.is_suspicious:
        return None
    return Suspicion("capped_page", {"mapping": blank.mapping, "listed": run.rows})


def _read_any_text(connection: sa.Connection) -> None:
    raw = connection.connection.driver_connection
    if raw is not None and hasattr(raw, "text_factory"):
        raw.text_factory = lambda text: text.decode("utf-8", "replace")
