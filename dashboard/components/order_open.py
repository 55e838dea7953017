"""The drawer on the page: which order the address names, and what it shows of it at each beat."""

import asyncio
from typing import Any, Final

import dash
from dash import ClientsideFunction, Input, Output, State, dcc

from dashboard.components import frame, order_drawer
from dashboard.components.alert_words import Reading
from dashboard.components.order_clocks import Shown
from dashboard.components.order_course import WORD, key_of, read
from dashboard.components.query import args_of
from dashboard.components.units import read_units
from dashboard.components.view import View, view_of
from dashboard.guard import current_scope
from dashboard.house import House
from store.ledger.queries import alerts_of, history

WANTED: Final = "order-wanted"  # the opened order of the address, so that only its change asks for it
FILTER: Final = "orders-filter"  # the address without the opened order: what figures and list follow
OPENED: Final = "order-opened"  # what the script that looks after the drawer gives its nothing to


def parts(view: View) -> list[Any]:
    """The drawer and its stores, shut and empty."""
    return [dcc.Store(id=FILTER), dcc.Store(id=WANTED), dcc.Store(id=OPENED), order_drawer.place(view.t)]


def answer(house: House, search: str | None) -> tuple[list[Any], bool]:
    """The content of the drawer, and whether it is shut."""
    args = args_of(search)
    text = args.get(WORD)
    if not text:
        return [], True
    view, now, key = view_of(args, house.settings.site.language), house.now(), key_of(text)
    with house.reader(current_scope()) as reader:
        order = read(reader, key, now) if key else None
        units = read_units(reader, view.language, now) if order else None
    if order is None or units is None:
        return order_drawer.missing(view.t, text), False
    reading = Reading(view, units, house.settings.site.tz, now)
    alerts = alerts_of(house.ledger, f"{order.row['source']}:{order.row['source_key']}")
    steps = {alert["id"]: history(house.ledger, alert["id"]) for alert in alerts}
    return order_drawer.content(Shown(reading, order, alerts, steps)), False


def register(app: dash.Dash, house: House) -> None:
    """The callbacks of the drawer. Opening and closing only change the address (assets/desk-order.js)."""

    @app.callback(
        Output(order_drawer.BODY, "children"),
        Output(order_drawer.DRAWER, "hidden"),
        Input(WANTED, "data"),
        Input(frame.BEAT, "data"),
        State(frame.AT, "search"),
        State(order_drawer.DRAWER, "hidden"),
        prevent_initial_call=True,
    )
    async def one(wanted: str | None, beat: int, search: str | None, hidden: bool) -> tuple[Any, ...]:
        if hidden and WORD not in args_of(search):
            raise dash.exceptions.PreventUpdate
        return await asyncio.to_thread(answer, house, search)

    app.clientside_callback(
        ClientsideFunction("order", "filter"),
        Output(FILTER, "data"),
        Output(WANTED, "data"),
        Input(frame.AT, "search"),
        State(FILTER, "data"),
        State(WANTED, "data"),
    )
    app.clientside_callback(
        ClientsideFunction("order", "drawn"),
        Output(OPENED, "data"),
        Input(order_drawer.BODY, "children"),
        Input(order_drawer.DRAWER, "hidden"),
    )
