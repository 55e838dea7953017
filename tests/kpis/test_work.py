"""Stages, reports by hour against a usual day, crews: of everything and of any unit."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import pytest

from kpis.live import Observation, observe
from kpis.snapshot import build
from kpis.types import LedgerView
from kpis.urgent import Memory
from kpis.work import LEAST_DAYS, MANY_DAYS, usual_day
from tests.kpis.stage import NOW, UNITS, Row, Stage, at, fault, outage
from tests.kpis.storm import A2, B1, OPTIONS, STATES, bodies, rows


def seen(*orders: Row, **tables: Any) -> Observation:
    return observe(Stage(units=UNITS, work_orders=orders, **tables), OPTIONS, {}, Memory(), NOW)


def daily(days: range, clock: str = "14:10", n: int = 1, **fields: Any) -> list[Row]:
    """`n` fault reports a day, settled long ago."""
    return [
        fault(f"{clock} {day} {i} {fields}", at(clock, -day), archived_at=at(clock, -day), **fields)
        for day in days
        for i in range(n)
    ]


@pytest.fixture(scope="module")
def busy() -> Observation:
    """Crew a has four orders, two of them late; b one; one order has no crew, and one has a crew and no limit."""
    return seen(
        fault("a1", "13:00", crew="a"),
        fault("a2", "13:30", crew="a", dispatched_at="13:31"),
        fault("a3", "14:20", crew="a", dispatched_at="14:21", received_at="14:25"),
        fault("a4", "14:00", crew="a", area_class=None),
        fault("b1", "12:00", crew="b", dispatched_at="12:01", received_at="12:04", arrived_at="12:30", **A2),
        fault("nobody's", "14:30", dispatched_at="14:50", **B1),
        fault("settled by telephone", "09:00", archived_at="09:05", status="closed"),
        fault("restored", "07:00", arrived_at="07:30", restored_at="08:00", status="closed"),
        fault("archived after a visit", at("23:00", -1), arrived_at=at("23:30", -1), archived_at="01:00"),
        fault("restored yesterday", at("20:00", -1), arrived_at=at("20:30", -1), restored_at=at("22:00", -1)),
        fault("the customer's own", "09:00", arrived_at="09:30", restored_at="09:40", asset_ownership="customer"),
        fault("a child", "09:00", arrived_at="09:30", restored_at="09:40", parent_order_no="restored"),
        fault("cancelled", "09:00", crew="a", status="cancelled"),
    )


def test_each_open_order_stands_at_its_furthest_stage_that_has_come(busy: Observation) -> None:
    assert bodies(busy)["work"]["stages"] == {
        "accepted": 3,
        "dispatched": 1,
        "on_the_way": 1,
        "on_site": 1,
        "restored_today": 2,
    }
    found = {r["order_no"]: (r["stage"], r["crew"]) for r in rows(bodies(busy)["repairs"])}
    assert found["nobody's"] == ("accepted", None), "it will be dispatched at 14:50, and it is 14:32"
    assert found["a3"] == ("on_the_way", "a")


def test_a_crew_has_its_orders_with_and_without_limit(busy: Observation) -> None:
    part = bodies(busy, crew_orders=3)["work"]
    assert part["crews"] == {
        "columns": {"code": ["a", "b"], "open": [4, 1], "overdue": [2, 0]},
        "count": 2,
        "orders": 5,
        "over": 1,
        "unassigned": 1,
    }
    assert part["crew_capacity"] == 3
    assert bodies(busy, crew_orders=4)["work"]["crews"]["over"] == 0, "as many as it can do are not too many"


def test_a_unit_has_its_own_part_of_all_of_it(busy: Observation) -> None:
    whole, units = bodies(busy)["work"], [bodies(busy, unit=unit)["work"] for unit in ("A1", "A2", "B1")]
    for stage in whole["stages"]:
        assert sum(unit["stages"][stage] for unit in units) == whole["stages"][stage], stage
    assert sum(unit["so_far"] for unit in units) == whole["so_far"]
    assert units[1]["crews"]["columns"] == {"code": ["b"], "open": [1], "overdue": [0]}
    empty = bodies(busy, unit="no such unit")["work"]
    assert (empty["so_far"], empty["crews"]["count"], empty["stages"]["on_site"]) == (0, 0, 0)


def test_hours_of_today_until_the_one_that_runs(busy: Observation) -> None:
    part = bodies(busy)["work"]
    today = part["hours"]["today"]
    assert {hour: n for hour, n in enumerate(today) if n} == {7: 1, 9: 2, 12: 1, 13: 2, 14: 3}
    assert today[15:] == [None] * 9 and part["hours"]["hour"] == 14
    assert part["so_far"] == 9


def test_six_days_are_no_usual_day_and_seven_are() -> None:
    """The Friday is a working day; the first day known is left out, because history may have begun at noon."""
    days = [1, 2, 3, 4, 7, 8, 9, 10]
    few, enough = (bodies(seen(*daily(days[:n])))["work"] for n in (7, 8))  # type: ignore[arg-type]
    assert (few["hours"]["days"], few["usual_so_far"]) == (LEAST_DAYS - 1, None)
    assert few["hours"]["usual"] == few["hours"]["low"] == few["hours"]["high"] == [None] * 24
    assert (enough["hours"]["days"], enough["hours"]["usual"][14], enough["hours"]["usual"][13]) == (7, 1.0, 0.0)
    assert enough["usual_so_far"] == pytest.approx(32 / 60, abs=0.05), "32 minutes of the hour have passed"


def test_weekends_count_for_weekends_alone() -> None:
    everything = [
        *daily(range(1, 29), "10:00"),
        *daily(range(6, 28, 7), "10:00", 9),
        *daily(range(29, 35), "10:00", 50),
    ]
    hours = bodies(seen(*everything))["work"]["hours"]
    assert (hours["days"], hours["usual"][10]) == (MANY_DAYS, 1.0)
    stage = Stage(units=UNITS, work_orders=everything)
    saturday = observe(stage, OPTIONS, {}, Memory(), NOW + timedelta(days=1))
    hours = bodies(saturday)["work"]["hours"]
    assert (hours["days"], hours["usual"][10]) == (8, (4 * 10 + 4) / 8)


def test_a_usual_day_of_a_unit_has_the_days_of_the_site() -> None:
    """A station without a report on most days had none on them; a day without any report of the site has no data."""
    found = seen(*daily(range(1, 29)), *daily(range(1, 2), n=6, **B1))
    hours = bodies(found, unit="B1")["work"]["hours"]
    assert (hours["days"], hours["usual"][14]) == (20, 6 / 20)


def test_the_range_of_few_days_is_wider_than_what_they_showed() -> None:
    days = np.zeros((LEAST_DAYS, 24), dtype=np.int64)
    days[:, 9] = [8, 10, 12, 9, 11, 10, 10]
    mean, low, high = usual_day(days)
    assert mean is not None and low is not None and high is not None
    assert mean[9] == 10
    # Student's t of 6 degrees of freedom is 2.447, the deviation 1.2910: 10 +- 2.447 * 1.2910 * sqrt(8 / 7).
    assert (low[9], high[9]) == (pytest.approx(6.623, abs=1e-3), pytest.approx(13.377, abs=1e-3))
    assert (low[3], high[3]) == (0, 0)
    days[:, 9] = [0, 0, 0, 0, 0, 0, 7]
    low = usual_day(days)[1]
    assert low is not None and low[9] == 0, "no day has fewer than none"
    days = np.tile(np.arange(MANY_DAYS)[:, np.newaxis], (1, 24))
    _, low, high = usual_day(days)
    assert low is not None and high is not None
    assert (low[0], high[0]) == (pytest.approx(0.475), pytest.approx(18.525))


def test_an_order_stands_for_the_customers_of_its_outage() -> None:
    found = seen(
        fault("single"),
        fault("of O1", outage_no="O1"),
        fault("of O2", outage_no="O2"),
        fault("of one that is over", outage_no="O3"),
        fault("of one nobody knows", outage_no="O9"),
        outages=[
            outage("O1", customers_out=612),
            outage("O2"),
            outage("O3", "09:00", customers_out=70, restored_at="13:30"),
        ],
    )
    customers = {r["order_no"]: r["customers"] for r in rows(bodies(found)["repairs"])}
    expected = {"single": 1, "of O1": 612, "of O2": None, "of one that is over": 1, "of one nobody knows": None}
    assert customers == expected
    assert found.open_repairs["critical"].sum() == 0
    large = observe(Stage(work_orders=[fault("x", outage_no="O1")], outages=[outage("O1", customers_out=612)]),
                    replace(OPTIONS, critical_customers=600), {}, Memory(), NOW)  # fmt: skip
    assert large.open_repairs["critical"].tolist() == [True]


def test_without_a_source_of_outages_nobody_knows_the_customers() -> None:
    part = build(seen(fault("x")), LedgerView(), STATES[:1], OPTIONS).parts["repairs"].body
    assert part["columns"]["customers"] == [None]
