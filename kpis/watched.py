"""What rules of alerting ask of the facts: open orders with their running clocks, outages that run or are planned."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any, Final

import ibis
import numpy as np
import pandas as pd

from kpis.open_rows import Listing
from kpis.order_clocks import Clock
from kpis.orders import CLOCK, ended_at, fault_reports, is_open, is_unarchived, ours_to_restore, own, started
from kpis.switching import PATH
from kpis.types import Reader, known, not_yet
from kpis.work import stage
from store.facts import schema

_PLACE: Final = (*PATH, "feeder", "transformer_area", "crew", "handler", "manager", "outage_no")
USUAL: Final = ("arrival", "restoration", "contact", "answer")  # clocks of the shipped rules
REPAIR: Final = ("arrival", "restoration")  # of fault reports, while they are open
WHILE_OPEN: Final = ("dispatch", "receive", "arrival", "restoration")
_OF_REPAIR: Final = ("stage", "start_at", "due_at")  # columns that only open repairs have
_REPAIR: Final = (
    *("source", "source_key", "order_no", *PATH, "feeder", "outage_no", "crew", "stage", "clock", "start_at"),
    *("due_at", "call_count", "critical"),
)


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

    Of open repairs also their stage and the limit that matters now, of arrival or restoration, which an exemption does
    not end (`repairs`). One listing for each choice of clocks: what is kept of past weeks is kept by it
    (kpis.open_rows).
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
    more = {"call_count": t.call_count.fill_null(1), "critical": is_critical(t)}
    return listed, {**columns, **_of_repair(t), **more}


def _of_repair(t: ibis.Table) -> dict[str, Any]:
    """Of open fault reports the stage, and start and end of the clock that runs; all null of other orders."""
    arrived = known(t.arrived_at)
    is_repair = fault_reports(t) & is_open(t) & (arrived.isnull() | ours_to_restore(t))
    due = ibis.ifelse(arrived.isnull(), t.arrival_due_at, t.restoration_due_at)
    found = {"stage": stage(t), "start_at": ibis.coalesce(arrived, t.accepted_at), "due_at": due}
    return {name: ibis.ifelse(is_repair, value, ibis.null(value.type())) for name, value in found.items()}


def repairs(opened: pd.DataFrame) -> pd.DataFrame:
    """The open repairs among `opened`, soonest due first; due_at is missing where no limit applies."""
    found = opened[opened["stage"].notna()]
    clock = np.where(found["stage"] == "on_site", "restoration", "arrival")
    return found.assign(clock=clock)[[*_REPAIR]].sort_values(["due_at", "source", "source_key"], ignore_index=True)


def without_repairs(opened: pd.DataFrame) -> pd.DataFrame:
    """`opened` without what only repairs have."""
    return opened.drop(columns=[*_OF_REPAIR])


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
