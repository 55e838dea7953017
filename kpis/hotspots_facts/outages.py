"""Which demands an outage explains: their own outage, or one that had their place off when they came."""

from datetime import datetime, timedelta
from typing import Final

import ibis
import pandas as pd

from kpis.types import Reader

REACH: Final = timedelta(days=8)  # the longest window, with room


def running(reader: Reader, until: datetime) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Outages that ran in the 8 days before `until`, and their areas.

    Shapes: outage_no, feeder, started_at, restored_at, kind, customers_out; outage_no, transformer_area, off_at, on_at.
    """
    at, first = (ibis.literal(m, type="timestamp('UTC', 6)") for m in (until, until - REACH))
    t = reader.table("outages")
    t = t.filter(t.started_at < at, t.restored_at.isnull() | (t.restored_at >= first), t.outage_no.notnull())
    names = ("source", "outage_no", "feeder", "started_at", "restored_at", "kind", "customers_out")
    areas = reader.table("outage_areas").semi_join(t.select("source", "outage_no"), ["source", "outage_no"])
    chosen = areas.select("outage_no", "transformer_area", "off_at", "on_at")
    return reader.frame(t.select(*names), until).drop(columns="source"), reader.frame(chosen, until)


def linked(events: pd.DataFrame, outages: pd.DataFrame, areas: pd.DataFrame, until: datetime) -> pd.Series:
    """The outage of each event, by the event's number first; of demands about outages also by place and time."""
    link = events["outage_no"].where(events["outage_no"].isin(outages["outage_no"]))
    if outages.empty:
        return link
    asking = events[link.isna() & events["is_outage_topic"].fillna(False).astype(bool)]
    asking = asking[asking["accepted_at"] >= until - REACH].reset_index(names="event")
    by_area = asking.merge(areas.dropna(subset=["transformer_area"]), on="transformer_area", suffixes=("_own", ""))
    by_area = _while(by_area, "off_at", "on_at")
    whole = outages[~outages["outage_no"].isin(areas["outage_no"])].dropna(subset=["feeder"])
    by_feeder = _while(asking.merge(whole, on="feeder", suffixes=("_own", "")), "started_at", "restored_at")
    for found in (by_area, by_feeder):
        if len(found):
            link = link.combine_first(found.drop_duplicates("event").set_index("event")["outage_no"])
    return link.reindex(events.index)


def _while(rows: pd.DataFrame, start: str, end: str) -> pd.DataFrame:
    is_on = rows[end].isna() | (rows["accepted_at"] <= rows[end])
    return rows[(rows["accepted_at"] >= rows[start]) & is_on]
