"""What axe-core and a reader of one language find on the walls: every screen close by, and a storm."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from dashboard.screens import SCREENS
from tests.browser.axe import faults
from tests.browser.serving import Serving, Wall
from tests.browser.words import ALL_TEXT, foreign, values
from tests.dashboard.hotspots_picture import WORDS
from tests.dashboard.picture import AFTERNOON, HandHouse, hand_settings
from tests.dashboard.states import STATES

pytestmark = pytest.mark.browser
PAGES = ["situation", "repairs"]


@pytest.fixture(scope="module")
def serving(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    walls: dict[str, Any] = {"dark": {"distance_m": 3, "pages": PAGES}, "light": {"distance_m": 3, "theme": "light"}}
    one = Serving(HandHouse(hand_settings(Path(tmp_path_factory.mktemp("walls")), **walls)))
    one.start()
    yield one
    one.stop()


def wrong(wall: Wall, serving: Serving, language: str, what: str) -> list[str]:
    texts = wall.page.evaluate(ALL_TEXT)
    assert texts
    demands = [word for words in WORDS for word in words]  # of a hotspot: as customers said them
    said = foreign(texts, language, [*values(serving.house.settings), *demands])
    seen = faults(wall.page) if language == "zh" else []  # the same nodes in both
    return [f"{what}: {one}" for one in (*seen, *said)]


def test_levels_of_a_source_that_fails_say_since_when(wall: Wall, serving: Serving) -> None:
    serving.house.show(**STATES["error"](AFTERNOON))
    wall.page.goto(f"{serving.url}/wall/dark?page=situation&screen=0")
    expect(wall.page.locator(".tile[data-key=levels] .flag.inverse")).to_be_visible()
    expect(wall.page.locator(".tile[data-key=levels] .count")).to_have_count(0)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_wall_has_nothing_serious_and_one_language(wall: Wall, serving: Serving, language: str) -> None:
    found: list[str] = []
    for state, path, screen in (
        ("afternoon", "dark?page=situation&screen=0", "situation"),
        ("storm", "dark?page=situation&screen=0", "situation"),
        ("no_data", "light?screen=0", "situation"),
        *(("one", f"dark?page=repairs&screen={i}", s.name) for i, s in enumerate(SCREENS["repairs"]["3m"])),
    ):
        serving.house.show(**STATES[state](AFTERNOON))
        wall.page.goto(f"{serving.url}/wall/{path}&lang={language}")
        expect(wall.page.locator(".screen.on")).to_have_attribute("data-screen", screen)
        expect(wall.page.locator(".screen.on")).to_have_css("opacity", "1")  # not in the middle of its fading in
        expect(wall.page.locator(".screen.on [data-panel] >> nth=0")).not_to_be_empty()
        found += wrong(wall, serving, language, f"{state}, {path}")
    assert found == []
