"""A real server on loopback, the flags of Debian's chromium, and waiting without sleeping."""

import os
import shutil
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import uvicorn
from playwright.sync_api import Browser, Page, expect

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
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",  # whoever else a page asks for is not there
)
# The same for one server after the other, because a browser keeps what it has compiled by address. Below those that
# the system gives away.
USUAL_PORT: Final = 20_000 + 2 * (os.getpid() % 5_000)


def listening(port: int) -> socket.socket:
    """A socket on loopback at `port`, or at a free one where that is taken."""
    try:
        return socket.create_server(("127.0.0.1", port), backlog=64)
    except OSError:
        return socket.create_server(("127.0.0.1", 0), backlog=64)


@dataclass
class Serving:
    """A house served on a port of its own; stop() cuts every connection, start() serves again there."""

    house: HandHouse
    port: int = USUAL_PORT
    _server: uvicorn.Server | None = None
    _thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        listener = listening(self.port)
        self.port = listener.getsockname()[1]
        config = uvicorn.Config(server.create(self.house), log_level="critical")
        config.timeout_graceful_shutdown = 0
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, args=([listener],), daemon=True)
        self._thread.start()
        wait_for(lambda: self._server is not None and self._server.started, "the server did not start")

    def stop(self) -> None:
        if self._server and self._thread:
            self._server.force_exit = self._server.should_exit = True
            self._thread.join(10)
            assert not self._thread.is_alive(), "the server did not stop"


@dataclass
class Wall:
    """A page of its own."""

    page: Page


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


@contextmanager
def with_fonts(chromium: Browser, folder: Path, *fonts: str) -> Iterator[Browser]:
    """A browser on a machine that has the fonts below `fonts` and no other. `folder` holds its list of them."""
    config = folder / "fonts.conf"
    dirs = "".join(f"<dir>{path}</dir>" for path in fonts)
    config.write_text(f"<fontconfig>{dirs}<cachedir>{folder}</cachedir></fontconfig>", encoding="utf-8")
    env: dict[str, str | float | bool] = {**os.environ, "FONTCONFIG_FILE": str(config)}
    browser = chromium.browser_type.launch(executable_path=CHROMIUM, headless=True, args=list(FLAGS), env=env)
    try:
        yield browser
    finally:
        browser.close()
