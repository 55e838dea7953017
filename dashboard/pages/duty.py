"""Duty: who is on and who follows, stand-ins, silences, supervision orders, channels, and why a phone did not ring."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import dash
from dash import ALL, Input, Output, State, dcc, html, no_update

from dashboard.components import duty_tables as tables
from dashboard.components import frame
from dashboard.components.alert_form import LONGEST_H, entry, number, whole
from dashboard.components.alert_words import Reading
from dashboard.components.allowed import refusal, signature, signed
from dashboard.components.format import Translate
from dashboard.components.given import number as number_of
from dashboard.components.given import text
from dashboard.components.query import args_of
from dashboard.components.units import read_units
from dashboard.components.view import View, view_of
from dashboard.guard import current_scope
from dashboard.house import House
from store.ledger import StoreError, rosters, silences, supervision

BODY: Final = "duty-body"
BY: Final = "duty-by"
ROSTER: Final = "duty-roster"
PERSON: Final = "duty-person"
HOURS: Final = "duty-hours"
WHY: Final = "duty-why"
ENTER: Final = "duty-enter"
WHO: Final = "duty-who"
CHANNEL: Final = "duty-channel"
ADDRESS: Final = "duty-address"
TRY: Final = "duty-try"
SAID: Final = "duty-said"
DONE: Final = "duty-done"
USUAL_H: Final = 8


def content(view: View) -> list[Any]:
    """Forms stand still while what is shown above them changes."""
    t = view.t
    stand_in = html.Details(
        [
            html.Summary(t("Enter a stand-in")),
            entry(ROSTER, t("roster"), 64),
            entry(PERSON, t("code of who stands in"), 64),
            number(HOURS, t("for how many hours"), LONGEST_H, placeholder=str(USUAL_H)),
            entry(WHY, t("reason"), 500),
            html.Button(t("Enter from now"), id=ENTER, className="btn", n_clicks=0),
        ],
        className="acts",
    )
    trial = html.Details(
        [
            html.Summary(t("Try a channel")),
            entry(CHANNEL, t("channel"), 64),
            entry(ADDRESS, t("address; none where the channel takes none"), 255),
            html.Button(t("Send one test message"), id=TRY, className="btn", n_clicks=0),
        ],
        className="acts",
    )
    return [
        html.Div(
            [
                html.Div([html.H1(t("Duty"))], className="head"),
                html.Div(id=BODY, className="duty-body"),
                html.Section(
                    [
                        html.H2(t("Change something")),
                        signature(BY, t),
                        stand_in,
                        trial,
                        html.Div(id=SAID, className="said", role="status"),
                    ],
                    className="card ack duty-form",
                ),
                html.Section(
                    [
                        html.H2(t("Why did my phone not ring?")),
                        entry(WHO, t("code of the person, or the address"), 255, debounce=True),
                        html.Div(id="duty-notices"),
                    ],
                    className="card ack duty-form",
                ),
                dcc.Store(id=DONE, data=0),
            ],
            className="reading duty",
        )
    ]


def reading_of(house: House, search: str | None) -> Reading:
    view = view_of(args_of(search), house.settings.site.language)
    now = house.now()
    with house.reader(current_scope()) as reader:
        units = read_units(reader, view.language, now)
    return Reading(view, units, house.settings.site.tz, now)


def body(house: House, search: str | None) -> list[Any]:
    """Rosters, stand-ins, silences, supervision orders and channels as they stand."""
    reading = reading_of(house, search)
    told = house.ask(current_scope(), "duty", {})
    return [
        tables.rosters(reading, told),
        tables.overrides(reading, told),
        tables.silences(reading, told),
        tables.orders(reading, told),
        tables.channels(reading, told),
    ]


def notices(house: House, search: str | None, who: Any) -> Any:
    reading = reading_of(house, search)
    if not text(who).strip():
        return html.P(reading.view.t("Every notice is kept here, those never sent with the reason."), className="qq")
    told = house.ask(current_scope(), "duty", {"person": text(who).strip()})
    return tables.notices(reading, told["notices"])


def act(house: House, t: Translate, which: Any, by: str, given: Mapping[str, Any]) -> tuple[str, bool]:
    """What was said of a button, and whether nothing was done."""
    now = house.now()
    kind = which["type"] if isinstance(which, dict) else which
    if refused := refusal(t, "take" if kind in (tables.END, tables.RECEIVE) else "roster"):
        return refused, True
    if not by.strip() and which != TRY:
        return t("Write your name: changes of duty are signed."), True
    try:
        if which == ENTER:
            wrong = _unknown(house, t, given)
            if wrong is None:
                ends = now + timedelta(hours=whole(given["hours"], LONGEST_H) or USUAL_H)
                rosters.enter(house.ledger, given["roster"], given["person"], now, ends, by, given["why"], now)
            return wrong or t("Entered."), wrong is not None
        if which == TRY:
            done = house.ask(current_scope(), "alerts test", {"channel": given["channel"], "address": given["address"]})
            return done["said"], not done["sent"]
        return _row(house, t, which, by, now), False
    except (StoreError, ValueError) as error:
        return t("Not stored: {error}").format(error=error), True


def _unknown(house: House, t: Translate, given: Mapping[str, Any]) -> str | None:
    """What of a stand-in nobody knows: a slip must not take the real person off duty."""
    told = house.ask(current_scope(), "duty", {})
    known = {r["name"] for r in told["rosters"]}
    if given["roster"] not in known:
        return t("There is no such roster. There are: {names}").format(names=", ".join(sorted(known)))
    if told["people"] and given["person"] not in told["people"]:
        return t("Nobody has the code {code}.").format(code=given["person"])
    return None


def _row(house: House, t: Translate, which: Mapping[str, Any], by: str, now: datetime) -> str:
    """A button in a row of a table: withdraw a stand-in, end a silence, receive or close a supervision order."""
    kind, number = which["type"], number_of(which["id"])
    if number is None:
        raise StoreError("there is no such row; load the page again")
    if kind == tables.WITHDRAW:
        rosters.withdraw(house.ledger, number, by, now)
        return t("Withdrawn.")
    if kind == tables.END:
        silences.end(house.ledger, number, by, now)
        return t("Ended; whoever was kept from hearing is told now.")
    supervision.receive(house.ledger, number, by, now)
    return t("Received.")


def register(app: dash.Dash, house: House) -> None:
    """The page at /duty."""
    frame.register_page(house, "duty", "/duty", "Duty", content)

    @app.callback(Output(BODY, "children"), Input(frame.AT, "search"), Input(frame.BEAT, "data"), Input(DONE, "data"))
    async def show(search: str | None, beat: int, done: int) -> list[Any]:
        return await asyncio.to_thread(body, house, search)

    @app.callback(
        Output("duty-notices", "children"), Input(WHO, "value"), Input(DONE, "data"), State(frame.AT, "search")
    )
    async def rang(who: Any, done: int, search: str | None) -> Any:
        return await asyncio.to_thread(notices, house, search, who)

    @app.callback(
        Output(SAID, "children"),
        Output(SAID, "className"),
        Output(DONE, "data"),
        Input(ENTER, "n_clicks"),
        Input(TRY, "n_clicks"),
        Input({"type": tables.WITHDRAW, "id": ALL}, "n_clicks"),
        Input({"type": tables.END, "id": ALL}, "n_clicks"),
        Input({"type": tables.RECEIVE, "id": ALL}, "n_clicks"),
        State(frame.AT, "search"),
        State(BY, "value"),
        State(ROSTER, "value"),
        State(PERSON, "value"),
        State(HOURS, "value"),
        State(WHY, "value"),
        State(CHANNEL, "value"),
        State(ADDRESS, "value"),
        State(DONE, "data"),
        prevent_initial_call=True,
    )
    async def change(*given: Any) -> tuple[Any, ...]:
        clicks, (search, by, roster, person, hours, why, channel, address, done) = given[:5], given[5:]
        if not _clicked(clicks):
            return no_update, no_update, no_update  # a table was drawn anew
        view = view_of(args_of(search), house.settings.site.language)
        wrote = {"roster": text(roster).strip(), "person": text(person).strip(), "hours": hours, "why": text(why)}
        wrote |= {"channel": text(channel).strip(), "address": text(address).strip()}
        said, wrong = await asyncio.to_thread(act, house, view.t, dash.ctx.triggered_id, signed(by), wrote)
        return said, "said wrong" if wrong else "said", no_update if wrong else (number_of(done) or 0) + 1


def _clicked(clicks: Sequence[Any]) -> bool:
    return bool(dash.ctx.triggered and dash.ctx.triggered[0]["value"])
