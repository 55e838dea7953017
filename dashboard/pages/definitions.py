"""Definitions: what every figure says, in full, in the reader's language. The cards behind the ? buttons lead here."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import dash
from dash import dcc, html

from dashboard.components import definition as card
from dashboard.components import dims, frame, rule_words, stand, terms
from dashboard.components import format as say
from dashboard.components.query import OrderQuery
from dashboard.components.view import View
from dashboard.house import House
from kpis.types import Definition
from store.ledger import recomputations

CHANGES: Final = 10  # of the rules, the latest; `recomputations` lists them all
WORDS: Final = 5  # sentences of one change


def content(house: House, view: View) -> list[Any]:
    t = view.t
    known: list[Definition] = list(house.catalogue.values())
    families = [(family, [d for d in known if d.family == family]) for family in dict.fromkeys(d.family for d in known)]
    index = html.Nav(
        [item for family, mine in families for item in _index(view, family, mine)], **{"aria-label": t("figures")}
    )
    intro = t("Every page, message and export uses these. A rate always comes with its count and its interval.")
    return [
        html.Div(
            [
                html.H1(t("Definitions")),
                html.P(intro, className="q"),
                index if len(known) > 1 else None,
                *(item for family, mine in families for item in _family(house, view, family, mine)),
                _recomputed(house, view),
            ],
            className="reading",
        )
    ]


def _index(view: View, family: str, mine: list[Definition]) -> list[Any]:
    links = [html.A(view.t(d.label), href=f"#{card.anchor(d.key)}") for d in mine]
    return [html.B(terms.family(view.t, family), className="family"), *links]


def _family(house: House, view: View, family: str, mine: list[Definition]) -> list[Any]:
    heading = html.H2(terms.family(view.t, family), className="family", id=f"family-{family}")
    return [heading, *(_section(house, view, d) for d in mine)]


def _section(house: House, view: View, d: Definition) -> html.Section:
    t = view.t
    options = house.settings.kpis.get(d.key)
    target = d.target if options is None else d.target_of(options)
    wanted = {"higher": t("higher is better"), "lower": t("lower is better")}.get(d.better or "")
    goal = stand.target_words(view, d, target)
    rows = [
        (t("formula"), t(d.formula)),
        (t("note"), t(d.note)),
        (t("rows"), terms.counted_by(t, d.table, d.at)),
        (t("target"), f"{goal} \N{MIDDLE DOT} {wanted}" if wanted else goal),
        (t("live"), _live(view, d)),
        (t("interval"), stand.interval_words(t, d)),
        (t("dimensions##definition"), t(", ").join(dims.name(t, dim) for dim in d.dims if dim in dims.CHOICES)),
        (t("source"), t(d.source)),
        (t("version"), str(d.version)),
    ]
    label = html.H3([t(d.label), " ", html.Code(d.key, className="qq")], id=f"{card.anchor(d.key)}-name")
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


def _recomputed(house: House, view: View) -> html.Section | None:
    """The latest changes of the rules, each with how many figures of the past it moved; nothing before the first."""
    t = view.t
    found = recomputations.recent(house.ledger, CHANGES) if house.ledger else []
    if not found:
        return None
    items = [_changed(house, view, one) for one in found]
    intro = t("When limits, working days, tiers or event days change for the past, every order is judged anew.")
    return html.Section(
        [html.H2(t("What changes of the rules moved"), id="recomputed-name"), html.P(intro), html.Ul(items)],
        id="recomputed",
        className="sheet",
        **{"aria-labelledby": "recomputed-name"},
    )


def _changed(house: House, view: View, one: Mapping[str, Any]) -> html.Li:
    t, many = view.t, len(one["figures"])
    at = say.moment(datetime.fromisoformat(one["at"]), house.now(), house.settings.site.tz, view.language)
    moved = t("{n} monthly figures moved").format(n=many) if many else t("no figure moved")
    more = len(one["changes"]) - WORDS
    words = [rule_words.sentence(view, told) for told in one["changes"][:WORDS]] + ([f"+ {more}"] if more > 0 else [])
    separated = [part for word in words for part in (word, html.Br())]
    return html.Li([f"{at} \N{MIDDLE DOT} {moved}", html.Br(), *separated[:-1]])


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
