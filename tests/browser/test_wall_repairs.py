"""The Repairs page in real pixels: countdown, stages, reports by hour, crews, outages, and how it says "no"."""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.serving import Serving, Wall
from tests.dashboard.picture import AFTERNOON, FRESH_S, HandHouse, columns, hand_settings, ms
from tests.dashboard.repairs_picture import BUSY, afternoon, crews, outages, repairs

pytestmark = pytest.mark.browser
EMPTY: dict[str, Any] = {"total": 0, "without_limit": 0, "columns": {}}


@pytest.fixture
def serving(tmp_path: Path) -> Iterator[Serving]:
    """The full afternoon, on walls of the three presets that show this page alone."""
    walls = {"near": 3.0, "mid": 6.0, "far": 10.0}
    pages: dict[str, Any] = {name: {"distance_m": m, "pages": ["repairs"]} for name, m in walls.items()}
    one = Serving(HandHouse(hand_settings(tmp_path, **pages)))
    one.house.show(**afternoon())
    one.start()
    yield one
    one.stop()


def opened(wall: Wall, serving: Serving, path: str = "/wall/near?screen=0") -> None:
    wall.page.goto(serving.url + path)
    expect(wall.page.locator(".screen.on .head").first).to_be_visible()


def panel(wall: Wall, name: str) -> Locator:
    return wall.page.locator(f".screen.on .panel-{name}")


def box(locator: Locator) -> dict[str, float]:
    found = locator.bounding_box()
    assert found is not None
    return {name: float(found[name]) for name in ("x", "y", "width", "height")}


def sources(as_of: int | None, state: str = "ok") -> dict[str, Any]:
    names = "name feeds as_of read_at fresh_s state error"
    fed = (("orders", ["work_orders", "units"]), ("outage", ["outages"]))
    return {"columns": columns(names, *((name, feeds, as_of, as_of, FRESH_S, state, None) for name, feeds in fed))}


def test_every_open_repair_with_its_limit_stage_crew_and_customers(wall: Wall, serving: Serving) -> None:
    opened(wall, serving)
    rows = panel(wall, "limits").locator(".row")
    expect(rows).to_have_count(15)
    expect(rows.nth(0)).to_have_text("城东 东湖线复电在场城东一班612户超时18分")
    expect(rows.nth(10)).to_contain_text("—")  # nobody counted the customers of its outage
    expect(panel(wall, "limits").locator(".head")).to_contain_text("未复电15件，超时1，紧迫1，临期2，过半2")
    wall.page.goto(f"{serving.url}/wall/near?lang=en&screen=0")
    expect(rows.nth(1)).to_have_text("ShawanArriveOn the waycrew 14385 min")
    expect(rows.nth(13)).to_contain_text("Shawan 1")  # the crew of another station keeps its name


def test_the_course_of_an_order_on_the_axis(wall: Wall, serving: Serving) -> None:
    """Time used left of the deadline, the overrun between deadline and the one now-line, time left right of it."""
    opened(wall, serving)
    limits = panel(wall, "limits")
    line = limits.locator(".across u")
    expect(line).to_have_count(1)
    now = box(line)["x"] + box(line)["width"] / 2
    rows = limits.locator(".row")
    used, over, deadline = (box(rows.nth(0).locator(s)) for s in ("s:not(.end)", "i", "s.end"))
    assert used["x"] + used["width"] == pytest.approx(over["x"], abs=1)
    assert over["x"] + over["width"] == pytest.approx(now, abs=2)
    assert deadline["x"] + deadline["width"] == pytest.approx(over["x"], abs=2)
    left, last = (box(rows.nth(i).locator("i")) for i in (7, 14))
    assert left["x"] == pytest.approx(now, abs=2)
    assert last["width"] / left["width"] == pytest.approx(218 / 82, rel=0.03)
    expect(limits.locator(".ticks .now")).to_have_text("现在14:32")
    labels = [box(limits.locator(".ticks span").nth(i)) for i in range(limits.locator(".ticks span").count())]
    labels.sort(key=lambda b: b["x"])
    assert len(labels) >= 4
    assert all(a["x"] + a["width"] <= b["x"] for a, b in pairwise(labels)), "two labels touch"


def test_red_is_filled_until_somebody_acknowledges(wall: Wall, serving: Serving) -> None:
    opened(wall, serving)
    time = panel(wall, "limits").locator(".row .left span").first
    fill = "node => getComputedStyle(node).backgroundColor"
    assert time.evaluate(fill) == "rgb(176, 21, 15)"
    serving.house.show(**afternoon(repairs=repairs(alert="acknowledged")))
    expect(panel(wall, "limits").locator(".left.new")).to_have_count(0)
    assert time.evaluate(fill) == "rgba(0, 0, 0, 0)"
    expect(panel(wall, "limits").locator(".row").first.locator("[role=img][aria-label=超时]")).to_be_visible()


