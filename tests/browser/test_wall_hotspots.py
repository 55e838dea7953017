"""Hotspots on walls: the rarest with its days, others in lines, rings on the map, the foot; quiet without any."""

import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.serving import Serving, Wall
from tests.dashboard import hotspots_picture
from tests.dashboard.picture import AFTERNOON, HandHouse, hand_settings

pytestmark = pytest.mark.browser
P_VALUE = re.compile(r"\bp\s*[=<≤]|p[- ]value|significan", re.IGNORECASE)
RING = "#wall-map .scattergeo path.js-line"


@pytest.fixture
def serving(tmp_path: Path) -> Iterator[Serving]:
    walls: dict[str, Any] = {"near": {"distance_m": 3}, "talk": {"distance_m": 3, "pages": ["complaints"]}}
    walls["foot"] = {"distance_m": 6}
    one = Serving(HandHouse(hand_settings(tmp_path, **walls)))
    one.house.show()
    one.start()
    yield one
    one.stop()


def panel(wall: Wall) -> Locator:
    return wall.page.locator(".screen.on .panel-hotspots")


def dashed(wall: Wall) -> int:
    lines = wall.page.locator(RING)
    return int(lines.evaluate_all("(all) => all.filter((l) => getComputedStyle(l).strokeDasharray !== 'none').length"))


def test_the_rarest_stands_with_its_days_and_its_ring(wall: Wall, serving: Serving) -> None:
    wall.page.goto(f"{serving.url}/wall/near?screen=0")
    expect(panel(wall).locator(".head")).to_contain_text("热点1处，1处观察，14:20扫描")
    expect(panel(wall).locator(".big .said")).to_contain_text("沙湾投诉11月17日起14件，预期3.1约3年一遇灯暗")
    expect(panel(wall).locator(".big [aria-label=紧迫]")).to_be_visible()
    expect(panel(wall).locator("svg.days rect.over")).to_have_count(3)  # of the last fourteen days
    expect(wall.page.locator("#wall-map .scattergeo text", has_text="14件")).to_be_visible()
    assert dashed(wall) == 1
    serving.house.show(hotspots=hotspots_picture.part(AFTERNOON, alerts=2, severe=1))
    expect(panel(wall).locator(".big [aria-label=超时]")).to_be_visible()
    expect(panel(wall).locator(".big")).to_contain_text("46件，预期3.1")
    expect(panel(wall).locator(".line")).to_have_count(1)


def test_a_wall_without_hotspots_is_quiet_and_says_why(wall: Wall, serving: Serving) -> None:
    serving.house.show(hotspots=hotspots_picture.part(AFTERNOON, alerts=0, watched=2))
    wall.page.goto(f"{serving.url}/wall/near?screen=0")
    expect(panel(wall)).to_contain_text("2处观察")
    expect(panel(wall)).to_contain_text("没有热点。")
    expect(panel(wall).locator(".lv, svg.days")).to_have_count(0)
    expect(wall.page.locator("#wall-map .js-plotly-plot .scattergeo").first).to_be_attached()
    assert dashed(wall) == 0
    few = hotspots_picture.part(AFTERNOON, alerts=0, watched=0, state="not_enough_history")
    serving.house.show(hotspots=few)
    expect(panel(wall)).to_contain_text("历史不足，还不能找热点")
    serving.house.show(hotspots={**few, "state": "off"})
    expect(panel(wall)).to_be_hidden()


def test_at_six_metres_the_foot_has_it_and_a_screen_of_its_own(wall: Wall, serving: Serving) -> None:
    wall.page.goto(f"{serving.url}/wall/english?page=situation&screen=3")
    expect(panel(wall).locator(".two")).to_have_count(1)
    expect(panel(wall).locator(".two")).to_contain_text("14, expected 3.1")
    expect(panel(wall).locator(".two")).to_contain_text("once in 3 years")
    expect(wall.page.locator("#wall-foot")).to_contain_text("Shawancomplaint 14 in 3 d, expected 3.1")


@pytest.mark.parametrize(
    ("language", "said", "satisfied"),
    [
        ("zh", "沙湾投诉 3天14件，预期3.1", "满意率 96.2%"),
        ("en", "Shawancomplaint 14 in 3 d, expected 3.1", "Satisfied 96.2%"),
    ],
)
def test_the_foot_at_six_metres_says_for_how_long_and_keeps_satisfaction(
    wall: Wall, serving: Serving, language: str, said: str, satisfied: str
) -> None:
    wall.page.goto(f"{serving.url}/wall/foot?screen=0&lang={language}")
    foot = wall.page.locator("#wall-foot")
    expect(foot).to_contain_text(said)
    expect(foot).to_contain_text(satisfied)
    assert foot.evaluate("(one) => one.scrollWidth <= one.clientWidth")
    ends = foot.locator("> div").evaluate_all("(all) => all.map((one) => one.getBoundingClientRect())")
    assert all(one["right"] <= two["left"] for one, two in pairwise(ends)), "nothing lies over another"
    serving.house.show(hotspots={**hotspots_picture.part(AFTERNOON), "state": "off"})
    expect(foot).not_to_contain_text("3.1")
    expect(foot).to_contain_text({"zh": "沙湾线到场紧迫", "en": "Shawan"}[language])
    assert dashed(wall) == 0, "nor is there a ring on the map"


@pytest.mark.parametrize("page", ["situation", "complaints"])
def test_no_wall_says_a_p_value(wall: Wall, serving: Serving, page: str) -> None:
    serving.house.show(hotspots=hotspots_picture.part(AFTERNOON, alerts=3, severe=1, watched=2))
    for profile in ("near", "foot"):
        wall.page.goto(f"{serving.url}/wall/{profile}?page={page}&lang=en")
        expect(panel(wall) if profile == "near" else wall.page.locator("#wall-head")).not_to_be_empty()
        told = wall.page.locator("#wall").evaluate("(one) => one.textContent")
        assert "hotspot" in told.lower() and not P_VALUE.search(told)


def test_the_page_complaints_has_every_day_of_it(wall: Wall, serving: Serving) -> None:
    wall.page.goto(f"{serving.url}/wall/talk?screen=0&lang=en")
    expect(panel(wall).locator(".big .said")).to_contain_text("14 since 17 Nov, expected 3.1")
    expect(panel(wall).locator("svg.days rect.over")).to_have_count(3)
    expect(panel(wall).locator("svg.days text").first).to_have_text("24 Oct")
