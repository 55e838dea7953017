"""The filter bar: controls and address follow each other, one state (assets/desk-filters.js)."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from hashlib import blake2b
from typing import Any, Final

from dash import dcc, html

from dashboard.answers import Answer
from dashboard.components import dims, terms
from dashboard.components import format as say
from dashboard.components.figures import Link
from dashboard.components.markup import HTML, Element, text
from dashboard.components.order_answers import Asked
from dashboard.components.query import PERIODS, STATES, Fault, OrderQuery
from dashboard.components.units import Units
from dashboard.components.view import View
from kpis.types import Definition

UNIT: Final = "filter-unit"
UNITS: Final = "filter-units"  # what it offers
PERIOD: Final = "filter-period"
FIRST: Final = "filter-from"
LAST: Final = "filter-to"
DATES: Final = "filter-dates"  # holds both, hidden while a period is chosen
CATEGORY: Final = "filter-category"
CHANNEL: Final = "filter-channel"
STATE: Final = "filter-state"
CUSTOMER: Final = "filter-customer"
EVENTS: Final = "filter-events"
EXEMPT: Final = "filter-exempt"
FIELDS: Final = "filter-fields"
FOLD: Final = "filter-fold"  # on a phone: opens the fields, and says how many of them narrow the page
KNOWN: Final = "_units"  # in a question: which units the page's control offers
OWN_DATES: Final = "dates"  # value of the period control while `from` and `to` are used


def bar(view: View, end: Sequence[Any], own: Sequence[Any], *, of_orders: bool = True, timed: bool = True) -> html.Div:
    """The controls every page has, then its `own`; `end` stands at the right. On a phone they fold into one button.

    `of_orders`: its rows have a category and a channel; `timed`: they are of a period.
    """
    t = view.t
    periods = [{"value": p, "label": terms.period(t, p)} for p in PERIODS]
    dates = html.Div([_date(t("from"), FIRST), _date(t("to"), LAST)], id=DATES, className="dates", hidden=True)
    orders = [
        _choice(t("category"), CATEGORY, [_every(t), *terms.categories(t)]),
        _choice(t("channel"), CHANNEL, [_every(t), *terms.channels(t)]),
    ]
    period = _choice(t("period"), PERIOD, [*periods, {"value": OWN_DATES, "label": t("own dates")}])
    plain = [
        *((period, dates) if timed else ()),
        *(orders if of_orders else ()),
        *own,
        html.Div(list(end), className="end"),
    ]
    opens = {"aria-expanded": "false", "aria-controls": FIELDS}
    fold = html.Button(t("Filters"), id=FOLD, className="btn fold", type="button", **opens)
    inside = html.Div(id=FIELDS, className="fields", **{HTML: text([_unit(view), *plain])})
    return html.Div([fold, inside], className="filters", role="search", **{"aria-label": t("filters")})


def _unit(view: View) -> html.Div:
    """Some hundred units: one types what is looked for, or picks it of a list that comes with the first answer."""
    said = {"aria-label": view.t("unit"), "data-none": view.t("There is no unit of this name.")}
    entry = {"id": UNIT, "list": UNITS, "placeholder": view.t("all"), "autocomplete": "off", "spellcheck": "false"}
    name = html.Span(view.t("unit"), className="k", **{"aria-hidden": "true"})
    return html.Div([name, Element("input", entry | said), Element("datalist", {"id": UNITS})], className="field wide")


def of_list(view: View) -> list[Any]:
    """The controls of a page with a list."""
    t = view.t
    return [_choice(t("state"), STATE, [{"value": s, "label": terms.state(t, s)} for s in STATES])]


def of_hotspots(view: View) -> list[Any]:
    """The controls of the page of hotspots: those that stand, or those that ended too."""
    t = view.t
    states = [{"value": "open", "label": t("standing##hotspots")}, {"value": "all", "label": t("also ended##hotspots")}]
    return [
        _choice(t("category"), CATEGORY, [_every(t), *terms.categories(t)]),
        _choice(t("state"), STATE, states, usual="open"),
    ]


def of_figures(view: View) -> list[Any]:
    """The controls of a page of figures."""
    t = view.t
    events = [{"value": "with", "label": t("counted##events")}, {"value": "without", "label": t("left out##events")}]
    exempt = [{"value": "after", "label": t("after##exempt")}, {"value": "before", "label": t("before##exempt")}]
    return [
        _choice(t("customer"), CUSTOMER, [_every(t), *dims.customers(t)]),
        _choice(t("event days"), EVENTS, events),
        _choice(t("exemptions"), EXEMPT, exempt),
    ]


def _every(t: say.Translate) -> dict[str, str]:
    return {"value": "", "label": t("all")}


def choice(label: str, id_: str, data: Sequence[Mapping[str, Any]], usual: str | None = None) -> html.Div:
    """A choice in the head of a panel. `data`: value and label of each, or `items` of these under a `group`; `usual`:
    what is meant where the address says nothing, if it is of this page alone."""
    return html.Div(className="chosen", **{HTML: text(_choice(label, id_, data, usual))})


def _choice(label: str, id_: str, data: Sequence[Mapping[str, Any]], usual: str | None = None) -> html.Div:
    """`usual`: the value that the address leaves out, where it is another than on other pages."""
    said = {"aria-label": label} | ({"data-usual": usual} if usual else {})
    choice = html.Select(options(data), id=id_, className="plain-select", **said)
    return html.Div([html.Span(label, className="k", **{"aria-hidden": "true"}), choice], className="field")


def options(data: Sequence[Mapping[str, Any]]) -> list[Any]:
    """What a choice offers."""
    return [
        Element("optgroup", {"label": one["group"], "children": options(one["items"])})
        if "group" in one
        else html.Option(one["label"], value=one["value"])
        for one in data
    ]


def _date(label: str, id_: str) -> html.Div:
    entry = Element("input", {"id": id_, "type": "date", "aria-label": label})
    return html.Div([html.Span(label, className="k", **{"aria-hidden": "true"}), entry], className="field")


def offered(asked: Asked, added: Mapping[str, str]) -> Answer:
    """What the controls need of an answer: the days shown, and the units when the page has others."""
    first, last = asked.days
    units = text(unit_options(asked.view, asked.question.units))
    known = blake2b(units.encode()).hexdigest()[:12]
    changed = {} if added.get(KNOWN) == known else {"units": units, "units_known": known}
    return {"days": [str(first or last), str(last)], **changed}


def unit_options(view: View, units: Units) -> list[Any]:
    """What the control of the unit offers: all, each county with its stations, then stations of no county."""
    chosen = units.choices(view.t("all of {name}"))
    found = {unit.name: unit for unit in chosen}
    options = [html.Option(value=view.t("all"), **{"data-code": ""})]
    for unit in chosen:
        parent = units.name(unit.parent)
        name = unit.name if found[unit.name] is unit else f"{unit.name} ({unit.code})"  # two of one name
        options.append(html.Option(parent, value=name, **{"data-code": unit.code}))
    return options


def behind(view: View, query: OrderQuery, definition: Definition | None, link: Link) -> html.Div | None:
    """What the list is narrowed to by a figure, with the way back."""
    if definition is None:
        return None
    what = terms.outcome(view.t, definition.key, query.outcome)
    back = view.t("show all orders")
    chips: list[Any] = [
        html.B(view.t(definition.label)),
        html.Span(what),
        dcc.Link(
            [html.Span("×", **{"aria-hidden": "true"}), html.Span(back, className="unseen")],
            href=link(replace(query, kpi=None, outcome=None)),
            className="x",
            title=back,
        ),
    ]
    return html.Div(chips, className="behind")


def chip(back: str, said: str, href: str) -> html.Div:
    """One thing that narrows the page, with the way back."""
    sign = html.Span("×", **{"aria-hidden": "true"})
    way = dcc.Link([sign, html.Span(back, className="unseen")], href=href, className="x", title=back)
    return html.Div([html.B(said), way], className="behind")


def notice(view: View, faults: Sequence[Fault]) -> html.Div | None:
    """What of the address could not be used. Said, not swallowed: the reader would think that it holds."""
    if not faults:
        return None
    return html.Div([html.P(sentence(view, fault)) for fault in faults], className="notice", role="alert")


def sentence(view: View, fault: Fault) -> str:
    """What of the address could not be used, and what was perhaps meant."""
    said = view.t("{word}={value} in the address can not be used and was left out.")
    hint = view.t("Did you mean {hint}?").format(hint=fault.hint) if fault.hint else ""
    return " ".join((said.format(word=fault.word, value=fault.value[:40]), hint)).strip()
