"""The inbox and the phones in a browser: taking an alert, and what happens while somebody writes."""

import pytest
from playwright.sync_api import expect

from dashboard.components import alert_form
from dashboard.components.alert_list import item_id
from dashboard.pages import alerts, phones
from store.ledger.answers import acknowledge
from store.ledger.queries import counts, history, open_alerts
from tests.browser.desk import Desk
from tests.browser.serving import wait_for
from tests.browser.tab import Open
from tests.dashboard_pages.city import NOW, grow_red

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_way_to_several_at_once_stays_on_one_line(browse: Open, language: str) -> None:
    page = browse(f"/alerts?lang={language}", 390, 844)
    way = page.locator(f"#{alerts.TABS} .way")
    expect(way).to_be_visible()
    lines = way.evaluate("(node) => new Set([...node.getClientRects()].map((box) => box.top)).size")
    box = way.bounding_box()
    assert lines == 1 and box is not None and box["height"] < 40 and box["x"] + box["width"] <= 390


def test_acknowledging_takes_a_name_and_shows_up(browse: Open, desk: Desk) -> None:
    page = browse("/alerts", 390, 844)
    page.locator(f"#{item_id(1)}").click()
    expect(page.locator(f"#{alerts.OPENED} .over")).to_have_text("超时18分")
    page.click(f"#{alert_form.SEND}")
    expect(page.locator(f"#{alerts.SAID}")).to_have_text("请写姓名：确认告警须署名。")
    page.fill(f"#{alert_form.BY}", "张三")
    page.fill(f"#{alert_form.NOTE}", "14:50前送电")
    page.click(f"#{alert_form.SEND}")
    expect(page.locator(f"#{alert_form.SEND}")).to_be_hidden()
    expect(page.locator(f"#{alerts.OPENED}")).to_contain_text("张三 14:32确认，“14:50前送电”")
    expect(page.locator(f"#{alerts.OPENED} .over")).to_have_count(0)
    expect(page.locator(f"#{alerts.TABS}")).to_contain_text("处理中 1")
    stored = next(a for a in open_alerts(desk.house.ledger) if a["id"] == 1)
    assert (stored["acknowledged_by"], stored["note"]) == ("张三", "14:50前送电")
    desk.house.tick()
    group = page.get_by_role("group", name="未消除的告警")
    expect(group).to_contain_text("2条未确认")
    wait_for(lambda: counts(desk.house.ledger)["unacknowledged"]["red"] == 0, "the ledger still waits")


def test_a_half_written_note_outlives_what_happens_meanwhile(browse: Open, desk: Desk) -> None:
    page = browse("/alerts?id=2")
    page.fill(f"#{alert_form.NOTE}", "半句")
    before = page.evaluate("performance.now()")
    desk.house.show(alerts={**counts(desk.house.ledger), "log": {"columns": {}}})  # another version of the part
    with page.expect_response(lambda r: alerts.LIST in (r.request.post_data or "")):
        pass
    assert page.evaluate("performance.now()") > before
    expect(page.locator(f"#{alert_form.NOTE}")).to_have_value("半句")


def test_what_changed_while_it_was_read_is_shown_again_and_not_taken(browse: Open, desk: Desk) -> None:
    page = browse("/alerts?id=2")
    expect(page.locator(f"#{alerts.OPENED}")).to_contain_text("到场紧迫")
    page.fill(f"#{alert_form.BY}", "张三")
    page.fill(f"#{alert_form.NOTE}", "半句")
    grow_red(desk.house.ledger, 2)
    page.click(f"#{alert_form.SEND}")
    expect(page.locator(f"#{alerts.SAID}")).to_have_text("没有确认：这条告警刚有变化，请看过新状态再确认。")
    expect(page.locator(f"#{alerts.OPENED}")).to_contain_text("到场超时")
    expect(page.locator(f"#{alert_form.NOTE}")).to_have_value("半句")
    assert [s["event"] for s in history(desk.house.ledger, 2)] == ["raised", "raised"]
    page.click(f"#{alert_form.SEND}")
    expect(page.locator(f"#{alert_form.SEND}")).to_be_hidden()
    expect(page.locator(f"#{alerts.SAID}")).to_have_text("")
    assert [s["by"] for s in history(desk.house.ledger, 2)] == [None, None, "张三"]


def test_who_comes_second_reads_who_was_first(browse: Open, desk: Desk) -> None:
    page = browse("/alerts?id=3")
    page.fill(f"#{alert_form.BY}", "张三")
    acknowledge(desk.house.ledger, 3, "李四", "", NOW)
    page.click(f"#{alert_form.SEND}")
    expect(page.locator(f"#{alert_form.SEND}")).to_be_hidden()
    expect(page.locator(f"#{alerts.OPENED}")).to_contain_text("李四 14:32确认")
    expect(page.locator(f"#{alerts.SAID}")).to_contain_text("没有确认")
    page.locator(f"#{item_id(1)}").click()
    expect(page.locator(f"#{alerts.SAID}")).to_have_text("")


def test_phones_show_what_arrives_without_a_reload(browse: Open, desk: Desk) -> None:
    page = browse("/phones")
    expect(page.locator(f"#{phones.LIST} article")).to_have_count(6)
    got = desk.house.phones
    assert got is not None
    first = {**got(1)[0], "subject": "刚到的消息", "key": "new"}
    desk.house.phones = lambda limit: [first, *got(limit)]
    try:
        expect(page.locator(f"#{phones.LIST} article").first).to_contain_text("刚到的消息")
    finally:
        desk.house.phones = got
