"""A real server on loopback and Debian's chromium, which refuses every request to anything else and says so."""

import shutil
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import uvicorn
from playwright.sync_api import Browser, Page, Route, expect, sync_playwright

from dashboard import server
from tests.dashboard.picture import HandHouse, hand_settings

expect.set_options(timeout=10_000)  # CI shares its two cores

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


def wait_for(true: Callable[[], bool], otherwise: str, limit_s: float = 10.0) -> None:
    deadline = time.monotonic() + limit_s
    pause = threading.Event()
    while not true():
        assert time.monotonic() < deadline, otherwise
        pause.wait(0.02)


@pytest.fixture
def serving(tmp_path: Path) -> Iterator[Serving]:
    """The invented afternoon, served. Its clock stands until a test moves it."""
    walls: dict[str, Any] = {"near": {"distance_m": 3}, "far": {"distance_m": 10}, "light": {"theme": "light"}}
    one = Serving(HandHouse(hand_settings(tmp_path, **walls)))
    one.house.show()
    one.start()
    yield one
    one.stop()


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """One browser for these tests; closed with them, because its loop would stop async tests elsewhere."""
    if CHROMIUM is None:
        pytest.skip("chromium is not installed: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, headless=True, args=list(FLAGS))
        yield browser
        browser.close()


@pytest.fixture
def wall(chromium: Browser, serving: Serving) -> Iterator[Wall]:
    """A fresh 1920x1080 page. The test fails when the page asked for anything but the server, or a script failed."""
    context = chromium.new_context(viewport={"width": 1920, "height": 1080}, service_workers="block")
    seen = Wall(context.new_page())
    broken: list[str] = []

    def only_the_server(route: Route) -> None:
        if urlsplit(route.request.url).netloc == f"127.0.0.1:{serving.port}":
            route.continue_()
        else:
            seen.refused.append(route.request.url)
            route.abort()

    context.route("**/*", only_the_server)
    seen.page.on("pageerror", lambda error: broken.append(str(error)))
    yield seen
    context.close()
    assert not seen.refused, f"asked for something outside the server: {seen.refused}"
    assert not broken, f"a script failed: {broken}"


def later(house: HandHouse, **delta: float) -> datetime:
    """Moves the house's clock on and shows the same afternoon read then."""
    house.site_now += timedelta(**delta)
    house.show()
    return house.site_now
