"""Timeliness: how we stand against the promise, since when, where, and which orders. The filter is the address."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import dash
from dash import html

from dashboard.answers import Answer, Answering, Asking, Part
from dashboard.components import complete, export_links, filters, frame, trend_panel
from dashboard.components import timeliness_answers as answers
from dashboard.components.look import Page
from dashboard.components.order_answers import as_of
from dashboard.components.page_parts import PLAIN, answering, sheet, texts
from dashboard.components.timeliness_answers import page_of
from dashboard.components.view import View
from dashboard.house import House
from store.scope import Scope

TILES: Final = "timeliness-tiles"
NOTICE: Final = "timeliness-notice"
RATES: Final = "timeliness-rates"
SPANS: Final = "timeliness-spans"
STANDING: Final = "timeliness-standing"
SLICES: Final = "timeliness-slices"
SLICES_NAME: Final = "timeliness-slices-name"
COMPLETE: Final = "timeliness-complete"
COMPLETE_OPEN: Final = "timeliness-complete-open"
BY: Final = "filter-by"
PERIOD: Final = "timeliness-period"
COPY: Final = "timeliness-copy"
# The figures first, then panel by panel; each is asked again only when what it follows changes.
ASKING: Final = Asking(
    "timeliness",
    opens=("figure", "every", "by"),
    first={filters.KNOWN: ""},
    graphs=True,
    parts=(
        Part("timeliness-trend", without=("by",)),
        Part("timeliness-slices", without=("every",)),
        Part("timeliness-standing", without=("figure", "every", "by")),
        Part("timeliness-complete", without=("figure", "every", "by"), fold=COMPLETE_OPEN),
    ),
)


def content(view: View) -> list[Any]:
    """The page without data: its script asks for these."""
    t = view.t
    end = [
        export_links.links(view, "timeliness"),
        html.Button(t("Copy link"), id=COPY, className="btn", type="button", **{"data-done": t("Copied")}),
    ]
    return [
        html.H1(t("Timeliness"), className="unseen"),
        filters.bar(view, end, filters.of_figures(view)),
        html.Div(id=NOTICE, className="narrowed", **PLAIN),
        html.Div(
            [
                html.Section(id=TILES, className="sheet kpis", **{"aria-label": t("figures")}, **PLAIN),
                trend_panel.section(view, answers.LOOKS, "trend"),
                _slices(view),
                html.Section(id=STANDING, className="sheet standing-now", **{"aria-label": t("Open now")}, **PLAIN),
                sheet(t("Rates"), RATES, PERIOD),
                sheet(t("Time taken"), SPANS),
                _complete(view),
            ],
            className="timeliness-area",
        ),
    ]


def _slices(view: View) -> html.Section:
    t = view.t
    head = [
        html.H2(id=SLICES_NAME, **PLAIN),
        filters.choice(t("by##slices"), BY, []),
        export_links.links(view, "slices"),
    ]
    return html.Section([html.Div(head, className="sheet-head"), html.Div(id=SLICES, **PLAIN)], className="sheet by")


def _complete(view: View) -> html.Details:
    name = html.Summary(html.H2(view.t("Completeness of the data")))
    return html.Details([name, html.Div(id=COMPLETE, **PLAIN)], id=COMPLETE_OPEN, className="sheet table complete")


def register(_app: dash.Dash, house: House) -> None:
    """The page at /timeliness."""
    frame.register_page(house, "timeliness", answers.PATH, "Timeliness", content, ASKING)


def prepare(house: House, scope: Scope) -> Iterator[None]:
    """Asks once what the page asks, because the SQL of a question nobody has asked yet has to be made."""
    with house.reader(scope) as reader:
        page = page_of(house, reader, "")
        for answer in (_figures, _trend_of, _by, _standing):
            answer(page, {})
            yield


def _figures(page: Page, added: Mapping[str, str]) -> Answer:
    found = answers.figures(page)
    said = {
        NOTICE: answers.narrowed(page),
        TILES: answers.tiles(page, found),
        RATES: answers.rates(page, found),
        SPANS: answers.spans(page, found),
        PERIOD: answers.period_words(page),
    }
    return {"html": texts(said), **filters.offered(page.asked, added)}


def _trend_of(page: Page, _added: Mapping[str, str]) -> Answer:
    return trend_panel.answer(page.asked, page.figure, page.look.every)


def _by(page: Page, _added: Mapping[str, str]) -> Answer:
    rows, name = answers.by_dimension(page)
    return {"html": texts({SLICES: rows, SLICES_NAME: name, BY: filters.options(answers.by_choices(page))})}


def _standing(page: Page, _added: Mapping[str, str]) -> Answer:
    return {"html": texts({STANDING: answers.standing(page)})}


def _completeness(page: Page, _added: Mapping[str, str]) -> Answer:
    return {"html": texts({COMPLETE: complete.table(page.asked, as_of(page.asked))})}


ANSWERS: Final[Mapping[str, Answering]] = {
    "timeliness": answering(page_of, _figures),
    "timeliness-trend": answering(page_of, _trend_of),
    "timeliness-slices": answering(page_of, _by),
    "timeliness-standing": answering(page_of, _standing),
    "timeliness-complete": answering(page_of, _completeness),
}
