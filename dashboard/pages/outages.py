"""Outages: how reliable supply was, what runs now, what is planned, where it is worst, whom it touches."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import dash
from dash import html

from dashboard.answers import Answer, Answering, Asking, Part
from dashboard.components import export_links, filters, frame
from dashboard.components import outage_figures as figures
from dashboard.components import outage_lists as lists
from dashboard.components.outage_page import PATH, Page, page_of
from dashboard.components.page_parts import PLAIN, answering, sheet, texts
from dashboard.components.view import View
from dashboard.house import House
from store.scope import Scope

TILES: Final = "outages-tiles"
NOTICE: Final = "outages-notice"
SETTLED: Final = "outages-settled"  # what is provisional or left out
RUNNING: Final = "outages-running"
RUNNING_HEAD: Final = "outages-running-head"
PLANS: Final = "outages-plans"
PLANS_HEAD: Final = "outages-plans-head"
UNITS: Final = "outages-units"
AREAS: Final = "outages-areas"
AREAS_HEAD: Final = "outages-areas-head"
ESTIMATES: Final = "outages-estimates"
PEOPLE: Final = "outages-people"
PEOPLE_HEAD: Final = "outages-people-head"
COPY: Final = "outages-copy"
_PERIOD: Final = ("period", "from", "to")
ASKING: Final = Asking(
    "outages",
    first={filters.KNOWN: ""},
    parts=(
        Part("outages-now", without=_PERIOD),
        Part("outages-units"),
        Part("outages-areas"),
        Part("outages-people", without=_PERIOD),
    ),
)


def content(view: View) -> list[Any]:
    """The page without data."""
    t = view.t

    def file(list_: str) -> list[Any]:
        return [export_links.links(view, list_)]  # a place is called as its list

    end = [html.Button(t("Copy link"), id=COPY, className="btn", type="button", **{"data-done": t("Copied")})]
    named = {"aria-label": t("figures")}
    return [
        html.H1(t("Outages"), className="unseen"),
        filters.bar(view, end, (), of_orders=False),
        html.Div(id=NOTICE, className="narrowed", **PLAIN),
        html.Div(
            [
                html.Section(id=TILES, className="sheet kpis", **named, **PLAIN),
                html.Div(id=SETTLED, className="settled", **PLAIN),
                sheet(t("Running now"), RUNNING, RUNNING_HEAD, beside=file(RUNNING)),
                html.Div(
                    [
                        sheet(t("By unit"), UNITS, kind="half", beside=file(UNITS)),
                        sheet(t("Estimates of restoration"), ESTIMATES, kind="half"),
                    ],
                    className="stacked",
                ),
                sheet(
                    t("Areas most often without supply"),
                    AREAS,
                    AREAS_HEAD,
                    kind="half",
                    beside=file(AREAS),
                ),
                sheet(t("People to look after"), PEOPLE, PEOPLE_HEAD, beside=file(PEOPLE)),
                sheet(t("Planned work"), PLANS, PLANS_HEAD, beside=file(PLANS)),
            ],
            className="timeliness-area outages-area",
        ),
    ]


def register(_app: dash.Dash, house: House) -> None:
    """The page at /outages."""
    frame.register_page(house, "outages", PATH, "Outages", content, ASKING)


def prepare(house: House, scope: Scope) -> Iterator[None]:
    """Asks once what the page asks, because the SQL of a question nobody has asked yet has to be made."""
    with house.reader(scope) as reader:
        page = page_of(house, reader, "")
        for answer in (_figures, _now, _units, _areas):
            answer(page, {})
            yield


def _figures(page: Page, added: Mapping[str, str]) -> Answer:
    said = {
        NOTICE: figures.narrowed(page),
        TILES: figures.tiles(page),
        SETTLED: figures.provisional(page),
        ESTIMATES: figures.estimates(page),
    }
    return {"html": texts(said), **filters.offered(page.asked, added)}


def _now(page: Page, _added: Mapping[str, str]) -> Answer:
    (running, running_head), (plans, plans_head) = lists.running(page), lists.plans(page)
    said = {RUNNING: running, RUNNING_HEAD: running_head, PLANS: plans, PLANS_HEAD: plans_head}
    return {"html": texts(said)}


def _units(page: Page, _added: Mapping[str, str]) -> Answer:
    return {"html": texts({UNITS: figures.by_unit(page)})}


def _areas(page: Page, _added: Mapping[str, str]) -> Answer:
    areas, head = lists.worst_areas(page)
    return {"html": texts({AREAS: areas, AREAS_HEAD: head})}


def _people(page: Page, _added: Mapping[str, str]) -> Answer:
    people, head = lists.looked_after(page)
    return {"html": texts({PEOPLE: people, PEOPLE_HEAD: head})}


ANSWERS: Final[Mapping[str, Answering]] = {
    "outages": answering(page_of, _figures),
    "outages-now": answering(page_of, _now),
    "outages-units": answering(page_of, _units),
    "outages-areas": answering(page_of, _areas),
    "outages-people": answering(page_of, _people),
}
