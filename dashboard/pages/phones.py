"""Phones: what arrived at the demonstration's receivers. Only in the demonstration; a real site has real telephones."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import dash
from dash import Input, Output, State, html

from dashboard.components import format as say
from dashboard.components import frame, meanings
from dashboard.components.alert_words import way
from dashboard.components.query import args_of
from dashboard.components.view import View, view_of
from dashboard.house import House

LIST: Final = "phones-list"
COUNT: Final = "phones-count"
MOST: Final = 50


def content(view: View) -> list[Any]:
    t = view.t
    return [
        html.Div(
            [
                html.Div(
                    [
                        html.H1(t("Phones")),
                        html.Span(id=COUNT, className="qq"),
                        meanings.explained(view, meanings.PHONES),
                    ],
                    className="head",
                ),
                html.P(t("What the demonstration's mail box and webhook received."), className="tabs"),
                html.Div(id=LIST, className="items", style={"marginTop": "10px"}, role="log"),
            ],
            className="inbox",
        )
    ]


def folded(messages: Sequence[Mapping[str, Any]]) -> list[tuple[Mapping[str, Any], int]]:
    """Each message once, at the place where it came last, with how often it came.

    Sent again under its old key it is the same message: its sender did not hear that it had arrived.
    """
    names = [(m["way"], m["recipient"], m["key"]) for m in messages]
    times = Counter(names)
    return [(m, times.pop(name)) for m, name in zip(messages, names, strict=True) if name in times]


def _message(house: House, view: View, now: datetime, message: Mapping[str, Any], times: int) -> html.Article:
    received = message["received_at"]
    if isinstance(received, str):
        received = datetime.fromisoformat(received)
    when = say.moment(received, now, house.settings.site.tz, view.language)
    to = " ".join(str(part) for part in (way(view.t, message["way"]), message["recipient"]) if part)
    again = f" \N{MIDDLE DOT} {view.t('received {n} times').format(n=say.count(times))}" if times > 1 else ""
    return html.Article(
        [
            html.B(message["subject"] or view.t("no subject")),
            html.Time(when, className="t", dateTime=received.isoformat()),
            html.Div(to + again, className="to"),
            html.Pre(message["body"] or ""),
        ],
        className="message",
    )


def received(house: House, search: str | None) -> tuple[list[Any], str]:
    """The messages, newest first, and how many are shown."""
    view = view_of(args_of(search), house.settings.site.language)
    messages = house.phones(MOST) if house.phones else []
    if not messages:
        what = view.t("No message has arrived yet.")
        why = view.t("A message comes when a repair nears its limit or a source falls silent.")
        return [html.Div([html.P(html.B(what)), html.P(why, className="qq")], className="empty message")], ""
    shown = [_message(house, view, house.now(), m, times) for m, times in folded(messages)]
    return shown, say.counted(view.t, len(shown), "latest {n} message", "latest {n} messages")


def register(app: dash.Dash, house: House) -> None:
    """The page at /phones, where there are any."""
    if house.phones is None:
        return
    frame.register_page(house, "phones", "/phones", "Phones", content)

    @app.callback(
        Output(LIST, "children"), Output(COUNT, "children"), Input(frame.BEAT, "data"), State(frame.AT, "search")
    )
    async def show(beat: int, search: str | None) -> tuple[list[Any], str]:
        return await asyncio.to_thread(received, house, search)
