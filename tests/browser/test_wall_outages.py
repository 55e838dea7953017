"""A site with a list of outages and nothing else: the wall shows what there is and says what is not connected."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from bench.faults import faults
from tests.browser.serving import Serving, Wall
from tests.dashboard.outage_picture import outages_only, without_boundaries
from tests.dashboard.picture import HandHouse, hand_settings, picture

pytestmark = pytest.mark.browser
RATES = ("arrival_on_time_rate", "restoration_on_time_rate", "complaint_repeat_rate")
OUT = ".tile[data-key=out]"
FOOT = f"{OUT} .line.base >> nth=-1"
POINTS = "#wall-map .scatterlayer path.point"
BOX = "node => { const box = node.getBoundingClientRect(); return [box.x, box.y, box.width, box.height]; }"


@pytest.fixture
def serving(tmp_path: Path) -> Iterator[Serving]:
    """As everywhere, but without boundaries, and with outages alone."""
    walls: dict[str, Any] = {"near": {"distance_m": 3}, "far": {"distance_m": 10}}
    one = Serving(HandHouse(without_boundaries(hand_settings(tmp_path, **walls))))
    one.house.show(**outages_only())
    one.start()
    yield one
    one.stop()


def opened(wall: Wall, serving: Serving, language: str = "zh", name: str = "main") -> None:
    wall.page.goto(f"{serving.url}/wall/{name}?lang={language}")
    expect(wall.page.locator(f"{OUT} .value")).to_be_visible()
    expect(wall.page.locator(".screen.on")).to_have_css("opacity", "1")  # it fades in


def sources(*rows: tuple[str, list[str], int | None, str]) -> dict[str, Any]:
    """Name, what it feeds, as-of, state."""
    name, feeds, as_of, state = (list(column) for column in zip(*rows, strict=True))
    rest = {"read_at": as_of, "fresh_s": [86_400.0] * len(rows), "error": [None] * len(rows)}
    return {"columns": {"name": name, "feeds": feeds, "as_of": as_of, "state": state, **rest}}


@pytest.mark.parametrize(("language", "said"), [("zh", "未接入"), ("en", "not connected")])
def test_a_figure_that_nothing_feeds_is_not_connected(wall: Wall, serving: Serving, language: str, said: str) -> None:
    opened(wall, serving, language)
    for key in RATES:
        tile = wall.page.locator(f".tile[data-key={key}]")
        expect(tile.locator(".value.stale")).to_have_text("—")
        expect(tile.locator(".why")).to_have_text(said)
    expect(wall.page.locator(".on").get_by_text(said)).to_have_count(len(RATES))
    expect(wall.page.locator("#wall-head .counts")).to_have_count(0)
    expect(wall.page.locator("#wall .flag.inverse:not(.row *)")).to_have_count(0)


def test_a_source_not_read_yet_may_still_feed_orders(wall: Wall, serving: Serving) -> None:
    read = outages_only()["sources"]["columns"]["as_of"][0]
    known = ("list", ["outages", "units"], read, "ok")
    serving.house.show(**{**outages_only(), "sources": sources(known, ("orders", [], None, "never"))})
    opened(wall, serving)
    expect(wall.page.locator(".tile .why").first).to_have_text("还没有数据")
    expect(wall.page.locator(".on .panel-repairs .head")).to_contain_text("抢修时限")
    expect(wall.page.locator("#wall-head .counts")).to_have_text("分级未知")
    serving.house.show(**{**outages_only(), "sources": sources(known, ("orders", ["surveys"], read, "ok"))})
    expect(wall.page.locator(".on .panel-repairs .head")).to_contain_text("当前停电")
    expect(wall.page.locator("#wall-head .counts")).to_have_count(0)


@pytest.mark.parametrize(
    ("language", "head", "first", "second", "passed"),
    [
        (
            "zh",
            "当前停电30起3秒前",
            "北湾临港新城12,3459小时59分16:02",
            "青港 港东线12,33547分无预计",
            "11月19日 13:32",
        ),
        (
            "en",
            "Running outages303 s ago",
            "Northern Har…12,3459 h 59 min16:02",
            "Qinggang Pier12,33547 minno estimate",
            "19 Nov 13:32",
        ),
    ],
)
def test_the_list_has_the_largest_outages_first(
    wall: Wall, serving: Serving, language: str, head: str, first: str, second: str, passed: str
) -> None:
    opened(wall, serving, language)
    rows = wall.page.locator(".on .panel-repairs [data-outage]")
    expect(wall.page.locator(".on .panel-repairs .head")).to_have_text(head)
    assert [row.get_attribute("data-outage") for row in rows.all()] == ["O0", "O1", "O3", "O4", "O5", "O6"]
    expect(rows.nth(0)).to_have_text(first)
    expect(rows.nth(1)).to_have_text(second)
    expect(rows.nth(2).locator(".flag.inverse")).to_contain_text(passed)
    expect(wall.page.locator(".on .panel-repairs .flag.inverse")).to_have_count(1)


def test_the_time_without_supply_grows_by_itself(wall: Wall, serving: Serving) -> None:
    opened(wall, serving)
    row = wall.page.locator("[data-outage=O1]")
    expect(row).to_contain_text("47分")
    before = outages_only()
    serving.house.site_now += timedelta(minutes=5)
    serving.house.show(**before)
    expect(row).to_contain_text("52分")
    expect(wall.page.locator(".on .panel-repairs .head .age")).to_have_text("5分前")


def test_customers_nobody_counted_come_last(wall: Wall, serving: Serving) -> None:
    serving.house.show(**outages_only(count=5))
    opened(wall, serving)
    rows = wall.page.locator(".on .panel-repairs [data-outage]")
    assert [row.get_attribute("data-outage") for row in rows.all()] == ["O0", "O1", "O3", "O4", "O2"]
    expect(rows.last.locator(".left")).to_have_text("—")


def test_no_outage_is_said_in_words(wall: Wall, serving: Serving) -> None:
    serving.house.show(**outages_only(count=0))
    opened(wall, serving)
    expect(wall.page.locator(".on .panel-repairs")).to_contain_text("没有停电。")
    expect(wall.page.locator(f"{OUT} .value")).to_have_text("0")


@pytest.mark.parametrize(("name", "rows"), [("near", 15), ("main", 6), ("far", 3)])
def test_each_distance_has_its_rows(wall: Wall, serving: Serving, name: str, rows: int) -> None:
    opened(wall, serving, "zh", name)
    expect(wall.page.locator(".on .panel-repairs [data-outage]")).to_have_count(rows)


def test_the_map_fits_the_outages(wall: Wall, serving: Serving) -> None:
    opened(wall, serving)
    expect(wall.page.locator(POINTS)).to_have_count(2 * 29)  # a circle and its stroke; the one far away is not drawn
    expect(wall.page.locator("#wall-map-head")).to_contain_text("图外1起")
    west, north, wide, high = wall.page.locator(".panel-map").evaluate(BOX)
    boxes = [
        point.evaluate(BOX) for point in wall.page.locator(POINTS).all()
    ]  # Playwright's own counts a mitre that is not there
    left, right = min(x for x, _, _, _ in boxes), max(x + w for x, _, w, _ in boxes)
    top, bottom = min(y for _, y, _, _ in boxes), max(y + h for _, y, _, h in boxes)
    assert west < left < right < west + wide
    assert north + 60 < top < bottom < north + high  # below the head, which lies over the map
    assert max((right - left) / wide, (bottom - top) / high) > 0.5
    expect(wall.page.locator("#wall-map [role=img], #wall-map[role=img]")).to_have_attribute(
        "aria-label", "南区停电户数最多"
    )


@pytest.mark.parametrize(("language", "said"), [("zh", "未设置地图"), ("en", "no map set")])
def test_a_map_without_anything_to_draw_says_so(wall: Wall, serving: Serving, language: str, said: str) -> None:
    bodies = outages_only()
    nowhere = {**bodies["outages"]["columns"], "lon": [None] * 30, "lat": [None] * 30}
    serving.house.show(**{**bodies, "outages": {**bodies["outages"], "columns": nowhere}})
    opened(wall, serving, language)
    expect(wall.page.locator("#wall-map-head")).to_contain_text(said)
    serving.house.show(**bodies)
    expect(wall.page.locator(POINTS)).to_have_count(2 * 29)
    expect(wall.page.locator("#wall-map-head")).not_to_contain_text(said)
    serving.house.show(**{**bodies, "outages": {**bodies["outages"], "columns": nowhere}})
    expect(wall.page.locator(POINTS)).to_have_count(0)
    expect(wall.page.locator("#wall-map-head")).to_contain_text(said)


@pytest.mark.parametrize(
    ("language", "count", "age_min", "said"),
    [
        pytest.param("en", 98, 0, "98 outages3 s ago", id="both find room"),
        pytest.param("en", 98, 18, "9818 min ago", id="the word goes"),
        pytest.param("zh", 98, 18, "98起停电18分前", id="both find room in Chinese"),
        pytest.param("zh", 1284, 59, "1,28459分前", id="the word goes in Chinese"),
        pytest.param("en", 128_400, 599, "9 h 59 min ago", id="the age stays to the last"),
    ],
)
def test_the_foot_of_a_tile_finds_room(
    wall: Wall, serving: Serving, language: str, count: int, age_min: int, said: str
) -> None:
    bodies = outages_only(age_s=60 * age_min + 3)
    serving.house.show(**{**bodies, "outages": {**bodies["outages"], "count": count}})
    opened(wall, serving, language)
    expect(wall.page.locator(FOOT)).to_have_text(said)
    assert wall.page.locator(FOOT).evaluate("line => line.scrollWidth <= line.clientWidth")


def test_the_target_of_a_rate_is_shortened_beside_a_long_age(wall: Wall, serving: Serving) -> None:
    bodies = {name: dict(part.body) for name, part in picture().items()}
    columns = bodies["sources"]["columns"]
    old = [at - 59 * 60_000 for at in columns["as_of"]]
    serving.house.show(sources={"columns": {**columns, "as_of": old, "fresh_s": [86_400.0] * 3}})
    opened(wall, serving, "en")
    foot = wall.page.locator(".tile[data-key=arrival_on_time_rate] .line.base").last
    expect(foot).to_have_text("≥98%59 min ago")
    assert foot.evaluate("line => line.scrollWidth <= line.clientWidth")


OLD_H, LATE_H = 9.99, 48.5


@pytest.mark.parametrize(
    ("name", "language", "age_h"),
    [
        ("main", "en", OLD_H),
        ("main", "zh", LATE_H),
        ("near", "en", LATE_H),
        ("far", "en", LATE_H),
        ("far", "zh", OLD_H),
    ],
)
def test_each_of_its_walls_is_legible(wall: Wall, serving: Serving, name: str, language: str, age_h: float) -> None:
    serving.house.show(**outages_only(age_s=3600 * age_h))
    opened(wall, serving, language, name)
    if name != "far":  # it has no map on its first screen
        expect(wall.page.locator(POINTS)).to_have_count(2 * 29)
    assert list(map(str, faults(wall.page))) == []
