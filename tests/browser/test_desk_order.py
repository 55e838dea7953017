"""One order beside its list, and lists as files, in Debian's chromium."""

import csv
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from dashboard.components import order_drawer, order_grid
from dashboard.pages import alerts, orders
from store.ledger.queries import open_alerts
from tests.browser.axe import faults
from tests.browser.desk import Desk
from tests.browser.serving import Serving
from tests.browser.tab import Open
from tests.browser.words import ALL_TEXT, foreign, values
from tests.dashboard_pages.city import NOW
from tests.dashboard_pages.one_order import LATE, house

pytestmark = pytest.mark.browser
DRAWER, TITLE = f"#{order_drawer.DRAWER}", f"#{order_drawer.TITLE}"
LATE_ROW = f"#{order_grid.GRID} .ag-row[row-id='{LATE}']"
# As somebody wrote them, in any language.
SOURCE_WORDS = ("高压故障", "催促送电", "配变烧毁，正在更换", "张三", "复电慢")
LATE_CELL = f"{LATE_ROW} [col-id=order_no]"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    one = house(Path(tmp_path_factory.mktemp("desk")))
    serving = Serving(one)
    serving.start()
    yield Desk(one, serving.url)
    serving.stop()
    one.close()


def asked(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).query)


def drawn(page: Page) -> None:
    """The drawer has its answer, and the script has drawn what counts down."""
    page.locator(f"{DRAWER} .line svg").wait_for()


@pytest.mark.parametrize(("language", "theme", "width"), [("zh", "dark", 1280), ("en", "light", 390)])
def test_one_order_has_nothing_serious_and_one_language(
    browse: Open, desk: Desk, language: str, theme: str, width: int
) -> None:
    page = browse(f"/orders?order={LATE}&lang={language}&theme={theme}", width, 700)
    drawn(page)
    written = [*values(desk.house.settings), *SOURCE_WORDS]
    said = foreign(page.evaluate(ALL_TEXT), language, written)
    assert [*faults(page), *said] == []


def test_a_row_opens_its_order_and_the_list_stays(browse: Open) -> None:
    page = browse("/orders?unit=C1")
    page.locator(LATE_CELL).wait_for()
    page.locator(f"#{orders.FIGURES} .kpi >> nth=0").wait_for()
    again: list[str] = []
    page.on("request", lambda r: again.append(urlsplit(r.url).path) if "/answer/" in r.url else None)
    page.locator(LATE_CELL).click()
    drawn(page)
    expect(page.locator(TITLE)).to_have_text("工单3611200412")
    expect(page.locator(TITLE)).to_be_focused()
    assert asked(page) == {"unit": ["C1"], "order": [LATE]}
    expect(page.locator(LATE_ROW)).to_have_attribute("aria-selected", "true")
    expect(page.locator(f"{DRAWER} .standing .over")).to_have_text("复电超时18分")
    line = page.locator(f"{DRAWER} .line svg")
    expect(line).to_have_attribute("aria-label", re.compile("受理 10:46.*到场 11:14.*复电14:14到期"))
    assert again == ["/answer/order"]  # neither figures nor list were asked for again
    page.keyboard.press("Escape")
    expect(page.locator(DRAWER)).to_be_hidden()
    expect(page.locator(LATE_CELL)).to_be_focused()
    expect(page.locator(LATE_ROW)).to_have_attribute("aria-selected", "false")
    assert asked(page) == {"unit": ["C1"]}


def test_the_keyboard_opens_an_order_and_a_link_to_it_can_be_sent(browse: Open) -> None:
    page = browse("/orders")
    page.locator(LATE_CELL).wait_for()
    page.locator(LATE_CELL).focus()
    page.keyboard.press("Enter")
    expect(page.locator(TITLE)).to_be_focused()
    page.reload()
    drawn(page)
    page.locator(LATE_CELL).wait_for()
    expect(page.locator(TITLE)).to_have_text("工单3611200412")
    expect(page.locator(LATE_ROW)).to_have_attribute("aria-selected", "true")
    page.locator(f"{DRAWER} .facts summary").click()
    page.get_by_role("link", name="3611200421").click()
    expect(page.locator(TITLE)).to_have_text("工单3611200421")
    page.locator(f"#{order_drawer.CLOSE}").click()
    expect(page.locator(DRAWER)).to_be_hidden()


def test_time_goes_on_and_a_beat_keeps_the_place(browse: Open, desk: Desk) -> None:
    page = browse(f"/orders?order={LATE}", 1440, 600)
    drawn(page)
    spot = page.locator(f"{DRAWER} .standing .over")
    expect(spot).to_have_text("复电超时18分")
    expect(page.locator(f"{DRAWER} .clock-row .over")).to_have_text("超时18分")
    desk.house.site_now = NOW + timedelta(minutes=5)
    try:
        desk.house.tick()
        expect(spot).to_have_text("复电超时23分")
        page.locator(f"{DRAWER}").evaluate("place => { place.scrollTop = 120 }")
        with page.expect_response(lambda r: "/answer/order?" in r.url):
            page.evaluate("document.dispatchEvent(new Event('lightkeeper-beat'))")
        expect(page.locator(f"{DRAWER} .facts")).to_contain_text("已过17分，未更新")
        assert page.locator(DRAWER).evaluate("place => place.scrollTop") == 120
        expect(spot).to_have_text("复电超时23分")
    finally:
        desk.house.site_now = NOW
        desk.house.tick()


