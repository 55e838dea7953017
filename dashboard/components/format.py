"""Counts, rates, durations, ages and dates in the reader's form. Pure: the moment and the zone are arguments."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from math import floor
from typing import Final, Literal
from zoneinfo import ZoneInfo

from babel.dates import format_date

Language = Literal["zh", "en"]
Translate = Callable[[str], str]

LOCALE: Final[dict[Language, str]] = {"zh": "zh_Hans_CN", "en": "en_GB"}
MINUS: Final = "\N{MINUS SIGN}"
NONE: Final = "\N{EM DASH}"


def count(n: int) -> str:
    """`n` with thousands separators, a true minus for a negative one."""
    return f"{n:,}" if n >= 0 else MINUS + f"{-n:,}"


def counted(t: Translate, n: int, one: str, many: str) -> str:
    """`n` with its noun. `one` and `many` are msgids; both may hold {n}."""
    return t(one if n == 1 else many).format(n=count(n))


def one_decimal(value: float) -> str:
    """97.4 of 97.4012; a true minus for a negative one."""
    text = f"{abs(value):,.1f}"
    return MINUS + text if value < 0 and text != "0.0" else text


def interval(low: float, high: float) -> str:
    """96.4\N{EN DASH}98.1"""
    return f"{one_decimal(low)}\N{EN DASH}{one_decimal(high)}"


_UNITS: Final[dict[Language, tuple[str, str, str, str]]] = {
    "zh": ("{}天", "{}小时", "{}分", "{}秒"),
    "en": ("{} d", "{} h", "{} min", "{} s"),
}


def duration(length: timedelta, language: Language) -> str:
    """1小时22分 / 1 h 22 min; whole minutes, rounded down, as people read a clock. The sign is the caller's word.

    From ten days on whole days, from one day on days and hours: nobody needs the minutes then.
    """
    minutes = floor(abs(length).total_seconds() / 60)
    days, hours, rest = minutes // 1440, minutes // 60 % 24, minutes % 60
    day, hour, minute, _ = _UNITS[language]
    if days >= 10:
        parts = [day.format(count(days))]
    elif days:
        parts = [day.format(days)] + ([hour.format(hours)] if hours else [])
    elif hours:
        parts = [hour.format(hours)] + ([minute.format(rest)] if rest else [])
    else:
        parts = [minute.format(rest)]
    return ("" if language == "zh" else " ").join(parts)


def age(length: timedelta, language: Language) -> str:
    """20秒前 / 20 s ago; the largest whole unit. A moment of the future is 0 seconds ago."""
    seconds = max(0, floor(length.total_seconds()))
    for size, unit in zip((86400, 3600, 60), _UNITS[language], strict=False):
        if seconds >= size:
            text = unit.format(seconds // size)
            break
    else:
        text = _UNITS[language][3].format(seconds)
    return f"{text}前" if language == "zh" else f"{text} ago"


def day(value: date, language: Language) -> str:
    """11月20日 周五 / Fri 20 Nov."""
    return format_date(value, "M月d日 EEE" if language == "zh" else "EEE d MMM", locale=LOCALE[language])


def days(first: date, last: date, language: Language) -> str:
    """A span of days, both included: 11月14日至20日 / 14 to 20 Nov."""
    if first == last:
        return day(first, language)
    locale = LOCALE[language]
    same_month = (first.year, first.month) == (last.year, last.month)
    if language == "zh":
        end = format_date(last, "d日" if same_month else "M月d日", locale=locale)
        return f"{format_date(first, 'M月d日', locale=locale)}至{end}"
    start = format_date(first, "d" if same_month else "d MMM", locale=locale)
    return f"{start} to {format_date(last, 'd MMM', locale=locale)}"


def moment(value: datetime, now: datetime, zone: ZoneInfo, language: Language) -> str:
    """The site's clock at `value`: 14:32 on the day of `now`, else with the day; with the year in another year."""
    here, today = value.astimezone(zone), now.astimezone(zone)
    clock = f"{here:%H:%M}"
    if here.date() == today.date():
        return clock
    if language == "zh":
        pattern = "M月d日" if here.year == today.year else "y年M月d日"
    else:
        pattern = "d MMM" if here.year == today.year else "d MMM y"
    return f"{format_date(here.date(), pattern, locale=LOCALE[language])} {clock}"


def weekday(number: int, language: Language) -> str:
    """1: 周一 / Mon."""
    return format_date(date(2026, 11, 15) + timedelta(days=number), "EEE", locale=LOCALE[language])


def of_unit(value: float, unit: str, language: Language) -> str:
    """A figure in its own unit: 97.4%, 27分, 15."""
    if unit == "%":
        return f"{one_decimal(value)}%"
    if unit == "min":
        return minutes(value, language)
    if unit == "per customer":
        return f"{value:.3f}" if 0 < abs(value) < 0.1 else f"{value:.2f}"
    return count(round(value)) if float(value).is_integer() or abs(value) >= 100 else one_decimal(value)


def minutes(value: float, language: Language) -> str:
    """Minutes as people say them: 8.4分, 27分, 1小时34分. Rounded, because it is a figure and no clock."""
    if abs(value) < 9.95 and not float(value).is_integer():
        unit = _UNITS[language][2]
        return unit.format(one_decimal(value))
    text = duration(timedelta(minutes=round(abs(value))), language)
    return MINUS + text if round(value) < 0 else text


def between(low: float, high: float, unit: str, language: Language) -> str:
    """An interval in the unit of its figure."""
    if unit == "min" and max(abs(low), abs(high)) >= 59.5:
        return f"{minutes(low, language)}\N{EN DASH}{minutes(high, language)}"
    if unit == "min" and max(abs(low), abs(high)) >= 9.95:
        return f"{round(low)}\N{EN DASH}{round(high)}"
    return interval(low, high)
