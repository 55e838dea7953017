"""Stations: which are at risk, and of what the risk is made."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import dash
from dash import html

from dashboard.answers import Answer, Answering, Asking
from dashboard.components import export_links, filters, frame
from dashboard.components import station_answers as answers
from dashboard.components.page_parts import PLAIN, answering, sheet, texts
from dashboard.components.station_answers import Page, page_of
from dashboard.components.view import View
from dashboard.house import House
from store.scope import Scope

TILES: Final = "stations-tiles"
NOTICE: Final = "stations-notice"
RANKING: Final = "stations-ranking"
RANKING_HEAD: Final = "stations-ranking-head"
SCORING: Final = "stations-scoring"
COPY: Final = "stations-copy"
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
                sheet(t("Stations by risk"), RANKING, RANKING_HEAD),
                sheet(t("How it is scored"), SCORING),
            ],
            className="timeliness-area stations-area",
        ),
    ]


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
    return {"html": texts(said), **filters.offered(page.asked, added)}


ANSWERS: Final[Mapping[str, Answering]] = {"stations": answering(page_of, _answer)}
