"""Three databases beside a node that stop as real ones do: no longer written, taken away, emptied, overwritten."""

import shutil
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from bench import nodes
from simulator import orders_db, outages_db, surveys_db
from simulator.city import City

CONFIG: Final = nodes.HERE / "simulator" / "lightkeeper.toml"
BEAT_S: Final = 0.5
TICKS: Final = {"orders": orders_db.tick, "outages": outages_db.tick, "surveys": surveys_db.tick}
FEEDS: Final = {"orders": ("work_orders",), "outages": ("outages", "units"), "surveys": ("surveys",)}
WAYS: Final = ("silent", "taken away", "emptied", "overwritten")
NOISE: Final = bytes(range(256)) * 64


def settings_of(promise_s: float) -> dict[str, str]:
    """The environment of a node that is promised data this fresh, and whose messages go nowhere."""
    promised = {f"LIGHTKEEPER_SOURCES__{name.upper()}__FRESH_S": f"{promise_s:g}" for name in TICKS}
    return promised | {"LIGHTKEEPER_DEMO_SMTP": "1", "LIGHTKEEPER_DEMO_HTTP": "1"}


class Databases:
    """The city's three databases, their clocks kept going in a thread but for those that are stopped."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "var" / "demo"
        self.folder.mkdir(parents=True)
        with City(self.folder) as city:
            city.prepare(datetime.now(UTC), 1)
        self._stopped: dict[str, ExitStack] = {}
        self._turn = threading.RLock()
        self._end = threading.Event()
        self._beating = threading.Thread(target=self._beat, daemon=True)
        self._beating.start()

    def close(self) -> None:
        self._end.set()
        self._beating.join()
        self.go_on()

    def _beat(self) -> None:
        while not self._end.wait(BEAT_S):
            with self._turn:
                for name in TICKS.keys() - self._stopped.keys():
                    self._tick(name)

    def _tick(self, name: str) -> None:
        with closing(sqlite3.connect(self._file(name), timeout=30)) as db, db:
            TICKS[name](db, int(datetime.now(UTC).timestamp()))

    def _file(self, name: str) -> Path:
        return self.folder / f"{name}.db"

    def stop(self, name: str, way: str) -> datetime:
        """Stops one of them; the moment up to which its data were complete."""
        with self._turn:
            self._tick(name)
            at = datetime.now(UTC)
            self._stopped[name] = held = ExitStack()
            harm: Callable[[], None] | None = {
                "taken away": lambda: self._take(name, held, None),
                "emptied": lambda: self._take(name, held, b""),
                "overwritten": lambda: self._take(name, held, NOISE),
            }.get(way)
            if harm:
                harm()
            return at

    def go_on(self) -> None:
        """All of them live again."""
        with self._turn:
            for held in self._stopped.values():
                held.close()
            self._stopped.clear()

    def _take(self, name: str, held: ExitStack, instead: bytes | None) -> None:
        file, away = self._file(name), self.folder / f"{name}.away"
        with closing(sqlite3.connect(file, timeout=30)) as db:
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        shutil.move(file, away)
        held.callback(shutil.move, away, file)
        if instead is not None:
            file.write_bytes(instead)


@contextmanager
def living(folder: Path, promise_s: float) -> Iterator[tuple[Databases, int]]:
    """The databases and the port of the node that collects them."""
    databases = Databases(folder)
    try:
        with nodes.running(["run", "--config", str(CONFIG)], folder, more=settings_of(promise_s)) as port:
            yield databases, port
    finally:
        databases.close()
