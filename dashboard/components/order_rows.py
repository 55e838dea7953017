"""Orders of a query, sorted and paged by the database: only the rows on the screen ever leave it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import ibis
import pandas as pd

from dashboard.components.question import Question
from dashboard.components.tally import ALL
from kpis.evaluate import rows_behind
from kpis.timeliness import closed_at, is_open
from kpis.types import known
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


def sorts_of(model: Sequence[Mapping[str, Any]] | None) -> list[Sort]:
    """The grid's sort model."""
    return [Sort(str(m.get("colId")), m.get("sort") == "desc") for m in model or ()]


@dataclass(frozen=True)
class Page:
    """Rows `offset`.. of a list of `total`."""

    table: str
    total: int
    rows: pd.DataFrame


def orders(question: Question) -> tuple[str, ibis.Table]:
    """The canonical table the rows are of, and their expression; unsorted, unlimited, all columns."""
    query = question.query
    definition = question.catalogue[query.kpi] if query.kpi else ALL["work_orders"]
    asked = question.asked
    if definition.table == "surveys":
        asked["where"].pop("channel", None)  # a survey's channel is not the order's
    option = question.option(definition)
    t = rows_behind(question.reader, definition, option, now=question.now, outcome=query.outcome, **asked)
    if definition.table == "work_orders" and query.state != "all":
        t = t.filter(is_open(t) if query.state == "open" else ~is_open(t))
    return definition.table, t


def _cut(table: str, t: ibis.Table) -> ibis.Table:
    """`t` with the list's columns only, those of the running clock added."""
    if table == "surveys":
        return t.select(*SURVEY_COLUMNS)
    nothing = ibis.null(NOW.type())
    running = ibis.ifelse(known(t.arrived_at).isnull(), t.arrival_due_at, t.restoration_due_at)
    due = ibis.ifelse(is_open(t), running, nothing)
    return t.select(*ORDER_COLUMNS, is_open=is_open(t), ended_at=closed_at(t), due_at=due)


def total(question: Question, rows: ibis.Table) -> int:
    """How many rows there are."""
    return int(question.reader.frame(rows.aggregate(n=rows.count()), question.now)["n"].iloc[0])


def page(question: Question, sorts: Sequence[Sort] = (), offset: int = 0, limit: int = LONGEST_PAGE) -> Page:
    """One page. Without a sort: what runs out first, then the newest."""
    table, rows = orders(question)
    limit = max(0, min(limit, LONGEST_PAGE))
    asked = [s for s in sorts if s.column in SORTABLE[table]]
    order = {s.column: s for s in (*USUAL[table], *reversed(asked))}  # a column is sorted by once: as asked first
    names = dict.fromkeys(s.column for s in (*asked, *USUAL[table]))
    shown = _cut(table, rows)
    shown = shown.order_by([_order(shown, order[name]) for name in names]).limit(limit, offset=max(0, offset))
    return Page(table, total(question, rows), question.reader.frame(shown, question.now))


def _order(rows: ibis.Table, sort: Sort) -> Any:
    column = rows[sort.column]
    return ibis.desc(column, nulls_first=False) if sort.descending else ibis.asc(column, nulls_first=False)
