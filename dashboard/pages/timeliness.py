"""Timeliness: how we stand against the promise, since when, where, and which orders. The filter is the address."""

import asyncio
from collections.abc import Callable
from typing import Any, Final, TypeVar

import dash
from dash import ClientsideFunction, Input, Output, State, dcc, html

from dashboard.components import complete, export_links, filters, frame, look, trend
from dashboard.components import timeliness_answers as answers
from dashboard.components.order_answers import as_of
from dashboard.components.timeliness_answers import Page, page_of
from dashboard.components.view import View
from dashboard.guard import current_scope
from dashboard.house import House

FILTER: Final = "timeliness-filter"  # the address without what is only looked at: what the figures follow
TREND_OF: Final = "timeliness-trend-of"
SLICES_OF: Final = "timeliness-slices-of"
TILES: Final = "timeliness-tiles"
NOTICE: Final = "timeliness-notice"
RATES: Final = "timeliness-rates"
SPANS: Final = "timeliness-spans"
STANDING: Final = "timeliness-standing"
TREND: Final = "timeliness-trend"
TREND_DATA: Final = "timeliness-trend-data"
TREND_BELOW: Final = "timeliness-trend-below"
TREND_NOTE: Final = "timeliness-trend-note"
CHART: Final = "timeliness-chart"
DRAWING: Final = "timeliness-drawing"  # holds the chart and says in a sentence what it shows
SLICES: Final = "timeliness-slices"
SLICES_NAME: Final = "timeliness-slices-name"
COMPLETE: Final = "timeliness-complete"
COMPLETE_OPEN: Final = "timeliness-complete-open"
FIGURE: Final = "timeliness-figure"
EVERY: Final = "timeliness-every"
BY: Final = "timeliness-by"
DAYS: Final = "timeliness-days"
PERIOD: Final = "timeliness-period"
COPY: Final = "timeliness-copy"
NONE: Final = "timeliness-none"  # what scripts give their nothing to
UNIT: Final = filters.FIGURES + filters.UNIT
SHARED: Final = (filters.UNIT, filters.PERIOD, filters.FIRST, filters.LAST, filters.CATEGORY, filters.CHANNEL)
CONTROLS: Final = (
    *(filters.FIGURES + id_ for id_ in (*SHARED, filters.CUSTOMER, filters.EVENTS, filters.EXEMPT)),
    *(FIGURE, EVERY, BY),
)
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
Answer = TypeVar("Answer")


