"""The frame of the browser pages: menu, theme, language, definition cards, a phone, paper, what outlives a beat."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from dashboard.components import alert_form, filters, frame, order_grid
from dashboard.components.figures import tile_id
from dashboard.pages import alerts, orders
from tests.browser.desk import Desk
from tests.browser.serving import wait_for
from tests.browser.tab import Open
from tests.dashboard.states import sources
from tests.dashboard_pages.city import NOW

pytestmark = pytest.mark.browser
CELL = f"#{order_grid.GRID} .ag-row [col-id=order_no]:not(:empty)"
PAGES = ("/orders", "/alerts?id=1", "/phones", "/definitions")
CONTENT = ".kpi, .open .title, .message, .reading section"


def asked(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).query)


def ready(page: Page) -> None:
    """The list and the figures have answered."""
    page.locator(f"#{orders.FIGURES} .kpi").first.wait_for()
    page.locator(f"#{order_grid.GRID} .ag-row [col-id]:visible:not(:empty)").first.wait_for()
    expect(page.locator(f"#{orders.COUNT}")).to_have_text(re.compile(r"\d"))


def theme_of(page: Page) -> str:
    return str(page.evaluate("document.documentElement.dataset.theme"))


def beat(page: Page, asks: str) -> None:
    """The page asks again, as it does every few seconds, and has taken the answer."""
    with page.expect_response(lambda r: asks in r.url or asks in (r.request.post_data or "")) as answer:
        page.evaluate("""() => {
          if (document.querySelector('main[data-answer]')) document.dispatchEvent(new Event('lightkeeper-beat'));
          else dash_clientside.set_props('beat', {data: 1000 + Math.random()});
        }""")
    answer.value.finished()
    page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def aged(page: Page, place: str) -> None:
    """The place shows another text than the server's, so that the next beat draws it anew."""
    page.evaluate("id => lightkeeper.put(id, document.getElementById(id).innerHTML + '<!-- -->')", place)


# ---- menu --------------------------------------------------------------------------------------


def test_the_menu_carries_the_filters_and_nothing_else_without_a_reload(browse: Open) -> None:
    page = browse("/orders?unit=C1&period=30d&kpi=arrival_on_time_rate&outcome=failure&state=closed")
    page.locator(".kpi").first.wait_for()
    page.evaluate("window.sameDocument = true")
    menu = page.get_by_role("navigation", name="页面")
    menu.get_by_role("link", name="告警", exact=True).click()
    page.wait_for_url("**/alerts?unit=C1&period=30d")
    page.locator(".item").first.click()
    page.wait_for_url("**/alerts?unit=C1&period=30d&id=**")
    menu.get_by_role("link", name="工单").click()
    page.wait_for_url("**/orders?unit=C1&period=30d")
    expect(page.locator(f"#{filters.UNIT}")).to_have_value("江城区全部")
    page.select_option(f"#{filters.CATEGORY}", label="投诉")
    expect(menu.get_by_role("link", name="定义")).to_have_attribute(
        "href", "/definitions?unit=C1&period=30d&category=complaint"
    )
    assert page.evaluate("window.sameDocument")


def test_the_current_page_starts_over_when_its_own_link_is_pressed(browse: Open) -> None:
    page = browse("/orders?unit=C1&state=open")
    page.locator(".kpi").first.wait_for()
    page.evaluate("window.sameDocument = true")
    current = page.get_by_role("link", name="工单", exact=True)
    expect(current).to_have_attribute("aria-current", "page")
    current.click()
    page.wait_for_url("**/orders?unit=C1")
    assert page.evaluate("window.sameDocument")


CUT_OFF = """() => [...document.querySelectorAll('.top *')]
  .filter((one) => one.offsetParent)
  .filter((one) => {
    const box = one.getBoundingClientRect();
    const hides = getComputedStyle(one).overflow !== 'visible' && one.scrollWidth > one.clientWidth + 1;
    return hides || box.left < 0 || box.right > innerWidth + 0.5;
  })
  .map((one) => one.textContent)"""


@pytest.mark.parametrize(("language", "width"), [("zh", 1440), ("zh", 1280), ("zh", 900), ("en", 1440)])
def test_three_sources_that_stopped_days_ago_stand_whole_in_the_header(
    browse: Open, desk: Desk, language: str, width: int
) -> None:
    try:
        desk.house.show(sources=sources(NOW, "stale", age_s=49 * 3600.0))
        page = browse(f"/definitions?lang={language}", width, 500)
        ages = page.locator(f"#{frame.LIVE_AGES} .stale")
        expect(ages).to_have_count(3)
        expect(ages.last).to_contain_text(
            {"zh": "回访数据停于11月18日 13:32", "en": "revisits stopped 18 Nov"}[language]
        )
        page.locator(f"#{frame.LIVE_COUNTS} .count").first.wait_for()
        assert page.evaluate(CUT_OFF) == []
        assert page.evaluate("document.documentElement.scrollWidth") == width
        header, main = page.locator(".top").bounding_box(), page.locator("main").bounding_box()
        assert header is not None and main is not None and header["y"] + header["height"] <= main["y"] + 0.5
    finally:
        desk.house.tick()


