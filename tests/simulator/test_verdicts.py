"""The city's own judging, by hand on made-up orders: each rule of docs/clocks.md that its plain code writes out."""

from typing import Any

import pytest

from simulator.instants import DAY, HOUR, midnight
from simulator.names import COMPLAINT, CONNECTION, FAULT
from simulator.verdicts import MOVED, REOPENED, RESUMED, SOLVED, SUSPENDED, Clock, Course, judged

T = 1_800_000_000
M = 60
FRIDAY = midnight(739_940)  # 2026-11-20
NINE = FRIDAY + 9 * HOUR
LONG_AFTER = 9_999 * DAY


def fault(now: int = T + LONG_AFTER, area: int = 0, events: Any = (), **stages: int) -> dict[str, Clock]:
    """The clocks of a fault report accepted at T; stages in seconds after that."""
    since = stages.pop("since", None)
    told = {name: T + at for name, at in {"accepted": 0, **stages}.items()}
    said = [(kind, T + at) for kind, at in events]
    return judged(Course("1", FAULT, area, told, said, merged_since=None if since is None else T + since), now)


@pytest.mark.parametrize(
    ("clocks", "key", "late_s"),
    [
        pytest.param(fault(arrived=45 * M), "arrival", 0, id="to the minute is kept"),
        pytest.param(fault(arrived=45 * M + 1), "arrival", 1, id="a second over"),
        pytest.param(fault(area=1, arrived=90 * M + 7), "arrival", 7, id="country"),
        pytest.param(fault(T + 120 * M, area=2), "arrival", 0, id="remote: not over yet"),
        pytest.param(fault(T + 121 * M, area=2), "arrival", M, id="nobody came to the remote place"),
        pytest.param(fault(arrived=M, restored=181 * M + 3), "restoration", 3, id="three hours from arrival"),
        pytest.param(fault(arrived=M, archived=181 * M), "restoration", 0, id="archiving stands in"),
        pytest.param(fault(since=-5 * M, arrived=41 * M), "arrival", M, id="the earliest call of those merged"),
        pytest.param(
            fault(arrived=60 * M, events=[(SUSPENDED, 10 * M), (RESUMED, 25 * M)]), "arrival", 0, id="paused 15 min"
        ),
        pytest.param(
            fault(arrived=61 * M, events=[(SUSPENDED, 10 * M), (SUSPENDED, 20 * M), (RESUMED, 25 * M)]),
            "arrival",
            M,
            id="suspended again in a pause changes nothing",
        ),
        pytest.param(
            fault(arrived=60 * M, events=[(RESUMED, 5 * M), (SUSPENDED, 10 * M), (RESUMED, 20 * M)]),
            "arrival",
            5 * M,
            id="resumed without a pause changes nothing",
        ),
        pytest.param(
            fault(arrived=60 * M, events=[(SUSPENDED, 45 * M), (RESUMED, 59 * M)]),
            "arrival",
            15 * M,
            id="a pause that begins at the deadline comes too late",
        ),
        pytest.param(fault(arrived=200 * M, events=[(SUSPENDED, 10 * M)]), "arrival", 0, id="a pause nobody ended"),
        pytest.param(
            fault(arrived=0, restored=190 * M, events=[(SOLVED, 100 * M), (REOPENED, 110 * M)]),
            "restoration",
            0,
            id="from solved to reopened nobody knew",
        ),
        pytest.param(
            fault(T + 200 * M, arrived=0, restored=100 * M, events=[(SOLVED, 100 * M), (REOPENED, 110 * M)]),
            "restoration",
            10 * M,
            id="reopened: the first end does not count",
        ),
    ],
)
def test_the_promise_of_a_repair(clocks: dict[str, Clock], key: str, late_s: int) -> None:
    assert clocks[key].lines["promise"].late_s == late_s


def test_an_open_pause_leaves_no_deadline() -> None:
    line = fault(T + LONG_AFTER, events=[(SUSPENDED, 10 * M)])["arrival"].lines["promise"]
    assert (line.due, line.late_s, line.is_moved) == (None, 0, True)


def test_receipt_starts_anew_with_a_transfer_and_not_with_one_after_it() -> None:
    events = [(MOVED, 4 * M), (MOVED, 20 * M)]
    receive = fault(dispatched=2 * M, received=9 * M, events=events)["receive"]
    assert (receive.start, receive.minutes, receive.lines["internal"].late_s) == (T + 4 * M, 5.0, 0)


def test_called_off_and_merged_orders_have_no_clocks() -> None:
    assert fault(cancelled=M) == {}
    assert fault(merged=M) == {}


def test_the_reply_waits_for_the_second_restoration() -> None:
    events = [(SOLVED, 30 * M), (REOPENED, 90 * M)]
    assert "reply" not in fault(arrived=0, restored=30 * M, replied=50 * M, events=events)


def test_the_length_leaves_out_what_it_stood() -> None:
    events = [(SUSPENDED, 10 * M), (RESUMED, 20 * M), (SUSPENDED, 25 * M)]
    assert fault(arrived=40 * M, events=events)["arrival"].minutes == 15.0


def complaint(now: int, events: Any = (), **stages: int) -> dict[str, Clock]:
    """The clocks of a complaint of Friday at nine; stages and events as moments."""
    return judged(Course("2", COMPLAINT, 0, {"accepted": NINE, **stages}, events), now)


def test_working_days_end_with_the_last_second_of_the_day() -> None:
    answer = complaint(NINE)["answer"].lines
    assert answer["promise"].due == FRIDAY + 8 * DAY - 1
    assert answer["internal"].due == FRIDAY + 7 * DAY - 1
    assert answer["regulatory"].due == FRIDAY + 15 * DAY - 1


def test_a_day_on_which_it_stood_for_a_moment_does_not_count() -> None:
    monday = FRIDAY + 3 * DAY
    answer = complaint(NINE, [(SUSPENDED, monday + HOUR), (RESUMED, monday + 2 * HOUR)])["answer"]
    assert answer.lines["promise"].due == FRIDAY + 11 * DAY - 1


def test_opening_hours_leave_out_noon_night_and_weekend() -> None:
    contact = complaint(NINE)["contact"].lines
    assert contact["promise"].due == NINE + DAY
    assert contact["internal"].due == FRIDAY + 3 * DAY + 9 * HOUR + 30 * M  # 7 h on Friday, one on Monday


def test_opening_hours_stand_with_a_pause() -> None:
    pause = [(SUSPENDED, FRIDAY + 11 * HOUR), (RESUMED, FRIDAY + 14 * HOUR)]  # an hour and a half of them
    assert complaint(NINE, pause)["contact"].lines["internal"].due == FRIDAY + 3 * DAY + 11 * HOUR
    assert complaint(NINE, pause[:1])["contact"].lines["internal"].due is None


def test_a_deadline_in_a_year_nobody_has_published_is_provisional() -> None:
    accepted = midnight(739_940 + 30) + 9 * HOUR
    clocks = judged(Course("3", CONNECTION, 0, {"accepted": accepted}, matter=3), accepted)
    assert clocks["connection"].lines["promise"].is_provisional
    assert not complaint(NINE)["answer"].lines["promise"].is_provisional
