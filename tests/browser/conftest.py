"""A wall and a desk in Debian's chromium, which refuses every request to anything but the server and says so."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright

from bench.faults import faults
from tests.browser.desk import Desk, served
from tests.browser.serving import CHROMIUM, FLAGS, Serving, Wall
from tests.browser.tab import Open, Tab, browsing
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
        page = browser.new_page()
        page.set_content("<html lang='en'><p style='font-size: 30px'>Lightkeeper</p>")
        assert faults(page) == [], "this browser draws no text, and every page would be found well: give it a font"
        page.close()
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def tab(chromium: Browser) -> Iterator[Tab]:
    one = Tab(chromium)
    yield one
    one.close()


@pytest.fixture
def wall(tab: Tab, serving: Serving) -> Iterator[Wall]:
    """A clean 1920x1080 page. The test fails when the page asked for anything but the server, or a script failed."""
    yield Wall(tab.take(serving.url, 1920, 1080))
    tab.give_back()
    tab.seen.check(serving.url)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """The synthetic city, served for the tests of one file."""
    with served(tmp_path_factory.mktemp("desk")) as one:
        yield one


@pytest.fixture
def browse(tab: Tab, desk: Desk) -> Iterator[Open]:
    """Opens pages of the desk."""
    with browsing(tab, desk.url) as opened:
        yield opened
