"""From a real table to the facts: nothing lost, nothing doubled, and what is wrong is said."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from collectors.check import check_source
from collectors.poll import Poller
from settings_sources import Source
from tests.collectors.rig import COLUMNS, ORDERS, START, Rig, wall

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
    assert [(doubt.what, doubt.about["minutes"]) for doubt in state.doubts] == [("clock_ahead", 480)]
    sqlite_rig.now += SECOND
    sqlite_rig.write("2")
    sqlite_rig.poll()
    assert [row["source_key"] for row in sqlite_rig.rows()] == ["2", "ahead"]


def test_nul_four_byte_and_long_text_are_read_as_they_are(rig: Rig) -> None:
    text = "停电了 😀𠮷 " + "长" * 21_000  # 64 KB
    nul = "" if rig.engine.dialect.name == "postgresql" else "a\0b"  # PostgreSQL stores no NUL
    rig.write("1", words=text[:21_000], phone=nul + "𠮷")
    rig.poll()
    found = rig.rows("personal")[0]
    assert (found["text"], found["phone"]) == (text[:21_000], nul + "𠮷")


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


def test_columns_that_nobody_reads_are_noted_and_new_ones_at_the_next_connection(sqlite_rig: Rig) -> None:
    sqlite_rig.write("1")
    assert sqlite_rig.ask().found[0].unread == ()
    sqlite_rig.sql("ALTER TABLE gd ADD COLUMN vip TEXT")
    assert sqlite_rig.ask().error is None
    sqlite_rig.use(ORDERS)
    assert sqlite_rig.ask().found[0].unread == ("vip",)
    assert any("columns that are not read: vip" in note for note in check_source("gd", sqlite_rig.source).notes)


def test_a_time_that_does_not_sort_can_not_be_a_cursor(sqlite_rig: Rig) -> None:
    url = sqlite_rig.url.render_as_string(hide_password=False)
    said = error_of({"url": url, "tables": [{**ORDERS, "time_format": "%m/%d/%Y"}]})
    assert "remove changed_at" in said


def test_the_session_can_not_write(rig: Rig) -> None:
    rig.poll()
    assert rig.poller.engine is not None
    with rig.poller.engine.connect() as connection, pytest.raises(sa.exc.DBAPIError, match=r"(?i)read[- ]?only"):
        connection.execute(sa.text("DELETE FROM gd"))


LOCKS = {"postgresql": ("LOCK TABLE gd IN ACCESS EXCLUSIVE MODE",), "mysql": ("LOCK TABLES gd WRITE", "UNLOCK TABLES")}


@pytest.mark.parametrize("database", ["postgres", "mariadb"])
def test_the_server_cancels_a_read_that_outlives_its_limit(database: str, request: pytest.FixtureRequest) -> None:
    rig: Rig = request.getfixturevalue(f"{database}_rig")
    rig.use(ORDERS, limit_s=0.4)
    rig.poll()
    lock, *unlock = LOCKS[rig.engine.dialect.name]
    with rig.engine.begin() as blocker:
        blocker.execute(sa.text(lock))
        reply = rig.ask()
        for statement in unlock:
            blocker.execute(sa.text(statement))
    assert reply.error is not None
    assert not reply.error.fatal
    assert "cancelled a read at its time limit" in str(reply.error)
    rig.poll()


def test_keys_that_the_database_takes_for_equal_are_all_read(rig: Rig) -> None:
    same = wall(START - timedelta(hours=1))
    collation = {"sqlite": "TEXT COLLATE NOCASE", "mysql": "VARCHAR(20) COLLATE utf8mb4_general_ci"}
    rig.sql("DROP TABLE gd")
    kind = collation.get(rig.engine.dialect.name, "VARCHAR(20)")
    rig.sql(f"CREATE TABLE gd (no {kind}, {', '.join(f'{name} TEXT' for name in COLUMNS[1:])})")
    keys = [key for no in range(75) for key in (f"a{no:02}", f"A{no:02}")]  # twins stand at the border of a page of 100
    keys.append("A")
    with rig.engine.begin() as connection:
        insert = sa.text("INSERT INTO gd (no, changed, opened) VALUES (:no, :at, :at)")
        connection.execute(insert, [{"no": key, "at": same} for key in keys])
    rig.poll()
    assert {row["source_key"] for row in rig.rows()} == set(keys)


def test_more_rows_of_one_key_and_time_than_a_page_has_are_told(sqlite_rig: Rig) -> None:
    sqlite_rig.fill({"no": "1", "changed": "2024-05-01 08:00:00"} for _ in range(501))  # the fast path takes 500
    first = sqlite_rig.ask()
    assert "100 rows or more have one key and one changed_at; name more columns in key" in str(first.error)


@pytest.mark.parametrize("zone", ["Asia/Shanghai", "Asia/Kolkata"])
def test_native_times_of_mariadb_are_those_of_the_sources_zone(mariadb_rig: Rig, tmp_path: Path, zone: str) -> None:
    offset = {"Asia/Shanghai": "+08:00", "Asia/Kolkata": "+05:30"}[zone]
    mariadb_rig.sql("DROP TABLE IF EXISTS native")
    mariadb_rig.sql(
        "CREATE TABLE native (id INT, part BINARY(4), at DATETIME(6), stamp TIMESTAMP(6), n DECIMAL(9, 2), ok BIT(1))"
    )
    with mariadb_rig.engine.begin() as connection:
        connection.execute(sa.text(f"SET time_zone = '{offset}'"))
        connection.execute(
            sa.text(
                "INSERT INTO native SELECT seq, 'x', '2024-05-01 16:00:00.25', '2024-05-01 16:00:00.25', 2, 1 "
                "FROM seq_1_to_250"
            )
        )
    mapping = {
        "into": "work_orders",
        "table": "native",
        "key": ["id", "part"],
        "columns": {"accepted_at": "at", "arrived_at": "stamp", "call_count": "n"},
    }
    for column in ("at", "stamp"):
        (tmp_path / column).mkdir()
        with Rig(mariadb_rig.url, tmp_path / column, {**mapping, "changed_at": column}, zone=zone) as rig:
            assert sum(m.new for m in rig.poll()) == 250
            assert sum(m.changed for m in rig.poll()) == 0
            row = rig.rows()[0]
            assert row["accepted_at"] == row["arrived_at"]
            assert row["accepted_at"].microsecond == 250_000
            assert row["call_count"] == 2
            assert rig.facts.quarantine().empty


def test_text_of_other_encodings_is_read_as_it_was_meant(mariadb_rig: Rig) -> None:
    mariadb_rig.sql("ALTER TABLE gd MODIFY words TEXT CHARACTER SET gbk, MODIFY phone TEXT CHARACTER SET latin1")
    mariadb_rig.write("1", words="停电了", phone="é")
    mariadb_rig.write("2", account="😀", kind="0")
    mariadb_rig.poll()
    first = mariadb_rig.rows("personal")[0]
    assert (first["text"], first["phone"]) == ("停电了", "é")
    assert len(mariadb_rig.rows()) == 2


def test_a_replayed_source_has_its_own_clock(sqlite_rig: Rig) -> None:
    sqlite_rig.write("1", changed="2020-01-01 08:00:00")
    sqlite_rig.use(ORDERS, clock="gd.changed")
    sqlite_rig.poll()
    (state,) = [s for s in sqlite_rig.facts.states() if s.name == "gd"]
    assert state.as_of == datetime(2020, 1, 1, tzinfo=UTC)
