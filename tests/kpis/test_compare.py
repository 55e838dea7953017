"""One figure beside others: rows of this week, the week before, a year ago and the year so far, counted by hand."""

import math
from datetime import timedelta

import pytest

from kpis.catalogue import CATALOGUE
from kpis.compare import compared
from kpis.periods import Period, named
from kpis.types import Options
from tests.kpis.stage import NOW, ZONE, Row, Stage, at, fault

ARRIVAL = CATALOGUE["arrival_on_time_rate"]
COUNTS = ["n", "previous_n", "year_ago_n", "year_to_date_n"]


def row(key: str, days: int, minutes: int, station: str | None = "A1", clock: str = "08:00") -> Row:
    """Accepted so many days from Friday, somebody there after so many minutes (45 are allowed)."""
    accepted = at(clock, days)
    return fault(key, accepted, arrived_at=accepted + timedelta(minutes=minutes), station=station)


@pytest.fixture(scope="module")
def stage() -> Stage:
    return Stage(
        work_orders=[
            row("monday, in time", -4, 10),
            row("friday, late", 0, 50),
            row("friday, in time", 0, 10),
            row("of no station", -1, 10, None),
            row("another station", -1, 50, "A2"),
            row("last friday, before this hour", -7, 10, clock="14:00"),
            row("last friday, after this hour: not as much of the week", -7, 50, clock="14:33"),
            row("last week only in B1", -8, 50, "B1"),
            row("52 weeks ago, the same Friday", -364, 10),
            row("a year ago by date is the Thursday of that week", -365, 50),
            row("a week further back", -371, 50),
            row("on New Year's Day", -323, 50),
            row("on the day before", -324, 50),
        ]
    )


def test_the_whole(stage: Stage) -> None:
    found = compared(stage, ARRIVAL, Options(), named("week", NOW, ZONE), zone=ZONE, now=NOW)
    assert found[COUNTS].to_numpy().tolist() == [[5, 2, 2, 9]]
    (one,) = found.to_dict("records")
    assert (one["value"], one["previous_value"], one["year_ago_value"]) == (60, 50, 50)
    assert one["year_to_date_value"] == pytest.approx(100 * 4 / 9)
    assert (one["target"], one["share"]) == (98, 100)
    assert one["previous_low"] < 50 < one["previous_high"]


def test_slices_of_one_period_only_stand_beside_nothing(stage: Stage) -> None:
    found = compared(stage, ARRIVAL, Options(), named("week", NOW, ZONE), by=["station"], zone=ZONE, now=NOW)
    assert str(found["n"].dtype) == "int64"
    rows = {None if not isinstance(r["station"], str) else r["station"]: r for r in found.to_dict("records")}
    assert {station: [r[name] for name in COUNTS] for station, r in rows.items()} == {
        "A1": [3, 1, 2, 6],
        "A2": [1, 0, 0, 1],
        "B1": [0, 1, 0, 1],
        None: [1, 0, 0, 1],
    }
    assert {station: r["share"] for station, r in rows.items()} == {"A1": 60, "A2": 20, "B1": 0, None: 20}
    gone, fresh = rows["B1"], rows["A2"]
    assert math.isnan(gone["value"]) and gone["previous_value"] == 0
    assert (gone["successes"], gone["before_n"], gone["ordinary_n"]) == (0, 0, 0)
    assert math.isnan(fresh["previous_value"]) and math.isnan(fresh["previous_low"])


def test_two_dimensions_of_which_one_is_a_number(stage: Stage) -> None:
    found = compared(stage, ARRIVAL, Options(), named("week", NOW, ZONE), by=["weekday", "station"], zone=ZONE, now=NOW)
    friday = found[(found["weekday"] == 5) & (found["station"] == "A1")]
    assert friday[COUNTS].to_numpy().tolist() == [[2, 1, 1, 4]]


def test_filters_hold_for_every_period(stage: Stage) -> None:
    found = compared(stage, ARRIVAL, Options(), named("week", NOW, ZONE), where={"station": ["B1"]}, zone=ZONE, now=NOW)
    assert found[COUNTS].to_numpy().tolist() == [[0, 1, 0, 1]]
    assert found["share"].isna().all(), "there is no whole to be a share of"


def test_the_target_of_the_site_stands_in_for_the_shipped_one_and_may_be_missing(stage: Stage) -> None:
    period = Period(at("00:00"), NOW)
    for options, expected in ((Options(target=90.0), 90.0), (Options(), 98.0)):
        found = compared(stage, ARRIVAL, options, period, zone=ZONE, now=NOW)
        assert found["target"].tolist() == [expected]
    none = compared(stage, CATALOGUE["arrival_minutes_mean"], Options(), period, zone=ZONE, now=NOW)
    assert none["target"].isna().all() and none["value"].tolist() == [30]


def test_a_count_of_rows_is_a_share_too(stage: Stage) -> None:
    mean = CATALOGUE["arrival_minutes_mean"]
    found = compared(stage, mean, Options(), named("week", NOW, ZONE), by=["station"], zone=ZONE, now=NOW)
    a1 = found[found["station"] == "A1"].iloc[0]
    assert a1["value"] == pytest.approx((10 + 50 + 10) / 3)
    assert (a1["previous_value"], a1["share"]) == (10, 60)
