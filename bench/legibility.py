"""Every screen of every wall page, in every preset, size, language, theme and state: is each of them legible?"""

import argparse
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby, product
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import Browser, Page, sync_playwright

from bench.faults import Fault, faults
from bench.live import CHROMIUM
from bench.results import Measure
from dashboard.screens import SCREENS
from tests.browser.serving import Serving
from tests.dashboard.linjiang import linjiang_settings, with_more_counties
from tests.dashboard.picture import HandHouse, picture
from tests.dashboard.states import STATES

SIZES: Final = ((1920, 1080), (3840, 2160), (5760, 1080))
METRES: Final = {"3m": 3, "6m": 6, "10m": 10}
LANGUAGES: Final = ("zh", "en")
THEMES: Final = ("dark", "light")
QUICK: Final = ("afternoon", "storm_of_long_names", "many", "error")
QUICK_STEP: Final = 5  # of these one in so many: no divisor of the six ways of size and theme
LOST: Final = "lost"  # the one state that is not a picture of the site
WIDE: Final = 3  # screens beside each other on the widest size
# Resolves when the state's picture stands: its panels drawn, its map, no cross-fade, nothing changed for a moment.
SETTLED: Final = """async (state) => {
  const pause = (ms) => new Promise((done) => setTimeout(done, ms));
  const stands = () => {
    const places = [...document.querySelectorAll("#wall .screen.on [data-panel]")];
    const drawn = places.length && places.every((p) => p.textContent.trim() || p.dataset.empty === "1");
    const graph = places.map((p) => p.querySelector("#wall-map")).find(Boolean);
    const plot = graph?.querySelector(".js-plotly-plot")?._fullLayout;
    const fits = plot?.geo && Math.abs(plot.width - graph.clientWidth) < 2;
    const mapped = !graph || fits || window.lightkeeper.isMapped === false;
    return window.lightkeeper.parts.sources?.shown === state && drawn && mapped;
  };
  for (let left = 300; !stands(); left--) {
    if (!left) throw new Error(`the wall did not show ${state}`);
    await pause(50);
  }
  await document.fonts.ready;
  let quiet = 0;
  new MutationObserver(() => (quiet = 0)).observe(document.body, { subtree: true, childList: true, attributes: true });
  for (let left = 60; quiet < 4 && left; left--, quiet++) await pause(50);
  await Promise.all(document.getAnimations().map((one) => one.finished.catch(() => null)));
}"""


@dataclass(frozen=True)
class Picture:
    """One thing a wall may show. `screen`: of its page, from 0; on the widest size those after it stand beside it."""

    preset: str
    page: str
    screen: int
    size: tuple[int, int]
    language: str
    theme: str
    state: str

    @property
    def path(self) -> str:
        return f"/wall/{self.preset}?page={self.page}&screen={self.screen}&lang={self.language}&theme={self.theme}"

    def __str__(self) -> str:
        size = "x".join(map(str, self.size))
        return f"{self.page}-{self.screen}-{self.preset}-{self.language}-{self.theme}-{self.state}-{size}"


def every(states: tuple[str, ...] = (*STATES, LOST)) -> list[Picture]:
    """The whole product. On the widest size only the screens that come first there."""
    screens = [
        (preset, page, i) for page, of in SCREENS.items() for preset, some in of.items() for i in range(len(some))
    ]
    return [
        Picture(preset, page, i, size, language, theme, state)
        for (preset, page, i), language, theme, state, size in product(screens, LANGUAGES, THEMES, states, SIZES)
        if size != SIZES[2] or i % WIDE == 0
    ]


def spread(pictures: list[Picture]) -> list[Picture]:
    """One of each screen, language and state; size and theme take turns, so that each screen is seen in all of them."""
    combinations = list(product(THEMES, SIZES))
    kept: dict[tuple[Any, ...], list[Picture]] = {}
    for p in pictures:
        kept.setdefault((p.preset, p.page, p.screen, p.language, p.state), []).append(p)
    chosen = []
    for turn, some in enumerate(kept.values()):
        wanted = [combinations[(turn + k) % len(combinations)] for k in range(len(combinations))]
        chosen.append(next(p for w in wanted for p in some if (p.theme, p.size) == w))
    return chosen


