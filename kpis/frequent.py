"""Frequent outages (频繁停电): whose supply failed so often in so many days, and where one more makes it a case."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

import ibis
import pandas as pd

from kpis.orders import own
from kpis.switching import PATH
from kpis.types import Reader, ShapedReader, hours, known
from store.facts.schema import NOW

LEVELS: Final = ("transformer_area", "feeder", "customer")
SHORTEST_MIN: Final = 5  # a successful reclosing is no outage
DONE_DAYS: Final = 60  # what was done about it is looked for in these days
LISTED_NOS: Final = 12
COLUMNS: Final = (
    *("source", "level", "subject", *PATH, "feeder", "band", "outages", "days", "count", "is_case", "since", "last_at"),
    *("outage_nos", "reports", "complaints", "open_orders", "supervised", "supervised_at"),
)
_COLUMN: Final = {"transformer_area": "transformer_area", "feeder": "feeder", "customer": "customer_no"}


class Band(Protocol):
    """So many outages in so many days."""

    @property
    def outages(self) -> int: ...
    @property
    def days(self) -> int: ...


def band_name(band: Band) -> str:
    """As a key: 3_in_60."""
    return f"{band.outages}_in_{band.days}"


def frequent_outages(reader: ShapedReader, bands: Sequence[Band], now: datetime) -> pd.DataFrame:
    """One row per subject and band that it reached, or that one more outage would make it reach.

    Shapes: COLUMNS, cases first, then most outages first; empty without any. source: one of those that named the
    outages (of a customer, the orders). level: of LEVELS, and subject its code (of a customer the account number);
    city, county, station, feeder: of its outages. band: `band_name`, of which outages and days are the numbers; count:
    outages of the last `days`; is_case: the band is reached, else one more makes it.
    since: the first of those counted; last_at: the last. outage_nos: their numbers, the latest first, at most 12.
    What was done in the last 60 days: reports and complaints there, open_orders among them, supervised orders and when
    the last was.
    Customers are those whom fault reports name together with the number of an outage; a source that names neither
    gives none. An outage counts once, from its first switching; one shorter than 5 min does not count.
    """
    listed = often_out(reader, bands, now)
    if listed.empty:
        return pd.DataFrame(columns=list(COLUMNS))
    done = reader.ask("done about outages", lambda: _done(reader), now, {})
    listed = listed.merge(done, how="left", on=["level", "subject"])
    for name in ("reports", "complaints", "open_orders", "supervised"):
        listed[name] = listed[name].fillna(0).astype("int64")
    listed = listed.sort_values(["is_case", "count", "last_at"], ascending=[False, False, False], kind="stable")
    return listed[list(COLUMNS)].reset_index(drop=True)


def often_out(
    reader: ShapedReader, bands: Sequence[Band], now: datetime, levels: Sequence[str] = LEVELS
) -> pd.DataFrame:
    """Of `frequent_outages` the subjects of `levels` and their outages, in no order, without what was done."""
    names = list(COLUMNS[: COLUMNS.index("reports")])
    if not bands or not levels:
        return pd.DataFrame(columns=names)
    shape = ("often out", tuple((band.outages, band.days) for band in bands), tuple(levels))
    found = reader.ask(shape, lambda: _counted(reader, bands, levels), now, {})
    parts = [_in_band(found, number, band) for number, band in enumerate(bands)]
    return pd.concat(parts, ignore_index=True)[names]


def areas(often: pd.DataFrame) -> pd.DataFrame:
    """`often_out` as rules look at it (`areas` of alerts.seen.World): each place once for each number of days."""
    found = often.rename(columns={"level": "per", "subject": "code", "days": "window_days"})
    found = found.drop_duplicates(["per", "code", "window_days"], ignore_index=True)
    area = found["code"].where(found["per"] == "transformer_area", None)
    names = ["per", "source", "code", *PATH, "feeder", "count", "window_days", "since"]
    return found[names].assign(transformer_area=area)


def _in_band(found: pd.DataFrame, number: int, band: Band) -> pd.DataFrame:
    count = found[f"count_{number}"]
    near = found[count >= band.outages - 1]
    return near[["source", "level", "subject", *PATH, "feeder", "last_at"]].assign(
        band=band_name(band),
        outages=band.outages,
        days=band.days,
        count=count[near.index].astype("int64"),
        is_case=(count >= band.outages)[near.index],
        since=near[f"since_{number}"],
        outage_nos=_first(near["nos"], count[near.index]),
    )


def _first(numbers: pd.Series, count: pd.Series) -> list[str]:
    """The first `count` of the numbers in each text, at most LISTED_NOS."""
    pairs = zip(numbers, count, strict=True)
    return [" ".join(text.split(" ", LISTED_NOS)[: min(int(n), LISTED_NOS)]) for text, n in pairs]  # listed ones: few


def _counted(reader: Reader, bands: Sequence[Band], levels: Sequence[str]) -> Any:
    """Per subject the outages within each band's days; only those near one of the bands."""
    t = _happened(reader, max(band.days for band in bands), levels)
    measures: dict[str, Any] = {name: t[name].max() for name in ("source", *PATH, "feeder")}
    near = ibis.literal(False)
    for number, band in enumerate(bands):
        inside = t["at"] >= NOW - hours(timedelta(days=band.days))
        measures |= {
            f"count_{number}": inside.sum(),
            f"since_{number}": t["at"].min(where=inside),
        }
    # The latest first: those of a band are the first of them.
    numbers = t["outage_no"].group_concat(sep=" ", order_by=ibis.desc(t["at"]))
    counted = t.group_by(["level", "subject"]).agg(last_at=t["at"].max(), nos=numbers, **measures)
    for number, band in enumerate(bands):
        near |= counted[f"count_{number}"] >= band.outages - 1
    return counted.filter(near)


