"""Periods of the site's calendar, by hand. Sunday 2026-11-22 is the last day of its week."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pandas as pd
import pytest

from kpis.periods import (
    GRAINS,
    NAMED,
    Every,
    Period,
    beginning,
    following,
    is_unfinished,
    named,
    previous,
    shifted,
    year_ago,
    year_to_date,
)
from kpis.types import Refusal

SITE, BERLIN, UTC = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin"), ZoneInfo("UTC")


def on(text: str, zone: ZoneInfo = SITE) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


def said(period: Period, zone: ZoneInfo = SITE) -> tuple[str, str]:
    """As the site's clock shows it."""
    start, end = (moment.astimezone(zone).replace(tzinfo=None) for moment in (period.start, period.end))
    return start.isoformat(" ", "minutes"), end.isoformat(" ", "minutes")


NOW = on("2026-11-20 14:32")  # a Friday


@pytest.mark.parametrize(
    ("name", "start", "end"),
    [
        ("today", "2026-11-20 00:00", "2026-11-20 14:32"),
        ("yesterday", "2026-11-19 00:00", "2026-11-20 00:00"),
        ("week", "2026-11-16 00:00", "2026-11-20 14:32"),
        ("last_week", "2026-11-09 00:00", "2026-11-16 00:00"),
        ("month", "2026-11-01 00:00", "2026-11-20 14:32"),
        ("last_month", "2026-10-01 00:00", "2026-11-01 00:00"),
        ("quarter", "2026-10-01 00:00", "2026-11-20 14:32"),
        ("last_quarter", "2026-07-01 00:00", "2026-10-01 00:00"),
        ("year", "2026-01-01 00:00", "2026-11-20 14:32"),
        ("last_year", "2025-01-01 00:00", "2026-01-01 00:00"),
    ],
)
def test_named_periods(name: str, start: str, end: str) -> None:
    assert name in NAMED
    assert said(named(name, NOW, SITE)) == (start, end)
    assert said(named(name, NOW.astimezone(UTC), SITE)) == (start, end), "whatever zone the moment is told in"


def test_every_name_is_a_period_and_no_other() -> None:
    assert len(NAMED) == 10 and all(named(name, NOW, SITE).start < NOW for name in NAMED)
    with pytest.raises(Refusal, match=r"period fortnight: there are today, .*; or write a beginning and an end"):
        named("fortnight", NOW, SITE)


@pytest.mark.parametrize(
    ("moment", "start"),
    [
        ("2026-11-16 00:00", "2026-11-16 00:00"),
        ("2026-11-22 23:59", "2026-11-16 00:00"),
        ("2027-01-01 12:00", "2026-12-28 00:00"),
    ],
)
def test_a_week_begins_on_monday_at_midnight_of_the_site(moment: str, start: str) -> None:
    assert said(named("week", on(moment), SITE))[0] == start


@pytest.mark.parametrize(
    ("period", "before"),
    [
        (named("today", NOW, SITE), ("2026-11-19 00:00", "2026-11-19 14:32")),
        (named("week", NOW, SITE), ("2026-11-09 00:00", "2026-11-13 14:32")),
        (named("last_week", NOW, SITE), ("2026-11-02 00:00", "2026-11-09 00:00")),
        (named("month", NOW, SITE), ("2026-10-01 00:00", "2026-10-20 14:32")),
        (named("last_month", NOW, SITE), ("2026-09-01 00:00", "2026-10-01 00:00")),
        (named("month", on("2026-03-30 12:00"), SITE), ("2026-02-01 00:00", "2026-03-01 00:00")),
        (named("month", on("2028-03-30 12:00"), SITE), ("2028-02-01 00:00", "2028-03-01 00:00")),
        (named("quarter", NOW, SITE), ("2026-07-01 00:00", "2026-08-20 14:32")),
        (named("year", NOW, SITE), ("2025-01-01 00:00", "2025-11-20 14:32")),
        (Period(on("2026-11-10 08:00"), on("2026-11-12 08:00")), ("2026-11-08 08:00", "2026-11-10 08:00")),
    ],
)
def test_the_period_before_is_as_much_of_it(period: Period, before: tuple[str, str]) -> None:
    found = previous(period, SITE)
    assert said(found) == before
    assert found.grain == period.grain


