"""The page Hotspots: what it says of an answer, why it says nothing, and what its buttons store."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from dashboard import exports, guard
from dashboard.components import alert_list
from dashboard.components import hotspot_acts as acts
from dashboard.components import hotspot_drawn as drawn
from dashboard.components import hotspot_layout as layout
from dashboard.components import hotspot_words as words
from dashboard.components.alert_words import Reading as AlertReading
from dashboard.components.export_lists import BadFilter
from dashboard.components.hotspot_list import named
from dashboard.components.hotspot_page import page_of
from dashboard.components.order_answers import understand
from dashboard.components.units import Units
from dashboard.components.view import view_of
from dashboard.pages import hotspots
from store.ledger import StoreError, supervision
from store.ledger.queries import open_alerts
from store.scope import Scope
from tests.dashboard_pages.city import NOW, ZONE, DeskHouse
from tests.dashboard_pages.hotspot_answers import LISTED, PERSONAL, WIDE, answers, hotspot, hotspot_house, in_full


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DeskHouse]:
    one = hotspot_house(tmp_path_factory.mktemp("hotspots"))
    yield one
    one.close()


@pytest.fixture
def desk(shared: DeskHouse) -> Iterator[DeskHouse]:
    """With hotspots of its own; alerts are the file's."""
    before = shared.answers
    alert = open_alerts(shared.ledger)[0]
    first, second, third = LISTED
    shared.answers = answers(first, second | {"alert_id": alert["id"]}, third)
    yield shared
    shared.answers = before


P_VALUE = re.compile(r"\bp\s*[=<≤]|[pP][ -]?(value|值)|significan|显著")


def said(desk: DeskHouse, search: str) -> dict[str, str]:
    """The page's texts without their tags."""
    found = hotspots.ANSWERS["hotspots"](desk, search, {})["html"]
    return {id_: re.sub(r"(<[^>]+>)+", "|", text).strip("|") for id_, text in found.items()}


def reading(language: str = "zh") -> words.Reading:
    return words.Reading(view_of({"lang": language}, "zh"), Units(()), ZONE, NOW)


@pytest.mark.parametrize(
    ("language", "headline", "rare"),
    [
        ("zh", "湖口线低电压投诉3天14件，往常约3件", "若纯属偶然，全市约3年才出现一次。"),
        ("en", "Hukou Line: 低电压 (complaint), 14 in 3 days, usually about 3", "about once in 3 years in the whole"),
    ],
)
def test_the_headline_says_what_where_how_many_and_how_rarely(
    desk: DeskHouse, language: str, headline: str, rare: str
) -> None:
    one = said(desk, f"no=12&lang={language}")[layout.ONE]
    assert headline in one and rare in one


@pytest.mark.parametrize("search", ["no=12", "key=k77", "state=all&no=3"])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_no_place_of_the_page_says_a_p_value(desk: DeskHouse, search: str, language: str) -> None:
    desk.answers = answers(*LISTED, wide=[WIDE])
    places = said(desk, f"{search}&lang={language}")
    assert {layout.LIST, layout.PROMISE, layout.WIDE, layout.ONE, layout.WORDS, layout.HISTORY} <= set(places)
    assert {id_: text for id_, text in places.items() if P_VALUE.search(text)} == {}


def test_growth_customers_outage_and_completeness_are_said(desk: DeskHouse) -> None:
    one = said(desk, "no=12&lang=en")[layout.ONE]
    for told in ("growing: 5 in the last 6 h", "11 customers", "no open outage there", "records 92 % complete"):
        assert told in one


def test_the_rarest_is_looked_at_until_the_address_names_another(desk: DeskHouse) -> None:
    assert "意见" in said(desk, "")[layout.ONE]
    assert "湖口线" in said(desk, "no=12")[layout.ONE]
    assert "全部诉求" in said(desk, "key=k77")[layout.ONE]


def test_a_page_that_asks_again_keeps_the_one_it_shows(desk: DeskHouse) -> None:
    found = {"hotspots": [{"number": 7, "key": "n7"}, {"number": 3, "key": "n3"}]}
    assert named(found, {}) == {"number": 7}
    assert named(found, {}, "3") == {"number": 3}
    assert named(found, {}, "w1") == {"key": "w1"}
    assert named(found, {"no": "5"}, "3") == {"number": 5}, "the address comes first"
    with desk.reader(guard.current_scope()) as reader:
        gone = page_of(desk, reader, "", held="9" * 30)
    assert (gone.one or {}).get("number") == LISTED[0]["number"]
    assert gone.faults == ()


