"""What the wall's page Outages is told at 14:32, by rows whose names say why."""

from datetime import datetime, timedelta
from typing import Any, ClassVar

import pandas as pd
import pytest

from kpis.freshness import Promise
from kpis.live import LiveOptions, observe
from kpis.snapshot import build
from kpis.types import LedgerView
from kpis.urgent import Memory
from settings import Reliability
from tests.kpis.stage import NOW, UNITS, ZONE, Row, Stage, area, at, outage, unit
from tests.kpis.test_reliability import served

OPTIONS = LiveOptions(zone=ZONE, kpis={}, promises={"city": (Promise("outages", "outages", "outages", 60.0),)})


PLANNED: Row = {"kind": "planned"}


class Fed:
    """A source of outages that was read."""

    name, feeds, as_of, read_at, error = "city", ("outages",), NOW, NOW, None
    as_of_by_table: ClassVar[dict[str, datetime | None]] = {"outages": NOW}
    as_of_by_mapping = as_of_by_table


def part(
    stage: Stage, unit_code: str | None = None, options: LiveOptions = OPTIONS, *, fed: bool = True
) -> dict[str, Any]:
    seen = observe(stage, options, {}, Memory(), NOW)
    return build(seen, LedgerView(), [Fed()] if fed else [], options, unit_code).parts["supply"].body


def rows(body: dict[str, Any]) -> list[dict[str, Any]]:
    names = list(body["columns"])
    return [dict(zip(names, line, strict=True)) for line in zip(*body["columns"].values(), strict=True)]


@pytest.fixture(scope="module")
def stage() -> Stage:
    """100 served at A1, 300 at B1; the event day of the settings is not set, and history is a day."""
    outages = [
        outage("today", "12:32", restored_at="13:32", customers_out=10, sensitive_out=1, important_out=0),
        outage("runs", "13:32", customers_out=30, county="B", station="B1", sensitive_out=2, important_out=1),
        outage("this month", at("08:00", -10), restored_at=at("10:00", -10), customers_out=50),
        outage("this year", at("08:00", -100), restored_at=at("09:00", -100), customers_out=50),
        outage("last year", at("08:00", -330), restored_at=at("09:00", -330), customers_out=50),
        outage("nobody counted", "09:00", restored_at="10:00"),
        outage("late to start", None, kind="planned", planned_start_at="14:00", announced_at=at("09:00", -9)),  # type: ignore[arg-type]
        outage("late to end", "09:00", **PLANNED, planned_start_at="09:00", planned_end_at="12:00", customers_out=0),
        outage("from yesterday", at("20:00", -1), kind="temporary", planned_end_at=at("23:00", -1), customers_out=0),
        outage("done", "08:30", **PLANNED, planned_start_at="08:00", planned_end_at="13:00", restored_at="11:00"),
        outage("in 3 days", None, kind="planned", planned_start_at=at("09:00", 3)),  # type: ignore[arg-type]
        *(outage(f"often {n}", at("01:00", -n), restored_at=at("02:00", -n)) for n in (20, 40, 59, 61)),
    ]  # fmt: skip
    steps = [
        area(f"often {n}", "T1", 5, "01:00") | {"off_at": at("01:00", -n), "on_at": at("02:00", -n)}
        for n in (20, 40, 59, 61)
    ]
    places: list[Row] = [served("T1", 100), served("T2", 300, county="B", station="B1")]
    return Stage(
        outages=outages, outage_areas=steps, customers=places, units=[*UNITS, unit("T1", "transformer_area", "G1")]
    )


def test_so_far_today_this_month_and_this_year(stage: Stage) -> None:
    found = part(stage)["periods"]
    assert found["today"]["saidi"] == (10 * 60 + 30 * 60) / 400 and found["today"]["saifi"] == 0.1
    assert (found["today"]["n"], found["today"]["running"], found["today"]["flawed"]) == (2 + 1, 2, 2)
    assert found["month"]["saidi"] == pytest.approx((2400 + 6000) / 400)
    assert found["year"]["customer_hours"] == pytest.approx((2400 + 6000 + 3000 + 4 * 300) / 60, abs=0.1)
    assert found["today"]["asai"] == pytest.approx(100 * (1 - 6 / (14 * 60 + 32)), abs=1e-4)
    mine = part(stage, "B")["periods"]["today"]
    assert (mine["saidi"], mine["n"], mine["running"]) == (6, 1, 1)


def test_without_history_no_day_is_an_event_and_a_site_may_name_some(stage: Stage) -> None:
    body = part(stage)
    assert body["threshold_min"] is None and body["history_days"] > 0 and body["deviation"] == "n-1"
    assert body["periods"]["year"]["ordinary"]["saidi"] == body["periods"]["year"]["saidi"]


def test_days_above_the_threshold_are_left_out_of_the_ordinary() -> None:
    usual = [
        outage(f"{n}", at("08:00", -n), restored_at=at("09:00", -n), customers_out=2 + n % 3) for n in range(1, 400)
    ]
    storm = outage("storm", at("08:00", -30), restored_at=at("20:00", -30), customers_out=90)
    stage = Stage(outages=[*usual, storm], customers=[served("T1", 100)])
    body = part(stage, options=LiveOptions(zone=ZONE, kpis={}, promises={}, reliability=Reliability(deviation="n")))
    year = body["periods"]["year"]
    assert body["history_days"] == 399 and year["event_days"] == 1 and body["deviation"] == "n"
    assert year["saidi"] - year["ordinary"]["saidi"] == pytest.approx((90 * 720 + 60 * (2 + 30 % 3)) / 100)


def test_missing_is_never_zero(stage: Stage) -> None:
    body = part(stage, fed=False)
    assert body["periods"]["today"]["saidi"] is None and body["plans"] is None and body["special"] is None
    unserved = part(Stage(outages=[outage("x", "12:00", customers_out=9)]))["periods"]["today"]
    assert (
        unserved["saidi"] is None
        and unserved["n"] == 1
        and unserved["customer_hours"] == pytest.approx(9 * 152 / 60, abs=0.1)
    )


def test_planned_work_of_today(stage: Stage) -> None:
    plans = part(stage)["plans"]
    states = [(row["outage_no"], row["state"], row["notice"]) for row in rows(plans)]
    assert states == [
        ("late to end", "not_restored", "none"),
        ("from yesterday", "not_restored", "none"),
        ("late to start", "not_started", "in_time"),
        ("done", "done", "none"),
    ]
    assert (plans["total"], plans["not_restored"], plans["not_started"], plans["done"]) == (3, 2, 1, 1)
    assert plans["unannounced"] == 1
    assert part(stage, "B")["plans"]["total"] == 0


def test_sensitive_and_important_customers(stage: Stage) -> None:
    special = part(stage)["special"]
    assert (special["sensitive"], special["important"], special["count"]) == (2, 1, 1)
    assert [row["outage_no"] for row in rows(special)] == ["runs"]


def test_areas_often_without_supply(stage: Stage) -> None:
    frequent = part(stage)["frequent"]
    assert [(row["transformer_area"], row["n"], row["off"], row["name_zh"]) for row in rows(frequent)] == [
        ("T1", 3, False, "T1")
    ]
    assert pd.Timestamp(rows(frequent)[0]["last_at"], unit="ms", tz="UTC") == at("01:00", -20)
    assert NOW - timedelta(days=60) > at("01:00", -61)
