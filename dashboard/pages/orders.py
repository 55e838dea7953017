"""Orders: the figures of a filter, the same by unit, and the list of orders behind them. The filter is the address."""

import asyncio
from typing import Any, Final

import dash
from dash import ClientsideFunction, Input, Output, State, dcc, html, no_update

from dashboard.components import definition as definition_card
from dashboard.components import export_links, filters, frame, narrowing, order_grid, order_open, order_rows
from dashboard.components.order_answers import counted, list_card, rows_page, summary, understand, why_empty
from dashboard.components.view import View
from dashboard.guard import current_scope
from dashboard.house import House

FIGURES: Final = "orders-figures"
BY_UNIT: Final = "orders-by-unit"
BEHIND: Final = "orders-behind"
NOTICE: Final = "orders-notice"
COUNT: Final = "orders-count"
COUNTED: Final = "orders-counted"  # the definition of the count
EMPTY: Final = "orders-empty"
DAYS: Final = "orders-days"  # first and last day shown, for the date controls
COPY: Final = "orders-copy"
DRAWN: Final = "orders-drawn"  # what scripts that act on the list give their nothing to
CONTROLS: Final = (
    filters.UNIT,
    filters.PERIOD,
    filters.FIRST,
    filters.LAST,
    filters.CATEGORY,
    filters.CHANNEL,
    filters.STATE,
)


def content(view: View) -> list[Any]:
    """The page without data: these come with the first callback."""
    t = view.t
    end = [html.Button(t("Copy link"), id=COPY, className="btn", n_clicks=0, **{"data-done": t("Copied")})]
    return [
        html.H1(t("Orders"), className="unseen"),
        dcc.Store(id=DAYS),
        dcc.Store(id=DRAWN),
        filters.bar(view, end, filters.of_list(view)),
        html.Div(id=NOTICE),
        html.Div(
            [
                html.Section(id=FIGURES, className="sheet kpis", **{"aria-label": t("figures")}),
                html.Section(
                    [
                        html.Div(
                            [
                                html.H2(t("Orders")),
                                html.Span(id=COUNT, className="qq", role="status"),
                                html.Span(id=COUNTED),
                                html.Div(id=BEHIND),
                                export_links.links(view, "orders"),
                            ],
                            className="sheet-head",
                        ),
                        order_grid.grid(view),
                        html.Div(id=EMPTY, className="empty", hidden=True),
                    ],
                    className="sheet list",
                ),
                html.Aside(id=BY_UNIT, className="sheet units", **{"aria-label": t("By unit")}),
            ],
            className="orders-grid-area",
        ),
        *order_open.parts(view),
    ]


def register(app: dash.Dash, house: House) -> None:
    """The page at / and /orders."""
    if frame.home(house) == "/orders":
        frame.register_page(house, "orders_home", "/", "Orders", content)
    frame.register_page(house, "orders", "/orders", "Orders", content)
    _follow(app)
    order_open.register(app, house)
    export_links.register(app, house)

    @app.callback(
        Output(FIGURES, "children"),
        Output(BY_UNIT, "children"),
        Output(COUNTED, "children"),
        Output(BEHIND, "children"),
        Output(NOTICE, "children"),
        Output(filters.UNIT, "data"),
        Output(DAYS, "data"),
        Output(order_grid.GRID, "columnDefs"),
        Input(order_open.FILTER, "data"),
        Input(frame.BEAT, "data"),
        State(frame.AT, "pathname"),
        State(order_grid.GRID, "columnDefs"),
        prevent_initial_call=True,  # the filter comes at once: asked before it, everything would be asked twice
    )
    async def show(search: str | None, beat: int, path: str | None, shown: list[dict[str, Any]]) -> tuple[Any, ...]:
        return await asyncio.to_thread(_show, house, search, path, shown)

    @app.callback(
        Output(order_grid.GRID, "getRowsResponse"),
        Output(COUNT, "children"),
        Output(EMPTY, "children"),
        Output(EMPTY, "hidden"),
        Input(order_grid.GRID, "getRowsRequest"),
        State(frame.AT, "search"),
        State(frame.AT, "pathname"),
        prevent_initial_call=True,
    )
    async def rows(request: dict[str, Any] | None, search: str | None, path: str | None) -> tuple[Any, ...]:
        if not request:
            return (no_update,) * 4
        return await asyncio.to_thread(_rows, house, request, search, path)


def _show(house: House, search: str | None, path: str | None, shown: list[dict[str, Any]]) -> tuple[Any, ...]:
    with house.reader(current_scope()) as reader:
        asked = understand(house, reader, path, search)
        tiles, slices = summary(asked)
    definition = house.catalogue[asked.query.kpi] if asked.query.kpi else None
    columns = order_grid.columns(asked.view, definition.table if definition else "work_orders")
    same = [c["field"] for c in columns] == [c["field"] for c in shown or ()]
    first, last = asked.days
    return (
        tiles,
        slices,
        definition_card.button(asked.view, "definition-of-list", list_card(asked)),
        filters.behind(asked.view, asked.query, definition, asked.link),
        narrowing.shown(asked, asked.faults),
        filters.unit_options(asked.view, asked.question.units),
        {"first": str(first or last), "last": str(last)},
        no_update if same else columns,  # new definitions would reset the widths somebody has set
    )


def _rows(house: House, request: dict[str, Any], search: str | None, path: str | None) -> tuple[Any, ...]:
    first = int(request.get("startRow") or 0)
    limit = int(request.get("endRow") or order_grid.BLOCK) - first
    with house.reader(current_scope()) as reader:
        asked = understand(house, reader, path, search)
        table, n, cells = rows_page(asked, order_rows.sorts_of(request.get("sortModel")), first, limit)
    empty = why_empty(asked) if n == 0 else None
    return {"rowData": cells, "rowCount": n}, counted(asked.view, table, n), empty, n > 0


def _follow(app: dash.Dash) -> None:
    """Address and controls follow each other in the browser: no answer of the server is waited for."""
    app.clientside_callback(
        ClientsideFunction("desk", "toControls"),
        *(Output(id_, "value") for id_ in CONTROLS),
        Output(filters.DATES, "hidden"),
        Output(filters.FOLD, "children"),
        Input(frame.AT, "search"),
    )
    app.clientside_callback(
        ClientsideFunction("desk", "toAddress"),  # sets the address itself: as an output it would close a circle
        Output(DRAWN, "data", allow_duplicate=True),
        *(Input(id_, "value") for id_ in CONTROLS),
        State(frame.AT, "search"),
        State(DAYS, "data"),
        prevent_initial_call=True,
    )
    app.clientside_callback(
        ClientsideFunction("desk", "newRows"),
        Output(DRAWN, "data"),
        Input(order_open.FILTER, "data"),
        prevent_initial_call=True,
    )
    app.clientside_callback(
        ClientsideFunction("desk", "freshRows"),
        Output(DRAWN, "data", allow_duplicate=True),
        Input(frame.BEAT, "data"),
        prevent_initial_call=True,
    )
    app.clientside_callback(
        ClientsideFunction("desk", "fit"),
        Output(DRAWN, "data", allow_duplicate=True),
        Input(order_grid.GRID, "columnDefs"),
        prevent_initial_call="initial_duplicate",
    )
    app.clientside_callback(
        ClientsideFunction("desk", "copyLink"),
        Output(COPY, "title"),
        Input(COPY, "n_clicks"),
        prevent_initial_call=True,
    )
