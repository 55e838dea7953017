from datetime import timedelta
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts import kinds
from alerts.lifecycle import CRITICAL, Event, Reading, Standing, State, step
from tests.alerts.city import (
    NOW,
    REPAIR,
    STALE,
    Source,
    frame,
    judge_repairs,
    judge_sources,
    minute,
    opened,
    raised,
    repair,
    sources_frame,
    world,
)  # fmt: skip

FRESH = {"gd": 15.0}
PROMISED = {"gd": 15.0, "td": 1800.0}


def tables(ages_s: dict[str, float | None], error: str | None = None) -> list[Source]:
    """Of one source, by table how old it is."""
    return [Source("orders", None if age is None else minute(-age / 60), error, table) for table, age in ages_s.items()]


@pytest.mark.parametrize(
    ("at", "level"),
    [
        pytest.param(40.49, None, id="just below 90 %"),
        pytest.param(40.5, "orange", id="exactly 90 % is orange"),
        pytest.param(45, "orange", id="exactly at the limit is not past it"),
        pytest.param(45 + 1e-6, "red", id="a fraction past the limit is red"),
        pytest.param(-1, None, id="the clock has not begun"),
    ],
)
def test_level_of_a_clock(at: float, level: str | None) -> None:
    found = judge_repairs(frame(repair()), [], REPAIR, minute(at), ())
    assert [t.level for t in found] == ([level] if level else [])


def test_a_raise_tells_reason_inputs_and_place() -> None:
    (t,) = judge_repairs(frame(repair(critical=True, call_count=3)), [], REPAIR, minute(46), ())
    assert (t.subject, t.event, t.reason, t.critical) == ("orders:1", Event.RAISED, "arrival_red", True)
    assert (t.about.order_no, t.about.units, t.about.feeder, t.about.clock) == ("G1", ("C1", "S1"), "F1", "arrival")
    assert t.about.due_at == minute(45)
    assert t.rule_version == REPAIR.version
    assert t.inputs == {
        "clock": "arrival", "start_at": "2026-03-02T01:00:00+00:00", "due_at": "2026-03-02T01:45:00+00:00",
        "used_percent": 102.22, "late_s": 60.0, "call_count": 3,
    }  # fmt: skip


def test_critical_only_when_red() -> None:
    (t,) = judge_repairs(frame(repair(critical=True)), [], REPAIR, minute(44), ())
    assert (t.level, t.critical) == ("orange", False)


@pytest.mark.parametrize(
    "gap",
    [
        pytest.param({"due_at": pd.NaT}, id="no limit known"),
        pytest.param({"start_at": pd.NaT}, id="no start known"),
        pytest.param({"source": "blind"}, id="its source is silent"),
    ],
)
def test_unknown_neither_raises_nor_clears(gap: dict[str, Any]) -> None:
    rows = frame(repair("2"), repair(**gap))
    assert [t.subject for t in judge_repairs(rows, [], REPAIR, minute(50), ["blind"])] == ["orders:2"]
    alert = opened(raised(source=gap.get("source", "orders")))
    assert judge_repairs(frame(repair(**gap)), [alert], REPAIR, minute(60), ["blind"]) == []


def test_silence_of_the_source_keeps_the_alert_of_an_order_that_is_gone() -> None:
    alert = opened(raised())
    assert judge_repairs(frame(), [alert], REPAIR, minute(51), ["orders"]) == []
    (t,) = judge_repairs(frame(), [alert], REPAIR, minute(51), ())
    assert (t.event, t.reason, t.alert_id, t.alert_version, t.level) == (Event.CLEARED, "no_longer_open", 1, 1, "red")


@pytest.mark.parametrize(
    ("row", "event", "reason"),
    [
        pytest.param(repair(), None, "", id="still past: nothing"),
        pytest.param(repair(clock="restoration", start=49, due=229), Event.CLEARED, "clock_met", id="arrived"),
        pytest.param(repair(due=600), Event.CLEARED, "within_limit_again", id="the limit was moved far"),
        pytest.param(repair(due=52), Event.MOVED, "facts_changed", id="the limit was moved a little: nobody is woken"),
        pytest.param(repair(critical=True), Event.RAISED, "arrival_red", id="became critical: that is told too"),
        pytest.param(repair(clock="restoration", start=-90, due=49), Event.RAISED, "restoration_red",
                     id="a further clock past its limit"),
    ],
)  # fmt: skip
def test_what_an_open_alert_does(row: dict[str, Any], event: Event | None, reason: str) -> None:
    found = judge_repairs(frame(row), [opened(raised())], REPAIR, minute(50), ())
    assert [(t.event, t.reason) for t in found] == ([(event, reason)] if event else [])


