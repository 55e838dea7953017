"""What somebody in front of the wall sees, in real pixels."""

import re
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import expect

from kpis.sources import COLUMNS as SOURCES
from tests.browser.serving import Serving, Wall, later
from tests.dashboard import hotspots_picture
from tests.dashboard.picture import AFTERNOON, FRESH_S, REPAIRS, HandHouse, picture

pytestmark = pytest.mark.browser
ON = ".tile[data-key=arrival_on_time_rate]"
OUT = ".tile[data-key=out]"
LIST = ".on .panel-repairs"


def body(part: str) -> dict[str, Any]:
    return dict(picture()[part].body)


def opened(wall: Wall, serving: Serving, path: str = "/wall/main") -> None:
    wall.page.goto(serving.url + path)
    expect(wall.page.locator(ON)).to_be_visible()


def background(wall: Wall, selector: str) -> str:
    """Computed, because a red fill is a colour and not a class."""
    return str(wall.page.locator(selector).evaluate("node => getComputedStyle(node).backgroundColor"))


def test_the_wall_shows_figures_that_change(wall: Wall, serving: Serving) -> None:
    opened(wall, serving)
    expect(wall.page.locator(f"{OUT} .value")).to_have_text("1,284")
    serving.house.show(outages={**body("outages"), "customers_out": 23860})
    expect(wall.page.locator(f"{OUT} .value")).to_have_text("23,860")
    expect(wall.page.locator("#wall-map .choroplethlayer path").first).to_be_attached()
    expect(wall.page.locator("#wall-map .scatterlayer text", has_text="江城")).to_be_attached()


def test_the_wall_speaks_chinese(wall: Wall, serving: Serving) -> None:
    opened(wall, serving)
    expect(wall.page.locator("#wall-head")).to_contain_text("11月20日 周五14:32")
    expect(wall.page.locator(ON)).to_contain_text("到达及时率97.6%")
    expect(wall.page.locator(".tile[data-key=complaint_repeat_rate] .value")).to_have_text("2/14")  # too few for a rate
    expect(wall.page.locator(LIST)).to_contain_text("未复电6件，1件正常")
    expect(wall.page.locator("[data-order='1001']")).to_contain_text("城东 东湖线复电超时18分")
    expect(wall.page.locator("#wall-foot")).to_contain_text("沙湾线到场紧迫")


def test_the_wall_speaks_english(wall: Wall, serving: Serving) -> None:
    opened(wall, serving, "/wall/main?lang=en")
    expect(wall.page.locator("#wall-head")).to_contain_text("Fri 20 Nov14:32")
    expect(wall.page.locator(ON)).to_contain_text("Arrived on time")
    expect(wall.page.locator("[data-order='1001']")).to_contain_text("Chengdong DonghuRestore18 min over")
    assert not re.search("[一-鿿]", wall.page.locator("#wall").inner_text())


def test_overdue_is_filled_red_until_somebody_acknowledges(wall: Wall, serving: Serving) -> None:
    opened(wall, serving)
    assert background(wall, "[data-order='1001'] .left span") == "rgb(176, 21, 15)"
    assert background(wall, "[data-order='1002'] .left span") == "rgba(0, 0, 0, 0)"
    rows = {**body("repairs"), "columns": {**body("repairs")["columns"], "alert": ["acknowledged"] * len(REPAIRS)}}
    serving.house.show(repairs=rows)
    expect(wall.page.locator(".left.new")).to_have_count(0)
    assert background(wall, "[data-order='1001'] .left span") == "rgba(0, 0, 0, 0)"
    expect(wall.page.locator("[data-order='1001'] svg[aria-label=超时]")).to_be_visible()


def test_a_repair_turns_red_by_itself_when_its_time_is_up(wall: Wall, serving: Serving) -> None:
    opened(wall, serving)
    row = wall.page.locator("[data-order='1003']")
    expect(row.locator("svg[aria-label=紧迫]")).to_be_visible()
    later(serving.house, minutes=7)
    expect(row.locator("svg[aria-label=超时]")).to_be_visible()
    expect(row).to_contain_text("超时1分")


def test_late_data_say_since_when(wall: Wall, serving: Serving) -> None:
    opened(wall, serving)
    expect(wall.page.locator(".flag.inverse")).to_have_count(0)
    serving.house.site_now += timedelta(seconds=FRESH_S + 60)
    old = body("sources")
    serving.house.show(sources=old)
    expect(wall.page.locator(f"{OUT} .flag.inverse")).to_have_text("停于14:31")
    expect(wall.page.locator(f"{OUT} .value.stale")).to_be_visible()
    expect(wall.page.locator("#wall-foot .flag.inverse")).to_have_text("3个来源停更或读不到")


def tables(serving: Serving, *late: str) -> dict[str, Any]:
    """One source with a live table of orders and of their events, and an extract of outages; `late`: their names."""
    now = round(serving.house.site_now.timestamp() * 1000)
    own = (("gd", ["work_orders"], 15.0), ("gd_step", ["order_events"], 15.0), ("td", ["outages"], 1800.0))
    rows = []
    for table, feeds, fresh_s in own:
        at = now - round(fresh_s * 1000) - 60_000 if table in late else now
        whole = ["work_orders"] if table in late and table == "gd_step" else []
        rows.append(("city", table, feeds + whole, at, at, fresh_s, "stale" if table in late else "ok", None))
    return {"columns": dict(zip(SOURCES, map(list, zip(*rows, strict=True)), strict=True))}


