"""Personal data past their time: found oldest first, deleted with a proof, and not taken in again."""

import hashlib
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from store.facts.db import Facts
from tests.store_facts.made import NOW, batch, rows_of

BEFORE = NOW - timedelta(days=400)


@pytest.fixture
def facts(tmp_path: Path) -> Iterator[Facts]:
    with Facts(tmp_path / "facts.duckdb", "UTC") as opened:
        yield opened


def take(facts: Facts, table: str, record: str, moment: str, ages: list[float | None], changed: int = 0) -> None:
    """Records of `ages` in days, each with a person; None: without a time of its own."""
    rows = [{moment: None if age is None else NOW - timedelta(days=age), "crew": str(changed)} for age in ages]
    people = [{"record": record, "name": f"{record} {n}", "phone": str(changed)} for n in range(len(ages))]
    if table == "surveys":
        rows = [{k: v for k, v in row.items() if k != "crew"} for row in rows]
    facts.merge(batch(table, rows, personal=rows_of("personal", people)), {})


def names(facts: Facts) -> list[str]:
    return sorted(name for (name,) in facts._db.sql("SELECT name FROM personal").fetchall())


def test_what_is_older_goes_with_the_number_and_digest_of_its_keys_and_the_records_stay(facts: Facts) -> None:
    take(facts, "work_orders", "work_order", "accepted_at", [401, 400, 399.9, 1, 500])
    take(facts, "surveys", "survey", "asked_at", [700, 2])
    found = facts.personal_past(BEFORE)
    assert found is not None
    assert found.records == {"survey": 1, "work_order": 2}
    assert (found.oldest, found.newest) == (NOW - timedelta(days=700), NOW - timedelta(days=401))
    keys = ["survey\ts\t0", "work_order\ts\t0", "work_order\ts\t4"]
    assert found.digest == hashlib.sha256("\n".join(keys).encode()).hexdigest()
    assert len(names(facts)) == 7  # found, and still there
    facts.delete_personal(found)
    assert names(facts) == ["survey 1", "work_order 1", "work_order 2", "work_order 3"]
    assert facts.personal_past(BEFORE) is None
    assert facts._db.sql("SELECT count(*) FROM work_orders").fetchall() == [(5,)]
    held = facts.personal_held(BEFORE)
    assert held == {"rows": 4, "oldest": NOW - timedelta(days=400), "past": 0}


def test_what_went_is_not_taken_in_again_when_its_source_changes_it(facts: Facts) -> None:
    take(facts, "work_orders", "work_order", "accepted_at", [500, 1])
    facts.keep_personal_since(BEFORE)
    found = facts.personal_past(BEFORE)
    assert found is not None
    facts.delete_personal(found)
    take(facts, "work_orders", "work_order", "accepted_at", [500, 1], changed=1)
    assert facts._db.sql("SELECT name, phone FROM personal").fetchall() == [("work_order 1", "1")]
    assert facts._db.sql("SELECT crew FROM work_orders").fetchall() == [("1",), ("1",)]


def test_a_record_without_a_time_is_as_old_as_its_reading(facts: Facts) -> None:
    take(facts, "work_orders", "work_order", "accepted_at", [None])
    assert facts.personal_past(BEFORE) is None
    found = facts.personal_past(NOW + timedelta(seconds=1))
    assert found is not None
    assert found.records == {"work_order": 1}


def test_many_go_in_steps_the_oldest_first(facts: Facts) -> None:
    take(facts, "work_orders", "work_order", "accepted_at", [401, 403, 402, 405, 404])
    newest = []
    while (found := facts.personal_past(BEFORE, most=2)) is not None:
        facts.delete_personal(found)
        newest.append((NOW - found.newest).days)
    assert newest == [404, 402, 401]
    assert names(facts) == []
