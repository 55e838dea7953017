"""The synthetic city, served, and a browser that may ask nothing but it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page, Route

from tests.browser.serving import Serving
from tests.dashboard_pages.city import DeskHouse, house

Open = Callable[..., Page]


@dataclass
class Desk:
    """The city, served."""

    house: DeskHouse
    url: str


@contextmanager
def served(folder: Path) -> Iterator[Desk]:
    one = house(folder)
    serving = Serving(one)
    serving.start()
    yield Desk(one, serving.url)
    serving.stop()
    one.close()


@contextmanager
def browsing(chromium: Browser, url: str) -> Iterator[Open]:
    """Opens a path at a size. Fails at the end when a page asked for anything but the server, or a script failed."""
    refused: list[str] = []
    broken: list[str] = []
    contexts = []

    def only_the_server(route: Route) -> None:
        if route.request.url.startswith(url):
            route.continue_()
        else:
            refused.append(route.request.url)
            route.abort()

    def opened(path: str, width: int = 1440, height: int = 900) -> Page:
        context = chromium.new_context(viewport={"width": width, "height": height}, service_workers="block")
        contexts.append(context)
        context.route("**/*", only_the_server)
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.on("pageerror", lambda error: broken.append(str(error)))
        page.goto(f"{url}{path}")
        return page

    yield opened
    for context in contexts:
        context.close()
    assert not refused, f"asked for something outside the server: {refused}"
    assert not broken, f"a script failed: {broken}"