def test_one_that_nobody_knows_is_said_and_the_rarest_shown(desk: DeskHouse) -> None:
    told = said(desk, "no=99")
    assert "no=99" in told[layout.NOTICE] and "意见" in told[layout.ONE]


def test_the_list_has_shape_word_and_rarity_of_each(desk: DeskHouse) -> None:
    html = hotspots.ANSWERS["hotspots"](desk, "", {})["html"][layout.LIST]
    assert re.findall(r'aria-label="(严重|告警|观察)"', html) == ["严重", "告警", "观察"]
    told = said(desk, "")
    assert "约20天一遇" in told[layout.LIST] and "10年以上一遇" in told[layout.LIST]
    assert "相对" in told[layout.LIST]
    assert told[layout.COUNTS] == "2处告警，1处观察，计至13:32"


def test_the_measured_rate_stands_beside_the_setting(desk: DeskHouse) -> None:
    told = said(desk, "lang=en")[layout.PROMISE]
    budget = "budget: one false hotspot a month for the whole utility, 0.8 of it for single places"
    assert told.startswith(f"{budget}; of these measured 0.9 (0.6–1.4)|")
    assert "on 300 permuted histories" in told and "of unknown place 7" in told


@pytest.mark.parametrize(
    ("search", "held"),
    [
        pytest.param("", ["13", "12", "k77"], id="those that stand"),
        pytest.param("state=all", ["13", "12", "k77", "3"], id="also ended"),
        pytest.param("category=opinion", ["13"], id="a category"),
        pytest.param("unit=C4", ["12"], id="a county"),
        pytest.param("unit=S1", ["13"], id="a station"),
    ],
)
def test_the_address_narrows_the_list(desk: DeskHouse, search: str, held: list[str]) -> None:
    html = hotspots.ANSWERS["hotspots"](desk, search, {})["html"][layout.LIST]
    assert re.findall(r"(?:no|key)=(\w+)", html) == held


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        pytest.param({}, "No hotspot stands. Last look 12 min ago.", id="nothing"),
        pytest.param(
            {"state": "not_enough_history", "missing": {"days": 9, "cases": 12}},
            "9 days and 12 cases are missing (28 days and 30 cases are needed)",
            id="too little",
        ),
        pytest.param({"state": "calibrating"}, "until then nobody is alerted", id="calibrating"),
        pytest.param({"state": "off"}, "switched off in the settings", id="off"),
        pytest.param({"state": "never", "looked_at": None, "until": None}, "Nothing was looked at yet", id="never"),
        pytest.param({"calibration": None}, "not measured yet", id="no measured rate"),
    ],
)
def test_an_empty_page_says_what_would_be_here_and_why_it_is_not(
    desk: DeskHouse, more: dict[str, Any], sentence: str
) -> None:
    desk.answers = answers(**more)
    told = said(desk, "lang=en")
    assert sentence in " ".join((told[layout.LIST], told[layout.PROMISE]))
    assert "Places stand here" in told[layout.LIST] and "would stand here" in told[layout.ONE]
    assert told[layout.ORDERS] == "" and told[layout.HISTORY] == ""


def test_while_the_threshold_is_measured_what_is_watched_is_listed_under_a_notice(desk: DeskHouse) -> None:
    desk.answers = answers(LISTED[2], state="calibrating")
    told = said(desk, "lang=en")
    assert "until then nobody is alerted" in told[layout.NOTICE] and "Chengxi" in told[layout.LIST]


def test_a_wide_rise_stands_below_the_list(desk: DeskHouse) -> None:
    desk.answers = answers(wide=[WIDE])
    assert "whole utility|alert" in said(desk, "lang=en")[layout.WIDE]
    assert "18–41" in said(desk, "lang=en")[layout.WIDE]


RARITIES = [
    (9.2, "once in 9 days", "约9天一遇"),
    (1.0, "once in 1 day", "约1天一遇"),
    (180.0, "once in 6 months", "约6个月一遇"),
    (1110.0, "once in 3 years", "约3年一遇"),
    (3650.0, "less than once in 10 years", "10年以上一遇"),
    (None, "—", "—"),
]


@pytest.mark.parametrize(("days", "en", "zh"), RARITIES)
def test_rarity_is_said_in_the_reader_s_words(days: float | None, en: str, zh: str) -> None:
    one = {"recurrence_d": days}
    assert (words.rarity(reading("en"), one), words.rarity(reading(), one)) == (en, zh)


def test_what_is_weak_now_has_no_number() -> None:
    one = {"recurrence_d": 2.4, "recurrence_is_below": True}
    assert words.rarity(reading("en"), one) == "once in 3 days or oftener"


