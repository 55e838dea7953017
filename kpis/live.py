"""What a tick asks of the facts: few passes, each at the grain of the station, none twice for nothing."""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Final, Literal, TypeVar
from zoneinfo import ZoneInfo

import ibis
import pandas as pd

from kpis import matters, outage_watch, switching, watched, work
from kpis.catalogue import LIVE
from kpis.measures import counts_somewhere, measures, verdicts
from kpis.open_rows import open_rows
from kpis.orders import fault_reports, is_open, ours_to_restore, prepared
from kpis.supply import Supply, observed
from kpis.switching import PATH, TREND_HOURS
from kpis.types import COUNTED_AT, Definition, Options, Reader, ShapedReader, known
from settings import Reliability, Settings
from store.facts import schema

_LOOK_BACK: Final = timedelta(hours=TREND_HOURS + 1)
_REAL_LAG_S: Final = 3.0  # a tick, a read and a merge, with room
_SHOWN_KINDS: Final = ("city", "county", "station", "feeder", "crew")
T = TypeVar("T")
Family = tuple[str, int]  # table and days of the window: what shares them is counted in one pass
_FAMILIES: Final[Mapping[Family, tuple[Definition, ...]]] = {
    (d.table, d.window_days or 1): tuple(x for x in LIVE if (x.table, x.window_days) == (d.table, d.window_days))
    for d in LIVE
}


