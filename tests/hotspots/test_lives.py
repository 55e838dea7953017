"""The life of a hotspot, told as stories of looks an hour apart."""

from collections.abc import Hashable
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from kpis.hotspots.life import Answer, Hotspot, Kind, Line, Seen, Settings, State
from kpis.hotspots.lives import Lives, answered, step
from kpis.hotspots.matching import score

moment = partial(datetime, tzinfo=UTC)

START = moment(2026, 11, 30, 8)
F12 = ("t1", "t2", "t3")


def saw(
    days: float, units: tuple[str, ...] = F12, cases: range = range(6), node: tuple[str, ...] = ("complaint",),
    observed: int | None = None, outage: str | None = None, start: datetime = START,
) -> Seen:  # fmt: skip
    weight: dict[Hashable, float] = dict.fromkeys(units, 1.0)
    return Seen(weight, frozenset(cases), node, start, observed or len(cases), 1.5, 9.0, days, outage=outage)


def play(*looks: list[Seen], lives: Lives = (), at: datetime = START, every_h: int = 1) -> tuple[Lives, list[Line]]:
    lines: list[Line] = []
    for n, seen in enumerate(looks):
        lives, more = step(lives, seen, at + timedelta(hours=n * every_h))
        lines += more
    return lives, lines


def told(lines: list[Line]) -> list[tuple[int, Kind]]:
    return [(line.number, line.kind) for line in lines if line.kind is not Kind.LOOKED]


@pytest.mark.parametrize(
    ("looks", "opened"),
    [
        pytest.param([[saw(40)]], [], id="once at alert is not enough"),
        pytest.param([[saw(40)], [saw(40)]], [(1, Kind.OPENED)], id="twice in a row"),
        pytest.param([[saw(40)], [], [saw(40)]], [], id="not in a row"),
        pytest.param([[saw(40)], [saw(37)], [saw(40)]], [], id="weak in between"),
        pytest.param([[saw(365)]], [(1, Kind.OPENED)], id="severe opens at once"),
        pytest.param([[saw(37)]] * 9, [], id="below alert never"),
        pytest.param([[saw(400, outage="O1")]] * 3, [], id="an open outage explains it"),
        pytest.param([[saw(400), saw(50, ("x",), range(50, 60))]], [(1, Kind.OPENED)], id="each for itself"),
    ],
)
def test_opening(looks: list[list[Seen]], opened: list[tuple[int, Kind]]) -> None:
    assert told(play(*looks)[1]) == opened


def test_onset_is_frozen_while_the_best_window_moves() -> None:
    later = START + timedelta(hours=5)
    lives, lines = play([saw(40)], [saw(50, start=START - timedelta(hours=2))], [saw(60, start=later)])
    assert lives[0].onset == START - timedelta(hours=2)
    assert lives[0].seen.start == later
    assert [line.kind for line in lines] == [Kind.OPENED, Kind.LOOKED]


@pytest.mark.parametrize(
    ("next_look", "reason"),
    [
        pytest.param(saw(60), None, id="stays as it is"),
        pytest.param(saw(400), "now severe", id="passes a level"),
        pytest.param(saw(60, cases=range(12)), "12 cases, 6 when last told", id="cases double"),
        pytest.param(saw(60, units=(*F12, "t4", "t5")), "5 units, 3 when last told", id="area grows by more than half"),
        pytest.param(saw(60, units=(*F12, "t4")), None, id="area grows by a third"),
    ],
)
def test_told_again(next_look: Seen, reason: str | None) -> None:
    lives, _ = play([saw(40)], [saw(50)])
    _, lines = step(lives, [next_look], START + timedelta(hours=2))
    assert [line.reason for line in lines if line.kind is Kind.TOLD_AGAIN] == ([] if reason is None else [reason])


def test_it_ends_after_48_hours_of_weakness_not_before() -> None:
    lives, _ = play([saw(40)], [saw(50)])
    at = START + timedelta(hours=1)
    lives, lines = step(lives, [saw(2.9)], at + timedelta(hours=47))
    assert told(list(lines)) == []
    lives, lines = step(lives, [], at + timedelta(hours=48))
    assert told(list(lines)) == [(1, Kind.ENDED)]
    assert lives[0].state is State.ENDED


def test_three_days_as_usual_end_it_though_the_window_is_still_rare() -> None:
    lives, _ = play([saw(40)], [saw(50)])
    now = START + timedelta(hours=80)
    assert step(lives, [saw(20)], now, quiet_days={1: 2})[1][-1].kind is Kind.LOOKED
    assert step(lives, [saw(20)], now, quiet_days={1: 3})[1][-1].kind is Kind.ENDED


