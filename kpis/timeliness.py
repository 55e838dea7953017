"""Was somebody there, was supply back, in the time that was promised?"""

from typing import Any, Final

import ibis

from kpis.types import Definition, Options, known, not_yet
from store.facts.schema import NOW

# Faults in the customer's own installation or not of electricity: nobody promised to mend them.
NOT_OURS: Final = ("customer_internal", "non_power", "客户内部故障", "非电力故障")


def fault_reports(t: ibis.Table) -> Any:
    """Fault reports that stand for themselves: not merged into another order, not cancelled."""
    own = t.parent_order_no.isnull() & (t.status.fill_null("open") != "cancelled")
    return (t.category == "fault_report") & own


def ours_to_restore(t: ibis.Table) -> Any:
    """The fault lies on the utility's side, or nobody has said that it does not."""
    theirs = (t.asset_ownership.fill_null("") == "customer") | t.subcategory_1.fill_null("").isin(NOT_OURS)
    return ~theirs


def closed_at(t: ibis.Table) -> Any:
    """When work on the order ended, however: supply back, or archived."""
    return ibis.coalesce(known(t.restored_at), known(t.archived_at))


def is_open(t: ibis.Table) -> Any:
    """Nothing says that the order has ended by now; one that will end later is open although its row says closed."""
    ends_later = t.restored_at.notnull() | t.archived_at.notnull()
    unended = not_yet(t.restored_at) & not_yet(t.archived_at)
    return unended & (t.status.isnull() | (t.status == "open") | ends_later)


def judged_from(t: ibis.Table) -> Any:
    """The end of an order's clock, now while it is open, null when it was closed without saying when."""
    return ibis.coalesce(closed_at(t), ibis.ifelse(is_open(t), NOW, ibis.null(NOW.type())))


def arrival_rows(t: ibis.Table, _options: Options) -> Any:
    judged = known(t.arrived_at).notnull() | (judged_from(t) > t.arrival_due_at)
    return fault_reports(t) & t.arrival_due_at.notnull() & judged


def arrived_in_time(t: ibis.Table, _options: Options) -> Any:
    return known(t.arrived_at) <= t.arrival_due_at


def restoration_rows(t: ibis.Table, _options: Options) -> Any:
    due = ibis.ifelse(known(t.arrived_at).notnull(), t.restoration_due_at, ibis.null(NOW.type()))
    judged = closed_at(t).notnull() | (judged_from(t) > due)
    return fault_reports(t) & ours_to_restore(t) & due.notnull() & judged


def restored_in_time(t: ibis.Table, _options: Options) -> Any:
    return closed_at(t) <= t.restoration_due_at


ARRIVAL_ON_TIME: Final = Definition(
    key="arrival_on_time_rate",
    label="Arrival on time",
    formula="fault reports with arrival within the limit / fault reports whose arrival is known or overdue",
    table="work_orders",
    rows=arrival_rows,
    success=arrived_in_time,
    window_days=1,
    target=98.0,
    source="State Grid Ten Commitments (2022), 3: on site within 45 / 90 / 120 min (urban / rural / remote)",
    note=(
        "An order that is open and within its limit does not count yet; past it, it counts as late at once. "
        "Arrival exactly at the limit is on time. Merged children and cancelled orders are left out. An order settled "
        "without a visit before its limit had no visit due and is left out; settled later, it is late."
    ),
)
RESTORATION_ON_TIME: Final = Definition(
    key="restoration_on_time_rate",
    label="Restoration on time",
    formula="fault reports restored within the limit after arrival / fault reports restored, or overdue since arrival",
    table="work_orders",
    rows=restoration_rows,
    success=restored_in_time,
    window_days=1,
    target=97.0,
    source="State Grid Ten Commitments (2022), 3: supply back within 180 / 240 min of arrival (urban / rural)",
    note=(
        "The clock starts on arrival. An order that is open and within its limit does not count yet; past it, it "
        "counts as late at once. The time of archiving stands in where that of restoration is missing. Merged "
        "children, cancelled orders, faults in the customer's own installation and faults not of electricity are "
        "left out."
    ),
)
