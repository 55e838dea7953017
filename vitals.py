"""The node's own vital signs, which rules of alerting watch: turns, messages, the calendar, the disk, clocks."""

import shutil
from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path
from typing import Final

import pandas as pd

from store.facts.state import SourceState
from store.ledger import queries
from store.ledger.ledger import Ledger

WAITING_S: Final = 60.0  # a message that waits longer for its channel is one that does not get out
EVERY_S: Final = 5.0  # how often the slow ones are looked at


class Vitals:
    """`read` gives the frame of `alerts.seen.World`; what costs something is looked at every few seconds."""

    def __init__(self, ledger: Ledger, folder: Path, last_day: date) -> None:
        self._ledger, self._folder, self._last_day = ledger, folder, last_day
        self._slow: list[tuple[str, str, float]] = []
        self._looked_at: datetime | None = None
        self.tick_s = 0.0

    def read(self, states: Iterable[SourceState], now: datetime, real_now: datetime) -> pd.DataFrame:
        """Columns part, name, value. `now`: the site's clock; `real_now`: that of the machine and the senders."""
        if self._looked_at is None or abs((real_now - self._looked_at).total_seconds()) >= EVERY_S:
            self._slow, self._looked_at = [*self._messages(real_now), *self._disk()], real_now
        rows = [
            ("tick_s", "", self.tick_s),
            ("calendar_days", "", float((self._last_day - now.date()).days)),
            *self._slow,
        ]
        rows += [("clock_skew_s", s.name, abs(s.offset_s)) for s in states if s.offset_s is not None]
        return pd.DataFrame(rows, columns=["part", "name", "value"])

    def _messages(self, real_now: datetime) -> list[tuple[str, str, float]]:
        """Per channel: messages that wait longer than they should, and those given up within the last hour."""
        stuck, failed = queries.undelivered(self._ledger, real_now, WAITING_S)
        named = {*stuck, *failed}
        return [("undelivered", name, float(stuck.get(name, 0))) for name in sorted(named)] + [
            ("failed_deliveries", name, float(failed.get(name, 0))) for name in sorted(named)
        ]

    def _disk(self) -> list[tuple[str, str, float]]:
        usage = shutil.disk_usage(self._folder)
        return [("disk_free_percent", "", round(100 * usage.free / usage.total, 2))]