def _ended() -> Lives:
    lives, _ = play([saw(40)], [saw(50)])
    return step(lives, [], START + timedelta(hours=49))[0]


@pytest.mark.parametrize(
    ("days_later", "number"),
    [pytest.param(6, 1, id="within 7 days: the old number"), pytest.param(8, 2, id="later: a new one")],
)
def test_a_new_rise_in_the_same_place(days_later: int, number: int) -> None:
    at = START + timedelta(hours=49, days=days_later)
    new = saw(40, cases=range(5, 11))
    _, lines = play([new], [new], lives=_ended(), at=at)
    assert told(lines) == [(number, Kind.REOPENED if number == 1 else Kind.OPENED)]


def test_reopening_takes_two_looks_in_a_row_too() -> None:
    at, new = START + timedelta(days=4), saw(40, cases=range(5, 11))
    assert told(play([new], [saw(2)], [new], [], [new], lives=_ended(), at=at)[1]) == []


def test_what_is_left_of_the_old_cases_in_a_long_window_reopens_nothing() -> None:
    at = START + timedelta(days=4)
    assert told(play([saw(400)], [saw(400)], [saw(400)], lives=_ended(), at=at)[1]) == []


def test_two_that_grow_together_merge_into_the_older() -> None:
    a, b = saw(400, ("t1", "t2"), range(6)), saw(400, ("t3", "t4"), range(20, 30))
    both = saw(500, ("t1", "t2", "t3", "t4"), range(30))
    lives, lines = play([a], [a, b], [both])
    assert told(lines) == [(1, Kind.OPENED), (2, Kind.OPENED), (1, Kind.TOLD_AGAIN), (2, Kind.MERGED)]
    assert {one.number: one.merged_into for one in lives} == {1: None, 2: 1}


def test_of_two_parts_the_one_with_more_cases_keeps_the_number() -> None:
    whole = saw(400, ("t1", "t2", "t3", "t4"), range(20))
    small, large = saw(400, ("t1", "t2"), range(8)), saw(380, ("t3", "t4"), range(8, 20))
    lives, lines = play([whole], [small, large])
    assert told(lines) == [(1, Kind.OPENED), (2, Kind.OPENED)]
    assert {one.number: set(one.seen.weight) for one in lives} == {1: {"t3", "t4"}, 2: {"t1", "t2"}}


def test_far_apart_is_never_one_though_the_category_is() -> None:
    lives, lines = play([saw(400)], [saw(400, ("x1",), range(90, 99))])
    assert told(lines) == [(1, Kind.OPENED), (2, Kind.OPENED)]
    assert len(lives) == 2


def test_not_a_hotspot_keeps_quiet_while_it_lasts() -> None:
    lives, _ = play([saw(400)])
    refused, line = answered(lives[0], Answer.NOT_A_HOTSPOT, "duty officer", START)
    assert (line.kind, line.state, line.answered_by) == (Kind.ANSWERED, State.REFUSED, "duty officer")
    lives, lines = play(*[[saw(500)]] * 240, lives=(refused,), at=START + timedelta(hours=1))
    assert told(lines) == []
    later = lives[0].ended_at
    assert later is not None
    assert told(play([saw(500)], lives=lives, at=later + timedelta(days=8))[1]) == [(2, Kind.OPENED)]


def test_taken_up_stays_open_and_says_so() -> None:
    lives, _ = play([saw(400)])
    taken, _ = answered(lives[0], Answer.TAKEN_UP, "duty officer", START)
    assert (taken.state, taken.answer) == (State.OPEN, Answer.TAKEN_UP)


@pytest.mark.parametrize(
    ("other", "value"),
    [
        pytest.param(saw(9), 1.0, id="the same"),
        pytest.param(saw(9, cases=range(3, 9)), 0.5 / 3 + 0.5, id="a third of the cases"),
        pytest.param(saw(9, units=("t1",)), 0.5 + 0.1 + 0.2, id="a third of the units"),
        pytest.param(saw(9, node=("complaint", "voltage")), 1.0, id="a child category"),
        pytest.param(saw(9, node=("report",)), 0.8, id="another category"),
    ],
)
def test_score(other: Seen, value: float) -> None:
    assert score(saw(9), other) == pytest.approx(value)


def test_levels() -> None:
    names = [Settings().level(d) for d in (6.9, 7, 37.9, 38, 364, 365)]
    assert names == ["none", "watch", "watch", "alert", "alert", "severe"]


def test_nothing_in_nothing_out() -> None:
    none: tuple[Hotspot, ...] = ()
    assert step(none, [], START) == ((), ())