def test_an_extract_that_is_late_makes_nothing_else_look_late(wall: Wall, serving: Serving) -> None:
    opened(wall, serving)
    serving.house.show(sources=tables(serving, "td"))
    expect(wall.page.locator(f"{OUT} .flag.inverse")).to_have_text(re.compile("停于14:01"))
    expect(wall.page.locator(f"{LIST} .head .flag.inverse")).to_have_count(0)
    expect(wall.page.locator("#wall-foot .flag.inverse")).to_have_text("停电 停于14:01")
    serving.house.show(sources=tables(serving, "gd"))
    expect(wall.page.locator(f"{OUT} .flag.inverse")).to_have_count(0)
    expect(wall.page.locator("#wall-foot .flag.inverse")).to_have_text("工单 停于14:30")


def test_a_table_beside_the_orders_is_named_when_it_alone_is_late(wall: Wall, serving: Serving) -> None:
    opened(wall, serving)
    serving.house.show(sources=tables(serving, "gd_step"))
    expect(wall.page.locator("#wall-foot .flag.inverse")).to_have_text("工单（gd_step） 停于14:30")
    expect(wall.page.locator(f"{LIST} .head .flag.inverse")).to_have_text("停于14:30")
    serving.house.show(sources=tables(serving, "gd_step", "gd"))
    expect(wall.page.locator("#wall-foot .flag.inverse")).to_have_text("工单 停于14:30")


def test_zero_no_data_and_error_are_three_looks(wall: Wall, serving: Serving) -> None:
    opened(wall, serving)
    serving.house.show(outages={**body("outages"), "customers_out": 0, "count": 0})
    expect(wall.page.locator(f"{OUT} .value")).to_have_text("0")
    expect(wall.page.locator(OUT)).to_contain_text("没有停电")
    serving.house.show(outages={**body("outages"), "customers_out": None, "count": None})
    expect(wall.page.locator(f"{OUT} .value.stale")).to_have_text("—")
    serving.house.show(outages={**body("outages"), "customers_out": None, "count": 2})
    expect(wall.page.locator(OUT)).to_contain_text("—2起停电")
    refused = body("sources")
    columns = dict(refused["columns"])
    serving.house.show(
        sources={"columns": {**columns, "state": ["ok", "error", "ok"], "as_of": [*columns["as_of"][:1], None, None]}}
    )
    expect(wall.page.locator(f"{OUT} .void")).to_contain_text("读不到")
    expect(wall.page.locator(f"{OUT} .value")).to_have_count(0)


def test_nothing_wrong_has_no_hue(wall: Wall, serving: Serving) -> None:
    quiet = {name: [0] * 6 for name in ("blue", "yellow", "orange", "red", "outages", "customers_out")}
    counties = {"level": "county", "columns": {"code": ["C1", "C2", "C3", "C4", "C5", "C6"], **quiet}}
    none = {"orange": 0, "red": 0}
    quiet_alerts = {**body("alerts"), "open": none, "unacknowledged": none, "log": {"columns": {}}}
    calm = hotspots_picture.part(AFTERNOON, alerts=0, watched=0)
    serving.house.show(repairs={"total": 0, "columns": {}}, counties=counties, alerts=quiet_alerts, hotspots=calm)
    opened(wall, serving)
    expect(wall.page.locator(LIST)).to_contain_text("没有未复电的工单")
    expect(wall.page.locator("#wall .lv[role=img]")).to_have_count(0)
    expect(wall.page.locator("#wall-head")).to_contain_text("均在时限内")


def test_a_lost_connection_is_said_and_mends_itself(wall: Wall, serving: Serving) -> None:
    opened(wall, serving)
    wall.page.evaluate("window.sameDocument = true")
    serving.stop()
    banner = wall.page.locator("#wall-lost [role=alert]")
    expect(banner).to_contain_text("连接中断", timeout=12_000)
    expect(banner).to_contain_text("自14:32起")
    expect(wall.page.locator(f"{OUT} .value")).to_have_text("1,284")  # the last good picture stays
    expect(wall.page.locator(f"{LIST} .age")).to_have_text("14:31")
    serving.house.show(outages={**body("outages"), "customers_out": 77})
    serving.start()
    expect(banner).to_have_count(0, timeout=20_000)
    expect(wall.page.locator(f"{OUT} .value")).to_have_text("77")
    assert wall.page.evaluate("window.sameDocument") is True


def test_a_new_release_reloads_the_page_once(wall: Wall, serving: Serving) -> None:
    opened(wall, serving)
    wall.page.evaluate("window.sameDocument = true")
    loads: list[str] = []
    wall.page.on("domcontentloaded", lambda page: loads.append(page.url))
    serving.stop()
    serving.house = HandHouse(serving.house.settings, release="2")
    serving.house.show()
    with wall.page.expect_event("domcontentloaded", timeout=20_000):
        serving.start()
    expect(wall.page.locator(f"{OUT} .value")).to_have_text("1,284")
    assert wall.page.evaluate("window.sameDocument") is None
    assert len(loads) == 1
