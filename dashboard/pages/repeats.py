"""Repeats: who comes back with the same matter, and where supply fails again and again. The filter is the address."""

from collections.abc import Mapping
from typing import Any, Final

import dash
from dash import html

from dashboard.answers import Answer, Answering, Asking, Part
from dashboard.components import export_links, filters, frame, matter_tables, trend_panel
from dashboard.components import repeats_answers as answers
from dashboard.components.look import WORDS, Page
from dashboard.components.page_parts import PLAIN, answering, sheet, texts
from dashboard.components.view import View
from dashboard.house import House

TILES: Final = "repeats-tiles"
NOTICE: Final = "repeats-notice"
RATES: Final = "repeats-rates"
SETTLING: Final = "repeats-settling"
LISTS: Final = "repeats-lists"
# Lists are of now: of the address they follow the unit alone.
_OF_FIGURES: Final = ("period", "from", "to", "category", "channel", "customer", "events", "exempt", *WORDS)
ASKING: Final = Asking(
    "repeats",
    opens=WORDS,
    first={filters.KNOWN: ""},
    graphs=True,
    parts=(Part("repeats-trend", without=("by",)), Part("repeats-lists", without=_OF_FIGURES)),
)


def content(view: View) -> list[Any]:
    """The page without data: its script asks for these."""
    t = view.t
    return [
        html.H1(t("Repeats##page"), className="unseen"),
        filters.bar(view, [], filters.of_figures(view)),
        html.Div(id=NOTICE, className="narrowed", **PLAIN),
        html.Div(
            [
                html.Section(id=TILES, className="sheet kpis", **{"aria-label": t("figures")}, **PLAIN),
                trend_panel.section(view, answers.LOOKS, "repeats-trend"),
                sheet(t("All figures"), RATES, SETTLING, beside=[export_links.links(view, "repeats")]),
                html.Div(id=LISTS, className="matter-lists", **PLAIN),
            ],
            className="timeliness-area",
        ),
    ]


def register(_app: dash.Dash, house: House) -> None:
    """The page at /repeats."""
    frame.register_page(house, "repeats", answers.PATH, "Repeats##page", content, ASKING)


def _figures(page: Page, added: Mapping[str, str]) -> Answer:
    found = answers.figures(page)
    said = {
        NOTICE: matter_tables.notice(page),
        TILES: found["tiles"],
        RATES: found["rates"],
        SETTLING: found["settling"],
    }
    return {"html": texts(said), **filters.offered(page.asked, added)}


def _trend(page: Page, _added: Mapping[str, str]) -> Answer:
    return trend_panel.answer(page.asked, page.figure, page.look.every)


def _lists(page: Page, _added: Mapping[str, str]) -> Answer:
    return {"html": texts({LISTS: answers.lists(page)})}


ANSWERS: Final[Mapping[str, Answering]] = {
    "repeats": answering(answers.page_of, _figures),
    "repeats-trend": answering(answers.page_of, _trend),
    "repeats-lists": answering(answers.page_of, _lists),
}