# ---- theme and language ------------------------------------------------------------------------


def test_a_chosen_theme_is_remembered_and_the_address_wins_over_it(browse: Open, desk: Desk) -> None:
    page = browse("/orders?theme=light&unit=C1")
    page.locator(".kpi").first.wait_for()
    choice = page.get_by_label("主题")
    expect(choice).to_have_value("light")
    choice.select_option("dark")
    assert theme_of(page) == "dark"
    page.wait_for_url(f"{desk.url}/orders?unit=C1")
    page.goto(f"{desk.url}/alerts")
    assert theme_of(page) == "dark"
    expect(choice).to_have_value("dark")
    page.goto(f"{desk.url}/alerts?theme=light")
    assert theme_of(page) == "light"


def test_the_remembered_theme_is_in_the_page_before_any_script(browse: Open, desk: Desk) -> None:
    page = browse("/definitions")
    page.context.add_cookies([{"name": "lightkeeper-theme", "value": "dark", "url": desk.url}])
    assert 'data-theme="dark"' in page.request.get(f"{desk.url}/definitions").text()
    assert 'data-theme="light"' in page.request.get(f"{desk.url}/definitions?theme=light").text()


def test_as_the_system_follows_the_system(browse: Open) -> None:
    page = browse("/definitions?theme=auto")
    page.locator(".reading section").first.wait_for()
    assert theme_of(page) == "light"
    page.emulate_media(color_scheme="dark")
    wait_for(lambda: theme_of(page) == "dark", "the theme did not follow")
    page.reload(wait_until="commit")
    page.locator(".reading section").first.wait_for()
    assert theme_of(page) == "dark"


def test_the_language_is_remembered_with_every_filter_and_opened_row_kept(browse: Open, desk: Desk) -> None:
    page = browse("/alerts?unit=C1&id=1")
    page.locator(f"#{alerts.OPENED} .title").wait_for()
    page.get_by_role("link", name="English", exact=True).click()
    expect(page.locator(f"#{alerts.OPENED}")).to_contain_text("restoration overdue")
    assert asked(page) == {"unit": ["C1"], "id": ["1"], "lang": ["en"]}
    page.goto(f"{desk.url}/alerts")
    expect(page.get_by_role("heading", level=1)).to_have_text("Alerts on duty")


# ---- definitions -------------------------------------------------------------------------------


def test_every_number_has_its_definition_and_the_card_leads_on(browse: Open) -> None:
    page = browse("/orders?unit=C1&period=30d")
    ready(page)
    buttons = page.locator("main .i[aria-controls]")
    names = [one.get_attribute("aria-label") for one in buttons.all()]
    assert names == [
        *(f"{name}的定义" for name in ("到达及时率", "复电及时率", "重复投诉率", "回访满意率")),
        "工单数的定义",
        "各单位到达及时率的定义",
    ]
    buttons.first.click()
    card = page.locator(".pop:visible")
    terms = ["算法", "说明", "对象", "依据", "目标", "计入", "区间", "数据截至"]
    assert card.locator("dt").all_inner_texts() == terms
    assert all(card.locator("dd").all_inner_texts())
    card.get_by_role("link", name="明细").click()
    page.wait_for_url("**/orders?unit=C1&period=30d&kpi=arrival_on_time_rate")
    page.locator(f"#{tile_id('satisfaction_rate')} .i").click()
    card.get_by_role("link", name="完整定义").click()
    page.wait_for_url("**/definitions?unit=C1&period=30d#kpi-satisfaction_rate")
    expect(page.locator("#kpi-satisfaction_rate")).to_be_in_viewport()


def test_cards_stay_within_a_phones_window(browse: Open) -> None:
    page = browse("/orders", 390, 844)
    ready(page)
    for button in page.locator("main .i[aria-controls]").all():
        button.click()
        box = page.locator(".pop:visible").bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 390
        assert page.evaluate("document.documentElement.scrollWidth") == 390
        page.keyboard.press("Escape")


# ---- phone -------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", PAGES)
def test_on_a_phone_the_menu_is_a_button_and_nothing_runs_out_of_the_window(browse: Open, path: str) -> None:
    page = browse(path, 390, 844)
    page.locator(CONTENT).first.wait_for()
    menu = page.get_by_role("navigation", name="页面")
    button = page.get_by_role("button", name="菜单")
    expect(menu).to_be_hidden()
    button.click()
    expect(menu).to_be_visible()
    expect(button).to_have_attribute("aria-expanded", "true")
    sizes = [link.bounding_box() for link in menu.get_by_role("link").all()]
    assert all(box is not None and box["height"] >= 48 for box in sizes)
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    menu.get_by_role("link").first.focus()
    page.keyboard.press("Escape")
    expect(menu).to_be_hidden()
    expect(button).to_be_focused()


