"""The living city as a loop in its own process."""

import os
import signal
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, Protocol

from simulator.city import City

PAUSE_S: Final = 0.5


class Stop(Protocol):
    """What a threading or multiprocessing Event offers."""

    def set(self) -> None: ...
    def wait(self, timeout: float | None = None) -> bool: ...


def run(folder: Path, seed: int, anchor: datetime, speed: float, stop: Stop) -> None:
    """Lives from `anchor` on, `speed` site seconds a real second, until `stop` is set.

    The city must have been prepared up to `anchor`. After each pause it stands where the site clock stands.
    """
    began = time.monotonic()
    with City(folder, seed) as city:
        while not stop.wait(PAUSE_S):
            city.step(anchor + timedelta(seconds=(time.monotonic() - began) * speed))


def run_beside(folder: Path, seed: int, anchor: datetime, real_anchor: datetime, speed: float, stop: Stop) -> None:
    """`run` as the child of another process; it was `anchor` in the city at `real_anchor`, before this one started.

    Ends with its parent, killed or not: two cities must not write into one folder.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent says when
    threading.Thread(target=_watch, args=(os.getppid(), stop), daemon=True).start()
    run(folder, seed, anchor + (datetime.now(UTC) - real_anchor) * speed, speed, stop)


def _watch(parent: int, stop: Stop) -> None:
    while os.getppid() == parent:
        time.sleep(PAUSE_S)
    stop.set()
