"""The audit log: who did what, when, from where; the latest first."""

import asyncio
from collections.abc import Mapping
from typing import Any, Final

import dash
from dash import Input, Output, dcc, html

from dashboard.components import frame
from dashboard.components.allowed import ROLES, refusal
from dashboard.components.duty_tables import table
from dashboard.components.format import Translate
from dashboard.components.given import text
from dashboard.components.query import args_of
from dashboard.components.view import View, view_of
from dashboard.house import House
from store.ledger import audit

LIST: Final = "audit-list"
WHO: Final = "audit-who"
ACT: Final = "audit-act"
SHOWN: Final = 300


def acts(t: Translate) -> dict[str, str]:
    """The acts of the log in the reader's language."""
    return {
        "sign_in": t("signed in"), "sign_in_failed": t("failed to sign in"), "sign_out": t("signed out"),
        "password": t("changed a password"), "account_made": t("made an account"),
        "account_changed": t("changed an account"), "display_made": t("made a display's token"),
        "display_revoked": t("revoked a display"), "display_entered": t("a display was signed in"),
        "unmasked": t("saw personal data"), "exported": t("took a file"),
        "acknowledged": t("acknowledged"), "noted": t("noted"), "assigned": t("assigned"), "closed": t("closed##alert"),
        "silenced": t("silenced"), "silence_ended": t("ended a silence"), "hotspot_answered": t("answered a hotspot"),
        "roster_changed": t("changed a roster"), "exempted": t("exempted"), "exemption_ended": t("ended an exemption"),
        "supervised": t("supervision order"), "purged": t("deleted personal data past their time"),
        "file_changed": t("a file was changed"),
    }  # fmt: skip


def content(view: View) -> list[Any]:
    t = view.t
    choices = [{"label": t("all acts"), "value": ""}, *({"label": n, "value": k} for k, n in acts(t).items())]
    return [
        html.Div(
            [
                html.Div([html.H1(t("Audit log"))], className="head"),
                html.Section(
                    [
                        html.Label([t("who"), dcc.Input(id=WHO, type="text", maxLength=100, debounce=True)]),
                        html.Label([t("act"), dcc.Dropdown(choices, "", id=ACT, clearable=False)]),
                    ],
                    className="card ack duty-form",
                ),
                html.Div(id=LIST),
            ],
            className="reading duty",
        )
    ]


def listed(house: House, search: str | None, who: Any, act: Any) -> Any:
    """The table of the latest lines."""
    view = view_of(args_of(search), house.settings.site.language)
    t = view.t
    if refused := refusal(t, "audit"):
        return html.P(refused, className="said wrong")
    wanted = [act] if text(act) in audit.ACTS else []
    rows = audit.lines(house.ledger, who=text(who).strip() or None, acts=wanted, limit=SHOWN)
    names, zone = acts(t), house.settings.site.tz
    lines = [
        (
            row["at"].astimezone(zone).strftime("%Y-%m-%d %H:%M:%S"), row["who"],
            t(ROLES[row["role"]]) if row["role"] in ROLES else "", names.get(row["what"], row["what"]), row["on"] or "",
            row["came_from"] or "", _said(row["detail"]),
        )
        for row in rows
    ]  # fmt: skip
    heads = [t("when"), t("who"), t("role"), t("act"), t("on##audit"), t("from##place"), t("more")]
    note = t("The latest {n} lines; all of them: python app.py audit").format(n=SHOWN)
    return table(t("Acts"), heads, lines, t("Nothing was done yet."), note)


def _said(detail: Mapping[str, Any]) -> str:
    return "; ".join(f"{name}: {_plain(value)}" for name, value in detail.items() if value not in (None, [], {}))


def _plain(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + _said(value) + "}"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def register(app: dash.Dash, house: House) -> None:
    """The page at /audit."""
    frame.register_page(house, "audit", "/audit", "Audit log", content)

    @app.callback(Output(LIST, "children"), Input(frame.AT, "search"), Input(WHO, "value"), Input(ACT, "value"))
    async def show(search: str | None, who: Any, act: Any) -> Any:
        return await asyncio.to_thread(listed, house, search, who, act)
