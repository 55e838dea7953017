"""What the page of orders answers: figures, slices and rows of one address, for one reader, at one moment."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, Final

import pandas as pd
from dash import dcc, html

from dashboard.components import by_unit, figures, order_cells, order_rows, terms
from dashboard.components import format as say
from dashboard.components.definition import Card
from dashboard.components.query import BY, Fault, OrderQuery, args_of, parse
from dashboard.components.question import Question
from dashboard.components.tally import Tally
from dashboard.components.units import read_units
from dashboard.components.view import View, view_of
from dashboard.house import House
from kpis.types import Definition, ShapedReader
from store.ledger.queries import waiting_orders

NO_LOOK: Final[Mapping[str, str]] = {}
LIST_WORDS: Final = ("kpi", "outcome", "state")


@dataclass(frozen=True)
class Asked:
    """One request, understood."""

    house: House
    path: str
    view: View
    question: Question
    faults: tuple[Fault, ...]
    args: Mapping[str, str] = field(default_factory=dict)  # all words of the address

    @property
    def query(self) -> OrderQuery:
        return self.question.query

    @property
    def days(self) -> tuple[date | None, date]:
        return self.query.days(self.question.now.astimezone(self.house.settings.site.tz).date())

    def link(self, query: OrderQuery) -> str:
        """This page with another filter."""
        return self.view.href(self.path, query.args())


def understand(
    house: House, reader: ShapedReader, path: str | None, search: str | None, *, listed: bool = True
) -> Asked:
    """What the address asks. A unit nobody knows, or out of the reader's sight, or a feeder for rows that name none, is
    a fault and no filter. `listed`: the page has a list, which a figure or a state may narrow."""
    args = args_of(search)
    view = view_of(args, house.settings.site.language)
    query, faults = parse(args if listed else {w: v for w, v in args.items() if w not in LIST_WORDS}, house.catalogue)
    now = house.now()
    units = read_units(reader, view.language, now)
    known = house.catalogue[query.kpi] if query.kpi else None
    if known and (known.table not in order_rows.USUAL or known.view):  # of its rows there is no list yet
        faults.append(Fault("kpi", known.key))
        query = replace(query, kpi=None, outcome=None)
    unit, definition = units.get(query.unit), house.catalogue[query.kpi] if query.kpi else None
    unfit = unit is not None and definition is not None and unit.kind not in definition.dims
    if query.unit and (unit is None or unfit):
        faults.append(Fault("unit", query.unit))
        query = replace(query, unit=None)
    query = _carried(query, definition, faults)
    catalogue = before_exemptions(house.catalogue) if query.exempt == "before" else house.catalogue
    span = query.span(now, house.settings.site.tz)
    question = Question(reader, query, units, catalogue, house.settings.kpis, span, now)
    return Asked(house, path or "/orders", view, question, tuple(faults), args)


def _carried(query: OrderQuery, definition: Definition | None, faults: list[Fault]) -> OrderQuery:
    """`query` without what the rows of the figure that is looked at do not carry."""
    if definition is None:
        return query
    for dim, value in query.more:
        if dim not in definition.dims:
            faults.append(Fault(f"{BY}{dim}", value))
    if query.customer and "customer_kind" not in definition.dims:
        faults.append(Fault("customer", query.customer))
        query = replace(query, customer=None)
    return replace(query, more=tuple(pair for pair in query.more if pair[0] in definition.dims))


def before_exemptions(catalogue: Mapping[str, Definition]) -> Mapping[str, Definition]:
    """The same figures as if nothing were exempt."""
    return {key: _heedless(d) for key, d in catalogue.items()}


def _heedless(d: Definition) -> Definition:
    return replace(d, clock=None, parts=tuple(map(_heedless, d.parts)))


def as_of(asked: Asked) -> str:
    """Moment of the newest data behind the figures, for the definition's card."""
    parts = asked.house.board.latest("situation") or {}
    columns = parts.get("sources", {}).get("columns", {})
    pairs = zip(columns.get("feeds", ()), columns.get("as_of", ()), strict=False)
    times = [ms for feeds, ms in pairs if ms is not None and {"work_orders", "surveys"} & set(feeds)]
    if not times:
        return say.NONE
    now = asked.question.now
    at = datetime.fromtimestamp(min(times) / 1000, now.tzinfo)
    return say.moment(at, now, asked.house.settings.site.tz, asked.view.language)


def summary(asked: Asked, found: Mapping[str, Tally]) -> tuple[list[Any], list[Any]]:
    """Tiles and slices of what was counted."""
    age = as_of(asked)
    shown = figures.figures(asked.question, found)
    tiles = [figures.tile(asked.view, figure, asked.query, asked.link, age) for figure in shown]
    slices = by_unit.slices(asked.question, found)
    one = figures.figure(asked.question, slices.definition, found.get(slices.definition.key))
    card = figures.card(asked.view, one, asked.link(figures.all_rows(asked.query, slices.definition)), age)
    card = replace(card, label=asked.view.t("{label} by unit").format(label=card.label))
    return tiles, by_unit.table(asked.view, slices, card, asked.query, asked.link)


def list_card(asked: Asked) -> Card:
    """What the count over the list says."""
    t, kpi = asked.view.t, asked.query.kpi
    definition = asked.house.catalogue[kpi] if kpi else None
    table = definition.table if definition else "work_orders"
    first, last = asked.days
    language = asked.view.language
    days = say.days(first, last, language) if first else t("until {day}").format(day=say.day(last, language))
    what = t("revisits") if table == "surveys" else t("orders")
    formula = t("{rows} that match the filter, each counted once").format(rows=what)
    order = t("the latest first") if table == "surveys" else t("what runs out first on top, then the newest")
    rows = [(t("formula"), formula), (t("rows"), terms.counted_by(t, table)), (t("period"), days), (t("sorted"), order)]
    if definition:
        said = f"{t(definition.label)}, {terms.outcome(t, definition.key, asked.query.outcome)}"
        rows.append((t("only"), said.replace(", ", "，") if language == "zh" else said))
    return Card(t("number of {rows}").format(rows=what), [*rows, (t("data of"), as_of(asked))])


def cells(asked: Asked, rows: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows of the list as the grid shows them."""
    house, question = asked.house, asked.question
    waiting = waiting_orders(house.ledger)
    desk = order_cells.Desk(asked.view, question.units, house.settings.site.tz, question.now, waiting)
    return order_cells.cells(desk, order_rows.table_of(question), rows)


def counted(view: View, table: str, n: int) -> str:
    if table == "surveys":
        return say.counted(view.t, n, "{n} revisit", "{n} revisits")
    return say.counted(view.t, n, "{n} order", "{n} orders")


def why_empty(asked: Asked) -> list[Any]:
    """What would be here, and why it is not."""
    t, query = asked.view.t, asked.query
    first, last = asked.days
    what = t("Orders stand here, those that run out first on top.")
    if query.kpi and query.outcome:
        why = t("No row of this kind in this period.")
    elif first:
        days = say.days(first, last, asked.view.language)
        why = t("None matches this filter, {days}.").format(days=days)
    else:
        why = t("None matches this filter.")
    wider = [] if query == OrderQuery() else [dcc.Link(t("Show all orders of 7 days"), href=asked.link(OrderQuery()))]
    return [html.P(html.B(why)), html.P(what, className="qq"), *wider]
