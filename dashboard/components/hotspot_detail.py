"""One hotspot in full: its headline, words, complaints, outages and history."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from dash import dcc, html

from dashboard.components import dims, order_words, terms
from dashboard.components import format as say
from dashboard.components import hotspot_words as words
from dashboard.components.hotspot_words import Hotspot, Reading
from dashboard.components.order_course import WORD
from dashboard.components.plain_table import Column, table

SHOWN: Final = 50  # complaints in the table; the files hold all


def head(reading: Reading, one: Hotspot, completeness: Mapping[str, float | None]) -> list[Any]:
    """Grade and place, the headline, how rarely chance does it, and what else is known."""
    t = reading.view.t
    said = words.facts(reading, one, completeness)
    n = len(one.get("places") or ())
    where = [*words.path_of(reading, one), say.counted(t, n, "{n} place", "{n} places")]
    number = [t("no. {n}##hotspot").format(n=one["number"])] if one.get("number") is not None else []
    return [
        html.P(
            [words.shape(t, one["grade"]), html.Span(words.grade(t, one["grade"])), *map(html.Span, (*where, *number))],
            className="about q",
        ),
        html.H2(words.headline(reading, one), className="headline"),
        html.P(words.by_chance(reading, one)),
        html.P([html.Span(text) for text in said], className="about q"),
        *_standing(reading, one),
    ]


def _standing(reading: Reading, one: Hotspot) -> list[Any]:
    """Whether it is over, merged, answered, relative; the way to its alert."""
    t, view, found = reading.view.t, reading.view, []
    if one.get("relative"):
        found.append(html.P(t("Relative: no more here than usual, but fewer elsewhere."), className="q"))
    if one["state"] in ("ended", "merged"):
        ended = t("{state}, {time}").format(state=words.state(reading, one), time=reading.moment(one.get("ended_at")))
        found.append(html.P(ended, className="q"))
    links: list[Any] = [html.Span(said)] if (said := words.by_whom(reading, one)) else []
    if one.get("alert_id"):
        text = t("alert {n}").format(n=one["alert_id"])
        links.append(dcc.Link(text, href=view.onward("/alerts", {"id": str(one["alert_id"])}), className="plain"))
    return [*found, html.P(links, className="about q")] if links else found


def vocabulary(reading: Reading, one: Hotspot) -> list[Any]:
    """Its main words: how many cases say each, as a bar, with a tick where the usual share lies."""
    t = reading.view.t
    if not one.get("words"):
        return [html.P(t("No word is said more often here than elsewhere."), className="q")]
    rows: list[Any] = []
    for told in one["words"]:
        share, usual = (f"{100 * min(1.0, told[name]):.0f}%" for name in ("share", "usual"))
        bar = [html.I(style={"width": share}), html.U(style={"left": usual})]
        count = say.counted(t, told["n"], "{n} case##words", "{n} cases##words")
        rows += [
            html.Dt(told["word"]),
            html.Dd(bar, className="bar", **{"aria-hidden": "true"}),
            html.Dd(t("{count}, usually {share}").format(count=count, share=usual), className="q r"),
        ]
    return [html.Dl(rows, className="words")]


def complaints(reading: Reading, one: Hotspot) -> tuple[list[Any], str]:
    """The orders, newest first and masked; and how many there are."""
    t, rows = reading.view.t, one.get("orders") or []
    if not rows:
        return [html.P(t("Its orders are not within your units, or are gone from the source."), className="q")], ""
    columns = [
        Column(t("accepted"), lambda row: _order(reading, row)),
        Column(t("channel"), lambda row: terms.channel(t, row.get("channel"))),
        Column(t("category"), lambda row: _category(reading, row), "wrap"),
        Column(t("place"), lambda row: _where(reading, row)),
        Column(t("customer"), lambda row: order_words.customer(t, row.get("customer_kind")) or say.NONE, "low"),
        Column(t("calls"), lambda row: say.count(int(row.get("call_count") or 1)), "r"),
        Column(t("state"), lambda row: terms.status(t, row.get("status")) or say.NONE, "low"),
    ]
    n = say.counted(t, len(rows), "{n} order", "{n} orders")
    if one.get("customers") is not None:
        n = t("{orders} of {customers}").format(
            orders=n, customers=say.counted(t, one["customers"], "{n} customer##hotspot", "{n} customers##hotspot")
        )
    more = len(rows) - SHOWN
    rest = [html.P(t("{n} more").format(n=say.count(more)), className="qq")] if more > 0 else []
    return [table(columns, rows[:SHOWN], t("Demands##hotspot")), *rest], n


def _order(reading: Reading, row: Mapping[str, Any]) -> Any:
    when = reading.moment(row.get("accepted_at"))
    if not row.get("order_no"):
        return when
    return dcc.Link(when, href=reading.view.onward("/orders", {WORD: f":{row['order_no']}"}), className="number")


def _category(reading: Reading, row: Mapping[str, Any]) -> str:
    leaf = row.get("subcategory_1")
    top = terms.category(reading.view.t, row.get("category"))
    return dims.worded(reading.view.t, "subcategory_1", leaf) if leaf else top


def _where(reading: Reading, row: Mapping[str, Any]) -> str:
    return reading.name(row.get("transformer_area") or row.get("feeder")) or say.NONE


def outages(reading: Reading, one: Hotspot) -> list[Any]:
    """The outages of its places in its time."""
    t, rows = reading.view.t, one.get("outages") or []
    if not rows:
        return [html.P(t("No outage touched these places in this time."), className="q")]
    columns = [
        Column(t("outage##column"), lambda row: row["outage_no"]),
        Column(t("feeder"), lambda row: reading.units.name(row.get("feeder")) or say.NONE),
        Column(t("kind##outage"), lambda row: order_words.outage_kind(t, row.get("kind"))),
        Column(t("began"), lambda row: reading.moment(row.get("started_at")), "r"),
        Column(t("restored"), lambda row: reading.moment(row.get("restored_at")), "r"),
        Column(
            t("customers##column"),
            lambda row: say.NONE if row.get("customers_out") is None else say.count(int(row["customers_out"])),
            "r",
        ),
    ]
    return [table(columns, rows, t("Outages"))]


def members(reading: Reading, one: Hotspot) -> list[Any]:
    """The map's numbers, for who can not or will not look at it."""
    t = reading.view.t
    rows: Sequence[Mapping[str, Any]] = sorted(one.get("members") or (), key=lambda m: -m["observed"])
    if not rows:
        return []
    columns = [
        Column(t("place"), lambda row: reading.name(row["place"])),
        Column(t("observed##column"), lambda row: say.count(row["observed"]), "r"),
        Column(t("expected##column"), lambda row: words.expected(row["expected"]), "r"),
    ]
    return _folded(t("the same as a table"), table(columns, rows, t("Members")))


