"""One rate by county or station: a dot on its interval for each, on one scale. Overlapping intervals are no ranking."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from dash import dcc, html

from dashboard.components import export_links, marks
from dashboard.components import format as say
from dashboard.components.definition import Card, button
from dashboard.components.figures import LEAST_N, Link
from dashboard.components.query import OrderQuery
from dashboard.components.question import Question
from dashboard.components.tally import Tally
from dashboard.components.units import Unit, brief
from dashboard.components.view import View
from kpis.catalogue import HEADLINES
from kpis.types import Definition

MOST: Final = 40  # rows; a county has fewer stations


@dataclass(frozen=True)
class Slice:
    """The rate of one unit, in percent."""

    unit: Unit
    n: int
    successes: int
    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Slices:
    """A definition's rate by unit, the lowest first (the highest where lower is better)."""

    definition: Definition
    target: float | None
    rows: tuple[Slice, ...]


def chosen(question: Question) -> Definition:
    """The definition that is sliced: the rate looked at, else the first headline."""
    first = question.catalogue.get(HEADLINES[0].key, HEADLINES[0])
    looked = question.catalogue[question.query.kpi] if question.query.kpi else first
    return looked if looked.statistic == "rate" else first


def slices(question: Question, found: Mapping[str, Tally]) -> Slices:
    """The rate of the chosen definition by unit; empty where its rows do not carry what is filtered."""
    definition = chosen(question)
    tally = found.get(definition.key)
    if tally is None:
        return Slices(definition, definition.target_of(question.option(definition)), ())
    columns = ["unit", "n", "successes", "value", "low", "high"]
    rows = [
        Slice(unit, n, good, value, low, high)
        for code, n, good, value, low, high in tally.by_unit[columns].itertuples(index=False, name=None)
        if isinstance(code, str) and (unit := question.units.get(code))
    ]
    worst_first = sorted(rows, key=lambda s: (s.value if definition.better == "higher" else -s.value, s.unit.code))
    return Slices(definition, tally.target, tuple(worst_first))


def table(view: View, found: Slices, card: Card, query: OrderQuery, link: Link) -> list[Any]:
    """The sheet's content: heading with the `card` of its definition, and rows, each linking to its unit."""
    t = view.t
    label = html.Span(t(found.definition.label), className="qq")
    defined = button(view, "definition-by-unit", card)
    heading = html.Div([html.H2(t("By unit")), label, defined], className="sheet-head")
    if not found.rows:
        return [heading, html.P(t("Nothing to compare in this period."), className="empty")]
    ends = [end for s in found.rows for end in (s.low, s.high)]
    scale = marks.scale_of([*ends, *([] if found.target is None else [found.target])])
    rows = [_row(s, found, scale, chosen=s.unit.code == query.unit) for s in found.rows[:MOST]]
    links = [
        dcc.Link(cells, href=link(replace(query, unit=s.unit.code)), className=kind, title=title)
        for s, (cells, kind, title) in zip(found.rows, rows, strict=False)
    ]
    note = html.P(t("Where intervals overlap, nobody is first."), className="qq note")
    return [
        heading,
        html.Div([_head(view, scale, found.target), *links], className="slices"),
        note,
        export_links.links(view, "units"),
    ]


def _head(view: View, scale: marks.Scale, target: float | None) -> html.Div:
    ends = [html.Span(f"{scale.low:.0f}", className="l"), html.Span(f"{scale.high:.0f}", className="h")]
    if target is not None:
        text = view.t("target {n}").format(n=f"{target:g}")
        ends = [html.Span(text, className="goal-text", style={"left": scale.text_at(target)})]
    axis = html.Div(ends, className="axis")
    interval = html.Span(view.t("95 % interval"), className="unseen interval")
    cells = [html.Span(), html.Span("n", className="r"), axis, interval, html.Span("%", className="r")]
    return html.Div(cells, className="slice head", **{"aria-hidden": "true"})


def _row(s: Slice, found: Slices, scale: marks.Scale, *, chosen: bool) -> tuple[list[Any], str, str]:
    """Cells, class and title of one row."""
    off = marks.is_off(found.target, found.definition.better, s.low, s.high) and s.n >= LEAST_N
    value = say.one_decimal(s.value) if s.n >= LEAST_N else f"{say.count(s.successes)}/{say.count(s.n)}"
    cells = [
        html.Span(brief(s.unit.name), className="name"),
        html.Span(say.count(s.n), className="r qq"),
        marks.rail(scale, marks.Rate(s.value, s.low, s.high), found.target, bad=off),
        html.Span(say.interval(s.low, s.high), className="unseen interval"),  # drawn as a bar; read aloud and printed
        html.Span(value, className="r"),
    ]
    title = f"{s.unit.name} {say.one_decimal(s.value)}% ({say.interval(s.low, s.high)})"
    return cells, "slice on" if chosen else "slice", title
