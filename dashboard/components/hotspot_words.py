"""Hotspots in words: what, where, how many against how many, and how rarely chance alone would do it. Never a p."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from babel.dates import format_date
from dash import html

from dashboard.components import dims, marks, terms
from dashboard.components import format as say
from dashboard.components.units import Units
from dashboard.components.view import View

Hotspot = Mapping[str, Any]  # as `ask hotspots` gives one
LEVEL: Final = {"alert": "orange", "severe": "red"}
NAMED_BY: Final = ("feeder", "station", "county", "city")
LONGEST_Y: Final = 10  # years beyond which no number is given
OFTEN_D: Final = 3  # days below which the node gives no number either
MONTHS_FROM_D, YEARS_FROM_D = 90, 730
SHORT_H: Final = 48  # windows below are said in hours


@dataclass(frozen=True)
class Reading:
    """What turning hotspots into words needs. `places`: names of the places that units of the tree do not hold."""

    view: View
    units: Units
    zone: ZoneInfo
    now: datetime
    places: Mapping[str, str] = field(default_factory=dict)

    def moment(self, at: str | None) -> str:
        return say.moment(datetime.fromisoformat(at), self.now, self.zone, self.view.language) if at else say.NONE

    def name(self, code: str | None) -> str:
        return self.units.name(code) if self.units.get(code) else self.places.get(code or "", code or "")

    def day(self, iso: str) -> str:
        """11月17日 / 17 Nov."""
        pattern = "M月d日" if self.view.language == "zh" else "d MMM"
        at = datetime.fromisoformat(iso)
        here = at.astimezone(self.zone).date() if at.tzinfo else at.date()
        return format_date(here, pattern, locale=say.LOCALE[self.view.language])


def matter(reading: Reading, path: Sequence[str]) -> str:
    """The category, from its path in the tree."""
    t = reading.view.t
    if not path:
        return t("all demands")
    top = terms.category(t, path[0])
    if len(path) == 1:
        return top
    leaf = dims.value(reading.view, reading.units, f"subcategory_{len(path) - 1}", path[-1])
    if top.lower() in leaf.lower():
        return leaf
    return f"{leaf}{top}" if reading.view.language == "zh" else f"{leaf} ({top})"


def place(reading: Reading, one: Hotspot) -> str:
    """The place that names it: feeder, station, county or city; how many places where none holds them all."""
    for kind in NAMED_BY:
        if code := one.get(kind):
            return reading.units.brief(code)
    n = len(one.get("places") or ())
    return say.counted(reading.view.t, n, "{n} place", "{n} places")


def path_of(reading: Reading, one: Hotspot) -> list[str]:
    """Station and feeder, in full."""
    return list(dict.fromkeys(reading.units.name(one[kind]) for kind in ("station", "feeder") if one.get(kind)))


def rarity(reading: Reading, one: Hotspot) -> str:
    """How often chance alone would do it, short: 约9天一遇 / once in 9 days. `one`: with its `recurrence_d`."""
    t, days = reading.view.t, one["recurrence_d"]
    if one.get("recurrence_is_below"):
        return t("once in {n} days or oftener").format(n=OFTEN_D)
    return _rarity(reading, days, (t("once in {time}"), t("less than once in {n} years")))


def _rarity(reading: Reading, days: float | None, forms: tuple[str, str]) -> str:
    """`forms`: the usual one, and the one for what is rarer than anybody can know."""
    t, (form, beyond) = reading.view.t, forms
    if days is None:
        return say.NONE
    if days >= LONGEST_Y * 365:
        return beyond.format(n=LONGEST_Y)
    if days < MONTHS_FROM_D:
        return form.format(time=say.counted(t, round(days), "{n} day##rarity", "{n} days##rarity"))
    if days < YEARS_FROM_D:
        return form.format(time=say.counted(t, round(days / 30.44), "{n} month##rarity", "{n} months##rarity"))
    return form.format(time=say.counted(t, round(days / 365.25), "{n} year##rarity", "{n} years##rarity"))


def by_chance(reading: Reading, one: Hotspot) -> str:
    """The same as a sentence."""
    t = reading.view.t
    if one.get("recurrence_is_below"):
        return t("By chance alone this comes once in {n} days or oftener in the whole utility.").format(n=OFTEN_D)
    usual_form = t("By chance alone this comes about once in {time} in the whole utility.")
    beyond = t("By chance alone this comes less than once in {n} years in the whole utility.")
    return _rarity(reading, one["recurrence_d"], (usual_form, beyond))


def span(reading: Reading, one: Hotspot) -> str:
    """From its beginning to the last hour that was counted: hours below two days, else days."""
    t = reading.view.t
    counted = datetime.fromisoformat(one["window"]["end"]) - datetime.fromisoformat(one["since"])
    hours = max(1.0, counted / timedelta(hours=1))
    if hours < SHORT_H:
        return say.counted(t, round(hours), "{n} hour##window", "{n} hours##window")
    return say.counted(t, round(hours / 24), "{n} day##window", "{n} days##window")


def expected(value: float) -> str:
    """A whole number where it is large, one decimal where it is small."""
    return say.count(round(value)) if value >= 100 else say.one_decimal(value)


def usual(reading: Reading, value: float) -> str:
    """About how many there usually are, for a sentence."""
    t = reading.view.t
    return t("about {n}##usual").format(n=say.count(round(value))) if value >= 1 else t("less than 1##usual")


def headline(reading: Reading, one: Hotspot) -> str:
    """湖口低电压投诉4天14件，往常约3件."""
    said = reading.view.t("{place}: {matter}, {n} in {span}, usually {usual}")
    return said.format(
        place=place(reading, one),
        matter=matter(reading, one["category"]),
        n=say.count(one["observed"]),
        span=span(reading, one),
        usual=usual(reading, one["expected"]),
    )


def facts(reading: Reading, one: Hotspot, completeness: Mapping[str, float | None]) -> list[str]:
    """What else is said of one: growth, customers, outage, how complete the records are."""
    t = reading.view.t
    found = []
    last = (one.get("growing") or {}).get("last_6h")
    if last:
        found.append(t("growing: {n} in the last 6 h").format(n=say.count(last)))
    elif last == 0:
        found.append(t("nothing new in the last 6 h"))
    if one.get("customers") is not None:
        found.append(say.counted(t, one["customers"], "{n} customer##hotspot", "{n} customers##hotspot"))
    found.append(_outage(t, one))
    if known := [share for share in completeness.values() if share is not None]:
        share = min(known)
        found.append(t("records {n} % complete").format(n=round(100 * share)))
    return found


def _outage(t: say.Translate, one: Hotspot) -> str:
    if one.get("explained_by_outage"):
        return t("explained by outage {no}").format(no=one.get("outage_no") or say.NONE)
    if one.get("outage_no"):
        return t("outage {no} runs there").format(no=one["outage_no"])
    return t("no open outage there")


def grade(t: say.Translate, code: str) -> str:
    words = {"watch": t("watch##grade"), "alert": t("alert##grade"), "severe": t("severe##grade")}
    return words.get(code, code)


def shape(t: say.Translate, code: str) -> html.Span:
    """Square for an alert, octagon for a severe one; what is only watched has the ring of the map without a level."""
    if code in LEVEL:
        return marks.shape(t, LEVEL[code], grade(t, code))
    return html.Span(role="img", className="lv lv-watch", **{"aria-label": grade(t, code)})


def state(reading: Reading, one: Hotspot) -> str:
    """How it stands, and what was answered."""
    t = reading.view.t
    words = {"watch": t("watched##hotspot"), "open": t("open##hotspot"), "ended": t("ended##hotspot")}
    said = words.get(one["state"]) or str(one["state"])
    if one["state"] == "merged":
        said = t("merged into {n}").format(n=one.get("merged_into") or say.NONE)
    if one.get("answer") and one["state"] != "watch":
        said += f"{'，' if reading.view.language == 'zh' else ', '}{answered(t, one['answer'])}"
    return said


def answered(t: say.Translate, code: str) -> str:
    words = {
        "acknowledged": t("acknowledged##answer"),
        "taken_up": t("taken up##answer"),
        "not_a_hotspot": t("not a hotspot##answer"),
    }
    return words.get(code, code)


def by_whom(reading: Reading, one: Hotspot) -> str | None:
    """Who answered, and when; None while nobody has."""
    if not one.get("answer"):
        return None
    said = reading.view.t("{answer}: {by}, {time}")
    who = one.get("answered_by") or say.NONE
    return said.format(
        answer=answered(reading.view.t, one["answer"]), by=who, time=reading.moment(one.get("answered_at"))
    )


def age_of(reading: Reading, looked_at: str | None) -> str:
    """How long ago it was looked."""
    if not looked_at:
        return say.NONE
    length: timedelta = reading.now - datetime.fromisoformat(looked_at)
    return say.age(length, reading.view.language)
