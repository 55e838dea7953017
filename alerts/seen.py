"""What a rule sees of its subjects at one moment, and from which instant each of its rungs holds. Pure, vectorised."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from alerts.rules import Rule

Instants = npt.NDArray[np.int64]  # microseconds since 1970
NEVER: Final = np.iinfo(np.int64).max
MINUTE: Final = 60_000_000
WHOLE: Final = 100.0  # percent of a clock's time
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
ASKED: Final = ("subject", "rung", "clock", "due_at", "critical", "source")


@dataclass(frozen=True)
class Seen:
    """The subjects of one rule now.

    Shapes: `frame` has one row per subject and condition with ASKED, what is known of
    alerts.transition.ABOUT and the columns of `inputs`; rung is Int64, 0 where all
    is well and missing where nobody can say. A subject that is not in it is well, unless its source is `blind` or the
    whole rule is (`blind` None).
    `gone`: the reason of the end of an alert whose subject is no longer listed. `next_at`: the next instant at which
    time alone takes a subject to another rung.
    """

    frame: pd.DataFrame
    blind: Collection[str] | None = ()
    inputs: tuple[str, ...] = ()
    gone: str = "no_longer_open"
    next_at: datetime | None = None


@dataclass(frozen=True)
class World:
    """Everything that rules may look at, as one observation saw it.

    Shapes (times are aware; a frame that nobody supplies is empty):
    orders: open orders, source, source_key, order_no, category, place and people of ABOUT, channel, grade, is_leapfrog,
    call_count, accepted_at, critical, customers. calls: the same of matters of several orders of one customer:
    call_count counts those of all, order_nos names them. clocks: one row per order and running clock: the same and
    clock, start_at, due_at. outages: running and planned ones: source, outage_no, kind, place, started_at, restored_at,
    estimate_at, planned_start_at, planned_end_at, announced_at, customers_now, sensitive_out, important_out, critical.
    areas: often interrupted ones: per, source, code, place, count, window_days, since. revisits: dissatisfied answers
    nobody took up: source, survey_no, order_no, place, answered_at. figures: key, level, unit, value, low, high, n,
    target, better. clusters: watch (hotspot or wide_rise), number, grade (1 an alert, 2 severe), told (how often
    somebody was to be told, from 1), place, since_at and what the message says of them. sources: one row per table of a
    source: name, table, as_of, error, fresh_s. suspicions: source, what, since_at. vitals: part, name, value.
    blind: by canonical table the sources whose silence about it proves nothing.
    """

    now: datetime
    frames: Mapping[str, pd.DataFrame]
    blind: Mapping[str, Collection[str]] = field(default_factory=dict)

    def frame(self, name: str) -> pd.DataFrame:
        return self.frames.get(name, pd.DataFrame())


def micros(times: Any) -> Instants:
    """Aware times as whole microseconds; NEVER for missing ones."""
    series = times if isinstance(times, pd.Series) else pd.Series(times)
    if not isinstance(series.dtype, pd.DatetimeTZDtype):
        series = pd.to_datetime(series, utc=True)
    found = series.dt.as_unit("us").dt.tz_convert("UTC").dt.tz_localize(None).to_numpy()
    return np.where(np.isnat(found), NEVER, found.astype(np.int64))


def micro(at: datetime) -> int:
    """One aware time as whole microseconds."""
    return (at - EPOCH) // timedelta(microseconds=1)


def moment(micro: int) -> datetime | None:
    """None for NEVER."""
    return None if micro == NEVER else pd.Timestamp(micro, unit="us", tz="UTC").to_pydatetime()


def times(at: Instants) -> pd.DatetimeIndex:
    """Aware times of whole microseconds; NaT for NEVER."""
    found = np.where(at == NEVER, np.datetime64("NaT"), at.astype("datetime64[us]"))
    return pd.DatetimeIndex(found.astype("datetime64[us]")).tz_localize("UTC")


def instants(rule: Rule, start: Instants, due: Instants) -> Instants:
    """From which microsecond each rung holds: rows x rungs; NEVER where start or due is missing.

    A clock's rung starts at its share of the time from start to due; `over` is one microsecond later, so that a clock
    exactly at its limit is not past it. A clock that was due before it started (of an order merged into one accepted
    later) has no shares: it is past its limit, and that is told once. `after_min` counts from start.
    """
    columns = []
    both = (start != NEVER) & (due != NEVER)
    known, is_over = both & (due > start), both & (due <= start)
    first, whole = np.where(known, start, 0), np.where(known, due - start, 1)
    for limit in rule.levels:
        if limit.after_min is not None:
            since = np.where(start != NEVER, start, 0) + round(limit.after_min * MINUTE)
            columns.append(np.where(start != NEVER, since, NEVER))
            continue
        # in hundredths of a percent, whole numbers: a limit is met exactly or not
        share = whole * round(limit.percent * 100)
        at = share // 10_000 + 1 if limit.from_percent is None else -(-share // 10_000)
        past = np.where(is_over, due, 0) + (limit.from_percent is None)
        columns.append(np.where(known, first + at, np.where(is_over & (limit.percent <= WHOLE), past, NEVER)))
    return np.stack(columns, axis=1) if columns else np.empty((len(start), 0), dtype=np.int64)


def timed(rule: Rule, rows: pd.DataFrame, starts: Instants, now: datetime) -> tuple[pd.DataFrame, datetime | None]:
    """`rows` with rung, missing where no instant is known; and when the next rung is reached.

    `starts`: of `instants`.
    """
    at = micro(now)
    reached = starts <= at
    rung = reached.sum(axis=1)
    ahead = starts[~reached & (starts != NEVER)]
    unknown = (starts == NEVER).all(axis=1)
    found = rows.assign(rung=whole(np.where(unknown, np.nan, rung)))
    return found, moment(int(ahead.min())) if len(ahead) else None


def counted(rule: Rule, counts: Any) -> Any:
    """The rung of each count: how many of the rule's `from_count` it has reached."""
    limits = np.array([limit.from_count or 0 for limit in rule.levels])
    return whole((np.asarray(counts, dtype=np.float64)[:, None] >= limits).sum(axis=1))


