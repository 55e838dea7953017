"""What the ledger of one order is made of: its row, its events, the orders merged into it; and its clocks from them."""

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from dashboard.components.order_course import OrderKey
from kpis.calendars_file import load as load_calendar
from kpis.derive import Rules
from kpis.explain import Explained, explained
from kpis.limits_file import load as load_limits
from kpis.types import ShapedReader
from settings import Settings
from store.facts.compile import text_hole


def rules_of(settings: Settings) -> Rules:
    """Limits and calendar of the site, read once."""
    site = settings.site
    return _rules(settings.limits, site.profile, site.zone, settings.calendars)


@cache
def _rules(limits: Path | None, profile: str, zone: str, calendars: Path | None) -> Rules:
    return Rules(load_limits(limits, profile), load_calendar(zone, calendars))


Found = tuple[pd.DataFrame, Mapping[str, pd.DataFrame]]


def keys(reader: ShapedReader, text: str, now: datetime) -> list[OrderKey]:
    """The orders of that number; else the one of that key, written source:key."""

    def by_number() -> Any:
        t = reader.table("work_orders")
        return t.filter(t.order_no == text_hole("text")).select("source", "source_key").order_by("source", "source_key")

    def by_key() -> Any:
        t = reader.table("work_orders")
        mine = (t.source == text_hole("source")) & (t.source_key == text_hole("key"))
        return t.filter(mine).select("source", "source_key")

    source, _, key = text.partition(":")
    found = reader.ask(("ledger", "number"), by_number, now, {"text": text})
    if found.empty:
        found = reader.ask(("ledger", "key"), by_key, now, {"source": source, "key": key})
    return [OrderKey(str(s), str(k)) for s, k in found.itertuples(index=False, name=None)]


def clocks(reader: ShapedReader, key: OrderKey, rules: Rules, now: datetime) -> Explained | None:
    """The clocks of an order; None when it is not there.

    `reader` must see everything: an order out of the reader's sight may have been merged into this one.
    """
    rows, beside = read(reader, key, now)
    return next(explained(rows, beside, rules, now), None)


def read(reader: ShapedReader, key: OrderKey, now: datetime) -> Found:
    """Its row, one or none, and what other rows say of it (kpis.derive.Beside)."""

    def row() -> Any:
        t = reader.table("work_orders")
        return t.filter(t.source == text_hole("source"), t.source_key == text_hole("key"))

    def events() -> Any:
        t = reader.table("order_events")
        mine = (t.source == text_hole("source")) & (t.order_no == text_hole("number"))
        return t.filter(mine, t.at.notnull()).select("kind", "at", "reason").order_by("at", "kind")

    def merged() -> Any:
        t = reader.table("work_orders")
        mine = (t.source == text_hole("source")) & (t.parent_order_no == text_hole("number"))
        return t.filter(mine, t.accepted_at.notnull()).select("accepted_at").order_by("accepted_at").limit(1)

    rows = reader.ask(("ledger", "row"), row, now, {"source": key.source, "key": key.key})
    if rows.empty or pd.isna(rows["order_no"].iloc[0]):
        return rows, {}
    number = {"source": key.source, "number": rows["order_no"].iloc[0]}
    beside = {
        name: reader.ask(("ledger", name), make, now, number) for name, make in (("events", events), ("merged", merged))
    }
    return rows, {name: frame.assign(row=0) for name, frame in beside.items()}
