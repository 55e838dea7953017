"""Alerts in words: what, where, since when, and what was done about it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from dashboard.components import format as say
from dashboard.components.units import Units
from dashboard.components.view import View

Alert = Mapping[str, Any]  # a row of store.ledger.queries; its times may be ISO texts


@dataclass(frozen=True)
class Reading:
    """What turning alerts into words needs beside them."""

    view: View
    units: Units
    zone: ZoneInfo
    now: datetime

    def clock(self, at: datetime) -> str:
        return say.moment(at, self.now, self.zone, self.view.language)

    def length(self, span: timedelta) -> str:
        return say.duration(span, self.view.language)


def at(value: datetime | str | None) -> datetime | None:
    """A time of the ledger's answers."""
    return datetime.fromisoformat(value) if isinstance(value, str) else value


def place(reading: Reading, alert: Alert) -> str:
    """The nearest name people know: feeder, else station, else county, else the order."""
    known = [reading.units.name(alert[name]) for name in ("feeder", "station", "county") if alert[name]]
    return known[0] if known else alert["order_no"] or alert["subject"]


def title(reading: Reading, alert: Alert) -> str:
    """What and where, in one line."""
    t, where = reading.view.t, place(reading, alert)
    if alert["rule"] == "source_stale":
        return t("Source {name}: data late").format(name=alert["subject"])
    words = {
        ("arrival", "orange"): t("{place}: arrival nearly due"),
        ("arrival", "red"): t("{place}: arrival overdue"),
        ("restoration", "orange"): t("{place}: restoration nearly due"),
        ("restoration", "red"): t("{place}: restoration overdue"),
    }
    word = words.get((alert["clock"] or "", alert["level"]))
    return word.format(place=where) if word else t("{place}: {rule}").format(place=where, rule=alert["rule"])


def detail(reading: Reading, alert: Alert) -> str:
    """Order and station, or how long a source has been silent."""
    t = reading.view.t
    if alert["rule"] == "source_stale":
        start = at(alert["start_at"])
        return t("nothing newer since {time}").format(time=reading.clock(start)) if start else t("never read yet")
    order = t("order {order}").format(order=alert["order_no"] or alert["subject"])
    places = [reading.units.name(alert[name]) for name in ("station", "county") if alert[name]]
    return (", " if reading.view.language == "en" else "，").join([order, *dict.fromkeys(places)])


def answer(reading: Reading, alert: Alert) -> str | None:
    """Who took it, when, and what they said; None while nobody has."""
    when = at(alert["acknowledged_at"])
    if alert["state"] == "raised" or when is None or not alert["acknowledged_by"]:
        return None
    taken = reading.view.t("{by} acknowledged {time}")
    said = taken.format(by=alert["acknowledged_by"], time=reading.clock(when))
    quote = "“{}”" if reading.view.language == "en" else "，“{}”"
    gap = " " if reading.view.language == "en" else ""
    return f"{said}{gap}{quote.format(alert['note'])}" if alert["note"] else said


@dataclass(frozen=True)
class Time:
    """The time at an alert's right: left, over, or since when. `late`: past its limit."""

    text: str
    late: bool = False


def time(reading: Reading, alert: Alert) -> Time:
    t = reading.view.t
    cleared, due, raised = at(alert["cleared_at"]), at(alert["due_at"]), at(alert["raised_at"])
    if cleared:
        return Time(t("cleared {time}").format(time=reading.clock(cleared)))
    if due is None:
        return Time(t("since {time}").format(time=reading.clock(raised)) if raised else "")
    left = due - reading.now
    form = t("{time} left") if left >= timedelta() else t("{time} over")
    return Time(form.format(time=reading.length(left)), left < timedelta())


def step(reading: Reading, transition: Alert) -> str:
    """What one transition says."""
    t = reading.view.t
    event, level, clock = transition["event"], transition["level"], transition["clock"]
    if event == "acknowledged":
        return t("acknowledged by {by}").format(by=transition["by"] or "")
    if event == "cleared":
        words = {
            "clock_met": t("cleared: the limit's work is done"),
            "no_longer_open": t("cleared: the order is closed"),
            "within_limit_again": t("cleared: within its limit again"),
            "fresh_again": t("cleared: data are fresh again"),
            "no_longer_watched": t("cleared: no longer watched"),
        }
        return words.get(transition["reason"], t("cleared"))
    if event == "moved":
        return t("facts changed")
    bad = {
        ("arrival", "orange"): t("arrival nearly due"),
        ("arrival", "red"): t("arrival overdue"),
        ("restoration", "orange"): t("restoration nearly due"),
        ("restoration", "red"): t("restoration overdue"),
    }
    return bad.get((clock or "", level), t("data late"))


def sent(reading: Reading, delivery: Alert) -> tuple[str, str]:
    """To whom one message went, and what came of it."""
    t = reading.view.t
    whom = " ".join(part for part in (way(t, delivery["channel"]), delivery["address"]) if part)
    when = at(delivery["sent_at"])
    words = {
        "pending": t("waiting to be sent"),
        "leased": t("being sent"),
        "sent": t("sent {time}").format(time=reading.clock(when)) if when else t("sent"),
        "failed": t("failed: {error}").format(error=delivery["last_error"] or ""),
    }
    said: str = words.get(delivery["state"], str(delivery["state"]))
    if delivery["state"] == "pending" and delivery["attempts"]:
        said = t("{n} tries failed, trying again").format(n=delivery["attempts"])
    return whom, said


def way(t: say.Translate, channel: str) -> str:
    """A channel of the usual names in words, else its own name."""
    words = {"mail": t("mail"), "webhook": t("webhook"), "hook": t("webhook")}
    return words.get(channel, channel)


def quiet(t: say.Translate, why: str) -> str:
    """Why nobody was told of a transition."""
    words = {
        "no further limit passed": t("nobody told: no further limit passed"),
        "an answer is not told on": "",
        "an all-clear from orange is not told by this rule": t("nobody told: this all-clear is not told"),
        "an all-clear from red is not told by this rule": t("nobody told: this all-clear is not told"),
    }
    return words.get(why, t("nobody told: {why}").format(why=why))
