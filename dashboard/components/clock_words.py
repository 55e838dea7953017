"""The clocks of an order in words: on its page and on the command line."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from babel.dates import format_date

from dashboard.components.format import LOCALE, Language, Translate, counted
from kpis.explain_lines import Reason
from kpis.limits import UNITS


def clock(t: Translate, key: str) -> str:
    words = {
        "dispatch": t("dispatch##clock"),
        "receive": t("receipt##clock"),
        "arrival": t("arrival##clock"),
        "restoration": t("restoration##clock"),
        "contact": t("first contact##clock"),
        "answer": t("answer##clock"),
        "reply": t("reply##clock"),
        "revisit": t("revisit##clock"),
        "scheme": t("supply scheme##clock"),
        "install": t("meter and power on##clock"),
        "connection": t("connection##clock"),
        "stated": t("limit the source states"),
    }
    return words.get(key, key)


def line(t: Translate, key: str) -> str:
    """Whose limit it is."""
    words = {"promise": t("promise##limit"), "internal": t("internal##limit"), "regulatory": t("regulatory##limit")}
    return words.get(key, key)


def began(t: Translate, code: str) -> str:
    """What a clock started with: a stage, or what came after or before it."""
    words = {
        "accepted_at": t("accepted"),
        "dispatched_at": t("dispatched"),
        "arrived_at": t("arrived##stage"),
        "restored_at": t("restored"),
        "replied_at": t("replied"),
        "inspected_at": t("inspected##stage"),
        "merged": t("first order merged in"),
        "transferred": t("transferred##event"),
        "returned": t("sent back##event"),
    }
    return words.get(code, code)


def awaited(t: Translate, clock_: str) -> str:
    """What a clock that has not started waits for."""
    words = {
        "receive": t("waits for dispatch"),
        "restoration": t("waits for arrival"),
        "reply": t("waits for restoration"),
        "revisit": t("waits for the reply"),
        "install": t("waits for inspection"),
    }
    return words.get(clock_, t("waits for acceptance"))


def what(t: Translate, code: str) -> str:
    """What a stretch of time was for the clock."""
    words = {
        "counted": t("counted##time"),
        "paused": t("stood##time"),
        "solved": t("stood##time"),
        "closed": t("not counted##time"),
        "start_day": t("not counted##time"),
        "part_day": t("not counted##time"),
        "over": t("past the limit##time"),
    }
    return words.get(code, code)


def why(t: Translate, language: Language, code: str, reasons: Sequence[Reason]) -> str:
    """Why it was so; nothing for time that counts as usual."""
    fixed = {
        "solved": t("closed until reopened"),
        "start_day": t("day of the start"),
        "part_day": t("day not complete"),
    }
    return fixed.get(code) or ("、" if language == "zh" else ", ").join(_reason(t, language, *r) for r in reasons)


def _reason(t: Translate, language: Language, code: str, words: str) -> str:
    said = "：{}" if language == "zh" else ": {}"
    known = {
        "weekend": t("weekend"),
        "day_off": t("day off"),
        "outside_hours": t("outside opening hours"),
        "make_up": t("make-up working day"),
        "holiday": holiday(t, words),
        "pause": t("paused##clock") + (said.format(words) if words else ""),
        "pause_ignored": t("this pause does not stop it") + (said.format(words) if words else ""),
    }
    return known.get(code, code)


def verdict(t: Translate, clock_: str, code: str, time: str) -> str:
    """How a clock stands. `time`: by how much it is over, how long until it is due, or what is left where it stands."""
    words = {
        "on_time": t("on time"),
        "late": t("late by {time}"),
        "overdue": t("overdue by {time}"),
        "running": t("runs, due in {time}"),
        "stands": t("stands still, {time} left"),
        "not_started": awaited(t, clock_),
        "settled": t("settled without") if clock_ == "arrival" else t("the order ended without it"),
        "unknown": t("end unknown"),
        "beyond": t("no deadline: the calendar never counts so much"),
    }
    return words.get(code, code).format(time=time)


def holiday(t: Translate, name: str) -> str:
    """The shipped names in the reader's language; those of a site's own calendar as they stand there."""
    words = {
        "New Year's Day": t("New Year's Day"),
        "Spring Festival": t("Spring Festival"),
        "Qingming": t("Qingming"),
        "Labour Day": t("Labour Day"),
        "Dragon Boat Festival": t("Dragon Boat Festival"),
        "Mid-Autumn Festival": t("Mid-Autumn Festival"),
        "National Day": t("National Day"),
    }
    return words.get(name, name)


def allowed(t: Translate, language: Language, kind: str, amount: int) -> str:
    """What a limit allows: 45 min, 8 open hours, 5 working days."""
    if kind == "working_days":
        return counted(t, amount, "{n} working day", "{n} working days")
    if kind == "open_hours":
        hours, rest = divmod(amount, UNITS["open_hours"][1])
        return exact(language, amount) if rest else counted(t, hours, "{n} open hour", "{n} open hours")
    return exact(language, amount)


def amount(language: Language, kind: str, value: int) -> str:
    """What a line counted: days as their number, else a time to the second."""
    return str(value) if kind == "working_days" else exact(language, value)


def exact(language: Language, micros: int) -> str:
    """24 h, 3 h 20 min, 15 s: nothing rounded but parts of a second, hours beyond a day stay hours."""
    minutes, seconds = divmod(micros // 1_000_000, 60)
    hours, minutes = divmod(minutes, 60)
    forms = ("{}小时", "{}分", "{}秒") if language == "zh" else ("{} h", "{} min", "{} s")
    parts = [form.format(n) for form, n in zip(forms, (hours, minutes, seconds), strict=True) if n]
    return ("" if language == "zh" else " ").join(parts) or "0"


def moment(language: Language, here: datetime) -> str:
    """A wall time with its weekday and year: Wed 30 Sep 2026 10:20; seconds where there are some."""
    pattern = "y年M月d日 EEE" if language == "zh" else "EEE d MMM y"
    return f"{format_date(here.date(), pattern, locale=LOCALE[language])} {wall(here)}"


def wall(here: datetime) -> str:
    return f"{here:%H:%M:%S}" if here.second else f"{here:%H:%M}"


def day(language: Language, here: datetime) -> str:
    """Wed 30 Sep / 9月30日 周三."""
    pattern = "M月d日 EEE" if language == "zh" else "EEE d MMM"
    return str(format_date(here.date(), pattern, locale=LOCALE[language]))


def bounds(language: Language, kind: str, start: datetime, end: datetime) -> tuple[str, str]:
    """First and last moment of a line on the site's clock. Of working days whole days, both included."""
    if kind != "working_days":
        return f"{day(language, start)} {wall(start)}", f"{day(language, end)} {wall(end)}"
    begins_at_midnight = (start.hour, start.minute, start.second) == (0, 0, 0)
    first = day(language, start) if begins_at_midnight else f"{day(language, start)} {wall(start)}"
    if (end.hour, end.minute, end.second) == (0, 0, 0):
        return first, day(language, end - timedelta(microseconds=1))
    return first, f"{day(language, end)} {wall(end)}"
