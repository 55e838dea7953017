"""One order at the right of the list: how it stands, its course, its clocks, what it hangs together with, its alerts.

What counts down is drawn by assets/desk-order.js from the times given here and the server's clock.
"""

from collections.abc import Sequence
from typing import Any, Final

import orjson
from dash import html

from dashboard.access.roles import may
from dashboard.components import alert_list, clock_words, marks, meanings, order_exempt, order_kin, order_words, terms
from dashboard.components import format as say
from dashboard.components.alert_words import at
from dashboard.components.markup import HTML, Element
from dashboard.components.order_clocks import Clock, Shown, clocks, counting, leading, ms, section
from dashboard.components.order_course import OneOrder, OrderKey
from dashboard.guard import current_scope
from kpis.course import ended_at, faults, is_open, stages, why_uncounted
from kpis.explain import Ledger

DRAWER: Final = "order-drawer"
BODY: Final = "order-body"
CLOSE: Final = "order-close"
TITLE: Final = "order-title"


def place(t: say.Translate) -> html.Aside:
    """The empty drawer, shut."""
    close = html.Button(t("close"), id=CLOSE, className="btn plain", type="button")
    label = {"aria-label": t("one order")}
    return html.Aside(
        [close, html.Div(id=BODY, className="body", **{HTML: ""})], id=DRAWER, className="drawer", hidden=True, **label
    )


def missing(t: say.Translate, asked: str) -> list[Any]:
    """An order that is not there: gone, out of the reader's sight, or never was."""
    said = t("There is no order {order} here.").format(order=asked[:60])
    why = t("It may have gone from its source, lie outside your units, or the link is wrong.")
    return [html.H2(said, id=TITLE, tabIndex=-1), html.P(why, className="q", role="alert")]


def number_of(order: OneOrder) -> str:
    return str(order.row["order_no"] or order.row["source_key"])


def _person(shown: Shown) -> html.Details | None:
    """The way to name, phone and address: with a reason, on record, on a page of their own."""
    t = shown.reading.view.t
    if not may(current_scope().role, "unmask"):
        return None
    key = OrderKey(shown.row["source"], shown.row["source_key"])
    own = {"name": "reason", "type": "text", "maxlength": "200", "required": "", "autocomplete": "off"}
    form = html.Form(
        [
            Element("input", {"name": "order", "type": "hidden", "value": str(key)}),
            html.Label([t("why you need it"), Element("input", own)]),
            html.Button(t("Show"), type="submit", className="btn"),
        ],
        action="/unmask",
        method="POST",
        target="_blank",
    )
    return html.Details([html.Summary(t("Personal data")), form], className="unmask")


def content(shown: Shown) -> list[Any]:
    """Everything about one order."""
    found = clocks(shown)
    parts = [
        _head(shown, found),
        _course(shown, found),
        section(shown, found),
        order_exempt.section(shown),
        order_kin.facts(shown.reading, shown.order),
        _events(shown),
        _alerts(shown),
        _person(shown),
    ]
    key = OrderKey(shown.row["source"], shown.row["source_key"])
    return [html.Div([part for part in parts if part is not None], className="order", **{"data-order": str(key)})]


def _head(shown: Shown, found: Sequence[Clock]) -> html.Div:
    t, row, units = shown.reading.view.t, shown.row, shown.reading.units
    where = [
        units.name(row["station"] or row["county"]),
        units.name(row["feeder"]),
        row["subcategory_1"] or "",
        terms.category(t, row["category"]),
        order_words.area(t, row["area_class"]),
    ]
    title = t("order {order}").format(order=number_of(shown.order))
    impossible = [html.P(order_words.fault(t, name), className="impossible") for name in faults(row)]
    uncounted = order_words.uncounted(t, why_uncounted(row))
    return html.Div(
        [
            html.H2(title, id=TITLE, tabIndex=-1),
            html.P([html.Span(text) for text in dict.fromkeys(where) if text], className="where q"),
            _standing(shown, found),
            *impossible,
            html.P(uncounted, className="q") if uncounted else None,
        ]
    )


def _standing(shown: Shown, found: Sequence[Clock]) -> html.Div:
    """How the order stands: its running clock counts down in the browser, an ended one is told."""
    t, clock = shown.reading.view.t, leading(found)
    card = meanings.explained(shown.reading.view, meanings.STANDING, shown.read)
    more = [html.Span(_weight(shown), className="q"), card]
    if clock is not None:
        return html.Div([html.Span(className="lead", **counting(shown, clock, "lead")), *more], className="standing")
    late = [c.over for c in found if c.line in ("promise", None) and c.verdict == "late" and c.over]
    words = t("open") if is_open(shown.row, shown.now) else _ending(shown)
    said: list[Any] = [html.B(words)]
    if late:
        said.append(html.B(t("{time} over").format(time=shown.reading.length(max(late)))))
    return html.Div([*said, *more], className="standing")