def _folded(name: str, inside: Any) -> list[Any]:
    return [html.Details([html.Summary(name), inside], className="as-table")]


def days(reading: Reading, one: Hotspot) -> list[Any]:
    """The chart's numbers as a table, the newest first."""
    t, told = reading.view.t, one["days"]
    names = ("day", "observed", "expected", "low", "high")
    rows = [dict(zip(names, row, strict=True)) for row in zip(*(told[name] for name in names), strict=True)]
    columns = [
        Column(t("day##column"), lambda row: reading.day(row["day"])),
        Column(t("observed##column"), lambda row: say.count(row["observed"]), "r"),
        Column(t("expected##column"), lambda row: words.expected(row["expected"]), "r"),
        Column(t("95 % range"), lambda row: f"{row['low']:.0f}\N{EN DASH}{row['high']:.0f}", "r low"),
    ]
    return _folded(t("the same as a table"), table(columns, rows[::-1], t("Each day")))


def history(reading: Reading, one: Hotspot) -> list[Any]:
    """Every look that saw it, the newest first."""
    t, rows = reading.view.t, one.get("looks") or []
    if not rows:
        return [html.P(t("It was seen at the last look only."), className="q")]
    columns = [
        Column(t("look##column"), lambda row: reading.moment(row["at"])),
        Column(t("observed##column"), lambda row: say.count(row["observed"]), "r"),
        Column(t("expected##column"), lambda row: words.expected(row["expected"]), "r"),
        Column(t("times##ratio"), lambda row: say.one_decimal(row["ratio"]), "r"),
        Column(t("by chance##column"), lambda row: words.rarity(reading, row)),
        Column(t("new##cases"), lambda row: say.count(row.get("new_cases") or 0), "r"),
        Column(t("what happened"), lambda row: happened(t, row), "wrap"),
    ]
    return [table(columns, rows[::-1], t("History"))]


def happened(t: say.Translate, row: Mapping[str, Any]) -> str:
    """What a look, or a person, did to it."""
    said = {
        "opened": t("opened##hotspot"),
        "reopened": t("opened again##hotspot"),
        "looked": t("seen##hotspot"),
        "told again": t("told again##hotspot"),
        "ended": t("ended##hotspot"),
        "merged": t("merged##hotspot"),
        "answered": t("answered##hotspot"),
    }
    code = row.get("event") or ""
    word = said.get(code, code)
    if code == "answered":
        word = words.answered(t, str(row.get("reason") or "").replace(" ", "_")) or word
    return f"{word} ({row['by']})" if row.get("by") else word
