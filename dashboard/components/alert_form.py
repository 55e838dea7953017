"""What a person may do with an alert: take it, note, give it to somebody, keep it quiet, close it."""

from typing import Any, Final

from dash import dcc, html

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
QUIET_OF: Final = "alerts-quiet-of"
QUIET: Final = "alerts-quiet"
CLOSE: Final = "alerts-close"
ACTS: Final = (SEND, NOTED, ASSIGN, QUIET, CLOSE)
HOURS: Final = (1, 4, 12, 24)
NO_END: Final = 0


def form(view: View) -> html.Div:
    """Stands still while the list around it changes. Each button says what it does; all take the name."""
    t = view.t
    ends = {NO_END: t("open##end"), 30: t("in 30 min"), 60: t("in 1 h"), 120: t("in 2 h"), 240: t("in 4 h")}
    return html.Div(
        [
            entry(BY, t("your name"), 100, persistence=True, autoComplete="name"),
            entry(NOTE, t("note"), 500, placeholder=t("what you will do, by when")),
            html.Div(
                [
                    _choice(UNTIL, t("expected end"), ends, NO_END),
                    entry(PHONE, t("confirmed by phone by"), 100, placeholder=t("only for those without a screen")),
                ],
                className="ack-more",
            ),
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


def _choice(id_: str, label: str, words: dict[Any, str], first: Any) -> html.Div:
    options = [{"value": value, "label": word} for value, word in words.items()]
    return html.Div(
        [html.Span(label, className="k"), dcc.RadioItems(options, first, id=id_, inline=True, className="choice")],
        role="group",
        **{"aria-label": label},
    )


def _others(view: View) -> list[Any]:
    t = view.t
    hours = {n: t("{n} h").format(n=n) for n in HOURS}
    of = {"alert": t("this alert"), "station": t("this rule, this station"), "feeder": t("all of this feeder")}
    return [
        html.Button(t("Add the note only"), id=NOTED, className="btn", n_clicks=0),
        html.Div([entry(TO, t("give it to"), 100), _button(ASSIGN, t("Assign"))], className="act"),
        html.Div(
            [
                _choice(QUIET_OF, t("keep quiet"), of, "alert"),
                _choice(QUIET_H, t("for##hours"), hours, HOURS[0]),
                _button(QUIET, t("Silence, with the note as reason")),
            ],
            className="act",
        ),
        _button(CLOSE, t("Close, with the note as reason")),
    ]


def _button(id_: str, text: str) -> html.Button:
    return html.Button(text, id=id_, className="btn", n_clicks=0)
