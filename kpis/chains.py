"""Matters that come back: the third call on one, and the step to a higher level. Lists for pages and rules."""

from datetime import datetime, timedelta
from typing import Any, Final

import ibis
import pandas as pd

from kpis.orders import is_unarchived, own, put_aside
from kpis.repeats import THIRD
from kpis.repeats import third_calls as reached_three
from kpis.switching import PATH
from kpis.types import Options, Reader, ShapedReader, hours
from store.facts.schema import DEMANDS, NOW, REACH_DAYS

PLACE: Final = (*PATH, "feeder", "transformer_area")
THIRD_COLUMNS: Final = (
    *("subject", "source", "source_key", "order_no", *PLACE, "crew", "handler", "manager"),
    *("category", "subcategory_1", "channel", "count", "since", "reached_at", "last_at", "order_nos", "is_open"),
)
_SAID: Final = ("category", "subcategory_1", "channel")
OF_ORDER: Final = ("source", "source_key", "order_no", *PLACE, "crew", "handler", "manager", *_SAID)
ESCALATED_COLUMNS: Final = (
    *("subject", *PLACE, "category", "subcategory_1", "channel", "came_from", "count", "since", "at"),
    *("order_no", "is_open"),
)


def matter(t: Any) -> Any:
    """What an order is about, in the words of store.facts.repeats."""
    where = ibis.coalesce(t.transformer_area, t.feeder)
    named = t.category + " " + t.subcategory_1.fill_null("")
    return ibis.ifelse(t.is_outage_topic.fill_null(False) & where.notnull(), "at " + where, named)


def third_calls(reader: ShapedReader, now: datetime, days: int = REACH_DAYS) -> pd.DataFrame:
    """Matters on which a customer's calls reached three within the last `days`, the latest first.

    Shapes: THIRD_COLUMNS, one row per matter. subject: source:source_key of the order with which three were reached:
    it stays, however often the customer calls again. Number, place, people, category, subcategory_1, channel: of that
    order. count: calls from `since` (the first of them, at most 60 days before) to now; last_at: the latest. order_nos:
    their order numbers, the first first. is_open: one of them is not archived.
    """
    return reader.ask(("third calls", days), lambda: _third_calls(reader, days), now, {})[list(THIRD_COLUMNS)]


def _third_calls(reader: Reader, days: int) -> Any:
    both = calls(reader, NOW - hours(timedelta(days=days)))
    found = both.group_by(["subject", "reached_at", *OF_ORDER]).agg(
        count=both.calls.sum(),
        since=both["at"].min(),
        last_at=both["at"].max(),
        order_nos=both.number.group_concat(sep=" ", order_by=both["at"]),
        is_open=both.waits.max(),
    )
    found = found.filter(found["count"] >= THIRD)  # fewer are left where the third was merged into an earlier one
    return found.order_by(ibis.desc("reached_at"), "subject")


def calls(reader: Reader, since: Any) -> Any:
    """The orders of each matter on which three calls were reached from `since` on: the columns of OF_ORDER and subject
    of the order that reached them, and of each order at, given_by (its source), number, calls, waits, aside_at.

    A matter has the orders of the 60 days before, and later ones for as long as three calls lie within 60 days. One
    that was merged into another of them is left out: it is among the calls of that one.
    """
    t = reader.table("work_orders")
    t = t.filter(t.accepted_at <= NOW, t.category.isin(DEMANDS), t.status.fill_null("open") != "cancelled")
    recent = t.filter(t.accepted_at >= since, reached_three(t, Options()).fill_null(False))
    one = recent.select(
        subject=recent.source + ":" + recent.source_key, who=recent.identity_key, what=matter(recent),
        reached_at=recent.accepted_at, **{name: recent[name] for name in OF_ORDER},
    )  # fmt: skip
    after = ibis.window(group_by=["who", "what"], order_by=["reached_at", "subject"])
    one = one.mutate(next_at=one.reached_at.lead().over(after))
    every = t.filter(t.accepted_at >= since - hours(timedelta(days=REACH_DAYS)), t.identity_key.notnull())
    every = every.select(
        calls_of=every.identity_key, about=matter(every), at=every.accepted_at, given_by=every.source,
        number=every.order_no, into=every.parent_order_no, so_far=every.matter_calls,
        calls=every.call_count.fill_null(1), waits=is_unarchived(every), aside_at=put_aside(every),
    )  # fmt: skip
    near = every["at"] >= one.reached_at - hours(timedelta(days=REACH_DAYS))
    goes_on = (every.so_far >= THIRD) & (one.next_at.isnull() | (every["at"] < one.next_at))
    within = (every["at"] <= one.reached_at) | goes_on.fill_null(False)
    both = one.join(every, [one.who == every.calls_of, one.what == every.about, near, within])
    numbers = both.number.collect().over(ibis.window(group_by="subject"))
    return both.filter(~numbers.contains(both.into).fill_null(False))


def escalations(reader: ShapedReader, now: datetime, days: int = 30) -> pd.DataFrame:
    """Demands of the last `days` that reached a higher level than the customer's earlier ones, the latest first.

    Shapes: ESCALATED_COLUMNS, one row per demand. subject: its source:source_key; came_from: the highest level before
    (95598, 12345, 12398); count: calls on the matter so far; since: the demand before it; at: when it was accepted.
    """
    return reader.ask(("escalations", days), lambda: _escalations(reader, days), now, {})[list(ESCALATED_COLUMNS)]


def _escalations(reader: Reader, days: int) -> Any:
    t = reader.table("work_orders")
    t = t.filter(
        t.accepted_at <= NOW, t.accepted_at >= NOW - hours(timedelta(days=days)), t.escalated_from.notnull(), own(t)
    )
    found = t.select(
        subject=t.source + ":" + t.source_key, came_from=t.escalated_from, count=t.matter_calls,
        since=t.previous_demand_at, at=t.accepted_at, order_no=t.order_no, is_open=is_unarchived(t),
        **{name: t[name] for name in (*PLACE, *_SAID)},
    )  # fmt: skip
    return found.order_by(ibis.desc("at"), "subject")
