"""What polls can not find is found by comparing: late commits, silent edits, deletions; and nothing is made up."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from tests.collectors.rig import COLUMNS, ORDERS, START, Rig, wall

SECOND = timedelta(seconds=1)
OPEN: Mapping[str, Any] = {**ORDERS, "open_while_empty": ["due"]}
QUICK: Mapping[str, Any] = {"look_back_s": 3600, "look_back_every_s": 20, "reconcile_s": 60}


@pytest.fixture
def compared(rig: Rig) -> Rig:
    return forty(rig)


def forty(rig: Rig) -> Rig:
    """Forty rows, some of them old; compared until nothing is left to say."""
    rig.use_own_clock(OPEN, **QUICK)
    rig.fill(
        {"no": f"{no:02}", "kind": "0", "changed": wall(START - timedelta(minutes=no * 10)), "due": "x" * (1 - no % 2)}
        for no in range(40)
    )
    assert not rig.turns(30)
    return rig


@pytest.fixture
def sqlite_compared(sqlite_rig: Rig) -> Rig:
    return forty(sqlite_rig)


def keys(rig: Rig) -> list[str]:
    return [row["source_key"] for row in rig.rows() if row["gone_at"] is None]


def test_a_change_that_commits_ten_minutes_late_is_there_within_a_minute(compared: Rig) -> None:
    compared.write("late", kind="2", changed=wall(compared.now - timedelta(minutes=10)))
    compared.write("07", kind="2", changed=wall(compared.now - timedelta(minutes=55)))
    found = compared.turns(40)
    assert found == {"late": 2}
    assert compared.row("late")["category"] == compared.row("07")["category"] == "complaint"
    assert compared.turns(80) == {}


def test_an_edit_that_does_not_touch_changed_at_is_found(compared: Rig) -> None:
    compared.sql("UPDATE gd SET kind = '2' WHERE no IN ('01', '39')")  # of the last hour; open and older
    assert compared.turns(40)["edited"] >= 1
    assert compared.row("01")["category"] == "complaint"
    compared.turns(60)
    assert compared.row("39")["category"] == "complaint"
    assert set(compared.facts.differences()["kind"]) == {"edited"}


def test_a_row_that_is_deleted_is_gone_with_the_time_and_comes_back(compared: Rig) -> None:
    compared.sql("DELETE FROM gd WHERE no IN ('00', '39')")  # of the last hour; open and older
    compared.turns(100)
    gone = {row["source_key"]: row["gone_at"] for row in compared.rows() if row["gone_at"]}
    assert set(gone) == {"00", "39"}
    assert all(compared.now - at < timedelta(seconds=100) for at in gone.values())
    told = compared.facts.differences().set_index("source_key")
    assert told["kind"].to_dict() == {"00": "deleted", "39": "deleted"}
    compared.write("39", changed=wall(START - timedelta(minutes=390)))
    compared.turns(70)
    assert compared.row("39")["gone_at"] is None


def test_a_closed_row_that_is_older_is_compared_at_night(sqlite_compared: Rig) -> None:
    sqlite_compared.sql("UPDATE gd SET kind = '2' WHERE no = '38'")
    sqlite_compared.sql("DELETE FROM gd WHERE no = '36'")
    assert sqlite_compared.turns(100) == {}
    sqlite_compared.now = START + timedelta(hours=11)  # 03:00 of the next day at the source
    assert sqlite_compared.turns(30) == {"edited": 1, "deleted": 1}
    assert sqlite_compared.row("38")["category"] == "complaint"
    assert sqlite_compared.row("36")["gone_at"] is not None


def test_most_rows_gone_at_once_are_believed_only_when_three_looks_agree(sqlite_rig: Rig) -> None:
    sqlite_rig.use_own_clock(OPEN, **QUICK)
    sqlite_rig.fill({"no": f"{no:02}", "changed": wall(START - timedelta(minutes=no))} for no in range(40))
    assert not sqlite_rig.turns(20)
    sqlite_rig.sql("CREATE TABLE gd_kept AS SELECT * FROM gd")
    sqlite_rig.sql("DELETE FROM gd WHERE no <> '00'")
    sqlite_rig.turns(45)
    ((told,),) = [state.doubts for state in sqlite_rig.facts.states()]
    assert (told.what, told.about["many"], told.about["open"]) == ("rows_missing", 39, 40)
    assert len(keys(sqlite_rig)) == 40
    sqlite_rig.sql("INSERT INTO gd SELECT * FROM gd_kept WHERE no <> '00'")
    sqlite_rig.sql("DROP TABLE gd_kept")
    assert sqlite_rig.turns(40) == {}
    assert [state.doubts for state in sqlite_rig.facts.states()] == [()]
    sqlite_rig.sql("DELETE FROM gd WHERE no <> '00'")
    assert sqlite_rig.turns(130) == {"deleted": 39}
    assert keys(sqlite_rig) == ["00"]


def test_a_row_with_a_value_that_only_its_text_changed_is_no_difference(sqlite_compared: Rig) -> None:
    sqlite_compared.sql("UPDATE gd SET calls = '1.0' WHERE no = '01'")
    sqlite_compared.turns(30)
    sqlite_compared.sql("UPDATE gd SET calls = '1' WHERE no = '01'")
    assert sqlite_compared.turns(60) == {}


def test_facts_of_an_older_version_without_checksums_get_them_without_a_difference(sqlite_rig: Rig) -> None:
    sqlite_rig.use_own_clock(OPEN, **QUICK)
    sqlite_rig.fill({"no": f"{no:02}", "changed": wall(START)} for no in range(20))
    sqlite_rig.turn()
    sqlite_rig.poll()
    sqlite_rig.facts._db.execute("UPDATE work_orders SET source_sum = NULL").fetchall()
    assert sqlite_rig.turns(30) == {}
    (missing,) = sqlite_rig.facts._db.execute("SELECT count(*) FROM work_orders WHERE source_sum IS NULL").fetchall()
    assert missing == (0,)


@pytest.mark.parametrize("kind", ["INTEGER", "NUMERIC(9,2)", "VARCHAR(40)"])
def test_a_deleted_row_is_found_out_whatever_its_key_is(rig: Rig, kind: str) -> None:
    rig.sql("DROP TABLE gd")
    rig.sql(f"CREATE TABLE gd (no {kind}, {', '.join(f'{name} TEXT' for name in COLUMNS[1:])})")
    rig.use_own_clock({**OPEN, "key": ["no", "account"]}, **QUICK)
    for no in range(1, 13):
        rig.sql(f"INSERT INTO gd (no, account, changed) VALUES ({no}, 'a|{no}', '{wall(START)}')")  # noqa: S608  ours
    rig.turns(30)
    assert len(keys(rig)) == 12
    rig.sql("DELETE FROM gd WHERE no = '3'")
    rig.sql("UPDATE gd SET changed = '2024-05-01 01:00:00' WHERE no = '4'")  # moved far out of the last hour
    rig.turns(70)
    assert len(keys(rig)) == 11
    assert not any("|3" in key.replace("\\", "") for key in keys(rig))


SECOND_TABLE: Mapping[str, Any] = {**OPEN, "table": "gd_more"}


def with_two_tables(rig: Rig, keys: str) -> None:
    """Ten rows in each of two tables that fill one; those of the second have the keys of the first with `keys`."""
    rig.sql("DROP TABLE IF EXISTS gd_more")
    rig.sql(f"CREATE TABLE gd_more ({', '.join(f'{name} TEXT' for name in COLUMNS)})")
    rig.use_own_clock(OPEN, SECOND_TABLE, **QUICK)
    rig.fill({"no": f"{no:02}", "kind": "0", "changed": wall(START - timedelta(minutes=no))} for no in range(10))
    rig.sql(f"INSERT INTO gd_more SELECT '{keys}' || no, {', '.join(COLUMNS[1:])} FROM gd")  # noqa: S608
    rig.turns(30)


def test_tables_that_fill_one_table_are_each_compared(sqlite_rig: Rig) -> None:
    with_two_tables(sqlite_rig, "m")
    sqlite_rig.sql("UPDATE gd SET kind = '2' WHERE no = '01'")
    sqlite_rig.sql("UPDATE gd_more SET kind = '2' WHERE no = 'm02'")
    sqlite_rig.sql("DELETE FROM gd_more WHERE no = 'm03'")
    assert sqlite_rig.turns(40) == {"edited": 2, "deleted": 1}
    assert {row["source_key"] for row in sqlite_rig.rows() if row["category"] == "complaint"} == {"01", "m02"}
    assert len(keys(sqlite_rig)) == 19
    assert sqlite_rig.turns(60) == {}


def test_tables_that_share_keys_are_told_and_do_not_overwrite_each_other_for_ever(sqlite_rig: Rig) -> None:
    with_two_tables(sqlite_rig, "")
    before = sqlite_rig.rows()
    assert sqlite_rig.turns(60) == {}
    assert sqlite_rig.rows() == before
    ((told,),) = [state.doubts for state in sqlite_rig.facts.states()]
    assert (told.what, told.about["rows"], told.about["key"], told.about["other"]) == ("shared_keys", 10, "00", "gd")
