"""The lab of hotspots: what a past moment would have shown with other settings, beside a rule of N in M days."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import parse_qsl

from dash import html

from dashboard.components import format as say
from dashboard.components import hotspot_list as lists
from dashboard.components import hotspot_words as words
from dashboard.components import terms
from dashboard.components.hotspot_words import Reading
from dashboard.components.markup import Element
from dashboard.components.plain_table import Column, table
from dashboard.components.view import View

FORM: Final = "lab-form"
RUN: Final = "run"
UNITS: Final = ("feeder", "transformer_area", "grid")
REPEATED: Final = "repeated_fault_report"
DEMANDS: Final = ("complaint", "opinion", "report", "urging", REPEATED)
USUAL_N, USUAL_DAYS = 5, 3
MOST_SHOWN: Final = 40
Answer = Mapping[str, Any]


class BadLab(ValueError):
    """The sentence names what of the address can not be used."""


@dataclass(frozen=True)
class Wanted:
    """What the address asks. `at`: site time; None: now. None elsewhere: the site's own setting."""

    at: datetime | None
    budget: float | None
    radius: float | None
    unit: str | None
    demands: tuple[str, ...]
    count: int
    days: int

    def args(self) -> dict[str, Any]:
        """As `ask hotspots lab` takes it."""
        found: dict[str, Any] = {"naive": {"count": self.count, "days": self.days}}
        named = {"budget_30d": self.budget, "radius_km": self.radius, "unit": self.unit}
        found |= {name: value for name, value in named.items() if value is not None}
        found |= {"categories": list(self.demands)} if self.demands else {}
        return found | ({"as_of": self.at.isoformat()} if self.at else {})


def wanted(search: str, zone: Any) -> Wanted | None:
    """What the address asks; None while nothing is asked. Errors: BadLab."""
    pairs = parse_qsl(search.removeprefix("?"))
    args = dict(pairs)
    if args.get(RUN) != "1":
        return None
    try:
        at = datetime.fromisoformat(args["at"]).replace(tzinfo=zone) if args.get("at") else None
    except ValueError as error:
        raise BadLab(f"at={args['at']}: is no time; write it as 2026-11-20T14:00") from error
    return Wanted(
        at,
        _number(args, "budget", 0.01, 30),
        _number(args, "radius", 0.1, 200),
        args["by"] if args.get("by") in UNITS else None,
        tuple(value for name, value in pairs if name == "demand" and value in DEMANDS),
        round(_number(args, "n", 1, 1000) or USUAL_N),
        round(_number(args, "days", 1, 28) or USUAL_DAYS),
    )


def _number(args: Mapping[str, str], name: str, least: float, most: float) -> float | None:
    if not args.get(name):
        return None
    try:
        value = float(args[name])
    except ValueError as error:
        raise BadLab(f"{name}={args[name][:20]}: is no number") from error
    if not least <= value <= most:
        raise BadLab(f"{name}={args[name][:20]}: there are {least:g} to {most:g}")
    return value


def form(view: View) -> Element:
    """The settings to try; assets/desk-hotspots-lab.js fills it from the address and puts it there."""
    t = view.t
    units = {"feeder": t("feeder"), "transformer_area": t("transformer area"), "grid": t("service grid")}
    choices = [html.Option(t("as set"), value=""), *(html.Option(text, value=code) for code, text in units.items())]
    ticks = [
        html.Label([Element("input", {"type": "checkbox", "name": "demand", "value": code}), demand(view, code)])
        for code in DEMANDS
    ]
    inside = [
        Element("input", {"type": "hidden", "name": RUN, "value": "1"}),
        _entry(t("as of##lab"), {"type": "datetime-local", "name": "at"}),
        _entry(t("false ones in 30 days, at most"), _numeric("budget", t("as set"))),
        html.Label([t("place##lab"), Element("select", {"name": "by", "children": choices})]),
        _entry(t("radius, km"), _numeric("radius", t("as set"))),
        Element("fieldset", {"children": [html.Legend(t("demands; none: as set")), *ticks]}),
        _entry(t("rule: cases"), _numeric("n", str(USUAL_N))),
        _entry(t("rule: in days"), _numeric("days", str(USUAL_DAYS))),
        html.Button(t("Look"), type="submit", className="btn primary"),
    ]
    return Element("form", {"id": FORM, "className": "lab-form", "children": inside})