def _ending(shown: Shown) -> str:
    t, end = shown.reading.view.t, ended_at(shown.row, shown.now)
    word = t("restored {time}") if shown.row["restored_at"] == end and end else t("closed {time}")
    return word.format(time=shown.reading.clock(end)) if end else t("closed")


def _weight(shown: Shown) -> str:
    """How many are concerned."""
    t, outage, calls = shown.reading.view.t, shown.order.outage, shown.row["call_count"]
    words = []
    if outage and outage["is_running"]:
        words.append(order_words.out(t, outage["customers_now"]))
    if calls:
        words.append(say.counted(t, int(calls), "{n} call", "{n} calls"))
    return ("，" if shown.reading.view.language == "zh" else ", ").join(words)


def _course(shown: Shown, found: Sequence[Clock]) -> html.Section:
    """The time line, drawn by the script, and the same as a list of words."""
    t = shown.reading.view.t
    passed = stages(shown.row, shown.now)
    end = ended_at(shown.row, shown.now)
    drawn = [c for c in found if c.line in ("promise", None) and c.verdict != "not_started" and not c.is_spoilt]
    data = {
        "stages": [[order_words.stage(t, name), ms(when)] for name, when in passed],
        "clocks": [
            {
                "name": clock_words.clock(t, c.key),
                "start": ms(c.start_at),
                "due": ms(c.due_at),
                "stop": ms(c.stop_at) if c.stop_at else None,
                "limit": c.allowed,
                "used": _used(shown, c.ledger) if c.ledger else None,
            }
            for c in drawn
            if c.start_at and c.due_at
        ],
        "calls": [ms(e["at"]) for e in shown.order.events if e["at"] and e["kind"] in ("urged", "supervised")],
        "end": ms(end) if end else None,
        "open": is_open(shown.row, shown.now),
    }
    listed = [
        html.Li([html.Span(order_words.stage(t, name), className="q"), " ", html.Span(shown.clock(when))])
        for name, when in passed
    ]
    line = html.Div(className="line", **{"data-course": orjson.dumps(data).decode()})
    head = html.H3([t("stages"), html.Span(shown.day, className="qq")])
    return html.Section([head, line, html.Ol(listed, className="stages")])


def _used(shown: Shown, ledger: Ledger) -> str | None:
    """What was counted, in words; None where it is the time on the wall, which the script counts on."""
    if all(line.what in ("counted", "over") for line in ledger.lines):
        return None
    used = ledger.limit.amount - ledger.left
    return clock_words.allowed(shown.reading.view.t, shown.reading.view.language, ledger.limit.kind, used)


def _events(shown: Shown) -> html.Section | None:
    t, reading = shown.reading.view.t, shown.reading
    if not shown.order.events:
        return None
    rows: list[Any] = []
    for event in shown.order.events:
        by = reading.units.brief(event["by"]) if event["by"] else ""
        said = [order_words.event(t, event["kind"]), event["reason"] or "", by]
        rows += [html.Dt(reading.clock(event["at"])), html.Dd(" ".join(part for part in said if part))]
    return html.Section([html.H3(t("events")), html.Dl(rows, className="log")])


def _alerts(shown: Shown) -> html.Section:
    """Each alert of the order with every transition, who was told, and what was answered."""
    t = shown.reading.view.t
    if not shown.alerts:
        return html.Section([html.H3(t("alerts of this order")), html.P(t("No alert so far."), className="q")])
    blocks: list[Any] = []
    for alert in shown.alerts:
        steps = (shown.steps or {}).get(alert["id"], ())
        raised = at(alert["raised_at"])
        level = marks.shape(t, alert["level"]) if not alert["cleared_at"] else None
        since = t("since {time}").format(time=shown.reading.clock(raised)) if raised and len(shown.alerts) > 1 else ""
        rows = [cell for step in steps for cell in alert_list.step_rows(shown.reading, step)]
        head = html.P([level, html.Span(since, className="qq")]) if since else None
        blocks.append(html.Div([head, html.Div(rows, className="steps")]))
    return html.Section([html.H3(t("alerts of this order")), *blocks])
