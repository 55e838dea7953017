"""The inbox: open alerts, the one that is opened with its clock and its history. Made for a hand and 390 px."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from dash import dcc, html

from dashboard.components import alert_kinds, marks, meanings
from dashboard.components import alert_words as words
from dashboard.components.alert_words import Alert, Reading
from dashboard.components.format import count
from dashboard.components.order_course import WORD
from dashboard.components.view import View

MOST: Final = 100  # alerts in one list; the rest is counted
SHOWS: Final = ("open", "taken", "cleared")
PICKING: Final = "pick"  # in the address: several are acknowledged at once
PICK: Final = "alert-pick"
SEVERAL: Final = 2


def order_of(alerts: Sequence[Alert]) -> list[Alert]:
    """Red before orange, what runs out first before the rest, then the oldest."""
    far = "9999"
    return sorted(alerts, key=lambda a: (a["level"] != "red", str(a["due_at"] or far), str(a["raised_at"]), a["id"]))


@dataclass(frozen=True)
class Standing:
    """The alerts a reader may see, by state: nobody's yet, somebody's, and gone today."""

    waiting: Sequence[Alert]
    taken: Sequence[Alert]
    cleared: Sequence[Alert]

    @property
    def areas(self) -> set[str]:
        """The transformer areas they are about."""
        known = (words.area_of(alert) for alert in (*self.waiting, *self.taken, *self.cleared))
        return {code for code in known if code}

    def narrowed(self, holds: Callable[[Alert], bool]) -> "Standing":
        """Only those of which `holds` is true."""
        kept = ([a for a in alerts if holds(a)] for alerts in (self.waiting, self.taken, self.cleared))
        return Standing(*kept)


def tabs(reading: Reading, found: Standing, show: str) -> list[Any]:
    """How many in each state, each a link to them, and what these counts say."""
    t, view = reading.view.t, reading.view
    entries = [
        ("open", t("not acknowledged {n}"), found.waiting),
        ("taken", t("in progress {n}"), found.taken),
        ("cleared", t("cleared today {n}"), found.cleared),
    ]
    links = []
    for name, text, alerts in entries:
        here = {"className": "on", "title": t("shown now")} if name == show else {}
        links.append(dcc.Link(text.format(n=count(len(alerts))), href=address(view, name), **here))
    card = meanings.explained(view, meanings.ALERTS, reading.clock(reading.now))
    return [html.Nav(links, className="tabs", **{"aria-label": t("alerts by state")}), card]


def address(view: View, show: str, alert: Alert | None = None, *, picking: bool = False) -> str:
    args = {"id": str(alert["id"])} if alert else {}
    args |= {PICKING: "1"} if picking else {}
    return view.onward("/alerts", args | ({"show": show} if show != "open" else {}))


def pick_id(alert_id: int) -> dict[str, Any]:
    """Of the box that picks an alert to be acknowledged with others."""
    return {"type": PICK, "id": alert_id}


def picking_link(reading: Reading, found: Standing, *, picking: bool) -> dcc.Link | None:
    """The way to acknowledge several at once, and back; only where several wait."""
    t = reading.view.t
    if picking:
        return dcc.Link(t("one by one"), href=address(reading.view, "open"), className="plain way")
    if len(found.waiting) < SEVERAL:
        return None
    return dcc.Link(t("several at once"), href=address(reading.view, "open", picking=True), className="plain way")


def listed(reading: Reading, found: Standing, show: str, opened: int | None, *, picking: bool = False) -> list[Any]:
    """The list of one state. Those not acknowledged come with those that somebody works on below them."""
    t = reading.view.t
    if picking:
        return [_pickable(reading, alert) for alert in found.waiting[:MOST]]
    if show == "cleared":
        why = t("Alerts stand here once their reason has gone.")
        return _items(reading, found.cleared, opened, show) or [_nothing(t("No alert was cleared today."), why)]
    if show == "taken":
        why = t("Alerts stand here once somebody has acknowledged them.")
        return _items(reading, found.taken, opened, show) or [_nothing(t("Nobody works on an alert."), why)]
    if not found.waiting and not found.taken:
        why = t("What nears or passes a limit, outages that need somebody, trouble of the watch itself: here.")
        return [_nothing(t("No open alert."), why)]
    below = _items(reading, found.taken, opened, show)
    heading = [html.H2(t("in progress"), className="group")] if below else []
    return [*_items(reading, found.waiting, opened, show), *heading, *below]


def not_found(reading: Reading, wanted: int) -> html.P:
    """Said to who follows an old link: the list below is not what they asked for."""
    said = reading.view.t("Alert {n} is neither open nor cleared today.")
    return html.P(said.format(n=wanted), className="inset notice-line", role="status")


def _nothing(what: str, why: str) -> html.Div:
    return html.Div([html.P(html.B(what)), html.P(why, className="qq")], className="empty inset")


def _items(reading: Reading, alerts: Sequence[Alert], opened: int | None, show: str) -> list[Any]:
    shown = [_item(reading, a, show, on=a["id"] == opened) for a in alerts[:MOST]]
    rest = len(alerts) - MOST
    more = html.P(reading.view.t("{n} more").format(n=count(rest)), className="group") if rest > 0 else None
    return [*shown, more] if more else shown


def _time(reading: Reading, alert: Alert) -> html.Span:
    time = words.time(reading, alert)
    filled = time.late and alert["state"] == "raised"
    return html.Span(time.text, className="t over" if filled else "t")


def _item(reading: Reading, alert: Alert, show: str, *, on: bool) -> dcc.Link:
    """One row. The opened one is marked beside its card; where the card stands above the list it is left out."""
    view = reading.view
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
        href=address(view, show, alert),
        className="item on" if on else "item",
        id=item_id(alert["id"]),
    )


def _pickable(reading: Reading, alert: Alert) -> html.Div:
    """One row with a box; its words belong to the box."""
    said = [
        marks.shape(reading.view.t, alert["level"]),
        html.Span([html.B(words.title(reading, alert)), html.Br(), words.detail(reading, alert)], className="what"),
    ]
    option = {"value": alert["id"], "label": html.Span(said, className="pick-words")}
    box = dcc.Checklist([option], id=pick_id(alert["id"]), persistence=True, persistence_type="memory")
    return html.Div([box, _time(reading, alert)], className="item pick")


def item_id(alert_id: int) -> str:
    return f"alert-{alert_id}"


def opened(reading: Reading, alert: Alert, history: Sequence[Mapping[str, Any]], show: str) -> list[Any]:
    """One alert in full."""
    view = reading.view
    said = words.answer(reading, alert)
    return [
        html.Div(
            [
                marks.shape(view.t, alert["level"]),
                html.B(words.title(reading, alert)),
                _time(reading, alert),
                dcc.Link(
                    [html.Span("×", **{"aria-hidden": "true"}), html.Span(view.t("close"), className="unseen")],
                    href=address(view, show),
                    className="x",
                ),
            ],
            className="title",
        ),
        html.Div([words.detail(reading, alert), _order(reading, alert), _hotspot(reading, alert)], className="q"),
        _clock(reading, alert),
        html.Div([cell for step in history for cell in step_rows(reading, step)], className="steps"),
        html.P(said, className="q") if said else None,
        _next_step(reading, alert),
    ]


def _next_step(reading: Reading, alert: Alert) -> html.P | None:
    """What happens if nobody answers; to whom it was given."""
    t, parts = reading.view.t, []
    if alert["assigned_to"]:
        parts.append(t("Given to {to}.").format(to=alert["assigned_to"]))
    due = words.at(alert["next_step_at"])
    if due is not None and alert["state"] == "raised":
        parts.append(t("Not acknowledged by {time}: it goes one step further.").format(time=reading.clock(due)))
    return html.P(" ".join(parts), className="q") if parts else None


def _order(reading: Reading, alert: Alert) -> dcc.Link | None:
    """The way to the order an alert is about; its subject is then the order's key, as the address wants it."""
    if not alert["order_no"] or ":" not in alert["subject"]:
        return None
    view = reading.view
    return dcc.Link(
        view.t("open the order"), href=view.href("/orders", {WORD: alert["subject"]}), className="plain way"
    )


