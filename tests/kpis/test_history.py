from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from kpis.history import MOST, EndedDay, beside, owed

ZONE = ZoneInfo("Asia/Shanghai")


def day(number: int) -> date:
    return date(2026, 11, number)


def at(number: int, clock: str) -> datetime:
    hour, minute = (int(part) for part in clock.split(":"))
    return datetime(2026, 11, number, hour, minute, tzinfo=ZONE)


OWED = [
    pytest.param(day(18), at(20, "00:00"), [(19, True)], id="the tick at midnight puts the day on record"),
    pytest.param(day(18), at(20, "00:59"), [(19, True)], id="a slow start just after midnight still does"),
    pytest.param(day(18), at(20, "01:00"), [(19, False)], id="an hour later nobody knows what was shown"),
    pytest.param(day(19), at(20, "14:00"), [], id="what is on record is not owed"),
    pytest.param(day(16), at(20, "00:10"), [(17, False), (18, False), (19, True)], id="days without a node"),
    pytest.param(day(16), at(20, "09:00"), [(17, False), (18, False), (19, False)], id="and the night too"),
    pytest.param(None, at(20, "09:00"), [], id="a new ledger by day waits for its first midnight"),
    pytest.param(None, at(20, "00:10"), [(19, True)], id="a new ledger at midnight begins there"),
    pytest.param(day(21), at(20, "00:10"), [], id="a clock set back invents nothing"),
]


@pytest.mark.parametrize(("last", "now", "expected"), OWED)
def test_the_days_that_are_owed(last: date | None, now: datetime, expected: list[tuple[int, bool]]) -> None:
    assert owed(last, now, ZONE) == [EndedDay(day(number), is_shown) for number, is_shown in expected]


def test_midnight_is_that_of_the_site() -> None:
    assert owed(day(18), at(20, "00:10"), ZoneInfo("UTC")) == []  # still the 19th there


def test_years_without_a_node_are_caught_up_within_bounds() -> None:
    days = owed(date(2020, 1, 1), at(20, "09:00"), ZONE)
    assert len(days) == MOST
    assert days[-1] == EndedDay(day(19), False)


def test_then_and_now_side_by_side() -> None:
    shown_at: dict[date, Any] = {day(18): at(19, "00:00"), day(17): None, day(19): at(20, "00:00")}
    shown = [{"day": day(18), "value": 90.0, "n": 10, "as_of": None, "definition_version": 2}]
    known = {day(18): {"value": 95.0, "n": 20}, day(17): {"value": 80.0, "n": 5}}
    first, second, third = beside(shown, shown_at, known)
    assert [(x["day"], x["shown"], x["shown_n"]) for x in (first, second, third)] == [
        (day(17), None, None),  # nobody was there
        (day(18), 90.0, 10),
        (day(19), None, 0),  # shown, and there was nothing to count
    ]
    assert [x["difference"] for x in (first, second, third)] == [None, 5.0, None]
    assert (first["known"], first["known_n"], third["known_n"]) == (80.0, 5, 0)
    assert second["shown_at"] - shown_at[day(18)] == timedelta(0)