def test_the_list_goes_on_over_further_screens_and_says_what_they_do_not_hold(wall: Wall, serving: Serving) -> None:
    serving.house.show(**afternoon(repairs=repairs(copies=6)))
    opened(wall, serving, "/wall/near?screen=2")
    expect(panel(wall, "limits").locator(".head")).to_contain_text("第32–47件，共90件，另有43件未列出")
    expect(panel(wall, "limits").locator(".row")).to_have_count(16)
    expect(wall.page.locator("[data-screen=repairs] .head").first).not_to_contain_text("未列出")
    serving.house.show(**afternoon())
    expect(wall.page.locator("[data-screen=repairs-rest] .panel-limits")).to_have_attribute("data-empty", "1")
    for place in ("repairs-list", "repairs-rest"):
        expect(wall.page.locator(f"[data-screen={place}] .row:visible")).to_have_count(0)


def test_stages_and_reports_by_hour(wall: Wall, serving: Serving) -> None:
    opened(wall, serving)
    found = [panel(wall, "stages").locator(f"[data-stage={s}]") for s in ("accepted", "on_site", "restored_today")]
    assert [f.inner_text().split() for f in found] == [["1", "受理"], ["8", "在场"], ["203", "今日复电"]]
    load = panel(wall, "load")
    expect(load.locator(".head")).to_contain_text("今日226件，往日此时184件")
    expect(load.locator("rect.bar-of-hour")).to_have_count(14)
    expect(load.locator("rect.running")).to_have_count(1)
    expect(load.locator(".peak")).to_have_text("38")
    tall, low = box(load.locator("[data-hour='13']")), box(load.locator("[data-hour='12']"))
    assert tall["height"] / low["height"] == pytest.approx(38 / 24, rel=0.02), "bars start at zero"
    unknown = {name: [None] * 24 for name in ("usual", "low", "high")}
    serving.house.show(
        **afternoon(work={**BUSY, "hours": {**BUSY["hours"], **unknown, "days": 3}, "usual_so_far": None})
    )
    expect(load).to_contain_text("往日数据不足7天")
    expect(load.locator(".band")).to_have_count(0)
    expect(load.locator("rect.bar-of-hour")).to_have_count(14)


def test_crews_that_hold_too_much_come_first_and_the_rest_is_summed_up(wall: Wall, serving: Serving) -> None:
    opened(wall, serving)
    rows = panel(wall, "crews").locator(".crew-rows > div")
    expect(rows).to_have_text(
        ["沙湾班1多2件", "湖口班多1件", "城东一班1已满", "开发区班可再接1件", "北渡班可再接1件", "其余8班共8件"]
    )
    expect(rows.nth(0).locator("i.over")).to_have_count(2)
    expect(rows.nth(3).locator("i.free")).to_have_count(1)
    serving.house.show(**afternoon(work=crews(count=0, orders=0, unassigned=4)))
    expect(panel(wall, "crews")).to_contain_text("未定班组4件")


def test_outages_by_their_estimate_the_passed_ones_first(wall: Wall, serving: Serving) -> None:
    opened(wall, serving)
    rows = panel(wall, "running").locator(".running-rows > div")
    expect(rows).to_have_text(["城东 东湖线612户14:20 已过", "石桥 石桥线234户15:30", "沙湾 沙湾线438户16:00"])
    expect(rows.nth(0).locator(".flag.inverse")).to_be_visible()
    serving.house.show(**afternoon(outages=outages(count=12)))
    expect(rows).to_have_count(4)
    expect(rows.nth(3)).to_have_text("另有9起停电")


def test_stale_zero_no_data_and_error_are_four_looks(wall: Wall, serving: Serving) -> None:
    opened(wall, serving)
    now = ms(AFTERNOON)
    serving.house.show(**afternoon(sources=sources(now - 1_200_000)))
    for name in ("limits", "stages", "load", "crews", "running"):
        expect(panel(wall, name).locator(".head .flag.inverse")).to_have_text("停于14:12")
        expect(panel(wall, name).locator(".hatch")).to_have_count(1)
    expect(panel(wall, "limits").locator(".head")).to_have_text("抢修倒计时未复电15件停于14:12")
    nothing = crews(count=0, orders=0)
    none_out = {**outages(count=0), "columns": {}}
    serving.house.show(**afternoon(repairs=EMPTY, work=nothing, outages=none_out, sources=sources(now)))
    expect(panel(wall, "limits")).to_contain_text("没有未复电的工单")
    expect(panel(wall, "crews")).to_contain_text("没有班组在抢修")
    expect(panel(wall, "running")).to_contain_text("没有停电")
    serving.house.show(**afternoon(repairs=EMPTY, sources=sources(None, "never")))
    for name in ("limits", "stages", "load", "crews", "running"):
        expect(panel(wall, name).locator(".value.stale")).to_have_text("—")
    serving.house.show(**afternoon(repairs=EMPTY, sources=sources(None, "error")))
    for name in ("limits", "stages", "load", "crews"):
        expect(panel(wall, name).locator(".void")).to_have_text("读不到工单库")
    expect(panel(wall, "running").locator(".void")).to_have_text("读不到停电库")


def test_without_a_source_of_outages_no_column_pretends_to_know(wall: Wall, serving: Serving) -> None:
    only = {"columns": {name: values[:1] for name, values in sources(ms(AFTERNOON))["columns"].items()}}
    serving.house.show(**afternoon(sources=only))
    opened(wall, serving)
    expect(panel(wall, "limits").locator(".axis")).not_to_contain_text("停电")
    expect(panel(wall, "limits").locator(".row").first).to_have_text("城东 东湖线复电在场城东一班超时18分")
    expect(panel(wall, "running")).to_contain_text("未接入")
