"""A page of twelve Plotly charts fed by the product's live script: no page of ours has so many, a later one may."""

from typing import Any, Final

import dash
import numpy as np
from dash import dcc, html

from dashboard.house import House

PATH: Final = "/bench/charts"
CHARTS: Final = 12
POINTS: Final = 200
CONFIG: Final = {"displayModeBar": False, "staticPlot": True, "plotlyServerURL": ""}
EMPTY: Final = {"data": [], "layout": {"uirevision": "stays", "height": 220}}


def part(turn: int) -> dict[str, Any]:
    """Values of all charts at `turn`."""
    chance = np.random.default_rng(turn)
    return {"values": [chance.normal(90, 4, POINTS).round(1).tolist() for _ in range(CHARTS)]}


def register(app: dash.Dash, house: House) -> None:
    graphs = [dcc.Graph(id=f"chart-{i}", figure=EMPTY, config=CONFIG, style={"height": 220}) for i in range(CHARTS)]
    grid = html.Div(graphs, style={"display": "grid", "gridTemplateColumns": "repeat(4, 1fr)"})
    dash.register_page("bench.charts", path=PATH, layout=lambda **_query: grid)
