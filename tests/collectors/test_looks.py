"""Which rows are compared when: no row is left out between two looks, and a look ends."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.looks import (
    BEGINNING,
    LOOK_SHARE,
    NIGHTLY,
    OPEN,
    RECENT,
    SPANS_READ,
    Looking,
    Span,
    extent,
    joined,
    last_night,
    micros,
    moment,
    spans_of,
)

NOW = datetime(2024, 5, 1, 8, tzinfo=UTC)
SHANGHAI = ZoneInfo("Asia/Shanghai")
places = st.integers(-(10**15), 10**15)


@given(st.lists(places, max_size=20), places, st.integers(1, 10**12))
def test_spans_cover_their_extent_once_whatever_the_borders(borders: list[int], low: int, length: int) -> None:
    spans = spans_of(borders, low, low + length)
    assert (spans[0].low, spans[-1].high) == (low, low + length)
    assert all(a.high == b.low for a, b in pairwise(spans))
    assert all(span.low < span.high for span in spans)


@given(st.lists(st.integers(0, 60), unique=True, max_size=40))
def test_spans_that_differ_are_joined_only_with_neighbours_and_not_without_end(numbers: list[int]) -> None:
    spans = [Span(n, n + 1) for n in sorted(numbers)]
    made = joined(spans)
    assert [place for span in made for place in range(span.low, span.high)] == sorted(numbers)
    assert all(span.high - span.low <= SPANS_READ for span in made)


@given(st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1)))  # noqa: DTZ001  Hypothesis wants naive bounds
def test_a_moment_is_its_own_place(at: datetime) -> None:
    assert moment(micros(at.replace(tzinfo=UTC))) == at.replace(tzinfo=UTC)


def test_what_is_recent_and_what_is_open_leave_no_gap_up_to_what_polls_read_again() -> None:
    overlap, back, days = timedelta(seconds=5), timedelta(days=1), timedelta(days=7)
    recent, open_, nightly = (extent(kind, NOW, overlap, back, days) for kind in (RECENT, OPEN, NIGHTLY))
    assert moment(recent.high) == NOW - overlap
    assert recent.low == open_.high == nightly.high == micros(NOW - back)
    assert open_.low == BEGINNING
    assert moment(nightly.low) == NOW - days


@pytest.mark.parametrize(
    ("now", "zone", "night"),
    [
        (NOW, "Asia/Shanghai", datetime(2024, 4, 30, 18, 30, tzinfo=UTC)),
        (datetime(2024, 4, 30, 18, 30, tzinfo=UTC), "Asia/Shanghai", datetime(2024, 4, 30, 18, 30, tzinfo=UTC)),
        (datetime(2024, 4, 30, 18, 29, tzinfo=UTC), "Asia/Shanghai", datetime(2024, 4, 29, 18, 30, tzinfo=UTC)),
        (datetime(2024, 3, 10, 12, tzinfo=UTC), "America/New_York", datetime(2024, 3, 10, 7, 30, tzinfo=UTC)),
    ],
)
def test_the_last_night_is_by_the_sources_wall_clock(now: datetime, zone: str, night: datetime) -> None:
    assert last_night(now, "02:30", ZoneInfo(zone)) == night


def looking() -> Looking:
    return Looking({RECENT: 20.0, OPEN: 120.0}, ("02:30", SHANGHAI))


def test_each_kind_comes_at_its_pace_and_the_night_once() -> None:
    one, begun = looking(), []
    for second in range(0, 300, 10):
        if kind := one.due(second, NOW + timedelta(seconds=second)):
            begun.append((second, kind))
            one.begin(kind, second, NOW)
            one.tallied([], 0)
    assert [s for s, kind in begun if kind == RECENT] == list(range(0, 300, 20))
    assert [s for s, kind in begun if kind == OPEN] == [10, 130, 250]
    assert NIGHTLY not in dict(begun).values()
    tomorrow = NOW + timedelta(days=1)
    one.begun_at = {RECENT: 1000.0, OPEN: 1000.0}
    assert one.due(1001.0, tomorrow) == NIGHTLY
    one.begin(NIGHTLY, 1001.0, tomorrow)
    one.tallied([], 0)
    assert one.due(1002.0, tomorrow) is None


def test_a_look_that_costs_much_comes_less_often() -> None:
    one = looking()
    one.begin(RECENT, 0.0, NOW)
    one.spent(RECENT, 2.0)
    one.tallied([], 0)
    one.begun_at[OPEN] = 1e9
    assert one.due(2.0 / LOOK_SHARE - 0.1, NOW) is None
    assert one.due(2.0 / LOOK_SHARE, NOW) == RECENT


def test_a_look_reads_what_differs_seeks_what_is_missing_and_ends() -> None:
    one = looking()
    one.begin(RECENT, 0.0, NOW)
    assert one.next() is None  # waits for its tallies
    assert one.due(99.0, NOW) is None
    one.tallied([Span(0, 10), Span(20, 30)], 40)
    look = one.next()
    assert look is not None
    assert look.read == (Span(0, 10), Span(20, 30))
    one.was_read(Span(0, 4), ["a"])  # a page was full: the rest of the span comes next
    one.was_read(Span(4, 10), [])
    look = one.next()
    assert look is not None
    assert look.read == (Span(20, 30),)
    one.was_read(Span(20, 30), ["b"])
    look = one.next()
    assert look is not None
    assert (look.find, look.of) == (("a", "b"), 40)
    one.sought()
    assert one.kind is None


def test_after_a_fault_a_look_is_begun_anew_at_once() -> None:
    one = looking()
    one.begin(RECENT, 0.0, NOW)
    one.tallied([Span(0, 10)], 1)
    one.give_up()
    assert one.next() is None
    one.begun_at[OPEN] = 1e9
    assert one.due(0.5, NOW) == RECENT
    one.begin(NIGHTLY, 1.0, NOW)
    one.begun_at, one.again = {RECENT: 1e9, OPEN: 1e9}, set()
    one.give_up()
    assert one.due(2.0, NOW) == NIGHTLY


def test_no_kind_starves_though_another_takes_longer_than_its_pace_or_fails_every_time() -> None:
    looking = Looking({RECENT: 20.0, OPEN: 120.0}, ("02:30", SHANGHAI))
    looking.due(0.0, NOW)  # the last night counts as done
    begun: list[str] = []
    for turn in range(1, 13):
        kind = looking.due(turn * 60.0, NOW + timedelta(days=1))
        assert kind is not None
        looking.begin(kind, turn * 60.0, NOW + timedelta(days=1))
        begun.append(kind)
        if kind == RECENT:
            looking.tallied([], 0)
        else:
            looking.give_up()
    assert {kind: begun.count(kind) for kind in begun} == {RECENT: 4, OPEN: 4, NIGHTLY: 4}