@pytest.mark.parametrize(
    ("period", "ago"),
    [
        (named("today", NOW, SITE), ("2025-11-20 00:00", "2025-11-20 14:32")),
        (named("week", NOW, SITE), ("2025-11-17 00:00", "2025-11-21 14:32")),
        (named("last_month", NOW, SITE), ("2025-10-01 00:00", "2025-11-01 00:00")),
        (named("yesterday", on("2028-03-01 09:00"), SITE), ("2027-02-28 00:00", "2027-03-01 00:00")),
        (named("last_month", on("2028-03-01 09:00"), SITE), ("2027-02-01 00:00", "2027-03-01 00:00")),
        (named("last_month", on("2029-03-01 09:00"), SITE), ("2028-02-01 00:00", "2028-03-01 00:00")),
        (Period(on("2026-11-10 08:00"), on("2026-11-12 08:00")), ("2025-11-10 08:00", "2025-11-12 08:00")),
    ],
)
def test_a_year_ago(period: Period, ago: tuple[str, str]) -> None:
    assert said(year_ago(period, SITE)) == ago


@pytest.mark.parametrize(
    ("period", "so_far"),
    [
        (named("today", NOW, SITE), ("2026-01-01 00:00", "2026-11-20 14:32")),
        (named("last_year", NOW, SITE), ("2025-01-01 00:00", "2026-01-01 00:00")),
        (named("last_week", on("2027-01-05 09:00"), SITE), ("2027-01-01 00:00", "2027-01-04 00:00")),
        (named("last_month", on("2027-01-05 09:00"), SITE), ("2026-01-01 00:00", "2027-01-01 00:00")),
    ],
)
def test_the_year_so_far_is_that_of_the_last_day(period: Period, so_far: tuple[str, str]) -> None:
    assert said(year_to_date(period, SITE)) == so_far


# Berlin has 25 hours on Sunday 2026-10-25 and 23 on Sunday 2026-03-29.
@pytest.mark.parametrize("told_in", [BERLIN, UTC], ids=["told on the wall", "told in UTC"])
@pytest.mark.parametrize(
    ("name", "moment", "before"),
    [
        ("week", "2026-10-25 12:00", ("2026-10-12 00:00", "2026-10-18 12:00")),
        ("week", "2026-03-29 12:00", ("2026-03-16 00:00", "2026-03-22 12:00")),
        ("today", "2026-10-25 12:00", ("2026-10-24 00:00", "2026-10-24 12:00")),
        ("today", "2026-10-26 12:00", ("2026-10-25 00:00", "2026-10-25 12:00")),
        ("last_week", "2026-10-26 12:00", ("2026-10-12 00:00", "2026-10-19 00:00")),
        ("last_week", "2026-11-02 12:00", ("2026-10-19 00:00", "2026-10-26 00:00")),
    ],
)
def test_daylight_saving_changes_no_wall_time(
    name: str, moment: str, before: tuple[str, str], told_in: ZoneInfo
) -> None:
    period = named(name, on(moment, BERLIN).astimezone(told_in), BERLIN)
    assert said(previous(period, BERLIN), BERLIN) == before


def test_a_day_of_25_hours_before_the_same_day_by_its_ends() -> None:
    period = Period(on("2026-10-26 00:00", BERLIN).astimezone(UTC), on("2026-10-27 00:00", BERLIN).astimezone(UTC))
    assert said(previous(period, BERLIN), BERLIN) == ("2026-10-25 00:00", "2026-10-26 00:00")


@pytest.mark.parametrize(
    ("grain", "day", "first", "after"),
    [
        ("day", "2028-02-29", "2028-02-29", "2028-03-01"),
        ("week", "2028-02-29", "2028-02-28", "2028-03-06"),
        ("month", "2028-02-29", "2028-02-01", "2028-03-01"),
        ("quarter", "2026-11-20", "2026-10-01", "2027-01-01"),
        ("quarter", "2026-03-31", "2026-01-01", "2026-04-01"),
        ("year", "2026-11-20", "2026-01-01", "2027-01-01"),
    ],
)
def test_buckets(grain: str, day: str, first: str, after: str) -> None:
    known = next(g for g in GRAINS if g == grain)
    assert beginning(date.fromisoformat(day), known) == date.fromisoformat(first)
    assert following(date.fromisoformat(first), known) == date.fromisoformat(after)


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [("2028-02-29", -12, "2027-02-28"), ("2026-03-31", -1, "2026-02-28"), ("2026-12-15", 1, "2027-01-15"),
     ("2026-01-31", -1, "2025-12-31")],
)  # fmt: skip
def test_months_earlier_and_later(day: str, months: int, expected: str) -> None:
    assert shifted(date.fromisoformat(day), months) == date.fromisoformat(expected)


def test_the_bucket_that_runs_is_unfinished() -> None:
    week = Every("week", SITE)
    assert is_unfinished(date(2026, 11, 16), week, NOW)
    assert is_unfinished(date(2026, 11, 16), week, on("2026-11-22 23:59"))
    assert not is_unfinished(date(2026, 11, 16), week, on("2026-11-23 00:00")), "its last moment is over"
    assert not is_unfinished(pd.Timestamp("2026-11-09"), week, NOW)
    assert is_unfinished(pd.NaT, week, NOW), "nobody knows when it was"
