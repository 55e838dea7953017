"""A thread that has a source read as soon as its bell rings, without waiting for the next tick."""

import os
import threading
import time
from collections.abc import Callable, Mapping
from multiprocessing.connection import Pipe, wait
from typing import Final

import telemetry
from collectors.collector import Collector

BREATH_S: Final = 0.05  # between two turns: the source may still be busy with the last


class Ringing:
    """Nothing runs where no source has a bell."""

    def __init__(self, collectors: Mapping[str, Collector], turn: Callable[[], None]) -> None:
        """`turn`: reads the sources whose rings are due, and merges what they give."""
        self._ears = {c.ear: c for c in collectors.values() if c.ear is not None}
        self._turn = turn
        self._stop_heard, self._stop = Pipe(duplex=False)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="ringing", daemon=True)

    def start(self) -> None:
        if self._ears:
            self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._stop.close()
        if self._thread.is_alive():
            self._thread.join()
        self._stop_heard.close()

    def _run(self) -> None:
        while not self._stopping.is_set():
            heard = wait([*self._ears, self._stop_heard], self._patience_s())
            for ear, collector in self._ears.items():
                if ear in heard:
                    os.read(ear.fileno(), 4096)
                    collector.rings.ring()
            if any(collector.rings.is_due(time.monotonic()) for collector in self._ears.values()):
                try:
                    self._turn()
                except Exception:  # the next tick reads the same, and says what is wrong
                    telemetry.TICK_FAILURES.labels("ring").inc()
                self._stopping.wait(BREATH_S)

    def _patience_s(self) -> float | None:
        """Until the first ring that waits for its turn; None: until somebody rings."""
        waiting = [at for c in self._ears.values() if (at := c.rings.due_at()) is not None]
        return max(0.0, min(waiting) - time.monotonic()) if waiting else None
