"""Page Sources: what stands of each source, what is promised, what waits in quarantine; and who sees the values."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

import source_book
import telemetry
from collectors.batch import REJECTS
from dashboard import guard
from dashboard.pages import sources
from kpis.doubts import Doubt
from store.facts.suspicion import SAID, Told
from store.scope import Scope
from tests.dashboard_pages import city
from tests.dashboard_pages.test_rules import ANSWERS, AskedHouse, words
from tests.store_facts.made import batch

ANSWERS.update(source_book.ANSWERS)
SUSPECT: dict[str, Any] = {
    "mapping": "gd->outages", "listed": 1000, "open": 1030, "many": 30, "back": 4, "reads": 2, "column": "sj",
    "minutes": 480, "rows": 20_000, "key": "77", "other": "gd_old",
}  # fmt: skip


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AskedHouse]:
    folder: Path = tmp_path_factory.mktemp("sources")
    made = city.house(folder, 50)
    one = AskedHouse(made.settings, site_now=city.NOW, phones=made.phones)
    one.facts, one.ledger = made.facts, made.ledger
    name = next(iter(one.settings.sources))
    mapping = f"{one.settings.sources[name].tables[0].table}->work_orders"
    bad = {"source": name, "source_key": "77", "mapping": mapping, "field": "category", "value": "Q9"}
    rejects = pa.Table.from_pylist([bad | {"reason": "code `Q9` is in no code table"}], schema=REJECTS)
    given: dict[str, Any] = {"source_now": city.NOW - timedelta(minutes=30), "read_at": city.NOW, "whole": True}
    rows = [{"source": name, "source_key": str(n)} for n in range(3)]
    one.facts.merge(replace(batch("work_orders", rows, rejects=rejects, **given), source=name, mapping=mapping), {})
    one.tick()
    yield one
    one.close()


def test_each_source_says_how_old_it_is_against_its_promise_and_what_it_holds(house: AskedHouse) -> None:
    said = words(sources.body(house, "?lang=en"))
    name = next(iter(house.settings.sources))
    assert name in said
    assert "30 min old; promised: at most " in said
    assert "late" in said
    told = source_book.answer(house, Scope.everything("test"), {})["sources"][0]
    assert (told["is_late"], told["age_s"], told["tables"][0]["rows"], told["tables"][0]["gone"]) == (
        True,
        1800.0,
        3,
        0,
    )


def test_a_source_that_can_not_be_read_says_since_when_and_why(house: AskedHouse) -> None:
    name = next(iter(house.settings.sources))
    house.facts.record_error(name, f"source `{name}`: no answer in 60 s", city.NOW)
    said = words(sources.body(house, "?lang=en"))
    assert "can not be read" in said
    assert f"source `{name}`: no answer in 60 s" in said


def test_a_bell_is_shown_with_its_rings_and_says_when_it_is_not_heard(house: AskedHouse) -> None:
    name, source = next(iter(house.settings.sources.items()))
    with_bell = source.model_copy(update={"bell": "lightkeeper"})
    usual = house.settings
    house.settings = usual.model_copy(update={"sources": {name: with_bell}})
    heard = telemetry.SOURCE_BELL_HEARD.labels(name)
    try:
        telemetry.SOURCE_RINGS.labels(name).set(7)
        heard.set(1)
        assert "lightkeeper: heard; 7 rings since the start" in words(sources.body(house, "?lang=en"))
        heard.set(0)
        assert "not heard; the source is asked at its pace" in words(sources.body(house, "?lang=en"))
        assert "变更通知" in words(sources.body(house, "?lang=zh"))
    finally:
        house.settings = usual
    assert "bell" not in words(sources.body(house, "?lang=en"))


def test_what_is_hard_to_believe_is_said_in_both_languages(house: AskedHouse) -> None:
    name = next(iter(house.settings.sources))
    about = {"n": 3, "usual": 40, "start": city.NOW - timedelta(hours=4), "stop": city.NOW - timedelta(hours=1)}
    fell = {"table": "work_orders", "columns": ["crew", "station"], "n": 60}
    doubts = [
        Doubt(name, "unusual_volume", about, city.NOW), Doubt(name, "column_fell_empty", fell, city.NOW),
        Doubt(name, "scale_moved", {"channel": "sms", "scales": ["1-10", "1-5"]}, city.NOW),
        Doubt(name, "restored_at_the_estimate", {"n": 12, "equal": 9}, city.NOW),
        *(Told(name, what, SUSPECT, city.NOW) for what in SAID),
    ]  # fmt: skip
    house.facts.doubt(doubts)
    try:
        said, zh = words(sources.body(house, "?lang=en")), words(sources.body(house, "?lang=zh"))
    finally:
        house.facts.doubt([])
    assert re.search(r"3 orders from \d\d:\d\d to \d\d:\d\d, usually 40", said)
    assert "crew, station of work_orders: empty in all 60 rows" in said
    assert "1-10, 1-5" in said
    assert "12次停电中有9次" in zh
    assert "gd->outages: the read stops at exactly 1000 rows, as if it were cut" in said
    assert "gd->outages：读取恰好止于1000行" in zh
    assert "数据源时钟相对本机跳变480分钟" in zh


def test_what_comparing_found_is_counted_by_kind_and_listed_for_who_sees_every_unit(house: AskedHouse) -> None:
    name = next(iter(house.settings.sources))
    at = city.NOW - timedelta(minutes=5)
    house.facts._db.execute(
        "INSERT INTO differences (source, mapping, source_key, kind, look, found_at) VALUES (?, 'm', '4711', "
        "'deleted', 'open', ?), (?, 'm', '4712', 'late', 'recent', ?)",
        [name, at, name, at],
    ).fetchall()
    said = words(sources.body(house, "?lang=en"))
    assert re.search(r"(deleted 1, came late 1|came late 1, deleted 1)", said)
    assert "4711" in said
    token = guard._scope.set(Scope("li", ("C1",), role="manager"))
    try:
        assert "4711" not in words(sources.body(house, "?lang=en"))
    finally:
        guard._scope.reset(token)


def test_values_in_quarantine_are_counted_for_all_and_shown_to_who_sees_every_unit(house: AskedHouse) -> None:
    for units, shown in ((None, True), (("C1",), False)):
        token = guard._scope.set(Scope("li", units, role="manager"))
        try:
            said = words(sources.body(house, "?lang=en"))
        finally:
            guard._scope.reset(token)
        assert "code `Q9` is in no code table" in said
        assert ("Show the values" in said, "77" in said) == (shown, shown)
