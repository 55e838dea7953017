"""What lies open now, and how much of it is late."""

from typing import Any, Final

import ibis

from kpis.measures import is_exempt
from kpis.orders import CLOCK, ended_at, fault_reports, is_open, is_unarchived, ours_to_restore, own, started
from kpis.types import Definition, Options, known
from store.facts.schema import CLOCK_LINES, NOW, due_column

REPAIR: Final = ("arrival", "restoration")
_OURS: Final = "Once somebody was there, faults that are not the utility's are left out too. "
_NOTE: Final = "A count of this moment, not of a period. Merged children and cancelled orders are left out. "


def is_overdue(t: ibis.Table, clock: str, line: str) -> Any:
    """The clock runs and its limit has passed, without an approved exemption."""
    due = t[due_column(clock, line)]
    running = started(t, CLOCK[clock]) & ended_at(t, CLOCK[clock]).isnull()
    return running & (due < NOW) & ~is_exempt(t, clock)


def open_orders(t: ibis.Table, _options: Options) -> Any:
    return own(t) & is_unarchived(t)


def overdue_orders(t: ibis.Table, options: Options) -> Any:
    promised = [clock for clock, lines in CLOCK_LINES.items() if "promise" in lines and clock not in REPAIR]
    late = [is_overdue(t, clock, "promise").fill_null(False) for clock in promised]
    return own(t) & is_unarchived(t) & ibis.or_(*late, overdue_repairs(t, options).fill_null(False))


def open_repairs(t: ibis.Table, _options: Options) -> Any:
    """Fault reports that have not ended; once somebody is there, those that are ours to restore."""
    return fault_reports(t) & is_open(t) & (known(t.arrived_at).isnull() | ours_to_restore(t))


def overdue_repairs(t: ibis.Table, options: Options) -> Any:
    late = [is_overdue(t, clock, "promise").fill_null(False) for clock in REPAIR]
    return open_repairs(t, options) & ibis.or_(*late)


def _count(key: str, label: str, formula: str, rows: Any, note: str = "") -> Definition:
    return Definition(
        key=key,
        label=label,
        formula=formula,
        table="work_orders",
        rows=rows,
        statistic="count",
        better="lower",
        unit="orders",
        source="Own count; the walls show the same rows",
        note=_NOTE + note,
    )


STANDING: Final = (
    _count("open_orders", "Open orders", "orders that are not archived", open_orders),
    _count(
        "overdue_open_orders",
        "Open orders past a promise",
        "orders that are not archived and have a running promise that has passed",
        overdue_orders,
        "An order late on two promises counts once. ",
    ),
    _count("open_repairs", "Open repairs", "fault reports without restoration", open_repairs, _OURS),
    _count(
        "overdue_open_repairs",
        "Open repairs past a promise",
        "fault reports without restoration whose arrival or restoration is past its promise",
        overdue_repairs,
        _OURS,
    ),
)
