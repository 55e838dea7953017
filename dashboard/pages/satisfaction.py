"""Satisfaction: are customers content, who answers, and what is done for those who are not. The address filters."""

from collections.abc import Mapping
from typing import Any, Final

import dash
from dash import html

from dashboard.answers import Answer, Answering, Asking, Part
from dashboard.components import filters, frame, matter_tables
from dashboard.components import satisfaction_answers as answers
from dashboard.components.markup import HTML, text
from dashboard.components.view import View
from dashboard.guard import current_scope
from dashboard.house import House

TILES: Final = "satisfaction-tiles"
NOTICE: Final = "satisfaction-notice"
WRONG: Final = "satisfaction-wrong"
CASES: Final = "satisfaction-cases"
PLAIN: Final = {HTML: ""}
PANELS: Final = ("stations", "reasons", "kinds", "rates")
# Cases are of now: of the address they follow the unit alone.
ASKING: Final = Asking(
    "satisfaction",
    first={filters.KNOWN: ""},
    parts=(Part("satisfaction-cases", without=("period", "from", "to", "category", "channel", "customer", "events")),),
)


def _id(panel: str) -> str:
    return f"satisfaction-{panel}"


def content(view: View) -> list[Any]:
    """The page without data: its script asks for these."""
    t = view.t
    names = {"stations": t("By station"), "reasons": t("Reasons"), "kinds": t("Who answers"), "rates": t("All figures")}
    sheets = [
        html.Section(
            [html.Div(html.H2(names[panel]), className="sheet-head"), html.Div(id=_id(panel), **PLAIN)],
            className=f"sheet {'table' if panel in ('stations', 'rates') else 'half'}",
        )
        for panel in PANELS
    ]
    return [
        html.H1(t("Satisfaction##page"), className="unseen"),
        filters.bar(view, [], filters.of_figures(view)),
        html.Div(id=NOTICE, className="narrowed", **PLAIN),
        html.Div(
            [
                html.Section(id=TILES, className="sheet kpis", **{"aria-label": t("figures")}, **PLAIN),
                html.Div(id=WRONG, className="matter-lists", **PLAIN),
                html.Div(id=CASES, className="matter-lists", **PLAIN),
                *sheets,
            ],
            className="timeliness-area",
        ),
    ]


def register(_app: dash.Dash, house: House) -> None:
    """The page at /satisfaction."""
    frame.register_page(house, "satisfaction", answers.PATH, "Satisfaction##page", content, ASKING)


def _figures(house: House, search: str, added: Mapping[str, str]) -> Answer:
    with house.reader(current_scope()) as reader:
        asked = matter_tables.asked_of(house, reader, answers.PATH, search)
        found = answers.figures(asked)
        said = {NOTICE: matter_tables.notice(asked), TILES: found["tiles"]}
        said |= {_id(panel): found[panel] for panel in PANELS}
        return {"html": {id_: text(part) for id_, part in said.items()}, **filters.offered(asked, added)}


def _cases(house: House, search: str, _added: Mapping[str, str]) -> Answer:
    with house.reader(current_scope()) as reader:
        asked = matter_tables.asked_of(house, reader, answers.PATH, search)
        said = {WRONG: answers.wrong(asked, reader), CASES: answers.cases(asked, reader)}
        return {"html": {id_: text(part) for id_, part in said.items()}}


ANSWERS: Final[Mapping[str, Answering]] = {"satisfaction": _figures, "satisfaction-cases": _cases}
