"""The wall: empty panels that assets/wall*.js fill from the live parts. Nothing here knows a figure."""

from typing import Any, Final

import dash
from dash import dcc, html

from dashboard import wall
from dashboard.house import House

MAP_ID: Final = "wall-map"
GRAPH_CONFIG: Final = {
    "displayModeBar": False,
    "displaylogo": False,
    "staticPlot": True,
    "responsive": True,
    "showSendToCloud": False,
    "plotlyServerURL": "",
    "topojsonURL": wall.TOPOLOGY_PATH,
}
# The same at every draw: the script sends whole figures, and this one only reserves the place without axes.
EMPTY_FIGURE: Final = {
    "data": [],
    "layout": {
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "margin": {"l": 0, "r": 0, "t": 0, "b": 0},
        "xaxis": {"visible": False},
        "yaxis": {"visible": False},
    },
}


def layout() -> html.Div:
    """Containers by panel. The graph is the only part that Dash draws; the others belong to the script."""
    graph = dcc.Graph(id=MAP_ID, figure=EMPTY_FIGURE, config=GRAPH_CONFIG, responsive=True, className="map-graph")
    return html.Div(
        [
            html.Div(id="wall-lost"),
            html.Main(
                [
                    html.Header(id="wall-head"),
                    html.Div(id="wall-tiles", className="tiles"),
                    html.Section([html.Div(id="wall-map-head", className="head"), graph], className="map panel"),
                    html.Section(id="wall-repairs", className="list panel"),
                    html.Div(id="wall-side", className="side"),
                    html.Footer(id="wall-foot", className="foot"),
                ],
                className="wall",
                id="wall",
            ),
        ]
    )


def register(app: dash.Dash, house: House) -> None:
    """The page /wall/NAME. An unknown name never comes here: the server answers 404 with the names there are."""

    def page(name: str = "", **_query: Any) -> html.Div:
        known = house.settings.walls
        return layout() if name in known else html.Div(", ".join(f"{wall.WALL_PATH}{n}" for n in known))

    dash.register_page(__name__, path_template=f"{wall.WALL_PATH}<name>", title=house.settings.site.name, layout=page)
