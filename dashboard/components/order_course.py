"""What is asked about one order: its row, what happened to it, and what it hangs together with."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

import ibis
import pandas as pd

from kpis import switching
from kpis.types import ShapedReader
from store.facts.compile import text_hole, time_hole
from store.facts.schema import NOW

WORD: Final = "order"  # of the address: source:source_key, or :number
MOST: Final = 50  # events, children or outage notes of one order that are shown
_AT: Final = (
    *("accepted_at", "dispatched_at", "received_at", "arrived_at", "surveyed_at", "restored_at", "contacted_at"),
    *("replied_at", "reviewed_at", "revisited_at", "archived_at"),
)
# No name, phone, address or free text: those are in a table of their own. No identity key, no handler's code.
COLUMNS: Final = (
    *("source", "source_key", "order_no", "channel", "category", "subcategory_1", "subcategory_2", "subcategory_3"),
    *("grade", "urgency", "customer_kind", "tier", "is_sensitive", "is_important_customer", "restore_first"),
    *("is_anonymous", "is_confidential"),
    *("county", "station", "feeder", "transformer_area", "area_class", "crew", "status", "parent_order_no"),
    *("call_count", "asset_ownership", "outage_no", "source_verdict", "given_due_at", "faults"),
    *("arrival_due_at", "restoration_due_at", "previous_complaint_at", "changed_at"),
)
KIN: Final = ("source", "source_key", "order_no", "accepted_at", "call_count")
Row = dict[str, Any]


@dataclass(frozen=True)
class OrderKey:
    """One order by its key; `source` None: `key` is the number people use."""

    source: str | None
    key: str

    def __str__(self) -> str:
        return f"{self.source or ''}:{self.key}"


@dataclass(frozen=True)
class OneOrder:
    """An order with all that the facts say of it. `previous`: the complaint before it, same customer and matter."""

    row: Row
    events: Sequence[Row] = ()
    children: Sequence[Row] = ()
    parent: Row | None = None
    previous: Row | None = None
    outage: Row | None = None
    notes: Sequence[Row] = field(default=())  # what was said about the outage
    surveys: Sequence[Row] = ()
    crew: Row | None = None


def key_of(text: str | None) -> OrderKey | None:
    """`source:key` or `:number` of the address; None where it names no order."""
    source, colon, key = (text or "").partition(":")
    return OrderKey(source or None, key) if colon and key else None


def read(reader: ShapedReader, key: OrderKey, now: datetime) -> OneOrder | None:
    """The order as the reader may see it at `now`; None when there is none (any more)."""
    row = _row(reader, key, now)
    if row is None:
        return None
    outage, notes = _outage(reader, row, now)
    return OneOrder(
        row,
        _events(reader, row, now),
        _children(reader, row, now),
        _parent(reader, row, now),
        _previous(reader, row, now),
        outage,
        notes,
        _surveys(reader, row, now),
        _crew(reader, row, now),
    )


def _rows(reader: ShapedReader, name: str, make: Callable[[], Any], now: datetime, **values: Any) -> list[Row]:
    """The rows of a question that is the same for every order but for `values`: it is compiled once."""
    return _plain(reader.ask(("order", name), make, now, values))


def _plain(frame: pd.DataFrame) -> list[Row]:
    """Rows with None for what is missing."""
    rows = frame.astype(object).where(frame.notna(), None).to_dict("records")
    return [{str(k): v.to_pydatetime() if isinstance(v, pd.Timestamp) else v for k, v in row.items()} for row in rows]


def _row(reader: ShapedReader, key: OrderKey, now: datetime) -> Row | None:
    def make() -> Any:
        t = reader.table("work_orders")
        by_key = (t.source == text_hole("source")) & (t.source_key == text_hole("key"))
        mine = t.filter(t.order_no == text_hole("key") if key.source is None else by_key)
        last4 = ibis.ifelse(mine.customer_no.length() > 4, mine.customer_no.right(4), ibis.null("string"))
        return mine.order_by("source", "source_key").limit(1).select(*COLUMNS, *_AT, account_end=last4)

    name = "by number" if key.source is None else "by key"
    rows = _rows(reader, name, make, now, source=key.source, key=key.key)
    return rows[0] if rows else None


def _events(reader: ShapedReader, row: Row, now: datetime) -> list[Row]:
    def make() -> Any:
        t = reader.table("order_events")
        mine = t.filter(t.source == text_hole("source"), t.order_no == text_hole("number"), t.at <= NOW)
        return mine.select("kind", "at", "reason", "by").order_by(ibis.desc("at")).limit(MOST)

    if row["order_no"] is None:
        return []
    return _rows(reader, "events", make, now, source=row["source"], number=row["order_no"])[::-1]


def _children(reader: ShapedReader, row: Row, now: datetime) -> list[Row]:
    def make() -> Any:
        t = reader.table("work_orders")
        same = (t.parent_order_no == text_hole("number")) & (t.source == text_hole("source"))
        return t.filter(same, t.accepted_at <= NOW).select(*KIN).order_by("accepted_at", "source_key").limit(MOST)

    if row["order_no"] is None:
        return []
    return _rows(reader, "children", make, now, source=row["source"], number=row["order_no"])


def _parent(reader: ShapedReader, row: Row, now: datetime) -> Row | None:
    def make() -> Any:
        t = reader.table("work_orders")
        mine = t.filter(t.order_no == text_hole("number"), t.source == text_hole("source"))
        return mine.select(*KIN).order_by("source_key").limit(1)

    if row["parent_order_no"] is None:
        return None
    rows = _rows(reader, "parent", make, now, source=row["source"], number=row["parent_order_no"])
    return rows[0] if rows else None


def _previous(reader: ShapedReader, row: Row, now: datetime) -> Row | None:
    """The row that store.facts.repeats linked: found again by its moment and identity, which stays in the database."""

    def make() -> Any:
        t = reader.table("work_orders")
        me = t.filter(t.source == text_hole("source"), t.source_key == text_hole("key"))
        at = ibis.literal(time_hole("before"), type=NOW.type())
        same = t.subcategory_1.fill_null("") == text_hole("kind")
        there = t.filter(t.category == "complaint", t.accepted_at == at, same)
        kin = there.semi_join(me.select("identity_key").distinct(), "identity_key")
        return kin.select(*KIN).order_by("source", "source_key").limit(1)

    before = row["previous_complaint_at"]
    if before is None:
        return None
    mine = {"source": row["source"], "key": row["source_key"], "kind": row["subcategory_1"] or ""}
    rows = _rows(reader, "previous", make, now, before=before, **mine)
    return rows[0] if rows else None


def _outage(reader: ShapedReader, row: Row, now: datetime) -> tuple[Row | None, list[Row]]:
    """The outage with is_running and customers_now, and what was said about it."""
    outages, areas, notes = (reader.table(name) for name in ("outages", "outage_areas", "outage_events"))
    times = ("started_at", "restored_at", "estimate_at", "planned_end_at")

    def one() -> Any:
        mine = outages.filter(outages.outage_no == text_hole("number"), outages.started_at <= NOW)
        columns = ("source", "outage_no", *switching.PATH, "kind", "customers_out", *times)
        return mine.order_by("source", "source_key").limit(1).select(*columns)

    def steps() -> Any:
        mine = areas.filter(areas.outage_no == text_hole("number"), areas.off_at <= NOW)
        return mine.select("source", "outage_no", "customers", "off_at", "on_at")

    def said() -> Any:
        same = (notes.outage_no == text_hole("number")) & (notes.source == text_hole("source"))
        told = notes.filter(same, notes.at <= NOW).select("kind", "at", "estimate_at")
        return told.order_by(ibis.desc("at")).limit(MOST)

    number = {"number": row["outage_no"]}
    if row["outage_no"] is None:
        return None, []
    found = reader.ask(("order", "outage"), one, now, number)
    if found.empty:
        return None, []
    switched = switching.steps(found, reader.ask(("order", "steps"), steps, now, number))
    outage = _plain(switching.with_customers(found, switched, now))[0]
    return outage, _rows(reader, "notes", said, now, source=outage["source"], **number)[::-1]


def _surveys(reader: ShapedReader, row: Row, now: datetime) -> list[Row]:
    def make() -> Any:
        t = reader.table("surveys")
        mine = t.filter(t.order_no == text_hole("number"), t.asked_at <= NOW)
        columns = ("asked_at", "answered_at", "outcome", "score", "scale_min", "scale_max", "is_satisfied")
        return mine.select(*columns, "reason_1", "reason_2", "channel").order_by("asked_at").limit(MOST)

    return [] if row["order_no"] is None else _rows(reader, "surveys", make, now, number=row["order_no"])


def _crew(reader: ShapedReader, row: Row, now: datetime) -> Row | None:
    def make() -> Any:
        t = reader.table("units")
        return t.filter(t.code == text_hole("code"), t.kind == "crew").select("name_zh", "name_en").limit(1)

    rows = [] if row["crew"] is None else _rows(reader, "crew", make, now, code=row["crew"])
    return rows[0] if rows else None
