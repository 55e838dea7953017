"""What rules of alerting ask of the facts: open orders with their running clocks, outages that run or are planned."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any, Final

import ibis

from kpis.open_rows import Listing
from kpis.order_clocks import Clock
from kpis.orders import CLOCK, ended_at, fault_reports, is_open, is_unarchived, ours_to_restore, own, started
from kpis.switching import PATH
from kpis.types import Reader, known, not_yet
from store.facts import schema

_PLACE: Final = (*PATH, "feeder", "transformer_area", "crew", "handler", "manager", "outage_no")
USUAL: Final = ("arrival", "restoration", "contact", "answer")  # clocks of the shipped rules
REPAIR: Final = ("arrival", "restoration")  # of fault reports, while they are open
WHILE_OPEN: Final = ("dispatch", "receive", "arrival", "restoration")


@dataclass(frozen=True)
class Often:
    """Places of a level that were out so often in so many days, or once less: a rule looks at how often."""

    per: str
    outages: int
    days: int


OFTEN: Final = (Often("transformer_area", 3, 60),)  # of the shipped rules
PLANS_AHEAD: Final = timedelta(days=8)  # notice is due seven days before
PLANS_BACK: Final = timedelta(days=2)


@cache
def open_orders(clocks: tuple[str, ...]) -> Listing:
    """Orders that are not put aside yet; for each of `clocks` its start and due time while it runs, null otherwise.

    One listing for each choice of clocks: what is kept of past weeks is kept by it (kpis.open_rows).
    """
    return lambda t: _open_orders(t, [CLOCK[key] for key in clocks])


def _open_orders(t: ibis.Table, clocks: Sequence[Clock]) -> tuple[Any, Mapping[str, Any]]:
    listed = (t.accepted_at <= schema.NOW) & own(t) & (is_unarchived(t) | is_open(t))
    names = ("source", "source_key", "order_no", "category", *_PLACE, "channel", "grade", "is_leapfrog", "accepted_at")
    columns: dict[str, Any] = {name: t[name] for name in names}
    for clock in clocks:
        due = t[schema.due_column(clock.key, clock.lines[0])]
        exempt = t.exempt.fill_null("").contains(f",{clock.key},")
        runs = (
            due.notnull() & started(t, clock) & known(t[clock.start]).notnull() & ended_at(t, clock).isnull() & ~exempt
        )
        if clock.key in WHILE_OPEN:
            runs &= is_open(t)
        if clock.key in REPAIR:
            runs &= fault_reports(t)
        if clock.key == "restoration":
            runs &= ours_to_restore(t)
        columns[f"{clock.key}_start"] = ibis.ifelse(runs, t[clock.start], ibis.null(schema.NOW.type()))
        columns[f"{clock.key}_due"] = ibis.ifelse(runs, due, ibis.null(schema.NOW.type()))
    return listed, {**columns, "call_count": t.call_count.fill_null(1), "critical": is_critical(t)}


def is_critical(t: ibis.Table) -> Any:
    """An order of an important or sensitive customer, or a demand of grade important and above."""
    customer = t.is_sensitive.fill_null(False) | t.is_important_customer.fill_null(False)
    return customer | t.grade.isin(["important", "major", "special"]).fill_null(False)


def watched_outages(reader: Reader) -> Any:
    """Outages that run, and planned ones around now that have not begun."""
    t = reader.table("outages")
    begun = known(t.started_at).notnull()
    near = t.planned_start_at.between(_from_now(-PLANS_BACK), _from_now(PLANS_AHEAD))
    t = t.filter(not_yet(t.restored_at), begun | near.fill_null(False))
    return t.select(
        *(
            "source",
            "source_key",
            "outage_no",
            "kind",
            *PATH,
            "feeder",
            "transformer_area",
            "customers_out",
            "sensitive_out",
        ),
        *("important_out", "estimate_at", "planned_start_at", "planned_end_at"),
        started_at=known(t.started_at),
        restored_at=known(t.restored_at),
        announced_at=known(t.announced_at),
    )


def _from_now(delta: timedelta) -> Any:
    hours = int(abs(delta).total_seconds() // 3600)
    return schema.NOW + ibis.interval(hours=hours) if delta > timedelta(0) else schema.NOW - ibis.interval(hours=hours)
