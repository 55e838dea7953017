"""Orders: the figures of a filter, the same by unit, and the list of orders behind them. The filter is the address."""

import asyncio
from hashlib import blake2b
from typing import Any, Final

import dash
import orjson
from dash import ClientsideFunction, Input, Output, State, dcc, html, no_update

from dashboard.components import definition as definition_card
from dashboard.components import export_links, filters, frame, order_grid, order_open, order_rows
from dashboard.components.markup import HTML, text
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
DAYS: Final = "orders-days"  # first and last day shown, for the date controls; which units there are
COPY: Final = "orders-copy"
DRAWN: Final = "orders-drawn"  # what scripts that act on the list give their nothing to
PLAIN: Final = {HTML: ""}
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
        *(dcc.Store(id=id_) for id_ in (order_grid.ASKED, order_grid.ANSWER, DRAWN)),
        filters.bar(view, end),
        html.Div(id=NOTICE, **PLAIN),
        html.Div(
            [
                html.Section(id=FIGURES, className="sheet kpis", **{"aria-label": t("figures")}, **PLAIN),
                html.Section(
                    [
                        html.Div(
                            [
                                html.H2(t("Orders")),
                                html.Span(id=COUNT, className="qq", role="status"),
                                html.Span(id=COUNTED, **PLAIN),
                                html.Div(id=BEHIND, **PLAIN),
                                export_links.links(view, "orders"),
                            ],
                            className="sheet-head",
                        ),
                        order_grid.grid(view),
                        html.Div(id=EMPTY, className="empty", hidden=True),
                    ],
                    className="sheet list",
                ),
                html.Aside(id=BY_UNIT, className="sheet units", **{"aria-label": t("By unit")}, **PLAIN),
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
        *(Output(id_, HTML) for id_ in (FIGURES, BY_UNIT, COUNTED, BEHIND, NOTICE)),
        Output(filters.UNIT, "data"),
        Output(DAYS, "data"),
        Output(order_grid.GRID, "columnDefs"),
        Input(order_open.FILTER, "data"),
        Input(frame.BEAT, "data"),
        State(frame.AT, "pathname"),
        State(order_grid.GRID, "columnDefs"),
        State(DAYS, "data"),
        prevent_initial_call=True,  # the filter comes at once: asked before it, everything would be asked twice
    )
    async def show(
        search: str | None, beat: int, path: str | None, shown: list[dict[str, Any]], days: dict[str, str] | None
    ) -> tuple[Any, ...]:
        return await asyncio.to_thread(_show, house, search, path, shown, days or {})

    @app.callback(
        Output(order_grid.ANSWER, "data"),
        Input(order_grid.ASKED, "data"),
        State(frame.AT, "pathname"),
        prevent_initial_call=True,
    )
    async def rows(asked: dict[str, Any], path: str | None) -> dict[str, Any]:
        return await asyncio.to_thread(_rows, house, asked, path)


def _show(
    house: House, search: str | None, path: str | None, shown: list[dict[str, Any]], known: dict[str, str]
) -> tuple[Any, ...]:
    with house.reader(current_scope()) as reader:
        asked = understand(house, reader, path, search)
        tiles, slices = summary(asked)
    definition = house.catalogue[asked.query.kpi] if asked.query.kpi else None
    columns = order_grid.columns(asked.view, definition.table if definition else "work_orders")
    same = [c["field"] for c in columns] == [c["field"] for c in shown or ()]
    first, last = asked.days
    counted_by = definition_card.button(asked.view, "definition-of-list", list_card(asked))
    behind = filters.behind(asked.view, asked.query, definition, asked.link)
    units = filters.unit_options(asked.view, asked.question.units)
    days = {"first": str(first or last), "last": str(last), "units": blake2b(orjson.dumps(units)).hexdigest()[:12]}
    return (
        *map(text, (tiles, slices, counted_by, behind, filters.notice(asked.view, asked.faults))),
        no_update if days["units"] == known.get("units") else units,  # the control draws every option anew
        no_update if days == known else days,
        no_update if same else columns,  # new definitions would reset the widths somebody has set
    )


def _rows(house: House, wanted: dict[str, Any], path: str | None) -> dict[str, Any]:
    first = int(wanted["first"])
    limit = int(wanted["end"]) - first
    with house.reader(current_scope()) as reader:
        asked = understand(house, reader, path, wanted["search"])
        table, n, cells = rows_page(asked, order_rows.sorts_of(wanted["sorts"]), first, limit)
    empty = why_empty(asked) if n == 0 else None
    return {"turn": wanted["turn"], "rows": cells, "n": n, "count": counted(asked.view, table, n), "empty": empty}


def _follow(app: dash.Dash) -> None:
    """Address, controls and list follow each other in the browser: no answer of the server is waited for."""
    _follow_controls(app)
    _follow_rows(app)


def _follow_controls(app: dash.Dash) -> None:
    app.clientside_callback(
        ClientsideFunction("desk", "toControls"),
        *(Output(id_, "value") for id_ in CONTROLS),
        Output(filters.DATES, "hidden"),
        Output(filters.FOLD, "children"),
        Input(frame.AT, "search"),
        *(State(id_, "value") for id_ in CONTROLS),
    )
    app.clientside_callback(
        ClientsideFunction("desk", "toAddress"),  # sets the address itself: as an output it would close a circle
        Output(DRAWN, "data", allow_duplicate=True),
        *(Input(id_, "value") for id_ in CONTROLS),
        State(frame.AT, "search"),
        State(DAYS, "data"),
        prevent_initial_call=True,
    )


def _follow_rows(app: dash.Dash) -> None:
    app.clientside_callback(
        ClientsideFunction("desk", "askRows"),
        Output(DRAWN, "data", allow_duplicate=True),
        Input(order_grid.GRID, "getRowsRequest"),
        prevent_initial_call=True,
    )
    app.clientside_callback(
        ClientsideFunction("desk", "giveRows"),
        Output(COUNT, "children"),
        Output(EMPTY, "children"),
        Output(EMPTY, "hidden"),
        Input(order_grid.ANSWER, "data"),
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
