"""Who has how much to do: open repairs by stage, reports by hour against a usual day, crews and their orders."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

import ibis
import numpy as np
import numpy.typing as npt
import pandas as pd

from kpis.orders import fault_reports, ours_to_restore
from kpis.switching import PATH
from kpis.types import Reader, known
from store.facts import schema

STAGES: Final = ("accepted", "dispatched", "on_the_way", "on_site")
HOURS: Final = 24
LOOK_BACK_DAYS: Final = 28  # four of each weekday
LEAST_DAYS: Final = 7  # fewer are no usual day: our choice
MANY_DAYS: Final = 20  # from here on the days' own quantiles are the range
CREWS: Final = 40  # listed; a wall shows 6 at most
FRIDAY: Final = 5
# 97.5 % quantile of Student's t by degrees of freedom, LEAST_DAYS - 1 to MANY_DAYS - 2.
_T: Final = (2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131, 2.120, 2.110, 2.101)

Real = npt.NDArray[np.float64]
Pick = Callable[[pd.DataFrame], pd.DataFrame]


@dataclass(frozen=True)
class Past:
    """Fault reports accepted on the days of today's class, of the last 28.

    Shapes: places has one row per unit path, numbered from 0; counts is places x days x hours. A day on which the whole
    site had none has no data and is no day.
    """

    places: pd.DataFrame
    counts: npt.NDArray[np.int64]


@dataclass(frozen=True)
class Work:
    """What the part `work` rests on. today: PATH, hour, n accepted since midnight; restored: PATH, n since midnight."""

    today: pd.DataFrame
    restored: pd.DataFrame
    past: Past


def stage(t: ibis.Table) -> Any:
    """The furthest stage that has come by now. On the way: the crew took the order and is not there yet."""
    return ibis.cases(
        (known(t.arrived_at).notnull(), "on_site"),
        (known(t.received_at).notnull(), "on_the_way"),
        (known(t.dispatched_at).notnull(), "dispatched"),
        else_="accepted",
    )


def midnight(day: date, zone: ZoneInfo) -> Any:
    return ibis.literal(datetime.combine(day, time(), zone).astimezone(UTC), type=schema.NOW.type())


def accepted_today(reader: Reader, today: date, zone: ZoneInfo) -> Any:
    """Fault reports accepted since midnight by place and hour."""
    t = reader.table("work_orders")
    t = t.filter(t.accepted_at >= midnight(today, zone), t.accepted_at <= schema.NOW, fault_reports(t))
    return t.group_by([*PATH, "hour"]).agg(n=t.count())


def restored_today(reader: Reader, today: date, zone: ZoneInfo) -> Any:
    """Fault reports whose supply came back since midnight by place.

    Archiving stands in where nobody wrote down when supply was back, if somebody was there: an order that was settled
    by telephone restored nothing.
    """
    t = reader.table("work_orders")
    since = midnight(today, zone)
    visited = ibis.ifelse(known(t.arrived_at).notnull(), known(t.archived_at), ibis.null(schema.NOW.type()))
    # The first filter says no more than the second; in these words a database skips whole blocks of old rows.
    t = t.filter((t.restored_at >= since) | (t.archived_at >= since))
    t = t.filter(ibis.coalesce(known(t.restored_at), visited) >= since, fault_reports(t), ours_to_restore(t))
    return t.group_by(list(PATH)).agg(n=t.count())


def accepted_before(reader: Reader, today: date, zone: ZoneInfo) -> Any:
    """Fault reports of the look-back by place, day and hour, on working days or weekends as today is one."""
    t = reader.table("work_orders")
    start = midnight(today - timedelta(days=LOOK_BACK_DAYS), zone)
    t = t.filter(t.accepted_at >= start, t.accepted_at < midnight(today, zone), fault_reports(t))
    works = today.isoweekday() <= FRIDAY
    t = t.filter(t.weekday <= FRIDAY if works else t.weekday > FRIDAY)
    return t.group_by([*PATH, "day", "hour"]).agg(n=t.count())


def past(frame: pd.DataFrame, today: date) -> Past:
    """`accepted_before` as counts. The first day known is left out when history began on it: it may be half a day."""
    day = pd.to_datetime(frame["day"])
    if not frame.empty and day.min() > _first_day(today):
        frame, day = frame[day > day.min()], day[day > day.min()]
    place = frame.groupby(list(PATH), dropna=False, sort=True).ngroup().to_numpy()
    first = np.unique(place, return_index=True)[1]
    days, nth = np.unique(day.to_numpy(), return_inverse=True)
    counts = np.zeros((len(first), len(days), HOURS), dtype=np.int64)
    np.add.at(counts, (place, nth, frame["hour"].to_numpy(dtype=np.int64)), frame["n"].to_numpy(dtype=np.int64))
    return Past(frame[list(PATH)].iloc[first].reset_index(drop=True), counts)


def _first_day(today: date) -> pd.Timestamp:
    """The first day of the look-back that is of today's class."""
    days = [today - timedelta(days=back) for back in range(LOOK_BACK_DAYS, 0, -1)]
    works = today.isoweekday() <= FRIDAY
    return pd.Timestamp(next(d for d in days if (d.isoweekday() <= FRIDAY) == works))


