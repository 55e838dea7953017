"""How each source stands, table by table, as pages and walls show it. Pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from kpis.columns import epoch_ms
from kpis.freshness import Promise, most_overdue
from kpis.types import SourceState

COLUMNS: Final = ("name", "table", "feeds", "as_of", "read_at", "fresh_s", "state", "error")
PART_OF: Final = {"order_events": "work_orders", "outage_areas": "outages", "outage_events": "outages"}


def part(states: Sequence[SourceState], promises: Mapping[str, Sequence[Promise]], now: datetime) -> dict[str, Any]:
    """One row for each source and canonical table it fills: the most overdue of its tables that fill it.

    Shapes: in the settings' order, then sources that are no longer set up, as a whole. table: its name in the source.
    feeds: the canonical table first, and while it is late the one it is a part of: orders without their latest events
    are late too. as_of, read_at: milliseconds since 1970. fresh_s: None where nothing is promised.
    """
    by_name = {s.name: s for s in states}
    rows = []
    for name, own in promises.items():
        state = by_name.get(name)
        known: Mapping[str, datetime | None] = state.as_of_by_mapping if state else {}
        for into in dict.fromkeys(promise.into for promise in own):
            promise = most_overdue((p for p in own if p.into == into), known)
            rows.append(_row(name, state, promise, known.get(promise.mapping) if promise else None, now))
    gone = sorted((s for s in states if s.name not in promises), key=lambda s: s.name)
    rows += [_row(s.name, s, None, s.as_of, now) for s in gone]
    return {"columns": {column: [row[i] for row in rows] for i, column in enumerate(COLUMNS)}}


def _row(
    name: str, state: SourceState | None, promise: Promise | None, as_of: datetime | None, now: datetime
) -> tuple[Any, ...]:
    error = state.error if state else None
    feeds = [promise.into] if promise else [*state.feeds] if state else []
    if promise and promise.into in PART_OF and promise.is_broken(as_of, now):
        feeds.append(PART_OF[promise.into])
    return (
        name,
        promise.table if promise else None,
        feeds,
        epoch_ms(as_of),
        epoch_ms(state.read_at if state else None),
        promise.fresh_s if promise else None,
        standing(promise, as_of, error, now),
        error,
    )


def standing(promise: Promise | None, as_of: datetime | None, error: str | None, now: datetime) -> str:
    """ok, stale (older than promised), error (the last read failed) or never (not one read succeeded)."""
    if error:
        return "error"
    if as_of is None:
        return "never"
    return "stale" if promise is not None and promise.is_broken(as_of, now) else "ok"
