"""The reading decision: nothing within the overlap is skipped, whatever the pages, the zone and the clock do."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from collectors.decide import Cursor, Plan, TimeForm, next_read, step

SHANGHAI, NEW_YORK = ZoneInfo("Asia/Shanghai"), ZoneInfo("America/New_York")
TEXT = "%Y-%m-%d %H:%M:%S"
OVERLAP = timedelta(seconds=5)
FALL_BACK = datetime(2024, 11, 3, 5, 59, 30, tzinfo=UTC)  # 30 s before New York sets its clocks back
SPRING_FORWARD = datetime(2024, 3, 10, 6, 59, 30, tzinfo=UTC)
QUIET = datetime(2024, 5, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Change:
    """A row stamped at `stamp` s after the start that can be seen `late` s later."""

    stamp: int
    late: int
    key: int


def visible(changes: Sequence[Change], form: TimeForm, start: datetime, elapsed: float) -> list[tuple[Any, tuple[int]]]:
    rows = []
    for change in changes:
        if change.stamp + change.late <= elapsed:
            at = start + timedelta(seconds=change.stamp)
            rows.append((form.like(at, _sample(form, at)), (change.key,)))
    return sorted(rows)


def _sample(form: TimeForm, at: datetime) -> Any:
    if form.format == "epoch_ms":
        return 0
    return (
        at.astimezone(form.zone).strftime(form.format) if form.format else at.astimezone(form.zone).replace(tzinfo=None)
    )


def answer(rows: list[tuple[Any, tuple[int]]], plan: Plan) -> list[tuple[Any, tuple[int]]]:
    """What a database gives for `plan`."""
    if plan.after is not None:
        rows = [row for row in rows if row >= plan.after]
    elif plan.since is not None:
        rows = [row for row in rows if row[0] >= plan.since]
    return rows[: plan.limit]


forms = st.sampled_from(
    [
        (TimeForm(TEXT, SHANGHAI), QUIET),
        (TimeForm("epoch_ms", SHANGHAI), QUIET),
        (TimeForm(None, NEW_YORK), FALL_BACK),
        (TimeForm(TEXT, NEW_YORK), FALL_BACK),
        (TimeForm(TEXT, NEW_YORK), SPRING_FORWARD),
    ]
)
histories = st.lists(
    st.tuples(st.integers(0, 120), st.integers(0, 5)).map(lambda pair: pair), min_size=1, max_size=40
).map(lambda pairs: [Change(stamp, late, key) for key, (stamp, late) in enumerate(pairs)])


@settings(max_examples=300, deadline=None)
@given(histories, st.integers(1, 6), st.lists(st.integers(0, 9), min_size=1, max_size=60), forms)
@example(  # the chain of pages lasts longer than the overlap; row 1 commits behind it
    [Change(0, 0, 0), Change(12, 5, 1), Change(13, 0, 2), Change(22, 0, 3)],
    1,
    [11, 3, 9, 1],
    (TimeForm(TEXT, SHANGHAI), QUIET),
)
@example([Change(0, 0, k) for k in range(9)], 3, [0], (TimeForm(TEXT, SHANGHAI), QUIET))
@example([Change(20, 0, 0), Change(25, 5, 1), Change(31, 0, 2)], 6, [9] * 6, (TimeForm(TEXT, NEW_YORK), FALL_BACK))
def test_every_change_that_commits_within_the_overlap_is_read(
    changes: list[Change], page: int, pauses: list[int], place: tuple[TimeForm, datetime]
) -> None:
    form, start = place
    cursor: Cursor | None = None
    seen: set[tuple[Any, tuple[int]]] = set()
    elapsed, quiet_chains = 0.0, 0
    for turn in range(2_000):
        elapsed += pauses[turn % len(pauses)]
        if turn >= len(pauses):
            elapsed = max(elapsed, 130.0) + 6
        now = start + timedelta(seconds=elapsed)
        plan = next_read(cursor, form, OVERLAP, page, now)
        read = answer(visible(changes, form, start, elapsed), plan)
        seen |= set(read)
        taken = step(cursor, plan, form, read, now)
        cursor = taken.cursor
        if turn >= len(pauses) and not taken.more:
            quiet_chains += 1
            if quiet_chains == 2:
                break
    assert seen == set(visible(changes, form, start, 10_000))


@given(st.lists(st.integers(0, 5), min_size=1, max_size=60), st.integers(1, 7))
def test_a_chain_of_pages_reads_each_row_and_only_those_at_borders_twice(stamps: list[int], page: int) -> None:
    form = TimeForm(TEXT, SHANGHAI)
    rows = visible([Change(stamp, 0, key) for key, stamp in enumerate(stamps)], form, QUIET, 10)
    read: list[tuple[Any, tuple[int]]] = []
    cursor, more = None, True
    while more:
        plan = next_read(cursor, form, OVERLAP, page, QUIET + timedelta(seconds=60))
        got = answer(rows, plan)
        assert read[-1:] == got[:1] or not read
        read += got[1:] if read else got
        taken = step(cursor, plan, form, got, QUIET + timedelta(seconds=60))
        cursor, more = taken.cursor, taken.more
    assert read == rows


def settled(form: TimeForm, value: Any, now: datetime) -> Cursor:
    found = step(None, Plan(10, now), form, [(value, (1,))], now).cursor
    assert found is not None
    return found


def test_an_empty_read_moves_nothing() -> None:
    form = TimeForm(TEXT, SHANGHAI)
    cursor = settled(form, "2024-05-01 08:00:00", QUIET)
    later = QUIET + timedelta(hours=1)
    assert step(cursor, next_read(cursor, form, OVERLAP, 10, later), form, [], later).cursor == cursor
    assert step(None, next_read(None, form, OVERLAP, 10, later), form, [], later).cursor is None


def test_a_stamp_ahead_of_the_source_clock_is_not_followed() -> None:
    form = TimeForm(TEXT, SHANGHAI)
    taken = step(None, Plan(10, QUIET), form, [("2024-05-01 08:04:00", (1,))], QUIET)
    assert taken.ahead is None
    assert next_read(taken.cursor, form, OVERLAP, 10, QUIET).since == "2024-05-01 07:59:55"


def test_a_stamp_more_than_five_minutes_ahead_is_a_fault_and_ends_the_chain() -> None:
    form = TimeForm(TEXT, SHANGHAI)
    taken = step(None, Plan(1, QUIET), form, [("2024-05-01 16:00:00", (1,))], QUIET)
    assert taken.ahead == QUIET + timedelta(hours=8)
    assert not taken.more
    assert next_read(taken.cursor, form, OVERLAP, 1, QUIET).since == "2024-05-01 07:59:55"


def test_a_source_clock_set_back_takes_the_watermark_with_it() -> None:
    form = TimeForm(TEXT, SHANGHAI)
    cursor = settled(form, "2024-05-01 08:00:00", QUIET)
    back = QUIET - timedelta(hours=1)
    taken = step(cursor, next_read(cursor, form, OVERLAP, 10, back), form, [], back)
    assert next_read(taken.cursor, form, OVERLAP, 10, back).since == "2024-05-01 06:59:55"


def test_values_that_are_no_times_do_not_hold_the_chain_or_the_watermark() -> None:
    form = TimeForm(TEXT, SHANGHAI)
    first = step(None, Plan(2, QUIET), form, [("2024-05-01 07:00:00", (1,)), ("n/a", (2,))], QUIET)
    assert first.more
    last = step(first.cursor, next_read(first.cursor, form, OVERLAP, 2, QUIET), form, [("n/a", (3,))], QUIET)
    assert next_read(last.cursor, form, OVERLAP, 2, QUIET).since == "2024-05-01 06:59:55"


@pytest.mark.parametrize(
    ("form", "sample", "written"),
    [
        pytest.param(None, "2024-05-01 00:00:00", "2024-05-01 08:00:01", id="ISO text to the second"),
        pytest.param(None, "2024-05-01T00:00:00.123", "2024-05-01T08:00:01.250", id="ISO text with milliseconds"),
        pytest.param(None, "2024-05-01T00:00:00.123456Z", "2024-05-01T00:00:01.250000Z", id="ISO text in UTC"),
        pytest.param(None, "2024-05-01T00:00:00+09:00", "2024-05-01T09:00:01+09:00", id="ISO text with another offset"),
        pytest.param(None, "2024-05-01 00:00", "2024-05-01 08:00", id="ISO text to the minute rounds down"),
        pytest.param(None, "2024-05-01", "2024-05-01", id="ISO day"),
        pytest.param(None, date(2024, 1, 1), date(2024, 5, 1), id="native day"),
        pytest.param("epoch_s", 1, 1714521601, id="whole seconds round down"),
        pytest.param("epoch_s", 1.5, 1714521601.25, id="seconds with a fraction"),
        pytest.param("epoch_ms", "1", "1714521601250", id="milliseconds as text"),
        pytest.param("%Y%m%d%H%M%S", "20240101000000", "20240501080001", id="a form of its own"),
        pytest.param(
            None,
            datetime(2024, 1, 1, tzinfo=timezone(timedelta(hours=2))),
            datetime(2024, 5, 1, 2, 0, 1, 250_000, tzinfo=timezone(timedelta(hours=2))),
            id="native with offset",
        ),
    ],
)
def test_a_bound_is_written_as_the_source_writes(form: str | None, sample: Any, written: Any) -> None:
    assert TimeForm(form, SHANGHAI).like(QUIET + timedelta(seconds=1.25), sample) == written


@pytest.mark.parametrize(
    "key", [7, "七", 1.5, Decimal("3.10"), b"\x00\xff", datetime(2024, 1, 1, tzinfo=UTC), date(2024, 1, 1)]
)
def test_a_key_of_any_type_survives_the_stored_cursor(key: Any) -> None:
    form = TimeForm(TEXT, SHANGHAI)
    taken = step(None, Plan(1, QUIET), form, [("2024-05-01 07:00:00", (key, "b"))], QUIET)
    plan = next_read(taken.cursor, form, OVERLAP, 1, QUIET)
    assert plan.after == ("2024-05-01 07:00:00", (key, "b"))


@pytest.mark.parametrize(
    ("form", "sorts"),
    [(TEXT, True), ("%Y%m%d%H%M%S", True), ("%m/%d/%Y %I:%M:%S %p", False), ("%d.%m.%Y", False), (None, True)],
)
def test_text_that_does_not_sort_by_time_is_known(form: str | None, sorts: bool) -> None:
    assert TimeForm(form, SHANGHAI).sorts_by_time is sorts
