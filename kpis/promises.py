"""Are promises kept as a whole, and is every complaint followed to its end?"""

from typing import Any, Final

import ibis

from kpis.orders import CLOCK, ended_at, of
from kpis.timeliness import LEFT_OUT, PROMISED
from kpis.types import Definition, Options, known
from store.facts.schema import NOW, due_column

CONNECTION: Final = ("scheme", "install", "connection")


def promised(t: ibis.Table, options: Options) -> Any:
    """Orders of which some promise is due."""
    return ibis.or_(*(part.rows(t, options).fill_null(False) for part in PROMISED))


def archived_connections(t: ibis.Table, _options: Options) -> Any:
    dated = ibis.or_(*(t[due_column(clock, "promise")].notnull() for clock in CONNECTION))
    return of(t, "service_application") & dated & known(t.archived_at).notnull()


def all_stages_in_time(t: ibis.Table, _options: Options) -> Any:
    kept = []
    for clock in CONNECTION:
        due = t[due_column(clock, "promise")]
        kept.append(due.isnull() | (ended_at(t, CLOCK[clock]) <= due).fill_null(False))
    return ibis.and_(*kept)


def complaints(t: ibis.Table, _options: Options) -> Any:
    """Complaints contacted, closed, or past their limit of contact."""
    due = t.contact_due_at
    settled = known(t.contacted_at).notnull() | known(t.replied_at).notnull() | known(t.archived_at).notnull()
    return of(t, "complaint") & (settled | (due < NOW))


def answered_complaints(t: ibis.Table, _options: Options) -> Any:
    """Complaints answered whose revisit was made, is overdue, or can not come any more."""
    settled = known(t.revisited_at).notnull() | known(t.archived_at).notnull() | (t.revisit_due_at < NOW)
    return of(t, "complaint") & known(t.replied_at).notnull() & settled


PROMISES_KEPT: Final = Definition(
    key="promise_keeping_rate",
    label="Promises kept",
    formula="promises kept / promises due, over all promised clocks",
    table="work_orders",
    rows=promised,
    parts=PROMISED,
    source="Service promise keeping: the field names it, the formula is ours and to be confirmed",
    note=(
        "Each promise of an order counts by itself, so n is promises, not orders: arrival, restoration, first contact, "
        "answer, a connection and its stages. Each part counts as its own definition says."
    ),
    window_days=1,
    target=100.0,
)


FURTHER: Final = (
    PROMISES_KEPT,
    Definition(
        key="connection_stages_on_time_rate",
        label="Connections with every stage on time",
        formula="archived connections with all stages within their limits / archived connections",
        table="work_orders",
        rows=archived_connections,
        success=all_stages_in_time,
        clock="connection",
        source="Connection on-time rate of a published provincial index",
        note="A stage without a limit is no fault; a stage with a limit and without its time is one. " + LEFT_OUT,
    ),
    Definition(
        key="complaint_followed_rate",
        label="Complaints contacted",
        formula="complaints whose customer was contacted / complaints contacted, closed or past the limit of contact",
        table="work_orders",
        rows=complaints,
        success=lambda t, _options: known(t.contacted_at).notnull(),
        clock="contact",
        target=100.0,
        source="State Grid Ten Commitments (2022), 10: every complaint is contacted",
        note="Whether in time is another figure. " + LEFT_OUT,
        window_days=30,
    ),
    Definition(
        key="complaint_revisited_rate",
        label="Complaints revisited",
        formula="answered complaints that were revisited / answered complaints revisited, archived or past that limit",
        table="work_orders",
        rows=answered_complaints,
        success=lambda t, _options: known(t.revisited_at).notnull(),
        clock="revisit",
        target=100.0,
        source="95598 rules: every complaint is revisited after its answer",
        note="Reached or not, the revisit was made; what was said is satisfaction. " + LEFT_OUT,
        window_days=30,
    ),
)
