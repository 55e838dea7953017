"""Browser pages in Debian's chromium: filter and address, number and rows, acknowledging, both languages, a phone."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from dashboard.components import filters, order_grid
from dashboard.components.figures import tile_id
from dashboard.pages import orders
from tests.browser.tab import Open

pytestmark = pytest.mark.browser
ROW = f"#{order_grid.GRID} .ag-row [col-id=order_no]:not(:empty)"


def asked(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).query)


def n_of(text: str) -> int:
    """The first number of a sentence."""
    found = re.search(r"[\d,]+", text)
    assert found, text
    return int(found.group().replace(",", ""))


def ready(page: Page) -> None:
    """The list and the figures have answered."""
    expect(page.locator(f"#{orders.FIGURES} .kpi").first).to_be_visible()
    page.locator(f"{ROW} >> nth=0").wait_for()
    expect(page.locator(f"#{orders.COUNT}")).to_have_text(re.compile(r"\d"))


def test_a_filter_is_in_the_address_and_survives_reload_and_back(browse: Open) -> None:
    page = browse("/orders?unit=C1")
    ready(page)
    count = page.locator(f"#{orders.COUNT}")
    of_county = count.inner_text()
    expect(page.locator(f"#{filters.UNIT}")).to_have_value("江城区全部")
    page.select_option(f"#{filters.CATEGORY}", label="投诉")
    page.wait_for_url("**category=complaint")
    expect(count).not_to_have_text(of_county)
    ready(page)
    complaints = count.inner_text()
    page.reload()
    ready(page)
    expect(count).to_have_text(complaints)
    expect(page.locator(f"#{filters.CATEGORY}")).to_have_value("complaint")
    page.go_back()
    expect(count).to_have_text(of_county)
    expect(page.locator(f"#{filters.CATEGORY}")).to_have_value("")
    assert asked(page) == {"unit": ["C1"]}


def test_own_dates_start_from_the_days_on_the_screen(browse: Open) -> None:
    page = browse("/orders")
    ready(page)
    count = page.locator(f"#{orders.COUNT}")
    week = n_of(count.inner_text())
    page.select_option(f"#{filters.PERIOD}", label="自选日期")
    page.wait_for_url("**from=2026-11-14&to=2026-11-20")
    expect(page.locator(f"#{filters.FIRST}")).to_have_value("2026-11-14")
    page.fill(f"#{filters.FIRST}", "2026-11-20")
    page.keyboard.press("Enter")
    page.wait_for_url("**from=2026-11-20**")
    expect(count).not_to_have_text(f"{week}件")
    ready(page)
    assert 0 < n_of(count.inner_text()) < week


@pytest.mark.parametrize("key", ["arrival_on_time_rate", "satisfaction_rate"])
def test_a_number_opens_the_rows_behind_it(browse: Open, key: str) -> None:
    page = browse("/orders?period=30d")
    ready(page)
    tile = page.locator(f"#{tile_id(key)}")
    bad = n_of(tile.locator(".number").get_attribute("title") or "")
    tile.locator(".number").click()
    page.wait_for_url(f"**kpi={key}&outcome=failure")
    expect(page.locator(f"#{orders.BEHIND} b")).to_be_visible()
    expect(page.locator(f"#{orders.COUNT}")).to_have_text(re.compile(rf"^{bad:,}(件|份回访)$"))
    ready(page)
    page.locator(f"#{orders.BEHIND} a").click()
    expect(page.locator(f"#{orders.BEHIND} b")).to_have_count(0)
    assert asked(page) == {"period": ["30d"]}


def test_a_row_of_the_unit_table_narrows_to_it(browse: Open) -> None:
    page = browse("/orders")
    ready(page)
    page.locator(f"#{orders.BY_UNIT} a.slice", has_text="沙湾县").click()
    page.wait_for_url("**unit=C2")
    expect(page.locator(f"#{filters.UNIT}")).to_have_value("沙湾县全部")
    expect(page.locator(f"#{orders.BY_UNIT} a.slice .name")).to_have_count(3)
    assert set(page.locator(f"#{orders.BY_UNIT} a.slice .name").all_inner_texts()) == {"开发区", "沙湾", "大圩"}


def test_the_list_scrolls_through_all_its_rows(browse: Open) -> None:
    page = browse("/orders?period=30d&category=fault_report")
    ready(page)
    total = n_of(page.locator(f"#{orders.COUNT}").inner_text())
    assert total > 1000
    page.evaluate(f"dash_ag_grid.getApi('{order_grid.GRID}').ensureIndexVisible({total - 1}, 'bottom')")
    page.locator(f"#{order_grid.GRID} .ag-row[row-index='{total - 1}'] [col-id=order_no]:not(:empty)").wait_for()


def test_a_header_sorts_in_the_database(browse: Open) -> None:
    page = browse("/orders?period=30d")
    ready(page)
    page.locator(f"#{order_grid.GRID} .ag-header-cell[col-id=accepted_at]").click()
    oldest = page.locator(f"#{order_grid.GRID} .ag-row[row-index='0'] [col-id=accepted_at]")
    expect(oldest).to_have_text(re.compile("10月22日"))


def test_a_definition_is_one_click_away_and_keyboard_reaches_it(browse: Open) -> None:
    page = browse("/orders")
    ready(page)
    button = page.get_by_role("button", name="到达及时率的定义", exact=True)
    button.focus()
    expect(button).to_have_attribute("aria-expanded", "false")
    page.keyboard.press("Enter")
    expect(button).to_have_attribute("aria-expanded", "true")
    card = page.locator(".pop:visible")
    expect(card).to_contain_text("第2版")
    expect(card).to_contain_text("十项承诺")
    page.keyboard.press("Escape")
    expect(card).to_have_count(0)
    expect(button).to_be_focused()
    button.click()
    page.get_by_role("button", name="回访满意率的定义").click()
    expect(card).to_have_count(1)
    expect(card).to_contain_text("satisfaction_rate")
    page.locator(f"#{orders.COUNT}").click()
    expect(card).to_have_count(0)


def test_a_bad_address_is_told_and_the_rest_holds(browse: Open) -> None:
    page = browse("/orders?unit=C1&state=opne")
    ready(page)
    expect(page.get_by_role("alert")).to_have_text("地址里的state=opne用不了，没有采用。 是不是open？")
    expect(page.locator(f"#{filters.UNIT}")).to_have_value("江城区全部")


def test_an_empty_list_says_why_and_leads_back(browse: Open) -> None:
    page = browse("/orders?from=2020-01-01&to=2020-01-02")
    empty = page.locator(f"#{orders.EMPTY}")
    expect(empty).to_contain_text("1月1日至2日没有符合条件的工单。")
    expect(page.locator(f"#{order_grid.GRID}")).to_be_hidden()
    empty.get_by_role("link").click()
    ready(page)


def test_the_other_language_keeps_the_filter(browse: Open) -> None:
    page = browse("/orders?unit=C1&period=30d")
    ready(page)
    assert page.evaluate("document.documentElement.lang") == "zh-CN"
    expect(page).to_have_title("守灯人 · 工单")
    page.get_by_role("link", name="English", exact=True).click()
    ready(page)
    assert asked(page) == {"unit": ["C1"], "period": ["30d"], "lang": ["en"]}
    assert page.evaluate("document.documentElement.lang") == "en"
    expect(page).to_have_title("Lightkeeper · Orders")
    expect(page.locator(f"#{orders.COUNT}")).to_have_text(re.compile(r"^[\d,]+ orders$"))
    assert not re.search("[一-鿿]", page.locator("main").inner_text())
    page.get_by_role("link", name="Alerts", exact=True).click()
    page.wait_for_url("**/alerts?unit=C1&period=30d&lang=en")


def test_the_header_counts_open_alerts_with_their_shapes(browse: Open) -> None:
    page = browse("/orders")
    group = page.get_by_role("group", name="未消除的告警")
    expect(group.get_by_role("img")).to_have_count(2)
    expect(group.get_by_role("img").first).to_have_attribute("aria-label", "超时")
    expect(page.locator("#frame-ages")).to_have_text(re.compile(r"工单数据\d+秒前"))


@pytest.mark.parametrize("path", ["/orders", "/orders?kpi=satisfaction_rate&lang=en", "/alerts?id=2", "/phones"])
def test_a_phone_needs_no_sideways_scrolling(browse: Open, path: str) -> None:
    page = browse(path, 390, 844)
    page.locator(".kpi, .open .title, .message").first.wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    wide = page.evaluate(
        """() => [...document.querySelectorAll('.desk *')].filter(e => !e.closest('.ag-root-wrapper, nav')
            && e.getBoundingClientRect().right > 391 && e.getBoundingClientRect().width > 0).map(e => e.className)"""
    )
    assert wide == []
