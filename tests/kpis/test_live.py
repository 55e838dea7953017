"""The live figures: of any unit, by hour, and asked no more often than they can change."""

from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest

from kpis.catalogue import CATALOGUE, LIVE
from kpis.evaluate import values
from kpis.live import Observation, observe
from kpis.snapshot import build
from kpis.types import LedgerView, Options
from kpis.urgent import Memory
from tests.kpis.stage import NOW, UNITS, Stage, at, fault
from tests.kpis.storm import OPTIONS, STATES, alert, bodies, rows, storm


@pytest.fixture(scope="module")
def stage() -> Stage:
    return storm()


@pytest.fixture(scope="module")
def seen(stage: Stage) -> Observation:
    return observe(stage, OPTIONS, {}, Memory(), NOW)


@pytest.mark.parametrize("unit", [None, "LJ", "A", "B", "A1", "A2", "B1"])
def test_a_unit_rolled_up_equals_the_direct_question(stage: Stage, seen: Observation, unit: str | None) -> None:
    level = {u["code"]: u["kind"] for u in UNITS}
    where = {level[unit]: [unit]} if unit else {}
    today = at("00:00")
    for row in rows(bodies(seen, unit=unit)["kpis"]):
        definition = CATALOGUE[row["key"]]
        days = (definition.window_days or 1) - 1
        for start, end, name in ((today, None, "value"), (today - timedelta(days=1), today, "previous")):
            since = start - timedelta(days=days)
            direct = values(stage, definition, Options(), where=where, start=since, end=end, now=NOW).iloc[0]
            expected = None if direct["n"] == 0 else pytest.approx(direct["value"], abs=1e-4)
            assert row[name] == expected, (row["key"], name)
            if name == "value":
                assert (row["n"], row["successes"]) == (direct["n"], direct["successes"])
                assert row["low"] == (None if direct["n"] == 0 else pytest.approx(direct["low"], abs=1e-4))
                assert row["state"] == ("ok" if direct["n"] else "no_data")


def test_the_kpis_of_the_city(seen: Observation) -> None:
    part = bodies(seen)["kpis"]
    found = {r["key"]: r for r in rows(part)}
    assert [d.key for d in LIVE] == list(found)
    assert {k: (r["n"], r["successes"]) for k, r in found.items()} == {
        "arrival_on_time_rate": (5, 3),
        "restoration_on_time_rate": (2, 2),
        "complaint_repeat_rate": (2, 1),
        "satisfaction_rate": (40, 29),
        "dispatch_on_time_rate": (7, 0),  # nobody wrote a dispatch down, and one of the eight open ones has 3 min still
        "receive_on_time_rate": (0, 0),
        "contact_on_time_rate": (1, 0),  # of the two complaints of the window the younger has 24 h still
        "answer_on_time_rate": (1, 0),
        "reply_on_time_rate": (0, 0),
        "revisit_on_time_rate": (0, 0),
        "promise_keeping_rate": (7, 5),  # arrivals and restorations of today
        "complaint_followed_rate": (1, 0),
        "complaint_revisited_rate": (0, 0),
    }
    assert found["complaint_repeat_rate"]["previous"] == 50.0
    assert found["satisfaction_rate"]["previous"] is None
    assert part["window"]["arrival_on_time_rate"] == "today" and part["window"]["satisfaction_rate"] == "30d"


def test_a_level_needs_an_interval_wholly_on_the_bad_side_and_30_cases(seen: Observation) -> None:
    found = {r["key"]: (r["n"], r["level"]) for r in rows(bodies(seen)["kpis"])}
    assert found["satisfaction_rate"] == (40, "orange")
    assert found["complaint_repeat_rate"] == (2, None)
    lowered = bodies(seen, kpis={"satisfaction_rate": Options(target=80.0)})["kpis"]
    assert {r["key"]: (r["target"], r["level"]) for r in rows(lowered)}["satisfaction_rate"] == (80.0, None)


def test_trends_by_hour_and_by_sliding_window(seen: Observation) -> None:
    found = {r["key"]: r["trend"] for r in rows(bodies(seen)["kpis"])}
    arrival = dict(zip(range(-9, 15), found["arrival_on_time_rate"], strict=True))
    assert {hour: v for hour, v in arrival.items() if v is not None} == {-1: 100, 8: 100, 10: 0, 12: 100, 13: 0}
    repeats = dict(zip(range(-9, 15), found["complaint_repeat_rate"], strict=True))
    assert (repeats[-1], repeats[0], repeats[8], repeats[9], repeats[14]) == (50, 0, 0, 50, 50)


def test_an_unchanged_part_keeps_its_version(stage: Stage) -> None:
    memory = Memory()
    first, later = (
        build(observe(stage, OPTIONS, {}, memory, now), LedgerView(), STATES, OPTIONS).parts
        for now in (NOW, NOW + timedelta(seconds=2))
    )
    assert {name for name in first if first[name].version != later[name].version} == set()
    acknowledged = LedgerView((alert(1, "city:red", state="acknowledged"),))
    after = build(observe(stage, OPTIONS, {}, memory, NOW), acknowledged, STATES, OPTIONS).parts
    assert {name for name in first if first[name].version != after[name].version} == {"repairs", "alerts"}


def test_nothing_is_asked_again_until_something_can_have_changed(stage: Stage) -> None:
    memory = Memory()

    def asked(versions: dict[str, int], now: datetime) -> int:
        before = stage.asked
        observe(stage, OPTIONS, versions, memory, now)
        return stage.asked - before

    assert asked({}, NOW) == 24
    assert asked({}, NOW + timedelta(seconds=5)) == 0
    assert asked({}, NOW + timedelta(seconds=7)) == 1, "what is asked once a minute has a second of its own"
    assert asked({}, NOW + timedelta(seconds=16)) == 1, "and so has the next one"
    assert asked({}, NOW + timedelta(seconds=20)) == 0
    assert asked({"surveys": 1}, NOW + timedelta(seconds=21)) == 1, "only what reads that table"
    assert asked({"surveys": 1, "units": 1}, NOW + timedelta(seconds=22)) == 1
    assert asked({"surveys": 1, "units": 1}, NOW + timedelta(minutes=1)) == 17, "units do not age"
    assert asked({"surveys": 1, "units": 1}, NOW + timedelta(hours=1)) == 20, "often without supply"


def test_a_limit_that_passes_within_the_minute_turns_its_order_late() -> None:
    due = datetime(2026, 11, 20, 6, 32, 30, tzinfo=UTC)
    stage, memory = Stage(work_orders=[fault("x", due - timedelta(minutes=45))]), Memory()
    key, found = LIVE[0].key, []
    for now in (due - timedelta(seconds=20), due, due + timedelta(seconds=1)):
        seen = observe(stage, OPTIONS, {}, memory, now)
        found.append({r["key"]: (r["n"], r["successes"]) for r in rows(bodies(seen)["kpis"])}[key])
    assert found == [(0, 0), (0, 0), (1, 0)]


def test_the_judge_gets_every_open_order_with_its_clock(seen: Observation) -> None:
    names = "source source_key order_no county station feeder clock start_at due_at critical call_count"
    assert set(names.split()) <= set(seen.open_repairs.columns)
    assert all(isinstance(seen.open_repairs[c].dtype, pd.DatetimeTZDtype) for c in ("start_at", "due_at"))
    assert seen.open_repairs["due_at"].is_monotonic_increasing and seen.open_repairs["due_at"].notna().all()
