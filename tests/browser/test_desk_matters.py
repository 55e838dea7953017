"""Repeats and Satisfaction in Debian's chromium: numbers, the filter and the address, what axe finds."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from kpis.catalogue import CATALOGUE
from kpis.evaluate import values
from kpis.types import Options
from store.scope import Scope
from tests.browser.axe import faults
from tests.browser.desk import Desk
from tests.browser.tab import Open
from tests.dashboard_pages.city import NOW

pytestmark = pytest.mark.browser
PLACES = {
    "repeats": ("#repeats-tiles .kpi", "#repeats-rates td", "#repeats-lists .sheet"),
    "satisfaction": ("#satisfaction-tiles .kpi", "#satisfaction-stations td", "#satisfaction-cases .sheet"),
}


def ready(page: Page, name: str) -> None:
    for place in PLACES[name]:
        page.locator(place).first.wait_for()


@pytest.mark.parametrize(
    ("name", "key"), [("repeats", "complaint_repeat_rate"), ("satisfaction", "revisit_response_rate")]
)
def test_the_numbers_are_those_of_the_evaluation(browse: Open, desk: Desk, name: str, key: str) -> None:
    page = browse(f"/{name}?period=30d&unit=C1")
    ready(page, name)
    with desk.house.reader(Scope.everything("test")) as reader:
        asked: dict[str, Any] = {"where": {"county": ["C1"]}, "start": NOW.replace(month=10, day=21, hour=16, minute=0)}
        row = values(reader, CATALOGUE[key], Options(), now=NOW, **asked).iloc[0]
    said = page.locator(f"#timeliness-{key} .number").inner_text()
    few = f"{int(row['successes'])}/{int(row['n'])}"
    assert said == (few if row["n"] < 30 else f"{row['value']:.1f}%")


def test_a_filter_changes_the_page_and_stays_in_the_address(browse: Open) -> None:
    page = browse("/satisfaction?period=30d")
    ready(page, "satisfaction")
    before = page.locator("#satisfaction-tiles").inner_text()
    page.select_option("#filter-period", "today")
    page.wait_for_url("**period=today**")
    expect(page.locator("#satisfaction-tiles")).not_to_have_text(before, use_inner_text=True)


@pytest.mark.parametrize("name", PLACES)
@pytest.mark.parametrize(("language", "theme", "width"), [("zh", "light", 1920), ("en", "dark", 390)])
def test_nothing_serious_is_found(browse: Open, name: str, language: str, theme: str, width: int) -> None:
    page = browse(f"/{name}?lang={language}&theme={theme}", width, 1080 if width > 1000 else 844)
    ready(page, name)
    assert faults(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") == width
    if language == "en":
        text = page.locator("main").inner_text()
        assert not re.search("##", text)
