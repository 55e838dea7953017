"""The lab of hotspots: what it says of a look, of an address it can not use, and to who asks while another looks."""

import re
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from dashboard.pages import hotspots_lab
from kpis.types import Refusal
from store.facts.errors import StoreError
from tests.browser.serving import Serving
from tests.dashboard_pages.city import DeskHouse
from tests.dashboard_pages.hotspot_answers import hotspot_house, in_lab

ENGLISH = re.compile(r"[A-Za-z]{3,} [A-Za-z]{2,}")  # two words of it


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DeskHouse]:
    one = hotspot_house(tmp_path_factory.mktemp("lab"))
    yield one
    one.close()


@pytest.fixture
def desk(shared: DeskHouse) -> DeskHouse:
    shared.answers["hotspots lab"] = in_lab
    return shared


def said(desk: DeskHouse, search: str) -> dict[str, str]:
    found = hotspots_lab.ANSWERS["hotspots-lab"](desk, search, {})["html"]
    return {id_: re.sub(r"(<[^>]+>)+", "|", text).strip("|") for id_, text in found.items()}


def test_both_numbers_are_said_and_by_which_threshold(desk: DeskHouse) -> None:
    told = said(desk, "run=1&lang=en")
    assert "the scan would have raised 1 and watched 1; the rule would have raised 3" in told[hotspots_lab.HEADING]
    assert "threshold as in use, from 300 permuted histories" in told[hotspots_lab.HEADING]
    assert re.search(r"Hukou Line\|+9\|+yes", told[hotspots_lab.RULE]) and "no" in told[hotspots_lab.RULE]
    other = said(desk, "run=1&lang=en&radius=8")
    assert "threshold of the site's own radius" in other[hotspots_lab.HEADING]


@pytest.mark.parametrize(
    ("search", "zh", "en"),
    [
        pytest.param("at=yesterday", "at=yesterday，不是时间", "at=yesterday: is no time", id="no time"),
        pytest.param("at=9999-12-31", "at=9999-12-31，超出可查的时间", "write a year from 1900 on", id="year 9999"),
        pytest.param("budget=none", "budget=none，不是数", "budget=none: is no number", id="no number"),
        pytest.param("budget=nan", "可试0.01到30", "budget=nan: 0.01 to 30 can be tried", id="not a number at all"),
        pytest.param("radius=900", "可试0.1到200", "radius=900: 0.1 to 200 can be tried", id="too wide"),
        pytest.param("days=99", "可试1到28", "days=99: 1 to 28 can be tried", id="too long"),
        pytest.param("by=street", "可用的有feeder", "there are feeder, transformer_area, grid", id="no kind of place"),
        pytest.param("demand=wish", "可用的有complaint", "there are complaint, opinion", id="no demand"),
        pytest.param("at=" + "9" * 5000, "9…，不是时间", "9…: is no time", id="very long"),
        pytest.param("n=<script>x</script>", "不是数", "is no number", id="a script"),
    ],
)
def test_a_mistake_in_the_address_is_said_in_the_reader_s_language(
    desk: DeskHouse, search: str, zh: str, en: str
) -> None:
    asked = len(in_lab.seen)
    assert en in said(desk, f"run=1&lang=en&{search}")[hotspots_lab.HEADING]
    told = said(desk, f"run=1&{search}")[hotspots_lab.HEADING]
    assert zh in told and not ENGLISH.search(told) and len(told) < 120
    raw = hotspots_lab.ANSWERS["hotspots-lab"](desk, f"run=1&{search}", {})["html"][hotspots_lab.HEADING]
    assert "<script" not in raw
    assert len(in_lab.seen) == asked, "nothing was looked at"


@pytest.mark.parametrize(
    ("error", "zh"),
    [
        pytest.param(Refusal("radius_urban_km: too small"), "这些设置不能一起试", id="refused"),
        pytest.param(StoreError("the facts are busy"), "数据暂时读不出", id="no facts"),
    ],
)
def test_a_look_that_can_not_be_taken_says_so_in_chinese(desk: DeskHouse, error: Exception, zh: str) -> None:
    def fails(_args: Mapping[str, Any]) -> Any:
        raise error

    desk.answers["hotspots lab"] = fails
    told = said(desk, "run=1")[hotspots_lab.HEADING]
    assert zh in told and not ENGLISH.search(told)
    desk.answers["hotspots lab"] = in_lab
    assert "扫描" in said(desk, "run=1")[hotspots_lab.HEADING], "the place is free again"


@pytest.mark.parametrize(
    ("at", "as_of", "shown"),
    [
        pytest.param("2026-11-18T09:00", "2026-11-18T09:00:00+08:00", "2026-11-18T09:00", id="the site's"),
        pytest.param("2026-11-18T09:00%2B02:00", "2026-11-18T09:00:00+02:00", "2026-11-18T15:00", id="with an offset"),
        pytest.param("2026-11-18T09:00+02:00", "2026-11-18T09:00:00+02:00", "2026-11-18T15:00", id="its plus a space"),
        pytest.param("2026-11-18T01:00Z", "2026-11-18T01:00:00+00:00", "2026-11-18T09:00", id="of Greenwich"),
        pytest.param("2026-11-18+09:00", "2026-11-18T09:00:00+08:00", "2026-11-18T09:00", id="a space for the T"),
    ],
)
def test_a_time_keeps_its_offset(desk: DeskHouse, at: str, as_of: str, shown: str) -> None:
    answer = hotspots_lab.ANSWERS["hotspots-lab"](desk, f"run=1&at={at}", {})
    assert (in_lab.seen[-1]["as_of"], answer["at"]) == (as_of, shown)


def test_a_demand_named_twice_counts_once(desk: DeskHouse) -> None:
    said(desk, "run=1&demand=complaint&demand=opinion&demand=complaint")
    assert in_lab.seen[-1]["categories"] == ["complaint", "opinion"]


def test_one_look_at_a_time_and_no_other_page_waits_for_it(desk: DeskHouse) -> None:
    began, go_on = threading.Event(), threading.Event()

    def slow(args: Mapping[str, Any]) -> Any:
        began.set()
        assert go_on.wait(60)
        return in_lab(args)

    desk.answers["hotspots lab"] = slow
    serving = Serving(desk)
    serving.start()
    try:
        with httpx.Client(base_url=serving.url, timeout=60) as client, ThreadPoolExecutor(1) as first:
            looking = first.submit(client.get, "/answer/hotspots-lab?run=1")
            assert began.wait(60)
            for _ in range(6):  # more than there are threads for answers
                told = client.get("/answer/hotspots-lab?run=1").json()
                assert told["busy"] and "另有人正在扫描" in told["html"][hotspots_lab.HEADING]
            assert "还没有扫描" in client.get("/answer/hotspots-lab").json()["html"][hotspots_lab.HEADING]
            assert client.get("/answer/hotspots").status_code == 200
            go_on.set()
            assert not looking.result(60).json()["empty"]
            assert not client.get("/answer/hotspots-lab?run=1").json()["empty"]
    finally:
        go_on.set()
        serving.stop()
