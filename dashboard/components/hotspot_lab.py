"""The lab of hotspots: what a past moment would have shown with other settings, beside a rule of N in M days."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from dash import html

from dashboard.components import format as say
from dashboard.components import hotspot_list as lists
from dashboard.components import hotspot_words as words
from dashboard.components.hotspot_wanted import DEMANDS, RUN, USUAL_DAYS, USUAL_N, demand, units
from dashboard.components.hotspot_words import Reading
from dashboard.components.markup import Element
from dashboard.components.plain_table import Column, table
from dashboard.components.view import View

FORM: Final = "lab-form"
MOST_SHOWN: Final = 40
Answer = Mapping[str, Any]


def form(view: View) -> Element:
    """The settings to try; assets/desk-hotspots-lab.js fills it from the address and puts it there."""
    t = view.t
    named = units(view).items()
    choices = [html.Option(t("as set"), value=""), *(html.Option(text, value=code) for code, text in named)]
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


def busy(view: View) -> list[Any]:
    """While somebody else's look is taken."""
    t = view.t
    said = t("One look is taken at a time, so that pages stay quick. Yours is asked for again by itself.")
    return [html.P(html.B(t("Somebody else is looking in the lab just now."))), html.P(said, className="qq")]


def heading(reading: Reading, found: Answer) -> list[Any]:
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
    columns = lists.told(reading, Column(t("place"), lambda one: _named(reading, one)))
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
