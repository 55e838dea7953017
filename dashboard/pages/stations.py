"""Stations: which are at risk, and of what the risk is made."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import dash
from dash import html

from dashboard.answers import Answer, Answering, Asking
from dashboard.components import export_links, filters, frame
from dashboard.components import station_answers as answers
from dashboard.components.markup import HTML, text
from dashboard.components.station_answers import Page, page_of
from dashboard.components.view import View
from dashboard.guard import current_scope
from dashboard.house import House
from store.scope import Scope

TILES: Final = "stations-tiles"
NOTICE: Final = "stations-notice"
RANKING: Final = "stations-ranking"
RANKING_HEAD: Final = "stations-ranking-head"
SCORING: Final = "stations-scoring"
COPY: Final = "stations-copy"
PLAIN: Final = {HTML: ""}
ASKING: Final = Asking("stations", first={filters.KNOWN: ""})


def content(view: View) -> list[Any]:
    """The page without data."""
    t = view.t
    copy = html.Button(t("Copy link"), id=COPY, className="btn", type="button", **{"data-done": t("Copied")})
    end = [export_links.links(view, "stations"), copy]
    figures = {"aria-label": t("figures")}
    return [
        html.H1(t("Stations"), className="unseen"),
        filters.bar(view, end, (), of_orders=False),
        html.Div(id=NOTICE, className="narrowed", **PLAIN),
        html.Div(
            [
                html.Section(id=TILES, className="sheet kpis", **figures, **PLAIN),
                _sheet(t("Stations by risk"), RANKING, RANKING_HEAD),
                _sheet(t("How it is scored"), SCORING),
            ],
            className="timeliness-area stations-area",
        ),
    ]


def _sheet(name: str, id_: str, head: str | None = None) -> html.Section:
    parts = [html.H2(name), *([html.Span(id=head, className="qq", **PLAIN)] if head else [])]
    return html.Section([html.Div(parts, className="sheet-head"), html.Div(id=id_, **PLAIN)], className="sheet table")


def register(_app: dash.Dash, house: House) -> None:
    """The page at /stations."""
    frame.register_page(house, "stations", answers.PATH, "Stations", content, ASKING)


def prepare(house: House, scope: Scope) -> Iterator[None]:
    """Asks once what the page asks."""
    with house.reader(scope) as reader:
        _answer(page_of(house, reader, ""), {})
        yield


def _answer(page: Page, added: Mapping[str, str]) -> Answer:
    ranking, head = answers.ranking(page)
    said = {
        NOTICE: answers.narrowed(page),
        TILES: answers.tiles(page),
        RANKING: ranking,
        RANKING_HEAD: head,
        SCORING: answers.scoring(page),
    }
    return {"html": {id_: text(part) for id_, part in said.items()}, **filters.offered(page.asked, added)}


def _answering(answer: Callable[[Page, Mapping[str, str]], Answer]) -> Answering:
    def answered(house: House, search: str, added: Mapping[str, str]) -> Answer:
        with house.reader(current_scope()) as reader:
            return answer(page_of(house, reader, search), added)

    return answered


ANSWERS: Final[Mapping[str, Answering]] = {"stations": _answering(_answer)}
