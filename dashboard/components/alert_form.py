"""What a person may do with an alert: take it, note, give it to somebody, keep it quiet, close it."""

from typing import Any, Final

from dash import dcc, html

from dashboard.components.allowed import signature
from dashboard.components.view import View

FORM: Final = "alerts-form"
BY: Final = "alerts-by"
NOTE: Final = "alerts-note"
UNTIL: Final = "alerts-until"
PHONE: Final = "alerts-phone"
SEND: Final = "alerts-send"
MORE: Final = "alerts-more"
NOTED: Final = "alerts-noted"
TO: Final = "alerts-to"
ASSIGN: Final = "alerts-assign"
QUIET_H: Final = "alerts-quiet-h"
QUIET_ALERT: Final = "alerts-quiet-alert"
QUIET_STATION: Final = "alerts-quiet-station"
QUIET_FEEDER: Final = "alerts-quiet-feeder"
CLOSE: Final = "alerts-close"
QUIET: Final = (QUIET_ALERT, QUIET_STATION, QUIET_FEEDER)
ACTS: Final = (SEND, NOTED, ASSIGN, *QUIET, CLOSE)
LONGEST_H: Final = 72
LONGEST_MIN: Final = 1440


def form(view: View) -> html.Div:
    """Stands still while the list around it changes. Each button says what it does; all take the name."""
    t = view.t
    return html.Div(
        [
            signature(BY, t),
            entry(NOTE, t("note"), 500, placeholder=t("what you will do, by when")),
            number(UNTIL, t("expected end, in minutes"), LONGEST_MIN, placeholder=t("480 (a shift)")),
            entry(PHONE, t("confirmed by phone by"), 100, placeholder=t("only for those without a screen")),
            html.Button(t("Acknowledge with note"), id=SEND, className="btn primary", n_clicks=0),
            html.Details([html.Summary(t("more##acts")), *_others(view)], id=MORE, className="acts"),
        ],
        id=FORM,
        className="ack",
        hidden=True,
    )


def entry(id_: str, label: str, longest: int, **more: Any) -> html.Label:
    """Longer texts are refused by the ledger too."""
    return html.Label([label, dcc.Input(id=id_, type="text", maxLength=longest, **more)])


def number(id_: str, label: str, most: int, **more: Any) -> html.Label:
    """A whole number up to `most`; empty: the usual. Not the browser's number entry: its buttons speak English."""
    return html.Label([label, dcc.Input(id=id_, type="text", inputMode="numeric", maxLength=len(str(most)), **more)])


def whole(text: Any, most: int) -> int | None:
    """What stands in such an entry, from 1 to `most`; None for nothing and for what is no number."""
    wrote = str(text or "").strip()
    if not wrote.isdecimal():
        return None
    return min(max(int(wrote), 1), most) if len(wrote) < 20 else most


def _others(view: View) -> list[Any]:
    t = view.t
    quiet = (
        (QUIET_ALERT, t("Silence this alert")),
        (QUIET_STATION, t("Silence this rule at this station")),
        (QUIET_FEEDER, t("Silence all of this feeder")),
    )
    return [
        html.Button(t("Add the note only"), id=NOTED, className="btn", n_clicks=0),
        html.Div([entry(TO, t("give it to"), 100), _button(ASSIGN, t("Assign"))], className="act"),
        html.Div(
            [
                number(QUIET_H, t("silence for hours, with the note as reason"), LONGEST_H, placeholder="1"),
                *(_button(id_, text) for id_, text in quiet),
            ],
            className="act",
        ),
        _button(CLOSE, t("Close, with the note as reason")),
    ]


def _button(id_: str, text: str) -> html.Button:
    return html.Button(text, id=id_, className="btn", n_clicks=0)
