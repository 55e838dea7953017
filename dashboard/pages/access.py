"""Administration: who may sign in with which role, and which displays may show a wall."""

import asyncio
import secrets
from collections.abc import Mapping, Sequence
from typing import Any, Final

import dash
from dash import ALL, Input, Output, State, dcc, html, no_update

from dashboard.access import passwords
from dashboard.access.reception import sealed
from dashboard.components import frame
from dashboard.components.allowed import ROLES, refusal, signed
from dashboard.components.duty_tables import table
from dashboard.components.format import Translate
from dashboard.components.given import number as number_of
from dashboard.components.given import text
from dashboard.components.query import args_of
from dashboard.components.view import View, view_of
from dashboard.guard import current_scope
from dashboard.house import House
from store import scope
from store.facts.errors import StoreError
from store.ledger import accounts, visits

BODY: Final = "access-body"
SAID: Final = "access-said"
DONE: Final = "access-done"
USER, NAME, ROLE, UNITS, ADD = (f"access-{n}" for n in ("user", "name", "role", "units", "add"))
PLACE, WALL, HANG = (f"access-{n}" for n in ("place", "wall", "hang"))
SWITCH, RENEW, REVOKE = (f"access-{n}" for n in ("switch", "renew", "revoke"))


def content(view: View) -> list[Any]:
    t = view.t
    roles = [{"label": t(ROLES[role]), "value": role} for role in scope.ROLES]
    return [
        html.Div(
            [
                html.Div([html.H1(t("Administration"))], className="head"),
                dcc.Store(id=DONE, data=0),
                html.P(id=SAID, className="said", role="status"),
                html.Div(id=BODY),
                html.Section(
                    [
                        html.H2(t("New account")),
                        _entry(USER, t("User")),
                        _entry(NAME, t("name as others read it")),
                        html.Label([t("role"), dcc.Dropdown(roles, "duty", id=ROLE, clearable=False)]),
                        _entry(UNITS, t("codes of units, with commas; empty: all")),
                        html.Button(t("Make the account"), id=ADD, className="btn primary", n_clicks=0),
                    ],
                    className="card ack duty-form",
                ),
                html.Section(
                    [
                        html.H2(t("New display")),
                        _entry(PLACE, t("where it hangs")),
                        _entry(WALL, t("wall (its name in the settings)")),
                        html.Button(t("Make the token"), id=HANG, className="btn primary", n_clicks=0),
                    ],
                    className="card ack duty-form",
                ),
            ],
            className="reading duty",
        )
    ]


def _entry(name: str, label: str) -> html.Label:
    return html.Label([label, dcc.Input(id=name, type="text", maxLength=100, autoComplete="off")])


def body(house: House, search: str | None) -> list[Any]:
    """The tables of accounts and displays."""
    t = view_of(args_of(search), house.settings.site.language).t
    if refused := refusal(t, "administer"):
        return [html.P(refused, className="said wrong")]
    off = t("Sign-in is off: everybody on this machine is {user}. Write [access] into the settings.")
    note = "" if house.settings.access else off.format(user=current_scope().user)
    return [_accounts(house, t, note), _displays(house, t)]


def _accounts(house: House, t: Translate, note: str) -> html.Section:
    rows = [
        (
            one["user"], one["name"], one["way"], t(ROLES[one["role"]]), ", ".join(one["units"]) or t("all##units"),
            t("disabled") if one["disabled_at"] else t("active##account"), _moment(house, one["changed_at"]),
            html.Span([_button(SWITCH, one["id"], _switch(t, one)), *_renew(one, t)]),
        )
        for one in accounts.listed(house.ledger)
    ]  # fmt: skip
    heads = [t("User"), t("name"), t("way##access"), t("role"), t("units"), t("state"), t("changed"), ""]
    return table(t("Accounts"), heads, rows, t("There is no account yet."), note)


def _switch(t: Translate, one: Mapping[str, Any]) -> str:
    return t("Enable") if one["disabled_at"] else t("Disable")


def _renew(one: Mapping[str, Any], t: Translate) -> list[Any]:
    return [" ", _button(RENEW, one["id"], t("New password"))] if one["way"] == accounts.LOCAL else []


def _displays(house: House, t: Translate) -> html.Section:
    rows = [
        (
            one["name"], one["wall"], _moment(house, one["made_at"]), one["made_by"],
            _moment(house, one["seen_at"]) or t("never"),
            t("revoked") if one["revoked_at"] else _button(REVOKE, one["id"], t("Revoke")),
        )
        for one in visits.displays(house.ledger)
    ]  # fmt: skip
    heads = [t("where it hangs"), t("Wall"), t("made"), t("by##person"), t("last seen"), ""]
    return table(t("Displays"), heads, rows, t("There is no display yet."))


