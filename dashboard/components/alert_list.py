"""The inbox: open alerts, the one that is opened with its clock and its history. Made for a hand and 390 px."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

from dash import dcc, html

from dashboard.components import alert_words as words
from dashboard.components import marks
from dashboard.components.alert_words import Alert, Reading
from dashboard.components.format import count

MOST: Final = 100  # alerts in one list; the rest is counted
SHOWS: Final = ("open", "cleared")


def order_of(alerts: Sequence[Alert]) -> list[Alert]:
    """Red before orange, what runs out first before the rest, then the oldest."""
    far = "9999"
    return sorted(alerts, key=lambda a: (a["level"] != "red", str(a["due_at"] or far), str(a["raised_at"]), a["id"]))


def tabs(reading: Reading, waiting: int, taken: int, cleared: int, show: str) -> html.Nav:
    """How many in each state, each a link to them."""
    t, view = reading.view.t, reading.view
    entries = [
        (show == "open", t("not acknowledged {n}"), waiting, {}),
        (False, t("in progress {n}"), taken, {}),  # they stand below the first ones
        (show == "cleared", t("cleared today {n}"), cleared, {"show": "cleared"}),
    ]
    links = [
        dcc.Link(text.format(n=count(n)), href=view.href("/alerts", args), className="on" if here else "")
        for here, text, n, args in entries
    ]
    return html.Nav(links, className="tabs", **{"aria-label": t("alerts by state")})


def groups(reading: Reading, waiting: Sequence[Alert], taken: Sequence[Alert], opened: int | None) -> list[Any]:
    """Not acknowledged first, then what somebody works on."""
    t = reading.view.t
    if opened is None and not waiting and not taken:
        return [_nothing(t("No open alert."), t("Repairs close to or past their limit and silent sources stand here."))]
    found: list[Any] = _items(reading, waiting, opened)
    if [a for a in taken if a["id"] != opened]:
        found += [html.H2(t("in progress"), className="group"), *_items(reading, taken, opened)]
    return found


def cleared(reading: Reading, alerts: Sequence[Alert], opened: int | None) -> list[Any]:
    t = reading.view.t
    if opened is None and not alerts:
        return [_nothing(t("No alert was cleared today."), t("Alerts stand here once their reason has gone."))]
    return _items(reading, alerts, opened)


def _nothing(what: str, why: str) -> html.Div:
    return html.Div([html.P(html.B(what)), html.P(why, className="qq")], className="empty inset")


def _items(reading: Reading, alerts: Sequence[Alert], opened: int | None) -> list[Any]:
    shown = [_item(reading, a) for a in alerts[:MOST] if a["id"] != opened]
    rest = len(alerts) - MOST
    more = html.P(reading.view.t("{n} more").format(n=count(rest)), className="group") if rest > 0 else None
    return [*shown, more] if more else shown


def _time(reading: Reading, alert: Alert) -> html.Span:
    time = words.time(reading, alert)
    filled = time.late and alert["state"] == "raised"
    return html.Span(time.text, className="t over" if filled else "t")


def _item(reading: Reading, alert: Alert) -> dcc.Link:
    view = reading.view
    args = {"id": str(alert["id"])} | ({"show": "cleared"} if alert["cleared_at"] else {})
    sub = words.answer(reading, alert) or words.detail(reading, alert)
    return dcc.Link(
        [
            marks.shape(view.t, alert["level"]),
            html.Div(
                [
                    html.Div(html.B(words.title(reading, alert)), className="what nw"),
                    html.Div(sub, className="sub nw"),
                ]
            ),
            _time(reading, alert),
        ],
        href=view.href("/alerts", args),
        className="item",
        id=item_id(alert["id"]),
    )


def item_id(alert_id: int) -> str:
    return f"alert-{alert_id}"


def opened(reading: Reading, alert: Alert, history: Sequence[Mapping[str, Any]]) -> list[Any]:
    """One alert in full."""
    view = reading.view
    said = words.answer(reading, alert)
    back = {"show": "cleared"} if alert["cleared_at"] else {}
    return [
        html.Div(
            [
                marks.shape(view.t, alert["level"]),
                html.B(words.title(reading, alert)),
                _time(reading, alert),
                dcc.Link("×", href=view.href("/alerts", back), className="x", title=view.t("close")),
            ],
            className="title",
        ),
        html.Div(words.detail(reading, alert), className="q"),
        _clock(reading, alert),
        html.Div([cell for step in history for cell in _step(reading, step)], className="steps"),
        html.P(said, className="q") if said else None,
    ]


def _clock(reading: Reading, alert: Alert) -> html.Div | None:
    """The running clock: grey up to its limit, red past it, the limit as a tick. The times are text as well."""
    start, due = words.at(alert["start_at"]), words.at(alert["due_at"])
    end = words.at(alert["cleared_at"]) or reading.now
    if start is None or due is None or due <= start or end <= start:
        return None
    t = reading.view.t
    scale = marks.Scale(0.0, max((end - start) / timedelta(seconds=1), (due - start) / timedelta(seconds=1)))
    limit, until = scale.at((due - start).total_seconds()), scale.at((end - start).total_seconds())
    before = scale.at(min(end, due).timestamp() - start.timestamp())
    words_of_limit = t("limit {time}, due {due}").format(time=reading.length(due - start), due=reading.clock(due))
    first = t("arrived {time}") if alert["clock"] == "restoration" else t("accepted {time}")
    bars: list[Any] = [html.Span(className="bar used", style={"left": "0", "width": before})]
    if end > due:
        bars.append(html.Span(className="bar late", style={"left": limit, "width": f"calc({until} - {limit})"}))
    return html.Div(
        [
            html.Span(words_of_limit, className="limit", style={"right": f"calc(100% - {limit})"}),
            *bars,
            html.Span(className="due", style={"left": f"calc({limit} - 1px)"}),
            html.Span(first.format(time=reading.clock(start)), className="from"),
            html.Span(t("cleared") if alert["cleared_at"] else t("now"), className="now"),
        ],
        className="clock",
    )


def _step(reading: Reading, step: Mapping[str, Any]) -> list[Any]:
    """One transition as a row, each of its messages below it."""
    t, when = reading.view.t, words.at(step["at"])
    shape = marks.shape(t, step["level"]) if step["event"] in ("raised", "moved") else html.Span()
    row: list[Any] = [
        html.Span(reading.clock(when) if when else "", className="qq"),
        shape,
        html.Span(words.step(reading, step)),
        html.Span(className="end"),
    ]
    if step["note"]:
        row += [html.Span(), html.Span(), html.Span(f"“{step['note']}”", className="wide")]
    for delivery in step["deliveries"]:
        whom, came = words.sent(reading, delivery)
        row += [html.Span(), html.Span(), html.Span(whom, className="q"), html.Span(came, className="end q")]
    why = words.quiet(t, step["quiet"]) if step["quiet"] else ""
    return [*row, html.Span(), html.Span(), html.Span(why, className="wide qq")] if why else row
