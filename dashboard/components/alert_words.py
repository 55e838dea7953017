"""Alerts in words: what, where, since when, and what was done about it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from dashboard.components import alert_kinds, quiet_words
from dashboard.components import format as say
from dashboard.components.units import Units
from dashboard.components.view import View
from kpis.catalogue import CATALOGUE

Alert = Mapping[str, Any]  # a row of store.ledger.queries; its times may be ISO texts


@dataclass(frozen=True)
class Reading:
    """What turning alerts into words needs beside them."""

    view: View
    units: Units
    zone: ZoneInfo
    now: datetime
    areas: Mapping[str, str] = field(default_factory=dict)  # names of the transformer areas that alerts are about

    def clock(self, at: datetime) -> str:
        return say.moment(at, self.now, self.zone, self.view.language)

    def length(self, span: timedelta) -> str:
        return say.duration(span, self.view.language)


def at(value: datetime | str | None) -> datetime | None:
    """A time of the ledger's answers."""
    return datetime.fromisoformat(value) if isinstance(value, str) else value


def area_of(alert: Alert) -> str | None:
    """The transformer area that an alert is about; None where it is about something else."""
    kind, _, code = str(alert["subject"]).partition(":")
    return code if kind == "transformer_area" else None


def place(reading: Reading, alert: Alert) -> str:
    """The nearest name people know: transformer area, feeder, else station, else county, else the order."""
    if area := area_of(alert):
        return reading.areas.get(area, area)
    known = [reading.units.name(alert[name]) for name in ("feeder", "station", "county") if alert[name]]
    return known[0] if known else alert["order_no"] or alert["subject"]


def title(reading: Reading, alert: Alert) -> str:
    """What and where, in one line."""
    t, clock = reading.view.t, alert["clock"] or ""
    if alert["category"] == "watch":
        return _watch_title(t, alert)
    where = place(reading, alert)
    if alert["category"] == "kpi":
        return t("{place}: {figure} below target").format(place=where, figure=t(_label(clock)))
    what = alert_kinds.wrong(t, clock, alert["level"])
    return t("{place}: {what}").format(place=where, what=what or alert["rule"])


def _watch_title(t: say.Translate, alert: Alert) -> str:
    """About the watch itself: a source by its name, else what it is."""
    what = alert_kinds.wrong(t, alert["clock"] or "", alert["level"]) or alert["rule"]
    if alert["source"]:
        return t("Source {name}: {what}").format(name=alert["source"], what=what)
    of = alert["subject"].partition(":")[2]
    return t("{place}: {what}").format(place=of, what=what) if of else what


def _label(key: str) -> str:
    return CATALOGUE[key].label if key in CATALOGUE else key


def detail(reading: Reading, alert: Alert) -> str:
    """Order and station, how many are without supply, or how long a source has been silent."""
    t = reading.view.t
    if alert["category"] == "watch":
        start = at(alert["start_at"])
        if not alert["source"]:
            return t("the watch itself")
        return t("nothing newer since {time}").format(time=reading.clock(start)) if start else t("never read yet")
    parts = []
    if alert["order_no"]:
        parts.append(t("order {order}").format(order=alert["order_no"]))
    elif alert["outage_no"]:
        parts.append(t("outage {no}").format(no=alert["outage_no"]))
    places = ("feeder", "station", "county") if area_of(alert) else ("station", "county")
    parts += dict.fromkeys(reading.units.name(alert[name]) for name in places if alert[name])
    if alert["customers"]:
        parts.append(say.counted(t, alert["customers"], "{n} customer out", "{n} customers out"))
    return (", " if reading.view.language == "en" else "，").join(parts or [alert["subject"]])


def answer(reading: Reading, alert: Alert) -> str | None:
    """Who took it, when, and what they said; None while nobody has."""
    when = at(alert["acknowledged_at"])
    if alert["state"] == "raised" or when is None or not alert["acknowledged_by"]:
        return None
    if until := at(alert["acknowledged_until"]):
        return _taken(reading, alert, when) + reading.view.t(", expected end {time}").format(time=reading.clock(until))
    return _taken(reading, alert, when)


def _taken(reading: Reading, alert: Alert, when: datetime) -> str:
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
    if due is None or alert["category"] == "watch":
        return Time(t("since {time}").format(time=reading.clock(raised)) if raised else "")
    left = due - reading.now
    form = t("{time} left") if left >= timedelta() else t("{time} over")
    return Time(form.format(time=reading.length(left)), left < timedelta())


def step(reading: Reading, transition: Alert) -> str:
    """What one transition says."""
    t, event, by = reading.view.t, transition["event"], transition["by"] or ""
    inputs = transition["inputs"] or {}
    if event == "cleared":
        return alert_kinds.ended(t, transition["reason"])
    if event == "closed":
        return alert_kinds.closed(t, transition["reason"], transition["by"])
    if event == "acknowledged":
        if inputs.get("via") == "phone":
            return t("{by} confirmed by phone, noted by {who}").format(by=by, who=inputs.get("entered_by") or "")
        return t("acknowledged by {by}").format(by=by)
    told = {
        "moved": t("facts changed"),
        "held": t("seen; it must last before it is told"),
        "lapsed": t("gone again before anybody was told"),
        "noted": t("note by {by}").format(by=by),
        "assigned": t("given to {to} by {by}").format(to=inputs.get("to") or "", by=by),
        "escalated": t("not acknowledged: step {n}").format(n=inputs.get("step") or ""),
        "reminded": {
            "silence_ended": t("told again: the silence ended"),
            "acknowledgement_ran_out": t("told again: the acknowledgement ran out"),
        }.get(transition["reason"], t("told again: nobody has acknowledged")),
    }
    what = alert_kinds.wrong(t, transition["clock"] or "", transition["level"]) or t("raised##alert")
    if event == "reopened":
        return t("again: {what}").format(what=what)
    return told.get(event, what)


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
        "quiet": t("not sent: {why}").format(why=quiet_words.quiet(t, delivery["why"] or "")),
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
    """Why nobody was told of a transition; nothing for a person's own answer."""
    return "" if why == "an answer is not told on" else t("nobody told: {why}").format(why=quiet_words.quiet(t, why))
