"""Satisfaction: are customers content, who answers, and what is done for those who are not. The address filters."""

from collections.abc import Mapping
from typing import Any, Final

import dash
from dash import html

from dashboard.answers import Answer, Answering, Asking, Part
from dashboard.components import export_links, filters, frame, matter_tables, trend_panel
from dashboard.components import satisfaction_answers as answers
from dashboard.components.look import WORDS, Page
from dashboard.components.page_parts import PLAIN, answering, sheet, texts
from dashboard.components.view import View
from dashboard.house import House

TILES: Final = "satisfaction-tiles"
NOTICE: Final = "satisfaction-notice"
WRONG: Final = "satisfaction-wrong"
CASES: Final = "satisfaction-cases"
PANELS: Final = ("reasons", "stations", "kinds", "rates")
# Cases are of now: of the address they follow the unit alone.
_OF_FIGURES: Final = ("period", "from", "to", "category", "channel", "customer", "events", "exempt", *WORDS)
ASKING: Final = Asking(
    "satisfaction",
    opens=WORDS,
    first={filters.KNOWN: ""},
    graphs=True,
    parts=(Part("satisfaction-trend", without=("by",)), Part("satisfaction-cases", without=_OF_FIGURES)),
)


def _id(panel: str) -> str:
    return f"satisfaction-{panel}"


def content(view: View) -> list[Any]:
    """The page without data: its script asks for these."""
    t = view.t
    names = {"stations": t("By station"), "reasons": t("Reasons"), "kinds": t("Who answers"), "rates": t("All figures")}
    files = {panel: "satisfaction" if panel == "rates" else _id(panel) for panel in PANELS}
    reasons, *rest = (
        sheet(
            names[panel],
            _id(panel),
            kind="half" if panel == "reasons" else "table",
            beside=[export_links.links(view, files[panel])],
        )
        for panel in PANELS
    )
    return [
        html.H1(t("Satisfaction##page"), className="unseen"),
        filters.bar(view, [], filters.of_figures(view)),
        html.Div(id=NOTICE, className="narrowed", **PLAIN),
        html.Div(
            [
                html.Section(id=TILES, className="sheet kpis", **{"aria-label": t("figures")}, **PLAIN),
                html.Div(id=WRONG, className="matter-lists", **PLAIN),
                trend_panel.section(view, answers.LOOKS, "satisfaction-trend"),
                reasons,
                html.Div(id=CASES, className="matter-lists", **PLAIN),
                *rest,
            ],
            className="timeliness-area",
        ),
    ]


def register(_app: dash.Dash, house: House) -> None:
    """The page at /satisfaction."""
    frame.register_page(house, "satisfaction", answers.PATH, "Satisfaction##page", content, ASKING)


def _figures(page: Page, added: Mapping[str, str]) -> Answer:
    found = answers.figures(page)
    said = {NOTICE: matter_tables.notice(page), TILES: found["tiles"]}
    said |= {_id(panel): found[panel] for panel in PANELS}
    return {"html": texts(said), **filters.offered(page.asked, added)}


def _trend(page: Page, _added: Mapping[str, str]) -> Answer:
    return trend_panel.answer(page.asked, page.figure, page.look.every)


def _cases(page: Page, _added: Mapping[str, str]) -> Answer:
    return {"html": texts({WRONG: answers.wrong(page.asked), CASES: answers.cases(page.asked)})}


ANSWERS: Final[Mapping[str, Answering]] = {
    "satisfaction": answering(answers.page_of, _figures),
    "satisfaction-trend": answering(answers.page_of, _trend),
    "satisfaction-cases": answering(answers.page_of, _cases),
}
