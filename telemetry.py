"""Our own metrics and health: what Prometheus reads, and when each part last succeeded."""

from collections.abc import Mapping
from datetime import datetime
from threading import Lock
from typing import Final, Protocol

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest

REGISTRY: Final = CollectorRegistry()
ProcessCollector(registry=REGISTRY)

TICK_SECONDS: Final = Histogram(
    "lightkeeper_tick_seconds",
    "time of one tick by part",
    ["part"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
    registry=REGISTRY,
)
TICKS_SKIPPED: Final = Counter(
    "lightkeeper_ticks_skipped", "ticks left out because the last was still running", registry=REGISTRY
)
TICK_FAILURES: Final = Counter("lightkeeper_tick_failures", "ticks that ended in an error", ["part"], registry=REGISTRY)
SOURCE_QUERIES: Final = Counter(
    "lightkeeper_source_queries", "statements sent to a source", ["source"], registry=REGISTRY
)
SOURCE_QUERY_SECONDS: Final = Counter(
    "lightkeeper_source_query_seconds", "time a source spent on our statements", ["source"], registry=REGISTRY
)
SOURCE_ROWS: Final = Counter(
    "lightkeeper_source_rows", "rows of a source by outcome", ["source", "outcome"], registry=REGISTRY
)
SOURCE_DIFFERENCES: Final = Counter(
    "lightkeeper_source_differences",
    "rows that polls had not brought and comparing found, by kind: late, edited, deleted, returned",
    ["source", "kind"],
    registry=REGISTRY,
)
SOURCE_ERRORS: Final = Counter("lightkeeper_source_errors", "reads that failed", ["source"], registry=REGISTRY)
SOURCE_AGE_SECONDS: Final = Gauge(
    "lightkeeper_source_age_seconds",
    "site time since a table of a source was complete; none before that",
    ["source", "mapping"],
    registry=REGISTRY,
)
SOURCE_SKIPS: Final = Gauge(
    "lightkeeper_source_skips",
    "polls since the start left out because the last read was still going",
    ["source"],
    registry=REGISTRY,
)
SOURCE_DELAYS: Final = Gauge(
    "lightkeeper_source_delays",
    "polls since the start that waited because the source's query time of a minute was spent",
    ["source"],
    registry=REGISTRY,
)
SOURCE_RINGS: Final = Gauge(
    "lightkeeper_source_rings",
    "times since the start that a source's bell was heard; rings of a moment count as one",
    ["source"],
    registry=REGISTRY,
)
SOURCE_BELL_HEARD: Final = Gauge(
    "lightkeeper_source_bell_heard", "1 while a source's bell is listened to", ["source"], registry=REGISTRY
)
LOAD_ROWS: Final = Gauge(
    "lightkeeper_load_rows", "rows read so far of a first load or catch-up", ["source", "mapping"], registry=REGISTRY
)
LOAD_LEFT_ROWS: Final = Gauge(
    "lightkeeper_load_left_rows",
    "about how many rows such a load still has to read; NaN where the source does not say",
    ["source", "mapping"],
    registry=REGISTRY,
)
LOAD_ROWS_PER_SECOND: Final = Gauge(
    "lightkeeper_load_rows_per_second", "pace of such a load since it began", ["source", "mapping"], registry=REGISTRY
)
SOURCE_MAY_WRITE: Final = Gauge(
    "lightkeeper_source_may_write",
    "1 when the account of a source may do more than read",
    ["source"],
    registry=REGISTRY,
)
SOURCE_KILLS: Final = Gauge(
    "lightkeeper_source_kills",
    "reads since the start that outlived their limit and were stopped",
    ["source"],
    registry=REGISTRY,
)
QUARANTINE_ROWS: Final = Gauge(
    "lightkeeper_quarantine_entries", "field values waiting in quarantine", registry=REGISTRY
)
TRANSITIONS: Final = Counter(
    "lightkeeper_alert_transitions", "changes of alerts that were judged", ["rule", "event"], registry=REGISTRY
)
TRANSITIONS_DROPPED: Final = Counter(
    "lightkeeper_alert_transitions_dropped",
    "judged changes not stored, because the alert had changed meanwhile; the next tick judges again",
    registry=REGISTRY,
)
ALERTS_OPEN: Final = Gauge("lightkeeper_alerts_open", "open alerts by level", ["level"], registry=REGISTRY)
ALERTS_UNACKNOWLEDGED: Final = Gauge(
    "lightkeeper_alerts_unacknowledged", "open alerts nobody has acknowledged, by level", ["level"], registry=REGISTRY
)
ALERT_WAITING_SECONDS: Final = Gauge(
    "lightkeeper_alert_waiting_seconds",
    "site time since the last raise of the alert that waits longest for somebody; 0 when none does",
    ["level"],
    registry=REGISTRY,
)
ALERTS_RAISED_RECENTLY: Final = Gauge(
    "lightkeeper_alerts_raised_recently", "raises of the last ten minutes; more than ten are a flood", registry=REGISTRY
)
OUTBOX_MESSAGES: Final = Gauge(
    "lightkeeper_outbox_messages", "messages that are not out, by state", ["state"], registry=REGISTRY
)
OUTBOX_OLDEST_SECONDS: Final = Gauge(
    "lightkeeper_outbox_oldest_seconds", "age of the oldest message that should be out; 0 for none", registry=REGISTRY
)
DISK_FREE_RATIO: Final = Gauge(
    "lightkeeper_disk_free_ratio", "free share of the disk that holds the node's folder", registry=REGISTRY
)
SOURCE_FRESH_SECONDS: Final = Gauge(
    "lightkeeper_source_fresh_seconds",
    "promise of a table of a source: older data are stale",
    ["source", "mapping"],
    registry=REGISTRY,
)
HEARTBEATS: Final = Counter(
    "lightkeeper_heartbeats", "signs of life by outcome: sent, failed, withheld", ["outcome"], registry=REGISTRY
)
DELIVERIES: Final = Counter("lightkeeper_deliveries", "attempts to deliver a message", ["outcome"], registry=REGISTRY)
LAST_SUCCESS: Final = Gauge(
    "lightkeeper_last_success_timestamp_seconds", "real time of the last success", ["part"], registry=REGISTRY
)


class LoadLike(Protocol):
    """A load that is going on (collectors.loading)."""

    @property
    def rows(self) -> int: ...
    @property
    def left(self) -> int | None: ...
    @property
    def rows_per_s(self) -> float | None: ...


def note_loads(source: str, loads: Mapping[str, LoadLike]) -> None:
    """The loads of a source that are going on, by mapping; those that ended leave the metrics."""
    for gauge in (LOAD_ROWS, LOAD_LEFT_ROWS, LOAD_ROWS_PER_SECOND):
        gauge.remove_by_labels({"source": source})
    for mapping, load in loads.items():
        LOAD_ROWS.labels(source, mapping).set(load.rows)
        LOAD_LEFT_ROWS.labels(source, mapping).set(float("nan") if load.left is None else load.left)
        LOAD_ROWS_PER_SECOND.labels(source, mapping).set(load.rows_per_s or 0.0)


class Health:
    """When each part last succeeded, by the real clock. Parts are known from their first report on."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._seen: dict[str, datetime] = {}

    def succeeded(self, part: str, at: datetime) -> None:
        with self._lock:
            self._seen[part] = at
        LAST_SUCCESS.labels(part).set(at.timestamp())

    def ages(self, now: datetime) -> dict[str, float]:
        """Seconds since the last success of each part."""
        with self._lock:
            return {part: round((now - at).total_seconds(), 3) for part, at in self._seen.items()}


def exposition() -> bytes:
    """All metrics in Prometheus' text form."""
    return generate_latest(REGISTRY)
