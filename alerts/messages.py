"""The words of one message, in its reader's language. Pure; carries no personal data.

Message ids are English; `i18n/alerts*.zh.po` have the Chinese ones.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from alerts.lifecycle import Event
from alerts.messages_ends import ended
from alerts.messages_kinds import Reader, duration, happened, plain
from alerts.rules import Rule
from alerts.transition import Transition

LATE: Final = timedelta(minutes=1)  # a poll, a read and a tick; what is judged later says so
TITLE_LIMIT: Final = 70  # characters of one Chinese text message, signature included
PLAIN_LIMIT: Final = 160  # the same without a character beyond ASCII
NUMBER: Final = "{alert_no}"  # the ledger writes the number of an alert it has just opened in its place

LEVEL: Final = {"orange": "Orange", "red": "Red"}
AGAIN: Final = {
    Event.REOPENED: "{state} again",
    Event.ESCALATED: "{state}, nobody has answered",
    Event.REMINDED: "{state}, reminder",
}
REMINDED: Final = {
    "acknowledgement_ran_out": "It was taken, but the expected end has passed and it still stands.",
    "silence_ended": "A silence has ended, and it still stands.",
    "not_acknowledged": "Nobody has acknowledged it yet.",
}
TARGET: Final = {
    "crew": "crew##told",
    "handler": "handler of the order##told",
    "area_manager": "area manager##told",
    "patch_manager": "patch manager##told",
    "account_manager": "account manager##told",
    "station_head": "station head##told",
    "county_duty": "county duty##told",
    "city_duty": "city duty##told",
    "city_leader": "city leader##told",
    "system_duty": "system duty##told",
}

__all__ = ["NUMBER", "TITLE_LIMIT", "Message", "Reader", "duration", "limit_of", "matter", "write"]


@dataclass(frozen=True)
class Message:
    """What is sent. The title is whole by itself: a telephone may show nothing else."""

    title: str
    body: str


def _what(t: Transition, rule: Rule, reader: Reader, now: datetime) -> str:
    return ended(t, rule, reader) if t.event is Event.CLEARED else happened(t, rule, reader, now)


def _places(t: Transition, reader: Reader) -> list[str]:
    codes = (t.about.county, t.about.station, t.about.feeder)
    return [reader.name_of(code) for code in codes if code]


def _state(t: Transition, reader: Reader) -> str:
    word = reader.translate
    if t.event is Event.CLEARED:
        return word("All clear")
    state = word("Critical" if t.critical else LEVEL[t.level])
    return word(AGAIN[t.event]).format(state=state) if t.event in AGAIN else state


def _title(t: Transition, rule: Rule, reader: Reader, now: datetime) -> str:
    """The first of these that fits: with county and station, with the county, without a place, cut off."""
    word, places = reader.translate, _places(t, reader)[:2]
    what = _what(t, rule, reader, now)
    title = word("[{site}] {state}: {what}").format(site=reader.site, state=_state(t, reader), what=what)
    for count in range(len(places), 0, -1):
        longer = word("{title} ({place})").format(title=title, place=" ".join(places[:count]))
        if len(longer) <= limit_of(longer):
            return longer
    return title if len(title) <= limit_of(title) else title[: TITLE_LIMIT - 1] + "…"


def limit_of(title: str) -> int:
    """How much of a text message's one segment `title` may fill: any character beyond ASCII halves it."""
    return PLAIN_LIMIT if title.isascii() else TITLE_LIMIT


def matter(t: Transition, rule: Rule, reader: Reader, now: datetime) -> str:
    """What a supervision order is about: what has happened, and where."""
    what, places = _what(t, rule, reader, now), " ".join(_places(t, reader))
    return reader.translate("{title} ({place})").format(title=what, place=places) if places else what


