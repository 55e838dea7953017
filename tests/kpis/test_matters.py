"""What the walls tell of complaints and revisits: the two parts, by small worlds of one Friday."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from kpis import matters
from kpis.watched import OFTEN
from tests.kpis.stage import DAY, NOW, ZONE, Row, Stage, at, complaint, survey


def _found(stage: Stage, now: datetime = NOW) -> matters.Matters:
    answers = matters.asked(stage, ZONE, OFTEN, now, lambda _name, make: make())
    return matters.of_answers(answers, now.astimezone(ZONE).date())


def _everything(frame: Any) -> Any:
    return frame


def _of_station(code: str) -> Any:
    return lambda frame: frame[frame["station"] == code]


def bodies(stage: Stage, pick: Any = _everything) -> dict[str, Any]:
    return matters.parts(_found(stage), None, pick, NOW)


@pytest.fixture(scope="module")
def stage() -> Stage:
    """Two complaints on each of twenty working days before, five of this morning."""
    days = [d for d in range(1, 28) if (DAY - timedelta(days=d)).isoweekday() <= 5]
    orders = [complaint(f"{d} {i}", at(f"0{8 + i}:30", -d), subcategory_1="bill") for d in days for i in (0, 1)]
    orders += [complaint(f"now {i}", "10:00", subcategory_1="supply", channel="12345", station="A2") for i in range(5)]
    scale: Row = {"outcome": "answered", "scale_min": 1, "scale_max": 5}
    surveys = [survey(f"y{i}", at("09:00", -2), score=5, is_satisfied=True, **scale) for i in range(18)]
    no: Row = {"score": 1, "is_satisfied": False, "reason_1": "slow", "answered_at": at("09:10", -2)}
    surveys += [survey("n1", at("09:00", -2), order_no="1", **no, **scale)]
    surveys += [survey("n2", "09:00", order_no="1", station="A2", **{**no, "answered_at": "09:10"}, **scale)]
    surveys += [survey("gone", at("09:00", -2), outcome="unreachable")]
    return Stage(work_orders=orders, surveys=surveys)


def test_todays_complaints_stand_in_their_usual_range(stage: Stage) -> None:
    body = bodies(stage)["complaints"]
    assert body["today"] == 5
    assert (body["usual"], body["low"], body["high"]) == (2.0, 2.0, 2.0)


def test_too_little_history_gives_no_usual_day() -> None:
    body = bodies(Stage(work_orders=[complaint("x")]))["complaints"]
    assert (body["today"], body["usual"], body["low"]) == (1, None, None)


def test_what_grows_is_named_and_what_is_as_usual_is_not(stage: Stage) -> None:
    body = bodies(stage)["complaints"]
    assert body["growing"]["columns"] == {
        "category": ["complaint"], "subcategory_1": ["supply"], "week": [5], "before": [0.0],
    }  # fmt: skip
    channels = body["channels"]["columns"]
    assert dict(zip(channels["channel"], channels["week"], strict=True)) == {None: 8, "12345": 5}


def test_revisits_have_response_score_reasons_and_open_cases(stage: Stage) -> None:
    body = bodies(stage)["revisits"]
    assert (body["response"]["n"], round(body["response"]["value"], 1)) == (21, 95.2)
    assert (body["nps"]["n"], body["nps"]["value"]) == (20, 80.0)
    assert body["reasons"]["columns"] == {"reason": ["slow"], "n": [2]}
    assert (body["cases"]["total"], body["cases"]["open"], body["cases"]["late"]) == (2, 2, 1)
    assert body["cases"]["columns"]["is_late"] == [True, False], "what is due first stands first"


def test_stations_whose_intervals_overlap_have_no_rank(stage: Stage) -> None:
    columns = bodies(stage)["revisits"]["stations"]["columns"]
    assert columns["code"] == ["A2", "A1"]
    assert (columns["first"], columns["last"]) == ([1, 1], [2, 2])
    assert all(
        low < value < high for low, value, high in zip(columns["low"], columns["value"], columns["high"], strict=True)
    )


def test_a_unit_has_its_own_rows(stage: Stage) -> None:
    mine = matters.parts(_found(stage), "A2", _of_station("A2"), NOW)
    assert mine["complaints"]["today"] == 5
    assert mine["revisits"]["cases"]["open"] == 1


def test_nothing_at_all_is_no_zero_rate() -> None:
    body = bodies(Stage())
    assert body["complaints"]["today"] == 0 and body["complaints"]["usual"] is None
    assert body["revisits"]["response"]["value"] is None and body["revisits"]["nps"]["value"] is None
    assert body["revisits"]["stations"]["columns"]["code"] == []


def test_parts_are_made_once_a_minute(stage: Stage) -> None:
    found = _found(stage)
    first = matters.parts(found, None, _everything, NOW)
    assert matters.parts(found, None, _everything, NOW + timedelta(seconds=1)) is first
    assert matters.parts(found, None, _everything, NOW + timedelta(minutes=1)) is not first
    assert len(found.bodies) == 1
