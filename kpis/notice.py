"""Are planned outages announced in time and carried out as planned?"""

from datetime import timedelta
from typing import Any, Final

import ibis

from kpis.types import Definition, Options, hours, known
from store.facts.schema import NOW

PLANNED: Final = timedelta(days=7)
TEMPORARY: Final = timedelta(hours=24)


def announced(kind: str, ahead: timedelta) -> tuple[Any, Any]:
    """Rows and success of the notice of outages of a kind, due so long before their planned start."""

    def rows(t: ibis.Table, _options: Options) -> Any:
        due = t.planned_start_at - hours(ahead)
        return (t.kind == kind) & t.planned_start_at.notnull() & (known(t.announced_at).notnull() | (due < NOW))

    def success(t: ibis.Table, _options: Options) -> Any:
        return known(t.announced_at) <= t.planned_start_at - hours(ahead)

    return rows, success


def due_plans(t: ibis.Table, _options: Options) -> Any:
    return (t.kind == "planned") & (t.planned_start_at <= NOW)


def carried_out(t: ibis.Table, _options: Options) -> Any:
    return known(t.started_at).notnull()


def started_plans(t: ibis.Table, options: Options) -> Any:
    return due_plans(t, options) & known(t.started_at).notnull()


def started_as_planned(t: ibis.Table, _options: Options) -> Any:
    return t.started_at >= t.planned_start_at


def ended_plans(t: ibis.Table, _options: Options) -> Any:
    over = known(t.restored_at).notnull() | (t.planned_end_at < NOW)
    return (t.kind == "planned") & t.planned_end_at.notnull() & known(t.started_at).notnull() & over


def restored_as_planned(t: ibis.Table, _options: Options) -> Any:
    return known(t.restored_at) <= t.planned_end_at


def _rate(key: str, label: str, formula: str, verdict: tuple[Any, Any], source: str, note: str) -> Definition:
    return Definition(
        key=key,
        label=label,
        formula=formula,
        table="outages",
        rows=verdict[0],
        success=verdict[1],
        at="planned_start_at",
        family="notice",
        target=100.0,
        source=source,
        note=note,
    )


_COUNTED: Final = "An outage counts on the day of its planned start. "
_WITHOUT: Final = "One without a planned start is not judged. "
NOTICE: Final = (
    _rate(
        "planned_notice_rate",
        "Planned outages announced in time",
        "planned outages announced at least 7 days before their planned start / those announced, or due to be",
        announced("planned", PLANNED),
        "Measures for supervision of power supply, 13: 7 days before a planned outage",
        _COUNTED + _WITHOUT + "Exactly 7 days is in time. ",
    ),
    _rate(
        "temporary_notice_rate",
        "Temporary outages announced in time",
        "temporary outages announced at least 24 h before their planned start / those announced, or due to be",
        announced("temporary", TEMPORARY),
        "Measures for supervision of power supply, 13: 24 h before a temporary outage for repair",
        _COUNTED + _WITHOUT + "Exactly 24 h is in time. ",
    ),
    _rate(
        "plan_execution_rate",
        "Plans carried out",
        "planned outages that started / planned outages whose planned start has come",
        (due_plans, carried_out),
        "Plan execution rate of command centres",
        _COUNTED + "One that starts later than planned is carried out once it starts. ",
    ),
    _rate(
        "plan_start_kept_rate",
        "Not cut off before the announced time",
        "planned outages that started at or after the planned start / planned outages that started",
        (started_plans, started_as_planned),
        "Usual check of plan execution: whoever switches off early breaks the notice",
        _COUNTED,
    ),
    _rate(
        "plan_end_kept_rate",
        "Supply back as planned",
        "planned outages restored by their planned end / planned outages restored, or past their planned end",
        (ended_plans, restored_as_planned),
        "Usual check of plan execution: delayed restoration",
        _COUNTED + "One that still runs past its planned end is late at once. ",
    ),
)
