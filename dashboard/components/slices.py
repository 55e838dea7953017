"""One figure by a dimension: a dot on its interval for each value, and the places it may have among them."""

import math
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd
from dash import dcc, html

from dashboard.components import dims, marks, stand
from dashboard.components import format as say
from dashboard.components.definition import button
from dashboard.components.headline import behind
from dashboard.components.order_answers import Asked
from dashboard.components.query import OrderQuery
from dashboard.components.tally import dim_of
from dashboard.components.valued import GRAIN, Cut, valued
from kpis.types import Definition

MOST: Final = 60  # rows on the page; the export has all
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Sliced:
    """`frame`: column slice, the columns of `values`, and first and last, the places a row may have (1 the worst).

    `dim`: what the rows are cut by; `whole`: the figure of all of them.
    """

    definition: Definition
    dim: str
    target: float | None
    frame: pd.DataFrame
    whole: stand.Stand


def sliced(asked: Asked, d: Definition, by: str) -> Sliced | None:
    """The figure by `by`, the worst first; None where its rows do not carry what is filtered or cut by."""
    question = asked.question
    dim, within = dim_of(question) if by == dims.UNIT else (by, question.query.unit)
    around = question.of_unit(within)
    found = valued(around, [d], Cut(by=dim)).get(d.key)
    if found is None:
        return None
    frame = found.assign(**{GRAIN: found[GRAIN].astype(object).where(found[GRAIN].notna(), "")})
    frame = frame.assign(**dict(zip(("first", "last"), places(frame, d.better), strict=True)))
    if dim not in dims.IN_ORDER:
        frame = frame.sort_values(["value", "n"], ascending=[d.better == "higher", False], kind="stable")
    one = stand.stands(question, [d], asked.house.settings.site.tz, compared=False)[0]
    return Sliced(d, dim, d.target_of(question.option(d)), frame.reset_index(drop=True), one)


def places(frame: pd.DataFrame, better: str | None) -> tuple[Ints, Ints]:
    """First and last place of each row from the worst on: others count only where the intervals do not overlap.

    0 where there is no interval.
    """
    low, high = (frame[name].to_numpy(dtype=np.float64) for name in ("low", "high"))
    known = ~np.isnan(low) & ~np.isnan(high) & (better is not None)
    lows, highs = np.sort(low[known]), np.sort(high[known])
    below = np.searchsorted(highs, low, side="left")  # whose interval ends before this one begins
    above = known.sum() - np.searchsorted(lows, high, side="right")
    worse, better_ones = (below, above) if better != "lower" else (above, below)
    first = np.where(known, worse + 1, 0).astype(np.int64)
    return first, np.where(known, known.sum() - better_ones, 0).astype(np.int64)


def narrowed(asked: Asked, dim: str, code: str) -> OrderQuery:
    """The query within one value of a dimension."""
    query = asked.query
    if code and dim in dims.PLACES and asked.question.units.get(code):
        return replace(query, unit=code)
    if code and dim == "category":
        return replace(query, category=code)
    if code and dim == "channel":
        return replace(query, channel=code)
    if code and dim == "customer_kind":
        return replace(query, customer=code)
    rest = tuple(pair for pair in query.more if pair[0] != dim)
    return replace(query, more=(*rest, (dim, code)))


def panel(asked: Asked, found: Sliced | None, as_of: str, look: dict[str, str]) -> list[Any]:
    """The rows, or why there are none. `look`: the words of the page that a link keeps."""
    view = asked.view
    t = view.t
    if found is None:
        return [html.P(t("The rows of this figure do not carry this; choose another."), className="empty")]
    if found.frame.empty:
        return [html.P(t("Nothing to compare in this period."), className="empty")]
    d, frame = found.definition, found.frame.head(MOST)
    scale = _scale(found)
    rows = [_row(asked, found, scale, row, look) for row in frame.itertuples(index=False)]
    head = _head(asked, found, scale)
    more = len(found.frame) - len(frame)
    said = [t("Where intervals overlap, nobody is first.")] if (frame["first"] > 0).any() else []
    if more:
        said.append(t("{n} more are in the export.").format(n=say.count(more)))
    card = button(view, "definition-slices", stand.card(asked, found.whole, behind(asked, d, n=found.whole.n), as_of))
    note = html.P([" ".join(said), card], className="qq note")
    return [html.Div([head, *rows], className="slices places"), note]


def _scale(found: Sliced) -> marks.Scale:
    frame = found.frame.head(MOST)
    known = frame[["value", "low", "high"]].to_numpy(dtype=np.float64)
    ends = [float(x) for x in known[~np.isnan(known)]] + ([] if found.target is None else [found.target])
    if found.definition.unit != "%":
        return marks.scale_of([0.0, *ends], 1.0, math.inf)
    return marks.scale_of(ends)


def _head(asked: Asked, found: Sliced, scale: marks.Scale) -> html.Div:
    view, d = asked.view, found.definition
    ends = [html.Span(_end(view, d, scale.low), className="l"), html.Span(_end(view, d, scale.high), className="h")]
    if found.target is not None:
        text = view.t("target {n}").format(n=f"{found.target:g}")
        ends = [html.Span(text, className="goal-text", style={"left": scale.text_at(found.target)})]
    cells = [
        html.Span(view.t("possible place##column"), className="place", title=view.t("1 is the worst")),
        html.Span(dims.name(view.t, found.dim)),
        html.Span("n", className="r"),
        html.Div(ends, className="axis"),
        html.Span(view.t("95 % interval"), className="unseen interval"),
        html.Span(d.unit if d.unit == "%" else "", className="r"),
    ]
    return html.Div(cells, className="slice head", **{"aria-hidden": "true"})


def _end(view: Any, d: Definition, value: float) -> str:
    return f"{value:.0f}" if d.unit != "min" else say.minutes(round(value), view.language)


def _row(asked: Asked, found: Sliced, scale: marks.Scale, row: Any, look: dict[str, str]) -> Any:
    view, d = asked.view, found.definition
    code = str(getattr(row, GRAIN))
    values = {"value": row.value, "n": row.n, "successes": row.successes, "low": row.low, "high": row.high}
    one = stand.Stand(d, found.target, values)
    name = dims.value(view, asked.question.units, found.dim, code)
    place = "" if not row.first else f"{row.first}\N{EN DASH}{row.last}" if row.first != row.last else f"{row.first}"
    low, high = one.interval or (row.value, row.value)
    text = stand.short(view, d, values)
    drawn = marks.rail(scale, marks.Rate(row.value, low, high), found.target, bad=one.is_off_target)
    cells = [
        html.Span(place, className="place qq"),
        html.Span(name, className="name"),
        html.Span(say.count(one.n), className="r qq"),
        drawn,
        html.Span(stand.span_words(view, one), className="unseen interval"),
        html.Span(text.removesuffix("%"), className="r"),
    ]
    title = f"{name} {text} ({stand.span_words(view, one)})" if one.interval else f"{name} {text}"
    query = narrowed(asked, found.dim, code)
    href = view.href(asked.path, query.args() | look)
    kind = "slice on" if query == asked.query else "slice"
    return dcc.Link(cells, href=href, className=kind, title=title)