def test_red_wakes_an_acknowledged_orange_and_orange_does_not_come_again() -> None:
    (orange,) = judge_repairs(frame(repair()), [], REPAIR, minute(41), ())
    taken = opened(orange) | {"state": "acknowledged"}
    assert judge_repairs(frame(repair()), [taken], REPAIR, minute(44), ()) == []
    (red,) = judge_repairs(frame(repair()), [taken], REPAIR, minute(46), ())
    assert (red.event, red.state, red.level) == (Event.RAISED, State.RAISED, "red")
    assert red.passed == {"arrival": 2}


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        pytest.param([], "no_longer_open", id="closed"),
        pytest.param([repair(clock="restoration", start=49, due=229)], "clock_met", id="arrived"),
    ],
)
def test_an_acknowledged_alert_clears_by_itself(rows: list[dict[str, Any]], reason: str) -> None:
    taken = opened(raised()) | {"state": "acknowledged"}
    found = judge_repairs(frame(*rows), [taken], REPAIR, minute(51), ())
    assert [(t.event, t.state, t.reason) for t in found] == [(Event.CLEARED, State.CLEARED, reason)]


def test_two_rows_of_one_order_raise_one_alert_about_the_worse_clock() -> None:
    rows = frame(repair(clock="restoration", due=51), repair(clock="arrival", due=45))
    (t,) = judge_repairs(rows, [], REPAIR, minute(50), ())
    assert (t.about.clock, t.level) == ("arrival", "red")


def test_overruns_come_by_due_time() -> None:
    rows = frame(repair("a", due=40), repair("b", due=30), repair("c", due=35))
    assert [t.subject for t in judge_repairs(rows, [], REPAIR, minute(50), ())] == ["orders:b", "orders:c", "orders:a"]


def test_an_alert_of_another_rule_is_left_alone() -> None:
    alert = opened(raised()) | {"rule": "source_stale"}
    assert judge_repairs(frame(), [alert], REPAIR, minute(50), ()) == []


@pytest.mark.parametrize(
    ("age_s", "error", "is_open", "events"),
    [
        pytest.param(15, None, False, [], id="exactly as old as promised"),
        pytest.param(25, None, False, [], id="within the hold"),
        pytest.param(30, None, False, [], id="exactly at the end of the hold"),
        pytest.param(31, None, False, [Event.RAISED], id="stale"),
        pytest.param(31, None, True, [], id="still stale"),
        pytest.param(25, None, True, [], id="between the limits it stays"),
        pytest.param(15, None, True, [Event.CLEARED], id="fresh again"),
        pytest.param(None, None, False, [], id="not asked yet"),
        pytest.param(None, "wrong password", False, [Event.RAISED], id="never answered"),
    ],
)
def test_source(age_s: float | None, error: str | None, is_open: bool, events: list[Event]) -> None:
    (old,) = judge_sources([Source("orders", minute(-9))], [], STALE, NOW, FRESH)
    state = Source("orders", None if age_s is None else minute(-age_s / 60), error)
    found = judge_sources([state], [opened(old)] if is_open else [], STALE, NOW, FRESH)
    assert [t.event for t in found] == events


TABLES = [
    pytest.param({"gd": 31, "td": 60}, None, "gd", id="a live table stops beside a fresh extract"),
    pytest.param({"gd": 5, "td": 1816}, None, "td", id="an extract past its promise and the hold"),
    pytest.param({"gd": 29, "td": 1816}, None, "td", id="another table in its hold hides it not"),
    pytest.param({"gd": 5, "td": 1814}, None, "", id="an extract in its hold"),
    pytest.param({"gd": 31, "td": 1816}, None, None, id="where both are late none is named"),
    pytest.param({"gd": 5, "td": None}, None, "", id="one that is read for the first time is not late"),
    pytest.param({"gd": 31, "td": None}, None, "gd", id="nor does it hide another"),
    pytest.param({"gd": 5, "td": None}, "no column", "td", id="one that never could be read"),
]


