"""Alerts: what is open, who has taken it, and what was told to whom. Acknowledging takes a name."""

import asyncio
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import dash
from dash import Input, Output, State, dcc, html, no_update

from dashboard.components import alert_filter, alert_list, export_links, frame
from dashboard.components.alert_words import Reading, at
from dashboard.components.query import args_of
from dashboard.components.units import read_units
from dashboard.components.view import View, view_of
from dashboard.guard import current_scope
from dashboard.house import House
from store.ledger import StoreError
from store.ledger.answers import acknowledge
from store.ledger.queries import alerts, history, open_alerts
from store.scope import Scope

LIST: Final = "alerts-list"
TABS: Final = "alerts-tabs"
FILTER: Final = "alerts-filter"  # which part of the carried filter holds here
OPENED: Final = "alerts-opened"
FORM: Final = "alerts-form"
BY: Final = "alerts-by"
NOTE: Final = "alerts-note"
SEND: Final = "alerts-send"
SAID: Final = "alerts-said"
SHOWN: Final = "alerts-shown"  # {"id", "version"} of the opened alert as the page shows it
DONE: Final = "alerts-done"  # raised after each try to acknowledge
LOOK_BACK: Final = 1000  # latest alerts looked through for those cleared today


def content(view: View) -> list[Any]:
    """The page without data. The form stands still while the list around it changes."""
    t = view.t
    form = html.Div(
        [
            _entry(BY, t("your name"), 100, persistence=True, autoComplete="name"),
            _entry(NOTE, t("note"), 500, placeholder=t("what you will do, by when")),
            html.Button(t("Acknowledge with note"), id=SEND, className="btn primary", n_clicks=0),
        ],
        id=FORM,
        className="ack",
        hidden=True,
    )
    return [
        html.Div(
            [
                html.Div([html.H1(t("Alerts on duty")), export_links.links(view, "alerts")], className="head"),
                html.Div(
                    [html.Div(id=TABS, className="tab-line"), html.Div(id=FILTER, className="narrowed")],
                    className="tab-row",
                ),
                html.Section(id=OPENED, className="open", hidden=True, **{"aria-label": t("opened alert")}),
                form,
                html.Div(id=SAID, className="said", role="status"),  # outlives the form: who was late reads it
                html.Div(id=LIST, className="items"),
                dcc.Store(id=SHOWN),
                dcc.Store(id=DONE, data=0),
            ],
            className="inbox",
        )
    ]


def _entry(id_: str, label: str, longest: int, **more: Any) -> html.Label:
    """Longer texts are refused by the ledger too."""
    return html.Label([label, dcc.Input(id=id_, type="text", maxLength=longest, **more)])


def may_see(scope: Scope, alert: Mapping[str, Any]) -> bool:
    """Alerts of the reader's units; those of no unit (a silent source) only for a scope over everything."""
    return scope.units is None or bool({alert["county"], alert["station"]} & set(scope.units))


def opened_id(args: Mapping[str, str]) -> int | None:
    return int(args["id"]) if args.get("id", "").isdecimal() else None


def standing(house: House, scope: Scope, now: datetime) -> alert_list.Standing:
    """The alerts of the inbox, as `scope` may see them."""
    zone = house.settings.site.tz
    today = now.astimezone(zone).date()
    seen = [a for a in open_alerts(house.ledger) if may_see(scope, a)]
    gone = [
        a
        for a in alerts(house.ledger, "all", LOOK_BACK)
        if (cleared := at(a["cleared_at"])) and cleared.astimezone(zone).date() == today and may_see(scope, a)
    ]
    return alert_list.Standing(
        alert_list.order_of([a for a in seen if a["state"] == "raised"]),
        alert_list.order_of([a for a in seen if a["state"] == "acknowledged"]),
        gone,
    )


