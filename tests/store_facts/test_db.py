"""The facts file: derived columns, versions, one writer, threads, a schema that grows."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest

from collectors.decide import Cursor
from store.facts.db import Facts
from store.facts.errors import StoreError
from store.scope import Scope
from tests.store_facts.made import NOW, batch, rows_of


@pytest.fixture
def facts(tmp_path: Path) -> Iterator[Facts]:
    with Facts(tmp_path / "facts.duckdb", "Asia/Shanghai") as opened:
        yield opened


def limits(rows: pd.DataFrame, _beside: Any) -> pd.DataFrame:
    due = rows["accepted_at"] + pd.Timedelta(minutes=45)
    day = rows["accepted_at"].dt.tz_convert("Asia/Shanghai")
    columns = {
        "arrival_due_at": due,
        "day": day.dt.tz_localize(None).dt.normalize(),
        "hour": day.dt.hour,
        "faults": None,
    }
    return pd.DataFrame(columns, index=rows.index)


def test_derived_columns_are_stored_with_the_row(facts: Facts) -> None:
    rows: list[dict[str, Any]] = [{"source_key": "b", "accepted_at": NOW}, {"source_key": "a", "accepted_at": None}]
    facts.merge(batch("work_orders", rows), {"work_orders": limits})
    with facts.read(Scope.everything("t")) as reader:
        found = reader.frame(reader.table("work_orders").order_by("source_key"), NOW)
    assert found["source_key"].tolist() == ["a", "b"]
    assert found["arrival_due_at"].tolist() == [pd.NaT, pd.Timestamp(NOW + timedelta(minutes=45))]
    assert found["day"].tolist() == [pd.NaT, pd.Timestamp("2024-05-01")]
    assert found["hour"].tolist()[1] == 16


def test_versions_grow_only_with_rows(facts: Facts) -> None:
    facts.merge(batch("units", [{"code": "1"}]), {})
    first = facts.versions()
    facts.merge(batch("units", [{"code": "1"}]), {})
    assert facts.versions() == first == {"units": 1}
    facts.merge(batch("units", [{"code": "2"}]), {})
    assert facts.versions() == {"units": 2}


def test_a_failed_merge_leaves_rows_and_watermark_as_they_were(facts: Facts) -> None:
    facts.merge(batch("work_orders", [{"crew": "1"}], cursor=Cursor("1")), {})

    def broken(rows: pd.DataFrame, _beside: Any) -> pd.DataFrame:
        raise ValueError(f"crew {rows['crew'][0]} of 13800138000")

    second = batch("work_orders", [{"crew": "2"}], cursor=Cursor("2"), after=Cursor("1"))
    with pytest.raises(StoreError) as told:
        facts.merge(second, {"work_orders": broken})
    assert str(told.value) == (
        "s, t->work_orders: could not be stored (ValueError); it is read again; mend its mapping or tell the developers"
    )
    assert isinstance(told.value.__cause__, ValueError)
    assert facts.cursor("s", "t->work_orders") == ("1", None)
    assert facts.versions() == {"work_orders": 1}
    assert facts.merge(second, {}).changed == 1
    assert facts.cursor("s", "t->work_orders") == ("2", None)


def test_a_batch_read_from_an_old_watermark_is_refused(facts: Facts) -> None:
    facts.merge(batch("work_orders", [{"crew": "1"}], cursor=Cursor("1")), {})
    with pytest.raises(StoreError, match="old watermark"):
        facts.merge(batch("work_orders", [{"crew": "2"}], cursor=Cursor("9"), after=Cursor("8")), {})


def test_an_error_is_noted_until_the_next_good_read(facts: Facts) -> None:
    facts.merge(batch("units", [{"code": "1"}]), {})
    facts.record_error("s", "no answer", NOW)
    facts.record_error("s", "no answer", NOW + timedelta(seconds=9))
    facts.record_error("never", "no file", NOW)
    states = {state.name: state for state in facts.states()}
    assert (states["s"].error, states["s"].error_at, states["s"].feeds) == ("no answer", NOW, ("units",))
    assert (states["never"].as_of, states["never"].feeds) == (None, ())
    facts.merge(batch("units", [{"code": "1"}]), {})
    assert {s.name: s.error for s in facts.states()} == {"s": None, "never": "no file"}


def test_a_slow_mapping_does_not_make_its_source_look_stale(facts: Facts) -> None:
    facts.merge(batch("units", [{"code": "1"}], is_slow=True), {})
    later = NOW + timedelta(hours=1)
    facts.merge(batch("work_orders", [{"crew": "1"}], source_now=later, cursor=Cursor("1")), {})
    assert facts.states()[0].as_of == later


def test_each_mapping_is_complete_up_to_its_own_time(facts: Facts) -> None:
    """Looks and stray rows move nothing; a whole list of the night proves as much as one of the open rows."""
    later = NOW + timedelta(hours=1)
    facts.merge(batch("units", [{"code": "1"}], is_slow=True), {})
    facts.merge(batch("work_orders", [{"crew": "1"}], source_now=later, cursor=Cursor("1")), {})
    facts.merge(batch("work_orders", [{"crew": "2"}], source_now=later + timedelta(hours=1), strays=True), {})
    assert facts.states()[0].as_of_by_mapping == {"t->units": NOW, "t->work_orders": later}

    facts.merge(batch("outages", [{}], whole=True, is_slow=True), {})
    facts.merge(batch("outages", [{}], source_now=later, open_only=True, is_slow=True), {})
    assert facts.states()[0].as_of_by_mapping["t->outages"] == later
    night = later + timedelta(hours=1)
    facts.merge(batch("outages", [{}], source_now=night, whole=True, is_slow=True), {})
    assert facts.states()[0].as_of_by_mapping["t->outages"] == night


def test_where_new_rows_and_open_ones_are_read_apart_both_are_needed(facts: Facts) -> None:
    facts.merge(batch("work_orders", [{"crew": "1"}], cursor=Cursor("1", "[1]")), {})
    facts.merge(batch("work_orders", [{"crew": "1"}], open_only=True), {})
    assert facts.states()[0].as_of_by_mapping == {"t->work_orders": None}, "its pages go on"
    after = NOW + timedelta(hours=1)
    facts.merge(batch("work_orders", [{}], source_now=after, cursor=Cursor("2"), after=Cursor("1", "[1]")), {})
    assert facts.states()[0].as_of_by_mapping == {"t->work_orders": NOW}


def test_an_unfinished_chain_of_pages_proves_no_freshness(facts: Facts) -> None:
    facts.merge(batch("work_orders", [{"crew": "1"}], cursor=Cursor("1", "[1]")), {})
    assert facts.states()[0].as_of is None


def test_an_order_and_a_survey_with_one_key_keep_their_own_personal_rows(facts: Facts) -> None:
    for table, record in (("work_orders", "work_order"), ("surveys", "survey")):
        personal = rows_of("personal", [{"record": record, "name": record}])
        facts.merge(batch(table, [{}], personal=personal), {})
    assert sorted(facts._db.sql("SELECT name FROM personal").fetchall()) == [("survey",), ("work_order",)]


def test_a_second_process_is_told_that_a_node_runs(facts: Facts) -> None:
    code = f"from pathlib import Path; from store.facts.db import Facts; Facts(Path({str(facts.path)!r}), 'UTC')"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False).stderr
    assert "StoreError" in said
    assert f"a node is running: ask it over {facts.path.parent / 'node.sock'}, or stop it" in said


def test_a_file_that_is_no_facts_file_is_told(tmp_path: Path) -> None:
    file = tmp_path / "facts.duckdb"
    file.write_bytes(b"not a database" * 1000)
    with pytest.raises(StoreError, match=r"facts\.duckdb: can not be opened as facts"):
        Facts(file, "UTC")


def test_a_column_the_schema_gained_is_added_to_an_older_file(tmp_path: Path) -> None:
    file = tmp_path / "facts.duckdb"
    Facts(file, "UTC").close()
    with duckdb.connect(str(file)) as older:
        older.execute("ALTER TABLE work_orders DROP COLUMN call_count").fetchall()
    with Facts(file, "UTC") as opened:
        opened.merge(batch("work_orders", [{"call_count": 3}]), {})
        assert opened._db.sql("SELECT call_count FROM work_orders").fetchall() == [(3,)]


def test_readers_in_threads_see_whole_merges_while_rows_are_written(facts: Facts) -> None:
    seen: list[int] = []
    done = threading.Event()

    def look() -> None:
        with facts.read(Scope.everything("t")) as reader:
            expr = reader.table("units").count().name("n")
            while not done.is_set():
                seen.append(int(reader.frame(expr, NOW)["n"][0]))

    threads = [threading.Thread(target=look) for _ in range(2)]
    for thread in threads:
        thread.start()
    for turn in range(10):
        rows = [{"source_key": f"{turn}-{n}", "code": str(n)} for n in range(50)]
        facts.merge(replace(batch("units", rows), mapping=f"m{turn}"), {})
    done.set()
    for thread in threads:
        thread.join(10)
    assert seen
    assert all(n % 50 == 0 for n in seen)
