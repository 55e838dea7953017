"""A list that is read whole: rows that leave it, come back, or only seem to have left."""

from datetime import timedelta
from typing import Any

import pytest

from store.facts.suspicion import Suspicion
from tests.collectors.rig import Rig, wall

LIST: dict[str, Any] = {
    "into": "outages",
    "table": "gd",
    "key": "no",
    "time_format": "%Y-%m-%d %H:%M:%S",
    "vanished": "restored_at",
    "columns": {"outage_no": "no", "started_at": "opened", "customers_out": "calls", "restored_at": "due"},
}


@pytest.fixture
def outages(sqlite_rig: Rig) -> Rig:
    sqlite_rig.use(LIST)
    return sqlite_rig


def restored(rig: Rig) -> dict[str, Any]:
    return {row["source_key"]: row["restored_at"] for row in rig.rows("outages")}


def poll(rig: Rig) -> Suspicion | None:
    rig.now += timedelta(seconds=60)
    (merged,) = rig.poll()
    return merged.suspicion


def test_an_outage_no_longer_listed_is_restored_at_the_source_clock_and_reopens_when_listed_again(outages: Rig) -> None:
    outages.write("1", calls="9")
    outages.write("2", calls="5")
    poll(outages)
    outages.sql("DELETE FROM gd WHERE no = '1'")
    assert poll(outages) is None
    closed_at = outages.now
    assert restored(outages) == {"1": closed_at, "2": None}
    poll(outages)
    assert restored(outages)["1"] == closed_at
    outages.write("1", calls="9")
    poll(outages)
    assert restored(outages) == {"1": None, "2": None}
    assert all(row["gone_at"] is None for row in outages.rows("outages"))


def test_an_outage_whose_end_the_source_states_keeps_it_when_it_leaves(outages: Rig) -> None:
    outages.write("1", due=wall(outages.now))
    outages.write("2")
    poll(outages)
    stated = restored(outages)["1"]
    outages.sql("DELETE FROM gd WHERE no = '1'")
    poll(outages)
    assert restored(outages)["1"] == stated is not None


def test_without_a_field_for_it_a_row_that_left_is_gone(sqlite_rig: Rig) -> None:
    sqlite_rig.use({**LIST, "vanished": None})
    sqlite_rig.write("1")
    sqlite_rig.write("2")
    poll(sqlite_rig)
    sqlite_rig.sql("DELETE FROM gd WHERE no = '1'")
    poll(sqlite_rig)
    left_at = sqlite_rig.now
    poll(sqlite_rig)
    assert {r["source_key"]: r["gone_at"] for r in sqlite_rig.rows("outages")} == {"1": left_at, "2": None}
    sqlite_rig.write("1")
    poll(sqlite_rig)
    assert {r["gone_at"] for r in sqlite_rig.rows("outages")} == {None}


def test_an_empty_list_closes_nothing_until_three_reads_agree(outages: Rig) -> None:
    outages.write("1")
    poll(outages)
    outages.sql("ALTER TABLE gd RENAME TO kept")
    outages.sql("CREATE TABLE gd AS SELECT * FROM kept WHERE 0")
    first = outages.now + timedelta(seconds=60)
    for reads in (1, 2):
        told = poll(outages)
        assert told is not None
        assert str(told) == f"gd->outages: the list is empty (1 of 1 gone); reads that agree: {reads}"
        assert restored(outages) == {"1": None}
    (state,) = outages.facts.states()
    (doubt,) = state.doubts
    assert told is not None
    assert (doubt.what, doubt.about, doubt.since_at) == ("list_empty", told.about, first)
    assert state.as_of is not None
    assert state.as_of < outages.now - timedelta(seconds=60)  # a doubtful list proves no freshness
    assert poll(outages) is None
    assert restored(outages) == {"1": outages.now}


def test_one_empty_poll_between_good_ones_closes_nothing(outages: Rig) -> None:
    outages.write("1")
    poll(outages)
    for _ in range(4):
        outages.sql("ALTER TABLE gd RENAME TO kept")
        outages.sql("CREATE TABLE gd AS SELECT * FROM kept WHERE 0")
        assert poll(outages) is not None
        outages.sql("DROP TABLE gd")
        outages.sql("ALTER TABLE kept RENAME TO gd")
        assert poll(outages) is None
    assert restored(outages) == {"1": None}


def test_losing_more_than_half_of_ten_rows_needs_agreement_on_the_same_rows(outages: Rig) -> None:
    for no in range(10):
        outages.write(str(no))
    poll(outages)
    outages.sql("CREATE TABLE kept AS SELECT * FROM gd")
    outages.sql("DELETE FROM gd WHERE no < '6'")
    assert poll(outages) is not None
    outages.sql("DELETE FROM gd")
    outages.sql("INSERT INTO gd SELECT * FROM kept WHERE no < '4'")  # other rows are missing: the count starts again
    assert poll(outages) is not None
    told = poll(outages)
    assert told is not None
    assert (told.what, told.about["many"], told.about["reads"]) == ("rows_missing", 6, 2)
    assert set(restored(outages).values()) == {None}
    outages.write("new")  # a row that came is no disagreement about those that left
    assert poll(outages) is None
    assert sum(at is not None for at in restored(outages).values()) == 6


