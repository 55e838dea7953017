"""Outages and Stations in Debian's chromium: each panel answers, a unit narrows, a row drills, axe, a phone's width."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from dashboard.pages import outages, stations
from tests.browser.axe import faults
from tests.browser.desk import Desk
from tests.browser.serving import Serving
from tests.browser.tab import Open
from tests.dashboard_pages.outages import supplied_house

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """The city with outages and served customers, served."""
    one = supplied_house(tmp_path_factory.mktemp("supplied"))
    serving = Serving(one)
    serving.start()
    yield Desk(one, serving.url)
    serving.stop()
    one.close()


def ready(page: Page) -> None:
    """Every panel has answered."""
    page.locator("main[data-answer]:not([aria-busy])").wait_for()
    page.locator("main .kpi").first.wait_for()


def test_a_unit_of_the_table_narrows_the_page(browse: Open) -> None:
    page = browse("/outages?period=30d")
    ready(page)
    expect(page.locator(f"#{outages.RUNNING} tbody tr")).to_have_count(3)
    page.locator(f"#{outages.UNITS} a", has_text="江城").click()
    page.wait_for_url("**unit=C1**")
    expect(page.locator(f"#{outages.RUNNING} tbody tr")).to_have_count(1)
    expect(page.locator(f"#{outages.RUNNING}")).to_contain_text("预计已过")
    expect(page.locator("#outages-saifi .number")).to_have_text("1.67")


def test_a_definition_opens_beside_its_figure(browse: Open) -> None:
    page = browse("/outages?period=30d")
    ready(page)
    page.locator("#outages-saidi .i").click()
    expect(page.locator("#definition-saidi")).to_contain_text("IEEE 1366")


def test_a_station_leads_to_its_orders(browse: Open) -> None:
    page = browse("/stations?period=30d")
    ready(page)
    expect(page.locator(f"#{stations.RANKING} tbody tr")).to_have_count(15)
    page.locator(f"#{stations.RANKING} a", has_text="城东").click()
    page.wait_for_url("**/orders?**unit=S1**")


@pytest.mark.parametrize("path", ["/outages", "/stations"])
@pytest.mark.parametrize(("language", "theme", "width"), [("zh", "light", 1280), ("en", "dark", 390)])
def test_nothing_serious_is_found(browse: Open, path: str, language: str, theme: str, width: int) -> None:
    page = browse(f"{path}?period=30d&lang={language}&theme={theme}", width, 800)
    ready(page)
    assert faults(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") == width
    if language == "en":
        assert not re.search("[一-鿿]", page.locator("main").inner_text())
