"""Addresses written by hand: every page answers in the reader's language, says what it left out, and runs nothing."""

import html
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

import pytest

from dashboard.answers import Answering
from dashboard.pages import hotspots, outages, repeats, satisfaction, stations
from tests.dashboard_pages.city import NOW, DeskHouse
from tests.dashboard_pages.facts import filled
from tests.dashboard_pages.hotspot_answers import LISTED, answers, hotspot_house
from tests.dashboard_pages.outages import tables

PAGES: Final[Mapping[str, Mapping[str, Answering]]] = {
    "hotspots": hotspots.ANSWERS,
    "repeats": repeats.ANSWERS,
    "satisfaction": satisfaction.ANSWERS,
    "outages": outages.ANSWERS,
    "stations": stations.ANSWERS,
}
ENGLISH: Final = re.compile(r"[A-Za-z]{3,} [a-z]{2,} [a-z]{2,}")  # three words of a sentence
SCRIPT: Final = "%3Cscript%3Ealert(1)%3C/script%3E"
# Several mistakes in each, because a page takes a second, and what its notice says of them.
ODD: Final = {
    f"unit={SCRIPT}&category=wish&period=never&by_hour=99&by_nothing=1": (
        "unit=<script>alert(1)</script>", "category=wish", "period=never", "by_hour=99", "by_nothing=1",
    ),
    "unit=" + "x" * 5000 + "&from=2026-11-30&to=2026-01-01": ("unit=" + "x" * 40 + "用不了", "from=2026-11-30"),
    "unit=%00%FF&from=0000-00-00&to=9999-12-31": ("unit=\x00\ufffd", "from=0000-00-00", "to=9999-12-31"),
    "unit=&category=&period=&&=&&from=9998-12-01&to=9998-12-30": (),
}  # fmt: skip


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DeskHouse]:
    """The city with outages and hotspots."""
    folder = tmp_path_factory.mktemp("odd")
    one = hotspot_house(folder)
    one.answers = answers(*LISTED)
    one.facts.close()
    one.facts = filled(folder, tables(), NOW)
    yield one
    one.close()


def told(desk: DeskHouse, page: str, search: str) -> dict[str, str]:
    """Every text of the page and of its parts, as HTML."""
    found: dict[str, Any] = {}
    for answer in PAGES[page].values():
        found |= answer(desk, search, {})["html"]
    return found


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("search", ODD, ids=lambda search: search[:24])
def test_an_odd_address_is_answered_in_chinese_and_what_is_left_out_is_said(
    desk: DeskHouse, page: str, search: str
) -> None:
    texts = told(desk, page, search)
    assert not [id_ for id_, text in texts.items() if "<script" in text]
    plain = {id_: html.unescape(re.sub(r"<[^>]+>", "\n", text)) for id_, text in texts.items()}
    notice = plain[f"{page}-notice"]
    assert all(said in notice for said in ODD[search]) and notice.count("用不了") == len(ODD[search])
    assert {id_: ENGLISH.findall(text) for id_, text in plain.items() if ENGLISH.search(text)} == {}
    assert sum(1 for text in plain.values() if text.strip()) > 3, "the page is not blank"


@pytest.mark.parametrize(
    "search", ["no=abc", "no=-1", "no=99", f"no={'9' * 400}", "key=zzz", f"key={SCRIPT}", "state=odd"]
)
def test_a_hotspot_or_state_that_nobody_knows_is_said_and_the_rarest_shown(desk: DeskHouse, search: str) -> None:
    texts = told(desk, "hotspots", search)
    word, value = search.split("=")
    said = html.unescape(texts["hotspots-notice"])
    assert f"{word}=" in said and "用不了" in said and len(said) < 300
    assert value[:3] in said or "<script>" in said
    assert "意见" in texts["hotspots-one"] and "<script" not in "".join(texts.values())
