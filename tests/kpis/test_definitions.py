"""What counts and what is good, by rows whose names say why, as seen at 14:32 on the Friday."""

from datetime import timedelta

import ibis
import pandas as pd
import pytest

from kpis.catalogue import CATALOGUE, LIVE
from kpis.evaluate import rows_behind, values
from kpis.types import Options
from tests.kpis import (
    cases_connection,
    cases_demands,
    cases_minutes,
    cases_repair,
    cases_returns,
    cases_revisits,
    cases_standing,
    test_reliability,
)
from tests.kpis.cases_minutes import HALF, MEAN, MEDIAN, P90, UNIT
from tests.kpis.judging import GOOD, MARK, Cases, Verdict, connection, exempt, judged_together, named
from tests.kpis.stage import NOW, Row, Stage, at, complaint, fault

STATISTICS = ("mean", "median", "p90")
CASES: dict[str, Cases] = {
    **cases_repair.CASES,
    **cases_demands.CASES,
    **cases_connection.CASES,
    **cases_standing.CASES,
    **cases_returns.CASES,
    **cases_revisits.CASES,
    **{
        f"{span}_minutes_{statistic}": [(row, None if minutes is None else GOOD) for row, minutes in rows]
        for span, rows in cases_minutes.CASES.items()
        for statistic in STATISTICS
    },
}
KEPT = "promise_keeping_rate"
# How many promises of the order are due, and how many were kept.
PROMISES: list[tuple[Row, int, int]] = [
    (fault("came and restored in time", arrived_at="08:30", restored_at="09:00"), 2, 2),
    (fault("came late, restored in time", arrived_at="09:30", restored_at="10:00"), 2, 1),
    (fault("nobody came, past the limit", "13:46"), 1, 0),
    (fault("nobody came, within the limit", "14:00"), 0, 0),
    (exempt("arrival", fault("exempt from one of two", arrived_at="09:30", restored_at="10:00")), 1, 1),
    (fault("the customer's own", arrived_at="08:30", restored_at="13:00", asset_ownership="customer"), 1, 1),
    (fault("a child", arrived_at="09:30", parent_order_no="x"), 0, 0),
    (complaint("called too late, answered in time", at("08:00", -2), contacted_at="09:00", replied_at="10:00"), 2, 1),
    (complaint("a complaint of this morning"), 0, 0),
    (
        connection(
            "scheme and the whole in time, power a minute late",
            at("08:00", -8),
            scheme_at=at("09:00", -7),
            inspected_at=at("08:00", -4),
            connected_at=at("08:01", -3),
        ),
        3,
        2,
    ),
]


@pytest.fixture(scope="module")
def stage() -> Stage:
    """All rows of all definitions in one table, as they are in life."""
    return judged_together({**CASES, KEPT: [(row, None) for row, _, _ in PROMISES]}, cases_revisits)


@pytest.fixture(scope="module")
def judged(stage: Stage) -> dict[tuple[str, str], Verdict]:
    """For each row of each definition whether it counts as good, as bad, or (None) not at all."""
    found: dict[tuple[str, str], Verdict] = {}
    for key, rows in CASES.items():
        counted = verdicts(stage, key)
        found |= {(key, row["source_key"]): counted.get(named(key, row)) for row, _ in rows}
    return found


def verdicts(stage: Stage, key: str, options: Options | None = None) -> dict[str, bool]:
    d = CATALOGUE[key]
    behind = rows_behind(stage, d, options or Options(), where={MARK[d.table]: [key]})
    found = stage.frame(behind.select("source_key", "is_success"), NOW)
    return dict(zip(found["source_key"], found["is_success"].astype(bool), strict=True))


def value(stage: Stage, key: str) -> dict[str, float]:
    d = CATALOGUE[key]
    return dict(values(stage, d, Options(), where={MARK[d.table]: [key]}, now=NOW).iloc[0])


def test_every_definition_is_judged_by_hand() -> None:
    assert {*CASES, KEPT, *test_reliability.JUDGED} == set(CATALOGUE)


@pytest.mark.parametrize(
    ("key", "row", "verdict"),
    [pytest.param(key, *case, id=f"{key}: {case[0]['source_key']}") for key, rows in CASES.items() for case in rows],
)
def test_each_rule_of_each_definition(
    key: str, row: Row, verdict: Verdict, judged: dict[tuple[str, str], Verdict]
) -> None:
    assert judged[key, row["source_key"]] is verdict


