"""The node's side of a source: asks its child, takes the answer, kills and restarts it when it outlives its limit."""

import os
import random
import socket
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from multiprocessing.connection import Connection, Pipe, wait
from pathlib import Path
from typing import TypeAlias

from collectors.batch import Batch, Reply, SourceError
from collectors.child import Hello, Request, received
from collectors.comparing import Comparing, Known
from collectors.decide import Cursor
from collectors.found import Found
from collectors.loading import Load
from collectors.rings import Rings
from settings import Settings
from settings_sources import Source, mapping_id

ROOT = Path(__file__).parent.parent
BACK_OFF_S = (1.0, 60.0)  # first and longest pause after a fault
BACK_OFF_FATAL_S = 15.0  # a fault that does not mend itself: no hurry, yet no restart needed once it is mended
BUSY_SHARE = 0.02  # of the time: what a poll without an index may keep a source busy
MINUTE_S = 60.0
SLACK, MOST_SLACK_S = 0.2, 1.0  # of the pace, and at most: a tick
START_S = 30.0  # what a child may need to start, beside the limit of its first read

CursorOf: TypeAlias = Callable[[str, str], tuple[str | None, str | None] | None]


@dataclass
class Collector:
    """One source. `clock` is the site's clock; `mono_now` arguments are a monotonic clock in seconds."""

    name: str
    source: Source
    site_key: bytes
    clock: Callable[[], datetime]
    jitter: Callable[[], float] = random.random
    skipped: int = 0  # times a read was due while the last one still ran
    killed: int = 0
    deaf: str | None = None  # why its bell is not heard; empty while it is, None without a bell
    failures: int = 0  # in a row
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)
    pipe: Connection | None = field(default=None, repr=False)
    _is_new: bool = False  # its process was started and has answered nothing yet
    _number: int = 0
    _asked_at: float | None = None
    _asked: frozenset[int] = frozenset()
    _limit_s: float = 0.0
    _unfinished: set[str] = field(default_factory=set)  # mappings with more pages: a catch-up is not held back
    _first: set[str] = field(default_factory=set)  # mappings in their first load
    _due: dict[int, float] = field(default_factory=dict)
    _not_before: float = 0.0
    _failures_of: dict[int, int] = field(default_factory=dict)  # in a row, of mappings that fail alone

    found: dict[int, Found] = field(default_factory=dict)  # what was found at the first read of each mapping
    loads: dict[str, Load] = field(default_factory=dict)  # by mapping: first loads and catch-ups that are going on
    delayed: int = 0  # polls that waited because the query time of a minute was spent
    _spent: deque[tuple[float, float]] = field(default_factory=deque)  # when, and seconds of query time
    _took_s: dict[int, float] = field(default_factory=dict)  # of the last poll

    def __post_init__(self) -> None:
        self.comparing = Comparing(self.name, self.source)
        self.rings = Rings()
        self.ear: Connection | None = None  # where the child's rings come in; one pipe for all children
        self._bell: Connection | None = None  # what each of them gets of it
        if self.source.bell is not None:
            self.ear, self._bell = Pipe(duplex=False)
            os.set_blocking(self._bell.fileno(), False)  # a child must not wait for a node that does not listen

    @property
    def is_busy(self) -> bool:
        return self._asked_at is not None

    @property
    def is_rung(self) -> bool:
        """Whether its bell rang since it was asked last."""
        return self.rings.due_at() is not None or (self.ear is not None and self.ear.poll())

    def due(self, mono_now: float) -> list[int]:
        """Mappings to read now, by their place in the settings. While a read runs the next is skipped and counted.

        A ring that comes while the source may not be asked is let go: its pace brings the change.
        """
        if rung := self.rings.is_due(mono_now) and not self.is_busy:
            self.rings.asked(mono_now)
        if mono_now < self._not_before:
            return []
        places = range(len(self.source.tables))
        due = [i for i in places if self._is_due(i, mono_now) or (rung and self._is_read_by_ring(i))]
        if due and not self._unfinished and self.spent_s(mono_now) >= self.source.budget_s:
            self.delayed += 1
            self._put_off(due, mono_now)
            return []
        if due and self.is_busy:
            self.skipped += 1
            self._put_off(due, mono_now)
            return []
        return due

    def _put_off(self, due: Collection[int], mono_now: float) -> None:
        """By the pace of the source: an extract must not lose a quarter of an hour to a read of a second."""
        for i in due:
            self._due[i] = mono_now + min(self._pace_s(i), self.source.poll_s)

    def spent_s(self, mono_now: float) -> float:
        """Query time of the last minute, in seconds."""
        while self._spent and self._spent[0][0] <= mono_now - MINUTE_S:
            self._spent.popleft()
        return sum(query_s for _, query_s in self._spent)

    def _is_due(self, index: int, mono_now: float) -> bool:
        """A tick comes a little early or late: without the slack every other one would find nothing due."""
        return mono_now >= self._due.get(index, mono_now) - min(SLACK * self._pace_s(index), MOST_SLACK_S)

    def _is_read_by_ring(self, index: int) -> bool:
        """Not what is read whole each time, nor what has a slower pace, nor what failed."""
        is_slow = self._pace_s(index) > self.source.poll_s or self.source.tables[index].every_s is not None
        return self.source.tables[index].changed_at is not None and not is_slow and index not in self._failures_of

    def cursors(self, due: Collection[int], cursor_of: CursorOf) -> dict[int, Cursor | None]:
        """The stored watermarks of the mappings in `due`."""
        found = {i: cursor_of(self.name, self._id(i)) for i in due}
        return {i: None if at is None else Cursor(*at) for i, at in found.items()}

    def ask(self, cursors: Mapping[int, Cursor | None], mono_now: float) -> None:
        """Starts a read of the mappings in `cursors`. Nothing happens while one runs."""
        if self.is_busy or not cursors:
            return
        self._limit_s = self.source.limit_s
        self.rings.asked(mono_now)
        try:
            if self.process is None or self.process.poll() is not None:
                self.start()
            if self._is_new:
                self._limit_s += START_S
            self._number += 1
            if self.pipe is not None:
                self.pipe.send(Request(self._number, dict(cursors), self.clock(), self.comparing.asked(cursors)))
        except OSError:
            self.stop()  # it died between two reads; take() tells
        self._asked_at, self._asked = mono_now, frozenset(cursors)
        for i in cursors:
            self._due[i] = mono_now + self._pace_s(i)

    def take(self, mono_now: float) -> Reply | None:
        """The answer when there is one, else None. A child that outlived its limit is killed; that is the answer."""
        if self._asked_at is None:
            return None
        if self.pipe is None:
            return self._failed(SourceError(f"source `{self.name}`: its reader ended; it is started again"), mono_now)
        try:
            if self.pipe.poll():
                number, reply = received(self.pipe)
                self._is_new = False
                return self._answered(reply, mono_now) if number == self._number else None
        except (EOFError, OSError):
            self.stop()
            return self._failed(SourceError(f"source `{self.name}`: its reader ended; it is started again"), mono_now)
        if mono_now - self._asked_at <= self._limit_s:
            return None
        self.stop()
        self.killed += 1
        told = (
            f"source `{self.name}`: no answer in {self.source.limit_s:g} s; its reader was stopped and is started again"
        )
        return self._failed(SourceError(told), mono_now)

    def stop(self) -> None:
        """Ends the child at once. It only reads, so nothing is lost."""
        if self.pipe is not None:
            self.pipe.close()
            self.pipe = None
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def start(self) -> None:
        """Starts the child before it is asked anything."""
        self.stop()
        self._is_new = True
        ours, theirs = socket.socketpair()
        with theirs:
            environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])}
            given = [end.fileno() for end in (theirs, self._bell) if end is not None]
            command = [sys.executable, "-m", "collectors.child", *(str(fd) for fd in given)]
            self.process = subprocess.Popen(command, pass_fds=given, env=environment, start_new_session=True)
        self.pipe = Connection(ours.detach())
        self.pipe.send(Hello(self.name, self.source, self.site_key))

    def _id(self, index: int) -> str:
        return mapping_id(self.source.tables[index], self.source.tables)

    def _pace_s(self, index: int) -> float:
        """As it is set; slower where each poll reads the whole table for want of an index and keeps the source busy."""
        pace = self.source.tables[index].every_s or self.source.poll_s
        found = self.found.get(index)
        return max(pace, self._took_s.get(index, 0.0) / BUSY_SHARE) if found and found.reads_all else pace

    def _note(self, reply: Reply, mono_now: float) -> None:
        self.found |= reply.found
        self.deaf = reply.deaf
        self._spent.append((mono_now, sum(batch.query_s for batch in reply.batches if not self._is_first(batch))))
        self._unfinished = {batch.mapping for batch in reply.batches if batch.more}
        polls = [batch for batch in reply.batches if not batch.looked and not batch.strays]
        for batch in polls:
            if batch.cursor is None or batch.cursor.key is None:
                self.loads.pop(batch.mapping, None)
            else:
                load = self.loads.setdefault(batch.mapping, Load(self._asked_at or mono_now, mono_now))
                load.page(batch.rows.num_rows, batch.left, mono_now)
        self._took_s |= {i: batch.query_s for batch in polls for i in self._asked if self._id(i) == batch.mapping}

    def _is_first(self, batch: Batch) -> bool:
        """Whether it is a page of a first load: polls are not to wait for what that took. Pages that follow on a poll
        count, for what a poll looks back over may fill several at each poll."""
        if batch.is_page and batch.after is None:
            self._first.add(batch.mapping)
        is_first = batch.is_page and batch.mapping in self._first
        if batch.is_page and (batch.cursor is None or batch.cursor.key is None):
            self._first.discard(batch.mapping)
        return is_first

    def _answered(self, reply: Reply, mono_now: float) -> Reply:
        error, failed = reply.error, reply.failed
        self._note(reply, mono_now)
        if error is not None and (not failed or len(failed) == len(self.source.tables)):
            return self._failed(error, mono_now, reply)
        self._asked_at, self.failures = None, 0
        self.comparing.answered(reply)
        self._failures_of = {i: n for i, n in self._failures_of.items() if i not in self._asked or i in failed}
        for i in self._asked:
            if error is not None and i in failed:
                self._failures_of[i] = self._failures_of.get(i, 0) + 1
                self._due[i] = mono_now + max(self._pace_s(i), self._pause_s(self._failures_of[i], error))
            elif self._id(i) in self._unfinished:
                self._due[i] = mono_now  # a full page: the rest at once
        return reply

    def _failed(self, error: SourceError, mono_now: float, reply: Reply | None = None) -> Reply:
        self._asked_at = None
        self.comparing.give_up()
        self.failures += 1
        self._not_before = mono_now + self._pause_s(self.failures, error)
        self._due.clear()
        return reply or Reply([], error)

    def _pause_s(self, failures: int, error: SourceError) -> float:
        first, longest = BACK_OFF_S
        pause = min(longest, first * 2 ** min(failures - 1, 10))
        return max(pause, BACK_OFF_FATAL_S if error.fatal else 0.0) * (0.5 + self.jitter() / 2)