@pytest.mark.parametrize(
    ("path", "zh", "en"),
    [
        ([], "全部诉求", "all demands"),
        (["complaint"], "投诉", "complaint"),
        (["complaint", "供电质量投诉"], "供电质量投诉", "供电质量投诉 (complaint)"),
        (["complaint", "voltage"], "voltage投诉", "voltage (complaint)"),
        (["complaint", "Voltage complaint"], "Voltage complaint投诉", "Voltage complaint"),
    ],
)
def test_a_category_is_named_once(path: list[str], zh: str, en: str) -> None:
    assert (words.matter(reading(), path), words.matter(reading("en"), path)) == (zh, en)


def test_the_chart_s_last_day_is_open_only_today() -> None:
    chart = drawn.chart(reading(), in_full(hotspot()))
    assert len(chart["x"]) == 28 and chart["open"] and chart["since"] == "2026-11-17"
    past = reading()
    later = words.Reading(past.view, past.units, ZONE, NOW + timedelta(days=1))
    assert not drawn.chart(later, in_full(hotspot()))["open"]


def test_the_ring_is_as_wide_as_its_radius_at_its_latitude() -> None:
    ring = drawn.ring_of({"kind": "circle", "lon": 119.5, "lat": 60.0, "radius_km": 11.132})
    north, east = max(p[1] for p in ring) - 60.0, max(p[0] for p in ring) - 119.5
    assert abs(north - 0.1) < 1e-4 and abs(east - 0.2) < 1e-3 and ring[0] == ring[-1]
    assert drawn.ring_of({"kind": "feeder", "lon": 119.5, "lat": 30.0, "radius_km": None}) == []


def test_a_place_without_coordinates_is_in_the_table_and_not_on_the_map() -> None:
    one = in_full(hotspot())
    one["members"][0] |= {"lon": None, "lat": None}
    made = drawn.map_of(reading(), one, [])
    assert len(made["members"]) == 4 and made["box"] is not None
    for member in one["members"]:
        member |= {"lon": None, "lat": None}
    one["zone"] = {"kind": "feeder", "code": "F10", "radius_km": None, "lon": None, "lat": None}
    assert drawn.map_of(reading(), one, [])["box"] is None


def test_stations_far_away_are_left_off_the_map() -> None:
    stations = [{"code": c, "parent": "C4", "lon": lon, "lat": 30.41} for c, lon in (("S10", 119.6), ("S1", 121.0))]
    assert [s["name"] for s in drawn.map_of(reading(), in_full(hotspot()), stations)["stations"]] == ["S10"]


# ---------------------------------------------------------------- answers
WROTE = acts.Wrote("张三", "已派人查看")


@pytest.mark.parametrize("act", [acts.TAKE, acts.TAKEN_UP])
def test_who_answers_a_hotspot_takes_its_alert_too(tmp_path: Path, act: str) -> None:
    desk = hotspot_house(tmp_path)
    try:
        done = hotspots.act(desk, "", act, {"number": 12}, WROTE)
        assert not done.wrong
        one = desk.ask(Scope.everything("test"), "hotspot", {"number": 12})
        assert (one["answer"], one["answered_by"]) == (acts.ANSWER[act], "张三")
        alert = next(a for a in open_alerts(desk.ledger) if a["id"] == one["alert_id"])
        assert (alert["state"], alert["acknowledged_by"], alert["note"]) == ("acknowledged", "张三", "已派人查看")
    finally:
        desk.close()


def test_no_hotspot_leaves_the_alert_to_fade(tmp_path: Path) -> None:
    desk = hotspot_house(tmp_path)
    try:
        assert not hotspots.act(desk, "", acts.NONE, {"number": 12}, WROTE).wrong
        assert open_alerts(desk.ledger)[0]["state"] == "raised"
    finally:
        desk.close()


@pytest.mark.parametrize(
    ("shown", "wrote", "sentence"),
    [
        pytest.param({"number": 12}, acts.Wrote(" ", ""), "whoever answers a hotspot is named", id="nobody is named"),
        pytest.param(None, WROTE, "Open a hotspot first", id="none is shown"),
        pytest.param({"number": None}, WROTE, "Open a hotspot first", id="only watched"),
        pytest.param({"number": 99}, WROTE, "there is none", id="none of that number"),
    ],
)
def test_what_is_refused_says_why(desk: DeskHouse, shown: Any, wrote: acts.Wrote, sentence: str) -> None:
    done = hotspots.act(desk, "lang=en", acts.TAKE, shown, wrote)
    assert done.wrong and sentence in done.text