def write(
    t: Transition,
    rule: Rule,
    reader: Reader,
    now: datetime,
    *,
    link: str | None = None,
    by_fallback: bool = False,
    missing: tuple[str, ...] = (),
) -> Message:
    """The message about `t` as it stands at `now`.

    `link`: only where the reader's channel opens it. `by_fallback`: it says that nobody was found for it but the
    fallback. `missing`: roles that found nobody.
    """
    word = reader.translate
    lines = [word("What: {text}").format(text=_what(t, rule, reader, now))]
    lines += _facts(t, reader, now)
    if t.event is not Event.CLEARED:
        lines += _why_again(t, reader, now)
        lines += _to_do(t, rule, reader)
    lines.append(word("Alert: {text}").format(text=NUMBER if t.alert_id is None else t.alert_id))
    if missing:
        names = " / ".join(word(TARGET.get(target, target)) for target in missing)
        lines.append(word("Nobody found for: {text}").format(text=names))
    if by_fallback:
        lines.append(word("No route names anybody for this alert; the fallback brought it to you."))
    if link:
        lines.append(link)
    lines.append(word("As of {text}").format(text=_clock_time(now, reader)))
    return Message(_title(t, rule, reader, now), "\n".join(lines))


def _clock_time(at: datetime, reader: Reader) -> str:
    return f"{at.astimezone(reader.zone):%Y-%m-%d %H:%M:%S}"


def _facts(t: Transition, reader: Reader, now: datetime) -> Iterator[str]:
    """Where, since when, until when, and what the rule's inputs add."""
    word, about = reader.translate, t.about
    if places := _places(t, reader):
        yield word("Where: {text}").format(text=" / ".join(places))
    if about.start_at:
        yield word("Since: {text}").format(text=_clock_time(about.start_at, reader))
    if about.due_at and about.due_at != about.start_at:
        yield word("Limit: {text}").format(text=_clock_time(about.due_at, reader))
    if about.crew:
        yield word("With: {text}").format(text=reader.name_of(about.crew))
    late = timedelta(seconds=t.inputs.get("late_s") or 0)
    if t.event is not Event.CLEARED and late > LATE:
        yield word("Late: judged {time} after it came to this level").format(time=duration(late, word))
    if t.event is not Event.CLEARED:
        yield from _inputs(t.inputs, reader)


def _inputs(inputs: Any, reader: Reader) -> Iterator[str]:
    word = reader.translate
    if (calls := inputs.get("call_count") or 0) > 1:
        yield word("Calls about it: {n}").format(n=calls)
    if inputs.get("orders_past"):
        yield word("Its orders past their limit: {n}").format(n=inputs["orders_past"])
    if inputs.get("earliest_due_at"):
        at = datetime.fromisoformat(str(inputs["earliest_due_at"]))
        yield word("Earliest limit of its orders: {text}").format(text=_clock_time(at, reader))
    if inputs.get("low") is not None and inputs.get("n") is not None:
        low, high = plain(inputs["low"]), plain(inputs.get("high"))
        yield word("Of {n} orders; between {low} and {high} %").format(n=inputs["n"], low=low, high=high)
    if inputs.get("ri_days"):
        yield word("By chance once in {n} days").format(n=plain(inputs["ri_days"]))
    if words := inputs.get("words"):
        yield word("What they share: {text}").format(text=" / ".join(words) if isinstance(words, list) else words)


def _why_again(t: Transition, reader: Reader, now: datetime) -> Iterator[str]:
    word = reader.translate
    if t.event is Event.ESCALATED:
        woken = datetime.fromisoformat(t.inputs["woken_at"]) if "woken_at" in t.inputs else now
        text = word("Nobody has acknowledged it for {time}; this is step {n} of its escalation.")
        yield text.format(time=duration(now - woken, word), n=t.step)
    elif t.event is Event.REMINDED:
        yield word(REMINDED.get(t.reason, REMINDED["not_acknowledged"]))
    elif t.event is Event.REOPENED:
        yield word("It had ended and has come back.")


def _to_do(t: Transition, rule: Rule, reader: Reader) -> Iterator[str]:
    word = reader.translate
    yield word("To do: {text}").format(text=word(rule.action))
    yield word("Whose: {text}").format(text=word(rule.owner))
    yield word("Runbook: {text}").format(text=rule.runbook)
