"""Working days and opening hours: the published tables, and the days on which clocks are changed."""

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from kpis.calendar import NEVER, Calendar, Year
from kpis.calendar_table import CalendarFaults, parse
from kpis.calendars_file import load
from kpis.clocks import Stops, due
from settings import SettingsError

CHINA = load("Asia/Shanghai")
BERLIN = ZoneInfo("Europe/Berlin")


def micros(moment: datetime) -> int:
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def test_2026_has_248_working_days() -> None:
    days = (date(2026, 1, 1) + timedelta(n) for n in range(365))
    assert sum(CHINA.is_working(day) for day in days) == 248


# The State Council's table of 2026; the start day is not counted.
CHECKS = [
    ("2026-02-13", ["2026-02-14", "2026-02-26", "2026-02-27", "2026-03-05"]),
    ("2026-04-30", ["2026-05-06", "2026-05-09", "2026-05-11", "2026-05-18"]),
    ("2026-09-18", ["2026-09-20", "2026-09-23", "2026-09-24", "2026-10-09"]),
    ("2026-09-24", ["2026-09-28", "2026-10-08", "2026-10-09", "2026-10-15"]),
    ("2026-09-30", ["2026-10-08", "2026-10-12", "2026-10-13", "2026-10-20"]),
    ("2026-11-20", ["2026-11-23", "2026-11-26", "2026-11-27", "2026-12-04"]),
]


@pytest.mark.parametrize(("accepted", "expected"), CHECKS)
@pytest.mark.parametrize("clock", ["00:00:00", "10:00:00", "23:59:59"])
def test_a_working_day_limit_ends_with_its_last_day(accepted: str, expected: list[str], clock: str) -> None:
    start = micros(datetime.fromisoformat(f"{accepted}T{clock}+08:00"))
    found = due("working_days", np.full(4, start), np.array([1, 4, 5, 10]), Stops.none(), CHINA)
    assert found.at.tolist() == [micros(datetime.fromisoformat(f"{day}T23:59:59+08:00")) for day in expected]
    assert not found.provisional.any()


def test_a_year_without_a_table_is_monday_to_friday_and_provisional() -> None:
    start = np.array([micros(datetime(2026, 12, 28, 2, tzinfo=UTC)), NEVER])
    found = due("working_days", start, np.array([5, 5]), Stops.none(), CHINA)
    assert found.at.tolist() == [micros(datetime.fromisoformat("2027-01-04T23:59:59+08:00")), NEVER]
    assert found.provisional.tolist() == [True, False]


NIGHTS = {weekday: [(time(22), time(6))] for weekday in range(7)}
EVERY_DAY = {2026: Year(frozenset(), frozenset(date(2026, 1, 1) + timedelta(n) for n in range(365)), "no day off")}


@pytest.mark.parametrize(
    ("day", "hours"),
    [
        pytest.param(date(2026, 3, 28), 7, id="the night in which an hour is left out"),
        pytest.param(date(2026, 10, 24), 9, id="the night in which an hour comes twice"),
        pytest.param(date(2026, 7, 1), 8, id="any other"),
    ],
)
def test_a_shift_over_midnight_is_as_long_as_it_was(day: date, hours: int) -> None:
    calendar = Calendar(BERLIN, EVERY_DAY, NIGHTS, NIGHTS[0], date(2026, 1, 1), date(2026, 12, 31))
    begins, ends = calendar.openings
    at = begins.tolist().index(micros(datetime.combine(day, time(22), BERLIN)))
    assert (ends[at] - begins[at]) / 3_600e6 == hours


def test_an_opening_in_the_hour_left_out_begins_where_it_ends() -> None:
    early = {weekday: [(time(2, 30), time(4))] for weekday in range(7)}
    calendar = Calendar(BERLIN, EVERY_DAY, early, early[0], date(2026, 3, 29), date(2026, 3, 29))
    begins, ends = calendar.openings
    assert begins.tolist() == [micros(datetime(2026, 3, 29, 1, tzinfo=UTC))]
    assert ends.tolist() == [micros(datetime(2026, 3, 29, 2, tzinfo=UTC))]