def test_on_a_phone_the_list_shows_level_order_and_time_left(browse: Open) -> None:
    page = browse("/orders?unit=C1", 390, 844)
    headings = page.locator(f"#{order_grid.GRID} .ag-header-cell:visible")
    expect(headings).to_have_count(3)
    expect(page.locator(f"#{order_grid.GRID} .brief b").first).to_have_text(re.compile(r"^\d{14}$"))
    row = page.locator(f"#{order_grid.GRID} .ag-row").first.bounding_box()
    assert row is not None
    assert row["height"] >= 48
    fold = page.get_by_role("button", name="筛选（1）")
    expect(page.locator(f"#{filters.PERIOD}")).to_be_hidden()
    fold.click()
    page.select_option(f"#{filters.PERIOD}", label="近30日")
    expect(page.get_by_role("button", name="筛选（2）")).to_have_attribute("aria-expanded", "true")
    page.set_viewport_size({"width": 1440, "height": 900})
    expect(headings).to_have_count(13)


# ---- paper -------------------------------------------------------------------------------------


def test_a_printed_page_is_light_and_says_what_it_shows(browse: Open) -> None:
    page = browse("/orders?unit=C1&theme=dark")
    expect(page.locator(f"#{orders.COUNT}")).not_to_be_empty()  # the rows are there, not their places only
    expect(page.locator(f"#{filters.UNIT}")).to_have_value("江城区全部")
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert theme_of(page) == "light"
    head = page.locator(f"#{frame.PRINT_HEAD}")
    expect(head).to_contain_text("范围 江城区全部，时间 近7日")
    expect(head).to_contain_text(re.compile(r"数据截至14:31，打印于2026年11月20日 星期五 14:32"))
    table = page.locator(f"#{frame.PRINT_ROWS} tbody tr")
    assert table.count() == 50
    expect(table.first).to_contain_text(page.locator(f"{CELL} >> nth=0").text_content() or "?")
    expect(page.locator(".slice .interval").nth(1)).to_be_visible()
    controls = page.locator("button, input, select, nav")
    assert [one.get_attribute("class") for one in controls.all() if one.is_visible()] == []
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert theme_of(page) == "dark"
    expect(table).to_have_count(0)


# ---- what outlives a beat ----------------------------------------------------------------------


def test_scroll_place_and_an_open_card_outlive_a_beat(browse: Open) -> None:
    page = browse("/orders?period=30d")
    ready(page)
    grid = f"dash_ag_grid.getApi('{order_grid.GRID}')"
    page.evaluate(f"{grid}.ensureIndexVisible(300, 'top')")
    page.locator(f"#{order_grid.GRID} .ag-row[row-index='300'] [col-id=order_no]:not(:empty)").wait_for()
    seen = page.evaluate(f"{grid}.getVerticalPixelRange().top")
    assert seen > 5000
    aged(page, orders.FIGURES)
    page.locator(f"#{tile_id('satisfaction_rate')} .i").click()
    beat(page, "/answer/orders")
    expect(page.locator(".pop:visible")).to_contain_text("satisfaction_rate")
    assert page.evaluate(f"{grid}.getVerticalPixelRange().top") == seen


def test_the_focus_outlives_a_beat(browse: Open) -> None:
    page = browse("/orders")
    ready(page)
    number = page.locator(f"#{tile_id('arrival_on_time_rate')} .number")
    aged(page, orders.FIGURES)
    number.evaluate("(node) => { node.before = true; node.focus(); }")
    beat(page, "/answer/orders")
    expect(number).to_be_focused()
    assert number.evaluate("(node) => node.before") is None  # it is another node: the page was drawn anew


def test_a_half_written_note_outlives_a_beat_and_a_filter_of_the_address(browse: Open) -> None:
    page = browse("/alerts?id=2")
    page.fill(f"#{alert_form.NOTE}", "半句")
    beat(page, alerts.LIST)
    expect(page.locator(f"#{alert_form.NOTE}")).to_have_value("半句")
    page.get_by_role("link", name="处理中 0").click()
    page.wait_for_url("**/alerts?show=taken")
    page.go_back()
    expect(page.locator(f"#{alert_form.NOTE}")).to_have_value("半句")


def test_several_walls_stand_behind_one_word(browse: Open) -> None:
    page = browse("/alerts?lang=en")
    walls = page.locator(".walls")
    names = page.locator(".walls a")
    expect(names.first).to_be_hidden()
    walls.locator("summary").click()
    expect(names.first).to_have_attribute("href", re.compile("^/wall/"))
    expect(names.first).to_be_visible()
    page.keyboard.press("Escape")
    expect(names.first).to_be_hidden()
