"""What of an order is known by now: whose it is, whether it is open, when a clock of it ended."""

from typing import Any, Final

import ibis

from kpis.order_clocks import CLOCKS, Clock
from kpis.types import known, not_yet
from store.facts.schema import NOW

# Faults in the customer's own installation or not of electricity: nobody promised to mend them.
NOT_OURS: Final = ("customer_internal", "non_power", "客户内部故障", "非电力故障")
CLOCK: Final = {clock.key: clock for clock in CLOCKS}


def own(t: ibis.Table) -> Any:
    """Orders that stand for themselves: not merged into another one, not cancelled."""
    return t.parent_order_no.isnull() & (t.status.fill_null("open") != "cancelled")


def of(t: ibis.Table, *categories: str) -> Any:
    """Orders of these categories that stand for themselves."""
    return t.category.isin(categories) & own(t)


def fault_reports(t: ibis.Table) -> Any:
    return (t.category == "fault_report") & own(t)


def ours_to_restore(t: ibis.Table) -> Any:
    """The fault lies on the utility's side, or nobody has said that it does not."""
    theirs = (t.asset_ownership.fill_null("") == "customer") | t.subcategory_1.fill_null("").isin(NOT_OURS)
    return ~theirs


def holds(t: ibis.Table, moment: Any) -> Any:
    """`moment` if it has come by now and the order was not reopened since, else null."""
    reopened = known(t.reopened_at)
    come = known(moment)
    return ibis.ifelse(reopened.notnull() & (come <= reopened), ibis.null(NOW.type()), come)


def closed_at(t: ibis.Table) -> Any:
    """When work on the order ended, however: supply back, or archived."""
    return ibis.coalesce(holds(t, t.restored_at), holds(t, t.archived_at))


def is_open(t: ibis.Table) -> Any:
    """Nothing says that the order has ended by now; one that will end later is open although its row says closed."""
    ends_later = t.restored_at.notnull() | t.archived_at.notnull()
    unended = (not_yet(t.restored_at) & not_yet(t.archived_at)) | (
        known(t.reopened_at).notnull() & closed_at(t).isnull()
    )
    return unended & (t.status.isnull() | (t.status == "open") | ends_later)


def is_unarchived(t: ibis.Table) -> Any:
    """The order is not put aside yet, whether or not supply is back."""
    archived = holds(t, t.archived_at)
    return archived.isnull() & (t.status.isnull() | (t.status != "closed") | t.archived_at.notnull())


def started(t: ibis.Table, clock: Clock) -> Any:
    """The stage that starts the clock does not lie ahead of now. A clock with a deadline may have begun otherwise."""
    return t[clock.start].isnull() | (t[clock.start] <= NOW)


def ended_at(t: ibis.Table, clock: Clock) -> Any:
    """When the clock ended; null while it runs, and for an order reopened since where the solution ends the clock."""
    when = holds if clock.reopens else (lambda _t, moment: known(moment))
    stages = [when(t, t[stage]) for stage in clock.end]
    return stages[0] if len(stages) == 1 else ibis.coalesce(*stages)