def _happened(reader: Reader, days: int, levels: Sequence[str]) -> Any:
    """One row per subject and outage: source, level, subject, path, feeder, outage_no, at."""
    since = NOW - hours(timedelta(days=days))
    outages = reader.table("outages")
    outages = outages.filter(outages.started_at <= NOW, outages.outage_no.notnull())
    areas = reader.table("outage_areas")
    areas = areas.filter(areas.off_at <= NOW, areas.off_at >= since, areas.transformer_area.notnull())
    areas = areas.group_by(["source", "outage_no", "transformer_area"]).agg(
        at=areas.off_at.min(), lasts=_lasts(areas.off_at, areas.on_at).max()
    )
    areas = areas.filter(areas.lasts)
    placed = areas.join(outages, ["source", "outage_no"])
    orders = reader.table("work_orders")
    named = orders.filter(
        orders.accepted_at <= NOW, orders.accepted_at >= since, orders.category == "fault_report",
        orders.customer_no.notnull(), orders.outage_no.notnull(), orders.status.fill_null("open") != "cancelled",
    )  # fmt: skip
    named = named.group_by(["customer_no", "outage_no"]).agg(
        at=named.accepted_at.min(), **{name: named[name].max() for name in ("source", *PATH, "feeder")}
    )
    lasting = _lasts(outages.started_at, outages.restored_at)
    cut = outages.filter(outages.started_at >= since, outages.feeder.notnull(), lasting)
    rows = {
        "transformer_area": _rows(placed, "transformer_area", placed.transformer_area, placed["at"]),
        "feeder": _rows(cut, "feeder", cut.feeder, cut.started_at),
        "customer": _rows(named, "customer", named.customer_no, named["at"]),
    }
    first, *others = (rows[level] for level in LEVELS if level in levels)
    return ibis.union(first, *others, distinct=False) if others else first


def _lasts(off: Any, on: Any) -> Any:
    return on.fill_null(NOW) >= off + ibis.interval(minutes=SHORTEST_MIN)


def _rows(t: Any, level: str, subject: Any, at: Any) -> Any:
    path = {name: t[name] for name in ("source", *PATH)}
    return t.select(level=ibis.literal(level), subject=subject, **path, feeder=t.feeder, outage_no=t.outage_no, at=at)


def _done(reader: Reader) -> Any:
    """Per subject what is known to have been done: orders there, and supervision of them."""
    t = reader.table("work_orders")
    t = t.filter(
        t.accepted_at <= NOW, t.accepted_at >= NOW - hours(timedelta(days=DONE_DAYS)),
        t.category.isin(("fault_report", "complaint")), own(t),
    )  # fmt: skip
    events = reader.table("order_events")
    events = events.filter(events.kind == "supervised", events["at"] <= NOW)
    events = events.group_by(["source", "order_no"]).agg(supervised_at=events["at"].max())
    orders = t.left_join(events, ["source", "order_no"])
    orders = orders.mutate(
        complains=orders.category == "complaint", waits=known(orders.archived_at).isnull() & (orders.status != "closed")
    )
    parts = []
    for level, column in _COLUMN.items():
        mine = orders.filter(orders[column].notnull())
        parts.append(
            mine.group_by(level=ibis.literal(level), subject=mine[column]).agg(
                reports=(~mine.complains).sum(),
                complaints=mine.complains.sum(),
                open_orders=mine.waits.sum(),
                supervised=mine.supervised_at.notnull().sum(),
                supervised_at=mine.supervised_at.max(),
            )
        )
    return ibis.union(*parts, distinct=False)
