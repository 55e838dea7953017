"""How reliable supply has been so far: today, this month and this year, for the walls; few passes over the steps."""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

import ibis
import pandas as pd

from kpis.event_days import Threshold, threshold
from kpis.interruptions import interruptions
from kpis.periods import midnight
from kpis.reliability import asai, sustained
from kpis.switching import PATH
from kpis.types import Options, Tables
from settings import Reliability
from store.facts import schema

PERIODS: Final = ("today", "month", "year")
HISTORY_YEARS: Final = 5
FREQUENT_DAYS: Final = 60  # 频繁停电: 3 in 60 days, 5 is worse
FREQUENT: Final = 3
_SUMS: Final = ("minutes", "customers", "n", "running", "flawed")
Among = Callable[[ibis.Table], Any]
Pick = Callable[[pd.DataFrame], pd.DataFrame]


@dataclass(frozen=True)
class Supply:
    """sums: PATH, and for each period, with or without event days (`today_all_minutes`, `year_ordinary_n`, ...), sums
    of sustained interruptions: customer-minutes, customers interrupted, how many, how many last, rows left out.
    served: PATH, customers. frequent: transformer areas of 3 or more sustained interruptions in 60 days.
    """

    sums: pd.DataFrame
    served: pd.DataFrame
    frequent: pd.DataFrame
    events: Threshold
    event_days: tuple[date, ...]  # of this year, above the threshold
    bodies: dict[Hashable, dict[str, Any]] = field(default_factory=dict, compare=False)  # parts made of it, by unit


def over(start: datetime, before: datetime) -> Among:
    """Outages that began in [start, before) and were over by `before`: they move only if their source mends them."""

    def among(t: ibis.Table) -> Any:
        return (t.started_at >= _at(start)) & (t.started_at < _at(before)) & (t.restored_at < _at(before))

    return among


def current(start: datetime, midnight_: datetime) -> Among:
    """The other ones since `start`: that began today, or were not over by today's midnight."""

    def among(t: ibis.Table) -> Any:
        moving = (t.started_at >= _at(midnight_)) | t.restored_at.isnull() | (t.restored_at >= _at(midnight_))
        return (t.started_at >= _at(start)) & (t.started_at <= schema.NOW) & moving

    return among


def counted(reader: Tables, options: Options, among: Among, today: date, event_days: Sequence[date]) -> Any:
    """Sums of sustained interruptions by place and whether they began today, this month, and on an ordinary day."""
    t = interruptions(reader, among)
    counts = sustained(t, options).fill_null(False)
    t = t.mutate(counts=counts, is_flawed=t.flaw.notnull())
    t = t.filter(t.counts | t.is_flawed)
    amount = ibis.ifelse(t.counts, t.minutes * t.customers, 0.0)
    named = t.event_day.notnull()
    flags = {
        "is_today": t.day == ibis.literal(today),
        "is_month": t.day >= ibis.literal(today.replace(day=1)),
        "is_event": (named | t.day.isin([ibis.literal(d) for d in event_days])) if event_days else named,
    }
    grain = [flag.fill_null(False).name(name) for name, flag in flags.items()]
    return t.group_by([*PATH, *grain]).agg(
        minutes=amount.sum(),
        customers=ibis.ifelse(t.counts, t.customers, 0).sum().cast("float64"),
        n=t.counts.sum().cast("int64"),
        running=(t.counts & t.back_at.isnull()).sum().cast("int64"),
        flawed=t.is_flawed.sum().cast("int64"),
    )


def history(reader: Tables, options: Options, start: datetime, end: datetime) -> Any:
    """Customer-minutes of each day of the whole site that is over."""
    t = interruptions(reader, lambda t: (t.started_at >= _at(start)) & (t.started_at < _at(end)))
    t = t.filter(sustained(t, options).fill_null(False))
    return t.group_by("day").agg(minutes=(t.minutes * t.customers).sum()).order_by("day")


def served_by_place(reader: Tables) -> Any:
    """Customers served by place."""
    t = reader.table("customers")
    return t.group_by(list(PATH)).agg(customers=t.customers.sum().cast("float64"))


def frequent_areas(reader: Tables, options: Options) -> Any:
    """Transformer areas with FREQUENT or more sustained interruptions in FREQUENT_DAYS days, with their names."""
    since = schema.NOW - ibis.interval(hours=24 * FREQUENT_DAYS)
    t = interruptions(reader, lambda t: t.restored_at.isnull() | (t.restored_at >= since))
    t = t.filter(t.transformer_area.notnull(), t.off_at >= since, sustained(t, options).fill_null(False))
    found = t.group_by([*PATH, "feeder", "transformer_area"]).agg(
        n=t.count().cast("int64"),
        customers=t.customers.max(),
        total_min=t.minutes.sum(),
        last_at=t.off_at.max(),
        running=t.back_at.isnull().sum().cast("int64"),
    )
    found = found.filter(found.n >= FREQUENT)
    units = reader.table("units")
    units = units.filter(units.kind == "transformer_area").select(named="code", name_zh="name_zh", name_en="name_en")
    found = found.left_join(units, found.transformer_area == units.named).drop("named")
    return found.order_by(ibis.desc("n"), ibis.desc("last_at"), "transformer_area")


def first_days(today: date, zone: ZoneInfo) -> dict[str, date]:
    """The first day of each period."""
    return {"today": today, "month": today.replace(day=1), "year": today.replace(month=1, day=1)}


