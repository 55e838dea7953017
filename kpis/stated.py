"""Was the limit kept that the source itself states?"""

from typing import Any, Final

import ibis

from kpis.types import Definition, Options, known
from store.facts.schema import NOW


def orders(t: ibis.Table, options: Options) -> Any:
    """Every order, or only those with a limit where the option says so."""
    every = t.source.notnull()  # a part of the key; a bare literal can not be summed
    return t.given_due_at.notnull() if options.no_limit == "excluded" else every


def closed_in_time(t: ibis.Table, _options: Options) -> Any:
    """A close that lies before the opening is judged by the close all the same."""
    return t.given_due_at.isnull() | (ibis.coalesce(known(t.archived_at), NOW) <= t.given_due_at)


STATED_LIMIT_ON_TIME: Final = Definition(
    key="stated_limit_on_time_rate",
    label="Stated limit kept",
    formula="orders closed (else now) by the limit the source states, or without one / orders",
    table="work_orders",
    rows=orders,
    success=closed_in_time,
    family="stated",
    source="The limit stands in the source's own rows (given_due_at)",
    note=(
        'An order without a limit is on time; with the option no_limit = "excluded" it is left out. An open order is '
        "on time until its limit passes. The source's own verdict is a dimension and never an input."
    ),
)
