"""Sources that keep no time of change: an increasing key, or nothing but what tells an open row."""

from collections import Counter
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from collectors.check import check_source
from collectors.decide import Cursor, Plan
from collectors.decide_keys import key_like, next_keys, step_keys
from settings_sources import Mapping as TableMapping
from tests.collectors.rig import ORDERS, START, Rig

SNAPSHOT: Mapping[str, Any] = {
    **{name: value for name, value in ORDERS.items() if name != "changed_at"},
    "open_while_empty": ["due"],
}
INCREASING: Mapping[str, Any] = {**SNAPSHOT, "increasing": True}
CLOSED = "2024-05-01 09:00:00"
QUICK: Mapping[str, Any] = {"overlap_keys": 5, "look_back_keys": 50, "look_back_every_s": 20}


def fill(rig: Rig, first: int, many: int, due: str | None = CLOSED) -> None:
    rig.fill({"no": f"{no:06}", "kind": "0", "due": due} for no in range(first, first + many))


def held(rig: Rig) -> set[str]:
    return {row["source_key"] for row in rig.rows() if row["gone_at"] is None}


def last_queries(rig: Rig) -> Counter[str]:
    """How many rows the next turn reads, by what it is."""
    rig.now += timedelta(seconds=5)
    reply = rig.poller.poll(rig.cursors(), rig.now)
    assert reply.error is None
    return Counter({"open" if b.open_only else "page": b.rows.num_rows for b in reply.batches})


@pytest.mark.parametrize("mapping", [INCREASING, SNAPSHOT])
def test_new_rows_changes_of_open_ones_and_their_end_come_with_polls(rig: Rig, mapping: Mapping[str, Any]) -> None:
    rig.use_own_clock(mapping, **QUICK)
    fill(rig, 1, 200)
    fill(rig, 201, 20, due=None)
    rig.turns(30)
    assert len(held(rig)) == 220
    fill(rig, 221, 5, due=None)
    rig.sql("UPDATE gd SET kind = '2' WHERE no = '000205'")
    rig.sql("UPDATE gd SET due = '2024-05-01 09:00:00' WHERE no = '000206'")
    rig.sql("DELETE FROM gd WHERE no = '000207'")
    assert rig.turns(15) == {"deleted": 1}
    assert rig.row("000225")["order_no"] == "000225"
    assert rig.row("000205")["category"] == "complaint"
    assert rig.row("000206")["given_due_at"] is not None
    assert rig.row("000206")["gone_at"] is None
    assert rig.row("000207")["gone_at"] is not None
    assert rig.turns(40) == {}
    assert set(last_queries(rig)) == ({"page", "open"} if mapping is INCREASING else {"open"})


@pytest.mark.parametrize("mapping", [INCREASING, SNAPSHOT])
def test_an_end_is_seen_though_nothing_else_is_compared(sqlite_rig: Rig, mapping: Mapping[str, Any]) -> None:
    sqlite_rig.use_own_clock(mapping, look_back_s=0)
    fill(sqlite_rig, 1, 20, due=None)
    sqlite_rig.turns(10)
    sqlite_rig.sql("UPDATE gd SET due = '2024-05-01 09:00:00' WHERE no = '000006'")
    sqlite_rig.turns(15)
    assert sqlite_rig.row("000006")["given_due_at"] is not None
    assert sqlite_rig.row("000006")["gone_at"] is None


def test_a_row_whose_key_was_given_long_before_its_commit_is_found(sqlite_rig: Rig) -> None:
    sqlite_rig.use_own_clock(INCREASING, **QUICK)
    fill(sqlite_rig, 1, 100)
    fill(sqlite_rig, 104, 100)
    sqlite_rig.turns(30)
    fill(sqlite_rig, 101, 1, due=None)  # seen among the open rows
    sqlite_rig.turns(5)
    assert "000101" in held(sqlite_rig)
    sqlite_rig.sql("DELETE FROM gd WHERE no IN ('000190', '000202')")  # of the last 50 keys, and of those read again
    assert sqlite_rig.turns(40) == {"deleted": 2}
    fill(sqlite_rig, 190, 1)
    assert sqlite_rig.turns(40) == {"returned": 1}
    fill(sqlite_rig, 102, 1)  # older than what is looked back at, and closed: at night
    assert sqlite_rig.turns(40) == {}
    sqlite_rig.now = START + timedelta(hours=11)
    assert sqlite_rig.turns(30) == {"late": 1}
    assert "000102" in held(sqlite_rig)


