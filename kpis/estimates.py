"""Is the time at which supply comes back told early, and kept?"""

from datetime import timedelta
from typing import Any, Final

import ibis

from kpis.types import Definition, Options, Predicate, Tables, known
from store.facts.schema import NOW

FIRST_WITHIN: Final = timedelta(minutes=15)
_KINDS: Final = ("estimate_set", "estimate_changed")
_OUTAGE: Final = ("source", "outage_no")


def said(reader: Tables) -> ibis.Table:
    """Outages with first_said_at, first_estimate_at, changes, and tells: whether their source tells of estimates.

    Only what was said by now; changes counts estimates that differ from the first of them.
    """
    events = reader.table("outage_events")
    telling = events.filter(events.kind.isin(_KINDS))
    sources = telling.select(telling_source="source").distinct()
    heard = telling.filter(telling.at <= NOW, telling.estimate_at.notnull())
    heard = heard.mutate(
        nth=ibis.row_number().over(group_by=list(_OUTAGE), order_by=[heard.at, heard.kind.desc(), heard.source_key])
    )
    first = heard.filter(heard.nth == 0).select(*_OUTAGE, first_said_at="at", first_estimate_at="estimate_at")
    others = heard.filter(heard.nth > 0).join(first, list(_OUTAGE))
    others = others.filter(others.estimate_at != others.first_estimate_at)
    changed = others.group_by(list(_OUTAGE)).agg(changes=others.count())
    t = reader.table("outages")
    names = t.columns
    t = t.left_join(first, list(_OUTAGE)).select(*names, "first_said_at", "first_estimate_at")
    t = t.left_join(changed, list(_OUTAGE)).select(*names, "first_said_at", "first_estimate_at", "changes")
    t = t.left_join(sources, t.source == sources.telling_source)
    return t.mutate(changes=t.changes.fill_null(0), tells=t.telling_source.notnull()).drop("telling_source")


def faults(t: ibis.Table) -> Any:
    """Interruptions nobody planned."""
    return (t.kind.isnull() | (t.kind == "fault")) & t.started_at.notnull()


def first_due(t: ibis.Table, _options: Options) -> Any:
    """Faults that have an estimate, are over or are older than a first estimate may take."""
    due = t.started_at + ibis.interval(minutes=int(FIRST_WITHIN.total_seconds() // 60))
    return faults(t) & t.tells & (t.first_said_at.notnull() | known(t.restored_at).notnull() | (due < NOW))


def told_early(t: ibis.Table, _options: Options) -> Any:
    return t.first_said_at <= t.started_at + ibis.interval(minutes=int(FIRST_WITHIN.total_seconds() // 60))


def judged_by(estimate: str) -> tuple[Predicate, Predicate]:
    """Rows and success of an estimate: restored by then. One that has passed without supply is broken at once."""

    def rows(t: ibis.Table, _options: Options) -> Any:
        over = known(t.restored_at).notnull() | (t[estimate] < NOW)
        return faults(t) & t[estimate].notnull() & over & ~(t.restored_at < t.started_at).fill_null(False)

    def success(t: ibis.Table, _options: Options) -> Any:
        return known(t.restored_at) <= t[estimate]

    return rows, success


def estimated(t: ibis.Table, _options: Options) -> Any:
    return faults(t) & t.tells & t.first_estimate_at.notnull() & known(t.restored_at).notnull()


def was_changed(t: ibis.Table, _options: Options) -> Any:
    return t.changes > 0


def expired(t: ibis.Table, _options: Options) -> Any:
    """Running now, and past the estimate that stands."""
    return (t.started_at <= NOW) & known(t.restored_at).isnull() & (t.estimate_at < NOW)


def _of(
    key: str, label: str, formula: str, rows: Predicate, success: Predicate | None, note: str, **more: Any
) -> Definition:
    return Definition(
        key=key,
        label=label,
        formula=formula,
        table="outages",
        rows=rows,
        success=success,
        family="estimates",
        source="Practice of utilities: a first estimate within 15 min, kept, not changed often; no public rule sets it",
        note=note,
        **more,
    )


_FAULTS: Final = "Only faults: of planned work the end was announced. "
_TELLS: Final = "Only of sources that tell when an estimate was said. "
ESTIMATES: Final = (
    _of(
        "estimate_in_time_rate",
        "First estimate within 15 min",
        "faults with a first estimate at most 15 min after their start / faults with an estimate, over, or older",
        first_due,
        told_early,
        _FAULTS + _TELLS,
        view=said,
    ),
    _of(
        "estimate_kept_rate",
        "Estimate kept",
        "faults restored by the estimate that stands / faults with an estimate that are over or past it",
        *judged_by("estimate_at"),
        _FAULTS + "One that still lasts past its estimate is broken at once. A change shortly before the end helps. ",
    ),
    _of(
        "first_estimate_kept_rate",
        "First estimate kept",
        "faults restored by the first estimate / faults with a first estimate that are over or past it",
        *judged_by("first_estimate_at"),
        _FAULTS + _TELLS + "What customers were told first is the promise they remember. ",
        view=said,
    ),
    _of(
        "estimate_changed_rate",
        "Estimate changed",
        "faults whose estimate was changed at least once / faults with an estimate that are over",
        estimated,
        was_changed,
        _FAULTS + _TELLS + "The same time said again is no change. ",
        view=said,
        better="lower",
    ),
    _of(
        "estimates_expired",
        "Estimates expired",
        "outages that run and are past the estimate that stands",
        expired,
        None,
        "Of this moment; planned work too. ",
        statistic="count",
        better="lower",
        unit="outages",
    ),
)
