"""Tables of the pages Repeats and Satisfaction: a few columns, the most pressing rows, and how many more there are."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import pandas as pd
from dash import dcc, html

from dashboard.components import dims, export_links, figure_table, headline, narrowing, stand, terms
from dashboard.components import format as say
from dashboard.components.look import Page
from dashboard.components.order_answers import Asked, as_of
from dashboard.components.order_course import WORD
from dashboard.components.stand import Stand
from kpis.switching import PATH

MOST: Final = 15  # rows of a table; the head says how many there are
Head = tuple[str, str]  # text and class of a column


def notice(page: Page) -> list[Any]:
    """What narrows the page and stands in no control, and what was not understood."""
    return narrowing.shown(page.asked, page.faults, page.kept, has_controls=True)


def figures(page: Page, headlines: Sequence[str], keys: Sequence[str]) -> tuple[list[Any], Any]:
    """The tiles of `headlines`, and the table of all rates and means of `keys`."""
    asked, found, age, choose = page.asked, stands(page.asked, keys), as_of(page.asked), page.choose()
    tiles = [headline.tile(asked, found[key], age, page.names, choose[key]) for key in headlines if key in found]
    shown = [one for one in found.values() if one.definition.statistic in ("rate", "mean")]
    return tiles, figure_table.rates(asked, shown, age, page.names, choose)


def stands(asked: Asked, keys: Sequence[str]) -> dict[str, Stand]:
    """The figures of `keys` in the period of the address, by key."""
    catalogue = asked.question.catalogue
    mine = [catalogue[key] for key in keys if key in catalogue]
    found = stand.stands(asked.question, mine, asked.house.settings.site.tz, beside=True)
    return {one.definition.key: one for one in found}


def within_unit(asked: Asked, frame: pd.DataFrame) -> pd.DataFrame:
    """The rows of the unit that the address names; all without one."""
    code = asked.query.unit
    if not code:
        return frame
    names = [name for name in (*PATH, "feeder") if name in frame.columns]
    inside: pd.DataFrame = frame[(frame[names] == code).any(axis=1)]
    return inside


def table(label: str, heads: Sequence[Head], rows: Sequence[Sequence[Any]]) -> html.Div:
    """A table that scrolls within itself where the window is narrow; the keyboard reaches it."""
    head = html.Thead(html.Tr([html.Th(text, className=kind, scope="col") for text, kind in heads]))
    body = html.Tbody([html.Tr([_cell(i, cell, heads[i][1]) for i, cell in enumerate(row)]) for row in rows])
    inside = html.Table([head, body], className="figures")
    return html.Div(inside, className="wide-table", tabIndex="0", role="region", **{"aria-label": label})


def _cell(place: int, cell: Any, kind: str) -> Any:
    return html.Th(cell, scope="row") if place == 0 else html.Td(cell, className=kind)


@dataclass(frozen=True)
class Naming:
    """A list. `said`: what it is of; `file`: the name of its export."""

    name: str
    said: str
    file: str


def listed(asked: Asked, naming: Naming, heads: Sequence[Head], rows: Sequence[Sequence[Any]], n: int) -> Any:
    """A sheet with a list. `n`: how many rows there are, of which the first are shown."""
    t, name = asked.view.t, naming.name
    more = t("the first {n} of {all}").format(n=say.count(len(rows)), all=say.count(n)) if n > len(rows) else ""
    count = html.Span(say.count(n), className="qq") if n and not more else html.Span(more, className="qq")
    said = html.Span(naming.said, className="qq")
    head = html.Div([html.H2(name), count, said, export_links.links(asked.view, naming.file)], className="sheet-head")
    inside = table(name, heads, rows) if rows else html.P(t("None."), className="empty")
    return html.Section([head, inside], className="sheet table")


def place(asked: Asked, row: Any) -> str:
    """Station, else county, else a dash."""
    units = asked.question.units
    code = _text(row.station) or _text(row.county)
    return units.brief(code) if code else say.NONE


def order(asked: Asked, key: str, text: str) -> Any:
    """A link that opens an order by SOURCE:KEY, or :NUMBER."""
    return dcc.Link(text, href=asked.view.href("/orders", {WORD: key}), className="rows")


def moment(asked: Asked, at: Any) -> str:
    if pd.isna(at):
        return say.NONE
    now, zone = asked.question.now, asked.house.settings.site.tz
    when: datetime = at.to_pydatetime()
    return say.moment(when, now, zone, asked.view.language)


def category(asked: Asked, row: Any) -> str:
    """What an order is about: its category, and its class where the source names one."""
    found = terms.category(asked.view.t, _text(row.category))
    below = dims.worded(asked.view.t, "subcategory_1", _text(getattr(row, "subcategory_1", None)))
    return f"{found} \N{MIDDLE DOT} {below}" if below else found


def rows(frame: pd.DataFrame) -> Any:
    """The first rows one by one."""
    return every(frame.head(MOST))


def every(frame: pd.DataFrame) -> Any:
    """All rows one by one; `count` is a method of a tuple, so it is called count_."""
    return frame.rename(columns={"count": "count_"}).itertuples(index=False)


def text_of(value: Any) -> str:
    """A value that may be missing."""
    return _text(value) or say.NONE


def _text(value: Any) -> str:
    return "" if value is None or pd.isna(value) else str(value)
