"""Orders that are not over, listed in every tick: those of past weeks are kept until something can have changed.

A row of a past week moves when it changes, and then the facts list its week again, or when one of its own times passes,
and then its week is listed again too. So years of orders are looked through once in the life of a node.
"""

from collections.abc import Callable, Hashable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import ibis
import ibis.expr.operations as ops
import pandas as pd

from kpis.types import COUNTED_AT, Reader, ShapedReader
from kpis.weeks import FRESH, holds_now, is_still
from store.facts import schema

ORDERS: Final = "work_orders"
Listing = Callable[[ibis.Table], tuple[Any, Mapping[str, Any]]]
"""Of the table of orders: which are listed (null is no), and the columns told of these, the units among them."""
_INSTANT: Final = timedelta(microseconds=1)
_MARKS: Final = ("is listed", "week", "latest", "counted")


def open_rows(reader: ShapedReader, listing: Listing, now: datetime) -> pd.DataFrame:
    """The orders that `listing` lists at `now`, in no order. One name stands for one listing: give it a function.

    Kept only where it compares times with now as they are (kpis.weeks). `now` runs forward.
    """
    name: Hashable = ("open rows", listing)
    if not reader.kept(("may be kept", name), "", lambda: _all_still(reader, listing)):
        return _asked(reader, listing, None, now)
    since = _monday(now - FRESH)

    def count(everything: Any, start: datetime, end: datetime) -> pd.DataFrame:
        return _moving(everything, listing, start, end, now)

    past = reader.weeks(name, ORDERS, since, now, count)
    past = past[past["is listed"]].drop(columns=list(_MARKS))
    parts = [frame for frame in (past, _asked(reader, listing, since, now)) if len(frame)]
    return pd.concat(parts, ignore_index=True) if parts else past


def _asked(reader: ShapedReader, listing: Listing, since: datetime | None, now: datetime) -> pd.DataFrame:
    """The listed orders from `since` on, or all of them."""

    def make() -> ibis.Table:
        t = reader.table(ORDERS)
        t = t if since is None else t.filter(t[COUNTED_AT[ORDERS]] >= _moment(reader, "start"))
        wanted, columns = listing(t)
        return t.filter(wanted).select(**columns)

    return reader.ask(("open rows", listing, since is None), make, now, {"start": since})


def _moving(reader: Any, listing: Listing, start: datetime, end: datetime, now: datetime) -> pd.DataFrame:
    """The orders of these weeks that are listed or whose own times may change that. `latest`: until when they stay."""

    def make() -> ibis.Table:
        t = reader.table(ORDERS)
        at = t[COUNTED_AT[ORDERS]]
        t = t.filter(at >= _moment(reader, "start"), at < _moment(reader, "end"))
        wanted, columns = listing(t)
        to_come = _next(t, (wanted, *columns.values()))
        marks = {"is listed": wanted.fill_null(False), "week": t[COUNTED_AT[ORDERS]].truncate("W"), "latest": to_come}
        told = t.select(**columns, **marks).view()  # as columns: each is found once
        return told.filter(told["is listed"] | told["latest"].notnull())

    frame = reader.ask(("open rows of weeks", listing), make, now, {"start": start, "end": end})
    return frame.assign(latest=frame["latest"] - _INSTANT, counted=pd.Timestamp(now))


def _next(t: ibis.Table, told: Iterable[Any]) -> Any:
    """The first time of a row that is yet to come, of those that what is `told` compares with now; null for none."""
    compared = {node for one in told for node in one.op().find(ops.Comparison) if holds_now(node)}
    looked = {f.name for node in compared for f in node.find(ops.Field)}
    times = [c for c in t.columns if c in looked and t[c].type().is_timestamp()]
    return ibis.least(*(ibis.ifelse(t[c] > schema.NOW, t[c], ibis.null(t[c].type())) for c in times))


def _all_still(reader: Reader, listing: Listing) -> bool:
    wanted, columns = listing(reader.table(ORDERS))
    return all(is_still(one) for one in (wanted, *columns.values()))


def _moment(reader: ShapedReader, name: str) -> Any:
    return ibis.literal(reader.time_hole(name), type=schema.NOW.type())


def _monday(moment: datetime) -> datetime:
    day = moment.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return day - timedelta(days=day.weekday())
