"""Mappings of one source are kept apart: their names, their pauses, their faults."""

import re
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from collectors.check import check_source
from collectors.collector import BACK_OFF_FATAL_S, Collector
from collectors.program import fingerprint
from collectors.reach import unforeseen
from settings_sources import Source, mapping_id
from tests.collectors.rig import ORDERS, START, Rig
from tests.collectors.test_collector import wait_for

PLAIN = {"into": "work_orders", "table": "gd", "key": "no", "columns": {"order_no": "no"}}
CODES = {"category": {"0": "fault_report"}, "unused": {"1": "x"}}


def source_of(*tables: Mapping[str, Any], **body: Any) -> Source:
    return Source.model_validate({"url": "sqlite:///none.db", "codes": CODES, "tables": tables} | body)


def ids(*tables: Mapping[str, Any]) -> list[str]:
    made = source_of(*tables).tables
    return [mapping_id(mapping, made) for mapping in made]


def test_mappings_of_one_table_have_names_of_their_own() -> None:
    assert ids(PLAIN) == ["gd->work_orders"]
    assert ids(PLAIN | {"where": {"kind": "2", "a": 1}}, PLAIN | {"where": {"a": 2}}, PLAIN) == [
        "gd->work_orders where a=1, kind='2'",
        "gd->work_orders where a=2",
        "gd->work_orders",
    ]
    assert ids(PLAIN, PLAIN | {"key": ["no", "kind"]}) == ["gd->work_orders by no", "gd->work_orders by no, kind"]


def test_mappings_that_differ_in_where_keep_watermarks_and_lists_of_their_own(sqlite_rig: Rig) -> None:
    sqlite_rig.write("1", kind="0")
    sqlite_rig.write("2", kind="2")
    first, second = ({**PLAIN, "where": {"kind": kind}} for kind in "02")
    sqlite_rig.source = source_of(first, second, url=f"sqlite:///{sqlite_rig.url.database}")
    sqlite_rig.poller = type(sqlite_rig.poller)("gd", sqlite_rig.source, b"")
    for _ in range(2):
        reply = sqlite_rig.poller.poll({0: None, 1: None}, START)
        assert [sqlite_rig.facts.merge(batch, {}).vanished for batch in reply.batches] == [0, 0]
    assert [row["gone_at"] for row in sqlite_rig.rows()] == [None, None]


def test_two_mappings_that_are_one_are_told(sqlite_rig: Rig) -> None:
    checked = check_source("gd", source_of(PLAIN, PLAIN, url=f"sqlite:///{sqlite_rig.url.database}"))
    assert "source `gd`: 2 mappings are `gd->work_orders` with the same key; make them one" in checked.notes


def test_a_fingerprint_changes_with_what_decides_a_row_and_with_nothing_else() -> None:
    known = fingerprint(source_of(ORDERS), 0, "key")
    same = [
        source_of(ORDERS, poll_s=9),
        source_of({**ORDERS, "every_s": 60}),
        source_of(ORDERS, codes=CODES | {"unused": {}}),
    ]
    assert {fingerprint(source, 0, "key") for source in same} == {known}
    other = [
        source_of(ORDERS, zone="Europe/Berlin"),
        source_of({**ORDERS, "time_format": None}),
        source_of(ORDERS, codes=CODES | {"category": {"0": "complaint"}}),
    ]
    assert len({known, fingerprint(source_of(ORDERS), 0, "k2")} | {fingerprint(s, 0, "key") for s in other}) == 5


@pytest.fixture
def halves(sqlite_rig: Rig) -> Iterator[Collector]:
    """A source of which only the second mapping can not be read."""
    sqlite_rig.write("1", kind="0")
    lost = {**PLAIN, "table": "lost"}
    made = Collector(
        "gd", source_of(ORDERS, lost, url=f"sqlite:///{sqlite_rig.url.database}"), b"", lambda: START, lambda: 1.0
    )
    yield made
    made.stop()


def test_only_the_mapping_that_failed_backs_off(halves: Collector) -> None:
    for mono, due in ((0.0, [0, 1]), (100.0, [0, 1])):
        assert halves.due(mono) == due
        halves.ask(dict.fromkeys(due), mono)
        reply = wait_for(partial(halves.take, mono))
        assert {batch.mapping for batch in reply.batches} == {"gd->work_orders"}
        assert reply.failed == {1}
        assert reply.error is not None
        assert reply.error.mapping == "lost->work_orders"
        assert halves.failures == 0
        assert halves.due(halves._due[0]) == [0]
        assert halves._due[1] >= mono + BACK_OFF_FATAL_S
    halves.ask({1: None}, 200.0)  # alone: its fault is still not that of the source
    assert wait_for(lambda: halves.take(200.0)).failed == {1}
    assert halves.due(201.0) == [0]


def test_an_unforeseen_error_is_told_by_type_and_place_without_values(sqlite_rig: Rig) -> None:
    sqlite_rig.write("1", kind="0")
    sqlite_rig.poller.projector.db.close()
    reply = sqlite_rig.ask()
    assert reply.failed == {0}
    said = r"source `gd`: ConnectionException at collectors/project\.py:\d+ while reading; tell the developers"
    assert re.fullmatch(said, str(reply.error))
    try:
        int("13800138000x")
    except ValueError as error:
        assert re.match(
            r"source `gd`: ValueError at tests/collectors/test_apart\.py:\d+ ", str(unforeseen("gd", error))
        )
        assert "13800" not in str(unforeseen("gd", error))


def test_a_sqlite_file_that_is_removed_is_told_and_one_that_is_replaced_is_read(sqlite_rig: Rig) -> None:
    file = Path(str(sqlite_rig.url.database))
    sqlite_rig.write("1", kind="0")
    sqlite_rig.poll()
    aside = file.with_suffix(".old")
    file.rename(aside)
    reply = sqlite_rig.ask()
    assert reply.error is not None
    assert reply.error.fatal
    assert str(reply.error) == f"source `gd`: there is no file {file}; create it or mend the url"
    aside.rename(file)
    assert sum(m.rows_read for m in sqlite_rig.poll()) == 1
    copy = file.with_suffix(".new")
    copy.write_bytes(file.read_bytes())
    engine = sa.create_engine(f"sqlite:///{copy}")
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE gd SET no = '2'"))
    engine.dispose()
    copy.replace(file)
    sqlite_rig.poll()
    assert [row["source_key"] for row in sqlite_rig.rows()] == ["1", "2"]
