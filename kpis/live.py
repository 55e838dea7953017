"""What a tick asks of the facts: few passes, each at the grain of the station, none twice for nothing."""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Final, Literal
from zoneinfo import ZoneInfo

import ibis
import pandas as pd

from kpis import matters, outage_watch, urgent, watched, work
from kpis.catalogue import LIVE
from kpis.freshness import Promise, promises_of
from kpis.measures import counts_somewhere, measures, verdicts
from kpis.orders import prepared
from kpis.supply import Supply, observed
from kpis.switching import PATH
from kpis.types import COUNTED_AT, Definition, Options, Reader, ShapedReader
from kpis.urgent import Memory
from settings import Reliability, Settings
from store.facts import schema

_SHOWN_KINDS: Final = ("city", "county", "station", "feeder", "crew")
Family = tuple[str, int]  # table and days of the window: what shares them is counted in one pass
_FAMILIES: Final[Mapping[Family, tuple[Definition, ...]]] = {
    (d.table, d.window_days or 1): tuple(x for x in LIVE if (x.table, x.window_days) == (d.table, d.window_days))
    for d in LIVE
}


@dataclass(frozen=True)
class LiveOptions:
    """What of the settings the live figures need. `promises`: of the tables of each source, in the settings' order."""

    zone: ZoneInfo
    kpis: Mapping[str, Options]
    promises: Mapping[str, tuple[Promise, ...]]
    map_level: Literal["county", "station"] = "county"
    critical_customers: int = 1000
    crew_orders: int = 2
    clocks: tuple[str, ...] = watched.USUAL  # those that rules of alerting watch
    often: tuple[watched.Often, ...] = watched.OFTEN  # likewise
    reliability: Reliability = field(default_factory=Reliability)

    @classmethod
    def of(
        cls,
        settings: Settings,
        pace: float = 1.0,
        clocks: tuple[str, ...] = watched.USUAL,
        often: tuple[watched.Often, ...] = watched.OFTEN,
    ) -> "LiveOptions":
        """`pace`: site seconds in a real one."""
        return cls(
            zone=settings.site.tz,
            kpis=settings.kpis,
            promises={name: promises_of(source, pace) for name, source in settings.sources.items()},
            map_level=settings.site.map_level,
            critical_customers=settings.site.critical_customers,
            crew_orders=settings.site.crew_orders,
            clocks=clocks,
            often=often,
            reliability=settings.reliability,
        )

    def of_kpi(self, key: str) -> Options:
        return self.kpis.get(key) or Options()


@dataclass(frozen=True)
class Observation:
    """The facts behind one snapshot of any unit.

    open_repairs: source, source_key, order_no, city, county, station, feeder, crew, stage, clock, start_at, due_at,
    call_count, critical, customers; soonest due first. without_limit: the same of open fault reports to which no limit
    applies. customers: see `_customers`.
    counts: per (table, window) the live KPIs' n and successes by unit path, day and hour (-1 before yesterday).
    outages: running ones and those that ended within a day, with is_running and customers_now; steps: their switching
    steps (kpis.switching). units: the tree down to stations, feeders and crews. work, matters: see the modules.
    plans: planned work of these days (kpis.outage_watch). supply: see kpis.supply.
    """

    now: datetime
    open_repairs: pd.DataFrame
    without_limit: pd.DataFrame
    counts: Mapping[Family, pd.DataFrame]
    outages: pd.DataFrame
    steps: pd.DataFrame
    units: pd.DataFrame
    work: work.Work
    plans: pd.DataFrame
    supply: Supply
    matters: matters.Matters


