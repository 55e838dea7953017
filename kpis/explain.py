"""Why each clock of an order stands as it does: its limits, its deadlines and its time line by line. Pure.

What starts, stops and limits a clock is asked of kpis.order_clocks, as at the merge; the time between is cut anew by
kpis.explain_lines. The facts are taken as they are known: what lies after `now` is marked as ahead, not left out.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal

import numpy as np
import pandas as pd

from kpis.calendar import NEVER, Calendar, Ints
from kpis.clocks import OPEN, Due, Stops
from kpis.derive import Beside, Rules, events_of, merged_since
from kpis.explain_lines import Line, Span, Stop, lines
from kpis.limits import Limit, of_clock
from kpis.order_clocks import CANCELLED, CLOCKS, Clock, Orders

# settled: the order ended without this stage, in time. unknown: it was closed without saying when. stands: a pause is
# open. beyond: the calendar never counts so much.
Verdict = Literal["on_time", "late", "overdue", "running", "stands", "not_started", "settled", "unknown", "beyond"]
ZERO: Final = datetime.fromtimestamp(0, UTC)
RUNS: Final = ("overdue", "running", "stands", "beyond")
Reasons = frozenset[str] | None
# Clocks of repair work, which the return of supply settles; archiving settles them all.
_SETTLED_BY_SUPPLY: Final = ("dispatch", "receive", "arrival", "restoration")


@dataclass(frozen=True)
class Ledger:
    """One limit of a clock and its time line by line. `due_at`: None where it can not be known. `left`: at `now`,
    or at the end; microseconds or working days, as the limit. `years`: what of the calendar it was counted by."""

    line: str
    limit: Limit
    due_at: datetime | None
    verdict: Verdict
    left: int
    over: timedelta | None
    lines: tuple[Line, ...]
    years: tuple[int, ...] = ()
    is_provisional: bool = False


@dataclass(frozen=True)
class Account:
    """One clock. `start_by`: the stage that started it, or merged, transferred, returned. `stop_at`: when it ended, or
    the order did without it; None while it runs. `is_spoilt`: it ended before it started, so it has no length."""

    clock: str
    start_at: datetime | None
    start_by: str
    end_at: datetime | None
    end_by: str
    stop_at: datetime | None
    is_spoilt: bool
    ledgers: tuple[Ledger, ...]


@dataclass(frozen=True)
class Explained:
    """The clocks of one order that a limit fits. `why_none`: why it has none. `without`: clocks that no limit fits."""

    why_none: Literal["merged", "cancelled"] | None
    accounts: tuple[Account, ...]
    without: tuple[str, ...]
    calendar: Calendar


def explained(rows: pd.DataFrame, beside: Beside, rules: Rules, now: datetime) -> Iterator[Explained]:
    """For each of `rows`, as the facts hold them, its clocks at `now`. One row is the usual case."""
    orders = Orders(rows, merged_since(beside, len(rows)), events_of(beside), rules.calendar)
    micros = (now - ZERO) // timedelta(microseconds=1)
    traces = [_Trace.of(orders, clock, rules.limits) for clock in CLOCKS]
    records = rows.astype(object).where(rows.notna(), None).to_dict("records")
    for i, record in enumerate(records):
        row: Mapping[Any, Any] = record
        if row["parent_order_no"] is not None or row["status"] == CANCELLED:
            yield Explained("cancelled" if row["parent_order_no"] is None else "merged", (), (), rules.calendar)
            continue
        found = [(t, t.limits_of(i)) for t in traces]
        accounts = tuple(_Order(row, i, orders, micros).account(t, fits) for t, fits in found if fits)
        yield Explained(None, accounts, tuple(t.clock.key for t, fits in found if not fits), rules.calendar)


@dataclass(frozen=True)
class _Trace:
    """One clock of all rows, as the merge computes it."""

    clock: Clock
    start: Ints
    end: Ints
    lines: Mapping[str, tuple[tuple[Limit, ...], Ints, Due]]  # limits, which of them holds, the deadline
    pauses: Mapping[Reasons, Stops]  # by the reasons that a limit accepts; None: every reason
    solved: Stops

    @classmethod
    def of(cls, orders: Orders, clock: Clock, limits: Sequence[Limit]) -> "_Trace":
        start, end = orders.start(clock), orders.end(clock)
        own = {line: of_clock(limits, clock.key, line) for line in clock.lines}
        return cls(
            clock,
            start,
            end,
            {k: (mine, orders.chosen(mine), orders.due(clock, (start, end), mine)) for k, mine in own.items()},
            {k: orders.pauses(k).until(end) for k in {None, *(x.pauses for mine in own.values() for x in mine)}},
            orders.solved.until(end) if clock.reopens else Stops.none(),
        )

    def limits_of(self, i: int) -> dict[str, Limit]:
        """The limit of each line that fits the row, the main line first."""
        return {k: mine[chosen[i]] for k, (mine, chosen, _) in self.lines.items() if chosen[i] >= 0}


@dataclass(frozen=True)
class _Order:
    """The row at position `i` of `orders`, as values."""

    row: Mapping[Any, Any]
    i: int
    orders: Orders
    as_of: int

    def account(self, trace: _Trace, fits: Mapping[str, Limit]) -> Account:
        clock, start, end = trace.clock, int(trace.start[self.i]), self._come(int(trace.end[self.i]))
        stop = end if end != NEVER else self._settled(clock)
        return Account(
            clock.key,
            moment(start),
            self._started_by(clock, start),
            moment(end),
            self._stage(clock.end, end),
            moment(stop),
            NEVER not in (start, stop) and stop < start,
            tuple(self._ledger(trace, line, limit, (start, end, stop)) for line, limit in fits.items()),
        )

    def _ledger(self, trace: _Trace, line: str, limit: Limit, times: tuple[int, int, int]) -> Ledger:
        start, _, stop = times
        answer = trace.lines[line][2]
        due, stands = int(answer.at[self.i]), bool(answer.stands[self.i])
        verdict = self._verdict(times, due, stands=stands)
        is_forecast = stop == NEVER and verdict in ("running", "not_started") and due != NEVER
        until = due if is_forecast else stop if stop != NEVER else self.as_of
        if verdict == "unknown" and due != NEVER:
            until = min(until, due)
        span = Span(
            limit.kind,
            limit.amount,
            start,
            until if start != NEVER else start,
            due,
            self.as_of if is_forecast else None,
            self._stops(trace, limit),
        )
        cut = lines(span, self.orders.calendar)
        past = [x for x in cut if not x.is_ahead]
        over = max(until - due, 0) if NEVER not in (due, start) else 0
        return Ledger(
            line,
            limit,
            moment(due),
            verdict,
            past[-1].left if past else limit.amount,
            timedelta(microseconds=over) if over else None,
            cut,
            self._years(limit, start, span.last),
            bool(answer.provisional[self.i]) and due != NEVER,
        )

    def _verdict(self, times: tuple[int, int, int], due: int, *, stands: bool) -> Verdict:
        start, end, stop = times
        if start == NEVER or (start > self.as_of and end == NEVER):
            return "not_started"
        if NEVER not in (stop, due) and stop > due:
            return "late"
        if end != NEVER or stop != NEVER:
            return "on_time" if end != NEVER else "settled"
        if self.row["status"] == "closed" and not self._ends_later():
            return "unknown"
        if due == NEVER:
            return "stands" if stands else "beyond"
        return "overdue" if self.as_of > due else "running"

    def _at(self, stage: str) -> int:
        at = self.row[stage]
        return NEVER if at is None else (at - ZERO) // timedelta(microseconds=1)

    def _come(self, at: int) -> int:
        """A source may write a time ahead: what has not come is not known."""
        return at if at != NEVER and at <= self.as_of else NEVER

    def _settled(self, clock: Clock) -> int:
        """When the order ended without the stage that ends `clock`; a solution that was reopened is no end."""
        stages = ("restored_at", "archived_at") if clock.key in _SETTLED_BY_SUPPLY else ("archived_at",)
        reopened = int(self.orders.reopened[self.i])
        for at in (self._come(self._at(name)) for name in stages):
            if at != NEVER and not (clock.reopens and at <= reopened):
                return at
        return NEVER

    def _ends_later(self) -> bool:
        return any(self._at(name) > self.as_of for name in ("restored_at", "archived_at"))

    def _stage(self, names: Sequence[str], at: int) -> str:
        """The first of `names` that is `at`."""
        return next((n for n in names if at != NEVER and self._at(n) == at), "")

    def _started_by(self, clock: Clock, start: int) -> str:
        if start == NEVER or self._stage((clock.start,), start):
            return clock.start
        if not clock.restarts:
            return "merged"
        row, kind, at = self.orders.events.of("transferred", "returned")
        return str(kind[(row == self.i) & (at == start)][0])

    def _stops(self, trace: _Trace, limit: Limit) -> tuple[Stop, ...]:
        """Pauses that count before solutions, and last the pauses that the limit does not accept."""
        ignored = self._mine(trace.pauses[None]) if limit.pauses is not None else ()
        return (
            *(Stop(b, e, "paused", self._reason(b)) for b, e in self._mine(trace.pauses[limit.pauses])),
            *(Stop(b, e, "solved") for b, e in self._mine(trace.solved)),
            *(Stop(b, e, "counted", self._reason(b)) for b, e in ignored),
        )

    def _mine(self, stops: Stops) -> list[tuple[int, int]]:
        mine = slice(*np.searchsorted(stops.row, [self.i, self.i + 1]))
        return list(zip(stops.begin[mine].tolist(), stops.end[mine].tolist(), strict=True))

    def _reason(self, at: int) -> str:
        """The source's words for the pause that begins then."""
        events = self.orders.events
        mine = (events.row == self.i) & (events.at == at) & (events.kind == "suspended")
        return next((str(r) for r in events.reason[mine] if r is not None and r == r), "")  # noqa: PLR0124 - NaN

    def _years(self, limit: Limit, start: int, last: int) -> tuple[int, ...]:
        if limit.kind == "elapsed" or start == NEVER or last <= start:
            return ()
        first, end = (int(d) for d in self.orders.calendar.day_of(np.array([start, last])))
        years = np.array([first, end]).astype("datetime64[D]").astype("datetime64[Y]").astype(int) + 1970
        return tuple(range(int(years[0]), int(years[1]) + 1))


def moment(at: int) -> datetime | None:
    """Aware UTC; None for a moment that is none."""
    return None if at in (NEVER, OPEN) else ZERO + timedelta(microseconds=at)