@pytest.mark.parametrize(("ages", "error", "named"), TABLES)
def test_of_the_tables_of_a_source_the_worst_speaks(
    ages: dict[str, float | None], error: str | None, named: str | None
) -> None:
    """`named`: the table of the alert, None for one that names none, empty for no alert."""
    found = judge_sources(tables(ages, error), [], STALE, NOW, PROMISED)
    assert [(t.subject, t.inputs.get("table")) for t in found] == ([] if named == "" else [("orders", named)])


def test_an_alert_about_a_source_ends_when_all_its_tables_keep_their_promise() -> None:
    (old,) = judge_sources(tables({"gd": 5, "td": 1816}), [], STALE, NOW, PROMISED)
    assert judge_sources(tables({"gd": 29, "td": 5}), [opened(old)], STALE, NOW, PROMISED) == [], "in its hold"
    (end,) = judge_sources(tables({"gd": 15, "td": 1800}), [opened(old)], STALE, NOW, PROMISED)
    assert (end.event, end.reason) == (Event.CLEARED, "within_limit_again")


def test_the_next_look_is_when_the_first_hold_ends() -> None:
    seen = kinds.look(STALE, world(NOW, sources=sources_frame(tables({"gd": 5, "td": 1800}), PROMISED)))
    assert seen is not None and seen.next_at == NOW + timedelta(seconds=15, microseconds=1)


def test_an_alert_about_a_source_that_is_no_longer_set_up_ends() -> None:
    (old,) = judge_sources([Source("orders", minute(-9))], [], STALE, NOW, FRESH)
    (t,) = judge_sources([], [opened(old)], STALE, NOW, {})
    assert (t.event, t.reason) == (Event.CLEARED, "no_longer_watched")


READING = st.builds(
    Reading,
    st.sampled_from([0, 1, 2]),
    st.sampled_from(["arrival", "restoration"]),
    st.sampled_from([minute(45), minute(60)]),
    st.booleans(),
)


@settings(deadline=None)
@given(st.lists(st.tuples(READING, st.booleans()), max_size=25), st.sampled_from([timedelta(0), timedelta(minutes=3)]))
def test_no_sequence_raises_one_rung_of_one_clock_twice_without_a_clear(
    seen: list[tuple[Reading, bool]], hold: timedelta
) -> None:
    standing = Standing()
    told: set[tuple[str, int]] = set()
    for number, (reading, is_answered) in enumerate(seen):
        now = minute(number)
        if (taken := step(standing, reading, hold, now)) is None:
            continue
        if taken.event in (Event.CLEARED, Event.LAPSED):
            assert bool(told) is (taken.event is Event.CLEARED), "an end is told of what was told, and of nothing else"
            told = set()
        if taken.event in (Event.RAISED, Event.REOPENED):
            turned = reading.critical and (CRITICAL, 1) not in told
            assert turned or (reading.clock, reading.rung) not in told
            told |= {(CRITICAL, 1)} if reading.critical else set()
            assert standing.state is not State.PENDING or now >= (standing.since or now) + hold
            told.add((reading.clock, reading.rung))
        is_taken = is_answered and taken.state is State.RAISED
        state = State.ACKNOWLEDGED if is_taken else taken.state
        since = standing.since if standing.state is taken.state else now
        standing = Standing(state, reading.rung, reading.clock, reading.due_at, reading.critical, since, taken.passed)
    if standing.state in (State.RAISED, State.ACKNOWLEDGED):
        assert told, "an alert is open of which nobody was told"


KNOWN = opened(raised())
MINUTES = st.integers(-60, 120)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(MINUTES, MINUTES, st.booleans()), max_size=6), st.lists(st.integers(0, 5)), MINUTES)
def test_a_silent_source_changes_nothing(rows: list[tuple[int, int, bool]], alerts: list[int], at: int) -> None:
    seen = frame(*(repair(str(i), start=s, due=d, critical=c) for i, (s, d, c) in enumerate(rows)))
    known = [KNOWN | {"id": i + 1, "subject": f"orders:{i}"} for i in set(alerts)]
    assert judge_repairs(seen, known, REPAIR, minute(at), {"orders"}) == []