@dataclass(frozen=True)
class LiveOptions:
    """What of the settings the live figures need. `fresh_s`: in seconds of the site's clock, in the settings' order."""

    zone: ZoneInfo
    kpis: Mapping[str, Options]
    fresh_s: Mapping[str, float]
    map_level: Literal["county", "station"] = "county"
    critical_customers: int = 1000
    crew_orders: int = 2
    clocks: tuple[str, ...] = watched.USUAL  # those that rules of alerting watch
    often: tuple[watched.Often, ...] = watched.OFTEN  # likewise
    reliability: Reliability = field(default_factory=Reliability)
    feeds: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # canonical tables each source is set up to fill

    @classmethod
    def of(
        cls,
        settings: Settings,
        pace: float = 1.0,
        clocks: tuple[str, ...] = watched.USUAL,
        often: tuple[watched.Often, ...] = watched.OFTEN,
    ) -> "LiveOptions":
        """`pace`: site seconds in a real one. A faster site is read at the real pace all the same: what that costs in
        site time is allowed to every source, and no more, so that a source which falls silent still turns stale.
        """
        return cls(
            zone=settings.site.tz,
            kpis=settings.kpis,
            fresh_s={n: s.fresh_s + (pace - 1) * (s.poll_s + _REAL_LAG_S) for n, s in settings.sources.items()},
            map_level=settings.site.map_level,
            critical_customers=settings.site.critical_customers,
            crew_orders=settings.site.crew_orders,
            clocks=clocks,
            often=often,
            reliability=settings.reliability,
            feeds={n: tuple(dict.fromkeys(m.into for m in s.tables)) for n, s in settings.sources.items()},
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
    open_orders and watched_outages: what rules of alerting look at (kpis.watched). plans: planned work of these days
    (kpis.outage_watch). supply: see kpis.supply.
    """

    now: datetime
    open_repairs: pd.DataFrame
    without_limit: pd.DataFrame
    counts: Mapping[Family, pd.DataFrame]
    outages: pd.DataFrame
    steps: pd.DataFrame
    units: pd.DataFrame
    work: work.Work
    open_orders: pd.DataFrame
    watched_outages: pd.DataFrame
    plans: pd.DataFrame
    supply: Supply
    matters: matters.Matters


class Memory:
    """The last answer to each question, kept while its key stays the same."""

    def __init__(self) -> None:
        self._kept: dict[Hashable, tuple[Hashable, Any]] = {}

    def get(self, name: Hashable, key: Hashable, make: Callable[[], T]) -> T:
        kept = self._kept.get(name)
        if kept is None or kept[0] != key:
            kept = (key, make())
            self._kept[name] = kept
        answer: T = kept[1]
        return answer


def observe(
    reader: ShapedReader, options: LiveOptions, versions: Mapping[str, int], memory: Memory, now: datetime
) -> Observation:
    """The facts of this tick. A question is asked again when its table changed, a limit passed or a minute is over.

    `versions`: a number per canonical table that moves when its rows change. `memory`: one per scope of `reader`.
    """
    minute, of = int(now.timestamp() // 60), {table: versions.get(table, 0) for table in schema.TABLES}
    today = now.astimezone(options.zone).date()

    def ask(make: Callable[[Reader], Any], *key: Hashable) -> pd.DataFrame:
        expression = memory.get((make, "expression"), None, lambda: make(reader))
        return memory.get(make, key, lambda: reader.frame(expression, now))

    def count(family: Family, *key: Hashable) -> pd.DataFrame:
        make = (family, "expression")
        expression = memory.get(make, today, lambda: _window(reader, family, options, today))
        return memory.get(family, (today, *key), lambda: _numbered(reader.frame(expression, now), today))

    def daily(make: Callable[[Reader, date, ZoneInfo], Any], *key: Hashable) -> pd.DataFrame:
        expression = memory.get((make, "expression"), today, lambda: make(reader, today, options.zone))
        return memory.get(make, (today, *key), lambda: reader.frame(expression, now))

    supply = (of["outages"], of["outage_areas"], minute)
    listed, areas = ask(recent_outages, *supply), ask(recent_areas, *supply)
    steps = memory.get("steps", supply, lambda: switching.steps(listed, areas))
    outages = memory.get("outages", supply, lambda: switching.with_customers(listed, steps, now))
    changed = (of["work_orders"], minute)
    open_orders = memory.get("repairs", changed, lambda: _soonest_first(open_rows(reader, repairs, now)))
    limited, others = memory.get("limited", (*changed, *supply), lambda: _split(open_orders, outages, options))
    passed = int((limited["due_at"] < now).sum())  # a limit that passes makes its order late without a new row
    counts = {family: count(family, of[family[0]], minute, passed) for family in _FAMILIES}
    before = daily(work.accepted_before, minute)  # what is over may change too, but nobody waits for it
    past = memory.get("past", (today, minute), lambda: work.past(before, today))
    load = work.Work(daily(work.accepted_today, *changed), daily(work.restored_today, *changed), past)
    units = ask(shown_units, of["units"])
    open_ones = memory.get("open orders", changed, lambda: open_rows(reader, watched.open_orders(options.clocks), now))
    watched_ones = ask(watched.watched_outages, of["outages"], minute)
    plans = ask(outage_watch.plans, *supply)
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
    return Observation(
        now, limited, others, counts, outages, steps, units, load, open_ones, watched_ones, plans, lost, slow
    )


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


def repairs(t: ibis.Table) -> tuple[Any, Mapping[str, Any]]:
    """Open fault reports with the clock that runs; due_at is null where no limit applies."""
    arrived = known(t.arrived_at)
    is_running = fault_reports(t) & is_open(t) & (arrived.isnull() | ours_to_restore(t))
    names = ("source", "source_key", "order_no", *PATH, "feeder", "outage_no", "crew")
    return (t.accepted_at <= schema.NOW) & is_running, {
        **{name: t[name] for name in names},
        "stage": work.stage(t),
        "clock": ibis.ifelse(arrived.isnull(), "arrival", "restoration"),
        "start_at": ibis.coalesce(arrived, t.accepted_at),
        "due_at": ibis.ifelse(arrived.isnull(), t.arrival_due_at, t.restoration_due_at),
        "call_count": t.call_count.fill_null(1),
        "critical": t.is_sensitive.fill_null(False) | t.is_important_customer.fill_null(False),
    }


def _soonest_first(opened: pd.DataFrame) -> pd.DataFrame:
    return opened.sort_values(["due_at", "source", "source_key"], ignore_index=True)


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


def recent_outages(reader: Reader) -> Any:
    """Outages that run, or ran within the hours of the trend."""
    t = reader.table("outages")
    t = t.filter(t.started_at <= schema.NOW, t.restored_at.isnull() | (t.restored_at >= _oldest()))
    return t.select(
        *("source", "source_key", "outage_no", *PATH, "feeder", "kind", "customers_out", "sensitive_out"),
        *("important_out", "started_at", "restored_at", "estimate_at", "planned_start_at", "planned_end_at"),
        *("announced_at", "lon", "lat"),
    )


def recent_areas(reader: Reader) -> Any:
    """All switching steps of those outages."""
    recent = recent_outages(reader).select("source", "outage_no")
    t = reader.table("outage_areas").semi_join(recent, ["source", "outage_no"])
    return t.select("source", "outage_no", "transformer_area", "customers", "off_at", "on_at")


def shown_units(reader: Reader) -> Any:
    """The units and feeders whose names the pages show."""
    t = reader.table("units")
    return (
        t.filter(t.kind.isin(_SHOWN_KINDS))
        .select("code", "kind", "parent", "name_zh", "name_en", "lon", "lat")
        .order_by("kind", "code")
    )


def _oldest() -> Any:
    return schema.NOW - ibis.interval(hours=int(_LOOK_BACK.total_seconds() // 3600))
