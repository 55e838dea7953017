"""Alarm health: how bearable alerting is against its guidelines; and what a rule would have done (back-test)."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

import dash
from dash import Input, Output, State, html

from dashboard.components import alarm_tables as tables
from dashboard.components import frame
from dashboard.components.alert_form import entry
from dashboard.components.given import text
from dashboard.components.query import args_of
from dashboard.components.view import View, view_of
from dashboard.guard import current_scope
from dashboard.house import House
from dashboard.pages.duty import reading_of

HEALTH: Final = "alarms-health"
RULE: Final = "alarms-rule"
CHANGE: Final = "alarms-change"
RUN: Final = "alarms-run"
OUTCOME: Final = "alarms-outcome"
LOOK_BACK: Final = timedelta(days=90)


def content(view: View) -> list[Any]:
    t = view.t
    return [
        html.Div(
            [
                html.Div([html.H1(t("Alarm health"))], className="head"),
                html.Div(id=HEALTH),
                html.Section(
                    [
                        html.H2(t("What a rule would have done")),
                        html.P(t("Over the last 90 days, as the rule is, and changed beside it."), className="qq"),
                        entry(RULE, t("rule"), 64, value="repair_due"),
                        entry(CHANGE, t("change, e.g. from_percent=80@orange"), 100),
                        html.Button(t("Look back"), id=RUN, className="btn primary", n_clicks=0),
                        html.Div(id=OUTCOME, role="status"),
                    ],
                    className="card ack duty-form",
                ),
            ],
            className="reading duty",
        )
    ]


def health(house: House, search: str | None) -> list[Any]:
    return tables.health(reading_of(house, search), house.ask(current_scope(), "alarm_health", {}))


def outcome(house: House, search: str | None, rule: Any, change: Any) -> Any:
    """The back-test's answer in words and tables, or the sentence that says why there is none."""
    t, now = view_of(args_of(search), house.settings.site.language).t, house.now()
    asked: dict[str, Any] = {"rule": text(rule).strip()}
    asked |= {"start": (now - LOOK_BACK).isoformat(), "end": now.isoformat()}
    if text(change).strip():
        asked["set"] = [part.strip() for part in text(change).split(",")]
    try:
        told: Mapping[str, Any] = house.ask(current_scope(), "backtest", asked)
    except ValueError as error:
        return html.P(t("Not possible: {error}").format(error=error), className="said wrong")
    return tables.outcome(reading_of(house, search), told)


def register(app: dash.Dash, house: House) -> None:
    """The page at /alarms."""
    frame.register_page(house, "alarms", "/alarms", "Alarm health", content)

    @app.callback(Output(HEALTH, "children"), Input(frame.AT, "search"), Input(frame.BEAT, "data"))
    async def show(search: str | None, beat: int) -> list[Any]:
        return await asyncio.to_thread(health, house, search)

    @app.callback(
        Output(OUTCOME, "children"),
        Input(RUN, "n_clicks"),
        State(frame.AT, "search"),
        State(RULE, "value"),
        State(CHANGE, "value"),
        running=[(Output(RUN, "disabled"), True, False)],
        prevent_initial_call=True,
    )
    async def run(clicks: int, search: str | None, rule: Any, change: Any) -> Any:
        return await asyncio.to_thread(outcome, house, search, rule, change)
