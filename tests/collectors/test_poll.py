"""From a real table to the facts: nothing lost, nothing doubled, and what is wrong is said."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from collectors.poll import Poller
from settings import Source
from tests.collectors.rig import ORDERS, START, Rig, wall

SECOND = timedelta(seconds=1)


def test_a_row_is_merged_by_its_key_and_a_second_read_changes_nothing(rig: Rig) -> None:
    rig.write("1", kind="0", minutes="30", calls="2", account="77", phone="138-001", words="停电了 😀")
    rig.write("2", kind="2")
    assert sum(m.new for m in rig.poll()) == 2
    first = rig.row("1")
    assert first["category"] == "fault_report"
    assert first["call_count"] == 2
    assert first["arrived_at"] == START + timedelta(minutes=30)
    assert rig.row("2")["call_count"] == 1
    versions = rig.facts.versions()
    assert sum(m.changed for m in rig.poll()) == 0
    assert rig.facts.versions() == versions
    rig.now += SECOND
    rig.write("1", kind="0", minutes="31")
    assert sum(m.changed for m in rig.poll()) == 1
    assert rig.row("1")["arrived_at"] == START + timedelta(minutes=31)
    assert len(rig.rows()) == 2
    assert [r["text"] for r in rig.rows("personal")] == [None, None]


def test_facts_opened_again_know_what_was_read(sqlite_rig: Rig) -> None:
    from store.facts.db import Facts

    sqlite_rig.write("1", kind="0")
    sqlite_rig.poll()
    place, states = sqlite_rig.facts.cursor("gd", "gd->work_orders"), sqlite_rig.facts.states()
    sqlite_rig.facts.close()
    sqlite_rig.facts = Facts(sqlite_rig.folder / "facts.duckdb", "Asia/Shanghai")
    assert place is not None
    assert sqlite_rig.facts.cursor("gd", "gd->work_orders") == place
    assert sqlite_rig.facts.states() == states
    assert sum(m.changed for m in sqlite_rig.poll()) == 0


def test_a_row_that_commits_late_is_read_within_the_overlap(sqlite_rig: Rig) -> None:
    stamped = sqlite_rig.now
    sqlite_rig.now += 5 * SECOND  # the overlap: the bound is inclusive
    sqlite_rig.write("2")
    sqlite_rig.poll()
    sqlite_rig.write("1", changed=wall(stamped))  # stamped five seconds before what was read, seen only now
    sqlite_rig.now += SECOND
    sqlite_rig.poll()
    assert [row["source_key"] for row in sqlite_rig.rows()] == ["1", "2"]


def test_rows_with_equal_times_at_a_page_border_are_all_read(rig: Rig) -> None:
    same = wall(START - timedelta(hours=1))
    for no in range(250):  # pages of 100
        rig.write(f"{no:03}", changed=same)
    assert sum(m.new for m in rig.poll()) == 250
    assert len(rig.rows()) == 250


def test_rows_without_time_of_change_or_without_key_are_found_or_told(rig: Rig) -> None:
    rig.write("1")
    rig.write("2", changed=None)
    rig.write(None, kind="0")
    rig.poll()
    assert [row["source_key"] for row in rig.rows()] == ["1", "2"]
    (told,) = rig.facts.quarantine().to_dict("records")
    assert told["reason"] == "the row has no key; it was not taken"
    rig.sql("DELETE FROM gd WHERE no IS NULL")
    rig.now += timedelta(seconds=61)
    rig.poller.strays_at.clear()
    rig.poll()
    assert rig.facts.quarantine().empty


def test_a_bad_value_waits_in_quarantine_until_the_source_mends_it(rig: Rig) -> None:
    rig.write("1", kind="7", minutes="12x", opened="yesterday", calls="many")
    rig.poll()
    told = rig.facts.quarantine().set_index("field")
    assert told.loc["category", "reason"] == "unknown code `7` for category; add it to codes.category"
    assert told.loc["arrived_at", "reason"] == "`12x` is no number of minutes after a time in `opened`"
    assert told.loc["accepted_at", "reason"] == "`yesterday` is not a time like %Y-%m-%d %H:%M:%S"
    assert told.loc["call_count", "reason"] == "`many` is not a whole number"
    assert len(told) == 4
    row = rig.row("1")
    assert row["order_no"] == "1"
    assert (row["category"], row["arrived_at"], row["accepted_at"], row["call_count"]) == (None, None, None, None)
    rig.now += SECOND
    rig.write("1", kind="0", minutes="12", calls="3")
    rig.poll()
    assert rig.facts.quarantine().empty


def test_a_time_of_change_in_the_future_is_told_and_hides_no_later_row(sqlite_rig: Rig) -> None:
    sqlite_rig.write("ahead", changed=wall(START + timedelta(hours=8)))
    sqlite_rig.poll()
    (state,) = [s for s in sqlite_rig.facts.states() if s.name == "gd"]
    assert state.suspicion is not None
    assert "480 min in the source's future" in state.suspicion
    sqlite_rig.now += SECOND
    sqlite_rig.write("2")
    sqlite_rig.poll()
    assert [row["source_key"] for row in sqlite_rig.rows()] == ["2", "ahead"]


def test_text_with_nul_and_a_broken_encoding_does_not_stop_the_source(sqlite_rig: Rig) -> None:
    sqlite_rig.write("1", words="a\0b", phone="𠮷")
    sqlite_rig.poll()
    assert sqlite_rig.rows("personal")[0]["text"] == "a\0b"
    assert sqlite_rig.rows("personal")[0]["phone"] == "𠮷"
    sqlite_rig.sql("UPDATE gd SET words = CAST(x'c4fa' AS TEXT)")  # 您 in GBK
    sqlite_rig.poll()
    assert sqlite_rig.rows("personal")[0]["text"] == "��"


def test_native_times_and_numbers_of_postgresql_are_compared_as_such(postgres: sa.URL, tmp_path: Path) -> None:
    engine = sa.create_engine(postgres)
    with engine.begin() as connection:
        connection.execute(sa.text("DROP TABLE IF EXISTS native"))
        connection.execute(
            sa.text("CREATE TABLE native (id int, part uuid, at timestamp, at_z timestamptz, n numeric, ok boolean)")
        )
        connection.execute(
            sa.text(
                "INSERT INTO native SELECT i, gen_random_uuid(), now() AT TIME ZONE 'Asia/Shanghai', now(), 2.00, true "
                "FROM generate_series(1, 250) i"
            )
        )
    mapping = {
        "into": "work_orders",
        "table": "public.native",
        "key": ["id", "part"],
        "columns": {"accepted_at": "at", "arrived_at": "at_z", "call_count": "n", "is_sensitive": "ok"},
    }
    for column in ("at", "at_z"):
        (tmp_path / column).mkdir()
        with Rig(postgres, tmp_path / column, {**mapping, "changed_at": column}) as rig:
            assert sum(m.new for m in rig.poll()) == 250
            assert sum(m.changed for m in rig.poll()) == 0
            row = rig.rows()[0]
            assert row["accepted_at"] == row["arrived_at"]
            assert (row["call_count"], row["is_sensitive"]) == (2, True)
            assert rig.facts.quarantine().empty
    engine.dispose()


def error_of(source: dict[str, Any]) -> str:
    body = {"codes": ORDERS and {"category": {"0": "fault_report"}}, "tables": [ORDERS]} | source
    poller = Poller("gd", Source.model_validate(body), b"")
    reply = poller.poll({0: None}, datetime(2024, 5, 1, tzinfo=UTC))
    assert reply.batches == []
    assert reply.error is not None
    assert reply.error.fatal
    return str(reply.error)


def test_a_missing_file_is_told_and_not_created(tmp_path: Path) -> None:
    file = tmp_path / "none.db"
    assert error_of({"url": f"sqlite:///{file}"}) == f"source `gd`: there is no file {file}; create it or mend the url"
    assert not file.exists()


def test_a_wrong_password_is_told_without_the_password(postgres: sa.URL) -> None:
    url = postgres.set(username="locked", password="wrong-secret").render_as_string(hide_password=False)
    said = error_of({"url": url})
    assert said == ("source `gd`: postgresql refuses user `locked`; mend user or password in the url of [sources.gd]")


def test_a_missing_column_and_table_are_told_with_the_nearest(rig: Rig) -> None:
    url = rig.url.render_as_string(hide_password=False)
    rig.sql("ALTER TABLE gd RENAME COLUMN minutes TO min_utes")
    rig.sql("ALTER TABLE gd RENAME COLUMN calls TO zdcs")
    said = error_of({"url": url})
    assert "source `gd`, table `gd`: column `minutes` not found; the table has `min_utes`" in said
    assert "column `calls` not found; it has account" in said
    assert "table `gdd` not found; there is `gd`" in error_of({"url": url, "tables": [{**ORDERS, "table": "gdd"}]})


def test_a_column_renamed_while_it_runs_is_told_and_mends_itself(rig: Rig) -> None:
    rig.write("1", kind="0")
    rig.poll()
    rig.sql("ALTER TABLE gd RENAME COLUMN kind TO sort")
    rig.now += SECOND
    first, second = rig.ask(), rig.ask()
    assert first.error is not None
    assert second.error is not None
    assert "column `kind` not found" in str(second.error)
    rig.sql("ALTER TABLE gd RENAME COLUMN sort TO kind")
    rig.write("2", kind="0")
    rig.poll()
    assert len(rig.rows()) == 2


def test_a_time_that_does_not_sort_can_not_be_a_cursor(sqlite_rig: Rig) -> None:
    url = sqlite_rig.url.render_as_string(hide_password=False)
    said = error_of({"url": url, "tables": [{**ORDERS, "time_format": "%m/%d/%Y"}]})
    assert "remove changed_at" in said


def test_the_session_can_not_write(postgres_rig: Rig, sqlite_rig: Rig) -> None:
    for rig in (postgres_rig, sqlite_rig):
        rig.poll()
        assert rig.poller.engine is not None
        with rig.poller.engine.connect() as connection, pytest.raises(sa.exc.DBAPIError, match=r"read-?only"):
            connection.execute(sa.text("DELETE FROM gd"))


def test_the_server_cancels_a_read_that_outlives_its_limit(postgres_rig: Rig) -> None:
    postgres_rig.use(ORDERS, limit_s=0.4)
    postgres_rig.poll()
    with postgres_rig.engine.begin() as blocker:
        blocker.execute(sa.text("LOCK TABLE gd IN ACCESS EXCLUSIVE MODE"))
        reply = postgres_rig.ask()
    assert reply.error is not None
    assert not reply.error.fatal
    assert "cancelled a read at its time limit" in str(reply.error)


def test_a_replayed_source_has_its_own_clock(sqlite_rig: Rig) -> None:
    sqlite_rig.write("1", changed="2020-01-01 08:00:00")
    sqlite_rig.use(ORDERS, clock="gd.changed")
    sqlite_rig.poll()
    (state,) = [s for s in sqlite_rig.facts.states() if s.name == "gd"]
    assert state.as_of == datetime(2020, 1, 1, tzinfo=UTC)