def test_a_limit_unfolds_by_keyboard_and_stays_so(browse: Open) -> None:
    page = browse(f"/orders?order={LATE}&lang=en")
    drawn(page)
    row = page.locator(f"{DRAWER} details[data-fold='restoration-promise']")
    expect(row.locator("table")).to_be_hidden()
    row.locator("summary").focus()
    page.keyboard.press("Enter")
    expect(row.locator("tr.is-over")).to_contain_text("18 min")
    with page.expect_response(lambda r: "/answer/order?" in r.url):
        page.evaluate("document.dispatchEvent(new Event('lightkeeper-beat'))")
    expect(row.locator("tr.is-over")).to_be_visible()


def test_an_order_that_is_not_there_is_said(browse: Open) -> None:
    page = browse("/orders?order=orders:gone")
    page.locator(TITLE).wait_for()
    expect(page.locator(TITLE)).to_have_text("查不到工单orders:gone。")
    expect(page.locator(DRAWER).get_by_role("alert")).to_contain_text("可能来源已删除")
    page.keyboard.press("Escape")
    expect(page.locator(DRAWER)).to_be_hidden()


def test_an_alert_leads_to_its_order(browse: Open, desk: Desk) -> None:
    alert = next(a for a in open_alerts(desk.house.ledger) if a["subject"] == LATE)
    page = browse(f"/alerts?id={alert['id']}")
    page.locator(f"#{alerts.OPENED}").get_by_role("link", name="打开工单").click()
    drawn(page)
    expect(page.locator(TITLE)).to_have_text("工单3611200412")


def test_a_revisit_leads_to_its_order(browse: Open) -> None:
    page = browse("/orders?kpi=satisfaction_rate&outcome=failure")
    row = page.locator(f"#{order_grid.GRID} .ag-row", has_text="HF900001")
    row.locator("[col-id=survey_no]").click()
    drawn(page)
    expect(page.locator(TITLE)).to_have_text("工单3611200188")
    expect(row).to_have_attribute("aria-selected", "true")


def test_on_a_phone_the_order_is_the_page(browse: Open) -> None:
    page = browse(f"/orders?order={LATE}&lang=en", 390, 844)
    drawn(page)
    expect(page.locator(".orders-grid-area")).to_have_js_property("inert", True)
    box = page.locator(DRAWER).bounding_box()
    assert box is not None
    assert (box["x"], box["width"], box["y"]) == (0, 390, 0)
    wide = page.evaluate(
        """() => [...document.querySelectorAll('#order-drawer *')]
            .filter(e => e.getBoundingClientRect().right > 390.5).map(e => e.className)"""
    )
    assert wide == []
    page.get_by_role("button", name="close").click()
    expect(page.locator(DRAWER)).to_be_hidden()
    expect(page.locator(".orders-grid-area")).to_have_js_property("inert", False)


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_list_leaves_as_a_file_of_its_filter(browse: Open, tmp_path: Path, kind: str) -> None:
    page = browse("/orders?unit=C2")
    page.locator(f"#{order_grid.GRID} .ag-row [col-id=order_no]:not(:empty) >> nth=0").wait_for()
    expect(page.locator(f"#{orders.COUNT}")).to_have_text(re.compile(r"\d"))
    counted = page.locator(f"#{orders.COUNT}").inner_text()
    with page.expect_download() as started:
        page.locator(f".list a[data-export$='.{kind}']").click()
    file = tmp_path / "file"
    started.value.save_as(file)
    assert started.value.suggested_filename == f"工单_20261120-1432.{kind}"
    if kind == "csv":
        with file.open(encoding="utf-8-sig", newline="") as lines:
            rows = list(csv.DictReader(lines))
        assert counted == f"{len(rows):,}件"
        assert {row["县区"] for row in rows} == {"沙湾县"}
    else:
        assert file.read_bytes().startswith(b"PK")


LONG = ("23 h 53 min", "/ 1 h 30 min")
CELLS = ".ag-cell[col-id=arrival], .ag-cell[col-id=restoration]"
CUT = """words => [...document.querySelectorAll(words.cells)]
  .filter(cell => cell.querySelector(".qq")?.previousElementSibling)
  .map(cell => {
    const limit = cell.querySelector(".qq");
    [limit.previousElementSibling.textContent, limit.textContent] = [words.used, ` ${words.limit}`];
    const style = getComputedStyle(cell);
    const room = cell.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
    return [cell.getAttribute("col-id"), room, limit.parentElement.getBoundingClientRect().width];
  })"""


def test_a_long_time_beside_a_long_limit_is_read_whole_at_1440(browse: Open) -> None:
    page = browse("/orders?unit=C1&lang=en", 1440)
    page.locator(LATE_CELL).wait_for()
    assert page.locator(".ag-cell[col-id=arrival] .qq").count() > 0
    found = page.evaluate(CUT, {"cells": CELLS, "used": LONG[0], "limit": LONG[1]})
    assert {name for name, _, _ in found} == {"arrival", "restoration"}
    assert [one for one in found if one[2] > one[1]] == []