def test_what_only_the_whole_table_shows_comes_at_night(sqlite_rig: Rig) -> None:
    sqlite_rig.use_own_clock(SNAPSHOT)
    fill(sqlite_rig, 1, 50)
    sqlite_rig.turns(20)
    fill(sqlite_rig, 51, 1)
    sqlite_rig.sql("DELETE FROM gd WHERE no = '000003'")
    sqlite_rig.turns(60)
    assert "000051" not in held(sqlite_rig)
    sqlite_rig.now = START + timedelta(hours=11)
    sqlite_rig.turns(10)
    assert "000051" in held(sqlite_rig)
    assert "000003" not in held(sqlite_rig)


def test_open_rows_that_are_only_not_shown_are_not_closed(sqlite_rig: Rig) -> None:
    sqlite_rig.use_own_clock(INCREASING, **QUICK)
    fill(sqlite_rig, 1, 40, due=None)
    sqlite_rig.turns(20)
    sqlite_rig.sql("ALTER TABLE gd RENAME TO gd_all")
    sqlite_rig.sql("CREATE VIEW gd AS SELECT * FROM gd_all WHERE no > '000030'")
    sqlite_rig.turns(10)
    ((told,),) = [state.doubts for state in sqlite_rig.facts.states()]
    assert (told.what, told.about["many"], told.about["open"]) == ("rows_missing", 30, 40)
    assert len(held(sqlite_rig)) == 40
    sqlite_rig.sql("DROP VIEW gd")
    sqlite_rig.sql("ALTER TABLE gd_all RENAME TO gd")
    sqlite_rig.turns(10)
    assert [state.doubts for state in sqlite_rig.facts.states()] == [()]
    assert len(held(sqlite_rig)) == 40


@pytest.mark.parametrize(
    ("sample", "place", "written"), [(7, 3, 3), ("0007", 3, "0003"), ("0007", -5, "0000"), (7, -5, -5)]
)
def test_a_key_is_written_as_the_source_writes_it(sample: Any, place: int, written: Any) -> None:
    assert key_like(place, sample) == written


def test_a_key_that_does_not_grow_is_told_by_the_poll_and_by_check(sqlite_rig: Rig) -> None:
    sqlite_rig.use(INCREASING)
    sqlite_rig.fill([{"no": "WX-7"}])
    told = "table `gd`: `no` = `WX-7` is no whole number; leave out increasing"
    assert told in str(sqlite_rig.ask().error)
    assert any(told in fault for fault in check_source("gd", sqlite_rig.source).faults)


def test_a_chain_of_pages_goes_on_where_it_was() -> None:
    plan = next_keys(None, 5, 3, START)
    assert plan == Plan(3, START)
    first = step_keys(None, plan, [1, 2, 3])
    assert (first.cursor, first.more) == (Cursor("3", '"more"'), True)
    plan = next_keys(first.cursor, 5, 3, START)
    assert plan == Plan(4, START, since=3)
    second = step_keys(first.cursor, plan, [3, 4])
    assert (second.cursor, second.more) == (Cursor("4"), False)
    again = next_keys(second.cursor, 2, 3, START)
    assert again == Plan(3, START, since=2)
    assert step_keys(second.cursor, again, []).cursor == Cursor("4")
    assert step_keys(second.cursor, again, [2, 3]).cursor == Cursor("4")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"changed_at": "changed"}, "leave out increasing"),
        ({"key": ["no", "kind"]}, "needs a key of one column"),
        ({"vanished": "closed_at"}, "vanished is for a table that is read whole"),
    ],
)
def test_a_mapping_that_means_two_things_is_refused(change: Mapping[str, Any], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        TableMapping.model_validate({**INCREASING, **change})
