"""The wall's page Outages: figures so far, late plans, special customers, areas often off; missing is said, never 0."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from bench.faults import faults
from tests.browser.serving import Serving, Wall
from tests.dashboard.picture import HandHouse, hand_settings, ms, supply
from tests.dashboard.states import sources, unserved

pytestmark = pytest.mark.browser


@pytest.fixture
def serving(tmp_path: Path) -> Iterator[Serving]:
    """A wall at three metres and one at six that show the page."""
    walls: dict[str, Any] = {"near": {"distance_m": 3, "pages": ["outages"]}, "usual": {"pages": ["outages"]}}
    one = Serving(HandHouse(hand_settings(tmp_path, **walls)))
    one.house.show(supply=supply(one.house.site_now, 5))
    one.start()
    yield one
    one.stop()


@pytest.mark.parametrize(
    ("language", "late", "today"), [("zh", "延迟送电", "1.4分"), ("en", "late to restore", "1.4 min")]
)
def test_it_shows_what_needs_somebody(wall: Wall, serving: Serving, language: str, late: str, today: str) -> None:
    wall.page.goto(f"{serving.url}/wall/near?lang={language}")
    plans = wall.page.locator("[data-panel=plans]")
    expect(plans.locator("[data-outage=P0] b")).to_have_text(late)
    expect(wall.page.locator("[data-panel=supply] [data-period=today] b").first).to_have_text(today)
    expect(wall.page.locator("[data-panel=special] [data-outage]")).to_have_count(5)
    expect(wall.page.locator("[data-panel=frequent] [data-area=T0] b")).to_have_text("9")
    expect(wall.page.locator(".screen.on")).to_have_css("opacity", "1")  # it fades in
    assert faults(wall.page) == []


def test_without_served_customers_there_is_a_dash_and_why(wall: Wall, serving: Serving) -> None:
    serving.house.show(supply=unserved(serving.house.site_now))
    wall.page.goto(f"{serving.url}/wall/near?lang=en")
    panel = wall.page.locator("[data-panel=supply]")
    expect(panel.locator("[data-period=year] b").first).to_have_text("—")
    expect(panel.locator(".head")).to_contain_text("customers")
    expect(wall.page.locator("[data-panel=plans]")).to_contain_text("No planned work today.")


def test_a_source_that_stopped_is_said_and_its_rows_are_old(wall: Wall, serving: Serving) -> None:
    now = serving.house.site_now
    late = sources(now)["columns"]
    as_of = [late["as_of"][0], ms(now - timedelta(minutes=26)), late["as_of"][2]]
    serving.house.show(sources={"columns": {**late, "as_of": as_of, "state": ["ok", "stale", "ok"]}})
    wall.page.goto(f"{serving.url}/wall/near?lang=en")
    expect(wall.page.locator("[data-panel=supply] .flag.inverse")).to_contain_text("stopped")
    expect(wall.page.locator("[data-panel=supply] .old")).to_have_count(1)


def test_an_empty_list_is_no_screen_of_the_rotation(wall: Wall, serving: Serving) -> None:
    serving.house.show(supply=supply(serving.house.site_now, 0))
    wall.page.goto(f"{serving.url}/wall/usual?lang=en&page=outages&screen=1")
    expect(wall.page.locator("[data-screen=outages-supply].on")).to_have_count(1)
    for name in ("plans", "special", "frequent"):
        expect(wall.page.locator(f"[data-panel={name}]")).to_have_attribute("data-empty", "1")
