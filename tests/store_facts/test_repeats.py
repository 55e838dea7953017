"""A complaint knows the last one before it, whatever arrives in which order."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from store.facts.db import Facts
from store.facts.repeats import COLUMNS
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


Demand = tuple[str, int, str | None, str, str, bool, int]
demands = st.tuples(
    st.sampled_from("abcdef"),  # key
    st.integers(0, 9),  # when, in steps of 13 days
    st.sampled_from(["ann", "bob", None]),
    st.sampled_from(["complaint", "opinion", "urging"]),
    st.sampled_from(["95598", "12345", "12398"]),
    st.booleans(),  # merged into another
    st.integers(1, 3),  # calls
)


def everything(facts: Facts) -> dict[str, tuple[Any, ...]]:
    found = facts._db.sql(f"SELECT source_key, {', '.join(COLUMNS)} FROM work_orders").to_arrow_table().to_pylist()  # noqa: S608
    return {row.pop("source_key"): tuple(row.values()) for row in found}


def by_hand(rows: list[Demand]) -> dict[str, tuple[Any, ...]]:
    """The links of all rows, by their words in docs/facts.md."""
    level = {"95598": 0, "12345": 1, "12398": 2}
    named = ("95598", "12345", "12398")
    found: dict[str, tuple[Any, ...]] = {}
    for key, at, who, category, channel, merged, calls in rows:
        near = [r for r in rows if r[0] != key and r[2] == who is not None and r[3] == category]
        own = [r for r in near if not r[5] and category != "urging"]
        place = (at, key)
        before = [r for r in own if (r[1], r[0]) < place and (at - r[1]) * 13 <= 60]
        after = [r for r in own if (r[1], r[0]) > place and (r[1] - at) * 13 <= 60]
        is_own = not merged and category != "urging" and who is not None
        last = at_of(max(before, key=lambda r: (r[1], r[0]))[1]) if before and is_own else None
        following = at_of(min(after, key=lambda r: (r[1], r[0]))[1]) if after and is_own else None
        called = calls + sum(r[6] for r in near if r[1] <= at and (at - r[1]) * 13 <= 60)
        seen = [level[r[4]] for r in own if r[1] <= at and (at - r[1]) * 13 <= 60]
        came = named[max(seen)] if is_own and seen and max(seen) < level[channel] else None
        found[key] = (
            last if category == "complaint" else None,
            last,
            following,
            called if called > 1 and who is not None else None,
            came,
        )
    return found


def at_of(step: int) -> datetime:
    return NOW + timedelta(days=13 * step)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(demands, min_size=1, max_size=5, unique_by=lambda d: d[0]), min_size=1, max_size=4))
def test_all_links_are_those_of_the_rows_that_are_there(facts: Facts, steps: list[list[Demand]]) -> None:
    """Late rows, changed rows and moved rows included."""
    facts._db.execute("DELETE FROM work_orders").fetchall()
    facts._seen.clear()
    state: dict[str, Demand] = {}
    for step in steps:
        rows = [
            {
                "source_key": key, "accepted_at": at_of(at), "identity_key": who, "category": category,
                "channel": channel, "parent_order_no": "9" if merged else None, "call_count": calls,
                "subcategory_1": "meter", "status": "open",
            }
            for key, at, who, category, channel, merged, calls in step
        ]  # fmt: skip
        facts.merge(batch("work_orders", rows), {})
        state |= {demand[0]: demand for demand in step}
    assert everything(facts) == by_hand(list(state.values()))


def test_a_demand_without_a_time_has_no_links_and_stops_nothing(facts: Facts) -> None:
    facts.merge(batch("work_orders", [complaint("a", 0, accepted_at=None)]), {})
    facts.merge(batch("work_orders", [complaint("b", 1)]), {})
    assert set(everything(facts).values()) == {(None,) * len(COLUMNS)}


def test_of_an_outage_the_place_is_the_matter(facts: Facts) -> None:
    """Whatever the customer calls it; of anything else the class is."""

    def about(rows: Any, _beside: Any) -> Any:
        return rows[[]].assign(is_outage_topic=rows["category"].eq("fault_report") | rows["outage_no"].notna())

    made = [
        complaint("1", 0, category="fault_report", transformer_area="T1"),
        complaint("2", 1, category="opinion", transformer_area="T1", outage_no="7", subcategory_1="supply"),
        complaint("3", 2, category="fault_report", transformer_area="T2"),
        complaint("4", 3, category="opinion", transformer_area="T1", subcategory_1="supply"),
        complaint("5", 4, category="fault_report", feeder="F1"),
        complaint("6", 5, category="fault_report", feeder="F1", subcategory_1="other"),
    ]
    facts.merge(batch("work_orders", made), {"work_orders": about})
    previous = {key: row[1] for key, row in everything(facts).items() if row[1]}
    assert previous == {"2": NOW, "6": NOW + timedelta(hours=4)}
