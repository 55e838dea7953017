"""Repeats: who comes back with the same matter, and where supply fails again and again. The filter is the address."""

from collections.abc import Mapping
from typing import Any, Final

import dash
from dash import html

from dashboard.answers import Answer, Answering, Asking, Part
from dashboard.components import filters, frame, matter_tables
from dashboard.components import repeats_answers as answers
from dashboard.components.markup import HTML, text
from dashboard.components.view import View
from dashboard.guard import current_scope
from dashboard.house import House

TILES: Final = "repeats-tiles"
NOTICE: Final = "repeats-notice"
RATES: Final = "repeats-rates"
SETTLING: Final = "repeats-settling"
LISTS: Final = "repeats-lists"
PLAIN: Final = {HTML: ""}
# Lists are of now: of the address they follow the unit alone.
ASKING: Final = Asking(
    "repeats",
    first={filters.KNOWN: ""},
    parts=(Part("repeats-lists", without=("period", "from", "to", "category", "channel", "customer", "events")),),
)


def content(view: View) -> list[Any]:
    """The page without data: its script asks for these."""
    t = view.t
    head = html.Div(
        [html.H2(t("All figures")), html.Span(id=SETTLING, className="qq", **PLAIN)], className="sheet-head"
    )
    return [
        html.H1(t("Repeats##page"), className="unseen"),
        filters.bar(view, [], filters.of_figures(view)),
        html.Div(id=NOTICE, className="narrowed", **PLAIN),
        html.Div(
            [
                html.Section(id=TILES, className="sheet kpis", **{"aria-label": t("figures")}, **PLAIN),
                html.Section([head, html.Div(id=RATES, **PLAIN)], className="sheet table"),
                html.Div(id=LISTS, className="matter-lists", **PLAIN),
            ],
            className="timeliness-area",
        ),
    ]


def register(_app: dash.Dash, house: House) -> None:
    """The page at /repeats."""
    frame.register_page(house, "repeats", answers.PATH, "Repeats##page", content, ASKING)


def _figures(house: House, search: str, added: Mapping[str, str]) -> Answer:
    with house.reader(current_scope()) as reader:
        asked = matter_tables.asked_of(house, reader, answers.PATH, search)
        found = answers.figures(asked)
        said = {
            NOTICE: matter_tables.notice(asked),
            TILES: found["tiles"],
            RATES: found["rates"],
            SETTLING: found["settling"],
        }
        return {"html": {id_: text(part) for id_, part in said.items()}, **filters.offered(asked, added)}


def _lists(house: House, search: str, _added: Mapping[str, str]) -> Answer:
    with house.reader(current_scope()) as reader:
        asked = matter_tables.asked_of(house, reader, answers.PATH, search)
        return {"html": {LISTS: text(answers.lists(asked, reader))}}


ANSWERS: Final[Mapping[str, Answering]] = {"repeats": _figures, "repeats-lists": _lists}
