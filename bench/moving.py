"""The invented site on the move: every figure of every panel is another at each turn. Served on a port of its own."""

import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import Browser, sync_playwright

from bench.live import CHROMIUM
from dashboard.screens import SCREENS
from tests.browser.serving import Serving
from tests.dashboard import matters_picture, states
from tests.dashboard.picture import HandHouse, hand_settings

METRES: Final = {"3m": 3, "6m": 6, "10m": 10}
TURN_S: Final = 2.0  # of the rotating walls: a change of screen is what could leave something behind


def bodies(now: datetime, turn: int) -> dict[str, Any]:
    """Parts at `turn`; from one turn to the next each panel has something else to say. Nothing critical."""
    work = states.crews(6 + turn % 5, 1 + turn % 3, 30 + turn % 7)
    hours = [None if h is None else h + turn % 9 for h in work["hours"]["today"]]
    return {
        "kpis": states.kpis(97.0 + turn % 20 / 10, 200 + turn % 50),
        "repairs": states.repairs(30 + turn % 7, now + timedelta(minutes=turn % 11)),
        "outages": states.outages(5 + turn % 3, 3000 + turn % 997, now),
        "counties": states.counties(1 + turn % 4),
        "alerts": states.alerts(4 + turn % 5, now),
        "work": {**work, "hours": {**work["hours"], "today": hours}, "so_far": 200 + turn % 90},
        **matters_picture.moved(now, turn),
        "sources": states.sources(now),
    }


class Moving:
    """What is served. Each `show` is marked with its turn and its moment: a page can say how late it drew it."""

    def __init__(self, serving: Serving) -> None:
        self.serving, self.house, self.url = serving, serving.house, ""
        self.turn = 0

    def show(self, only: str | None = None, **more: Any) -> int:
        """Shows the next turn, or the same with only the part `only` moved; gives the turn."""
        now = datetime.now(UTC)
        self.turn += 1
        made = bodies(now, self.turn) if only is None else {**self._last, only: bodies(now, self.turn)[only]}
        if only is None:
            self.house.site_now = now
        self._last: Mapping[str, Any] = made
        marked = only or "sources"
        stamp = {"turn": self.turn, "shown_ms": time.time() * 1000}
        self.house.show(**{**made, marked: {**made[marked], **stamp}, **more})
        return self.turn


@contextmanager
def moving() -> Iterator[Moving]:
    """A wall for each preset, all pages in its rotation."""
    with tempfile.TemporaryDirectory() as name:
        walls: dict[str, Any] = {
            preset: {"distance_m": metres, "pages": list(SCREENS), "page_s": TURN_S}
            for preset, metres in METRES.items()
        }
        serving = Serving(HandHouse(hand_settings(Path(name), **walls)))
        one = Moving(serving)
        one.show()
        serving.start()
        one.url = serving.url
        try:
            yield one
        finally:
            serving.stop()


@contextmanager
def browser() -> Iterator[Browser]:
    """Debian's chromium, without a GPU."""
    with sync_playwright() as playwright:
        one = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=list(CHROMIUM))
        yield one
        one.close()
