"""What of an order is known by now: whose it is, whether it is open, when a clock of it ended."""

from collections.abc import Callable
from typing import Any, Final

import ibis

from kpis.order_clocks import CLOCKS, Clock
from kpis.types import known, not_yet
from store.facts.schema import NOW

# Faults in the customer's own installation or not of electricity: nobody promised to mend them.
NOT_OURS: Final = ("customer_internal", "non_power", "客户内部故障", "非电力故障")
CLOCK: Final = {clock.key: clock for clock in CLOCKS}
Fact = Callable[[ibis.Table], Any]
_FACTS: Final[dict[str, Fact]] = {}


def _fact(find: Fact) -> Fact:
    """A fact of an order that many figures ask for: `prepared` makes a column of it, and then it is found once."""
    name = f"known {find.__name__}"
    _FACTS[name] = find

    def of_table(t: ibis.Table) -> Any:
        return t[name] if name in t.columns else find(t)

    of_table.__doc__ = find.__doc__
    return of_table


def prepared(t: ibis.Table) -> ibis.Table:
    """Orders with a column for each fact that many figures ask for; the view keeps the database from asking again."""
    ended = {_ended_name(clock): ended_at(t, clock) for clock in CLOCKS}
    return t.mutate(**{name: find(t) for name, find in _FACTS.items()}, **ended).view()


def _ended_name(clock: Clock) -> str:
    return f"known end of {clock.key}"


@_fact
def own(t: ibis.Table) -> Any:
    """Orders that stand for themselves: not merged into another one, not cancelled."""
    return t.parent_order_no.isnull() & (t.status.fill_null("open") != "cancelled")


def of(t: ibis.Table, *categories: str) -> Any:
    """Orders of these categories that stand for themselves."""
    return t.category.isin(categories) & own(t)


def fault_reports(t: ibis.Table) -> Any:
    return (t.category == "fault_report") & own(t)


@_fact
def ours_to_restore(t: ibis.Table) -> Any:
    """The fault lies on the utility's side, or nobody has said that it does not."""
    theirs = (t.asset_ownership.fill_null("") == "customer") | t.subcategory_1.fill_null("").isin(NOT_OURS)
    return ~theirs


def holds(t: ibis.Table, moment: Any) -> Any:
    """`moment` if it has come by now and the order was not reopened since, else null."""
    reopened = known(t.reopened_at)
    come = known(moment)
    return ibis.ifelse(reopened.notnull() & (come <= reopened), ibis.null(NOW.type()), come)


@_fact
def closed_at(t: ibis.Table) -> Any:
    """When work on the order ended, however: supply back, or archived."""
    return ibis.coalesce(holds(t, t.restored_at), holds(t, t.archived_at))


@_fact
def is_open(t: ibis.Table) -> Any:
    """Nothing says that the order has ended by now; one that will end later is open although its row says closed."""
    ends_later = t.restored_at.notnull() | t.archived_at.notnull()
    unended = (not_yet(t.restored_at) & not_yet(t.archived_at)) | (
        known(t.reopened_at).notnull() & closed_at(t).isnull()
    )
    return unended & (t.status.isnull() | (t.status == "open") | ends_later)


@_fact
def is_unarchived(t: ibis.Table) -> Any:
    """The order is not put aside yet, whether or not supply is back."""
    archived = holds(t, t.archived_at)
    return archived.isnull() & (t.status.isnull() | (t.status != "closed") | t.archived_at.notnull())


def put_aside(t: ibis.Table) -> Any:
    """When an order is no longer `is_unarchived`: archived, or closed without that time."""
    return ibis.ifelse(t.archived_at.isnull() & (t.status == "closed").fill_null(False), t.restored_at, t.archived_at)


def started(t: ibis.Table, clock: Clock) -> Any:
    """The stage that starts the clock does not lie ahead of now. A clock with a deadline may have begun otherwise."""
    return t[clock.start].isnull() | (t[clock.start] <= NOW)


def ended_at(t: ibis.Table, clock: Clock) -> Any:
    """When the clock ended; null while it runs, and for an order reopened since where the solution ends the clock."""
    if _ended_name(clock) in t.columns:
        return t[_ended_name(clock)]
    when = holds if clock.reopens else (lambda _t, moment: known(moment))
    stages = [when(t, t[stage]) for stage in clock.end]
    return stages[0] if len(stages) == 1 else ibis.coalesce(*stages)
