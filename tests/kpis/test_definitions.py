"""What counts and what is good, by rows whose names say why, as seen at 14:32 on the Friday."""

from collections.abc import Sequence
from datetime import timedelta

import ibis
import pytest

from kpis.catalogue import CATALOGUE
from kpis.evaluate import rows_behind, values
from kpis.types import Options
from tests.kpis.stage import NOW, Row, Stage, at, complaint, fault, survey

OUT, GOOD, BAD = None, True, False


def verdicts(key: str, rows: Sequence[Row], options: Options | None = None) -> dict[str, bool | None]:
    """For each row whether it counts as good, as bad, or (None) not at all."""
    definition = CATALOGUE[key]
    stage = Stage(**{definition.table: rows})
    behind = rows_behind(stage, definition, options or Options())
    found = stage.frame(behind.select("source_key", "is_success"), NOW)
    counted = dict(zip(found["source_key"], found["is_success"].astype(bool), strict=True))
    return {row["source_key"]: counted.get(row["source_key"]) for row in rows}


ARRIVAL = [
    (fault("arrived within 45 min is on time", arrived_at="08:30"), GOOD),
    (fault("arrived exactly at the limit is on time", arrived_at="08:45"), GOOD),
    (fault("arrived a minute after the limit is late", arrived_at="08:46"), BAD),
    (fault("open and past its limit is late at once", "13:46"), BAD),
    (fault("open exactly at its limit is not judged yet", "13:47"), OUT),
    (fault("open within its limit is not judged yet", "14:20"), OUT),
    (fault("arrived within the limit counts though the limit is still running", "14:20", arrived_at="14:30"), GOOD),
    (fault("merged into another order is left out", arrived_at="08:30", parent_order_no="x"), OUT),
    (fault("a late child is left out too", parent_order_no="x"), OUT),
    (fault("cancelled is left out", status="cancelled"), OUT),
    (fault("cancelled after a late arrival is left out", status="cancelled", arrived_at="09:30"), OUT),
    (fault("without an area class there is no limit", area_class=None, arrived_at="08:30"), OUT),
    (fault("a status nobody gave is open", "13:00", status=None), BAD),
    (fault("rural has 90 min", area_class="rural", arrived_at="09:20"), GOOD),
    (complaint("a complaint is no fault report", arrived_at="09:00"), OUT),
    (fault("settled without a visit before the limit had no visit due", archived_at="08:40", status="closed"), OUT),
    (fault("settled without a visit after the limit is late", archived_at="08:50", status="closed"), BAD),
    (fault("supply back before anybody came, in time: no visit due", restored_at="08:40", restore_first=True), OUT),
    (fault("closed without any time is not judged", status="closed"), OUT),
    (fault("arrived before accepted is judged by its end", arrived_at="07:50"), GOOD),
    (fault("an arrival that lies in the future is not known", "08:00", arrived_at="15:00"), BAD),
    (fault("accepted in the future is not known", "15:00", arrived_at="15:10"), OUT),
    (fault("the customer's own installation still wants a visit", asset_ownership="customer", arrived_at="09:00"), BAD),
]
A = {"arrived_at": "08:20"}  # urban: due at 11:20
RESTORATION = [
    (fault("restored within 180 min of arrival is on time", **A, restored_at="11:00"), GOOD),
    (fault("restored exactly at the limit is on time", **A, restored_at="11:20"), GOOD),
    (fault("restored a minute after the limit is late", **A, restored_at="11:21"), BAD),
    (fault("open and past its limit is late at once", **A), BAD),
    (fault("open exactly at its limit is not judged yet", "11:00", arrived_at="11:32"), OUT),
    (fault("open within its limit is not judged yet", "12:00", arrived_at="12:30"), OUT),
    (fault("the clock does not start before arrival", "08:00"), OUT),
    (fault("archived stands in for restored", **A, archived_at="11:10", status="closed"), GOOD),
    (fault("archived too late stands in as well", **A, archived_at="11:30", status="closed"), BAD),
    (fault("restored counts before archived", **A, restored_at="11:10", archived_at="13:00", status="closed"), GOOD),
    (fault("closed without any time is not judged", **A, status="closed"), OUT),
    (fault("a child is left out", **A, restored_at="13:00", parent_order_no="x"), OUT),
    (fault("cancelled is left out", **A, restored_at="13:00", status="cancelled"), OUT),
    (fault("a customer's own installation is left out", **A, restored_at="13:00", asset_ownership="customer"), OUT),
    (fault("the utility's asset is not left out", **A, restored_at="13:00", asset_ownership="utility"), BAD),
    (fault("customer-internal by code is left out", **A, subcategory_1="customer_internal"), OUT),
    (fault("non-power by code is left out", **A, subcategory_1="non_power"), OUT),
    (fault("customer-internal by its Chinese label is left out", **A, subcategory_1="客户内部故障"), OUT),
    (fault("non-power by its Chinese label is left out", **A, subcategory_1="非电力故障"), OUT),
    (fault("another class is not left out", **A, subcategory_1="低压故障"), BAD),
    (fault("restored before arrival is judged by its end", **A, restored_at="08:10"), GOOD),
    (fault("no area class, no limit", **A, area_class=None, restored_at="13:00"), OUT),
    (
        fault("restored in the future is open now", "08:00", arrived_at="08:20", restored_at="15:00", status="closed"),
        BAD,
    ),
    (fault("arrived in the future has no clock yet", "14:00", arrived_at="14:40"), OUT),
]
WITH = {"subcategory_1": "outage"}
FIRST = at("08:00", days=-40)
REPEATS = [
    (complaint("without account and telephone it counts as new"), BAD),
    (complaint("the first of a customer", FIRST, identity_key="a", **WITH), BAD),
    (complaint("exactly 30 days later it is a repeat", FIRST + timedelta(days=30), identity_key="a", **WITH), GOOD),
    (complaint("the first of another customer", FIRST, identity_key="b", **WITH), BAD),
    (complaint("a minute more is new", FIRST + timedelta(days=30, minutes=1), identity_key="b", **WITH), BAD),
    (complaint("another matter is new", FIRST + timedelta(days=1), identity_key="b", subcategory_1="bill"), BAD),
    (complaint("a merged child is left out", identity_key="c", **WITH, parent_order_no="x"), OUT),
    (complaint("a cancelled one is left out", identity_key="c", **WITH, status="cancelled"), OUT),
    (complaint("after a child and a cancelled one it is new", "12:00", identity_key="c", **WITH), BAD),
    (fault("a fault report is no complaint", identity_key="a", **WITH), OUT),
]
SATISFACTION = [
    (survey("satisfied", outcome="answered", is_satisfied=True), GOOD),
    (survey("dissatisfied", outcome="answered", is_satisfied=False), BAD),
    (survey("answered without a verdict is left out", outcome="answered"), OUT),
    (survey("unreachable is left out", outcome="unreachable"), OUT),
    (survey("refused is left out whatever its code says", outcome="refused", is_satisfied=False), OUT),
    (survey("still open is left out"), OUT),
    (survey("a source without outcomes is believed", is_satisfied=True), GOOD),
    (survey("answered in the future is not known", outcome="answered", is_satisfied=True, answered_at="15:00"), OUT),
]
STATED = [
    (fault("closed before the limit", given_due_at="10:00", archived_at="09:00"), GOOD),
    (fault("closed exactly at the limit", given_due_at="10:00", archived_at="10:00"), GOOD),
    (fault("closed after the limit", given_due_at="10:00", archived_at="10:01"), BAD),
    (fault("open and past the limit", given_due_at="14:31"), BAD),
    (fault("open and within the limit is on time so far", given_due_at="14:33"), GOOD),
    (fault("closed before it was opened is judged by its close", given_due_at="10:00", archived_at="07:59"), GOOD),
    (fault("without a limit it is on time", archived_at="23:00"), GOOD),
    (complaint("every category counts", given_due_at="10:00"), BAD),
    (fault("the source's verdict is no input", given_due_at="10:00", archived_at="09:00", source_verdict="LATE"), GOOD),
]
CASES = [
    *(("arrival_on_time_rate", row, verdict) for row, verdict in ARRIVAL),
    *(("restoration_on_time_rate", row, verdict) for row, verdict in RESTORATION),
    *(("complaint_repeat_rate", row, verdict) for row, verdict in REPEATS),
    *(("satisfaction_rate", row, verdict) for row, verdict in SATISFACTION),
    *(("stated_limit_on_time_rate", row, verdict) for row, verdict in STATED),
]


