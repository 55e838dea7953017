"""The figures over a list: value, interval, n and target of each definition, with its definition behind a ? button."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from dash import dcc, html

from dashboard.components import format as say
from dashboard.components import marks, terms
from dashboard.components.definition import Card, button, full
from dashboard.components.query import OrderQuery
from dashboard.components.question import Question
from dashboard.components.tally import Tally, shown
from dashboard.components.view import View
from kpis.types import Definition

LEAST_N: Final = 30  # below it a rate says too little: the count is shown
Link = Callable[[OrderQuery], str]


@dataclass(frozen=True)
class Figure:
    """One value with its proof. `value`, `low`, `high` in percent; None where `n` is 0 or `unsplit`."""

    definition: Definition
    target: float | None
    n: int
    successes: int
    value: float | None = None
    low: float | None = None
    high: float | None = None
    unsplit: bool = False  # the rows of this definition do not carry a dimension that is filtered

    @property
    def is_off_target(self) -> bool:
        """The whole interval lies on the bad side: less is chance."""
        return self.n >= LEAST_N and marks.is_off(self.target, self.definition.better, self.low, self.high)

    @property
    def bad_outcome(self) -> str:
        """The rows one wants to see behind the value."""
        return "failure" if self.definition.better == "higher" else "success"

    @property
    def bad(self) -> int:
        return self.n - self.successes if self.bad_outcome == "failure" else self.successes


def figures(question: Question, found: Mapping[str, Tally]) -> list[Figure]:
    """One figure per definition that is shown, whatever list is open: a state or a KPI narrows the list only."""
    return [figure(question, d, found.get(d.key)) for d in shown(question)]


def figure(question: Question, definition: Definition, tally: Tally | None) -> Figure:
    """The value of `definition`; without a tally its rows do not carry what is filtered."""
    if tally is None:
        return Figure(definition, definition.target_of(question.option(definition)), 0, 0, unsplit=True)
    row = tally.total
    value, low, high = (None if math.isnan(row[name]) else row[name] for name in ("value", "low", "high"))
    return Figure(definition, tally.target, int(row["n"]), int(row["successes"]), value, low, high)


def tile(view: View, figure: Figure, query: OrderQuery, link: Link, as_of: str) -> html.Div:
    """A figure as the page shows it: the number opens the rows that went wrong, the count opens all rows."""
    d = figure.definition
    every = all_rows(query, d)
    chosen = " on" if query.kpi == d.key else ""
    return html.Div(
        [
            html.Div(html.B(view.t(d.label)), className="nw"),
            _value(view, figure, replace(every, outcome=figure.bad_outcome), link),
            _proof(view, figure),
            html.Div(
                [
                    button(view, f"definition-{d.key}", card(view, figure, link(every), as_of)),
                    dcc.Link(_rows(view, figure), href=link(every), className="rows") if figure.n else None,
                ],
                className="foot",
            ),
        ],
        className=f"kpi{chosen}",
        id=tile_id(d.key),
    )


def all_rows(query: OrderQuery, definition: Definition) -> OrderQuery:
    """The list of every row that `definition` counts under the filter of `query`."""
    return replace(query, kpi=definition.key, outcome=None, state="all")


def tile_id(key: str) -> str:
    return f"figure-{key}"


def _rows(view: View, figure: Figure) -> str:
    if figure.definition.table == "surveys":
        return say.counted(view.t, figure.n, "{n} answer", "{n} answers")
    return say.counted(view.t, figure.n, "{n} order", "{n} orders")


def _value(view: View, figure: Figure, bad: OrderQuery, link: Link) -> Any:
    d = figure.definition
    if figure.value is None or figure.low is None or figure.high is None:
        why = view.t("none in this period")
        if figure.unsplit:
            why = view.t("not kept by channel") if bad.channel else view.t("not counted by feeder")
        return html.Div([html.Span(say.NONE, className="none"), html.Small(why)], className="v")
    if figure.n < LEAST_N:
        number: list[Any] = [html.Span(f"{say.count(figure.successes)}/{say.count(figure.n)}")]
    else:
        number = [html.Span(say.one_decimal(figure.value)), html.U("%")]
    level = marks.shape(view.t, "orange", view.t("off target")) if figure.is_off_target else None
    label = view.t("{n} that went wrong: {label}").format(n=say.count(figure.bad), label=view.t(d.label))
    return html.Div(
        [
            level,
            dcc.Link(number, href=link(bad), className="number", title=label),
            html.Small(say.interval(figure.low, figure.high), title=view.t("95 % interval")),
        ],
        className="v",
    )


def _proof(view: View, figure: Figure) -> html.Div:
    if figure.value is None or figure.low is None or figure.high is None:
        return html.Div(className="proof")
    ends = [figure.low, figure.high, *([] if figure.target is None else [figure.target])]
    scale = marks.scale_of(ends)
    goal = None
    if figure.target is not None:
        text = view.t("target {n}").format(n=f"{figure.target:g}")
        goal = html.Span(text, className="goal-text", style={"left": scale.text_at(figure.target)})
    return html.Div(
        [marks.rail(scale, marks.Rate(figure.value, figure.low, figure.high), figure.target), goal],
        className="proof",
    )


def card(view: View, figure: Figure, every: str, as_of: str) -> Card:
    """What the figure's ? says. `every`: address of the list of all rows it counts."""
    d = figure.definition
    rows = [
        (view.t("formula"), view.t(d.formula)),
        (view.t("note"), view.t(d.note)),
        (view.t("rows"), terms.counted_by(view.t, d.table)),
        (view.t("source"), view.t(d.source)),
        (view.t("target"), say.NONE if figure.target is None else f"{figure.target:g}%"),
        (
            view.t("counted"),
            view.t("{good} of {rows}").format(good=say.count(figure.successes), rows=_rows(view, figure)),
        ),
        (view.t("interval"), view.t("Wilson, 95 %")),
        (view.t("data of"), as_of),
    ]
    behind = [(view.t("the {rows} behind it").format(rows=_rows(view, figure)), every)] if figure.n else []
    version = view.t("version {n}").format(n=d.version)
    return Card(view.t(d.label), rows, version, (*behind, full(view, d.key)), d.key)