def content(view: View) -> list[Any]:
    """The page without data: each panel asks for its own."""
    t = view.t
    end = [
        export_links.links(view, "timeliness"),
        html.Button(t("Copy link"), id=COPY, className="btn", n_clicks=0, **{"data-done": t("Copied")}),
    ]
    stores = [dcc.Store(id=id_) for id_ in (FILTER, TREND_OF, SLICES_OF, TREND_DATA, DAYS, NONE)]
    return [
        html.H1(t("Timeliness"), className="unseen"),
        *stores,
        filters.bar(view, end, filters.of_figures(view), filters.FIGURES),
        html.Div(id=NOTICE, className="narrowed"),
        html.Div(
            [
                html.Section(id=TILES, className="sheet kpis", **{"aria-label": t("figures")}),
                _trend(view),
                _slices(view),
                html.Section(id=STANDING, className="sheet standing-now", **{"aria-label": t("Open now")}),
                _table(view, t("Rates"), RATES, html.Span(id=PERIOD, className="qq")),
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
        filters.choice(t("figure"), FIGURE, look.choices(t), wide=True),
        filters.choice(t("steps"), EVERY, grains),
        html.Span(id=TREND_NOTE, className="qq"),
        export_links.links(view, "trend"),
    ]
    graph = dcc.Graph(id=CHART, figure=EMPTY_FIGURE, config=GRAPH, responsive=True, className="trend-graph")
    return html.Section(
        [
            html.Div(head, className="sheet-head"),
            html.Div(graph, id=DRAWING, className="trend-drawing", role="img", **{"aria-label": t("Trend")}),
            html.Div(id=TREND_BELOW),
        ],
        id=TREND,
        className="sheet trend",
    )


def _slices(view: View) -> html.Section:
    t = view.t
    head = [
        html.H2(id=SLICES_NAME),
        filters.choice(t("by##slices"), BY, []),
        export_links.links(view, "slices"),
    ]
    return html.Section([html.Div(head, className="sheet-head"), html.Div(id=SLICES)], className="sheet by")


def _table(view: View, name: str, id_: str, *more: Any) -> html.Section:
    return html.Section(
        [html.Div([html.H2(name), *more], className="sheet-head"), html.Div(id=id_)], className="sheet table"
    )


def _complete(view: View) -> html.Details:
    name = html.Summary(html.H2(view.t("Completeness of the data")), id=COMPLETE_OPEN, n_clicks=0)
    return html.Details([name, html.Div(id=COMPLETE)], className="sheet table complete")


def register(app: dash.Dash, house: House) -> None:
    """The page at /timeliness."""
    frame.register_page(house, "timeliness", answers.PATH, "Timeliness", content)
    _follow(app)

    def panel(*outputs: str, of: str, answer: Callable[[Page], Any]) -> None:
        """One panel: it is asked when its part of the address changes, and at each beat."""

        @app.callback(
            *(Output(*output.rsplit(".", 1)) for output in outputs),
            Input(of, "data"),
            Input(frame.BEAT, "data"),
            prevent_initial_call=True,
        )
        async def show(search: str | None, beat: int) -> Any:
            return await asyncio.to_thread(_answered, house, search, answer)

    panel(f"{TILES}.children", f"{UNIT}.data", f"{DAYS}.data", of=FILTER, answer=_tiles)
    panel(f"{STANDING}.children", of=FILTER, answer=answers.standing)
    panel(f"{RATES}.children", f"{PERIOD}.children", of=FILTER, answer=_rates)
    panel(f"{SPANS}.children", of=FILTER, answer=answers.spans)
    below = (f"{TREND_DATA}.data", f"{TREND_BELOW}.children", f"{DRAWING}.aria-label", f"{TREND_NOTE}.children")
    panel(*below, of=TREND_OF, answer=answers.drawn_trend)
    panel(f"{SLICES}.children", f"{SLICES_NAME}.children", f"{BY}.data", of=SLICES_OF, answer=_by)

    @app.callback(Output(NOTICE, "children"), Input(frame.AT, "search"))
    async def narrowed(search: str | None) -> Any:
        return await asyncio.to_thread(_answered, house, search, answers.narrowed)

    @app.callback(
        Output(COMPLETE, "children"),
        Input(FILTER, "data"),
        Input(COMPLETE_OPEN, "n_clicks"),
        prevent_initial_call=True,
    )
    async def completeness(search: str | None, clicks: int) -> Any:
        if clicks % 2 == 0:  # folded: nobody looks
            raise dash.exceptions.PreventUpdate
        return await asyncio.to_thread(_answered, house, search, _completeness)


def _answered(house: House, search: str | None, answer: Callable[[Page], Answer]) -> Answer:
    with house.reader(current_scope()) as reader:
        return answer(page_of(house, reader, search))


def _tiles(page: Page) -> tuple[Any, ...]:
    first, last = page.asked.days
    units = filters.unit_options(page.asked.view, page.asked.question.units)
    return answers.tiles(page), units, {"first": str(first or last), "last": str(last)}


def _rates(page: Page) -> tuple[Any, Any]:
    return answers.rates(page), answers.period_words(page)


def _by(page: Page) -> tuple[Any, ...]:
    return *answers.by_dimension(page), answers.by_choices(page)


def _completeness(page: Page) -> list[Any]:
    return complete.table(page.asked, as_of(page.asked))


def _follow(app: dash.Dash) -> None:
    """Address, controls and chart follow each other in the browser."""
    app.clientside_callback(
        ClientsideFunction("timeliness", "toControls"),
        *(Output(id_, "value") for id_ in CONTROLS),
        Output(filters.FIGURES + filters.DATES, "hidden"),
        Output(filters.FIGURES + filters.FOLD, "children"),
        Input(frame.AT, "search"),
    )
    app.clientside_callback(
        ClientsideFunction("timeliness", "toAddress"),  # sets the address itself: as an output it would close a circle
        Output(NONE, "data"),
        *(Input(id_, "value") for id_ in CONTROLS),
        State(frame.AT, "search"),
        State(DAYS, "data"),
        prevent_initial_call=True,
    )
    app.clientside_callback(
        ClientsideFunction("timeliness", "panels"),
        *(Output(id_, "data") for id_ in (FILTER, TREND_OF, SLICES_OF)),
        Input(frame.AT, "search"),
        *(State(id_, "data") for id_ in (FILTER, TREND_OF, SLICES_OF)),
    )
    app.clientside_callback(ClientsideFunction("trend", "figure"), Output(CHART, "figure"), Input(TREND_DATA, "data"))
    app.clientside_callback(
        ClientsideFunction("desk", "copyLink"),
        Output(COPY, "title"),
        Input(COPY, "n_clicks"),
        prevent_initial_call=True,
    )
