"""Definitions: what every figure says, in full, in the reader's language. The cards behind the ? buttons lead here."""

from typing import Any

import dash
from dash import dcc, html

from dashboard.components import definition as card
from dashboard.components import format as say
from dashboard.components import frame, terms
from dashboard.components.query import OrderQuery
from dashboard.components.view import View
from dashboard.house import House
from kpis.types import Definition


def content(house: House, view: View) -> list[Any]:
    t = view.t
    known: list[Definition] = list(house.catalogue.values())
    index = html.Nav([html.A(t(d.label), href=f"#{card.anchor(d.key)}") for d in known], **{"aria-label": t("figures")})
    intro = t("Every page, message and export uses these. A rate always comes with its count and its interval.")
    return [
        html.Div(
            [
                html.H1(t("Definitions")),
                html.P(intro, className="q"),
                index if len(known) > 1 else None,
                *(_section(house, view, d) for d in known),
            ],
            className="reading",
        )
    ]


def _section(house: House, view: View, d: Definition) -> html.Section:
    t = view.t
    options = house.settings.kpis.get(d.key)
    target = d.target if options is None else d.target_of(options)
    wanted = t("higher is better") if d.better == "higher" else t("lower is better")
    goal = say.NONE if target is None else f"{target:g}{d.unit}"
    rows = [
        (t("formula"), t(d.formula)),
        (t("note"), t(d.note)),
        (t("rows"), terms.counted_by(t, d.table)),
        (t("target"), f"{goal} \N{MIDDLE DOT} {wanted}"),
        (t("live"), _live(view, d)),
        (t("interval"), t("Wilson, 95 %. Below 30 rows the count is shown instead of the rate.")),
        (t("source"), t(d.source)),
        (t("version"), str(d.version)),
    ]
    label = html.H2([t(d.label), " ", html.Code(d.key, className="qq")], id=f"{card.anchor(d.key)}-name")
    behind = view.onward("/orders", OrderQuery(kpi=d.key).args())
    return html.Section(
        [
            label,
            html.Dl([item for term, text in rows for item in (html.Dt(term), html.Dd(text))]),
            dcc.Link(t("the rows behind it"), href=behind, className="plain") if _has_list(d) else None,
        ],
        id=card.anchor(d.key),
        className="sheet",
        **{"aria-labelledby": f"{card.anchor(d.key)}-name"},
    )


def _has_list(d: Definition) -> bool:
    return d.table in ("work_orders", "surveys")


def _live(view: View, d: Definition) -> str:
    if not d.window_days:
        return view.t("not on walls")
    if d.window_days == 1:
        return view.t("today")
    return view.t("the last {n} days").format(n=d.window_days)


def register(_app: dash.Dash, house: House) -> None:
    """The page at /definitions."""
    frame.register_page(house, "definitions", card.PATH, "Definitions", lambda view: content(house, view))
