"""What a row gets when it is merged: site day and hour, due times, names of faults. Pure and vectorised."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Protocol
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from kpis import order_clocks
from kpis.calendar import NEVER, Calendar, Ints
from kpis.limits import Limit
from kpis.order_clocks import Events

# What other rows say of the rows to derive, by position `row`. events: row, kind, at, reason of order_events.
# merged: row, accepted_at, the earliest acceptance among the orders merged into the row. exempt: row, clock, once each.
Beside = Mapping[str, pd.DataFrame]
Derive = Callable[[pd.DataFrame, Beside], pd.DataFrame]
UNITS: Final = ("city", "county", "station")
# (name, earlier, later): the later time may not lie before the earlier one.
Order = tuple[str, str, str]

ORDER_STAGES: Final[tuple[Order, ...]] = (
    ("dispatched_before_accepted", "accepted_at", "dispatched_at"),
    ("received_before_dispatched", "dispatched_at", "received_at"),
    ("arrived_before_accepted", "accepted_at", "arrived_at"),
    ("restored_before_accepted", "accepted_at", "restored_at"),
    ("replied_before_accepted", "accepted_at", "replied_at"),
    ("closed_before_opened", "accepted_at", "archived_at"),
    ("limit_before_accepted", "accepted_at", "given_due_at"),
)
OUTAGE_STAGES: Final[tuple[Order, ...]] = (
    ("restored_before_started", "started_at", "restored_at"),
    ("planned_end_before_start", "planned_start_at", "planned_end_at"),
)
AREA_STAGES: Final[tuple[Order, ...]] = (("on_before_off", "off_at", "on_at"),)
SURVEY_STAGES: Final[tuple[Order, ...]] = (("answered_before_asked", "asked_at", "answered_at"),)


class Tier(Protocol):
    """A tier of customers by contracted capacity (at least) and arrears (at most; None: whatever is owed)."""

    @property
    def tier(self) -> str: ...
    @property
    def capacity_kva(self) -> float: ...
    @property
    def arrears_cny(self) -> float | None: ...


class EventDays(Protocol):
    """Days of a major event, `first` to `last`, in these units; no units: everywhere."""

    @property
    def name(self) -> str: ...
    @property
    def first(self) -> date: ...
    @property
    def last(self) -> date: ...
    @property
    def units(self) -> tuple[str, ...]: ...


@dataclass(frozen=True)
class Rules:
    """What the site says of its rows: limits, calendar, tiers of customers, days of major events, and the words by
    which a subcategory is about outages."""

    limits: tuple[Limit, ...]
    calendar: Calendar
    tiers: tuple[Tier, ...] = ()
    event_days: tuple[EventDays, ...] = ()
    outage_topics: tuple[str, ...] = ()


def derivers(rules: Rules) -> Mapping[str, Derive]:
    """For each canonical table the function from changed rows to their derived columns, same index."""
    tz = rules.calendar.zone

    def when(rows: pd.DataFrame, column: str, plan: str | None = None) -> pd.DataFrame:
        moments = rows[column] if plan is None else _moments(rows[column]).fillna(_moments(rows[plan]))
        time = site_time(moments, tz)
        return time.assign(event_day=event_day(rows, time["day"], rules.event_days))

    return {
        "work_orders": lambda rows, beside: derive_orders(rows, beside, rules, when(rows, "accepted_at")),
        "outages": lambda rows, _: when(rows, "started_at", "planned_start_at").assign(
            faults=faults(rows, OUTAGE_STAGES)
        ),
        "outage_areas": lambda rows, _: pd.DataFrame({"faults": faults(rows, AREA_STAGES)}, index=rows.index),
        "surveys": lambda rows, _: when(rows, "asked_at").assign(faults=survey_faults(rows)),
    }


def derive_orders(rows: pd.DataFrame, beside: Beside, rules: Rules, derived: pd.DataFrame) -> pd.DataFrame:
    """`derived` with tier, the columns of `order_clocks.derived`, and faults of work orders.

    A deadline is null where the start of its clock, or a limit that fits the order on its day, is missing.
    """
    limits, calendar = rules.limits, rules.calendar
    derived["tier"] = tiers(rows, rules.tiers)
    rows = rows.assign(tier=derived["tier"])
    clocks = order_clocks.derived(rows, merged_since(beside, len(rows)), events_of(beside), limits, calendar)
    columns: dict[str, Any] = {
        name: pd.DatetimeIndex(values).tz_localize("UTC") if values.dtype.kind == "M" else values
        for name, values in clocks.items()
    }
    columns["exempt"] = _exempt(beside, rows.index)
    columns["is_outage_topic"] = outage_topics(rows, rules.outage_topics)
    columns["faults"] = faults(rows, ORDER_STAGES, ~_restored_first(rows))
    # At once: forty columns put in one by one take as long as what is in them.
    return pd.concat([derived, pd.DataFrame(columns, index=rows.index)], axis=1)


def _exempt(beside: Beside, index: pd.Index) -> pd.Series:
    text = np.full(len(index), None, dtype=object)
    frame = beside.get("exempt")
    if frame is not None and not frame.empty:
        clocks = frame.sort_values(["row", "clock"]).groupby("row")["clock"].agg(",".join)
        text[clocks.index.to_numpy(dtype=np.int64)] = [f",{names}," for names in clocks]  # the exempt only: few
    return pd.Series(text, index=index, dtype=object)


def events_of(beside: Beside) -> Events:
    frame = beside.get("events")
    if frame is None or frame.empty:
        nothing, none = np.empty(0, dtype=np.int64), np.empty(0, dtype=object)
        return Events(nothing, none, nothing, none)
    kind, reason = (frame[name].astype(object).to_numpy() for name in ("kind", "reason"))
    return Events(frame["row"].to_numpy(dtype=np.int64), kind, _micros(frame["at"]), reason)


def merged_since(beside: Beside, n: int) -> Ints:
    since = np.full(n, NEVER, dtype=np.int64)
    frame = beside.get("merged")
    if frame is not None and not frame.empty:
        since[frame["row"].to_numpy(dtype=np.int64)] = _micros(frame["accepted_at"])
    return since


def _micros(moments: pd.Series) -> Ints:
    return np.asarray(_moments(moments).to_numpy(dtype="datetime64[us]").astype(np.int64))


def site_time(moments: pd.Series, tz: ZoneInfo) -> pd.DataFrame:
    """day (midnight, naive), hour (0 to 23), weekday (1 Monday to 7 Sunday) on the site's wall clock; null stays."""
    local = _moments(moments).dt.tz_convert(tz)
    return pd.DataFrame(
        {
            "day": local.dt.tz_localize(None).dt.normalize(),
            "hour": local.dt.hour.astype("Int64"),
            "weekday": local.dt.day_of_week.astype("Int64") + 1,
        },
        index=moments.index,
    )