def test_each_promise_counts_by_itself(stage: Stage) -> None:
    d = CATALOGUE[KEPT]
    found = values(stage, d, Options(), by=["cause_1"], where={"cause_2": [KEPT]}, now=NOW)
    assert found[["n", "successes"]].to_numpy().tolist() == [
        [sum(n for _, n, _ in PROMISES), sum(kept for _, _, kept in PROMISES)]
    ]
    whole = {named(KEPT, row): n == kept for row, n, kept in PROMISES if n}
    assert verdicts(stage, KEPT) == whole, "a row is good when all its promises are kept"


@pytest.mark.parametrize("key", CASES)
def test_the_value_counts_what_the_rows_behind_it_show(stage: Stage, key: str) -> None:
    rows, found = CASES[key], value(stage, key)
    assert found["n"] == sum(verdict is not None for _, verdict in rows)
    if CATALOGUE[key].statistic == "rate":
        assert found["successes"] == sum(verdict is True for _, verdict in rows)
        assert found["value"] == pytest.approx(100 * found["successes"] / found["n"])
    elif CATALOGUE[key].statistic == "count":
        assert found["value"] == found["n"] and pd.isna(found["successes"])


@pytest.mark.parametrize("span", cases_minutes.CASES)
def test_means_and_quantiles_by_hand(stage: Stage, span: str) -> None:
    unit, known = UNIT[span], sorted(m for _, m in cases_minutes.CASES[span] if m is not None)
    assert known == [2 * unit, 4 * unit, 9 * unit]
    for statistic, expected in zip(STATISTICS, (MEAN, MEDIAN, P90), strict=True):
        found = value(stage, f"{span}_minutes_{statistic}")
        assert found["n"] == 3
        assert found["value"] == pytest.approx(expected * unit)
        if statistic == "mean":
            assert found["low"] == pytest.approx((MEAN - HALF) * unit, rel=1e-4)
            assert found["high"] == pytest.approx((MEAN + HALF) * unit, rel=1e-4)
        else:
            assert pd.isna(found["low"]) and pd.isna(found["high"])


@pytest.mark.parametrize("key", ["arrival_minutes_mean", "arrival_minutes_median", "arrival_minutes_p90"])
def test_nothing_ended_has_no_minutes_and_one_no_interval(key: str) -> None:
    none = values(Stage(work_orders=[fault("x")]), CATALOGUE[key], Options(), now=NOW).iloc[0]
    assert none["n"] == 0 and none[["value", "low", "high", "successes"]].isna().all()
    one = values(Stage(work_orders=[fault("x", arrived_at="08:20")]), CATALOGUE[key], Options(), now=NOW).iloc[0]
    assert (one["n"], one["value"]) == (1, 20) and one[["low", "high"]].isna().all()


def test_nothing_open_is_a_count_of_zero() -> None:
    found = values(Stage(), CATALOGUE["open_orders"], Options(), now=NOW).iloc[0]
    assert (found["n"], found["value"]) == (0, 0) and pd.isna(found["successes"])


def test_the_other_reading_leaves_orders_without_a_limit_out(stage: Stage) -> None:
    key = "stated_limit_on_time_rate"
    found = verdicts(stage, key, Options(no_limit="excluded"))
    assert set(verdicts(stage, key)) - set(found) == {f"{key}: without a limit it is on time"}


def test_exemptions_and_event_days_are_told_beside_the_value(stage: Stage) -> None:
    d = CATALOGUE["dispatch_on_time_rate"]
    found = values(stage, d, Options(), where={"cause_2": [d.key]}, beside=True, now=NOW).iloc[0]
    assert (found["before_n"] - found["n"], found["before_successes"] - found["successes"]) == (2, 1)
    assert (found["ordinary_n"], found["ordinary_successes"]) == (found["n"], found["successes"])


def test_what_is_live_is_a_rate_of_the_tables_own_moment() -> None:
    """The walls add up n and successes by the day of the row."""
    assert {d.key for d in LIVE if d.statistic != "rate" or d.at} == set()


@pytest.mark.parametrize("no_limit", ["on_time", "excluded"])
@pytest.mark.parametrize("key", ["arrival_on_time_rate", "stated_limit_on_time_rate", KEPT])
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
