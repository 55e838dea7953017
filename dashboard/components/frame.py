"""The frame every page of the browser stands in: name, navigation, open alerts, age of the data, language."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import dash
import dash_mantine_components as dmc
from dash import ClientsideFunction, Input, Output, State, dcc, html

from dashboard.components.format import Language
from dashboard.components.query import args_of
from dashboard.components.view import LANG_TAG, OTHER, View, view_of
from dashboard.guard import current_scope
from dashboard.house import House

AT: Final = "at"  # the page's own location: writing it moves the browser without losing the page
LIVE_COUNTS: Final = "frame-alerts"  # filled by assets/desk.js from the live parts
LIVE_AGES: Final = "frame-ages"
LANGUAGE: Final = "frame-language"
MAIN: Final = "main"
BEAT: Final = "beat"  # raised by assets/desk.js when something changed or time went by

# One neutral ramp for Mantine: its accent hue would look like a level.
_NEUTRAL: Final = [
    "#f4f4f1",
    "#ebebe7",
    "#dcdcd7",
    "#b9b9b3",
    "#8b8b85",
    "#65655f",
    "#454542",
    "#2a2a29",
    "#1f1f1e",
    "#191918",
]
THEME: Final = {
    "primaryColor": "neutral",
    "colors": {"neutral": _NEUTRAL},
    "defaultRadius": 4,
    "fontFamily": "var(--font)",
    "fontSizes": {"xs": "12px", "sm": "14px", "md": "14px"},
}

Layout = Callable[[View], Sequence[Any]]


def register_page(house: House, module: str, path: str, name: str, content: Layout) -> None:
    """Registers a page at `path` whose `content` stands in the frame. `name` is its msgid in the menu.

    The router asks for a page again whenever the query changes; the page follows its query itself, so that a grid's
    scroll place or a half-written note is not lost.
    """

    def layout(**query: str) -> Any:
        if {t["prop_id"] for t in dash.ctx.triggered} == {"_pages_location.search"}:
            raise dash.exceptions.PreventUpdate
        view = view_of(query, house.settings.site.language)
        return page(house, view, path, content(view))

    def title() -> str:
        asked = args_of(dash.ctx.inputs.get("_pages_location.search"))
        view = view_of(asked, house.settings.site.language)
        return f"{view.t('Lightkeeper')} \N{MIDDLE DOT} {view.t(name)}"

    dash.register_page(module, path=path, title=title, name=name, layout=layout)


def site_name(house: House, view: View) -> str:
    return house.settings.site.name if view.language == "zh" else house.settings.site.name_en


def menu(house: House, view: View) -> list[tuple[str, str]]:
    """Pages whose data exist: (path, name)."""
    t = view.t
    pages = [("/orders", t("Orders")), ("/alerts", t("Alerts"))]
    return [*pages, ("/phones", t("Phones"))] if house.phones is not None else pages


def page(house: House, view: View, path: str, content: Sequence[Any]) -> dmc.MantineProvider:
    """`content` in the frame."""
    here = "/orders" if path == "/" else path
    return dmc.MantineProvider(
        html.Div(
            [
                dcc.Location(id=AT, refresh="callback-nav"),
                dcc.Store(id=BEAT, data=0),
                html.A(view.t("skip to content"), href=f"#{MAIN}", className="skip"),
                _top(house, view, here),
                html.Main(list(content), id=MAIN, className=f"page {here.strip('/')}"),
            ],
            className="desk",
            lang=LANG_TAG[view.language],
            **{"data-theme": view.theme},
        ),
        theme=THEME,
        forceColorScheme=view.theme,
    )


def _top(house: House, view: View, here: str) -> html.Header:
    t = view.t
    links = [_link(view, path, name, here) for path, name in menu(house, view)]
    if house.settings.walls:
        links.append(_walls(view, list(house.settings.walls)))
    language, word = OTHER[view.language]
    user = html.Span(current_scope().user, title=t("signed in as"))
    end = [
        html.Div(id=LIVE_AGES, className="ages"),
        html.Div(id=LIVE_COUNTS, className="counts", role="group", **{"aria-label": t("open alerts")}),
        html.A(word, id=LANGUAGE, href=other_language(view, {}), lang=LANG_TAG[language]),
        html.Span([site_name(house, view), " ", user], className="user"),
    ]
    return html.Header(
        [
            html.Span(t("Lightkeeper"), className="brand"),
            html.Nav(links, **{"aria-label": t("pages")}),
            html.Div(end, className="end"),
        ],
        className="top",
    )


def _link(view: View, path: str, name: str, here: str) -> Any:
    if path == here:
        return html.A(name, href=view.href(path), className="on", **{"aria-current": "page"})
    return dcc.Link(name, href=view.href(path))


def _walls(view: View, names: list[str]) -> Any:
    """The way to the walls: they are pages of their own, so these are plain links."""
    if len(names) == 1:
        return html.A(view.t("Wall"), href=f"/wall/{names[0]}")
    return html.Span([html.A(f"{view.t('Wall')} {name}", href=f"/wall/{name}") for name in names], className="walls")


def other_language(view: View, args: Mapping[str, str]) -> str:
    """The query of this page in the other language. A plain link: the new page starts with the right words."""
    other: Language = OTHER[view.language][0]
    kept = {k: v for k, v in args.items() if k != "lang"}
    switched = View(other, view.usual, view.theme, view.t)
    return switched.href("", kept) or "?"


def register(app: dash.Dash, house: House) -> None:
    """The callbacks every page shares."""

    @app.callback(Output(LANGUAGE, "href"), Input(AT, "search"))
    async def switch(search: str | None) -> str:
        args = args_of(search)
        view = view_of(args, house.settings.site.language)
        return other_language(view, {k: v for k, v in args.items() if k != "theme"})

    app.clientside_callback(
        ClientsideFunction("desk", "draw"), Output(LIVE_COUNTS, "className"), Input(AT, "href"), State(AT, "pathname")
    )
