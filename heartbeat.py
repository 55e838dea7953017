"""The watcher of the watch: a sign of life to a URL of the site's choice, given only while all is well.

Whoever listens there (healthchecks, Uptime Kuma, a cron monitor of the site) raises the alarm when it stops: that
reaches people when this machine, its network or this process is gone and can tell nobody.
"""

import http.client
import logging
import urllib.error
import urllib.request
from collections.abc import Sequence
from typing import Final

import telemetry

LIMIT_S: Final = 5.0  # a receiver that is slower has not heard us
log: Final = logging.getLogger(__name__)


class Heartbeat:
    """One receiver. `beat` never raises: what fails is counted, logged when it starts and when it ends."""

    def __init__(self, url: str, method: str = "GET", limit_s: float = LIMIT_S) -> None:
        self._url, self._method, self._limit_s = url, method, limit_s
        self._failing = False

    def beat(self, unwell: Sequence[str]) -> str:
        """sent, failed, or withheld because something is `unwell` (names for the log)."""
        outcome = "withheld" if unwell else self._sent()
        telemetry.HEARTBEATS.labels(outcome).inc()
        if (outcome != "sent") != self._failing:
            self._failing = not self._failing
            why = f"withheld: {', '.join(unwell)}" if unwell else outcome
            log.warning("heartbeat %s", why if self._failing else "goes out again")
        return outcome

    def _sent(self) -> str:
        asked = urllib.request.Request(self._url, method=self._method, data=b"" if self._method == "POST" else None)  # noqa: S310  http or https by the settings
        try:
            with urllib.request.urlopen(asked, timeout=self._limit_s) as answer:  # noqa: S310
                return "sent" if answer.status < 300 else "failed"
        except (urllib.error.URLError, http.client.HTTPException, OSError):
            return "failed"
