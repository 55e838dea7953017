"""What a rule would have done in the past: when it raises, for how long, and whom it warns. Pure and vectorised."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any, Final

import numpy as np
import pandas as pd

from alerts import kinds
from alerts.rules import KINDS, Rule
from alerts.seen import MINUTE, NEVER, Instants, World, instants, micros, times

HOUR: Final = 60 * MINUTE
# Rules of these kinds have no past that the facts could tell.
NO_PAST: Final[Mapping[str, str]] = {
    "source": "the facts do not keep how old a source was",
    "suspicion": "the facts do not keep what was suspicious about a source",
    "vital": "the facts do not keep the node's own measures",
    "hotspot": "clusters are found by the scan; ask for its record instead",
    "wide_rise": "clusters are found by the scan; ask for its record instead",
}
_TIMED: Final = ("from_percent", "over_percent", "after_min")
TOLD: Final = ("subject", "clock", "order_no", "outage_no", "county", "station", "critical")


@dataclass(frozen=True)
class Period:
    """start <= a raise < end, told by days of `zone`."""

    start: datetime
    end: datetime
    zone: tzinfo

    @property
    def micros(self) -> tuple[int, int]:
        start, end = micros([self.start, self.end])
        return int(start), int(end)


@dataclass(frozen=True)
class Replay:
    """What one rule does with one past.

    Shapes: raises has a row per raise: `row` of the spans, alert (number), rung, level, at (microseconds). alerts has a
    row per time that a subject stood: `row` of a span of it, alert, begin, end (microseconds, NEVER while it stands).
    first: of each span the microsecond from which it is bad, NEVER for never; its first raise where nothing holds.
    """

    raises: pd.DataFrame
    alerts: pd.DataFrame
    first: Instants


def spans(rule: Rule, frames: Mapping[str, pd.DataFrame], until: datetime) -> pd.DataFrame:
    """What `rule` watches in the past, by `alerts.kinds`, the one definition of it.

    `frames`: as `alerts.seen.World` takes them, but of the past: each row stands from begin_at to before end_at (NaT:
    still) and says what held then. Errors: ValueError for a kind without a past.
    """
    if reason := NO_PAST.get(rule.watches):
        raise ValueError(f"rule {rule.key}: a {rule.watches} can not be back-tested: {reason}")
    if rule.watches == "order_clock":  # as kinds.orders.clocks, without what only one moment needs
        rows = frames["clocks"]
        wanted = rows["clock"].isin(rule.on["clocks"])
        if categories := rule.on.get("categories"):
            wanted &= rows["category"].isin(categories)
        return rows if wanted.all() else rows[wanted].reset_index(drop=True)
    seen = kinds.look(rule, World(until, frames))
    if seen is None:
        raise ValueError(f"rule {rule.key}: nobody supplies what a {rule.watches} was in the past")
    return seen.frame.reset_index(drop=True)


def reached(rule: Rule, rows: pd.DataFrame) -> Instants:
    """From which microsecond each rung holds: rows x rungs; NEVER where it does not."""
    begin = micros(rows["begin_at"])
    if any(measure in _TIMED for measure in KINDS[rule.watches].measures):
        due = np.full(len(rows), NEVER) if rule.watches != "order_clock" else micros(rows["due_at"])
        at = instants(rule, micros(rows["start_at"]), due)
        return np.maximum(at, begin[:, None])
    rung = rows["rung"].fillna(0).to_numpy(dtype=np.int64)
    return np.where(np.arange(1, len(rule.levels) + 1) <= rung[:, None], begin[:, None], NEVER)


def replay(rule: Rule, rows: pd.DataFrame, until: datetime) -> Replay:
    """What the judge and the lifecycle make of `rows` (of `spans`) up to `until`, told at each instant.

    A subject stands as long as one of its conditions does. Of each condition every higher rung is told once while it
    stands, and again after it was clear; within the rule's window it comes back under its number.
    """
    end = micros(rows["end_at"])
    at = reached(rule, rows)
    live = (at < end[:, None]) & (at <= micros([until])[0])
    first = np.where(live, at, NEVER).min(axis=1, initial=NEVER)
    some = np.flatnonzero(first != NEVER)
    stood, of_row = _stood(rows["subject"].iloc[some], first[some], end[some], some)
    told_from = stood["begin"].to_numpy() + round(rule.hold.total_seconds() * 1e6)
    lasted = stood["end"].to_numpy() > told_from
    number, rung = np.nonzero(live[some])
    times_ = of_row[number]
    raises = pd.DataFrame(
        {
            "row": some[number],
            "stood": times_,
            "clock": pd.factorize(rows["clock"].iloc[some])[0][number],
            "rung": rung + 1,
            "at": np.maximum(at[some][number, rung], told_from[times_]),
        }
    )[lasted[times_]]
    raises = _told_once(raises[raises["at"] <= micros([until])[0]])
    alert = _numbers(stood, round(rule.reopen.total_seconds() * 1e6))
    stood = stood.assign(alert=alert, begin=told_from)[lasted]
    levels = np.array(["", *(limit.level for limit in rule.levels)], dtype=object)
    raises = raises.assign(level=levels[raises["rung"].to_numpy()], alert=alert[raises["stood"].to_numpy()])
    return Replay(raises.sort_values("at", kind="stable").reset_index(drop=True), stood, first)


def _stood(subject: pd.Series, first: Instants, end: Instants, some: Any) -> tuple[pd.DataFrame, Any]:
    """Each unbroken time in which a subject stood (subject, row, begin, end), and to which of them each row belongs."""
    code = pd.factorize(subject)[0]
    order = np.lexsort((first, code))
    code, begin, until = code[order], first[order], pd.Series(end[order])
    so_far = until.groupby(code).cummax().to_numpy()
    fresh = np.ones(len(code), dtype=bool)
    fresh[1:] = (code[1:] != code[:-1]) | (begin[1:] > so_far[:-1])
    number = np.cumsum(fresh) - 1
    of_row = np.empty(len(code), dtype=np.int64)
    of_row[order] = number
    last = np.flatnonzero(np.append(fresh[1:], True)) if len(code) else np.empty(0, dtype=np.int64)
    stood = pd.DataFrame(
        {"subject": code[fresh], "row": some[order][fresh], "begin": begin[fresh], "end": so_far[last]}
    )
    return stood, of_row


def _told_once(raises: pd.DataFrame) -> pd.DataFrame:
    """Of each condition and time it stood only those above all that were told before; at one moment the highest."""
    key = ["stood", "clock"]
    raises = raises.sort_values([*key, "at", "rung"], kind="stable")
    raises = raises.drop_duplicates([*key, "at"], keep="last")
    highest = raises.groupby(key)["rung"].cummax()
    before = highest.groupby([raises[name] for name in key]).shift(fill_value=0)
    return raises[raises["rung"] > before]


def _numbers(stood: pd.DataFrame, reopen: int) -> Any:
    """The alert of each time a subject stood: the one before where it came back within `reopen` microseconds."""
    subject, begin, end = (stood[name].to_numpy() for name in ("subject", "begin", "end"))
    fresh = np.ones(len(stood), dtype=bool)
    fresh[1:] = (subject[1:] != subject[:-1]) | (begin[1:] >= end[:-1] + reopen)
    return np.cumsum(fresh) - 1


def summary(rule: Rule, rows: pd.DataFrame, found: Replay, period: Period) -> dict[str, Any]:
    """JSON-able: raises, by_level, by_day, alerts, hours, most_at_once, units (who would have been told, by station).

    hours: that its alerts stood within the period, whether or not they began in it.
    """
    start, end = period.micros
    raises = found.raises[(found.raises["at"] >= start) & (found.raises["at"] < end)]
    stood = found.alerts[(found.alerts["begin"] < end) & (found.alerts["end"] > start)]
    stood = stood.assign(begin=stood["begin"].clip(lower=start), end=stood["end"].clip(upper=end))
    hours = (stood["end"] - stood["begin"]) / HOUR
    levels = list(dict.fromkeys(limit.level for limit in rule.levels))
    by_level = raises["level"].value_counts()
    return {
        "raises": len(raises),
        "by_level": {level: int(by_level.get(level, 0)) for level in levels},
        "by_day": _by_day(raises, levels, period),
        "alerts": int(stood["alert"].nunique()),
        "hours": round(float(hours.sum()), 2),
        "most_at_once": _most(stood),
        "critical": int(rows["critical"].iloc[raises["row"]].fillna(False).astype(bool).sum()),
        "units": _by_unit(rows, raises, stood.assign(hours=hours)),
    }


def _by_day(raises: pd.DataFrame, levels: list[str], period: Period) -> list[dict[str, Any]]:
    """Every day of the period with its raises by level, days without any too."""
    first, last = (m.astimezone(period.zone).date() for m in (period.start, period.end - pd.Timedelta("1us")))
    days = pd.date_range(first, last, freq="D")
    at = times(raises["at"].to_numpy()).tz_convert(period.zone).tz_localize(None).normalize()
    day = np.asarray(days.get_indexer(at), dtype=np.int64)
    level = np.asarray(pd.Index(levels).get_indexer(pd.Index(raises["level"])), dtype=np.int64)
    place = day * len(levels) + level
    counts = np.bincount(place, minlength=len(days) * len(levels)).reshape(len(days), len(levels)).tolist()
    named = zip(days.strftime("%Y-%m-%d"), counts, strict=True)
    return [{"day": day, **dict(zip(levels, row, strict=True))} for day, row in named]


def _most(stood: pd.DataFrame) -> int:
    """The largest number of alerts that stood at one moment."""
    at = np.concatenate([stood["begin"].to_numpy(), stood["end"].to_numpy()])
    step = np.repeat([1, -1], len(stood))
    return int(np.cumsum(step[np.lexsort((step, at))]).max(initial=0))  # an end counts before a beginning


def _by_unit(rows: pd.DataFrame, raises: pd.DataFrame, stood: pd.DataFrame) -> list[dict[str, Any]]:
    """County, station, raises, alerts, hours; most raises first. Missing units are None."""
    place = ["county", "station"]
    rung = rows[place].iloc[raises["row"]].astype(object).assign(raises=1, alerts=0, hours=0.0)
    held = rows[place].iloc[stood["row"]].astype(object)
    held = held.assign(
        raises=0, alerts=(~stood["alert"].duplicated()).astype(int).to_numpy(), hours=stood["hours"].to_numpy()
    )
    both = pd.concat([rung, held], ignore_index=True)
    if both.empty:
        return []
    found = both.groupby(place, dropna=False)[["raises", "alerts", "hours"]].sum().reset_index()
    found = found.sort_values(["raises", "hours"], ascending=False, kind="stable")
    found["hours"] = found["hours"].round(2)
    return [{str(k): None if pd.isna(v) else v for k, v in row.items()} for row in found.to_dict("records")]


def overruns(rows: pd.DataFrame, found: Replay, period: Period, warn_min: float) -> pd.DataFrame:
    """The clocks that really passed their limit in the period, and how the rule warned of them.

    Shapes: `row` of the spans, passed (microseconds), warned_min (before the limit; negative: after it; NaN: never),
    outcome: warned (at least `warn_min` before), late (told, with less), missed (never told).
    """
    start, end = period.micros
    due, stop = micros(rows["due_at"]), micros(rows["end_at"])
    passed = np.maximum(np.where(due == NEVER, NEVER - 1, due) + 1, micros(rows["begin_at"]))
    real = np.flatnonzero((passed < stop) & (passed >= start) & (passed < end))
    first, due = found.first[real], due[real]
    warned = np.where(first == NEVER, np.nan, (due - np.where(first == NEVER, 0, first)) / MINUTE)
    outcome = np.select([np.isnan(warned), warned < warn_min], ["missed", "late"], "warned")
    return pd.DataFrame({"row": real, "passed": passed[real], "warned_min": warned, "outcome": outcome})


def kept(rows: pd.DataFrame, found: Replay, period: Period) -> int:
    """How many clocks were told of in the period and kept their limit after all."""
    start, end = period.micros
    told = (found.first >= start) & (found.first < end)
    due, stop = micros(rows["due_at"]), micros(rows["end_at"])
    return int((told & (stop <= due) & (due != NEVER)).sum())


def said_of(real: pd.DataFrame) -> dict[str, Any]:
    """What `overruns` found, in numbers: n, warned, late, missed, share_late_percent (late or missed), median_min."""
    n, counts = len(real), real["outcome"].value_counts()
    late = int(counts.get("late", 0)), int(counts.get("missed", 0))
    median = real["warned_min"].median()
    return {
        "n": n,
        "warned": int(counts.get("warned", 0)),
        "late": late[0],
        "missed": late[1],
        "share_late_percent": round(100 * sum(late) / n, 2) if n else None,
        "median_min": None if pd.isna(median) else round(float(median), 1),
    }
