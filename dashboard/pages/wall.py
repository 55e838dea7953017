"""The wall: empty panels that assets/wall*.js fill from the live parts. Nothing here knows a figure."""

from typing import Any, Final

import dash
from dash import dcc, html

from dashboard import wall
from dashboard.components import graphs
from dashboard.house import House
from dashboard.screens import SCREENS, Panel, Screen
from settings import Wall

MAP_ID: Final = "wall-map"
GRAPH_CONFIG: Final = {**graphs.CONFIG, "staticPlot": True, "topojsonURL": wall.TOPOLOGY_PATH}


def _panel(panel: Panel) -> html.Section:
    """A place for the panel's script. The graph of the map is the only part that Dash draws."""
    inside: list[Any] = []
    if panel.name == "map":
        # The same at every draw: the script sends whole figures, and this one only reserves the place without axes.
        graph = dcc.Graph(id=MAP_ID, figure=graphs.EMPTY, config=GRAPH_CONFIG, responsive=True, className="map-graph")
        inside = [html.Div(id="wall-map-head", className="head"), graph]
    options = {f"data-{name}": str(value) for name, value in panel.options.items()}
    return html.Section(inside, className=f"panel panel-{panel.name}", **{"data-panel": panel.name}, **options)


def _screen(page: str, screen: Screen) -> html.Section:
    places = [_panel(p) for p in screen.panels]
    return html.Section(places, className=f"screen {screen.name}", **{"data-screen": screen.name, "data-page": page})


def layout(profile: Wall) -> html.Div:
    """Every screen of the profile's pages, in the order of the rotation. The script shows some of them."""
    screens = [_screen(page, screen) for page in profile.pages for screen in SCREENS[page][profile.preset]]
    return html.Div(
        [
            html.Div(id="wall-lost"),
            html.Main(
                [
                    html.Header(id="wall-head"),
                    html.Div([*screens, html.Div(id="wall-takeover")], className="screens"),
                    html.Footer(id="wall-foot", className="foot"),
                ],
                className="wall",
                id="wall",
            ),
        ]
    )


def register(app: dash.Dash, house: House) -> None:
    """The page /wall/NAME. An unknown name never comes here: the server answers 404 with the names there are."""

    def page(**_words: Any) -> html.Div:
        """By the path, because a word of the address may be called `name` too."""
        profile = wall.profile_of(house.settings, dash.ctx.inputs.get("_pages_location.pathname", ""))
        known = (f"{wall.WALL_PATH}{name}" for name in house.settings.walls)
        return layout(profile) if profile else html.Div(", ".join(known))

    dash.register_page(__name__, path_template=f"{wall.WALL_PATH}<name>", title=house.settings.site.name, layout=page)
