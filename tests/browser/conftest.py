"""A wall and a desk in Debian's chromium, which refuses every request to anything but the server and says so."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Route, sync_playwright

from tests.browser.desk import Desk, Open, browsing, served
from tests.browser.serving import CHROMIUM, FLAGS, Serving, Wall
from tests.dashboard.picture import HandHouse, hand_settings


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


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """The synthetic city, served for the tests of one file."""
    with served(tmp_path_factory.mktemp("desk")) as one:
        yield one


@pytest.fixture
def browse(chromium: Browser, desk: Desk) -> Iterator[Open]:
    """Opens pages of the desk."""
    with browsing(chromium, desk.url) as opened:
        yield opened
