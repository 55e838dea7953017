"""Was it done in the time that was promised, or that we set ourselves? One rate per clock and line."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import ibis

from kpis.orders import (
    CLOCK,
    closed_at,
    ended_at,
    fault_reports,
    is_open,
    is_unarchived,
    ours_to_restore,
    own,
    started,
)
from kpis.types import Definition, Options, known
from store.facts.schema import CLOCK_LINES, NOW, due_column

Flag = Callable[[ibis.Table], Any]
ALL: Final = "all"
LEFT_OUT: Final = "Merged children, cancelled orders and those with an approved exemption are left out. "
OPEN_LATE: Final = (
    "An order that is open and within its limit does not count yet; past it, it counts as late at once. Exactly at the "
    "limit is on time. Pauses stop the clock as the limit says. "
)
UNKNOWN: Final = "An order that is over without this stage's time is not judged; completeness counts it. "


@dataclass(frozen=True)
class OnTime:
    """One clock on one line. `eligible`: whose orders; `is_open`: the stage may still come."""

    clock: str
    line: str
    label: str
    formula: str
    source: str
    eligible: Flag = own
    is_open: Flag = is_unarchived
    target: float | None = None
    note: str = OPEN_LATE + LEFT_OUT + UNKNOWN
    window_days: int | None = 30
    judged: Callable[[ibis.Table, Any], Any] | None = None  # which orders are, given their due time

    @property
    def key(self) -> str:
        line = "" if self.line == CLOCK_LINES[self.clock][0] else f"_{self.line}"
        return f"{self.clock}{line}_on_time_rate"

    def rows(self, t: ibis.Table, _options: Options) -> Any:
        clock, due = CLOCK[self.clock], t[due_column(self.clock, self.line)]
        if self.judged is not None:
            return due.notnull() & self.eligible(t) & self.judged(t, due)
        end = ended_at(t, clock)
        judged = end.notnull() | (self.is_open(t) & (due < NOW))
        return due.notnull() & self.eligible(t) & started(t, clock) & judged

    def success(self, t: ibis.Table, _options: Options) -> Any:
        return ended_at(t, CLOCK[self.clock]) <= t[due_column(self.clock, self.line)]

    def definition(self) -> Definition:
        return Definition(
            key=self.key,
            label=self.label,
            formula=self.formula,
            table="work_orders",
            rows=self.rows,
            success=self.success,
            clock=self.clock,
            target=self.target,
            source=self.source,
            note=self.note,
            window_days=self.window_days,
            version=2,
        )


def arrival_judged(t: ibis.Table, due: Any) -> Any:
    """Somebody came, or the limit passed before the order was closed (now, while it is open)."""
    until = ibis.coalesce(closed_at(t), ibis.ifelse(is_open(t), NOW, ibis.null(NOW.type())))
    return known(t.arrived_at).notnull() | (until > due)


def restorable(t: ibis.Table) -> Any:
    return fault_reports(t) & ours_to_restore(t)


_ARRIVAL_NOTE: Final = (
    OPEN_LATE
    + LEFT_OUT
    + "An order settled without a visit before its limit had no visit due and is left out; settled later, it is late."
)
_RESTORATION_NOTE: Final = (
    "The clock starts on arrival. "
    + OPEN_LATE
    + "The time of archiving stands in where that of restoration is missing. "
    + LEFT_OUT
    + "Faults in the customer's own installation and faults not of electricity are left out too."
)
_BY_LIMIT: Final = "The limits of this site, in its own file or the shipped one, each with its source"
_INTERNAL: Final = "Internal limits of command centres; they differ by province and are to be confirmed by the site"

_ALL: Final = (
    OnTime(
        "dispatch",
        "internal",
        "Dispatch on time",
        "orders dispatched within the limit / orders whose dispatch is known or overdue",
        _INTERNAL,
        is_open=is_open,
        window_days=1,
    ),
    OnTime(
        "receive",
        "internal",
        "Orders taken on time",
        "orders taken by the crew within the limit / orders taken, or overdue since dispatch",
        _INTERNAL,
        is_open=is_open,
        window_days=1,
        note=OPEN_LATE + LEFT_OUT + "A transfer or a return starts the clock anew. " + UNKNOWN,
    ),
    OnTime(
        "arrival",
        "promise",
        "Arrival on time",
        "fault reports with arrival within the limit / fault reports whose arrival is known or overdue",
        "State Grid Ten Commitments (2022), 3: on site within 45 / 90 / 120 min (urban / rural / remote)",
        fault_reports,
        target=98.0,
        note=_ARRIVAL_NOTE,
        window_days=1,
        judged=arrival_judged,
    ),
    OnTime(
        "arrival",
        "internal",
        "Arrival within the internal limit",
        "fault reports with arrival within the internal limit / fault reports whose arrival is known or overdue by it",
        _INTERNAL,
        fault_reports,
        note=_ARRIVAL_NOTE,
        judged=arrival_judged,
        window_days=None,
    ),
    OnTime(
        "arrival",
        "regulatory",
        "Arrival within the regulation",
        "fault reports with arrival within the regulation's limit / those whose arrival is known or overdue by it",
        "Measures for supervision of power supply (2009): on site within 60 / 120 / 240 min",
        fault_reports,
        note=_ARRIVAL_NOTE,
        judged=arrival_judged,
        window_days=None,
    ),
    OnTime(
        "restoration",
        "promise",
        "Restoration on time",
        "fault reports restored within the limit after arrival / fault reports restored, or overdue since arrival",
        "State Grid Ten Commitments (2022), 3: supply back within 180 / 240 min of arrival (urban / rural)",
        restorable,
        is_open,
        target=97.0,
        note=_RESTORATION_NOTE,
        window_days=1,
    ),
    OnTime(
        "restoration",
        "internal",
        "Restoration within the internal limit",
        "fault reports restored within the internal limit after arrival / fault reports restored, or overdue by it",
        _INTERNAL,
        restorable,
        is_open,
        note=_RESTORATION_NOTE,
        window_days=None,
    ),
    OnTime(
        "contact",
        "promise",
        "First contact on time",
        "complaints and reports contacted within the limit / those contacted, or overdue",
        "State Grid Ten Commitments (2022), 10: contact within 24 h",
        target=100.0,
    ),
    OnTime(
        "answer",
        "promise",
        "Answer on time",
        "orders answered within the limit / orders answered, or overdue",
        "State Grid Ten Commitments (2022), 7 and 10: complaints within 5 working days, others by their kind",
        target=100.0,
    ),
    OnTime(
        "answer",
        "internal",
        "Answer within the internal limit",
        "orders answered within the internal limit / orders answered, or overdue by it",
        _INTERNAL,
        window_days=None,
    ),
    OnTime(
        "answer",
        "regulatory",
        "Answer within the regulation",
        "complaints answered within the regulation's limit / complaints answered, or overdue by it",
        "Measures for supervision of power supply (2009): answer within 10 working days",
        window_days=None,
    ),
    OnTime(
        "reply",
        "internal",
        "Reply on time",
        "orders replied within the limit after restoration / orders replied, or overdue since restoration",
        _INTERNAL,
        window_days=1,
    ),
    OnTime(
        "revisit",
        "internal",
        "Revisit on time",
        "orders revisited within the limit after the reply / orders revisited, or overdue since the reply",
        _INTERNAL,
    ),
    OnTime(
        "scheme",
        "promise",
        "Supply scheme on time",
        "connections whose supply scheme was answered within the limit / those answered, or overdue",
        _BY_LIMIT,
        window_days=None,
    ),
    OnTime(
        "install",
        "promise",
        "Meter and power on time",
        "connections switched on within the limit after inspection / those switched on, or overdue since inspection",
        _BY_LIMIT,
        window_days=None,
    ),
    OnTime(
        "connection",
        "promise",
        "Connection on time",
        "connections finished within the limit, all stages on the utility's side / those finished, or overdue",
        "State Grid Ten Commitments (2022), 6: 5 / 6 / 22 / 32 working days by customer and supply",
        window_days=None,
    ),
)
ON_TIME: Final = tuple(one.definition() for one in _ALL)
_BY_KEY: Final = {d.key: d for d in ON_TIME}
ARRIVAL_ON_TIME: Final = _BY_KEY["arrival_on_time_rate"]
RESTORATION_ON_TIME: Final = _BY_KEY["restoration_on_time_rate"]
PROMISED: Final = tuple(d for d, one in zip(ON_TIME, _ALL, strict=True) if one.line == "promise")
