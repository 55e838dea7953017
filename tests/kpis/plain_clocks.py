"""The clocks of one order once more, plain and slow, from the words of docs/clocks.md alone. Numbers name its rules."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

from kpis.limits import Limit
from tests.kpis.plain_days import Days

Order = Mapping[str, Any]
Event = tuple[str, datetime, str | None]  # kind, at, reason
Span = tuple[datetime, datetime]

FOREVER: Final = datetime.max.replace(tzinfo=UTC)
# The table of docs/clocks.md: clock -> stage that starts it, stages of which the first that is known ends it.
STAGES: Final = {
    "dispatch": ("accepted_at", ("dispatched_at",)),
    "receive": ("dispatched_at", ("received_at",)),
    "arrival": ("accepted_at", ("arrived_at",)),
    "restoration": ("arrived_at", ("restored_at", "archived_at")),
    "contact": ("accepted_at", ("contacted_at",)),
    "answer": ("accepted_at", ("replied_at",)),
    "reply": ("restored_at", ("replied_at",)),
    "revisit": ("replied_at", ("revisited_at",)),
    "scheme": ("accepted_at", ("scheme_at",)),
    "install": ("inspected_at", ("connected_at",)),
    "connection": ("accepted_at", ("connected_at",)),
}
SOLVED: Final = ("restoration", "answer", "reply")


@dataclass(frozen=True)
class Course:
    """One clock of one order. `closed`: from solved to reopened."""

    start: datetime
    end: datetime | None
    events: tuple[Event, ...]
    closed: tuple[Span, ...]

    @property
    def minutes(self) -> float | None:
        """How long it took without what it stood; None while it runs, and for an end before the start (rule 5)."""
        if self.end is None or self.end < self.start:
            return None
        ran = sum((e - b for b, e in _running((self.start, self.end), self.stands(None))), timedelta())
        return ran / timedelta(minutes=1)

    def stands(self, reasons: frozenset[str] | None) -> list[Span]:
        """Where it stands when `reasons` stop it, in order and without overlap (rules 6, 8 and 9)."""
        told = [(k, at) for k, at, reason in self.events if k == "resumed" or _stops(k, reason, reasons)]
        found = list(self.closed)
        for begin, end in _pairs(told, "suspended", "resumed"):
            found.append((begin, end or self.end or FOREVER))
        return _once(found)


@dataclass(frozen=True)
class Due:
    """`left`: what the limit still allows while the clock stands without a deadline; microseconds or working days."""

    deadline: datetime | None
    is_provisional: bool = False
    left: int | None = None


def accepted(order: Order, merged_since: datetime | None) -> datetime | None:
    """Rule 2."""
    return min((m for m in (order["accepted_at"], merged_since) if m is not None), default=None)


def last_reopening(events: Sequence[Event]) -> datetime | None:
    return max((at for kind, at, _ in events if kind == "reopened"), default=None)


def course(clock: str, order: Order, events: Sequence[Event], merged_since: datetime | None) -> Course | None:
    """One clock of one order; None where it has none. `events`: those that have a moment."""
    if order["status"] == "cancelled" or order["parent_order_no"] is not None:  # rules 4 and 2
        return None
    start_stage, end_stages = STAGES[clock]
    start = accepted(order, merged_since) if start_stage == "accepted_at" else order[start_stage]
    ends = [order[stage] for stage in end_stages if order[stage] is not None]
    closed: tuple[Span, ...] = ()
    reopened = last_reopening(events)
    if clock in SOLVED and reopened is not None:  # rule 7
        closed = tuple(_closed(order, events, reopened))
        ends = [end for end in ends if end > reopened]
        if clock == "reply" and start is not None and start <= reopened:
            start = None
    end = ends[0] if ends else None
    if clock == "receive":  # rule 3
        start = _latest_start(start, events, end)
    if start is None:  # rule 1
        return None
    return Course(start, end, tuple(events), closed)


def _latest_start(dispatched: datetime | None, events: Sequence[Event], end: datetime | None) -> datetime | None:
    starts = [at for kind, at, _ in events if kind in ("transferred", "returned")]
    if dispatched is not None:
        starts.append(dispatched)
    return max((at for at in starts if end is None or at <= end), default=dispatched)


def _pairs(
    events: Sequence[tuple[str, datetime]], begins: str, ends: str
) -> Iterator[tuple[datetime, datetime | None]]:
    """From each `begins` to the next `ends`; None for one that has none. At one moment `ends` comes first (rule 8)."""
    begun: datetime | None = None
    for kind, at in sorted(events, key=lambda e: (e[1], e[0] == begins)):
        if kind == begins and begun is None:
            begun = at
        elif kind == ends and begun is not None:
            yield begun, at
            begun = None
    if begun is not None:
        yield begun, None


def _closed(order: Order, events: Sequence[Event], reopened: datetime) -> Iterator[Span]:
    """Rule 7."""
    told = [(kind, at) for kind, at, _ in events if kind in ("solved", "reopened")]
    if all(kind != "solved" for kind, _ in told):
        stages = [order[stage] for stage in ("restored_at", "replied_at", "archived_at") if order[stage] is not None]
        told += [("solved", at) for at in sorted(stages)[:1] if at <= reopened]
    for solved, again in _pairs(told, "solved", "reopened"):
        if again is not None:
            yield solved, again


def _stops(kind: str, reason: str | None, reasons: frozenset[str] | None) -> bool:
    return kind == "suspended" and (reasons is None or reason in reasons)


def _once(spans: Sequence[Span]) -> list[Span]:
    """In order, without overlap: where they overlap, the clock stands once (rule 8)."""
    found: list[Span] = []
    for begin, end in sorted(s for s in spans if s[0] < s[1]):
        if found and begin <= found[-1][1]:
            found[-1] = found[-1][0], max(found[-1][1], end)
        else:
            found.append((begin, end))
    return found


def _running(span: Span, stands: Sequence[Span]) -> Iterator[Span]:
    """The pieces of `span` in which the clock does not stand."""
    begin, end = span
    for stand_begin, stand_end in stands:
        if stand_end <= begin:
            continue
        if stand_begin >= end:
            break
        if stand_begin > begin:
            yield begin, stand_begin
        begin = stand_end
    if begin < end:
        yield begin, end


def limit_of(order: Order, day: date, limits: Sequence[Limit]) -> Limit | None:
    """The limit of one clock and line that holds for an order accepted on `day` (rule 16)."""
    found: Limit | None = None
    for limit in limits:
        if limit.valid_from > day or any(order[name] not in values for name, values in limit.where):
            continue
        if found is None or (len(limit.where), limit.valid_from) >= (len(found.where), found.valid_from):
            found = limit
    return found


def due(run: Course, limit: Limit, days: Days) -> Due:
    """The deadline of a clock under a limit (rules 10 to 14 and 17)."""
    stands = run.stands(limit.pauses)
    deadline, left = _reached(run.start, limit, stands, days)
    if deadline is not None:
        return Due(deadline, _is_provisional(run.start, deadline, limit, days))
    stays = bool(stands) and stands[-1][1] == FOREVER
    return Due(None, left=left if stays else None)


def _reached(start: datetime, limit: Limit, stands: Sequence[Span], days: Days) -> tuple[datetime | None, int]:
    """The first moment at which what was counted has reached the limit, and what is left when none comes."""
    if limit.kind == "working_days":
        return _reached_by_days(start, limit.amount, stands, days)
    left = timedelta(microseconds=limit.amount)
    spans = iter([(start, FOREVER)]) if limit.kind == "elapsed" else days.openings_from(start)
    counted_to = start
    for begin, end in spans:
        if stands and stands[-1][1] == FOREVER and begin >= stands[-1][0]:
            break
        for a, b in _running((max(begin, counted_to), end), stands):
            if b - a >= left:
                return a + left, 0
            left -= b - a
        counted_to = max(counted_to, end)
    return None, left // timedelta(microseconds=1)


def _reached_by_days(start: datetime, amount: int, stands: Sequence[Span], days: Days) -> tuple[datetime | None, int]:
    left = amount
    day = days.of(start)
    while day < days.last:
        day += timedelta(days=1)
        begin, end = days.bounds(day)
        if stands and stands[-1][1] == FOREVER and begin >= stands[-1][0]:
            break
        if days.is_working(day) and not any(b < end and e > begin for b, e in stands):
            left -= 1
            if left == 0:
                return days.closing(datetime.combine(day, time(23, 59, 59))), 0
    return None, left


def _is_provisional(start: datetime, deadline: datetime, limit: Limit, days: Days) -> bool:
    """Rule 17. Elapsed time asks no table; the day of the start is no day of the counting."""
    if limit.kind == "elapsed":
        return False
    first = days.of(start) + timedelta(days=1 if limit.kind == "working_days" else 0)
    return any(not days.is_official(year) for year in range(first.year, days.of(deadline).year + 1))