def demand(view: View, code: str) -> str:
    return view.t("repeated fault report") if code == REPEATED else terms.category(view.t, code)


def _entry(label: str, props: Mapping[str, str]) -> html.Label:
    return html.Label([label, Element("input", props)])


def _numeric(name: str, usual: str) -> dict[str, str]:
    return {"name": name, "className": "number", "inputmode": "decimal", "placeholder": usual, "autocomplete": "off"}


def nothing(view: View) -> list[Any]:
    """Before anything is asked."""
    t = view.t
    return [
        html.P(html.B(t("Nothing was looked at yet."))),
        html.P(
            t(
                "Choose a time and settings: here would stand what the scan would have found then, and beside it what "
                "a rule of so many cases in so many days would have raised."
            ),
            className="qq",
        ),
    ]


def heading(reading: Reading, asked: Wanted, found: Answer) -> list[Any]:
    """Both numbers in one sentence, and by which threshold."""
    t = reading.view.t
    alerts = sum(one["grade"] != "watch" for one in found["hotspots"])
    said = t("{time}: the scan would have raised {alerts} and watched {watched}; the rule would have raised {naive}.")
    told = said.format(
        time=reading.moment(found.get("until") or found["as_of"]),
        alerts=alerts,
        watched=len(found["hotspots"]) - alerts,
        naive=len(found["naive"]["found"]),
    )
    notes = [threshold(reading, found), t("{n} s").format(n=f"{found['seconds']:.1f}")]
    return [html.P(html.B(told)), html.P(" \N{MIDDLE DOT} ".join(filter(None, notes)), className="qq")]


def threshold(reading: Reading, found: Answer) -> str:
    """Where the threshold comes from that this look went by."""
    t, how = reading.view.t, found.get("calibration")
    if how is None:
        return ""
    n = say.count(how["histories"])
    if not how["is_stored"]:
        return t("threshold measured for this look on {n} permuted histories: rough").format(n=n)
    if not how["is_for_this_radius"]:
        return t("threshold of the site's own radius, from {n} permuted histories").format(n=n)
    return t("threshold as in use, from {n} permuted histories").format(n=n)


def scan(reading: Reading, found: Answer) -> list[Any]:
    """What the scan would have found."""
    t, rows = reading.view.t, found["hotspots"]
    if found["state"] == "not_enough_history":
        return [html.P(lists.stopped(reading, found), className="q")]
    if not rows:
        return [html.P(t("Nothing gathers more than chance explains."), className="q")]
    columns = [
        Column(t("place"), lambda one: _named(reading, one)),
        Column(t("category"), lambda one: words.matter(reading, one["category"]), "wrap"),
        Column(t("observed##column"), lambda one: say.count(one["observed"]), "r"),
        Column(t("expected##column"), lambda one: words.expected(one["expected"]), "r"),
        Column(t("since##column"), lambda one: reading.day(one["since"])),
        Column(t("by chance##column"), lambda one: words.rarity(reading, one), "wrap"),
    ]
    return [table(columns, rows, t("Found by the scan"))]


def _named(reading: Reading, one: words.Hotspot) -> html.Span:
    t = reading.view.t
    grade = html.Span(words.grade(t, one["grade"]), className="qq")
    return html.Span([words.shape(t, one["grade"]), html.B(words.place(reading, one)), grade], className="named")


def rule(reading: Reading, found: Answer) -> list[Any]:
    """What the rule would have raised."""
    t, rows = reading.view.t, found["naive"]["found"]
    if not rows:
        return [html.P(t("No place had so many."), className="q")]
    also = {place for one in found["hotspots"] for place in one.get("places") or ()}
    columns = [
        Column(t("place"), lambda one: reading.name(one["place"])),
        Column(t("observed##column"), lambda one: say.count(one["observed"]), "r"),
        Column(t("also found by the scan"), lambda one: t("yes") if one["place"] in also else t("no")),
    ]
    more = len(rows) - MOST_SHOWN
    rest = [html.P(t("{n} more").format(n=say.count(more)), className="qq")] if more > 0 else []
    return [table(columns, rows[:MOST_SHOWN], t("Raised by the rule")), *rest]


def codes(found: Answer) -> Sequence[str]:
    """Places whose names units may not hold."""
    return [one["place"] for one in found["naive"]["found"]]
