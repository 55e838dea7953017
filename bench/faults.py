"""Legibility by machine: what stands in the way of reading a page, found in a real browser."""

import base64
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import Page

KINDS: Final = ("small", "pale", "cut", "covered", "overlap", "outside", "scrolled", "hover", "empty", "unpainted")
LOOK: Final = Path(__file__).with_name("faults.js").read_text(encoding="utf-8")
CONTRAST: Final = Path(__file__).with_name("contrast.js").read_text(encoding="utf-8")
MOUSE: Final = Path(__file__).with_name("mouse.js").read_text(encoding="utf-8")
GIVE_BACK: Final = """() => {
  document.adoptedStyleSheets = document.adoptedStyleSheets.filter((sheet) => !sheet.hidesText);
}"""
LOOKS: Final = 3
WALL: Final = "html[data-kind=wall]"
LOST: Final = "body.lost"


@dataclass(frozen=True)
class Fault:
    """One thing that cannot be read. `kind`: one of KINDS; `where`: the element, with its place and size in px."""

    kind: str
    what: str
    where: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.what} ({self.where})"


def faults(page: Page) -> list[Fault]:
    """What stands in the way of reading `page` as it stands, a wall or a page of the desk.

    Small text (walls: the smallest of the preset; desk: 12 px), contrast under 7:1 (desk 4.5:1, large text 3:1; a
    wall's last picture under the banner of a lost connection 3:1), text that is cut, covered or outside of the picture,
    two texts over each other, a page on which nothing can be read, text of which the picture shows nothing (a black
    page has no other fault). On walls also what can be scrolled and what only a mouse would show.
    """
    for _ in range(LOOKS):
        lost = page.locator(LOST).count()
        written = _picture(page)
        looked = page.evaluate(LOOK)
        try:
            drawn = _drawn(page, written, looked["texts"])
        finally:
            page.evaluate(GIVE_BACK)
        if page.locator(LOST).count() == lost and all(kind != "unpainted" for kind, *_ in drawn):
            break  # else it was judged by the rule of the other look, or its picture was taken too early
    moved = page.evaluate(MOUSE) if page.locator(WALL).count() else []
    return [Fault(*found) for found in [*looked["faults"], *drawn, *moved]]


def _drawn(page: Page, written: str, texts: list[dict[str, Any]]) -> list[list[str]]:
    """On a busy machine a picture may be taken before all of it is painted: what looks pale is looked at again."""
    found: list[list[str]] = []
    for _ in range(LOOKS):
        found = page.evaluate(CONTRAST, [written, _picture(page), texts])
        if all(kind != "pale" for kind, *_ in found):
            break
        page.wait_for_timeout(200)
    return found


def _picture(page: Page) -> str:
    return base64.b64encode(page.screenshot(scale="device")).decode()