def sums(frames: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """`frames` of `counted` as Supply.sums."""
    named = [*PATH, *(f"{p}_{which}_{name}" for p in PERIODS for which in ("all", "ordinary") for name in _SUMS)]
    some = [frame for frame in frames if not frame.empty]
    if not some:
        return pd.DataFrame(columns=named)
    frame = pd.concat(some, ignore_index=True)
    whole = pd.Series(True, index=frame.index)
    inside = {"today": frame["is_today"].astype(bool), "month": frame["is_month"].astype(bool), "year": whole}
    ordinary = ~frame["is_event"].astype(bool)
    parts = {
        f"{period}_{which}_{name}": frame[name].where(mask, 0)
        for period, own in inside.items()
        for which, mask in (("all", own), ("ordinary", own & ordinary))
        for name in _SUMS
    }
    wide = pd.concat([frame[list(PATH)], pd.DataFrame(parts)], axis=1)
    return wide.groupby(list(PATH), dropna=False).sum().reset_index()


def event_threshold(daily: pd.DataFrame, served: pd.DataFrame, how: Reliability) -> tuple[Threshold, pd.Series]:
    """T_MED of the site and the daily SAIDI it rests on, by day; without served customers there is no SAIDI."""
    total = float(served["customers"].sum()) if len(served) else 0.0
    saidi = daily.set_index("day")["minutes"] / total if total > 0 else pd.Series(dtype="float64")
    return threshold(saidi.tolist(), how.deviation), saidi


def body(supply: Supply, pick: Pick, now: datetime, zone: ZoneInfo, *, is_fed: bool) -> dict[str, Any]:
    """The figures of one unit by period: with and without days of major events; null where something is missing."""
    own, customers = pick(supply.sums).sum(numeric_only=True), pick(supply.served)["customers"].sum()
    served = float(customers) if customers > 0 else None
    today, until = now.astimezone(zone).date(), now.replace(second=0, microsecond=0)
    found = {}
    for period, first in first_days(today, zone).items():
        start = midnight(first, zone)
        both = {which: _figures(own, f"{period}_{which}", served, is_fed) for which in ("all", "ordinary")}
        saidi: Any = both["all"]["saidi"]
        found[period] = {
            **both["all"],
            "ordinary": both["ordinary"],
            "asai": _rounded(asai(saidi, start, until), 5),
            "event_days": sum(first <= day <= today for day in supply.event_days),
        }
    return {
        "periods": found,
        "served": served,
        "threshold_min": supply.events.minutes,
        "history_days": supply.events.days,
        "deviation": supply.events.deviation,
    }


def _figures(own: pd.Series, prefix: str, served: float | None, is_fed: bool) -> dict[str, Any]:
    minutes, customers, n, running, flawed = (float(own.get(f"{prefix}_{name}", 0)) for name in _SUMS)
    known = is_fed and served is not None
    return {
        "saidi": _rounded(minutes / served if known and served else None, 3),
        "saifi": _rounded(customers / served if known and served else None, 5),
        "caidi": _rounded(minutes / customers if is_fed and customers > 0 else None, 2),
        "customer_hours": _rounded(minutes / 60 if is_fed else None, 1),
        "n": int(n) if is_fed else None,
        "running": int(running),
        "flawed": int(flawed),
    }


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)


def observed(
    ask: Callable[[str, tuple[Any, ...], Callable[[], Any]], Any],
    reader: Any,
    options: Options,
    how: Reliability,
    versions: tuple[int, ...],
    now: datetime,
    zone: ZoneInfo,
) -> Supply:
    """Asked in passes of their own pace: what moves once a minute, the frequent areas each hour, what is over and
    history once a day; more often while the facts fill. `ask`: name, key while which the answer stands, and what makes
    it (kpis.live.Memory). `versions`: of outages, of their areas, of served customers."""
    today = now.astimezone(zone).date()
    minute = int(now.timestamp() // 60)
    start, year = midnight(today, zone), midnight(today.replace(month=1, day=1), zone)
    long_ago = midnight(today, zone) - timedelta(days=366 * HISTORY_YEARS)

    def frame(make: Callable[[], Any]) -> Callable[[], pd.DataFrame]:
        return lambda: reader.frame(make(), now)

    filled = tuple((min(v, 16), v.bit_length()) for v in versions)  # another one at each doubling
    served = ask("served", (versions[-1],), frame(lambda: served_by_place(reader)))
    daily = ask("supply history", (today, filled), frame(lambda: history(reader, options, long_ago, start)))
    events, mine = ask("supply events", (today, filled, versions[-1]), lambda: _events(daily, served, how, today))
    before, moving = over(year, start), current(year, start)
    past = ask("supply past", (today, filled, mine), frame(lambda: counted(reader, options, before, today, mine)))
    fresh = ask("supply now", (minute, filled, mine), frame(lambda: counted(reader, options, moving, today, mine)))
    areas = ask("frequent areas", (minute // 60, filled), frame(lambda: frequent_areas(reader, options)))
    supply: Supply = ask(
        "supply",
        tuple(map(id, (past, fresh, served, areas, events))),
        lambda: Supply(sums([past, fresh]), served, areas, events, mine),
    )
    return supply


def _events(
    daily: pd.DataFrame, served: pd.DataFrame, how: Reliability, today: date
) -> tuple[Threshold, tuple[date, ...]]:
    """The threshold, and the days of this year above it."""
    events, saidi = event_threshold(daily, served, how)
    above = [pd.Timestamp(str(day)).date() for day, value in saidi.items() if events.is_event(value)]
    return events, tuple(day for day in above if day.year == today.year)


def _at(moment: datetime) -> Any:
    return ibis.literal(moment, type=schema.NOW.type())
