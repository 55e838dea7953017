"""The frame every page of the browser stands in: name, menu, open alerts, age of the data, theme, language, user."""

from collections.abc import Callable, Sequence
from typing import Any, Final

import dash
import orjson
from dash import ClientsideFunction, Input, Output, dcc, html

from dashboard.access.gate import current_visitor
from dashboard.access.roles import act_of, may
from dashboard.answers import Asking
from dashboard.components import meanings
from dashboard.components.allowed import refusal
from dashboard.components.markup import HTML, text
from dashboard.components.query import args_of
from dashboard.components.view import CARRIED, LANG_TAG, OTHER, THEMES, View, view_of
from dashboard.guard import current_scope
from dashboard.house import House

AT: Final = "at"  # the page's own location: writing it moves the browser without losing the page
HEADER: Final = "frame-header"
MENU: Final = "frame-menu"
LIVE_COUNTS: Final = "frame-alerts"  # filled by assets/desk-frame.js from the live parts
LIVE_AGES: Final = "frame-ages"
LANGUAGE: Final = "frame-language"
THEME_CHOICE: Final = "frame-theme"
PRINT_HEAD: Final = "frame-print"  # what stands over a printed page; filled by assets/desk-print.js
PRINT_ROWS: Final = "frame-print-rows"
MAIN: Final = "main"
ANSWER: Final = "data-answer"  # on MAIN: what assets/desk-address.js asks
ARRIVED: Final = "frame-arrived"  # what the script that looks at each new page gives its nothing to
BEAT: Final = "beat"  # raised by assets/desk.js when something changed or time went by

Layout = Callable[[View], Sequence[Any]]


def register_page(
    house: House, module: str, path: str, name: str, content: Layout, asking: Asking | None = None
) -> None:
    """Registers a page at `path` whose `content` stands in the frame. `name` is its msgid in the menu, `asking` what
    fills it where no callback does.

    The router asks for a page again whenever the query changes; the page follows its query itself, so that a grid's
    scroll place or a half-written note is not lost.
    """

    def layout(**_words: Any) -> Any:
        if {t["prop_id"] for t in dash.ctx.triggered} == {"_pages_location.search"}:
            raise dash.exceptions.PreventUpdate
        view = _view(house)
        if refused := refusal(view.t, act_of(path)):  # the address alone is looked at by the gate
            return page(house, view, path, [html.P(refused, className="said wrong", role="alert")])
        return page(house, view, path, content(view), asking)

    def title() -> str:
        view = _view(house)
        return f"{view.t('Lightkeeper')} \N{MIDDLE DOT} {view.t(name)}"

    dash.register_page(module, path=path, title=title, name=name, layout=layout, asking=asking)


def _view(house: House) -> View:
    """As the address asks for it: Dash hands over its words as lists where one stands twice."""
    return view_of(args_of(dash.ctx.inputs.get("_pages_location.search")), house.settings.site.language)


def site_name(house: House, view: View) -> str:
    return house.settings.site.name if view.language == "zh" else house.settings.site.name_en


def has_orders(house: House) -> bool:
    """Whether a source feeds orders or revisits: a site may watch outages only."""
    tables = {mapping.into for source in house.settings.sources.values() for mapping in source.tables}
    return not tables or bool(tables & {"work_orders", "surveys"})


def has_outages(house: House) -> bool:
    """Whether a source feeds outages."""
    tables = {mapping.into for source in house.settings.sources.values() for mapping in source.tables}
    return not tables or "outages" in tables


def home(house: House) -> str:
    """The page that stands at `/`."""
    return "/orders" if has_orders(house) else "/alerts"


def menu(house: House, view: View) -> list[tuple[str, str]]:
    """Pages whose data exist: (path, name)."""
    t = view.t
    figures = [("/repeats", t("Repeats##page")), ("/satisfaction", t("Satisfaction##page"))]
    pages = [("/timeliness", t("Timeliness")), *figures, ("/orders", t("Orders"))] if has_orders(house) else []
    pages += [("/outages", t("Outages"))] if has_outages(house) else []
    pages += [("/hotspots", t("Hotspots"))] if has_orders(house) else []
    pages += [("/stations", t("Stations"))] if has_orders(house) else []
    pages += [("/alerts", t("Alerts")), ("/duty", t("Duty")), ("/alarms", t("Alarm health"))]
    pages += [("/phones", t("Phones"))] if house.phones is not None else []
    pages += [("/definitions", t("Definitions"))] if house.catalogue else []
    pages += [("/sources", t("Sources##page"))]
    mine = [("/rules", t("Rules"))]
    mine += [("/audit", t("Audit log")), ("/access", t("Administration"))] if house.settings.access else []
    return pages + [(path, name) for path, name in mine if may(current_scope().role, act_of(path))]


