"""A list that is read whole: rows that leave it, come back, or only seem to have left."""

from datetime import timedelta
from typing import Any

import pytest

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


def poll(rig: Rig) -> str | None:
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
    for reads in (1, 2):
        told = poll(outages)
        assert told is not None
        assert f"the list is empty (1 of 1); nothing is closed until 3 reads agree ({reads} so far)" in told
        assert restored(outages) == {"1": None}
    (state,) = outages.facts.states()
    assert state.suspicion == told
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
    outages.sql("DELETE FROM gd WHERE no < '6'")
    assert poll(outages) is not None
    outages.sql("DELETE FROM gd WHERE no = '6'")  # another set: the count starts again
    assert poll(outages) is not None
    told = poll(outages)
    assert told is not None
    assert "(2 so far)" in told
    assert set(restored(outages).values()) == {None}
    outages.write("new")  # a row that came is no disagreement about those that left
    assert poll(outages) is None
    assert sum(at is not None for at in restored(outages).values()) == 7


def test_losing_half_of_ten_rows_is_an_ordinary_event(outages: Rig) -> None:
    for no in range(10):
        outages.write(str(no))
    poll(outages)
    outages.sql("DELETE FROM gd WHERE no < '5'")
    assert poll(outages) is None
    assert sum(at is not None for at in restored(outages).values()) == 5