def inbox(house: House, search: str | None) -> tuple[Any, ...]:
    """Tabs, list, the opened alert, whether it is hidden, whether the form is hidden, filter, what is shown."""
    args, scope, now = args_of(search), current_scope(), house.now()
    zone = house.settings.site.tz
    view = view_of(args, house.settings.site.language)
    show = args["show"] if args.get("show") in alert_list.SHOWS else "open"
    with house.reader(scope) as reader:
        units = read_units(reader, view.language, now)
    reading = Reading(view, units, zone, now)
    found = standing(house, scope, now)
    unit = alert_filter.unit_of(units, args)
    narrowed = found.narrowed(lambda alert: alert_filter.holds(units, unit, alert))
    wanted = opened_id(args)
    one = next((a for a in (*found.waiting, *found.taken, *found.cleared) if a["id"] == wanted), None)
    lost = [alert_list.not_found(reading, wanted)] if wanted and one is None else []
    return (
        alert_list.tabs(reading, narrowed, show),
        [*lost, *alert_list.listed(reading, narrowed, show, one["id"] if one else None)],
        alert_list.opened(reading, one, history(house.ledger, one["id"]), show) if one else [],
        one is None,
        one is None or one["state"] != "raised",
        alert_filter.said(reading, args, show),
        {"id": one["id"], "version": one["version"]} if one else None,
    )


def take(house: House, search: str | None, by: str | None, note: str | None, shown: Any) -> str | None:
    """Acknowledges the opened alert as it was `shown`; what is wrong, or None.

    Checked here and again by the ledger: the browser's own checks are only a courtesy.
    """
    args = args_of(search)
    t = view_of(args, house.settings.site.language).t
    wanted = opened_id(args)
    if not (by or "").strip():
        return t("Write your name: whoever takes an alert is named.")
    if wanted is None or _version(house, wanted) is None:
        return t("This alert is no longer open.")
    seen = seen_version(shown, wanted)
    try:
        if seen is not None:
            acknowledge(house.ledger, wanted, by or "", note or "", house.now(), seen_version=seen)
            return None
    except StoreError as error:
        if (standing := _version(house, wanted)) == seen:
            return t("Not stored: {error}").format(error=error)
        if standing is None:
            return t("This alert is no longer open.")
    return t("Not acknowledged: this alert has changed meanwhile. Look at it again.")


def _version(house: House, alert_id: int) -> int | None:
    """The version of an open alert that the reader may see."""
    scope = current_scope()
    return next((a["version"] for a in open_alerts(house.ledger) if a["id"] == alert_id and may_see(scope, a)), None)


def seen_version(shown: Any, alert_id: int) -> int | None:
    """The version that the page showed, as it came back from the browser; None when it showed another alert."""
    version = shown.get("version") if isinstance(shown, dict) and shown.get("id") == alert_id else None
    return version if isinstance(version, int) else None


def register(app: dash.Dash, house: House) -> None:
    """The page at /alerts."""
    if frame.home(house) == "/alerts":
        frame.register_page(house, "alerts_home", "/", "Alerts", content)
    frame.register_page(house, "alerts", "/alerts", "Alerts", content)

    @app.callback(
        Output(TABS, "children"),
        Output(LIST, "children"),
        Output(OPENED, "children"),
        Output(OPENED, "hidden"),
        Output(FORM, "hidden"),
        Output(FILTER, "children"),
        Output(SHOWN, "data"),
        Input(frame.AT, "search"),
        Input(frame.BEAT, "data"),
        Input(DONE, "data"),
    )
    async def show(search: str | None, beat: int, done: int) -> tuple[Any, ...]:
        return await asyncio.to_thread(inbox, house, search)

    @app.callback(
        Output(SAID, "children"),
        Output(SAID, "className"),
        Output(NOTE, "value"),
        Output(DONE, "data"),
        Input(SEND, "n_clicks"),
        Input(frame.AT, "search"),
        State(BY, "value"),
        State(NOTE, "value"),
        State(SHOWN, "data"),
        running=[(Output(SEND, "disabled"), True, False)],  # a second click would find its own alert changed
        prevent_initial_call=True,
    )
    async def send(clicks: int, search: str | None, by: str | None, note: str | None, shown: Any) -> tuple[Any, ...]:
        if dash.ctx.triggered_id != SEND:  # another alert was opened: what was said was about the last one
            return "", "said", no_update, no_update
        if wrong := await asyncio.to_thread(take, house, search, by, note, shown):
            return wrong, "said wrong", no_update, clicks
        return "", "said", "", clicks
