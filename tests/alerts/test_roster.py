from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.duty import Roster, Shift
from alerts.roster import gaps, on_duty, overlaps
from tests.alerts.duty_town import SHANGHAI, weekday

BERLIN = ZoneInfo("Europe/Berlin")
DAY, NIGHT = Shift(time(8), time(20)), Shift(time(20), time(8))


def roster(*shifts: Shift, people: str = "AB", **other: Any) -> Roster:
    given: dict[str, Any] = {"groups": tuple((p,) for p in people), "anchor": date(2026, 1, 1)}
    return Roster("r", shifts or (DAY, NIGHT), **(given | other))


def here(text: str, zone: ZoneInfo = SHANGHAI) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


@pytest.mark.parametrize(
    ("when", "made", "who"),
    [
        pytest.param("2026-01-01 08:00", roster(), "A", id="the anchor's day begins at the hand-over"),
        pytest.param("2026-01-01 07:59:59", roster(), "B", id="a second before it the night before is on duty"),
        pytest.param("2026-01-02 03:00", roster(), "A", id="a night belongs to the day on which it began"),
        pytest.param("2026-01-02 08:00", roster(), "B", id="the next day, the next one"),
        pytest.param("2025-12-31 12:00", roster(), "B", id="before the anchor the turns go back"),
        pytest.param("2026-12-31 23:59:59", roster(), "A", id="the last second of a year"),
        pytest.param("2027-01-01 00:00", roster(), "A", id="the night goes on over the end of the year"),
        pytest.param("2027-01-01 08:00", roster(), "B", id="the turns go on over the end of the year"),
        pytest.param("2026-01-01 20:00", roster(turn="shift"), "B", id="by shift: the night is the next one's"),
        pytest.param("2026-01-02 08:00", roster(turn="shift", people="ABC"), "C", id="by shift: three take turns"),
        pytest.param("2026-01-07 12:00", roster(turn="week"), "A", id="by week: the last day of the first week"),
        pytest.param("2026-01-08 12:00", roster(turn="week"), "B", id="by week: the second week"),
        pytest.param("2026-01-03 12:00", roster(Shift(time(8), time(8), "working"),
                     Shift(time(8), time(8), "non_working", (("W",),))), "W", id="others on days off"),
        pytest.param("2026-01-05 07:00", roster(Shift(time(8), time(8), "working"),
                     Shift(time(8), time(8), "non_working", (("W",),))), "W",
                     id="Monday before the hand-over is still Sunday's"),
        pytest.param("2026-01-05 08:00", roster(Shift(time(8), time(8), "working"),
                     Shift(time(8), time(8), "non_working", (("W",),))), "A", id="a working day again"),
    ],
)  # fmt: skip
def test_who_is_on_duty(when: str, made: Roster, who: str) -> None:
    assert on_duty(made, here(when), SHANGHAI, weekday) == (who,)


def test_of_two_shifts_that_summer_time_lays_over_each_other_the_later_one_counts() -> None:
    """02:30 does not come on that morning, so the night would last until 03:30, past the start of the early shift."""
    cuts = [(time(22), time(2, 30), "A"), (time(2, 30), time(3, 15), "B"), (time(3, 15), time(22), "C")]
    made = roster(*(Shift(start, end, groups=((who,),)) for start, end, who in cuts))
    seen = [on_duty(made, datetime(2026, 3, 29, 1, m, tzinfo=UTC), BERLIN, weekday) for m in (14, 15, 29, 30)]
    assert seen == [("A",), ("C",), ("C",), ("C",)]


def test_a_group_is_on_duty_together() -> None:
    pair = roster(groups=(("A", "B"), ("C",)))
    assert on_duty(pair, here("2026-01-01 09:00"), SHANGHAI, weekday) == ("A", "B")


def stands_in(person: str, start: str, end: str, entered: str, roster: str = "r") -> dict[str, Any]:
    times = {"starts_at": here(start), "ends_at": here(end), "entered_at": here(entered)}
    return {"roster": roster, "person": person, **times}