def test_a_make_up_day_has_the_hours_of_a_monday_and_a_holiday_none() -> None:
    assert CHINA.hours_of(date(2026, 2, 14)) == CHINA.hours_of(date(2026, 2, 9)) != ()
    assert CHINA.hours_of(date(2026, 2, 16)) == () == CHINA.hours_of(date(2026, 11, 21))


def test_a_calendar_without_an_open_hour_gives_no_deadline() -> None:
    never = Calendar(BERLIN, {}, {})
    found = due("open_hours", np.array([micros(datetime(2026, 3, 2, tzinfo=UTC))]), np.array([1]), Stops.none(), never)
    assert found.at.tolist() == [NEVER]


GOOD = """[[year]]
year = 2027
source = "a notice"
off = [2027-01-01, [2027-02-05, 2027-02-11]]
on = [2027-02-13]

[hours]
monday = ["08:30-12:00", "22:00-06:00"]
"""
FAULTS = [
    pytest.param(
        "2027-02-13", "2027-02-15", "f:5: year.on: 2027-02-15 is a Monday", id="a make-up day that works anyway"
    ),
    pytest.param("[2027-02-13]", "[2027-02-06]", "f:5: year.on: 2027-02-06 is also a day off", id="off and on"),
    pytest.param(
        "2027-01-01,", "2026-01-01,", "f:4: year.off: 2026-01-01 to 2026-01-01 does not lie in", id="another year"
    ),
    pytest.param("2027-02-11]", "2027-02-01]", "f:4: year.off: 2027-02-01 lies before", id="turned round"),
    pytest.param("2027-01-01,", '"2027-01-01",', "f:4: year.off: `2027-01-01` is no day", id="a day in quotes"),
    pytest.param("year = 2027", "year = 27", "f:2: year.year: `27` is no year", id="a short year"),
    pytest.param('source = "a notice"\n', "", "f:1: year.source: is missing", id="without a notice"),
    pytest.param("off =", "of =", "f:4: year.of: unknown; did you mean off?", id="misspelt key"),
    pytest.param("08:30-12:00", "8:30-12", "f:8: hours.monday: `8:30-12` is no span", id="no span of hours"),
    pytest.param("monday", "mondey", "f:8: hours.mondey: unknown; did you mean monday?", id="misspelt weekday"),
    pytest.param("[hours]", "[times]", "f:7: times: unknown", id="unknown table"),
    pytest.param("= 2027\n", "= 2027 2028\n", "f: is not TOML", id="not TOML"),
    pytest.param(
        "[hours]",
        GOOD.replace("[hours]", "[hours.x]").split("[hours.x]")[0] + "[hours]",
        "stands here twice",
        id="twice",
    ),
]


@pytest.mark.parametrize(("good", "bad", "message"), FAULTS)
def test_a_fault_names_line_and_cure(good: str, bad: str, message: str) -> None:
    with pytest.raises(CalendarFaults) as caught:
        parse(GOOD.replace(good, bad), "f")
    assert message in str(caught.value)
    assert ";" in caught.value.faults[0]


def test_a_site_adds_a_year_and_keeps_the_others(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(GOOD, encoding="utf-8")
    mine = load("Asia/Shanghai", file)
    assert set(mine.years) == {2024, 2025, 2026, 2027}
    assert not mine.is_working(date(2027, 2, 8))
    assert mine.hours_of(date(2027, 3, 1)) == [(time(8, 30), time(12)), (time(22), time(6))]


def test_a_file_that_is_not_there_is_a_fault_of_the_settings(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"none\.toml: cannot be read .*; mend `calendars`"):
        load("Asia/Shanghai", tmp_path / "none.toml")
