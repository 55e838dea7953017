"""What one order hangs together with: crew, outage and its estimate, merged orders, the complaint before, revisits."""

from typing import Any

from dash import html

from dashboard.components import format as say
from dashboard.components import meanings, order_words, terms
from dashboard.components.alert_words import Reading
from dashboard.components.order_course import WORD, OneOrder, OrderKey, Row

Fact = tuple[str, list[Any]]


def facts(reading: Reading, order: OneOrder) -> html.Dl:
    """Term and description of everything known; what is not known is not listed, except where that matters."""
    parts = [
        *_work(reading, order),
        *_outage(reading, order),
        *_linked(reading, order),
        *_customer(reading, order),
        *_surveys(reading, order),
    ]
    return html.Dl([item for name, said in parts for item in (html.Dt(name), html.Dd(said))], className="facts")


def _work(reading: Reading, order: OneOrder) -> list[Fact]:
    t, row = reading.view.t, order.row
    found: list[Fact] = []
    if row["crew"]:
        names = order.crew or {}
        mine = ("name_zh", "name_en") if reading.view.language == "zh" else ("name_en", "name_zh")
        found.append((t("crew##fact"), [names.get(mine[0]) or names.get(mine[1]) or row["crew"]]))
    channel = terms.channel(t, row["channel"])
    return [*found, (t("channel"), [channel])] if channel else found


def _outage(reading: Reading, order: OneOrder) -> list[Fact]:
    t, outage, number = reading.view.t, order.outage, order.row["outage_no"]
    if number is None:
        return []
    if outage is None:
        return [(t("outage##one"), [number, " ", html.Span(t("not among the outages read"), className="qq")])]
    said: list[Any] = [f"{order_words.outage_kind(t, outage['kind'])} {outage['outage_no']}"]
    if outage["is_running"]:
        said.append(html.Span(order_words.out(t, outage["customers_now"])))
        said.append(meanings.explained(reading.view, meanings.OUTAGE))
    elif outage["restored_at"]:
        said.append(html.Span(t("over since {time}").format(time=reading.clock(outage["restored_at"]))))
    found: list[Fact] = [(t("outage##one"), said)]
    if outage["is_running"]:
        found.append((t("estimate"), _estimate(reading, order, outage)))
    return found


def _estimate(reading: Reading, order: OneOrder, outage: Row) -> list[Any]:
    """When supply is expected back, whether that has passed, and when it was last said."""
    t, estimate = reading.view.t, outage["estimate_at"]
    told = [n["at"] for n in order.notes if n["kind"] in ("estimate_set", "estimate_changed")]
    if estimate is None:
        return [html.Span(t("none given yet"), className="q")]
    said: list[Any] = [reading.clock(estimate)]
    if estimate < reading.now:
        late = t("passed {time} ago, not renewed").format(time=reading.length(reading.now - estimate))
        said.append(html.Span(late, className="stale"))
    if told:
        said.append(html.Span(t("said {time}").format(time=reading.clock(told[-1])), className="qq"))
    return said


def _linked(reading: Reading, order: OneOrder) -> list[Fact]:
    t, row = reading.view.t, order.row
    found: list[Fact] = []
    if row["parent_order_no"]:
        parent = order.parent
        said = _link(reading, parent) if parent else str(row["parent_order_no"])
        found.append((t("merged into"), [said]))
    if order.children:
        n = say.counted(t, len(order.children), "{n} merged order", "{n} merged orders")
        card = meanings.explained(reading.view, meanings.MERGED)
        links = [item for child in order.children for item in (_link(reading, child), " ")]
        found.append((t("merged in"), [html.Details([html.Summary(n), html.Div(links, className="children")]), card]))
    if row["previous_complaint_at"]:
        when = reading.clock(row["previous_complaint_at"])
        number = [_link(reading, order.previous), " "] if order.previous else []
        found.append((t("complaint before"), [*number, html.Span(when, className="q")]))
    return found


def _link(reading: Reading, row: Row) -> Any:
    """A way to another order that keeps the filter: the script takes it, without the script it is a plain link."""
    key = str(OrderKey(row["source"], row["source_key"]))
    href = reading.view.href("/orders", {WORD: key})
    return html.A(str(row["order_no"] or row["source_key"]), href=href, className="plain", **{"data-open-order": key})


def _customer(reading: Reading, order: OneOrder) -> list[Fact]:
    """Kind and tier, the account's last four digits. Name and telephone are not read here at all."""
    t, row = reading.view.t, order.row
    words = [order_words.customer(t, row["customer_kind"]), order_words.tier(t, row["tier"])]
    words += [t("sensitive customer")] if row["is_sensitive"] else []
    words += [t("important customer")] if row["is_important_customer"] else []
    said: list[Any] = [html.Span(word) for word in words if word]
    if row["account_end"]:
        said.append(html.Span(t("account ****{end}").format(end=row["account_end"])))
    found: list[Fact] = [(t("customer"), said)] if said else []
    return [*found, (t("contact"), [html.Span(t("Name and telephone need a reason on record."), className="qq")])]


def _surveys(reading: Reading, order: OneOrder) -> list[Fact]:
    t = reading.view.t
    found: list[Fact] = []
    for survey in order.surveys:
        words = [terms.answer(t, survey["outcome"]) or t("not answered yet")]
        if survey["is_satisfied"] is not None:
            words.append(t("satisfied") if survey["is_satisfied"] else t("not satisfied"))
        if survey["score"] is not None:
            best = f"/{survey['scale_max']:g}" if survey["scale_max"] is not None else ""
            words.append(f"{survey['score']:g}{best}")
        reasons = [survey[name] for name in ("reason_1", "reason_2") if survey[name]]
        when = html.Span(reading.clock(survey["asked_at"]), className="q")
        told = [when, *(html.Span(word) for word in [*words, *reasons])]
        card = [] if found or survey["score"] is None else [meanings.explained(reading.view, meanings.REVISIT)]
        found.append((t("revisit##fact"), [*told, *card]))
    return found
