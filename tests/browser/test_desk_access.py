"""Keyboard, screen reader and words of the browser pages in a browser: axe-core, focus, and every text node."""

import re

import pytest
from playwright.sync_api import Page, expect

from dashboard.components import frame, order_grid
from dashboard.pages import orders
from tests.browser.axe import faults
from tests.browser.desk import Desk
from tests.browser.tab import Open
from tests.browser.words import ALL_TEXT, foreign, values

pytestmark = pytest.mark.browser
# Words differ by language, contrast by theme, layout by size: two looks have each of them. A small window: axe looks at
# every row of the list, and all of them are alike.
LOOKS = (
    pytest.param("zh", "light", 1280, 480, id="zh-light-desk"),
    pytest.param("en", "dark", 390, 600, id="en-dark-phone"),
)
PAGES = (
    "/orders",
    "/orders?kpi=satisfaction_rate&outcome=failure&state=opne",
    "/orders?from=2020-01-01&to=2020-01-02",
    "/alerts",
    "/alerts?id=1",
    "/alerts?unit=C1&category=complaint",
    "/alerts?show=cleared",
    "/phones",
    "/definitions",
)
CONTENT = (
    ".ag-row [col-id]:visible:not(:empty), .empty:visible, .open .title, .item:visible, .message, .reading section"
)


def show(page: Page, url: str, path: str, language: str, theme: str) -> None:
    page.goto(f"{url}{path}{'&' if '?' in path else '?'}lang={language}&theme={theme}")
    page.locator(CONTENT).first.wait_for()
    expect(page.locator(f"#{frame.LIVE_COUNTS}")).to_have_text(re.compile(r"\d"))


@pytest.mark.parametrize(("language", "theme", "width", "height"), LOOKS)
def test_nothing_serious_is_found_and_every_word_is_in_the_readers_language(
    browse: Open, desk: Desk, language: str, theme: str, width: int, height: int
) -> None:
    page = browse("/healthz", width, height)
    wrong: list[str] = []
    for path in PAGES:
        show(page, desk.url, path, language, theme)
        wrong += [f"{path}: {fault}" for fault in faults(page)]
        wrong += [f"{path}: {word}" for word in foreign(page.evaluate(ALL_TEXT), language, values(desk.house.settings))]
        if page.evaluate("document.documentElement.scrollWidth") > width:
            wrong.append(f"{path}: runs out of the window")
        if page.locator("h1").count() != 1:
            wrong.append(f"{path}: has not one h1")
    assert wrong == []


def test_the_search_sees_what_it_should(browse: Open, desk: Desk) -> None:
    page = browse("/definitions")
    page.locator(CONTENT).first.wait_for()
    page.evaluate("document.querySelector('h1').style.color = '#ddd'")
    page.evaluate("document.querySelector('.menu a').setAttribute('title', 'late')")
    page.evaluate("document.querySelector('.top .btn').textContent = ''")
    seen = faults(page)
    assert [fault.partition(":")[0] for fault in seen if "h1" in fault] == ["color-contrast"]
    assert foreign(page.evaluate(ALL_TEXT), "zh", values(desk.house.settings)) == ["'late' in 'late'"]
    assert foreign(["超时", "late 3"], "en", []) == ["'超时' in '超时'"]


def test_the_keyboard_reaches_content_and_every_row(browse: Open) -> None:
    page = browse("/orders")
    page.locator(CONTENT).first.wait_for()
    expect(page.locator(f"#{orders.COUNT}")).to_have_text(re.compile(r"\d"))
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="跳到正文")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    assert page.evaluate("getComputedStyle(document.activeElement).outlineWidth") == "2px"
    page.keyboard.press("Enter")
    expect(page.locator(f"#{frame.MAIN}")).to_be_focused()
    page.locator(f"#{order_grid.GRID} .ag-header-cell[col-id=order_no]").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    cell = page.locator(f"#{order_grid.GRID} .ag-row[row-index='1'] [col-id=order_no]")
    expect(cell).to_be_focused()
    assert page.get_by_role("grid").count() == 1
