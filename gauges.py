"""What Prometheus is told of the ledger and the disk: read when it asks, so that nobody else pays for it."""

import shutil
from datetime import datetime
from pathlib import Path
from typing import Final

import telemetry
from kpis.types import FLOOD_WINDOW
from store.ledger import health, queries
from store.ledger.ledger import Ledger

WAITING: Final = ("pending", "leased", "failed")


def read(ledger: Ledger, folder: Path, now: datetime, real_now: datetime) -> None:
    """Sets the gauges of alerts, outbox and disk. `now`: the site's clock; `real_now`: that of the senders."""
    counts = queries.counts(ledger)
    for level, number in counts["open"].items():
        telemetry.ALERTS_OPEN.labels(level).set(number)
    since = health.unacknowledged_since(ledger)
    for level, number in counts["unacknowledged"].items():
        telemetry.ALERTS_UNACKNOWLEDGED.labels(level).set(number)
        oldest = since.get(level)
        telemetry.ALERT_WAITING_SECONDS.labels(level).set((now - oldest).total_seconds() if oldest else 0)
    telemetry.ALERTS_RAISED_RECENTLY.set(health.count_raises(ledger, now - FLOOD_WINDOW))
    messages = queries.outbox(ledger)
    for state in WAITING:
        telemetry.OUTBOX_MESSAGES.labels(state).set(messages.get(state, 0))
    oldest_due = health.oldest_due(ledger, real_now)
    telemetry.OUTBOX_OLDEST_SECONDS.set((real_now - oldest_due).total_seconds() if oldest_due else 0)
    usage = shutil.disk_usage(folder)
    telemetry.DISK_FREE_RATIO.set(usage.free / usage.total)
