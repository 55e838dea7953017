"""Do the rows carry what the definitions need? One rate per field, so that it can be told by unit and by source."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import ibis

from kpis.orders import fault_reports, is_open, is_unarchived, of, own
from kpis.types import Definition, TableName, known

Flag = Callable[[ibis.Table], Any]


@dataclass(frozen=True)
class Field:
    """A field and the rows that ought to have it. `needed`: for what."""

    table: TableName
    name: str
    label: str
    formula: str
    needed: str
    due: Flag
    there: Flag | None = None  # else: the column is not null

    def definition(self) -> Definition:
        return Definition(
            key=f"complete_{self.name}_rate",
            label=self.label,
            formula=self.formula,
            table=self.table,
            rows=lambda t, _options: self.due(t),
            success=lambda t, _options: t[self.name].notnull() if self.there is None else self.there(t),
            family="completeness",
            source="Own measure of the data; a figure is no better than the fields it is made of",
            note=self.needed,
        )


def over(t: ibis.Table) -> Any:
    """Fault reports that have ended: every stage should be known."""
    return fault_reports(t) & ~is_open(t)


def answered(t: ibis.Table) -> Any:
    return of(t, "complaint", "report") & (known(t.replied_at).notnull() | ~is_unarchived(t))


def _order(name: str, label: str, formula: str, needed: str, due: Flag) -> Field:
    return Field("work_orders", name, label, formula, needed, due)


FIELDS: Final = (
    _order(
        "station",
        "Orders with their station",
        "orders that name a station / orders",
        "Without it an order is missing from the figures of every county and station.",
        own,
    ),
    _order(
        "area_class",
        "Fault reports with their area class",
        "fault reports with urban, rural or remote / fault reports",
        "Without it no limit of arrival or restoration applies and the order is judged by none.",
        fault_reports,
    ),
    _order(
        "identity_key",
        "Orders with an identity",
        "orders with account number, telephone number or address / orders",
        "Without it a repeated demand is not recognised.",
        own,
    ),
    _order(
        "dispatched_at",
        "Ended repairs with a dispatch time",
        "ended fault reports with the time of dispatch / ended fault reports",
        "Without it the dispatch is not judged.",
        over,
    ),
    _order(
        "received_at",
        "Ended repairs with the time the crew took them",
        "ended fault reports with the time the crew took them / ended fault reports",
        "Without it the taking of the order is not judged.",
        over,
    ),
    _order(
        "arrived_at",
        "Ended repairs with an arrival time",
        "ended fault reports with the time of arrival / ended fault reports",
        "Without it the arrival is judged by the close, and restoration not at all.",
        over,
    ),
    _order(
        "restored_at",
        "Ended repairs with a restoration time",
        "ended fault reports with the time of restoration / ended fault reports",
        "Without it the time of archiving stands in.",
        over,
    ),
    _order(
        "crew",
        "Ended repairs with their crew",
        "ended fault reports that name a crew / ended fault reports",
        "Without it the load of the crews is too low.",
        over,
    ),
    _order(
        "contacted_at",
        "Answered complaints with a first contact",
        "answered complaints and reports with the time of the first contact / answered complaints and reports",
        "Without it the first contact is not judged once the order is over.",
        answered,
    ),
    _order(
        "replied_at",
        "Ended complaints with an answer time",
        "ended complaints and reports with the time of the answer / ended complaints and reports",
        "Without it the answer is not judged.",
        lambda t: of(t, "complaint", "report") & ~is_unarchived(t),
    ),
    _order(
        "revisited_at",
        "Archived complaints with a revisit time",
        "archived complaints with the time of the revisit / archived complaints",
        "Without it the revisit counts as missed.",
        lambda t: of(t, "complaint") & ~is_unarchived(t),
    ),
    Field(
        "outages",
        "planned_start_at",
        "Planned outages with a planned start",
        "planned and temporary outages with a planned start / planned and temporary outages",
        "Without it neither notice nor execution is judged.",
        lambda t: t.kind.isin(("planned", "temporary")),
    ),
    Field(
        "outages",
        "announced_at",
        "Planned outages with the time of notice",
        "planned and temporary outages with the time of their notice / planned and temporary outages",
        "Without it an outage counts as not announced.",
        lambda t: t.kind.isin(("planned", "temporary")),
    ),
    Field(
        "surveys",
        "is_satisfied",
        "Answered revisits with a verdict",
        "answered revisits whose answer says satisfied or not / answered revisits",
        "Without it the answer is missing from satisfaction.",
        lambda t: t.outcome == "answered",
    ),
    Field(
        "surveys",
        "order_no",
        "Revisits that name their order",
        "revisits with the number of an order / revisits",
        "Without it nobody can see what was done about a dissatisfied answer.",
        lambda t: t.source.notnull(),
    ),
    Field(
        "surveys",
        "score",
        "Answered revisits with a score inside its scale",
        "answered revisits with a score and both ends of its scale, inside it / answered revisits",
        "Without it the answer is missing from the mean score and the net promoter score.",
        lambda t: t.outcome == "answered",
        lambda t: (t.score >= t.scale_min) & (t.score <= t.scale_max),
    ),
)
COMPLETENESS: Final = tuple(field.definition() for field in FIELDS)
