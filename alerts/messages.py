"""The words of one message, in its reader's language. Pure; carries no personal data.

Message ids are English; `i18n/alerts.zh.po` has the Chinese ones.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Final

from alerts.lifecycle import Event
from alerts.rules import Rule
from alerts.transition import Transition

LATE: Final = timedelta(minutes=1)  # a poll, a read and a tick; what is judged later says so
TITLE_LIMIT: Final = 70  # characters of one Chinese text message, signature included

LEVEL: Final = {"orange": "Orange", "red": "Red"}
LEFT: Final = {"arrival": "{time} left to arrive", "restoration": "{time} left to restore"}
PAST: Final = {"arrival": "{time} past the arrival limit", "restoration": "{time} past the restoration limit"}
ENDED: Final = {
    "clock_met": {"arrival": "crew has arrived", "restoration": "supply is restored"},
    "no_longer_open": {"arrival": "its clock runs no more", "restoration": "its clock runs no more"},
    "within_limit_again": {"arrival": "within its limit again", "restoration": "within its limit again"},
}
SOURCE: Final = {
    "stale": "source {name}: no new data for {time}",
    "never_read": "source {name}: never answered yet",
    "fresh_again": "source {name}: fresh again",
    "no_longer_watched": "source {name}: no longer watched",
}


@dataclass(frozen=True)
class Reader:
    """Whose eyes a message is for. `name_of` gives a unit's or feeder's name for its code, or the code."""

    translate: Callable[[str], str]
    zone: tzinfo
    site: str
    name_of: Callable[[str], str]


@dataclass(frozen=True)
class Message:
    """What is sent. The title is whole by itself: a telephone may show nothing else."""

    title: str
    body: str


def duration(span: timedelta, translate: Callable[[str], str]) -> str:
    """`span` in words, its smaller unit cut off, not rounded: nobody is promised a minute that is not there."""
    seconds = int(abs(span).total_seconds())
    minutes, hours, days = seconds // 60, seconds // 3600, seconds // 86400
    if seconds < 60:
        return translate("{s} s").format(s=seconds)
    if minutes < 60:
        return translate("{m} min").format(m=minutes)
    if days < 2:
        return translate("{h} h {m} min").format(h=hours, m=minutes % 60)
    return translate("{d} d {h} h").format(d=days, h=hours % 24)


def _happened(transition: Transition, reader: Reader, now: datetime) -> str:
    """What has happened, in one clause."""
    t = reader.translate
    if transition.order_no is None and transition.clock is None:
        age = duration(now - transition.start_at, t) if transition.start_at else ""
        return t(SOURCE[transition.reason]).format(name=transition.subject, time=age)
    order, clock = transition.order_no or transition.subject, transition.clock or "arrival"
    if transition.event is Event.CLEARED:
        what = t(ENDED[transition.reason][clock])
    elif transition.due_at is None:
        what = t("no limit known")
    else:
        forms = PAST if now > transition.due_at else LEFT
        what = t(forms[clock]).format(time=duration(transition.due_at - now, t))
    return t("order {order}: {what}").format(order=order, what=what)


def _places(transition: Transition, reader: Reader) -> list[str]:
    codes = (transition.county, transition.station, transition.feeder)
    return [reader.name_of(code) for code in codes if code]


def _state(transition: Transition, reader: Reader) -> str:
    if transition.event is Event.CLEARED:
        return reader.translate("All clear")
    return reader.translate("Critical" if transition.critical else LEVEL[transition.level])


def _title(transition: Transition, reader: Reader, now: datetime) -> str:
    """The first of these that fits: with county and station, with the county, without a place, cut off."""
    t, places = reader.translate, _places(transition, reader)[:2]
    what = _happened(transition, reader, now)
    title = t("[{site}] {state}: {what}").format(site=reader.site, state=_state(transition, reader), what=what)
    for count in range(len(places), 0, -1):
        longer = t("{title} ({place})").format(title=title, place=" ".join(places[:count]))
        if len(longer) <= TITLE_LIMIT:
            return longer
    return title if len(title) <= TITLE_LIMIT else title[: TITLE_LIMIT - 1] + "…"


def write(transition: Transition, rule: Rule, reader: Reader, now: datetime, *, by_fallback: bool = False) -> Message:
    """The message about `transition` as it stands at `now`; `by_fallback`: it says that no route named anybody."""
    t = reader.translate

    def clock_time(at: datetime) -> str:
        return f"{at.astimezone(reader.zone):%Y-%m-%d %H:%M:%S}"

    lines = [t("What: {text}").format(text=_happened(transition, reader, now))]
    if places := _places(transition, reader):
        lines.append(t("Where: {text}").format(text=" / ".join(places)))
    if transition.start_at:
        lines.append(t("Since: {text}").format(text=clock_time(transition.start_at)))
    if transition.due_at:
        lines.append(t("Limit: {text}").format(text=clock_time(transition.due_at)))
    late = timedelta(seconds=transition.inputs.get("late_s") or 0)
    if transition.event is not Event.CLEARED and late > LATE:
        lines.append(t("Late: judged {time} after it came to this level").format(time=duration(late, t)))
    if (calls := transition.inputs.get("call_count") or 0) > 1:
        lines.append(t("Calls about it: {n}").format(n=calls))
    if transition.event is not Event.CLEARED:
        lines.append(t("To do: {text}").format(text=t(rule.action)))
        lines.append(t("Whose: {text}").format(text=t(rule.owner)))
        lines.append(t("Runbook: {text}").format(text=rule.runbook))
    if by_fallback:
        lines.append(t("No route names anybody for this alert; the fallback brought it to you."))
    lines.append(t("As of {text}").format(text=clock_time(now)))
    return Message(_title(transition, reader, now), "\n".join(lines))
