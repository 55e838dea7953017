"""Hotspots in Debian's chromium: list, map, chart, form, live part, lab, axe, a phone."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from dashboard.components import hotspot_acts as acts
from dashboard.components import hotspot_lab as lab
from dashboard.components import hotspot_layout as layout
from dashboard.pages import hotspots_lab
from store.ledger.queries import open_alerts
from tests.browser.axe import faults
from tests.browser.desk import Desk
from tests.browser.serving import Serving, wait_for
from tests.browser.tab import Open
from tests.dashboard import hotspots_picture
from tests.dashboard_pages.city import NOW
from tests.dashboard_pages.hotspot_answers import answers, hotspot_house, in_lab

pytestmark = pytest.mark.browser
READY = "main[data-answer]:not([aria-busy])"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    one = hotspot_house(tmp_path_factory.mktemp("hotspots"))
    one.answers["hotspots lab"] = in_lab
    serving = Serving(one)
    serving.start()
    yield Desk(one, serving.url)
    serving.stop()
    one.close()


def ready(page: Page) -> None:
    page.locator(READY).wait_for()
    page.locator(f"#{layout.CHART} .barlayer path").first.wait_for(state="attached")
    page.locator(f"#{layout.MAP} .scattergeo path").first.wait_for()


def test_a_row_leads_to_its_hotspot_and_the_address_keeps_it(browse: Open) -> None:
    page = browse("/hotspots?state=all&lang=en")
    ready(page)
    expect(page.locator(f"#{layout.LIST} tbody tr")).to_have_count(4)
    expect(page.locator(f"#{layout.ONE}")).to_contain_text("Chengdong: opinion")
    page.locator(f"#{layout.LIST} a", has_text="Hukou Line").click()
    page.wait_for_url("**no=12**")
    assert "state=all" in page.url
    expect(page.locator(f"#{layout.ONE}")).to_contain_text("14 in 3 days, usually about 3")
    expect(page.locator(f"#{layout.LIST} a[aria-current]")).to_contain_text("Hukou Line")
    page.reload()
    ready(page)
    expect(page.locator(f"#{layout.ONE} h2")).to_contain_text("Hukou Line")


def test_filters_stand_in_the_address(browse: Open) -> None:
    page = browse("/hotspots")
    ready(page)
    page.select_option("#filter-category", "opinion")
    page.wait_for_url("**category=opinion**")
    expect(page.locator(f"#{layout.LIST} tbody tr")).to_have_count(1)
    page.select_option("#filter-category", "")
    page.select_option("#filter-state", "all")
    page.wait_for_url("**state=all**")
    expect(page.locator(f"#{layout.LIST} tbody tr")).to_have_count(4)
    page.select_option("#filter-state", "open")
    expect(page.locator(f"#{layout.LIST} tbody tr")).to_have_count(3)
    assert "state" not in page.url


def test_ring_members_and_excess_are_drawn(browse: Open) -> None:
    page = browse("/hotspots?no=12")
    ready(page)
    expect(page.locator(f"#{layout.MAP} .scattergeo text", has_text="圈内14件，预期3.1")).to_be_visible()
    numbers = page.locator(f"#{layout.MAP} .scattergeo text").all_text_contents()
    assert {"2", "3", "4"} <= set(numbers)
    dash = f"#{layout.MAP} path.js-line"
    assert page.locator(dash).evaluate_all("(l) => l.some((one) => getComputedStyle(one).strokeDasharray !== 'none')")
    dark = f"#{layout.CHART} .barlayer .trace:last-of-type path"
    fills = page.locator(dark).evaluate_all("(bars) => bars.map((bar) => getComputedStyle(bar).fill)")
    assert fills[-2] != fills[0], "the excess is darker than what is within the usual"
    assert fills[-1] not in (fills[0], fills[-2]), "the day that runs is hollow"
    expect(page.get_by_role("img", name=re.compile("超出预期"))).to_be_visible()


def test_zoom_and_choice_outlive_the_live_part(browse: Open, desk: Desk) -> None:
    page = browse("/hotspots?no=12")
    ready(page)
    scale = f"document.querySelector('#{layout.MAP} .js-plotly-plot')._fullLayout.geo.projection.scale"
    before = page.evaluate(scale)
    box = page.locator(f"#{layout.MAP}").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.wheel(0, -400)
    wait_for(lambda: page.evaluate(scale) != before, "the wheel did not zoom")
    zoomed = page.evaluate(scale)
    page.fill(f"#{acts.NOTE}", "半句")
    with page.expect_response("**/answer/hotspots?**"):
        desk.house.show(hotspots=hotspots_picture.part(NOW, alerts=2))
    page.locator(READY).wait_for()
    assert abs(page.evaluate(scale) - zoomed) < 1e-6
    expect(page.locator(f"#{layout.ONE}")).to_contain_text("湖口线")
    expect(page.locator(f"#{acts.NOTE}")).to_have_value("半句")


def test_the_live_part_of_hotspots_is_asked_for_on_its_page_alone(browse: Open) -> None:
    page = browse("/alerts")
    page.locator(".item").first.wait_for()
    assert page.evaluate("'hotspots' in lightkeeper.parts") is False
    with page.expect_request(re.compile(r"/api/live\?.*parts=alerts%2Csources%2Chotspots")):
        page.get_by_role("link", name="热点", exact=True).click()
    ready(page)
    assert page.evaluate("lightkeeper.parts.hotspots.columns.number.length") > 0
    page.locator(f"#{layout.MAP} .choroplethlayer path").first.wait_for(state="attached")
    with page.expect_request(re.compile(r"/api/live\?.*parts=alerts%2Csources$")):
        page.get_by_role("link", name="定义", exact=True).click()


def test_a_definition_and_the_measured_rate(browse: Open) -> None:
    page = browse("/hotspots?lang=en")
    ready(page)
    expect(page.locator(f"#{layout.PROMISE}")).to_contain_text("measured 0.9 (0.6–1.4)")
    page.locator(f"#{layout.PROMISE} .i").click()
    expect(page.locator("#definition-of-hotspots")).to_contain_text("permuted histories")


def test_an_answer_takes_a_name_and_shows_up_at_once(browse: Open, desk: Desk) -> None:
    page = browse("/hotspots?no=12", 390, 844)
    ready(page)
    page.click(f"#{acts.TAKE}")
    expect(page.locator(f"#{layout.SAID}")).to_have_text("请写姓名：答复热点须署名。")
    page.fill(f"#{acts.BY}", "张三")
    page.fill(f"#{acts.NOTE}", "已派人查看")
    page.click(f"#{acts.TAKE}")
    expect(page.locator(f"#{layout.SAID}")).to_have_text("已确认。")
    expect(page.locator(f"#{layout.ONE}")).to_contain_text("已确认：张三，14:32")
    expect(page.locator(f"#{acts.NOTE}")).to_have_value("")
    alert = next(a for a in open_alerts(desk.house.ledger) if a["id"] == 1)
    assert (alert["state"], alert["acknowledged_by"]) == ("acknowledged", "张三")
    page.locator(f"#{layout.LIST} a", has_text="城西").click()
    expect(page.locator(f"#{acts.FORM}")).to_be_hidden()  # what is only watched is not answered
    expect(page.locator(f"#{layout.SAID}")).to_have_text("")


def test_the_alert_is_one_click_away(browse: Open) -> None:
    page = browse("/hotspots?no=12")
    ready(page)
    page.locator(f"#{layout.ONE} a", has_text="告警1").click()
    page.wait_for_url("**/alerts?**id=1**")


def test_the_files_are_of_the_hotspot_that_is_shown(browse: Open) -> None:
    page = browse("/hotspots?no=12")
    ready(page)
    with page.expect_download() as got:
        page.locator("a[data-export='/export/hotspot-orders.csv']").click()
    assert len(got.value.path().read_text(encoding="utf-8-sig").splitlines()) == 15


def test_the_lab_holds_the_scan_beside_the_rule(browse: Open, desk: Desk) -> None:
    page = browse("/hotspots/lab?lang=en")
    expect(page.locator("#lab-heading")).to_contain_text("Nothing was looked at yet")
    page.fill(f"#{lab.FORM} [name=at]", "2026-11-18T09:00")
    page.fill(f"#{lab.FORM} [name=n]", "6")
    page.fill(f"#{lab.FORM} [name=radius]", "8")
    page.check(f"#{lab.FORM} [value=complaint]")
    page.click(f"#{lab.FORM} button")
    page.wait_for_url("**run=1**")
    expect(page.locator("#lab-heading")).to_contain_text("the scan would have raised 1 and watched 1; the rule")
    expect(page.locator("#lab-scan-n")).to_have_text("2")
    expect(page.locator("#lab-rule-n")).to_have_text("3")
    page.reload()
    expect(page.locator(f"#{lab.FORM} [name=at]")).to_have_value("2026-11-18T09:00")
    expect(page.locator(f"#{lab.FORM} [value=complaint]")).to_be_checked()
    asked = in_lab.seen[-1]
    assert asked["as_of"].startswith("2026-11-18T09:00") and asked["as_of"].endswith("+08:00")
    assert (asked["radius_km"], asked["naive"], asked["categories"]) == (8.0, {"count": 6, "days": 3}, ["complaint"])


def test_a_second_look_waits_its_turn_and_a_time_with_an_offset_is_shown_as_the_site_s(browse: Open) -> None:
    with hotspots_lab.LOOKING:
        page = browse("/hotspots/lab?run=1&lang=en&at=2026-11-18T09:00%2B02:00")
        expect(page.locator("#lab-heading")).to_contain_text("Somebody else is looking in the lab just now")
        expect(page.locator("#lab-beside")).to_be_hidden()
    expect(page.locator("#lab-heading")).to_contain_text("the scan would have raised 1")
    expect(page.locator(f"#{lab.FORM} [name=at]")).to_have_value("2026-11-18T15:00")


def test_what_the_lab_can_not_use_is_said(browse: Open) -> None:
    page = browse("/hotspots/lab?run=1&budget=much&lang=en")
    expect(page.locator("#lab-heading .notice-line")).to_contain_text("budget=much")


@pytest.mark.parametrize("path", ["/hotspots?no=12", "/hotspots/lab?run=1"])
@pytest.mark.parametrize(("language", "theme", "width"), [("zh", "light", 1440), ("en", "dark", 390)])
def test_nothing_serious_is_found(browse: Open, path: str, language: str, theme: str, width: int) -> None:
    page = browse(f"{path}&lang={language}&theme={theme}", width, 800)
    page.locator(READY).wait_for()
    page.locator("table.figures").first.wait_for()
    if "lab" not in path:
        ready(page)
    assert faults(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert "##" not in page.locator("main").inner_text()


def test_an_empty_page_says_why_and_hides_map_and_chart(browse: Open, desk: Desk) -> None:
    kept = desk.house.answers
    desk.house.answers = {**kept, **answers()}
    try:
        page = browse("/hotspots?lang=en")
        page.locator(READY).wait_for()
        expect(page.locator(f"#{layout.LIST}")).to_contain_text("No hotspot stands. Last look 12 min ago.")
        expect(page.locator(f"#{layout.CHART_PLACE}")).to_be_hidden()
        expect(page.locator(f"#{layout.MAP_PLACE}")).to_be_hidden()
        expect(page.locator(f"#{acts.FORM}")).to_be_hidden()
    finally:
        desk.house.answers = kept
