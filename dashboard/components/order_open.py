"""The drawer on the page: which order the address names, and what it shows of it at each beat."""

import asyncio
from typing import Any, Final

import dash
from dash import ClientsideFunction, Input, Output, State, dcc

from dashboard.components import frame, order_drawer, order_ledger
from dashboard.components.alert_words import Reading
from dashboard.components.order_clocks import Shown
from dashboard.components.order_course import WORD, OrderKey, key_of, read
from dashboard.components.query import args_of
from dashboard.components.units import read_units
from dashboard.components.view import View, view_of
from dashboard.guard import current_scope
from dashboard.house import House
from store.ledger.exemptions import exemptions_of
from store.ledger.queries import alerts_of, history
from store.scope import Scope

FILTER: Final = "orders-filter"  # the address without the opened order: what figures and list follow
LEDGER: Final = Scope.everything("clock ledger")  # orders merged in may lie out of the reader's sight
OPENED: Final = "order-opened"  # what the script that looks after the drawer gives its nothing to


def parts(view: View) -> list[Any]:
    """The drawer and its stores, shut and empty."""
    return [dcc.Store(id=FILTER), dcc.Store(id=OPENED), order_drawer.place(view.t)]


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
    whole = OrderKey(order.row["source"], order.row["source_key"])
    with house.reader(LEDGER) as reader:
        explained = order_ledger.clocks(reader, whole, order_ledger.rules_of(house.settings), now)
    reading = Reading(view, units, house.settings.site.tz, now)
    alerts = alerts_of(house.ledger, f"{order.row['source']}:{order.row['source_key']}")
    steps = {alert["id"]: history(house.ledger, alert["id"]) for alert in alerts}
    exempt = exemptions_of(house.ledger, order.row["source"], order.row["order_no"] or "")
    return order_drawer.content(Shown(reading, order, alerts, steps, explained, exempt)), False


def register(app: dash.Dash, house: House) -> None:
    """The callbacks of the drawer. Opening and closing only change the address (assets/desk-order.js)."""

    @app.callback(
        Output(order_drawer.BODY, "children"),
        Output(order_drawer.DRAWER, "hidden"),
        Input(frame.AT, "search"),
        Input(frame.BEAT, "data"),
        State(order_drawer.DRAWER, "hidden"),
    )
    async def one(search: str | None, beat: int, hidden: bool) -> tuple[Any, ...]:
        if hidden and WORD not in args_of(search):
            raise dash.exceptions.PreventUpdate
        return await asyncio.to_thread(answer, house, search)

    app.clientside_callback(
        ClientsideFunction("order", "filter"), Output(FILTER, "data"), Input(frame.AT, "search"), State(FILTER, "data")
    )
    app.clientside_callback(
        ClientsideFunction("order", "drawn"),
        Output(OPENED, "data"),
        Input(order_drawer.BODY, "children"),
        Input(order_drawer.DRAWER, "hidden"),
    )