def test_silence_needs_an_alert_and_a_reason(desk: DeskHouse) -> None:
    assert "nothing to silence" in hotspots.act(desk, "lang=en", acts.QUIET, {"number": 13}, WROTE).text
    assert hotspots.act(desk, "lang=en", acts.QUIET, {"number": 12}, acts.Wrote("张三", "")).wrong
    assert "Silence" in hotspots.act(desk, "lang=en", acts.QUIET, {"number": 12}, WROTE).text


def test_a_supervision_order_goes_to_the_station_with_headline_and_deadline(desk: DeskHouse) -> None:
    done = hotspots.act(desk, "", acts.SUPERVISE, {"number": 12}, acts.Wrote("张三", "查配变", deadline_h=48))
    assert not done.wrong
    one = supervision.listed(desk.ledger)[-1]
    assert (one["unit"], one["issued_by"], one["deadline_at"]) == ("S10", "张三", NOW + timedelta(hours=48))
    assert one["matter"] == "湖口线低电压投诉3天14件，往常约3件 (查配变)"
    assert one["alert_id"] == open_alerts(desk.ledger)[0]["id"]


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        pytest.param({"by": " "}, "nobody is named", id="nobody"),
        pytest.param({"unit": ""}, "no unit is given", id="no unit"),
        pytest.param({"matter": " "}, "no matter is given", id="no matter"),
        pytest.param({"deadline_at": NOW}, "deadline has passed", id="past"),
    ],
)
def test_a_supervision_order_by_hand_is_whole(desk: DeskHouse, more: dict[str, Any], sentence: str) -> None:
    whole: dict[str, Any] = {
        "unit": "S1",
        "matter": "x",
        "deadline_at": NOW + timedelta(hours=1),
        "by": "张三",
        "now": NOW,
    }
    with pytest.raises(StoreError, match=sentence):
        supervision.issue(desk.ledger, **(whole | more))


# ---------------------------------------------------------------- alerts
def test_alert_and_hotspot_link_to_each_other(desk: DeskHouse) -> None:
    number = open_alerts(desk.ledger)[0]["id"]
    html = hotspots.ANSWERS["hotspots"](desk, "no=12", {})["html"][layout.ONE]
    assert f"/alerts?id={number}" in html
    alert = {"subject": "hotspot:12", "order_no": None}
    read = AlertReading(view_of({}, "zh"), Units(()), ZONE, NOW)
    found = [alert_list._hotspot(read, one) for one in (alert, {"subject": "wide_rise:2"})]
    assert [link.href for link in found if link] == ["/hotspots?no=12", "/hotspots"]
    assert alert_list._hotspot(read, {"subject": "orders:12"}) is None


# ---------------------------------------------------------------- files
def listed(desk: DeskHouse, search: str, name: str) -> tuple[list[str], list[dict[str, Any]], tuple[Any, ...]]:
    with desk.reader(Scope.everything("test")) as reader:
        asked = understand(desk, reader, "/hotspots", search, listed=False)
        made = exports.LISTS[name](asked, None)
        (batch,) = made.batches
    rows = batch.to_pylist()
    return [column.label for column in made.columns], rows, made.lines


def test_the_list_is_exported_with_its_setting(desk: DeskHouse) -> None:
    names, rows, lines = listed(desk, "lang=en&state=all", "hotspots")
    assert len(rows) == 4 and len(names) == len(rows[0])
    first = dict(zip(names, rows[1].values(), strict=True))
    assert (first["observed"], first["expected"], first["by chance once in days"]) == (14, 3.1, 1110.0)
    assert first["main words"] == "灯暗, 水泵, 晚上"
    assert any("measured 0.9" in text for _, text in lines)


def test_the_demands_of_one_are_exported_without_anybody_in_them(desk: DeskHouse) -> None:
    names, rows, lines = listed(desk, "lang=en&no=12", "hotspot-orders")
    assert len(rows) == 14 and "order no." in names
    known = in_full(hotspot())["orders"][0]
    cells = {str(cell) for row in rows for cell in row.values()}
    assert not [field for field in PERSONAL if any(known[field] in cell for cell in cells)], (
        "though the answer had them"
    )
    shown = str(hotspots.ANSWERS["hotspots"](desk, "lang=en&no=12", {}))
    assert not [field for field in PERSONAL if known[field] in shown]
    first = dict(zip(names, rows[0].values(), strict=True))
    assert (first["category, level 1"], first["state"]) == ("meter check", "cancelled"), "words, as on the page"
    assert lines[0][1].startswith("Hukou Line")
    with pytest.raises(BadFilter, match="no=99"):
        listed(desk, "lang=en&no=99", "hotspot-orders")
