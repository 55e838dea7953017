"""The page Hotspots without data: its places, its graphs, its form."""

from typing import Any, Final

from dash import dcc, html

from dashboard.components import export_links, filters, graphs, hotspot_acts
from dashboard.components.hotspot_list import LAB
from dashboard.components.page_parts import PLAIN, sheet
from dashboard.components.view import View
from dashboard.wall import TOPOLOGY_PATH

NOTICE: Final = "hotspots-notice"
COUNTS: Final = "hotspots-counts"
LIST: Final = "hotspots-list"
PROMISE: Final = "hotspots-promise"
WIDE: Final = "hotspots-wide"
ONE: Final = "hotspots-one"
MAP: Final = "hotspots-map"
MAP_HEAD: Final = "hotspots-map-head"
MAP_PLACE: Final = "hotspots-map-place"
MEMBERS: Final = "hotspots-members"
CHART: Final = "hotspots-chart"
CHART_PLACE: Final = "hotspots-chart-place"
DAYS: Final = "hotspots-days"
WORDS: Final = "hotspots-words"
ORDERS: Final = "hotspots-orders"
ORDERS_HEAD: Final = "hotspots-orders-head"
OUTAGES: Final = "hotspots-outages"
HISTORY: Final = "hotspots-history"
SAID: Final = "hotspots-said"
SHOWN: Final = "hotspots-shown"  # the number of the hotspot that the page shows, for the form
DONE: Final = "hotspots-done"  # raised after each answer, so that the page asks again
ASKED: Final = "hotspots-asked"  # what the script that asks again gives its nothing to
COPY: Final = "hotspots-copy"
MAP_GRAPH: Final = {**graphs.CONFIG, "topojsonURL": TOPOLOGY_PATH, "scrollZoom": True}
OF_ONE: Final = (ONE, MAP_HEAD, MEMBERS, DAYS, WORDS, ORDERS, ORDERS_HEAD, OUTAGES, HISTORY)


def content(view: View) -> list[Any]:
    """The page without data."""
    t = view.t
    end = [
        html.A(t("Lab"), href=view.onward(LAB), className="btn", **{"data-link": ""}),
        html.Button(t("Copy link"), id=COPY, className="btn", type="button", **{"data-done": t("Copied")}),
    ]
    return [
        html.H1(t("Hotspots"), className="unseen"),
        filters.bar(view, end, filters.of_hotspots(view), of_orders=False, timed=False),
        html.Div(id=NOTICE, className="narrowed", **PLAIN),
        html.Div(
            [
                html.Div([_list(view), _map(view), sheet(t("Main words"), WORDS, kind="")], className="hotspots-side"),
                html.Div(
                    [
                        html.Section(
                            [
                                html.Div(id=ONE, **PLAIN),
                                hotspot_acts.form(view),
                                html.Div(id=SAID, className="said", role="status"),
                            ],
                            className="sheet hotspot-head",
                        ),
                        _chart(view),
                        _orders(view),
                        sheet(t("Outages there"), OUTAGES, kind=""),
                        sheet(t("History"), HISTORY, kind=""),
                    ],
                    className="hotspots-main",
                ),
            ],
            className="hotspots-area",
        ),
        dcc.Store(id=SHOWN),
        dcc.Store(id=DONE, data=0),
        dcc.Store(id=ASKED),
    ]


def _list(view: View) -> html.Section:
    head = [html.H2(view.t("Hotspots")), html.Span(id=COUNTS, className="qq", role="status", **PLAIN)]
    head.append(export_links.links(view, "hotspots"))
    return html.Section(
        [
            html.Div(head, className="sheet-head"),
            html.Div(id=LIST, **PLAIN),
            html.Div(id=PROMISE, className="promise", **PLAIN),
            html.Div(id=WIDE, **PLAIN),
        ],
        className="sheet hotspot-list",
    )


def _orders(view: View) -> html.Section:
    masked = html.Span(view.t("names, telephone numbers and addresses are left out"), className="qq masked")
    beside = [masked, export_links.links(view, "hotspot-orders")]
    return sheet(view.t("Demands##hotspot"), ORDERS, ORDERS_HEAD, kind="", beside=beside)


def _map(view: View) -> html.Section:
    t = view.t
    graph = dcc.Graph(id=MAP, figure=graphs.EMPTY, config=MAP_GRAPH, responsive=True, className="map-graph")
    return html.Section(
        [
            html.Div(
                [html.H2(t("Where##hotspot")), html.Span(id=MAP_HEAD, className="qq", **PLAIN)], className="sheet-head"
            ),
            html.Div(graph, id=MAP_PLACE, className="map-drawing", role="img", **{"aria-label": t("Where##hotspot")}),
            html.Div(id=MEMBERS, **PLAIN),
        ],
        className="sheet",
    )


def _chart(view: View) -> html.Section:
    t = view.t
    graph = dcc.Graph(id=CHART, figure=graphs.EMPTY, config=graphs.CONFIG, responsive=True, className="days-graph")
    head = [html.H2(t("Each day against the expected")), html.Span(t("dark: above the expected"), className="qq")]
    return html.Section(
        [
            html.Div(head, className="sheet-head"),
            html.Div(graph, id=CHART_PLACE, className="days-drawing", role="img", **{"aria-label": t("Each day")}),
            html.Div(id=DAYS, **PLAIN),
        ],
        className="sheet hotspot-chart",
    )
