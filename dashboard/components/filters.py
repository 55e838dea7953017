"""The filter bar. Controls follow the address and the address follows the controls (assets/desk.js): one state."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

import dash_mantine_components as dmc
from dash import dcc, html

from dashboard.components import dims, terms
from dashboard.components.figures import Link
from dashboard.components.query import PERIODS, STATES, Fault, OrderQuery
from dashboard.components.units import Units
from dashboard.components.view import View
from kpis.types import Definition

UNIT: Final = "filter-unit"
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
FIGURES: Final = "timeliness-"  # before the ids of a page of figures: Dash wants all parts of a callback on one page
OWN_DATES: Final = "dates"  # value of the period control while `from` and `to` are used


def bar(view: View, end: Sequence[Any], own: Sequence[Any], before: str = "") -> html.Div:
    """The controls every page has, then its `own`; `end` stands at the right. On a phone they fold into one button.

    `before`: stands before the id of each control.
    """
    t = view.t
    periods = [{"value": p, "label": terms.period(t, p)} for p in PERIODS]
    fields = [
        _choice(t("unit"), before + UNIT, [], t("all"), wide=True),
        _choice(t("period"), before + PERIOD, [*periods, {"value": OWN_DATES, "label": t("own dates")}], None),
        html.Div(
            [_date(t("from"), before + FIRST), _date(t("to"), before + LAST)],
            id=before + DATES,
            className="dates",
            hidden=True,
        ),
        _choice(t("category"), before + CATEGORY, terms.categories(t), t("all")),
        _choice(t("channel"), before + CHANNEL, terms.channels(t), t("all")),
        *own,
    ]
    opens = {"aria-expanded": "false", "aria-controls": before + FIELDS}
    fold = html.Button(t("Filters"), id=before + FOLD, className="btn fold", type="button", **opens)
    inside = html.Div([*fields, html.Div(list(end), className="end")], id=before + FIELDS, className="fields")
    return html.Div([fold, inside], className="filters", role="search", **{"aria-label": t("filters")})


def of_list(view: View) -> list[Any]:
    """The controls of a page with a list."""
    t = view.t
    return [_choice(t("state"), STATE, [{"value": s, "label": terms.state(t, s)} for s in STATES], None)]


def of_figures(view: View) -> list[Any]:
    """The controls of a page of figures."""
    t = view.t
    events = [{"value": "with", "label": t("counted##events")}, {"value": "without", "label": t("left out##events")}]
    exempt = [{"value": "after", "label": t("after##exempt")}, {"value": "before", "label": t("before##exempt")}]
    return [
        _choice(t("customer"), FIGURES + CUSTOMER, dims.customers(t), t("all")),
        _choice(t("event days"), FIGURES + EVENTS, events, None),
        _choice(t("exemptions"), FIGURES + EXEMPT, exempt, None),
    ]


def choice(label: str, id_: str, data: Sequence[Any], *, wide: bool = False) -> html.Div:
    """A choice in the head of a panel."""
    return _choice(label, id_, list(data), None, wide=wide)


def _choice(label: str, id_: str, data: list[Any], empty: str | None, *, wide: bool = False) -> html.Div:
    """One labelled choice. `empty` is what no restriction is called; None: there is always a value."""
    select = dmc.Select(
        id=id_,
        data=data,
        placeholder=empty,
        clearable=empty is not None,
        allowDeselect=False,
        searchable=wide,
        variant="unstyled",
        maxDropdownHeight=360,
        comboboxProps={"withinPortal": False, "width": "max-content", "position": "bottom-start"},
        **{"aria-label": label},
    )
    name = html.Span(label, className="k", **{"aria-hidden": "true"})
    return html.Div([name, select], className="field wide" if wide else "field")


def _date(label: str, id_: str) -> html.Div:
    entry = dmc.TextInput(
        id=id_, variant="unstyled", debounce=True, attributes={"input": {"type": "date"}}, **{"aria-label": label}
    )
    return html.Div([html.Span(label, className="k", **{"aria-hidden": "true"}), entry], className="field")


def unit_options(view: View, units: Units) -> list[dict[str, Any]]:
    return units.options(view.t("all of {name}"))


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
