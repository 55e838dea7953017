"""Timeliness in Debian's chromium: numbers, filter and address, trend, drilling, empty periods, axe."""

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from dashboard.components import filters, trend_panel
from dashboard.pages import timeliness as page_of
from kpis.catalogue import CATALOGUE
from kpis.evaluate import values
from kpis.types import Options
from store.scope import Scope
from tests.browser.axe import faults
from tests.browser.desk import Desk
from tests.browser.tab import Open
from tests.dashboard_pages.city import NOW

pytestmark = pytest.mark.browser


def ready(page: Page) -> None:
    """Every panel has answered."""
    for place in (
        f"#{page_of.TILES} .kpi",
        f"#{page_of.RATES} td",
        f"#{page_of.SPANS} td",
        f"#{page_of.SLICES} .slice",
    ):
        page.locator(place).first.wait_for()
    page.locator(f"#{trend_panel.BELOW} > *").first.wait_for()


def test_the_numbers_are_those_of_the_evaluation(browse: Open, desk: Desk) -> None:
    page = browse("/timeliness?period=30d&unit=C1")
    ready(page)
    d = CATALOGUE["arrival_on_time_rate"]
    with desk.house.reader(Scope.everything("test")) as reader:
        asked: dict[str, Any] = {"where": {"county": ["C1"]}, "start": NOW.replace(month=10, day=21, hour=16, minute=0)}
        row = values(reader, d, Options(), now=NOW, **asked).iloc[0]
    tile = page.locator(f"#timeliness-{d.key}")
    expect(tile.locator(".number")).to_have_text(f"{row['value']:.1f}%")
    expect(tile.locator(".rows")).to_have_text(f"{int(row['n']):,}件")


def test_a_filter_is_in_the_address_and_a_row_drills(browse: Open) -> None:
    page = browse("/timeliness?period=30d")
    ready(page)
    page.select_option(f"#{page_of.BY}", label="时段")
    page.wait_for_url("**by=hour**")
    page.locator(f"#{page_of.SLICES} a.slice", has_text="07:00").click()
    page.wait_for_url("**by_hour=7**")
    assert parse_qs(urlsplit(page.url).query) == {"period": ["30d"], "by": ["hour"], "by_hour": ["7"]}
    expect(page.locator(".chips")).to_contain_text("时段 07:00")
    page.locator(".chips a").click()
    expect(page.locator(".chips")).to_have_count(0)
    expect(page.locator(f"#{filters.PERIOD}")).to_have_value("30d")


def test_an_empty_period_says_so_and_is_not_zero(browse: Open) -> None:
    page = browse("/timeliness?from=2020-01-01&to=2020-01-02")
    tile = page.locator("#timeliness-arrival_on_time_rate")
    expect(tile).to_contain_text("这段时间没有")
    expect(tile).not_to_contain_text("0.0")
    expect(page.locator(f"#{trend_panel.DRAWING}")).to_be_hidden()


@pytest.mark.parametrize(("language", "theme", "width"), [("zh", "light", 1280), ("en", "dark", 390)])
def test_nothing_serious_is_found(browse: Open, language: str, theme: str, width: int) -> None:
    page = browse(f"/timeliness?lang={language}&theme={theme}", width, 800)
    ready(page)
    assert faults(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") == width
    if language == "en":
        assert not re.search("[一-鿿]", page.locator("main").inner_text())
