"""The live KPIs of one unit from the counts of an observation: value, interval, level, trend, the day before."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from kpis import wilson
from kpis.catalogue import LIVE
from kpis.live import LiveOptions, Observation
from kpis.switching import TREND_HOURS
from kpis.types import Definition

LEAST_N: Final = 30  # below it a rate is no reason for a level (mock/notes.md)
Ints = npt.NDArray[np.int64]
COLUMNS: Final = (
    *("key", "value", "n", "successes", "low", "high", "target", "better", "state", "level"),
    *("table", "definition_version", "trend", "previous"),
)


def kpis(
    observation: Observation, masks: Mapping[tuple[str, int], pd.Series | None], options: LiveOptions
) -> dict[str, Any]:
    """Body of the part `kpis`: one row per live definition. `masks`: the rows of each count that belong to the unit."""
    hour = observation.now.astimezone(options.zone).hour
    rows = []
    for definition in LIVE:
        family = (definition.table, definition.window_days or 1)
        mask, counts = masks[family], observation.counts[family]
        rows.append(figure(definition, counts if mask is None else counts[mask], options, hour))
    return {
        "columns": {name: [row[name] for row in rows] for name in COLUMNS},
        "window": {d.key: "today" if d.window_days == 1 else f"{d.window_days}d" for d in LIVE},
    }


def figure(definition: Definition, counts: pd.DataFrame, options: LiveOptions, hour: int) -> dict[str, Any]:
    """One KPI. `counts`: rows by day offset and hour; `hour`: the site's hour now."""
    days = definition.window_days or 1
    offset = counts["offset"].to_numpy(dtype=np.int64)
    n = counts[f"{definition.key}:n"].to_numpy(dtype=np.int64)
    good = counts[f"{definition.key}:successes"].to_numpy(dtype=np.int64)
    inside, before = offset > -days, (offset > -days - 1) & (offset <= -1)
    total, successes = int(n[inside].sum()), int(good[inside].sum())
    low, high = (100 * float(bound) for bound in wilson.interval(successes, total))
    target = definition.target_of(options.of_kpi(definition.key))
    position = offset * 24 + np.maximum(counts["hour"].to_numpy(dtype=np.int64), 0)
    seen = _Seen(position, offset, n, good)
    return {
        "key": definition.key,
        "value": _percent(successes, total),
        "n": total,
        "successes": successes,
        "low": round(low, 4) if total else None,
        "high": round(high, 4) if total else None,
        "target": target,
        "better": definition.better,
        "state": "ok" if total else "no_data",
        "level": _level(definition, total, low, high, target),
        "table": definition.table,
        "definition_version": definition.version,
        "trend": _hourly(seen, hour) if days == 1 else _sliding(seen, hour, days),
        "previous": _percent(int(good[before].sum()), int(n[before].sum())),
    }


def _level(definition: Definition, n: int, low: float, high: float, target: float | None) -> str | None:
    """orange when the whole interval lies on the bad side of the target."""
    if target is None or n < LEAST_N:
        return None
    missed = high < target if definition.better == "higher" else low > target
    return "orange" if missed else None


@dataclass(frozen=True)
class _Seen:
    """Counts by position (hours from today's midnight, negative before) and day offset."""

    position: Ints
    offset: Ints
    n: Ints
    good: Ints


def _hourly(seen: _Seen, hour: int) -> list[float | None]:
    """The value of each of the last 24 hours by itself; a null is an hour without rows."""
    slot = seen.position - (hour - TREND_HOURS + 1)
    inside = (slot >= 0) & (slot < TREND_HOURS)
    totals = np.bincount(slot[inside], seen.n[inside], TREND_HOURS)
    goods = np.bincount(slot[inside], seen.good[inside], TREND_HOURS)
    return [_percent(int(g), int(t)) for g, t in zip(goods, totals, strict=True)]


def _sliding(seen: _Seen, hour: int, days: int) -> list[float | None]:
    """The window's value as it stood at the end of each of the last 24 hours (the present one: now)."""
    trend = []
    for end in range(hour - TREND_HOURS + 1, hour + 1):
        inside = (seen.position <= end) & (seen.offset > end // 24 - days)
        trend.append(_percent(int(seen.good[inside].sum()), int(seen.n[inside].sum())))
    return trend


def _percent(successes: int, n: int) -> float | None:
    return round(100 * successes / n, 4) if n else None
