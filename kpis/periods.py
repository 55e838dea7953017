"""Periods of the site's calendar: days, weeks from Monday, months; what came before; the same a year ago. Pure."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final, Literal
from zoneinfo import ZoneInfo

import ibis
import pandas as pd

from kpis.types import UnknownWord

Grain = Literal["day", "week", "month", "quarter", "year"]
GRAINS: Final[tuple[Grain, ...]] = ("day", "week", "month", "quarter", "year")
_UNIT: Final = {"day": "D", "week": "W", "month": "M", "quarter": "Q", "year": "Y"}
_MONTHS: Final = {"month": 1, "quarter": 3, "year": 12}
NAMED: Final = ("today", "yesterday", *GRAINS[1:], *(f"last_{grain}" for grain in GRAINS[1:]))


@dataclass(frozen=True)
class Every:
    """Buckets of one grain on the site's calendar."""

    grain: Grain
    zone: ZoneInfo


@dataclass(frozen=True)
class Period:
    """[start, end), aware. `grain`: the whole of the calendar it is, or is the beginning of; None for any other."""

    start: datetime
    end: datetime
    grain: Grain | None = None


def bucket(t: ibis.Table, every: Every) -> Any:
    """The first day of the bucket of each row of `t`."""
    return t.day if every.grain == "day" else t.day.truncate(_UNIT[every.grain])


def is_unfinished(first: Any, every: Every, now: datetime) -> bool:
    """Whether the bucket that begins on the day `first` is not over at `now`; one of unknown day is."""
    if pd.isna(first):
        return True
    return midnight(following(pd.Timestamp(first).date(), every.grain), every.zone) > now


def following(first: date, grain: Grain) -> date:
    """The first day after the bucket that begins on `first`."""
    if grain in _MONTHS:
        return shifted(first, _MONTHS[grain])
    return first + timedelta(days=7 if grain == "week" else 1)


def beginning(day: date, grain: Grain) -> date:
    """The first day of the bucket of `day`."""
    if grain == "week":
        return day - timedelta(days=day.weekday())
    if grain == "quarter":
        return day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1)
    return {"day": day, "month": day.replace(day=1), "year": day.replace(month=1, day=1)}[grain]


def shifted(day: date, months: int) -> date:
    """The same day `months` later; the last of its month where there is no such day."""
    count = day.year * 12 + day.month - 1 + months
    first = date(count // 12, count % 12 + 1, 1)
    last = (date((count + 1) // 12, (count + 1) % 12 + 1, 1) - timedelta(days=1)).day
    return first.replace(day=min(day.day, last))


def midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone)


def named(name: str, now: datetime, zone: ZoneInfo) -> Period:
    """The period people call `name`; one that runs ends now. Errors: Refusal."""
    today = now.astimezone(zone).date()
    if name in ("today", "yesterday"):
        first = today if name == "today" else today - timedelta(days=1)
        return Period(midnight(first, zone), now if name == "today" else midnight(today, zone), "day")
    for grain in GRAINS[1:]:
        first = beginning(today, grain)
        if name == grain:
            return Period(midnight(first, zone), now, grain)
        if name == f"last_{grain}":
            before = beginning(first - timedelta(days=1), grain)
            return Period(midnight(before, zone), midnight(first, zone), grain)
    raise UnknownWord("period", name, NAMED, "; or write a beginning and an end")


def previous(period: Period, zone: ZoneInfo) -> Period:
    """What 环比 compares with: as much of the bucket before, or the same length just before, by the site's clock."""
    start, end = _wall(period.start, zone), _wall(period.end, zone)
    if period.grain is None:
        return Period((start - (end - start)).replace(tzinfo=zone), period.start)
    is_whole = end == datetime.combine(following(start.date(), period.grain), time())
    before = datetime.combine(beginning(start.date() - timedelta(days=1), period.grain), time())
    until = start if is_whole else min(before + (end - start), start)
    return Period(before.replace(tzinfo=zone), until.replace(tzinfo=zone), period.grain)


def year_ago(period: Period, zone: ZoneInfo) -> Period:
    """What 同比 compares with: the same days a year before; for a week the same weekdays, 52 weeks before."""
    if period.grain == "week":
        moments = [_wall(moment, zone) - timedelta(weeks=52) for moment in (period.start, period.end)]
    else:
        moments = [_year_before(_wall(moment, zone)) for moment in (period.start, period.end)]
    start, end = (moment.replace(tzinfo=zone) for moment in moments)
    return Period(start, end, period.grain)


def year_to_date(period: Period, zone: ZoneInfo) -> Period:
    """累计: from New Year of the period's last day to its end."""
    last = (period.end - timedelta(microseconds=1)).astimezone(zone).date()
    return Period(midnight(beginning(last, "year"), zone), period.end, "year")


def _wall(moment: datetime, zone: ZoneInfo) -> datetime:
    """What the site's clock shows."""
    return moment.astimezone(zone).replace(tzinfo=None)


def _year_before(wall: datetime) -> datetime:
    return datetime.combine(shifted(wall.date(), -12), wall.time())
