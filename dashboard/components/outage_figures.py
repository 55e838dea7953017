"""The figures of the page Outages: reliability of the period, by unit, and how estimates were kept."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import pandas as pd
from dash import dcc, html

from dashboard.components import format as say
from dashboard.components import narrowing, stand
from dashboard.components.definition import Card, button, full
from dashboard.components.figures import LEAST_N
from dashboard.components.outage_page import PATH, Page, card, in_period
from dashboard.components.plain_table import Column, table
from kpis import interruptions
from kpis.catalogue import CATALOGUE
from kpis.reliability import asai
from kpis.types import Definition

TILES: Final = ("saidi", "saifi", "caidi", "customer_hours_lost", "estimate_kept_rate")
RATES: Final = ("estimate_in_time_rate", "first_estimate_kept_rate", "estimate_kept_rate", "estimate_changed_rate")
BY: Final = ("saidi", "saifi", "caidi", "customer_hours_lost")
IGNORED: Final = ("category", "channel", "customer")


def narrowed(page: Page) -> list[Any]:
    """What of the address does not narrow outages, and what was not understood."""
    t, args = page.asked.view.t, page.asked.args
    kept = [word for word in IGNORED if args.get(word)]
    said = html.Span(t("Category, channel and kind of customer narrow no outages."), className="qq") if kept else None
    return [*narrowing.shown(page.asked, page.asked.faults, {}, has_controls=True), said]


def tiles(page: Page) -> list[Any]:
    asked = page.values(TILES, beside=True)
    found: dict[str, Any] = {key: asked[key].iloc[0] for key in TILES}
    shown = [_tile(page, CATALOGUE[key], row) for key, row in found.items()]
    return [*shown[:2], _availability(page, found["saidi"]), *shown[2:]]


def _tile(page: Page, d: Definition, row: Mapping[str, Any]) -> html.Div:
    view = page.asked.view
    ordinary = row["ordinary_value"]
    without = None
    if not pd.isna(ordinary) and int(row["ordinary_n"]) != int(row["n"]):
        said = say.of_unit(float(ordinary), d.unit, view.language)
        without = html.Span(view.t("without event days {value}").format(value=said))
    return _figure(page, d.key, view.t(d.label), _value(page, d, row), [_count(page, d, int(row["n"])), without], d)


def _value(page: Page, d: Definition, row: Mapping[str, Any]) -> Any:
    if pd.isna(row["value"]):
        return [html.Span(say.NONE, className="none"), html.Small(_why_none(page, d, int(row["n"])))]
    if d.statistic == "rate" and int(row["n"]) < LEAST_N:
        return [html.Span(stand.short(page.asked.view, d, row), className="number")]
    value = say.of_unit(float(row["value"]), d.unit, page.asked.view.language)
    interval = None if pd.isna(row["low"]) else say.between(row["low"], row["high"], d.unit, page.asked.view.language)
    return [html.Span(value, className="number"), html.Small(interval) if interval else None]


def _why_none(page: Page, d: Definition, n: int) -> str:
    t = page.asked.view.t
    if d.per == "served":
        return t("nobody lists the customers served")
    return t("none in this period") if not n else t("not known")


def _count(page: Page, d: Definition, n: int) -> html.Span:
    t = page.asked.view.t
    if d.view is interruptions.interruptions:
        return html.Span(say.counted(t, n, "{n} interruption", "{n} interruptions"))
    return html.Span(say.counted(t, n, "{n} outage", "{n} outages"))


def _availability(page: Page, saidi: Mapping[str, Any]) -> html.Div:
    t, (start, end) = page.asked.view.t, page.asked.question.span
    until = min(end, page.now) if end else page.now
    found = None if start is None else asai(saidi["value"], start, until)
    shown: list[Any] = [html.Span(f"{found:.4f}%", className="number")] if found is not None else []
    if found is None:
        why = t("a period without a beginning") if start is None else t("nobody lists the customers served")
        shown = [html.Span(say.NONE, className="none"), html.Small(why)]
    card = Card(
        t("Availability (ASAI)"),
        [
            (t("formula"), t("1 - SAIDI / length of the period")),
            (t("note"), t("Outages count with their whole length on the day they began.")),
        ],
        links=(full(page.asked.view, "saidi"),),
    )
    return html.Div(
        [
            html.Div(html.B(t("Availability (ASAI)")), className="nw"),
            html.Div(shown, className="v"),
            html.Div([button(page.asked.view, "definition-asai", card)], className="foot"),
        ],
        className="kpi",
        id="outages-asai",
    )


def _figure(page: Page, key: str, label: str, value: Any, foot: Sequence[Any], d: Definition) -> html.Div:
    ask = button(page.asked.view, f"definition-{key}", card(page, d))
    parts = [html.Div(html.B(label), className="nw"), html.Div(value, className="v")]
    return html.Div([*parts, html.Div([ask, *foot], className="foot")], className="kpi", id=f"outages-{key}")


def provisional(page: Page) -> list[Any]:
    """What is not settled, and what the figures leave out: each by name."""
    t = page.asked.view.t
    view_ = interruptions.interruptions(page.reader)
    start, end = page.asked.question.span
    view_ = view_.filter(*in_period(view_, start, end), *(view_[k].isin(list(v)) for k, v in page.where.items()))
    found = page.reader.frame(interruptions.flaws(view_), page.now)
    left = [f"{flaw(t, row['flaw'])} {say.count(int(row['rows']))}" for row in found.to_dict("records")]
    lasting = view_.filter(interruptions.usable(view_), view_.back_at.isnull())
    running = int(page.reader.frame(lasting.agg(n=lasting.outage_no.nunique()), page.now)["n"].iloc[0])
    said = []
    if running:
        said.append(
            say.counted(
                t, running, "{n} outage still lasts: provisional, so far", "{n} outages still last: provisional, so far"
            )
        )
    if left:
        said.append(t("left out: {list}").format(list=("，" if page.asked.view.language == "zh" else ", ").join(left)))
    return [html.Span(one, className="qq") for one in said]


def flaw(t: say.Translate, code: str) -> str:
    """What keeps an interruption out of every figure."""
    words = {
        "no_start": t("without a start"),
        "restored_before_started": t("restored before they began"),
        "uncounted": t("customers not counted"),
        "area_unknown": t("area in no list"),
        "nobody_served": t("area that serves nobody"),
    }
    return words[code]


def units_of(page: Page) -> tuple[str, pd.DataFrame]:
    """The indices of each county, or of the stations of the county that is chosen: dimension, and a column for each."""
    chosen = page.asked.question.units.get(page.asked.query.unit)
    dim = "station" if chosen and chosen.kind in ("county", "station", "feeder") else "county"
    asked = page.values(BY, [dim])  # of one pass: the same slices in the same order
    found = asked[BY[0]][[dim]].assign(**{key: asked[key]["value"] for key in BY}, n=asked["saifi"]["n"])
    return dim, found[found[dim].notna()].sort_values("saidi", ascending=False, na_position="last")


def by_unit(page: Page) -> list[Any]:
    """The table of `units_of`."""
    t, units = page.asked.view.t, page.asked.question.units
    dim, found = units_of(page)
    unserved = int(found["saidi"].isna().sum())

    def name(row: Mapping[Any, Any]) -> Any:
        query = {**{k: v for k, v in page.asked.args.items() if k != "unit"}, "unit": row[dim]}
        return dcc.Link(units.name(row[dim]), href=page.asked.view.href(PATH, query), className="rows")

    def shown(key: str) -> Any:
        unit = CATALOGUE[key].unit
        return lambda row: (
            say.NONE if pd.isna(row[key]) else say.of_unit(float(row[key]), unit, page.asked.view.language)
        )

    columns = [
        Column(t("unit"), name),
        *(Column(t(CATALOGUE[key].label), shown(key), "r") for key in BY),
        Column(
            t("interruptions##column"),
            lambda row: say.count(int(row["n"])),
            "r low",
        ),
    ]
    if found.empty:
        return [html.P(t("No rows in this time."), className="q")]
    why = say.counted(t, unserved, "{n} unit lists no customers: no index", "{n} units list no customers: no index")
    return [table(columns, found.to_dict("records"), t("By unit")), html.P(why, className="qq") if unserved else None]


def estimates(page: Page) -> list[Any]:
    """How estimates of restoration were told and kept."""
    t = page.asked.view.t
    rows = []
    found = page.values(RATES)
    for key in RATES:
        rows.append({"d": CATALOGUE[key], **found[key].iloc[0]})

    def value(row: Mapping[Any, Any]) -> Any:
        if not int(row["n"]):
            return html.Span(t("none in this period"), className="qq why")
        return html.B(stand.short(page.asked.view, row["d"], row))

    def interval(row: Mapping[Any, Any]) -> str:
        few = int(row["n"]) < LEAST_N
        return "" if few else say.between(row["low"], row["high"], "%", page.asked.view.language)

    def name(row: Mapping[Any, Any]) -> Any:
        d = row["d"]
        ask = button(page.asked.view, f"definition-row-{d.key}", card(page, d))
        return html.Span([ask, html.Span(t(d.label))], className="named")

    columns = [
        Column(t("figure##column"), name),
        Column(t("value##column"), value, "r value"),
        Column(t("95 % interval"), interval, "r low qq"),
        Column(t("counted"), lambda row: say.count(int(row["n"])), "r"),
    ]
    return [table(columns, rows, t("Estimates of restoration"))]
