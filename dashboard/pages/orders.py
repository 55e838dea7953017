"""Orders: the figures of a filter, the same by unit, and the list of orders behind them. The filter is the address."""

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any, Final

import dash
import pandas as pd
from dash import html

from dashboard.answers import AT, Answer, Asking
from dashboard.components import definition as definition_card
from dashboard.components import export_links, filters, frame, narrowing, order_drawer, order_grid, order_rows
from dashboard.components.markup import text
from dashboard.components.order_answers import Asked, cells, counted, list_card, summary, understand, why_empty
from dashboard.components.order_course import WORD
from dashboard.components.page_parts import PLAIN
from dashboard.components.tally import tallies
from dashboard.components.units import read_units
from dashboard.components.view import View
from dashboard.guard import current_scope
from dashboard.house import House
from kpis.catalogue import LIVE
from store.scope import Scope

FIGURES: Final = "orders-figures"
BY_UNIT: Final = "orders-by-unit"
BEHIND: Final = "orders-behind"
NOTICE: Final = "orders-notice"
COUNT: Final = "orders-count"
COUNTED: Final = "orders-counted"  # the definition of the count
EMPTY: Final = "orders-empty"
COPY: Final = "orders-copy"
# What the script adds to a question, beside the address (assets/desk-list.js).
ROWS: Final = "_rows"  # FIRST-END of the list; left out: no rows
SORT: Final = "_sort"  # COLUMN or -COLUMN, by commas
COLUMNS: Final = "_columns"  # the rows' table that the list has columns for
MOST_DIGITS: Final = 9  # of the number of a row


ASKING: Final = Asking(
    "orders",
    opens=(WORD,),
    first={filters.KNOWN: "", COLUMNS: "work_orders", ROWS: f"0-{order_grid.BLOCK}", SORT: ""},
)


def content(view: View) -> list[Any]:
    """The page without data: its script asks for these (`answer`)."""
    t = view.t
    end = [html.Button(t("Copy link"), id=COPY, className="btn", type="button", **{"data-done": t("Copied")})]
    return [
        html.H1(t("Orders"), className="unseen"),
        filters.bar(view, end, filters.of_list(view)),
        html.Div(id=NOTICE, **PLAIN),
        html.Div(
            [
                html.Section(id=FIGURES, className="sheet kpis", **{"aria-label": t("figures")}, **PLAIN),
                html.Section(
                    [
                        html.Div(
                            [
                                html.H2(t("Orders")),
                                html.Span(id=COUNT, className="qq", role="status", **PLAIN),
                                html.Span(id=COUNTED, **PLAIN),
                                html.Div(id=BEHIND, **PLAIN),
                                export_links.links(view, "orders"),
                            ],
                            className="sheet-head",
                        ),
                        order_grid.grid(view),
                        html.Div(id=EMPTY, className="empty", hidden=True, **PLAIN),
                    ],
                    className="sheet list",
                ),
                html.Aside(id=BY_UNIT, className="sheet units", **{"aria-label": t("By unit")}, **PLAIN),
            ],
            className="orders-grid-area",
        ),
        order_drawer.place(view.t),
    ]


def register(_app: dash.Dash, house: House) -> None:
    """The page at / and /orders."""
    if frame.home(house) == "/orders":
        frame.register_page(house, "orders_home", "/", "Orders", content, ASKING)
    frame.register_page(house, "orders", "/orders", "Orders", content, ASKING)


def answer(house: House, search: str, added: Mapping[str, str]) -> Answer:
    """All that follows the filter, and the rows that are asked for."""
    return _answer(house, current_scope(), search, added)


def prepare(house: House, scope: Scope) -> Iterator[None]:
    """Asks once what the page asks of each live figure, and by each kind of unit: a question nobody has asked yet takes
    several times as long, because its SQL has to be made."""
    with house.reader(scope) as reader:
        units = read_units(reader, house.settings.site.language, house.now())
    places = [next(iter(units.children(None, kind)), None) for kind in ("county", "station", "feeder")]
    searches = [f"unit={unit.code}" for unit in places if unit]
    searches += [f"kpi={d.key}" for d in LIVE]
    for search in ("period=all", *searches):
        _answer(house, scope, search, {**ASKING.first, AT: "/orders"})
        yield


def _answer(house: House, scope: Scope, search: str, added: Mapping[str, str]) -> Answer:
    """The rows are read beside the figures."""
    with house.reader(scope) as reader, house.reader(scope) as other, ThreadPoolExecutor(1) as beside:
        asked = understand(house, reader, added.get(AT), search)
        question = replace(asked.question, reader=other)
        listing = beside.submit(order_rows.rows, question, *_wanted(added)) if ROWS in added else None
        found = tallies(asked.question)
        tiles, slices = summary(asked, found)
        rows = _listed(asked, order_rows.total(asked.question, found), listing.result()) if listing else {}
    definition = house.catalogue[asked.query.kpi] if asked.query.kpi else None
    said = {
        FIGURES: tiles,
        BY_UNIT: slices,
        COUNTED: definition_card.button(asked.view, "definition-of-list", list_card(asked)),
        BEHIND: filters.behind(asked.view, asked.query, definition, asked.link),
        NOTICE: narrowing.shown(asked, asked.faults),
    }
    table = order_rows.table_of(asked.question)
    fitting = added.get(COLUMNS) == table  # new ones would reset the widths somebody has set
    columns = {} if fitting else {"columns": order_grid.columns(asked.view, table), "table": table}
    texts = {id_: text(part) for id_, part in said.items()} | rows.pop("html", {})
    return {"html": texts, **filters.offered(asked, added), **columns, **rows}


def rows(house: House, search: str, added: Mapping[str, str]) -> Answer:
    """Rows of the list only: what is scrolled to, or sorted anew."""
    with house.reader(current_scope()) as reader:
        asked = understand(house, reader, added.get(AT), search)
        found = order_rows.rows(asked.question, *_wanted(added))
        return _listed(asked, order_rows.total(asked.question), found)


def _wanted(added: Mapping[str, str]) -> tuple[list[order_rows.Sort], int, int]:
    """How the rows are sorted, the first one and how many. Errors: ValueError for what names no rows."""
    first, _, end = added.get(ROWS, "").partition("-")
    if not (first.isdecimal() and end.isdecimal() and max(len(first), len(end)) <= MOST_DIGITS):
        raise ValueError(f"{ROWS}={first}-{end}: no rows are meant by it; write FIRST-END, as in 0-100")
    return order_rows.sorts_of(added.get(SORT, "")), int(first), int(end) - int(first)


def _listed(asked: Asked, n: int, rows: pd.DataFrame) -> Answer:
    table = order_rows.table_of(asked.question)
    said = {COUNT: text(counted(asked.view, table, n)), EMPTY: text(why_empty(asked)) if n == 0 else ""}
    return {"rows": cells(asked, rows), "n": n, "html": said}
