"""The panel with one figure's trend: what pages of figures share (assets/desk-trend.js draws)."""

from typing import Any, Final

from dash import dcc, html

from dashboard.answers import Answer
from dashboard.components import export_links, filters, graphs, trend
from dashboard.components.look import Looks
from dashboard.components.markup import text
from dashboard.components.order_answers import Asked
from dashboard.components.page_parts import PLAIN
from dashboard.components.view import View
from kpis.periods import Grain
from kpis.types import Definition

PANEL: Final = "trend"
BELOW: Final = "trend-below"
NOTE: Final = "trend-note"
CHART: Final = "trend-chart"
DRAWING: Final = "trend-drawing"  # holds the chart and says in a sentence what it shows
FIGURE: Final = "filter-figure"
EVERY: Final = "filter-every"


def section(view: View, looks: Looks, file: str) -> html.Section:
    """The panel without data. `file`: the name of its export."""
    t = view.t
    grains = [{"value": grain, "label": trend.grain_name(t, grain)} for grain in trend.GRAINS]
    head = [
        html.H2(t("Trend"), className="unseen"),
        filters.choice(t("figure"), FIGURE, looks.choices(t), looks.usual.figure),
        filters.choice(t("steps"), EVERY, grains, looks.usual.every),
        html.Span(id=NOTE, className="qq", **PLAIN),
        export_links.links(view, file),
    ]
    graph = dcc.Graph(id=CHART, figure=graphs.EMPTY, config=graphs.CONFIG, responsive=True, className="trend-graph")
    return html.Section(
        [
            html.Div(head, className="sheet-head"),
            html.Div(graph, id=DRAWING, className="trend-drawing", role="img", **{"aria-label": t("Trend")}),
            html.Div(id=BELOW, **PLAIN),
        ],
        id=PANEL,
        className="sheet trend",
    )


def answer(asked: Asked, d: Definition, every: Grain) -> Answer:
    """The chart's data, what stands beneath it, its sentence, and the note in its head."""
    found, t = trend.trend(asked, d, every), asked.view.t
    if found is None or not found.some:
        why = t("The rows of this figure do not carry this filter.") if found is None else t("No rows in this time.")
        return _answer(None, [html.P(why, className="empty")], why, "")
    note = {
        "day": t("the last {n} days"),
        "week": t("the last {n} weeks"),
        "month": t("the last {n} months"),
    }[found.grain].format(n=len(found.frame))
    return _answer(trend.drawn(asked, found), [trend.table(asked, found)], trend.finding(asked, found), note)


def _answer(drawn: dict[str, Any] | None, below: list[Any], finding: str, note: str) -> Answer:
    return {"html": {BELOW: text(below), NOTE: text(note)}, "trend": drawn, "finding": finding}
