"""The pictures of the docs: `make screenshots`. With `--all` every page in both languages and themes, to look at.

Walls show the invented site of the tests in its states; pages of the desk a running demonstration.
"""

import argparse
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from html import escape
from itertools import product
from pathlib import Path
from typing import Final

from playwright.sync_api import Browser

from bench import nodes
from bench.legibility import LOST, Picture, chromium, every, standing
from dashboard.components.order_drawer import TITLE

FOLDER: Final = Path(__file__).with_name("pictures")
ALL: Final = Path("var/screenshots")
WALL: Final = (1280, 720)  # the same picture as 1920x1080, and half of its bytes
DESK: Final = (1440, 900)
PHONE: Final = (390, 844)
FIRST_ROW: Final = "main .ag-row[row-index='0'] [col-id=order_no]"
OPENED: Final = f"#{TITLE}"  # of the drawer


@dataclass(frozen=True)
class Shot:
    """A picture of a page of the desk. `awaited`: what must be there; `click`: what is clicked then."""

    name: str
    address: str
    awaited: str
    size: tuple[int, int] = DESK
    language: str = "zh"
    theme: str = "light"
    click: str | None = None

    def __str__(self) -> str:
        return f"{self.name}-{self.language}-{self.theme}-{'x'.join(map(str, self.size))}"


ORDERS: Final = Shot("orders", "/orders", ".ag-row")
ORDER: Final = Shot("order", "/orders", FIRST_ROW, click=FIRST_ROW)
ALERTS: Final = Shot("alerts", "/alerts", "main")
DEFINITIONS: Final = Shot("definitions", "/definitions", "main")
PHONES: Final = Shot("phones", "/phones", "main")
PAGES: Final = (ORDERS, ORDER, ALERTS, DEFINITIONS, PHONES)
# What the docs show, by the name of its file.
WALLS_SHOWN: Final = {
    "wall-zh": Picture("6m", "situation", 0, WALL, "zh", "dark", "afternoon"),
    "wall-en": Picture("6m", "situation", 0, WALL, "en", "dark", "afternoon"),
    "wall-light-en": Picture("3m", "situation", 0, WALL, "en", "light", "afternoon"),
    "wall-storm-zh": Picture("6m", "situation", 0, WALL, "zh", "dark", "storm"),
    "wall-lost-zh": Picture("6m", "situation", 0, WALL, "zh", "dark", LOST),
    "wall-repairs-zh": Picture("3m", "repairs", 0, WALL, "zh", "dark", "flood"),
    "wall-wide-en": Picture("6m", "repairs", 0, (1920, 360), "en", "dark", "afternoon"),
}
DESK_SHOWN: Final = {
    "orders-zh": ORDERS,
    "orders-en": replace(ORDERS, language="en", theme="dark"),
    "order-en": replace(ORDER, language="en"),
    "alerts-en": replace(ALERTS, language="en"),
    "alerts-zh-phone": replace(ALERTS, size=PHONE),
    "definitions-zh": DEFINITIONS,
    "phones-zh": PHONES,
}


def every_shot() -> list[Shot]:
    looks = product(("zh", "en"), ("light", "dark"), (DESK, PHONE))
    return [replace(p, language=la, theme=th, size=si) for (la, th, si), p in product(looks, PAGES)]


def take(browser: Browser, port: int, shot: Shot, file: Path) -> None:
    width, height = shot.size
    page = browser.new_page(viewport={"width": width, "height": height})
    page.goto(f"http://127.0.0.1:{port}{shot.address}?lang={shot.language}&theme={shot.theme}")
    page.locator(shot.awaited).first.wait_for(timeout=60_000)
    if shot.click:
        page.locator(shot.click).first.click()
        page.locator(OPENED).wait_for(timeout=60_000)
    page.wait_for_timeout(2000)  # the first answers of the list and of the figures
    page.screenshot(path=file)
    page.close()


def take_desk(port: int, shots: dict[Path, Shot]) -> None:
    """Pictures of the desk, from the node at `port`."""
    with chromium() as browser:
        for file, shot in shots.items():
            take(browser, port, shot, file)


def take_walls(pictures: dict[Path, Picture]) -> None:
    files = {picture: file for file, picture in pictures.items()}
    with chromium() as browser:
        for picture, page in standing(browser, list(pictures.values())):
            page.screenshot(path=files[picture])


@contextmanager
def demonstration(port: int | None) -> Iterator[int]:
    """The port of a demonstration: the one that runs at `port`, else one of its own."""
    if port:
        yield port
        return
    with tempfile.TemporaryDirectory() as name, nodes.running(["demo"], Path(name), 300) as own:
        yield own


def sheets(folder: Path, files: list[Path], mock: Path | None) -> None:
    """A page with all pictures beside each other, and the mock-ups in front where there are some."""
    shown = [*(sorted(mock.resolve().glob("*.png")) if mock else []), *(f.resolve() for f in files)]
    cells = "".join(
        f"<figure><img src='{f.as_uri()}'><figcaption>{escape(f.stem)}</figcaption></figure>" for f in shown
    )
    style = "body{display:grid;grid-template-columns:repeat(auto-fill,minmax(600px,1fr));gap:12px;margin:12px}"
    style += "figure{margin:0}img{width:100%}"
    (folder / "index.html").write_text(f"<meta charset=utf-8><style>{style}</style>{cells}", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("port", nargs="?", type=int, help="of a demonstration that runs already")
    parser.add_argument("--all", action="store_true", help=f"every picture, into {ALL}, with index.html of them all")
    parser.add_argument("--only", default="", help="pictures with this in their name")
    parser.add_argument("--mock", type=Path, help="folder of mock-ups for index.html")
    asked = parser.parse_args()
    folder = ALL if asked.all else FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    walls = {str(p): p for p in every() if p.size[1] == 1080} if asked.all else WALLS_SHOWN
    desk = {str(s): s for s in every_shot()} if asked.all else DESK_SHOWN
    walls_by_file = {folder / f"{name}.png": p for name, p in walls.items() if asked.only in name}
    desk_by_file = {folder / f"{name}.png": s for name, s in desk.items() if asked.only in name}
    if walls_by_file:
        take_walls(walls_by_file)
    if desk_by_file:
        with demonstration(asked.port) as port:
            take_desk(port, desk_by_file)
    if asked.all:
        sheets(folder, [*walls_by_file, *desk_by_file], asked.mock)


if __name__ == "__main__":
    main()
