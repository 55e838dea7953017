"""Timeliness: how we stand against the promise, since when, where, and which orders. The filter is the address."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import dash
from dash import dcc, html

from dashboard.answers import Answer, Answering, Asking, Part
from dashboard.components import complete, export_links, filters, frame, look, trend
from dashboard.components import timeliness_answers as answers
from dashboard.components.markup import HTML, text
from dashboard.components.order_answers import as_of
from dashboard.components.timeliness_answers import Page, page_of
from dashboard.components.view import View
from dashboard.guard import current_scope
from dashboard.house import House
from store.scope import Scope

TILES: Final = "timeliness-tiles"
NOTICE: Final = "timeliness-notice"
RATES: Final = "timeliness-rates"
SPANS: Final = "timeliness-spans"
STANDING: Final = "timeliness-standing"
TREND: Final = "timeliness-trend"
TREND_BELOW: Final = "timeliness-trend-below"
TREND_NOTE: Final = "timeliness-trend-note"
CHART: Final = "timeliness-chart"
DRAWING: Final = "timeliness-drawing"  # holds the chart and says in a sentence what it shows
SLICES: Final = "timeliness-slices"
SLICES_NAME: Final = "timeliness-slices-name"
COMPLETE: Final = "timeliness-complete"
COMPLETE_OPEN: Final = "timeliness-complete-open"
FIGURE: Final = "filter-figure"
EVERY: Final = "filter-every"
BY: Final = "filter-by"
PERIOD: Final = "timeliness-period"
COPY: Final = "timeliness-copy"
PLAIN: Final = {HTML: ""}
GRAPH: Final = {
    "displayModeBar": False,
    "displaylogo": False,
    "responsive": True,
    "doubleClick": "reset",
    "showSendToCloud": False,
    "plotlyServerURL": "",
}
EMPTY_FIGURE: Final = {
    "data": [],
    "layout": {
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "xaxis": {"visible": False},
        "yaxis": {"visible": False},
    },
}
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
                _trend(view),
                _slices(view),
                html.Section(id=STANDING, className="sheet standing-now", **{"aria-label": t("Open now")}, **PLAIN),
                _table(view, t("Rates"), RATES, html.Span(id=PERIOD, className="qq", **PLAIN)),
                _table(view, t("Time taken"), SPANS),
                _complete(view),
            ],
            className="timeliness-area",
        ),
    ]


def _trend(view: View) -> html.Section:
    t = view.t
    grains = [{"value": grain, "label": trend.grain_name(t, grain)} for grain in trend.GRAINS]
    head = [
        html.H2(t("Trend"), className="unseen"),
        filters.choice(t("figure"), FIGURE, look.choices(t)),
        filters.choice(t("steps"), EVERY, grains),
        html.Span(id=TREND_NOTE, className="qq", **PLAIN),
        export_links.links(view, "trend"),
    ]
    graph = dcc.Graph(id=CHART, figure=EMPTY_FIGURE, config=GRAPH, responsive=True, className="trend-graph")
    return html.Section(
        [
            html.Div(head, className="sheet-head"),
            html.Div(graph, id=DRAWING, className="trend-drawing", role="img", **{"aria-label": t("Trend")}),
            html.Div(id=TREND_BELOW, **PLAIN),
        ],
        id=TREND,
        className="sheet trend",
    )


def _slices(view: View) -> html.Section:
    t = view.t
    head = [
        html.H2(id=SLICES_NAME, **PLAIN),
        filters.choice(t("by##slices"), BY, []),
        export_links.links(view, "slices"),
    ]
    return html.Section([html.Div(head, className="sheet-head"), html.Div(id=SLICES, **PLAIN)], className="sheet by")


def _table(view: View, name: str, id_: str, *more: Any) -> html.Section:
    head = html.Div([html.H2(name), *more], className="sheet-head")
    return html.Section([head, html.Div(id=id_, **PLAIN)], className="sheet table")


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
    return {"html": _texts(said), **filters.offered(page.asked, added)}


def _trend_of(page: Page, _added: Mapping[str, str]) -> Answer:
    drawn, below, finding, note = answers.drawn_trend(page)
    return {"html": _texts({TREND_BELOW: below, TREND_NOTE: note}), "trend": drawn, "finding": finding}


def _by(page: Page, _added: Mapping[str, str]) -> Answer:
    rows, name = answers.by_dimension(page)
    return {"html": _texts({SLICES: rows, SLICES_NAME: name, BY: filters.options(answers.by_choices(page))})}


def _standing(page: Page, _added: Mapping[str, str]) -> Answer:
    return {"html": _texts({STANDING: answers.standing(page)})}


def _completeness(page: Page, _added: Mapping[str, str]) -> Answer:
    return {"html": _texts({COMPLETE: complete.table(page.asked, as_of(page.asked))})}


def _texts(said: Mapping[str, Any]) -> dict[str, str]:
    return {id_: text(part) for id_, part in said.items()}


def _answering(answer: Callable[[Page, Mapping[str, str]], Answer]) -> Answering:
    def answered(house: House, search: str, added: Mapping[str, str]) -> Answer:
        with house.reader(current_scope()) as reader:
            return answer(page_of(house, reader, search), added)

    return answered


ANSWERS: Final[Mapping[str, Answering]] = {
    "timeliness": _answering(_figures),
    "timeliness-trend": _answering(_trend_of),
    "timeliness-slices": _answering(_by),
    "timeliness-standing": _answering(_standing),
    "timeliness-complete": _answering(_completeness),
}
