"""The pages Complaints and Satisfaction of a wall in real pixels: what they say, and how they say "no"."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.serving import Serving, Wall
from tests.dashboard import matters_picture, states
from tests.dashboard.picture import AFTERNOON, HandHouse, hand_settings

pytestmark = pytest.mark.browser


@pytest.fixture
def serving(tmp_path: Path) -> Iterator[Serving]:
    pages: dict[str, Any] = {
        "complaints": {"distance_m": 3.0, "pages": ["complaints"]},
        "satisfaction": {"distance_m": 3.0, "pages": ["satisfaction"]},
    }
    one = Serving(HandHouse(hand_settings(tmp_path, **pages)))
    one.house.show()
    one.start()
    yield one
    one.stop()


def opened(wall: Wall, serving: Serving, path: str) -> None:
    wall.page.goto(serving.url + path)
    expect(wall.page.locator(".screen.on .head").first).to_be_visible()


def panel(wall: Wall, name: str) -> Locator:
    return wall.page.locator(f".screen.on .panel-{name}")


def test_complaints_against_their_usual_range_and_who_came_back(wall: Wall, serving: Serving) -> None:
    opened(wall, serving, "/wall/complaints?screen=0")
    expect(panel(wall, "expected")).to_contain_text("今日受理12常态至此4–16件")
    expect(panel(wall, "third").locator(".matter-rows > div")).to_have_count(6)
    expect(panel(wall, "third").locator(".matter-rows > div").first).to_have_text("城东供电质量投诉致电3次")
    expect(panel(wall, "escalated").locator(".matter-rows > div").nth(2)).to_contain_text("95598 → 媒体")
    expect(panel(wall, "channels").locator(".matter-rows > div").first).to_have_text("9559840件，常态33.5")
    opened(wall, serving, "/wall/complaints?screen=0&lang=en")
    expect(panel(wall, "third")).to_contain_text("6 in 30 days")


def test_stations_have_places_and_cases_their_time(wall: Wall, serving: Serving) -> None:
    opened(wall, serving, "/wall/satisfaction?screen=0")
    expect(panel(wall, "stations").locator(".matter-rows > div")).to_have_count(12)
    expect(panel(wall, "stations").locator(".matter-rows > div").first).to_have_text("城东1–12，91.0%")
    expect(panel(wall, "stations").locator("svg.rail").first).to_be_visible()
    expect(panel(wall, "answers")).to_contain_text("净推荐值6766 … 69")
    expect(panel(wall, "cases").locator(".head")).to_contain_text("12件未跟进，2件超24小时")
    expect(panel(wall, "cases").locator(".matter-rows > div").first).to_contain_text("超时10小时")


def test_zero_no_data_stale_and_refused_look_otherwise(wall: Wall, serving: Serving) -> None:
    opened(wall, serving, "/wall/satisfaction?screen=0")
    serving.house.show(revisits=matters_picture.revisits(AFTERNOON, 0))
    expect(panel(wall, "cases")).to_contain_text("不满意评价均已跟进")
    serving.house.show(revisits=matters_picture.revisits(AFTERNOON, 0, answered=False))
    expect(panel(wall, "answers")).to_contain_text("—")
    serving.house.show(sources=states.sources(serving.house.site_now, "stale", age_s=95 * 60.0))
    expect(panel(wall, "stations").locator(".hatch")).to_be_visible()
    serving.house.show(sources=states.sources(serving.house.site_now, "error", age_s=40 * 60.0))
    expect(panel(wall, "stations")).to_contain_text("读不到")
    expect(panel(wall, "stations")).to_contain_text("回访库")