def body(work: Work, opened: pd.DataFrame, pick: Pick, now: datetime, capacity: int) -> dict[str, Any]:
    """The part `work` of a unit. `opened`: its open repairs with stage, crew, due_at; `now`: on the site's clock."""
    today = pick(work.today)
    by_hour = np.bincount(today["hour"].to_numpy(dtype=np.int64), today["n"].to_numpy(dtype=np.int64), HOURS)
    days = work.past.counts[pick(work.past.places).index.to_numpy()].sum(axis=0)
    usual, low, high = usual_day(days)
    hour, passed = now.hour, (now.minute * 60 + now.second) / 3600
    stages = opened["stage"].value_counts()
    return {
        "stages": {**{s: int(stages.get(s, 0)) for s in STAGES}, "restored_today": int(pick(work.restored)["n"].sum())},
        "hours": {
            "today": [int(n) if i <= hour else None for i, n in enumerate(by_hour)],
            **{name: _rounded(values) for name, values in (("usual", usual), ("low", low), ("high", high))},
            "days": len(days),
            "hour": hour,
        },
        "so_far": int(by_hour.sum()),
        # The part of the unfinished hour that has passed: within an hour reports come evenly enough.
        "usual_so_far": None if usual is None else round(float(usual[:hour].sum() + usual[hour] * passed), 1),
        "crews": crews(opened, now, capacity),
        "crew_capacity": capacity,
    }


def usual_day(days: npt.NDArray[np.int64] | Real) -> tuple[Real, Real, Real] | tuple[None, None, None]:
    """Mean of each hour over `days` x hours, and the 95 % range in which that hour of one more such day lies.

    From MANY_DAYS on quantiles of the days, below Student's prediction interval, never below 0; None from too few.
    """
    n = len(days)
    if n < LEAST_DAYS:
        return None, None, None
    mean = days.mean(axis=0)
    if n >= MANY_DAYS:
        low, high = np.quantile(days, (0.025, 0.975), axis=0)
        return mean, low, high
    reach = _T[n - LEAST_DAYS] * days.std(axis=0, ddof=1) * np.sqrt(1 + 1 / n)
    return mean, np.maximum(mean - reach, 0.0), mean + reach


def crews(opened: pd.DataFrame, now: datetime, capacity: int) -> dict[str, Any]:
    """Open orders by crew, most first. `count`, `orders`, `over`: of all crews, listed or not; `unassigned`: orders."""
    crew = opened["crew"]
    named, code = pd.factorize(crew)
    mine = named >= 0
    n = np.bincount(named[mine], minlength=len(code))
    late = np.bincount(named[mine & (opened["due_at"] < now).to_numpy()], minlength=len(code))
    order = np.lexsort((code.to_numpy(dtype=str), -late, -n))[:CREWS]
    return {
        "columns": {"code": code[order].tolist(), "open": n[order].tolist(), "overdue": late[order].tolist()},
        "count": len(code),
        "orders": int(n.sum()),
        "over": int((n > capacity).sum()),
        "unassigned": int((~mine).sum()),
    }


def _rounded(values: Real | None) -> list[float | None]:
    return [None] * HOURS if values is None else np.round(values, 1).tolist()
