"""The rows, their number and why there are none belong to the address, whatever the network does meanwhile."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Request, Route, expect

from dashboard.components import order_grid
from dashboard.pages import orders
from tests.browser.desk import Open

pytestmark = pytest.mark.browser
COMPLAINTS, PRAISE = "?period=30d&category=complaint", "?period=30d&category=praise"
NOTHING = "?from=2020-01-01&to=2020-01-02"
CALLBACK = re.compile("_dash-update-component")


def wants_rows(request: Request) -> bool:
    return f'"output":"{order_grid.ANSWER}.data"' in (request.post_data or "")


def catch(page: Page, act: Callable[[Route], None]) -> None:
    """The next request for rows is left to `act`; all others pass."""
    left = [act]

    def handle(route: Route) -> None:
        if left and wants_rows(route.request):
            left.pop()(route)
        else:
            route.fallback()

    page.context.route(CALLBACK, handle)


def go(page: Page, search: str) -> None:
    """Sets the address as the controls do, and waits until its rows are asked for."""
    with page.expect_request(wants_rows):
        page.evaluate("search => window.dash_clientside.set_props('at', { search })", search)


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
    with page.expect_response(lambda response: response.request == held[0].request):
        held[0].continue_()
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
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
    held[0].continue_()
    shows(page, "投诉")
    expect(count).to_have_text(re.compile(r"\d"))


def test_a_lost_answer_does_not_stop_the_list(browse: Open) -> None:
    page = opened(browse, PRAISE)
    catch(page, lambda route: route.abort())
    go(page, NOTHING)
    go(page, COMPLAINTS)
    shows(page, "投诉")
    expect(page.locator(f"#{orders.COUNT}")).to_have_text(re.compile(r"\d"))
