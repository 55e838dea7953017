"""The fourteen classic defects of clocks, each by name: what is expected was counted by hand from docs/clocks.md."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time
from typing import Any, Final
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest

from alerts.lifecycle import Event
from kpis.calendar import NEVER, Calendar
from kpis.evaluate import values
from kpis.limits import UNITS, Limit
from kpis.order_clocks import Events, derived
from kpis.timeliness import ARRIVAL_ON_TIME
from kpis.types import Options
from store.facts import schema
from tests.alerts.city import REPAIR, frame, judge_repairs, opened, repair
from tests.kpis.stage import CALENDAR, NOW, Stage, fault
from tests.kpis.stage import at as friday

BERLIN: Final = replace(
    CALENDAR, zone=ZoneInfo("Europe/Berlin"), hours={day: [(time(8), time(16))] for day in range(5)}
)
NIGHTS: Final = replace(CALENDAR, hours={day: [(time(22), time(6))] for day in range(5)})


def limit(unit: str, amount: int, clock: str = "contact", valid_from: date = date(2020, 1, 1)) -> Limit:
    kind, size = UNITS[unit]
    return Limit(clock, "promise", kind, amount * size, (), valid_from, "a rule")


def clocks(
    order: dict[str, str],
    limits: Limit | Sequence[Limit],
    *events: tuple[str, str],
    calendar: Calendar = CALENDAR,
    merged_since: str | None = None,
) -> dict[str, Any]:
    """What is derived of one order; stages, (kind, at) of its events and what is found in wall time of its site."""

    def micros(wall: str) -> int:
        there = datetime.fromisoformat(wall).replace(tzinfo=calendar.zone).astimezone(UTC).replace(tzinfo=None)
        return int(np.datetime64(there, "us").astype(np.int64))

    row = {name: datetime.fromisoformat(wall).replace(tzinfo=calendar.zone) for name, wall in order.items()}
    rows = pd.DataFrame([row], columns=[column.name for column in schema.WORK_ORDERS.columns])
    told = Events(
        np.zeros(len(events), dtype=np.int64),
        np.array([kind for kind, _ in events], dtype=object),
        np.array([micros(at) for _, at in events], dtype=np.int64),
        np.full(len(events), None, dtype=object),
    )
    since = np.array([NEVER if merged_since is None else micros(merged_since)])
    found = derived(rows, since, told, [limits] if isinstance(limits, Limit) else limits, calendar)
    return {name: _wall(column, calendar.zone) for name, column in found.items()}


def _wall(column: Any, zone: ZoneInfo) -> Any:
    value = column[0]
    if column.dtype.kind != "M":
        return None if value is None or value != value else value  # noqa: PLR0124 (not a number)
    return None if np.isnat(value) else f"{pd.Timestamp(value, tz=UTC).tz_convert(zone):%Y-%m-%d %H:%M:%S}"


# Offices open 08:30 to 12:00 and 13:30 to 17:30; 2026-11-20 is a Friday.
def test_a_pause_over_a_closure_stands_once() -> None:
    found = clocks(
        {"accepted_at": "2026-11-20 16:30:00"},
        limit("open_hours", 4),
        ("suspended", "2026-11-20 17:00:00"),
        ("resumed", "2026-11-23 09:00:00"),
    )
    assert found["contact_due_at"] == "2026-11-23 14:00:00", "half an hour, the weekend, 3 h, the noon break, half"


def test_a_pause_still_open_leaves_no_deadline_and_the_clock_stands() -> None:
    order, pause = {"accepted_at": "2026-11-20 08:00:00"}, ("suspended", "2026-11-20 08:30:00")
    found = clocks(order, limit("minutes", 60), pause)
    assert (found["contact_due_at"], found["standing"]) == (None, "contact")
    found = clocks(order, limit("minutes", 60), pause, ("resumed", "2026-11-20 10:00:00"))
    assert (found["contact_due_at"], found["standing"]) == ("2026-11-20 10:30:00", None)
    ended = clocks(order | {"contacted_at": "2026-11-20 09:00:00"}, limit("minutes", 60), pause)
    assert (ended["contact_due_at"], ended["contact_min"]) == ("2026-11-20 09:30:00", 30.0)


def test_a_limit_changed_in_mid_flight_leaves_the_orders_that_were_accepted_before() -> None:
    limits = [limit("hours", 24), limit("hours", 12, valid_from=date(2026, 11, 21))]
    course = {"accepted_at": "2026-11-20 23:59:59", "contacted_at": "2026-11-21 20:00:00"}
    assert clocks(course, limits)["contact_due_at"] == "2026-11-21 23:59:59"
    assert clocks({"accepted_at": "2026-11-21 00:00:00"}, limits)["contact_due_at"] == "2026-11-21 12:00:00"


def test_reopened_after_solved_stands_between_the_two_and_runs_on() -> None:
    course = {"arrived_at": "2026-11-20 08:00:00", "accepted_at": "2026-11-20 07:00:00"}
    events = ("solved", "2026-11-20 09:00:00"), ("reopened", "2026-11-20 15:00:00")
    due = limit("minutes", 180, "restoration")
    first = clocks(course | {"restored_at": "2026-11-20 09:00:00"}, due, *events)
    assert (first["restoration_due_at"], first["restoration_min"]) == ("2026-11-20 17:00:00", None)
    again = clocks(course | {"restored_at": "2026-11-20 16:30:00"}, due, *events)
    assert (again["restoration_due_at"], again["restoration_min"]) == ("2026-11-20 17:00:00", 150.0)
    untold = clocks(course | {"restored_at": "2026-11-20 09:00:00"}, due, events[1])
    assert untold["restoration_due_at"] == "2026-11-20 17:00:00", "the row's own restoration stands for `solved`"


@pytest.mark.parametrize(
    ("accepted", "pause", "due"),
    [
        pytest.param("2026-11-21 03:00:00", None, "2026-11-23 10:30:00", id="created on a Saturday night"),
        pytest.param("2026-11-20 12:30:00", None, "2026-11-20 15:30:00", id="created in the noon break"),
        pytest.param(
            "2026-11-20 16:30:00",
            ("2026-11-20 18:00:00", "2026-11-23 08:30:00"),
            "2026-11-23 09:30:00",
            id="paused while nobody works: nothing is lost",
        ),
    ],
)
def test_created_or_paused_out_of_hours(accepted: str, pause: tuple[str, str] | None, due: str) -> None:
    events = zip(("suspended", "resumed"), pause, strict=True) if pause else ()
    assert clocks({"accepted_at": accepted}, limit("open_hours", 2), *events)["contact_due_at"] == due


@pytest.mark.parametrize(
    ("accepted", "given", "due"),
    [
        pytest.param("2026-03-28 12:00:00", limit("hours", 24), "2026-03-29 13:00:00", id="an hour is left out"),
        pytest.param("2026-10-24 12:00:00", limit("hours", 24), "2026-10-25 11:00:00", id="an hour comes twice"),
        pytest.param("2026-03-27 15:00:00", limit("open_hours", 2), "2026-03-30 09:00:00", id="hours of the wall"),
        pytest.param("2026-10-23 15:00:00", limit("open_hours", 2), "2026-10-26 09:00:00", id="hours, back again"),
        pytest.param("2026-03-27 15:00:00", limit("working_days", 1), "2026-03-30 23:59:59", id="a day"),
        pytest.param("2026-10-23 15:00:00", limit("working_days", 1), "2026-10-26 23:59:59", id="a day, back again"),
    ],
)
def test_a_change_of_daylight_saving_both_ways(accepted: str, given: Limit, due: str) -> None:
    assert clocks({"accepted_at": accepted}, given, calendar=BERLIN)["contact_due_at"] == due


def test_another_zone_of_the_site_moves_the_ends_of_its_days_both_ways() -> None:
    shanghai = clocks({"accepted_at": "2026-11-20 01:00:00"}, limit("working_days", 1))
    assert shanghai["contact_due_at"] == "2026-11-23 23:59:59"
    berlin = clocks({"accepted_at": "2026-11-19 18:00:00"}, limit("working_days", 1), calendar=BERLIN)
    assert berlin["contact_due_at"] == "2026-11-20 23:59:59", "the same moment is still Thursday there"
    moments = {zone: Calendar(ZoneInfo(zone), {}).said for zone in ("Asia/Shanghai", "Europe/Berlin")}
    assert len(set(moments.values())) == 2, "a changed zone has the orders derived again"


def test_stages_out_of_order_make_no_duration_and_the_end_is_on_time() -> None:
    order = {"accepted_at": "2026-11-20 08:00:00", "arrived_at": "2026-11-20 07:59:00"}
    found = clocks(order, limit("minutes", 45, "arrival"))
    assert (found["arrival_due_at"], found["arrival_min"]) == ("2026-11-20 08:45:00", None)
    (row,) = _told(fault("a", arrived_at="07:59")).to_dict("records")
    assert (row["faults"], row["arrived_at"] <= row["arrival_due_at"]) == ("arrived_before_accepted", True)


def test_a_calendar_without_an_open_hour_has_no_deadline_and_no_end_of_counting() -> None:
    shut = replace(CALENDAR, hours={})
    found = clocks({"accepted_at": "2026-11-20 08:00:00"}, limit("open_hours", 1), calendar=shut)
    assert (found["contact_due_at"], found["standing"]) == (None, None)


@pytest.mark.parametrize(
    ("given", "due"),
    [
        pytest.param(limit("hours", 15), "2026-11-21 00:00:00", id="elapsed time: midnight itself"),
        pytest.param(limit("open_hours", 7), "2026-11-20 17:30:00", id="opening hours: the closing, not the opening"),
        pytest.param(limit("working_days", 1), "2026-11-23 23:59:59", id="working days: the last second"),
    ],
)
def test_a_deadline_on_the_exact_end_of_a_day(given: Limit, due: str) -> None:
    order = {"accepted_at": "2026-11-20 09:00:00"}
    assert clocks(order, given)["contact_due_at"] == due
    paused = clocks(order, given, ("suspended", due))
    is_day = given.kind == "working_days"  # stood in its last second, so the day does not count
    assert (paused["contact_due_at"], paused["standing"]) == ((None, "contact") if is_day else (due, None))


def test_a_shift_over_midnight_belongs_to_the_day_on_which_it_began() -> None:
    def due(accepted: str, hours: int) -> Any:
        return clocks({"accepted_at": accepted}, limit("open_hours", hours), calendar=NIGHTS)["contact_due_at"]

    assert due("2026-11-20 23:00:00", 7) == "2026-11-21 06:00:00", "the shift of Friday ends on Saturday"
    assert due("2026-11-21 05:00:00", 2) == "2026-11-23 23:00:00", "none begins on Saturday or Sunday"
    assert due("2026-11-23 03:00:00", 1) == "2026-11-23 23:00:00", "nor is Monday's early morning one of Sunday"


def test_a_holiday_added_afterwards_moves_the_deadlines_of_all_orders() -> None:
    year = CALENDAR.years[2026]
    off = replace(year, off=year.off | {date(2026, 11, 23)})
    mended = replace(CALENDAR, years={**CALENDAR.years, 2026: off})
    order = {"accepted_at": "2026-11-20 08:00:00", "contacted_at": "2026-11-24 10:00:00"}
    assert clocks(order, limit("working_days", 1))["contact_due_at"] == "2026-11-23 23:59:59"
    assert clocks(order, limit("working_days", 1), calendar=mended)["contact_due_at"] == "2026-11-24 23:59:59"
    assert mended.said != CALENDAR.said, "what is said differs, so all rows are derived again"


def test_two_clocks_do_not_hide_each_other() -> None:
    limits = [limit("hours", 24), limit("working_days", 5, "answer")]
    found = clocks({"accepted_at": "2026-11-20 08:00:00", "replied_at": "2026-11-20 12:00:00"}, limits)
    assert found["contact_due_at"] == "2026-11-21 08:00:00", "answered long ago, and still nobody called"
    assert (found["answer_due_at"], found["answer_min"]) == ("2026-11-27 23:59:59", 240.0)


def test_two_clocks_warn_each_for_itself() -> None:
    start = repair()["start_at"]
    arrival = repair(start=0, due=45)
    restoration = repair(clock="restoration", start=60, due=240)
    (first,) = judge_repairs(frame(arrival), [], REPAIR, start + pd.Timedelta(minutes=50), ())
    (second,) = judge_repairs(frame(restoration), [opened(first)], REPAIR, start + pd.Timedelta(minutes=241), ())
    assert [(t.event, t.about.clock, t.level) for t in (first, second)] == [
        (Event.RAISED, "arrival", "red"),
        (Event.RAISED, "restoration", "red"),
    ]


def test_a_warning_computed_late_is_given_once_and_says_how_late() -> None:
    start = repair()["start_at"]
    (late,) = judge_repairs(frame(repair()), [], REPAIR, start + pd.Timedelta(minutes=81), ())
    assert (late.event, late.level, late.inputs["used_percent"]) == (Event.RAISED, "red", 180.0)
    assert late.inputs["late_s"] == 36 * 60  # the message says so (tests/alerts/test_words.py)
    again = judge_repairs(frame(repair()), [opened(late)], REPAIR, start + pd.Timedelta(minutes=82), ())
    assert again == [], "neither again, nor the warning at 90 % that was missed"


def test_merged_orders_start_with_the_earliest_and_count_once() -> None:
    stage = Stage(
        work_orders=[
            fault("main", "08:30", arrived_at="09:00"),
            fault("child", "08:00", parent_order_no="main", arrived_at="08:10"),
            fault("other", "08:40", parent_order_no="main"),
        ]
    )
    rows = stage.frame(stage.table("work_orders").order_by("order_no"), NOW).set_index("order_no")
    assert rows.loc["main", "arrival_due_at"] == friday("08:45"), "45 min from the child's acceptance"
    assert rows.loc["main", "arrival_min"] == 60.0
    assert rows.loc[["child", "other"], ["arrival_due_at", "restoration_due_at"]].isna().all(axis=None)
    found = values(stage, ARRIVAL_ON_TIME, Options(), now=NOW)
    assert found[["n", "successes"]].to_numpy().tolist() == [[1, 0]]


def _told(*rows: dict[str, Any]) -> pd.DataFrame:
    stage = Stage(work_orders=rows)
    return stage.frame(stage.table("work_orders"), NOW)