def _button(kind: str, number: int, label: str) -> html.Button:
    return html.Button(label, id={"type": kind, "id": str(number)}, className="btn", n_clicks=0)


def _moment(house: House, at: Any) -> str:
    return at.astimezone(house.settings.site.tz).strftime("%Y-%m-%d %H:%M") if at else ""


def act(house: House, t: Translate, which: Any, wrote: Mapping[str, str]) -> tuple[str, bool]:
    """What was said of a button, and whether nothing was done."""
    if refused := refusal(t, "administer"):
        return refused, True
    try:
        return _done(house, t, which, wrote, signed(current_scope().user)), False
    except (StoreError, ValueError) as error:
        return t("Not stored: {error}").format(error=error), True


def _done(house: House, t: Translate, which: Any, wrote: Mapping[str, str], by: str) -> str:
    now, role = house.now(), current_scope().role
    once = t("The password of {user} is {password}. It is shown once, and must be changed at the first sign-in.")
    if which == ADD:
        password = passwords.one_time()
        units = [code.strip() for code in wrote["units"].replace("，", ",").split(",") if code.strip()]
        form = passwords.hashed(password)
        accounts.make(house.ledger, wrote["user"], wrote["name"], wrote["role"], units, form, by, now, by_role=role)
        return once.format(user=wrote["user"].strip(), password=password)
    if which == HANG:
        if wrote["wall"] not in house.settings.walls:
            known = ", ".join(house.settings.walls)
            raise StoreError(f"display: there is no wall {wrote['wall']}; there are {known}")
        token = secrets.token_urlsafe(24)
        visits.add_display(house.ledger, wrote["place"], wrote["wall"], sealed(token), by, now, by_role=role)
        said = t("Open this address on the display, once: {address}. It is not shown again.")
        return said.format(address=f"/wall/{wrote['wall']}?token={token}")
    kind, number = which["type"], number_of(which["id"])
    if number is None:
        raise StoreError("there is no such row; load the page again")
    if kind == REVOKE:
        visits.revoke(house.ledger, number, by, now, by_role=role)
        return t("Revoked.")
    one = accounts.one(house.ledger, number)
    if one is None:
        raise StoreError(f"account {number}: there is none")
    if kind == RENEW:
        password = passwords.one_time()
        form = passwords.hashed(password)
        accounts.set_password(house.ledger, number, form, by, now, must_change=True, by_role=role)
        return once.format(user=one["user"], password=password)
    accounts.change(house.ledger, number, by, now, by_role=role, disabled=one["disabled_at"] is None)
    return t("Stored.")


def register(app: dash.Dash, house: House) -> None:
    """The page at /access."""
    frame.register_page(house, "access", "/access", "Administration", content)

    @app.callback(Output(BODY, "children"), Input(frame.AT, "search"), Input(DONE, "data"))
    async def show(search: str | None, done: int) -> list[Any]:
        return await asyncio.to_thread(body, house, search)

    @app.callback(
        Output(SAID, "children"),
        Output(SAID, "className"),
        Output(DONE, "data"),
        Input(ADD, "n_clicks"),
        Input(HANG, "n_clicks"),
        *(Input({"type": kind, "id": ALL}, "n_clicks") for kind in (SWITCH, RENEW, REVOKE)),
        State(frame.AT, "search"),
        *(State(name, "value") for name in (USER, NAME, ROLE, UNITS, PLACE, WALL)),
        State(DONE, "data"),
        prevent_initial_call=True,
    )
    async def change(*given: Any) -> tuple[Any, ...]:
        (search, *texts, done) = given[5:]
        if not _clicked(given[:5]):
            return no_update, no_update, no_update  # a table was drawn anew
        t = view_of(args_of(search), house.settings.site.language).t
        names = ("user", "name", "role", "units", "place", "wall")
        wrote = {name: text(one).strip() for name, one in zip(names, texts, strict=True)}
        said, wrong = await asyncio.to_thread(act, house, t, dash.ctx.triggered_id, wrote)
        return said, "said wrong" if wrong else "said", no_update if wrong else (number_of(done) or 0) + 1


def _clicked(_clicks: Sequence[Any]) -> bool:
    return bool(dash.ctx.triggered and dash.ctx.triggered[0]["value"])