def measured(rule: Rule, value: Any, surely: Any = None) -> Any:
    """The rung of each value by the rule's `above` or `below`; missing where the value is, or lies between a limit and
    its `clear`.

    `surely`: the bound of the value's interval nearest to the limit, which must be past it too before a rung counts.
    """
    value = np.asarray(value, dtype=np.float64)
    bound = value if surely is None else np.asarray(surely, dtype=np.float64)
    rung: Any = np.zeros(len(value), dtype=np.float64)
    unsure: Any = np.isnan(value)
    for number, limit in enumerate(rule.levels, 1):
        sign = -1.0 if limit.below is not None else 1.0
        start = limit.below if limit.below is not None else limit.above or 0.0
        clear = start if limit.clear is None else limit.clear
        rung = np.where(sign * bound > sign * start, number, rung)
        unsure |= (sign * bound <= sign * start) & (sign * value > sign * clear) & (number == 1)
    return whole(np.where(unsure & (rung == 0), np.nan, rung))


def whole(values: Any) -> Any:
    """As nullable whole numbers."""
    return pd.Series(np.asarray(values, dtype=np.float64)).astype("Int64").array


def is_red(rule: Rule, rung: pd.Series) -> pd.Series:
    """Where the rung is one of the red ones."""
    return rung.isin([n for n, limit in enumerate(rule.levels, 1) if limit.level == "red"]).astype(bool)


def complete(rows: pd.DataFrame, **given: Any) -> pd.DataFrame:
    """`rows` with `given`, and with the columns that the judge asks of every row, empty where the kind has none."""
    absent = {name: None for name in ASKED if name not in rows and name not in given}
    return rows.assign(**absent, **given)