def event_day(rows: pd.DataFrame, day: pd.Series, events: Sequence[EventDays]) -> pd.Series:
    """The name of the first of `events` that holds on the day and in a unit of each row; null for none."""
    found = np.full(len(rows), None, dtype=object)
    for event in reversed(events):
        there = (day >= pd.Timestamp(event.first)) & (day <= pd.Timestamp(event.last))
        if event.units:
            there &= rows[list(UNITS)].isin(event.units).any(axis=1)
        found[there.fillna(False).to_numpy(dtype=bool)] = event.name
    return pd.Series(found, index=rows.index, dtype=object)


def tiers(rows: pd.DataFrame, wanted: Sequence[Tier]) -> pd.Series:
    """The tier the source gives, else the first of `wanted` that fits; null where the capacity is not known either."""
    found = rows["given_tier"].astype(object).where(rows["given_tier"].notna(), None)
    for tier in wanted:
        fits = found.isna() & (rows["capacity_kva"] >= tier.capacity_kva).fillna(False)
        if tier.arrears_cny is not None:
            fits &= (rows["arrears_cny"] <= tier.arrears_cny).fillna(False)
        found = found.mask(fits, tier.tier)
    return found


def outage_topics(rows: pd.DataFrame, words: Sequence[str]) -> pd.Series:
    """Whether each row is about an outage: a fault report, an order of an outage, or of one of these subcategories."""
    about = (rows["category"] == "fault_report") | rows["outage_no"].notna()
    for level in ("subcategory_1", "subcategory_2", "subcategory_3"):
        about |= rows[level].isin(words)
    return about.fillna(False).astype(bool)


def faults(rows: pd.DataFrame, stages: Sequence[Order], sequential: pd.Series | None = None) -> pd.Series:
    """Names of the impossible orders of times in each row, comma separated; null where there is none.

    `sequential`: rows in which supply may come back only after arrival; None where that does not apply.
    """
    found = {name: _moments(rows[later]) < _moments(rows[earlier]) for name, earlier, later in stages}
    if sequential is not None:
        found["restored_before_arrived"] = sequential & (_moments(rows["restored_at"]) < _moments(rows["arrived_at"]))
    return _joined(found, rows.index)


def survey_faults(rows: pd.DataFrame) -> pd.Series:
    """As `faults`, with a score that lies outside its own scale."""
    score, low, high = (pd.to_numeric(rows[c]) for c in ("score", "scale_min", "scale_max"))
    found = {name: _moments(rows[later]) < _moments(rows[earlier]) for name, earlier, later in SURVEY_STAGES}
    found["score_outside_scale"] = (score < low) | (score > high)
    return _joined(found, rows.index)


def _joined(found: Mapping[str, pd.Series], index: pd.Index) -> pd.Series:
    text = np.full(len(index), None, dtype=object)
    for name, mask in found.items():
        hit = mask.fillna(False).to_numpy(dtype=bool)
        text[hit] = [name if old is None else f"{old},{name}" for old in text[hit]]  # faulty rows only: they are few
    return pd.Series(text, index=index, dtype=object)


def _restored_first(rows: pd.DataFrame) -> pd.Series:
    """先复电后抢修: supply was back before somebody came, on purpose."""
    return rows["restore_first"].astype("boolean").fillna(False)


def _moments(values: pd.Series) -> pd.Series:
    """Aware UTC in microseconds, also for a column that holds nothing but nulls."""
    if values.dtype == order_clocks.MOMENT:
        return values
    return pd.to_datetime(values, utc=True).astype("datetime64[us, UTC]")
