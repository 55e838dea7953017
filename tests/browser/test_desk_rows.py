"""The rows, their number and why there are none belong to the address, whatever the network does meanwhile."""

import re
from collections.abc import Callable
from contextlib import suppress

import pytest
from playwright.sync_api import Error, Page, Request, Route, expect

from dashboard.components import order_grid
from dashboard.pages import orders
from tests.browser.tab import Open

pytestmark = pytest.mark.browser
COMPLAINTS, PRAISE = "?period=30d&category=complaint", "?period=30d&category=praise"
NOTHING = "?from=2020-01-01&to=2020-01-02"
ANSWER = re.compile(r"/answer/orders\?")


def asks(request: Request) -> bool:
    return ANSWER.search(request.url) is not None


def catch(page: Page, act: Callable[[Route], None]) -> None:
    """The next question of the page is left to `act`; all others pass."""
    left = [act]

    def handle(route: Route) -> None:
        if left:
            left.pop()(route)
        else:
            route.fallback()

    page.context.route(ANSWER, handle)


def go(page: Page, search: str) -> None:
    """Sets the address as the controls do, and waits until it is asked for."""
    with page.expect_request(asks):
        page.evaluate("search => lightkeeper.go(search)", search)


def opened(browse: Open, search: str) -> Page:
    page = browse(f"/orders{search}")
    expect(page.locator(f"#{orders.COUNT}")).to_have_text(re.compile(r"\d"))
    return page


def shows(page: Page, category: str) -> None:
    cells = page.locator(f"#{order_grid.GRID} .ag-row [col-id=category]")
    expect(cells.first).to_have_text(category)
    expect(cells.filter(has_not_text=category)).to_have_count(0)


def test_an_answer_of_the_filter_before_is_not_shown(browse: Open) -> None:
    page = opened(browse, NOTHING)
    held: list[Route] = []
    catch(page, held.append)
    go(page, COMPLAINTS)
    go(page, PRAISE)
    shows(page, "表扬")
    count = page.locator(f"#{orders.COUNT}")
    expect(count).to_have_text(re.compile(r"\d"))
    of_praise = count.inner_text()
    with suppress(Error):  # the page has given the question up
        held[0].continue_()
    page.wait_for_timeout(300)
    shows(page, "表扬")
    expect(count).to_have_text(of_praise)


def test_nothing_is_said_of_rows_that_are_still_asked_for(browse: Open) -> None:
    page = opened(browse, NOTHING)
    empty, count = page.locator(f"#{orders.EMPTY}"), page.locator(f"#{orders.COUNT}")
    expect(empty).to_be_visible()
    held: list[Route] = []
    catch(page, held.append)
    go(page, COMPLAINTS)
    expect(empty).to_be_hidden()
    expect(count).to_have_text("")
    expect(page.get_by_role("main")).to_have_attribute("aria-busy", "true")
    held[0].continue_()
    shows(page, "投诉")
    expect(count).to_have_text(re.compile(r"\d"))
    expect(page.get_by_role("main")).not_to_have_attribute("aria-busy", "true")


def test_a_lost_answer_is_told_and_asked_for_again(browse: Open) -> None:
    page = opened(browse, PRAISE)
    catch(page, lambda route: route.abort())
    go(page, COMPLAINTS)
    expect(page.locator("#failed")).to_have_text("服务器没有回应，正在重新询问。")
    shows(page, "投诉")
    expect(page.locator("#failed")).to_have_count(0)
    expect(page.locator(f"#{orders.COUNT}")).to_have_text(re.compile(r"\d"))


def test_rows_scrolled_to_are_of_the_address_they_were_asked_for(browse: Open) -> None:
    page = opened(browse, "?period=30d&category=fault_report")
    held: list[Route] = []

    def keep(route: Route) -> None:  # Playwright takes no built-in method
        held.append(route)

    page.context.route(re.compile("/answer/orders-rows"), keep)
    # a grid that does not know yet how many rows there are scrolls nowhere
    page.wait_for_function(f"dash_ag_grid.getApi('{order_grid.GRID}')?.getDisplayedRowCount() > 400")
    with page.expect_request(re.compile("/answer/orders-rows.*fault_report.*_rows=[1-9]00-")):
        page.evaluate(f"dash_ag_grid.getApi('{order_grid.GRID}').ensureIndexVisible(400)")
    go(page, COMPLAINTS)
    shows(page, "投诉")
    for route in held:
        with suppress(Error):
            route.continue_()
    page.wait_for_timeout(300)
    shows(page, "投诉")