@pytest.fixture(scope="module")
def judged() -> dict[tuple[str, str], bool | None]:
    """All rows of a definition in one table, as they are in life."""
    found: dict[tuple[str, str], bool | None] = {}
    for key in CATALOGUE:
        rows = [row for k, row, _ in CASES if k == key]
        assert len({row["source_key"] for row in rows}) == len(rows) > 0
        found |= {(key, reason): verdict for reason, verdict in verdicts(key, rows).items()}
    return found


@pytest.mark.parametrize(
    ("key", "row", "verdict"), [pytest.param(*case, id=f"{case[0]}: {case[1]['source_key']}") for case in CASES]
)
def test_each_rule_of_each_definition(
    key: str, row: Row, verdict: bool | None, judged: dict[tuple[str, str], bool | None]
) -> None:
    assert judged[key, row["source_key"]] is verdict


def test_the_other_reading_leaves_orders_without_a_limit_out() -> None:
    found = verdicts("stated_limit_on_time_rate", [row for row, _ in STATED], Options(no_limit="excluded"))
    expected = {row["source_key"]: verdict for row, verdict in STATED}
    assert found == expected | {"without a limit it is on time": None}


@pytest.mark.parametrize("key", CATALOGUE)
def test_the_value_counts_what_the_rows_behind_it_show(key: str) -> None:
    rows = [(row, verdict) for k, row, verdict in CASES if k == key]
    stage = Stage(**{CATALOGUE[key].table: [row for row, _ in rows]})
    value = values(stage, CATALOGUE[key], Options(), now=NOW).iloc[0]
    assert value["n"] == sum(verdict is not None for _, verdict in rows)
    assert value["successes"] == sum(verdict is True for _, verdict in rows)