def readers(settings: Settings, clock: Callable[[], datetime]) -> dict[str, Collector]:
    """One for each source of `settings`."""
    key = settings.site.key.get_secret_value().encode()
    return {name: Collector(name, source, key, clock) for name, source in settings.sources.items()}


def ask_due(
    collectors: Mapping[str, Collector],
    cursor_of: CursorOf,
    mono_now: Callable[[], float],
    known: Known | None = None,
) -> None:
    """Asks every source that is due. `cursor_of(source, mapping)` is the stored watermark, e.g. `Facts.cursor`.

    `known`: the facts, to compare with them what polls can not find; None: only polls.
    """
    for collector in collectors.values():
        if due := collector.due(mono_now()):
            if known is not None:
                collector.comparing.prepare(due, known, mono_now())
            collector.ask(collector.cursors(due, cursor_of), mono_now())


def collect(
    collectors: Mapping[str, Collector],
    cursor_of: CursorOf,
    mono_now: Callable[[], float],
    patience_s: float,
    known: Known | None = None,
) -> tuple[list[Batch], dict[str, SourceError]]:
    """Asks every source that is due and gives what arrives within `patience_s`; the rest comes with a later call.

    Merge the batches in their order; those that were `looked` for go to the collector's `comparing` as well.
    """
    ask_due(collectors, cursor_of, mono_now, known)
    return arrived(collectors, mono_now, patience_s)


def arrived(
    collectors: Mapping[str, Collector], mono_now: Callable[[], float], patience_s: float = 0.0
) -> tuple[list[Batch], dict[str, SourceError]]:
    """What of the sources that were asked arrives within `patience_s`."""
    batches: list[Batch] = []
    errors: dict[str, SourceError] = {}
    until = mono_now() + patience_s
    while busy := [c for c in collectors.values() if c.is_busy]:
        wait([c.pipe for c in busy if c.pipe is not None], timeout=max(0.0, until - mono_now()))
        for collector in busy:
            reply = collector.take(mono_now())
            if reply is not None:
                batches += reply.batches
                if reply.error is not None:
                    errors[collector.name] = reply.error
        if mono_now() >= until:
            break
    return batches, errors
