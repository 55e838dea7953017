"""What alerts of promises rest on: open orders and outages. A tick asks for them first and figures afterwards."""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar

import ibis
import pandas as pd

from kpis import switching, watched
from kpis.open_rows import open_rows
from kpis.switching import PATH, TREND_HOURS
from kpis.types import Reader, ShapedReader
from store.facts import schema

_LOOK_BACK: Final = timedelta(hours=TREND_HOURS + 1)
T = TypeVar("T")


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

    def ask(self, reader: Reader, make: Callable[[Reader], Any], now: datetime, *key: Hashable) -> pd.DataFrame:
        """The rows of the question that `make` makes once."""
        expression = self.get((make, "expression"), None, lambda: make(reader))
        return self.get(make, key, lambda: reader.frame(expression, now))


@dataclass(frozen=True)
class Urgent:
    """open_orders and watched_outages: see kpis.watched. outages: running ones and those that ended within a day, with
    is_running and customers_now; steps: their switching steps (kpis.switching).
    """

    open_orders: pd.DataFrame
    watched_outages: pd.DataFrame
    outages: pd.DataFrame
    steps: pd.DataFrame


def look(
    reader: ShapedReader, clocks: tuple[str, ...], versions: Mapping[str, int], memory: Memory, now: datetime
) -> Urgent:
    """The facts of alerts; asked again when their table changed or a minute is over. See `kpis.live.observe`."""
    minute = int(now.timestamp() // 60)
    changed = (versions.get("work_orders", 0), minute)
    supply = supply_key(versions, now)
    listed, areas = (memory.ask(reader, make, now, *supply) for make in (recent_outages, recent_areas))
    steps = memory.get("steps", supply, lambda: switching.steps(listed, areas))
    return Urgent(
        memory.get("open orders", changed, lambda: open_rows(reader, watched.open_orders(clocks), now)),
        memory.ask(reader, watched.watched_outages, now, supply[0], minute),
        memory.get("outages", supply, lambda: switching.with_customers(listed, steps, now)),
        steps,
    )


def supply_key(versions: Mapping[str, int], now: datetime) -> tuple[int, int, int]:
    """It moves when an answer about outages may: the versions of their tables, and the minute."""
    return versions.get("outages", 0), versions.get("outage_areas", 0), int(now.timestamp() // 60)


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


def _oldest() -> Any:
    return schema.NOW - ibis.interval(hours=int(_LOOK_BACK.total_seconds() // 3600))