def _hotspot(reading: Reading, alert: Alert) -> dcc.Link | None:
    """The way to the hotspot an alert is about; a wide rise stands on the same page."""
    kind, _, number = alert["subject"].partition(":")
    if kind not in ("hotspot", "wide_rise"):
        return None
    which = {"no": number} if kind == "hotspot" else {}
    return dcc.Link(
        reading.view.t("open the hotspot"), href=reading.view.onward("/hotspots", which), className="plain way"
    )


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


def step_rows(reading: Reading, step: Mapping[str, Any]) -> list[Any]:
    """One transition as a row, each of its messages below it."""
    t, when = reading.view.t, words.at(step["at"])
    shape = (
        marks.shape(t, step["level"]) if step["event"] in ("raised", "reopened", "escalated", "moved") else html.Span()
    )
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
    known = alert_kinds.inputs(t, step["inputs"] or {})
    if known:
        version = [t("rule version {n}").format(n=step["rule_version"])] if step["rule_version"] else []
        told = [f"{name} {value}" for name, value in known] + version
        row += [html.Span(), html.Span(), html.Span(" · ".join(told), className="wide qq")]
    why = words.quiet(t, step["quiet"]) if step["quiet"] else ""
    return [*row, html.Span(), html.Span(), html.Span(why, className="wide qq")] if why else row