@pytest.mark.parametrize("no_limit", ["on_time", "excluded"])
@pytest.mark.parametrize("key", CATALOGUE)
def test_definitions_compile_for_postgresql(key: str, no_limit: str) -> None:
    definition, options = CATALOGUE[key], Options.model_validate({"no_limit": no_limit})
    behind = rows_behind(Stage(), definition, options, outcome="failure")
    sql = ibis.to_sql(behind, dialect="postgres")
    assert definition.table in sql and "1999-09-09T09:09:09+00:00" in sql


def test_a_moment_later_the_open_order_is_late() -> None:
    stage, definition = Stage(work_orders=[fault("x", "13:47")]), CATALOGUE["arrival_on_time_rate"]
    before = values(stage, definition, Options(), now=NOW).iloc[0]
    after = values(stage, definition, Options(), now=NOW + timedelta(microseconds=1)).iloc[0]
    assert (before["n"], after["n"], after["successes"]) == (0, 1, 0)


def test_an_evaluation_of_the_past_does_not_know_the_future() -> None:
    """Asked about 09:00, an order with arrival at 09:30 is open and late; at 08:40 it is not judged."""
    row = fault("x", arrived_at="09:30", restored_at="11:30", archived_at="12:00", status="closed")
    stage, definition = Stage(work_orders=[row]), CATALOGUE["arrival_on_time_rate"]
    asked = [values(stage, definition, Options(), now=at(t)).iloc[0] for t in ("08:40", "09:00", "14:00")]
    assert [(v["n"], v["successes"]) for v in asked] == [(0, 0), (1, 0), (1, 0)]