def test_whoever_stands_in_is_on_duty_and_the_latest_entry_wins() -> None:
    sick = stands_in("X", "2026-01-01 08:00", "2026-01-03 08:00", "2025-12-30 08:00")
    again = stands_in("Y", "2026-01-02 08:00", "2026-01-02 20:00", "2025-12-31 08:00")
    other = stands_in("Z", "2026-01-01 08:00", "2026-01-03 08:00", "2026-01-01 08:00", roster="other")
    both = [sick, again, other]
    times = ("2026-01-01 07:59", "2026-01-01 08:00", "2026-01-02 19:59", "2026-01-02 20:00", "2026-01-03 08:00")
    seen = [on_duty(roster(), here(when), SHANGHAI, weekday, both) for when in times]
    assert seen == [("B",), ("X",), ("Y",), ("X",), ("A",)]


@pytest.mark.parametrize(
    ("shifts", "empty", "double"),
    [
        pytest.param((DAY, NIGHT), [], [], id="whole"),
        pytest.param((Shift(time(8), time(8)),), [], [], id="one shift of a whole day"),
        pytest.param((DAY,), ["from 00:00 on a working day", "from 00:00 on a day off"], [], id="no night"),
        pytest.param((DAY, Shift(time(20), time(7))), ["from 07:00 on a working day", "from 07:00 on a day off"], [],
                     id="an hour in the morning"),
        pytest.param((DAY, Shift(time(19), time(8))), [],
                     ["from 19:00 on a working day", "from 19:00 on a day off"], id="an hour twice"),
        pytest.param((DAY, Shift(time(20), time(8), "working"), Shift(time(20), time(9), "non_working")), [],
                     ["from 08:00 on a working day", "from 08:00 on a day off"], id="longer after days off"),
    ],
)  # fmt: skip
def test_gaps_and_overlaps(shifts: tuple[Shift, ...], empty: list[str], double: list[str]) -> None:
    made = roster(*shifts)
    assert (gaps(made), overlaps(made)) == (empty, double)


cuts = st.lists(st.integers(0, 24 * 60 - 1), min_size=1, max_size=5, unique=True).map(sorted)
moments = st.datetimes(datetime(2024, 1, 1), datetime(2028, 12, 31)).map(lambda t: t.replace(tzinfo=UTC))  # noqa: DTZ001
around_summer_time = st.integers(-180, 180).flatmap(
    lambda m: st.sampled_from([datetime(2026, 3, 29, 1, tzinfo=UTC), datetime(2026, 10, 25, 1, tzinfo=UTC)]).map(
        lambda t: t + timedelta(minutes=m)
    )
)


def wall(minute: int) -> time:
    return time(minute // 60, minute % 60)


@settings(max_examples=300, deadline=None)
@given(cuts, st.one_of(moments, around_summer_time), st.sampled_from([SHANGHAI, BERLIN]),
       st.sampled_from(["day", "shift", "week"]), st.integers(1, 4))  # fmt: skip
def test_never_nobody_and_never_two_where_one_is_meant(
    cut: list[int], at: datetime, zone: ZoneInfo, turn: Any, people: int
) -> None:
    ends = cut[1:] + cut[:1]
    shifts = [Shift(wall(a), wall(b)) for a, b in zip(cut, ends, strict=True)]
    made = roster(*shifts, people="ABCD"[:people], turn=turn)
    assert (gaps(made), overlaps(made)) == ([], [])
    assert len(on_duty(made, at, zone, weekday)) == 1


@settings(max_examples=100, deadline=None)
@given(cuts, st.integers(0, 24 * 60 - 1))
def test_a_roster_with_a_hole_is_always_noticed(cut: list[int], hole: int) -> None:
    """Shifts that cover the day but for one minute."""
    points = sorted({*cut, hole, (hole + 1) % 1440})
    pairs = [(a, b) for a, b in zip(points, points[1:] + points[:1], strict=True) if a != hole]
    made = roster(*[Shift(wall(a), wall(b)) for a, b in pairs])
    assert gaps(made)


@settings(max_examples=100, deadline=None)
@given(moments)
def test_turns_are_shared_equally(at: datetime) -> None:
    """In any eight days each of four has two days."""
    made = roster(Shift(time(8), time(8)), people="ABCD")
    seen = [on_duty(made, at + timedelta(days=n), SHANGHAI, weekday)[0] for n in range(8)]
    assert sorted(seen) == sorted("AABBCCDD")
