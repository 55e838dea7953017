"""Alerts: what is open, who has taken it, and what was told to whom. Acknowledging takes a name."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import dash
from dash import ALL, Input, Output, State, dcc, html, no_update

from dashboard.components import alert_acts, alert_filter, alert_list, export_links, frame
from dashboard.components.alert_form import (
    ACTS,
    BY,
    CLOSE,
    FORM,
    LONGEST_H,
    LONGEST_MIN,
    NOTE,
    PHONE,
    QUIET_H,
    SEND,
    TO,
    UNTIL,
    form,
    whole,
)
from dashboard.components.alert_words import Reading, at
from dashboard.components.allowed import refusal, signed
from dashboard.components.given import count, number, text, total
from dashboard.components.query import args_of
from dashboard.components.units import area_names, read_units
from dashboard.components.view import View, view_of
from dashboard.guard import current_scope
from dashboard.house import House
from store.ledger.queries import alerts, history, open_alerts
from store.scope import Scope

LIST: Final = "alerts-list"
TABS: Final = "alerts-tabs"
FILTER: Final = "alerts-filter"  # which part of the carried filter holds here
OPENED: Final = "alerts-opened"
SAID: Final = "alerts-said"
SHOWN: Final = "alerts-shown"  # {"id", "version"} of the opened alert as the page shows it
DONE: Final = "alerts-done"  # raised after each try to acknowledge
LOOK_BACK: Final = 1000  # latest alerts looked through for those cleared today


def content(view: View) -> list[Any]:
    """The page without data. The form stands still while the list around it changes."""
    t = view.t
    return [
        html.Div(
            [
                html.Div([html.H1(t("Alerts on duty")), export_links.links(view, "alerts")], className="head"),
                html.Div(
                    [html.Div(id=TABS, className="tab-line"), html.Div(id=FILTER, className="narrowed")],
                    className="tab-row",
                ),
                html.Section(id=OPENED, className="open", hidden=True, **{"aria-label": t("opened alert")}),
                form(view),
                html.Div(id=SAID, className="said", role="status"),  # outlives the form: who was late reads it
                html.Div(id=LIST, className="items"),
                dcc.Store(id=SHOWN),
                dcc.Store(id=DONE, data=0),
            ],
            className="inbox",
        )
    ]


def may_see(scope: Scope, alert: Mapping[str, Any]) -> bool:
    """Alerts of the reader's units; those of no unit (a silent source) only for a scope over everything."""
    return scope.units is None or bool({alert["county"], alert["station"]} & set(scope.units))


def opened_id(args: Mapping[str, str]) -> int | None:
    return number(args.get("id"))


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
    picking = show == "open" and args.get(alert_list.PICKING) == "1"
    found = standing(house, scope, now)
    with house.reader(scope) as reader:
        units = read_units(reader, view.language, now)
        areas = area_names(reader, found.areas, view.language, now)
    reading = Reading(view, units, zone, now, areas)
    unit = alert_filter.unit_of(units, args)
    narrowed = found.narrowed(lambda alert: alert_filter.holds(units, unit, alert))
    wanted = opened_id(args)
    one = next((a for a in (*found.waiting, *found.taken, *found.cleared) if a["id"] == wanted), None)
    lost = [alert_list.not_found(reading, wanted)] if wanted and one is None else []
    several = alert_list.picking_link(reading, narrowed, picking=picking) if show == "open" else None
    return (
        [*alert_list.tabs(reading, narrowed, show), several],
        [*lost, *alert_list.listed(reading, narrowed, show, one["id"] if one else None, picking=picking)],
        alert_list.opened(reading, one, history(house.ledger, one["id"]), show) if one else [],
        one is None,
        one is None and not picking,
        not picking and (one is None or one["state"] != "raised"),
        one is None or one["state"] != "cleared",
        alert_filter.said(reading, args, show),
        _shown(one, narrowed if picking else None),
    )


def _shown(one: Mapping[str, Any] | None, several: alert_list.Standing | None) -> dict[str, Any] | None:
    """What the page shows, so that nothing is taken that has changed meanwhile."""
    if several is not None:
        return {"several": {str(a["id"]): a["version"] for a in several.waiting}}
    return {"id": one["id"], "version": one["version"]} if one else None


def _version(house: House, alert_id: int) -> int | None:
    """The version of an open alert that the reader may see."""
    scope = current_scope()
    return next((a["version"] for a in open_alerts(house.ledger) if a["id"] == alert_id and may_see(scope, a)), None)


def take(house: House, search: str | None, by: str | None, note: str | None, shown: Any, **more: Any) -> str | None:
    """Acknowledges the opened alert as it was `shown`; what is wrong, or None. `more`: of alert_acts.Answer."""
    args = args_of(search)
    answer = alert_acts.Answer(signed(by), note or "", **more)
    t = view_of(args, house.settings.site.language).t
    return refusal(t, "take") or alert_acts.take(
        house, t, opened_id(args), answer, shown, lambda id_: _version(house, id_)
    )


def done(
    house: House, search: str | None, act: str, answer: alert_acts.Answer, picked: Sequence[int], shown: Any
) -> alert_acts.Said:
    """Does what a button says, and says what came of it."""
    args = args_of(search)
    t = view_of(args, house.settings.site.language).t
    scope = current_scope()
    if refused := refusal(t, "take"):
        return alert_acts.Said(refused, True)
    seen = {a["id"]: a for a in alerts(house.ledger, "all", LOOK_BACK) if may_see(scope, a)}
    if act == SEND and isinstance(shown, dict) and "several" in shown:
        return alert_acts.take_several(house, t, picked, answer, shown["several"], seen)
    wanted = opened_id(args)
    if act == SEND:
        wrong = alert_acts.take(house, t, wanted, answer, shown, lambda id_: _version(house, id_))
        return alert_acts.Said(wrong or "", wrong is not None)
    return alert_acts.other(house, t, act, seen.get(wanted or 0), answer)


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
        Output(SEND, "hidden"),
        Output(CLOSE, "hidden"),
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
        *(Input(act, "n_clicks") for act in ACTS),
        Input(frame.AT, "search"),
        State(BY, "value"),
        State(NOTE, "value"),
        State(UNTIL, "value"),
        State(PHONE, "value"),
        State(TO, "value"),
        State(QUIET_H, "value"),
        State({"type": alert_list.PICK, "id": ALL}, "value"),
        State(SHOWN, "data"),
        running=[(Output(act, "disabled"), True, False) for act in ACTS],  # a second click would find its alert changed
        prevent_initial_call=True,
    )
    async def act(*given: Any) -> tuple[Any, ...]:
        clicks, (search, by, note, until, phone, to, quiet_h, picked, shown) = given[: len(ACTS)], given[len(ACTS) :]
        which = dash.ctx.triggered_id
        if which not in ACTS:  # another alert was opened: what was said was about the last one
            return "", "said", no_update, no_update
        minutes, hours = whole(until, LONGEST_MIN), whole(quiet_h, LONGEST_H)
        answer = alert_acts.Answer(signed(by), text(note), minutes, text(phone), text(to), hours)
        boxes = [box for ticked in picked if isinstance(ticked, list) for box in ticked]
        several = [id_ for box in boxes if (id_ := count(box)) is not None]
        said = await asyncio.to_thread(done, house, search, which, answer, several, shown)
        if said.wrong:
            return said.text, "said wrong", no_update, total(clicks)
        return said.text, "said", "", total(clicks)