def test_rows_that_leave_while_many_are_missing_do_not_put_off_their_end(outages: Rig) -> None:
    """As on many evenings of BC Hydro's year: planned work ends together, then something with every poll."""
    for no in range(12):
        outages.write(f"{no:02}")
    poll(outages)
    outages.sql("DELETE FROM gd WHERE no < '07'")
    assert poll(outages) is not None
    outages.sql("DELETE FROM gd WHERE no = '07'")
    assert poll(outages) is not None
    outages.sql("DELETE FROM gd WHERE no = '08'")
    assert poll(outages) is None
    assert sum(at is not None for at in restored(outages).values()) == 9


def test_losing_half_of_ten_rows_is_an_ordinary_event(outages: Rig) -> None:
    for no in range(10):
        outages.write(str(no))
    poll(outages)
    outages.sql("DELETE FROM gd WHERE no < '5'")
    assert poll(outages) is None
    assert sum(at is not None for at in restored(outages).values()) == 5


def test_a_list_that_is_filled_anew_for_a_minute_closes_nothing(outages: Rig) -> None:
    outages.write("1")
    poll(outages)
    outages.sql("ALTER TABLE gd RENAME TO kept")
    outages.sql("CREATE TABLE gd AS SELECT * FROM kept WHERE 0")
    for _ in range(100):  # many reads agree, yet only over 100 seconds
        outages.now += timedelta(seconds=1)
        (merged,) = outages.poll()
        assert merged.suspicion is not None
    assert restored(outages) == {"1": None}
    outages.now += timedelta(seconds=21)
    (merged,) = outages.poll()
    assert merged.suspicion is None
    assert restored(outages) == {"1": outages.now}


def test_an_old_copy_of_the_list_closes_nothing_and_brings_nothing_back(outages: Rig) -> None:
    """As of 2024-07-07 09:25 in the year of BC Hydro: the list of four hours before, for one poll."""
    for no in "abcde":
        outages.write(no)
    poll(outages)
    outages.sql("CREATE TABLE old AS SELECT * FROM gd")
    outages.sql("DELETE FROM gd WHERE no <= 'd'")
    outages.write("f")
    poll(outages)
    before = restored(outages)
    assert [no for no, at in before.items() if at is None] == ["e", "f"]
    outages.sql("ALTER TABLE gd RENAME TO young")
    outages.sql("ALTER TABLE old RENAME TO gd")
    told = poll(outages)
    assert told is not None
    assert (told.what, told.about["back"], told.about["listed"], told.about["many"]) == ("old_copy", 4, 5, 1)
    assert restored(outages) == before
    outages.sql("DROP TABLE gd")
    outages.sql("ALTER TABLE young RENAME TO gd")
    assert poll(outages) is None
    assert restored(outages) == before


def test_two_rows_that_come_back_are_no_old_copy(outages: Rig) -> None:
    for no in "abc":
        outages.write(no)
    poll(outages)
    outages.sql("DELETE FROM gd WHERE no < 'c'")
    poll(outages)
    outages.write("a")
    outages.write("b")
    assert poll(outages) is None
    assert set(restored(outages).values()) == {None}


def test_a_list_that_is_cut_at_a_round_number_closes_nothing(outages: Rig) -> None:
    outages.fill({"no": f"{no:04}"} for no in range(490))
    assert poll(outages) is None
    outages.sql("ALTER TABLE gd RENAME TO kept")
    outages.sql("CREATE VIEW gd AS SELECT * FROM kept ORDER BY no DESC LIMIT 500")
    outages.sql("INSERT INTO kept (no, opened) SELECT 'x' || no, opened FROM kept WHERE no < '0020'")  # 510 now
    for _ in range(10):
        told = poll(outages)
        assert told is not None
        assert (told.what, told.about["listed"], told.about["many"]) == ("capped_page", 500, 10)
    assert sum(at is not None for at in restored(outages).values()) == 0
    assert len(restored(outages)) == 510  # what came is taken
    outages.sql("DELETE FROM kept WHERE no < '0015'")
    assert poll(outages) is None  # 495 rows: the limit is not reached, and the rows are gone indeed
    assert sum(at is not None for at in restored(outages).values()) == 15


def test_a_list_that_has_a_round_number_of_rows_for_good_is_believed_after_a_day(outages: Rig) -> None:
    outages.fill({"no": f"{no:04}"} for no in range(503))
    poll(outages)
    outages.sql("DELETE FROM gd WHERE no < '0003'")
    assert poll(outages) is not None
    outages.now += timedelta(hours=23)
    assert poll(outages) is not None
    outages.now += timedelta(hours=1)
    assert poll(outages) is None
    assert sum(at is not None for at in restored(outages).values()) == 3
    assert poll(outages) is None