def observe(
    reader: ShapedReader, options: LiveOptions, versions: Mapping[str, int], memory: Memory, now: datetime
) -> Observation:
    """The facts of this tick. A question is asked again when its table changed, a limit passed or a minute is over.

    `versions`: a number per canonical table that moves when its rows change. `memory`: one per scope of `reader`.
    """
    minute, of = int(now.timestamp() // 60), {table: versions.get(table, 0) for table in schema.TABLES}
    today = now.astimezone(options.zone).date()

    def count(family: Family, *key: Hashable) -> pd.DataFrame:
        make = (family, "expression")
        expression = memory.get(make, today, lambda: _window(reader, family, options, today))
        return memory.get(family, (today, *key), lambda: _numbered(reader.frame(expression, now), today))

    def daily(make: Callable[[Reader, date, ZoneInfo], Any], *key: Hashable) -> pd.DataFrame:
        expression = memory.get((make, "expression"), today, lambda: make(reader, today, options.zone))
        return memory.get(make, (today, *key), lambda: reader.frame(expression, now))

    seen = urgent.look(reader, options.clocks, versions, memory, now)
    changed, supply = (of["work_orders"], minute), urgent.supply_key(versions, now)
    limited, others = memory.get(
        "limited", (*changed, *supply), lambda: _split(watched.repairs(seen.open_orders), seen.outages, options)
    )
    passed = int((limited["due_at"] < now).sum())  # a limit that passes makes its order late without a new row
    counts = {family: count(family, of[family[0]], minute, passed) for family in _FAMILIES}
    before = daily(work.accepted_before, minute)  # what is over may change too, but nobody waits for it
    past = memory.get("past", (today, minute), lambda: work.past(before, today))
    load = work.Work(daily(work.accepted_today, *changed), daily(work.restored_today, *changed), past)
    units = memory.ask(reader, shown_units, now, of["units"])
    plans = memory.ask(reader, outage_watch.plans, now, *supply)
    lost = observed(
        memory.get,
        reader,
        options.of_kpi("saidi"),
        options.reliability,
        (*supply[:2], of["customers"]),
        now,
        options.zone,
    )
    slow = _matters(reader, options, memory, now, today)
    return Observation(now, limited, others, counts, seen.outages, seen.steps, units, load, plans, lost, slow)


def _matters(reader: ShapedReader, options: LiveOptions, memory: Memory, now: datetime, today: date) -> matters.Matters:
    """Each of its questions once a minute, at a second of its own."""

    def once_a_minute(name: str, make: Callable[[], pd.DataFrame]) -> pd.DataFrame:
        turn = int((now.timestamp() + matters.APART_S * matters.QUESTIONS.index(name)) // 60)
        return memory.get(("matters", name), (today, turn), make)

    answers = matters.asked(reader, options.zone, options.often, now, once_a_minute)
    return memory.get("matters", tuple(map(id, answers.values())), lambda: matters.of_answers(answers, today))


def _window(reader: Reader, family: Family, options: LiveOptions, today: date) -> Any:
    """n and successes of the definitions that share table and window, over the window and the day before it."""
    table, days = family
    t = reader.table(table)
    counted_at = t[COUNTED_AT[table]]
    t = t.filter(counted_at >= work.midnight(today - timedelta(days=days), options.zone), counted_at <= schema.NOW)
    asked = [(d, options.of_kpi(d.key)) for d in _FAMILIES[family]]
    if days > 1:  # of months most rows are none of these figures': that is cheaper to find out than all verdicts
        t = t.filter(counts_somewhere(t, asked))
    t = prepared(t) if table == "work_orders" else t
    hour = ibis.ifelse(t.day >= ibis.literal(today - timedelta(days=1)), t.hour, -1)
    known = t.select(*PATH, "day", hour=hour, **verdicts(t, asked)).view()
    known = known.filter(ibis.or_(*(known[f"{part.key} rows"] for d, _ in asked for part in d.parts or (d,))))
    counts = {name: n.cast("int64") for name, n in measures(known, asked).items()}
    return known.group_by([*PATH, "day", "hour"]).agg(**counts)


def _numbered(frame: pd.DataFrame, today: date) -> pd.DataFrame:
    """With `offset`: days from today, 0 or negative."""
    return frame.assign(offset=(pd.to_datetime(frame["day"]) - pd.Timestamp(today)).dt.days)


def _split(listed: pd.DataFrame, outages: pd.DataFrame, options: LiveOptions) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Orders under a limit, critical also by the size of their outage, and the others."""
    customers = _customers(listed["outage_no"], outages)
    is_large = listed["outage_no"].notna() & (customers > options.critical_customers).fillna(False)
    listed = listed.assign(critical=listed["critical"].astype(bool) | is_large, customers=customers)
    listed = listed.drop(columns="outage_no")
    limited = listed["due_at"].notna()
    return listed[limited].reset_index(drop=True), listed[~limited]


def _customers(outage_no: pd.Series, outages: pd.DataFrame) -> pd.Series:
    """Customers without supply that each order stands for: those of its outage, else the one who reported.

    Missing where nobody counted them, or where nothing is known of the outage. An order that is open although its
    outage is over says that its own customer still waits.
    """
    known = outages[outages["outage_no"].notna()]
    now_out = known["customers_now"].where(known["is_running"], 1)
    by_number = now_out.groupby(known["outage_no"]).max()  # a number may stand in two sources
    return outage_no.map(by_number).where(outage_no.notna(), 1).astype("Int64")


def shown_units(reader: Reader) -> Any:
    """The units and feeders whose names the pages show."""
    t = reader.table("units")
    return (
        t.filter(t.kind.isin(_SHOWN_KINDS))
        .select("code", "kind", "parent", "name_zh", "name_en", "lon", "lat")
        .order_by("kind", "code")
    )
