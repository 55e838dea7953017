"""Rules and limits: as they are, another rules file tried over the past, versions of files; and the rule by which
personal data are deleted."""

import asyncio
from typing import Any, Final

import dash
from dash import Input, Output, State, dcc, html

from dashboard.components import frame, rule_tables
from dashboard.components.allowed import refusal
from dashboard.components.given import text
from dashboard.components.query import args_of
from dashboard.components.view import View, view_of
from dashboard.guard import current_scope
from dashboard.house import House
from dashboard.pages.duty import reading_of

BODY: Final = "rules-body"
TEXT: Final = "rules-text"
TRY: Final = "rules-try"
OUTCOME: Final = "rules-outcome"


def content(view: View) -> list[Any]:
    t = view.t
    return [
        html.Div(
            [
                html.Div([html.H1(t("Rules and limits"))], className="head"),
                html.Section(
                    [
                        html.H2(t("What another rules file would have done")),
                        html.P(
                            t(
                                "Paste the whole file: it is checked, and each rule that differs is looked back at "
                                "over 90 days. Nothing is changed; what convinces goes into the file."
                            ),
                            className="qq",
                        ),
                        html.Label(
                            [
                                t("rules file"),
                                dcc.Textarea(id=TEXT, rows=8, maxLength=100_000, spellCheck="false"),
                            ]
                        ),
                        html.Button(t("Check and look back"), id=TRY, className="btn primary", n_clicks=0),
                    ],
                    className="card ack duty-form",
                ),
                html.Div(id=OUTCOME, role="status"),
                html.Div(id=BODY),
            ],
            className="reading duty",
        )
    ]


def body(house: House, search: str | None) -> list[Any]:
    """The tables."""
    reading = reading_of(house, search)
    if refused := refusal(reading.view.t, "administer"):
        return [html.P(refused, className="said wrong")]
    scope = current_scope()
    return [
        rule_tables.rules(reading, house.ask(scope, "rules", {})),
        *rule_tables.versions(reading, house.ask(scope, "rules versions", {})),
        rule_tables.personal(reading, house.ask(scope, "personal", {})),
    ]


def outcome(house: House, search: str | None, given: str) -> list[Any]:
    """What the file given would change, or every mistake in it."""
    t = view_of(args_of(search), house.settings.site.language).t
    if refused := refusal(t, "administer"):
        return [html.P(refused, className="said wrong")]
    if not given.strip():
        return [html.P(t("There is nothing to check: paste a rules file."), className="said wrong")]
    try:
        told = house.ask(current_scope(), "rules tried", {"text": given})
    except ValueError as error:
        faults = [html.Li(fault) for fault in str(error).splitlines()]
        return [html.P(t("The file can not be used:"), className="said wrong"), html.Ul(faults)]
    return rule_tables.tried(reading_of(house, search), told)


def register(app: dash.Dash, house: House) -> None:
    """The page at /rules."""
    frame.register_page(house, "rules", "/rules", "Rules and limits", content)

    @app.callback(Output(BODY, "children"), Input(frame.AT, "search"))
    async def show(search: str | None) -> list[Any]:
        return await asyncio.to_thread(body, house, search)

    @app.callback(
        Output(OUTCOME, "children"),
        Input(TRY, "n_clicks"),
        State(frame.AT, "search"),
        State(TEXT, "value"),
        running=[(Output(TRY, "disabled"), True, False)],
        prevent_initial_call=True,
    )
    async def try_(clicks: int, search: str | None, given: str | None) -> list[Any]:
        return await asyncio.to_thread(outcome, house, search, text(given))
