"""Orders of a query, sorted and paged by the database: only the rows on the screen ever leave it."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, Final

import ibis
import pandas as pd

from dashboard.components.question import Question
from dashboard.components.tally import ALL, Tally, counted
from kpis.evaluate import rows_of
from kpis.measures import judged
from kpis.orders import closed_at, is_open, ours_to_restore
from kpis.types import Definition, known
from store.facts.compile import number_hole, text_hole
from store.facts.schema import NOW

LONGEST_PAGE: Final = 200


_PLAIN: Final = ("source", "source_key", "order_no", "category", "channel", "county", "station", "feeder")
_STAGES: Final = ("dispatched_at", "received_at", "arrived_at", "contacted_at", "replied_at", "restored_at")
ORDER_COLUMNS: Final = (
    *_PLAIN,
    *("accepted_at", *_STAGES, "archived_at"),
    *("status", "parent_order_no", "call_count", "arrival_due_at", "restoration_due_at", "previous_complaint_at"),
)
SURVEY_COLUMNS: Final = (
    *("source", "source_key", "survey_no", "order_no", "asked_at", "answered_at", "county", "station", "category"),
    *("channel", "outcome", "score", "scale_min", "scale_max", "is_satisfied"),
)
# What the grid may sort by. Anything else in a request is refused by being left out.
SORTABLE: Final[Mapping[str, frozenset[str]]] = {
    "work_orders": frozenset(
        ("order_no", "accepted_at", "county", "station", "feeder", "category", "channel", "call_count", "due_at")
    ),
    "surveys": frozenset(("survey_no", "order_no", "asked_at", "county", "station", "category", "outcome", "score")),
}


@dataclass(frozen=True)
class Sort:
    """One column of the grid's sort model."""

    column: str
    descending: bool = False


# The order nobody asked for: what runs out first, then the newest. It ends with the key, so that pages neither repeat
# nor skip a row.
_KEY: Final = (Sort("source"), Sort("source_key"))
USUAL: Final = {
    "work_orders": (Sort("due_at"), Sort("accepted_at", descending=True), *_KEY),
    "surveys": (Sort("asked_at", descending=True), *_KEY),
}


def sorts_of(text: str) -> list[Sort]:
    """Columns separated by commas, those that descend with a minus."""
    return [Sort(one.removeprefix("-"), one.startswith("-")) for one in text.split(",") if one]


@dataclass(frozen=True)
class Page:
    """Rows `offset`.. of a list of `total`."""

    table: str
    total: int
    rows: pd.DataFrame


def orders(question: Question) -> tuple[str, ibis.Table]:
    """The canonical table the rows are of, and their expression; unsorted, unlimited, all columns."""
    q = _narrowed(question)
    query, definition = q.query, _definition(q)
    t = rows_of(q.reader, definition, q.option(definition), outcome=query.outcome, **q.asked)
    return definition.table, _in_state(t, query.state)


def table_of(question: Question) -> str:
    """The canonical table the rows are of."""
    return _definition(question).table


def _definition(question: Question) -> Definition:
    return question.catalogue[question.query.kpi] if question.query.kpi else ALL["work_orders"]


def _narrowed(question: Question) -> Question:
    """Without what can not hold for the rows: a survey's channel is not the order's."""
    if table_of(question) == "surveys":
        return replace(question, query=replace(question.query, channel=None))
    return question


def _rows(question: Question) -> ibis.Table:
    """The rows behind the query, with holes for what its values are."""
    definition = _definition(question)
    option = question.option(definition)
    start, end = question.period
    t = question.narrowed(rows_of(question.reader, definition, option, start=start, end=end), definition)
    outcome, state = (ibis.literal(text_hole(name)) for name in ("outcome", "state"))
    if question.query.kpi:
        _, success = judged(t, definition, option)
        t = t.filter(outcome.isnull() | (success == (outcome == "success")))
    if "restored_at" in t.columns:
        t = t.filter((state == "all") | (is_open(t) == (state == "open")))
    return t


def _in_state(t: ibis.Table, state: str) -> ibis.Table:
    if state == "all" or "restored_at" not in t.columns:
        return t
    return t.filter(is_open(t) if state == "open" else ~is_open(t))


def _ask(question: Question, what: Hashable, make: Callable[[], ibis.Table], **more: Any) -> pd.DataFrame:
    """The rows of `make`, which is called once for all filters, outcomes and states of a definition."""
    query, definition = question.query, _definition(question)
    shape = (what, definition, question.option(definition), bool(query.kpi), question.beyond)
    values = {**question.values, "outcome": query.outcome, "state": query.state, **more}
    return question.reader.ask(shape, make, question.now, values)


