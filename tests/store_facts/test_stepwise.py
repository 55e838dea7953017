"""Facts merged step by step equal facts merged at once: derived columns and links, children and parents included."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kpis.calendars_file import load as load_calendar
from kpis.derive import Rules, derivers
from kpis.limits_file import load
from store.facts import schema
from store.facts.db import Facts
from tests.store_facts.made import NOW, batch

DERIVE = derivers(Rules(load(), load_calendar("Asia/Shanghai"), outage_topics=("停电",)))
DERIVED = ", ".join(c.name for c in schema.WORK_ORDERS.columns if c.derived)
orders = st.fixed_dictionaries({
    "source_key": st.sampled_from("abcdef"),
    "accepted_at": st.sampled_from([None, *(NOW + timedelta(days=13 * n) for n in range(5))]),
    "identity_key": st.sampled_from(["ann", "bob", None]),
    "category": st.sampled_from(["complaint", "fault_report"]),
    "channel": st.sampled_from(["95598", "12345"]),
    "subcategory_1": st.sampled_from(["停电", "meter"]),
    "transformer_area": st.sampled_from(["A1", "A2"]),
    "feeder": st.sampled_from([None, "F1"]),
    "parent_order_no": st.sampled_from([None, None, "no a", "no b"]),
    "call_count": st.sampled_from([None, 1, 2]),
    "status": st.sampled_from(["dispatched", "archived", "cancelled"]),
    "arrived_at": st.sampled_from([None, NOW + timedelta(days=60)]),
    "gone_at": st.sampled_from([None, None, NOW]),
})  # fmt: skip
steps = st.lists(st.lists(orders, min_size=1, max_size=4, unique_by=lambda o: o["source_key"]), min_size=1, max_size=4)


@pytest.fixture
def both(tmp_path: Path) -> Iterator[tuple[Facts, Facts]]:
    with Facts(tmp_path / "a.duckdb", "Asia/Shanghai") as one, Facts(tmp_path / "b.duckdb", "Asia/Shanghai") as other:
        yield one, other


def rows(facts: Facts) -> list[dict[str, Any]]:
    sql = f"SELECT source_key, {DERIVED} FROM work_orders ORDER BY source_key"  # noqa: S608
    found: list[dict[str, Any]] = facts._db.sql(sql).to_arrow_table().to_pylist()
    return found


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps)
def test_orders_merged_step_by_step_are_those_merged_at_once(
    both: tuple[Facts, Facts], steps: list[list[dict[str, Any]]]
) -> None:
    stepwise, at_once = both
    for facts in both:
        facts._db.execute("DELETE FROM work_orders").fetchall()
        facts._seen.clear()
    state: dict[str, dict[str, Any]] = {}
    for step in steps:
        named = [{**order, "order_no": f"no {order['source_key']}"} for order in step]
        stepwise.merge(batch("work_orders", named), DERIVE)
        state |= {order["source_key"]: order for order in named}
    at_once.merge(batch("work_orders", list(state.values())), DERIVE)
    assert rows(stepwise) == rows(at_once)


def test_what_changes_no_link_keeps_the_links_and_moves_no_other_row(both: tuple[Facts, Facts]) -> None:
    facts, _ = both
    common = {"category": "complaint", "identity_key": "ann", "subcategory_1": "meter", "status": "dispatched"}
    made = [{**common, "source_key": key, "accepted_at": NOW + timedelta(days=n)} for n, key in enumerate("abc")]
    facts.merge(batch("work_orders", made), DERIVE)
    before = {row["source_key"]: (row["previous_demand_at"], row["next_demand_at"]) for row in rows(facts)}
    assert before["b"] == (NOW, NOW + timedelta(days=2))
    went_on = {**made[1], "status": "archived", "archived_at": NOW + timedelta(days=3)}
    facts.merge(batch("work_orders", [went_on]), DERIVE)
    assert {row["source_key"]: (row["previous_demand_at"], row["next_demand_at"]) for row in rows(facts)} == before
    assert facts._db.execute("SELECT count(*) FROM touched").fetchall() == [(0,)]
