"""The tab that the tests of a process share: a page in it costs a quarter of the CPU of a page in a tab of its own."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Final

from playwright.sync_api import Browser, BrowserContext, Error, Page

Open = Callable[..., Page]
OWN: Final = ("data:", "blob:")  # what a page holds itself
# What a test may leave behind that a page of the next one would see: globals of its scripts, another clock.
LEFT_BEHIND: Final = "() => [...Object.getOwnPropertyNames(window), String(Date), String(performance.now)].join()"
FORGET: Final = "() => { sessionStorage.clear(); localStorage.clear(); }"
TIMEOUT_MS: Final = 20_000


@dataclass
class Seen:
    """What the pages of some contexts asked for, and the errors of their scripts.

    Not by routes: they would keep the browser from its own cache, and ask us at every request.
    """

    asked: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)

    def watch(self, context: BrowserContext) -> None:
        context.on("request", lambda request: self.asked.append(request.url))
        context.on("weberror", lambda failed: self.broken.append(str(failed.error)))

    def check(self, server: str) -> None:
        """Fails when a page asked for anything but `server`, or a script failed. Forgets both."""
        outside = [url for url in self.asked if not url.startswith((f"{server}/", *OWN))]
        broken = list(self.broken)
        self.asked.clear()
        self.broken.clear()
        assert not outside, f"asked for something outside the server: {outside}"
        assert not broken, f"a script failed: {broken}"


class Tab:
    """One page, given to one test after the other; a new one once a test has left something behind in it."""

    def __init__(self, chromium: Browser) -> None:
        self.chromium = chromium
        self.seen = Seen()
        self._page: Page | None = None
        self._clean = ""

    def take(self, server: str, width: int, height: int) -> Page:
        """The page, with nothing kept of `server` by pages before."""
        if self._page is None:
            self._page = opened(self.chromium, self.seen, width, height)
            self._clean = self._page.evaluate(LEFT_BEHIND)
        page = self._page
        page.set_viewport_size({"width": width, "height": height})
        page.goto(f"{server}/healthz")
        page.evaluate(FORGET)
        self.seen.asked.clear()
        return page

    def give_back(self) -> None:
        page = self._page
        if page is None:
            return
        try:
            page.context.unroute_all(behavior="ignoreErrors")
            page.unroute_all(behavior="ignoreErrors")
            page.goto("about:blank")
            page.emulate_media(media="null", color_scheme="light")
            page.set_default_timeout(TIMEOUT_MS)
            page.context.clear_cookies()
            is_clean = page.evaluate(LEFT_BEHIND) == self._clean and len(page.context.pages) == 1
        except Error:
            is_clean = False
        if not is_clean:
            self.close()

    def close(self) -> None:
        if self._page is not None:
            with suppress(Error):
                self._page.context.close()
        self._page = None


def opened(chromium: Browser, seen: Seen, width: int, height: int) -> Page:
    """A page in a context of its own, watched by `seen`."""
    context = chromium.new_context(viewport={"width": width, "height": height}, service_workers="block")
    seen.watch(context)
    page = context.new_page()
    page.set_default_timeout(TIMEOUT_MS)
    return page


@contextmanager
def browsing(tab: Tab, url: str) -> Iterator[Open]:
    """Opens a path at a size: the first in the shared tab, further ones beside it.

    Fails at the end when a page asked for anything but the server, or a script failed.
    """
    others: list[Page] = []
    taken: list[Page] = []

    def open_(path: str, width: int = 1440, height: int = 900) -> Page:
        if taken:
            page = opened(tab.chromium, tab.seen, width, height)
            others.append(page)
        else:
            page = tab.take(url, width, height)
            taken.append(page)
        page.goto(f"{url}{path}")
        return page

    yield open_
    for page in others:
        page.context.close()
    tab.give_back()
    tab.seen.check(url)