def asking_of(path: str) -> Asking | None:
    """What fills the page at `path`; None where callbacks do."""
    return next((p.get("asking") for p in dash.page_registry.values() if p["path"] == path), None)


def page(house: House, view: View, path: str, content: Sequence[Any], asking: Asking | None = None) -> html.Div:
    """`content` in the frame."""
    here = home(house) if path == "/" else path
    asks = {ANSWER: orjson.dumps(asking.data()).decode()} if asking else {}
    return html.Div(
        [
            dcc.Location(id=AT, refresh="callback-nav"),
            dcc.Store(id=BEAT, data=0),
            dcc.Store(id=ARRIVED),
            html.A(view.t("skip to content"), href=f"#{MAIN}", className="skip"),
            _top(house, view, here),
            html.Div(id=PRINT_HEAD, className="print-head", **{"data-site": site_name(house, view)}),
            html.Main(list(content), id=MAIN, className=f"page {here.strip('/')}", tabIndex="-1", **asks),
            html.Div(id=PRINT_ROWS, className="print-rows"),
        ],
        className="desk",
        lang=LANG_TAG[view.language],
    )


def _top(house: House, view: View, here: str) -> html.Header:
    """On a phone the button opens what stands behind it: pages, then theme, language and user."""
    t = view.t
    links = [_link(view, path, name, here) for path, name in menu(house, view)]
    opens = {"aria-expanded": "false", "aria-controls": MENU}
    pages = {"aria-label": t("pages"), "data-carried": " ".join(CARRIED)}
    counts = html.Div(id=LIVE_COUNTS, className="counts", role="group", **{"aria-label": t("open alerts")})
    parts = [
        html.Span(t("Lightkeeper"), className="brand"),
        html.Button(t("Menu"), type="button", className="btn menu-button", **opens),
        html.Nav([*links, *_walls(view, list(house.settings.walls))], id=MENU, className="menu", **pages),
        html.Div(
            [
                html.Div(id=LIVE_AGES, className="ages"),
                html.Div([counts, meanings.explained(view, meanings.HEADER)], className="counted"),
            ],
            className="now",
        ),
        _own(house, view),
    ]
    return html.Header(id=HEADER, className="top", **{HTML: text(parts)})


def _own(house: House, view: View) -> html.Div:
    """The reader's own: theme, language, and who they are."""
    t = view.t
    names = {"light": t("light"), "dark": t("dark"), "auto": t("as the system")}
    language, word = OTHER[view.language]
    switch = {"lang": LANG_TAG[language], "hrefLang": language}
    user = html.Span(current_scope().user, title=t("signed in as"))
    leave = html.Form(
        html.Button(t("Sign out"), type="submit", className="btn plain"), method="POST", action="/sign-out"
    )
    return html.Div(
        [
            html.Select(
                [html.Option(names[name], value=name) for name in THEMES],
                id=THEME_CHOICE,
                className="plain-select",
                **{"aria-label": t("theme")},
            ),
            html.A(word, id=LANGUAGE, href=view.switched().href(""), **switch),
            html.Span([html.Span(site_name(house, view)), " ", user], className="user"),
            *([leave] if current_visitor() else []),
        ],
        className="own",
    )


def _link(view: View, path: str, name: str, here: str) -> Any:
    """assets/desk-frame.js keeps the filters of the address in it."""
    if path == here:
        return html.A(name, href=view.onward(path), className="on", **{"aria-current": "page", "data-page": path})
    return html.A(name, href=view.onward(path), **{"data-page": path, "data-link": ""})


def _walls(view: View, names: list[str]) -> list[Any]:
    """The way to the walls: they are pages of their own, so these are plain links; several stand behind one word."""
    word = view.t("Wall")
    if len(names) <= 1:
        return [html.A(word, href=f"/wall/{name}") for name in names]
    links = [html.A(name, href=f"/wall/{name}") for name in names]
    return [html.Details([html.Summary(word), html.Div(links)], className="walls")]


def register(app: dash.Dash, _house: House) -> None:
    """The callback every page shares; the browser answers it itself."""
    app.clientside_callback(ClientsideFunction("frame", "arrived"), Output(ARRIVED, "data"), Input(AT, "href"))
