"""Outages: how reliable supply was, what runs now, what is planned, where it is worst, whom it touches."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import dash
from dash import html

from dashboard.answers import Answer, Answering, Asking, Part
from dashboard.components import export_links, filters, frame
from dashboard.components import outage_figures as figures
from dashboard.components import outage_lists as lists
from dashboard.components.markup import HTML, text
from dashboard.components.outage_page import PATH, Page, page_of
from dashboard.components.view import View
from dashboard.guard import current_scope
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
PLAIN: Final = {HTML: ""}
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
                _sheet(t("Running now"), RUNNING, RUNNING_HEAD),
                html.Div(
                    [
                        _sheet(t("By unit"), UNITS, wide=False, file=export_links.links(view, "outages-units")),
                        _sheet(t("Estimates of restoration"), ESTIMATES, wide=False),
                    ],
                    className="stacked",
                ),
                _sheet(
                    t("Areas most often without supply"),
                    AREAS,
                    AREAS_HEAD,
                    wide=False,
                    file=export_links.links(view, "outages-areas"),
                ),
                _sheet(t("People to look after"), PEOPLE, PEOPLE_HEAD),
                _sheet(t("Planned work"), PLANS, PLANS_HEAD),
            ],
            className="timeliness-area outages-area",
        ),
    ]


def _sheet(name: str, id_: str, head: str | None = None, *, wide: bool = True, file: Any = None) -> html.Section:
    parts = [html.H2(name), *([html.Span(id=head, className="qq", **PLAIN)] if head else []), *([file] if file else [])]
    kind = "sheet table" if wide else "sheet half"
    return html.Section([html.Div(parts, className="sheet-head"), html.Div(id=id_, **PLAIN)], className=kind)


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
    return {"html": _texts(said), **filters.offered(page.asked, added)}


def _now(page: Page, _added: Mapping[str, str]) -> Answer:
    (running, running_head), (plans, plans_head) = lists.running(page), lists.plans(page)
    said = {RUNNING: running, RUNNING_HEAD: running_head, PLANS: plans, PLANS_HEAD: plans_head}
    return {"html": _texts(said)}


def _units(page: Page, _added: Mapping[str, str]) -> Answer:
    return {"html": _texts({UNITS: figures.by_unit(page)})}


def _areas(page: Page, _added: Mapping[str, str]) -> Answer:
    areas, head = lists.worst_areas(page)
    return {"html": _texts({AREAS: areas, AREAS_HEAD: head})}


def _people(page: Page, _added: Mapping[str, str]) -> Answer:
    people, head = lists.looked_after(page)
    return {"html": _texts({PEOPLE: people, PEOPLE_HEAD: head})}


def _texts(said: Mapping[str, Any]) -> dict[str, str]:
    return {id_: text(part) for id_, part in said.items()}


def _answering(answer: Callable[[Page, Mapping[str, str]], Answer]) -> Answering:
    def answered(house: House, search: str, added: Mapping[str, str]) -> Answer:
        with house.reader(current_scope()) as reader:
            return answer(page_of(house, reader, search), added)

    return answered


ANSWERS: Final[Mapping[str, Answering]] = {
    "outages": _answering(_figures),
    "outages-now": _answering(_now),
    "outages-units": _answering(_units),
    "outages-areas": _answering(_areas),
    "outages-people": _answering(_people),
}
