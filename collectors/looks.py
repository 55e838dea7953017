"""When and what to compare with a source beside the polls. Pure: no clock, no database.

A poll finds what was stamped lately. What it can not find (commits that come late, silent edits, deletions) is found
by comparing: rows are counted and their checksums added up by span, in the source and in the facts. Of unequal spans
the rows are read; rows that the facts have and the span has not are sought by key; those not found are gone.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

RECENT: Final = "recent"  # changed in the last day, open or not
OPEN: Final = "open"  # open rows that were changed earlier
NIGHTLY: Final = "nightly"  # changed in the last days
LEFT: Final = "left"  # rows that are no longer among the open ones
SPANS: Final = 64  # into which the rows of a look are divided
SPANS_READ: Final = 8  # at most at once, so that polls go on
LOOK_SHARE: Final = 0.05  # of the time that looks of one kind may keep a source busy, else they come less often
BEGINNING: Final = -(2**62)  # of a span without a lower bound
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Span(NamedTuple):
    """Rows changed from `low` to before `high`, in microseconds since 1970; by an increasing key, those keys."""

    low: int
    high: int


class Tally(NamedTuple):
    """Rows of a span, and the sum of their checksums; None where the source can not compute one."""

    low: int
    high: int
    many: int
    total: int | None


@dataclass(frozen=True)
class Look:
    """What the child is to do for one mapping after its poll: one of the three."""

    kind: str
    borders: tuple[int, ...] | None = None  # tally the rows of the kind, divided here
    read: tuple[Span, ...] = ()
    find: tuple[str, ...] = ()
    of: int = 0  # with `find`: rows that the facts have in all spans of the look


@dataclass(frozen=True)
class Looked:
    """What a batch answers to a look. One of the three."""

    kind: str
    tallies: tuple[Tally, ...] | None = None  # the batch has no rows
    span: Span | None = None  # the batch has all its rows
    sought: tuple[str, ...] | None = None  # keys; those that the batch has not are gone
    of: int = 0
    by_key: bool = False  # spans are of an increasing key, not of times

    @property
    def is_open(self) -> bool:
        """Whether only open rows were looked at."""
        return self.kind == OPEN

    @property
    def is_left(self) -> bool:
        """Whether rows were looked for because they are no longer among the open ones."""
        return self.kind == LEFT


@dataclass
class Looking:
    """Where one mapping stands: the look that is going on, and when each kind was last done.

    `mono_now`: a monotonic clock in seconds. `source_now`: the source's.
    """

    every_s: dict[str, float]  # pace of each kind
    nightly: tuple[str, ZoneInfo] | None = None  # time of day of NIGHTLY
    begun_at: dict[str, float] = field(default_factory=dict)
    again: set[str] = field(default_factory=set)  # kinds that a fault ended: due at once, but not before the others
    night: datetime | None = None  # the last one that was done
    cost_s: dict[str, float] = field(default_factory=dict)  # query time of the last look of each kind
    kind: str | None = None
    read: list[Span] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    of: int = 0

    def due(self, mono_now: float, source_now: datetime | None) -> str | None:
        """The kind of look to begin now, if any: of those that are due the one that was begun longest ago.

        Where looks take longer than the pace of the quickest kind, or polls come less often, no other starves.
        """
        if self.kind is not None:
            return None
        due = [NIGHTLY] if source_now is not None and self._is_night(source_now) else []
        for kind in self.every_s:
            pace = max(self.every_s[kind], self.cost_s.get(kind, 0.0) / LOOK_SHARE)
            if kind in self.again or mono_now >= self.begun_at.get(kind, float("-inf")) + pace:
                due.append(kind)
        return min(due, key=lambda kind: self.begun_at.get(kind, float("-inf")), default=None)

    def _is_night(self, source_now: datetime) -> bool:
        if self.nightly is None:
            return False
        night = last_night(source_now, *self.nightly)
        if self.night is None:
            self.night = night  # at the start the last one counts as done: RECENT and OPEN come first anyway
        return night > self.night

    def begin(self, kind: str, mono_now: float, source_now: datetime | None) -> None:
        self.kind, self.begun_at[kind], self.cost_s[kind] = kind, mono_now, 0.0
        self.again.discard(kind)
        if kind == NIGHTLY and source_now is not None and self.nightly is not None:
            self.night = last_night(source_now, *self.nightly)
        self.read, self.missing, self.of = [], [], 0

    def next(self) -> Look | None:
        """What the look that is going on wants next; None when it is at its end, or waits for its tallies."""
        if self.kind is None:
            return None
        if self.read:
            return Look(self.kind, read=tuple(self.read[:SPANS_READ]))
        return Look(self.kind, find=tuple(self.missing), of=self.of) if self.missing else None

    def tallied(self, unequal: Sequence[Span], of: int) -> None:
        """The spans that differ, and the rows that the facts have in all of them."""
        self.read, self.of = joined(unequal), of
        self._end()

    def was_read(self, span: Span, missing: Sequence[str]) -> None:
        """`span`: what of the first wanted span was read; the rest of a long one comes next."""
        wanted = self.read.pop(0) if self.read else span
        if span.high < wanted.high:
            self.read.insert(0, Span(span.high, wanted.high))
        self.missing += missing
        self._end()

    def sought(self) -> None:
        self.missing = []
        self._end()

    def left(self, missing: Sequence[str], of: int) -> None:
        """Keys that are no longer among the `of` open rows of the facts: sought next, unless a look goes on."""
        if self.kind is None and missing:
            self.kind, self.read, self.missing, self.of = LEFT, [], list(missing), of

    def spent(self, kind: str, query_s: float) -> None:
        self.cost_s[kind] = self.cost_s.get(kind, 0.0) + query_s

    def give_up(self) -> None:
        """After a fault: the look is begun anew at once."""
        if self.kind is not None:
            self.again.add(self.kind)
            if self.kind == NIGHTLY and self.night is not None:
                self.night -= timedelta(days=1)
        self.kind, self.read, self.missing = None, [], []

    def _end(self) -> None:
        if not self.read and not self.missing:
            self.kind = None


def joined(spans: Sequence[Span]) -> list[Span]:
    """Neighbours are read together, no more than eight of them."""
    made: list[Span] = []
    run = 0
    for span in spans:
        if made and made[-1].high == span.low and run < SPANS_READ:
            made[-1], run = Span(made[-1].low, span.high), run + 1
        else:
            made.append(span)
            run = 1
    return made


def spans_of(borders: Sequence[int], low: int, high: int) -> tuple[Span, ...]:
    """[low, high) divided at `borders`, which may be in any order and lie outside."""
    inside = sorted({border for border in borders if low < border < high})
    edges = [low, *inside, high]
    return tuple(Span(a, b) for a, b in pairwise(edges) if a < b)


def extent(kind: str, source_now: datetime, overlap: timedelta, back: timedelta, days: timedelta) -> Span:
    """Where the rows lie that a look of `kind` compares. What the polls read again anyway is left to them."""
    end = micros(source_now - overlap)
    if kind == RECENT:
        return Span(micros(source_now - back), end)
    if kind == OPEN:
        return Span(BEGINNING, micros(source_now - back))
    return Span(micros(source_now - days), micros(source_now - back))


def extent_of_keys(kind: str, newest: int, back: int) -> Span:
    """The same by an increasing key, whose greatest is `newest`. Keys do not grow old as times do: a row that was
    deleted among the last is found by no poll, so none is left out."""
    if kind == RECENT:
        return Span(newest - back, newest + 1)
    return Span(BEGINNING, newest - back)


def micros(at: datetime) -> int:
    return (at - EPOCH) // timedelta(microseconds=1)


def moment(micros: int) -> datetime:
    return EPOCH + timedelta(microseconds=micros)


def last_night(now: datetime, at: str, zone: ZoneInfo) -> datetime:
    """The last moment up to `now`, in UTC, at which it was `at` o'clock in `zone`."""
    hour, minute = (int(part) for part in at.split(":"))
    local = now.astimezone(zone)
    tonight = local.replace(hour=hour, minute=minute, second=0, microsecond=0)
    return (tonight if tonight <= local else tonight - timedelta(days=1)).astimezone(UTC)
