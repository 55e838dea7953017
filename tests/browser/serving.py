"""A real server on loopback, the flags of Debian's chromium, and waiting without sleeping."""

import shutil
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import uvicorn
from playwright.sync_api import Page, expect

from dashboard import server
from tests.dashboard.picture import HandHouse

expect.set_options(timeout=30_000)  # two browsers share two cores with their servers

CHROMIUM = shutil.which("chromium")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-quic",
)


@dataclass
class Serving:
    """A house served on a port of its own; stop() cuts every connection, start() serves again there."""

    house: HandHouse
    port: int = 0
    _server: uvicorn.Server | None = None
    _thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        config = uvicorn.Config(server.create(self.house), host="127.0.0.1", port=self.port, log_level="critical")
        config.timeout_graceful_shutdown = 0
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self._thread.start()
        wait_for(lambda: self._server is not None and self._server.started, "the server did not start")
        self.port = self._server.servers[0].sockets[0].getsockname()[1]

    def stop(self) -> None:
        if self._server and self._thread:
            self._server.force_exit = self._server.should_exit = True
            self._thread.join(10)
            assert not self._thread.is_alive(), "the server did not stop"


@dataclass
class Wall:
    """A page and the requests it was refused."""

    page: Page
    refused: list[str] = field(default_factory=list)


def wait_for(true: Callable[[], bool], otherwise: str, limit_s: float = 30.0) -> None:
    deadline = time.monotonic() + limit_s
    pause = threading.Event()
    while not true():
        assert time.monotonic() < deadline, otherwise
        pause.wait(0.02)


def later(house: HandHouse, **delta: float) -> datetime:
    """Moves the house's clock on and shows the same afternoon read then."""
    house.site_now += timedelta(**delta)
    house.show()
    return house.site_now