@contextmanager
def serving(folder: Path) -> Iterator[Serving]:
    """The invented site with a wall for each preset, all pages in the rotation."""
    walls: dict[str, Any] = {
        preset: {"distance_m": metres, "pages": list(SCREENS)} for preset, metres in METRES.items()
    }
    one = Serving(HandHouse(linjiang_settings(folder, **walls)))
    show(one, "afternoon")
    one.start()
    try:
        yield one
    finally:
        one.stop()


def show(one: Serving, state: str) -> None:
    """Lets the house be in `state`, marked so that the page can tell when it has it."""
    bodies = STATES[state](one.house.site_now)
    parts = picture(one.house.site_now, **bodies)
    sources = {**parts["sources"].body, "shown": state}
    one.house.show(**{**bodies, "units": with_more_counties(parts), "sources": sources})


def go(page: Page, one: Serving, shown: Picture) -> None:
    """Opens the wall that `shown` is on."""
    width, height = shown.size
    page.context.set_offline(False)
    page.set_viewport_size({"width": width, "height": height})
    page.goto(one.url + shown.path)


def settle(page: Page, one: Serving, shown: Picture) -> None:
    """Waits until `page`, on which the wall of `shown` is open, shows it."""
    page.context.set_offline(False)
    page.set_viewport_size({"width": shown.size[0], "height": shown.size[1]})
    seen = "afternoon" if shown.state == LOST else shown.state
    show(one, seen)
    page.evaluate(SETTLED, seen)
    if shown.state == LOST:
        page.context.set_offline(True)
        page.locator("#wall-lost [role=alert]").wait_for(timeout=60_000)


@contextmanager
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=list(CHROMIUM))
        yield browser
        browser.close()


def standing(browser: Browser, pictures: list[Picture]) -> Iterator[tuple[Picture, Page]]:
    """Each picture and the page that shows it, until the next one is asked for."""
    with tempfile.TemporaryDirectory() as name, serving(Path(name)) as one:
        page = browser.new_context().new_page()  # for all: a page in a new one takes four times as long
        for _path, some in groupby(sorted(pictures, key=_by_path), key=lambda p: p.path):
            group = list(some)
            go(page, one, group[0])
            for shown in group:
                settle(page, one, shown)
                yield shown, page
        page.context.close()


def check(pictures: list[Picture], folder: Path | None = None) -> Iterator[tuple[Picture, list[Fault]]]:
    """Each picture with its faults; a screenshot of it goes to `folder`."""
    with chromium() as browser:
        for shown, page in standing(browser, pictures):
            found = faults(page)
            if folder:
                page.screenshot(path=folder / f"{shown}.png")
            yield shown, found


def _by_path(p: Picture) -> tuple[str, bool]:
    return p.path, p.state == LOST  # last on its page


def of_legibility(quick: bool) -> list[Measure]:
    """Faults on all walls; prints each of them."""
    everything = every(QUICK if quick else (*STATES, LOST))
    pictures = spread(everything)
    if quick:
        pictures = pictures[::QUICK_STEP]
    print_faults(found := list(check(pictures)))
    number = sum(len(some) for _, some in found)
    sizes = ", ".join(f"{w}x{h}" for w, h in SIZES)
    what = (
        f"{len(pictures)} of {len(everything)} pictures: each screen, language, state; theme and size in turn ({sizes})"
    )
    bad = sum(1 for _, some in found if some)
    return [
        Measure("legibility_faults", float(number), "", len(pictures), f"{what}; bound 0"),
        Measure("legibility_pictures_with_faults", float(bad), "", len(pictures), "of these"),
    ]


def print_faults(found: list[tuple[Picture, list[Fault]]]) -> None:
    for shown, some in found:
        for fault in some:
            print(f"{shown}: {fault}")


def main(argv: list[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--all", action="store_true", help="the whole product instead of one of each state")
    parser.add_argument("--only", default="", help="pictures with this in their name, e.g. repairs-0-6m-zh")
    parser.add_argument("--to", type=Path, help="folder for a screenshot of each")
    asked = parser.parse_args(argv)
    pictures = every() if asked.all else spread(every())
    number = 0
    for shown, some in check([p for p in pictures if asked.only in str(p)], asked.to):
        print_faults([(shown, some)])
        number += len(some)
    print(f"{number} faults")


if __name__ == "__main__":
    main(sys.argv[1:])