def _cut(table: str, t: ibis.Table) -> ibis.Table:
    """`t` with the list's columns only, those of the running clock added."""
    if table == "surveys":
        return t.select(*SURVEY_COLUMNS)
    due = ibis.ifelse(is_open(t), _running(t), ibis.null(NOW.type()))
    kept = [name for name in ORDER_COLUMNS if name != "restoration_due_at"]
    own = {"restoration_due_at": _restoration_due(t), "due_at": due}
    return t.select(*kept, is_open=is_open(t), ended_at=closed_at(t), **own)


def _restoration_due(t: ibis.Table) -> Any:
    """As the figures and the wall have it: nobody promised to restore what is the customer's own."""
    return ibis.ifelse(ours_to_restore(t), t.restoration_due_at, ibis.null(NOW.type()))


def _running(t: ibis.Table) -> Any:
    """The limit of the clock that runs while the order is open."""
    return ibis.ifelse(known(t.arrived_at).isnull(), t.arrival_due_at, _restoration_due(t))


def total(question: Question, found: Mapping[str, Tally] = MappingProxyType({})) -> int:
    """How many rows there are. `found`: tallies of the question that are known already."""
    query = question.query
    has_parts = bool(_definition(question).parts)  # it counts promises, and the list is of orders
    if query.kpi and not has_parts and (query.state == "all" or table_of(question) == "surveys"):
        if tally := found.get(query.kpi):
            n, good = int(tally.total["n"]), int(tally.total["successes"])
            return {"success": good, "failure": n - good}.get(str(query.outcome), n)
        return counted(question)
    q = _narrowed(question)

    def make() -> ibis.Table:
        rows = _rows(q)
        return rows.aggregate(n=rows.count())

    return int(_ask(q, "total", make)["n"].iloc[0])


def page(question: Question, sorts: Sequence[Sort] = (), offset: int = 0, limit: int = LONGEST_PAGE) -> Page:
    """One page of `rows`, and how many rows there are."""
    return Page(table_of(question), total(question), rows(question, sorts, offset, limit))


def rows(question: Question, sorts: Sequence[Sort] = (), offset: int = 0, limit: int = LONGEST_PAGE) -> pd.DataFrame:
    """Some rows. Without a sort: what runs out first, then the newest."""
    table, q = table_of(question), _narrowed(question)
    limit, offset = max(0, min(limit, LONGEST_PAGE)), max(0, offset)
    asked = [s for s in sorts if s.column in SORTABLE[table]]
    if asked or table == "surveys":
        return _slice(q, _order_of(table, asked), "all", offset, limit)
    return _usual(q, offset, limit)


def _usual(question: Question, offset: int, limit: int) -> pd.DataFrame:
    """A page in the order nobody asked for. Few orders have a clock that runs: these, then the others by their time
    alone, are found far faster than both sorted at once."""
    running = _slice(question, USUAL["work_orders"], "running", offset, limit)
    if len(running) == limit:
        return running
    many = offset + len(running) if len(running) else 0
    if offset and not len(running):
        many = _many_running(question)
    others = _slice(question, USUAL["work_orders"][1:], "others", max(0, offset - many), limit - len(running))
    if running.empty or others.empty:
        return others if running.empty else running
    return pd.concat([running, others], ignore_index=True)


def _order_of(table: str, asked: Sequence[Sort]) -> tuple[Sort, ...]:
    """As asked first, then as usual; a column is sorted by once."""
    order = {s.column: s for s in (*USUAL[table], *reversed(asked))}
    return tuple(order[name] for name in dict.fromkeys(s.column for s in (*asked, *USUAL[table])))


def _part(question: Question, part: str) -> ibis.Table:
    """The list's columns of all rows, of those whose clock runs, or of the others."""
    rows = _rows(question)
    if part == "running":
        rows = rows.filter(is_open(rows), _running(rows).notnull())
    elif part == "others":
        rows = rows.filter(~is_open(rows) | _running(rows).isnull())
    return _cut(table_of(question), rows)


def _slice(question: Question, order: Sequence[Sort], part: str, offset: int, limit: int) -> pd.DataFrame:
    def make() -> ibis.Table:
        shown = _part(question, part)
        ordered = shown.order_by([_order(shown, sort) for sort in order])
        return ordered.limit(number_hole("limit"), offset=number_hole("offset"))

    return _ask(question, ("page", tuple(order), part), make, limit=limit, offset=offset)


def _many_running(question: Question) -> int:
    def make() -> ibis.Table:
        rows = _part(question, "running")
        return rows.aggregate(n=rows.count())

    return int(_ask(question, "running", make)["n"].iloc[0])


def whole(question: Question) -> tuple[str, ibis.Table]:
    """The canonical table and all rows of the list in its usual order, for reading in batches."""
    table, rows = orders(question)
    shown = _cut(table, rows)
    return table, shown.order_by([_order(shown, sort) for sort in USUAL[table]])


def _order(rows: ibis.Table, sort: Sort) -> Any:
    column = rows[sort.column]
    return ibis.desc(column, nulls_first=False) if sort.descending else ibis.asc(column, nulls_first=False)
