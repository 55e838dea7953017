"""A complaint knows the last one before it, whatever arrives in which order."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from store.facts.db import Facts
from tests.store_facts.made import NOW, batch


@pytest.fixture
def facts(tmp_path: Path) -> Iterator[Facts]:
    with Facts(tmp_path / "facts.duckdb", "Asia/Shanghai") as opened:
        yield opened


def complaint(key: str, hour: int, identity: str | None = "ann", **values: Any) -> dict[str, Any]:
    at = NOW + timedelta(hours=hour)
    common = {"source_key": key, "category": "complaint", "identity_key": identity, "accepted_at": at}
    return common | {"subcategory_1": "meter", "status": "open"} | values


def links(facts: Facts) -> dict[str, datetime | None]:
    found = facts._db.sql("SELECT source_key, previous_complaint_at FROM work_orders").to_arrow_table().to_pylist()
    return {row["source_key"]: row["previous_complaint_at"] for row in found}


def test_complaints_of_one_identity_are_linked_in_the_order_they_were_accepted(facts: Facts) -> None:
    facts.merge(batch("work_orders", [complaint("c", 3), complaint("a", 1), complaint("x", 2, "bob")]), {})
    assert links(facts) == {"a": None, "c": NOW + timedelta(hours=1), "x": None}
    facts.merge(batch("work_orders", [complaint("b", 2)]), {})
    assert links(facts)["b"] == NOW + timedelta(hours=1)
    assert links(facts)["c"] == NOW + timedelta(hours=2)


@pytest.mark.parametrize(
    "values",
    [
        pytest.param({"status": "cancelled"}, id="cancelled"),
        pytest.param({"parent_order_no": "9"}, id="merged into another order"),
        pytest.param({"category": "enquiry"}, id="was no complaint after all"),
        pytest.param({"subcategory_1": "voltage"}, id="is about something else"),
        pytest.param({"identity_key": "bob"}, id="came from somebody else"),
        pytest.param({"identity_key": None}, id="came from nobody known"),
        pytest.param({"accepted_at": None}, id="has no time"),
    ],
)
def test_a_row_that_stops_counting_gives_its_follower_back(facts: Facts, values: dict[str, Any]) -> None:
    facts.merge(batch("work_orders", [complaint(k, h) for k, h in (("a", 1), ("b", 2), ("c", 3))]), {})
    facts.merge(batch("work_orders", [complaint("b", 2) | values]), {})
    assert links(facts) == {"a": None, "b": None, "c": NOW + timedelta(hours=1)}


people = st.tuples(st.sampled_from("abcdef"), st.integers(0, 9), st.sampled_from(["ann", "bob", None]), st.booleans())


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(people, min_size=1, max_size=4, unique_by=lambda p: p[0]), min_size=1, max_size=5))
def test_links_made_step_by_step_equal_links_made_at_once(
    facts: Facts, steps: list[list[tuple[str, int, str | None, bool]]]
) -> None:
    facts._db.execute("DELETE FROM work_orders").fetchall()
    facts._seen.clear()
    state: dict[str, tuple[int, str | None, bool]] = {}
    for step in steps:
        rows = [complaint(k, h, who, status="cancelled" if off else "open") for k, h, who, off in step]
        facts.merge(batch("work_orders", rows), {})
        state |= {k: (h, who, off) for k, h, who, off in step}
    counted = sorted((h, k, who) for k, (h, who, off) in state.items() if who and not off)
    last: dict[str, datetime] = {}
    wanted: dict[str, datetime | None] = dict.fromkeys(state)
    for hour, key, who in counted:
        wanted[key] = last.get(who)
        last[who] = NOW + timedelta(hours=hour)
    assert links(facts) == wanted
