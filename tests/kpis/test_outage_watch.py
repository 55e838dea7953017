"""Which outages need somebody at 14:32, by rows whose names say why."""

from datetime import timedelta
from typing import Any

import pandas as pd
import pytest

from kpis import outage_watch
from kpis.switching import steps, with_customers
from kpis.urgent import recent_areas, recent_outages
from tests.kpis.stage import NOW, Row, Stage, at, outage


def planned(key: str, start: Any, **fields: Any) -> Row:
    return outage(key, None, **{"kind": "planned", "planned_start_at": start, **fields})  # type: ignore[arg-type]


RUNNING = [
    (outage("past its estimate", "13:00", estimate_at="14:31"), {"expired"}),
    (outage("at its estimate", "13:00", estimate_at="14:32"), set()),
    (outage("over, past its estimate", "13:00", estimate_at="14:00", restored_at="14:20"), set()),
    (outage("8 h", "06:32"), {"long"}),
    (outage("a minute short of 8 h", "06:33"), set()),
    (outage("a sensitive customer", "14:00", sensitive_out=1), {"with_special_customers"}),
    (outage("an important one", "14:00", important_out=2), {"with_special_customers"}),
    (outage("none of them", "14:00", sensitive_out=0, important_out=0), set()),
    (outage("planned, past its end", "09:00", kind="planned", planned_end_at="14:31"), {"not_restored"}),
    (outage("planned, at its end", "09:00", kind="planned", planned_end_at="14:32"), set()),
    (outage("a fault has no planned end", "09:00", planned_end_at="14:31"), set()),
]
PLANS = [
    (planned("15 min past the start", "14:17", announced_at=at("14:17", -7)), set()),
    (planned("more than 15 min past it", "14:16", announced_at=at("14:16", -7)), {"not_started"}),
    (planned("begun", "12:00", started_at=at("12:30"), announced_at=at("12:00", -8)), set()),
    (planned("in 3 days, nobody was told", at("09:00", 3)), {"unannounced"}),
    (planned("in 3 days, told 6 days before", at("09:00", 3), announced_at=at("09:00", -3)), {"unannounced"}),
    (planned("in 3 days, told 7 days before", at("09:00", 3), announced_at=at("09:00", -4)), set()),
    (planned("in 7 days and a bit, not yet due", at("14:33", 7)), set()),
    (planned("temporary, in 25 h", at("15:32", 1), kind="temporary"), set()),
    (planned("temporary, in 23 h", at("13:32", 1), kind="temporary"), {"unannounced"}),
    (planned("told only after now", at("09:00", 3), announced_at=at("15:00")), {"unannounced"}),
]


def test_the_columns_a_rule_may_rely_on() -> None:
    stage = Stage(outages=[row for row, _ in (*RUNNING, *PLANS)])
    outages, areas = stage.frame(recent_outages(stage), NOW), stage.frame(recent_areas(stage), NOW)
    outages = with_customers(outages, steps(outages, areas), NOW)
    found: dict[str, set[str]] = {row["source_key"]: set() for row, _ in (*RUNNING, *PLANS)}
    for frame, watches in (
        (outages, outage_watch.WATCHES),
        (stage.frame(outage_watch.plans(stage), NOW), outage_watch.PLAN_WATCHES),
    ):
        for name, watch in watches.items():
            seen = watch(frame, NOW)
            assert list(seen.columns)[: len(outage_watch.WATCHED)] == list(outage_watch.WATCHED)
            assert seen["late_min"].ge(0).all() and seen["since"].is_monotonic_increasing
            for key in seen["source_key"]:
                found[key].add(name)
            assert watch(frame.head(0), NOW).empty
    assert found == {row["source_key"]: names for row, names in (*RUNNING, *PLANS)}


@pytest.mark.parametrize(("moved", "count"), [(timedelta(0), 1), (timedelta(minutes=-2), 0)])
def test_the_moment_decides(moved: timedelta, count: int) -> None:
    stage = Stage(outages=[outage("x", "13:00", estimate_at="14:31", customers_out=9)])
    outages = stage.frame(recent_outages(stage), NOW)
    outages = with_customers(outages, steps(outages, stage.frame(recent_areas(stage), NOW)), NOW)
    seen = outage_watch.expired(outages, NOW + moved)
    assert len(seen) == count
    if count:
        assert seen[["late_min", "customers_now"]].to_numpy().tolist() == [[1, 9]]


def test_notice_says_whether_it_came_at_all() -> None:
    rows = [planned("none", at("09:00", 3)), planned("late", at("09:00", 3), announced_at=at("09:00"))]
    stage = Stage(outages=rows)
    seen = outage_watch.unannounced(stage.frame(outage_watch.plans(stage), NOW), NOW)
    assert dict(zip(seen["source_key"], seen["notice"], strict=True)) == {"none": "none", "late": "late"}
    assert pd.Timestamp(at("09:00", -4)) == seen["since"].iloc[0]
