"""Walls that turn quickly, and what their tests ask of them."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import Page, expect

from tests.browser.serving import Serving
from tests.dashboard.picture import REPAIRS, HandHouse, columns, hand_settings, picture

QUICK: Final = {"page_s": 1}
WALLS: Final[dict[str, dict[str, Any]]] = {
    "quick": QUICK,
    "both": {"pages": ["situation", "repairs"]},
    "near": {"distance_m": 3},
    "far": {"distance_m": 10},
    "brief": QUICK | {"takeover_s": 600},
    "heard": {"takeover_s": 600, "speak": True},
    "nightly": {"reload_at": "14:33"},
    "lost": {"area": "C77"},
}


@contextmanager
def turning(folder: Path) -> Iterator[Serving]:
    one = Serving(HandHouse(hand_settings(folder, 8050, **WALLS)))
    one.house.show()
    one.start()
    yield one
    one.stop()


def body(part: str) -> dict[str, Any]:
    return dict(picture()[part].body)


def repairs(*order: int) -> dict[str, Any]:
    """The part with these of the six repairs, in this order."""
    names = " ".join(body("repairs")["columns"])
    return {**body("repairs"), "total": len(order), "columns": columns(names, *(REPAIRS[i] for i in order))}


def shown(page: Page, *screens: str) -> None:
    """Expects these screens on the wall, as they stand in the document."""
    expect(page.locator(".screen.on")).to_have_count(len(screens))
    for i, name in enumerate(screens):
        expect(page.locator(".screen.on").nth(i)).to_have_attribute("data-screen", name)
