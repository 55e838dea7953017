"""How long did it take? Mean, median and 90th percentile of the clocks, in minutes."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import ibis

from kpis.orders import CLOCK, ended_at, fault_reports, holds, of, own
from kpis.timeliness import restorable
from kpis.types import Definition, Options, Predicate, Statistic, known
from store.facts.schema import NOW

STATISTICS: Final[dict[Statistic, str]] = {"mean": "mean", "median": "median", "p90": "90th percentile"}
_MINUTE: Final = 60_000_000  # microseconds
_PAUSES: Final = "Pauses are left out. "
_REST: Final = (
    "Orders whose end is not known yet are not in it, so a day that runs looks better than it "
    "will be. Merged children, cancelled orders and those with an approved exemption are left out. "
)
_NOTE: Final = _PAUSES + _REST


@dataclass(frozen=True)
class Duration:
    """One span of an order. `labels`: of mean, median and 90th percentile; `what`: the span in words."""

    key: str
    labels: tuple[str, str, str]
    formulas: tuple[str, str, str]
    eligible: Callable[[ibis.Table], Any]
    amount: Predicate
    clock: str
    note: str = _NOTE

    def definitions(self) -> tuple[Definition, ...]:
        return tuple(
            Definition(
                key=f"{self.key}_minutes_{statistic}",
                label=label,
                formula=formula,
                table="work_orders",
                rows=lambda t, _options: self.eligible(t),
                statistic=statistic,
                amount=self.amount,
                clock=self.clock,
                better="lower",
                unit="min",
                source="Usual figure of command centres; a promised mean and a limit per order are different figures",
                note=self.note,
            )
            for statistic, label, formula in zip(STATISTICS, self.labels, self.formulas, strict=True)
        )


def minutes_of(clock: str) -> Predicate:
    """Minutes of the clock, once it ended by now."""

    def amount(t: ibis.Table, _options: Options) -> Any:
        return ibis.ifelse(ended_at(t, CLOCK[clock]).notnull(), t[f"{clock}_min"], ibis.null("float64"))

    return amount


def repair_minutes(t: ibis.Table, _options: Options) -> Any:
    """From acceptance to restoration, by the clock on the wall; null where it ended before it began.

    The time of archiving stands in where somebody was there: an order settled by telephone restored nothing.
    """
    visited = ibis.ifelse(known(t.arrived_at).notnull(), holds(t, t.archived_at), ibis.null(NOW.type()))
    ended = ibis.coalesce(holds(t, t.restored_at), visited)
    minutes = ended.delta(t.accepted_at, unit="microsecond") / _MINUTE
    return ibis.ifelse(minutes >= 0, minutes, ibis.null("float64"))


def _formulas(span: str) -> tuple[str, str, str]:
    return f"mean of the minutes {span}", f"median of the minutes {span}", f"90th percentile of the minutes {span}"


_ALL: Final = (
    Duration(
        "dispatch",
        ("Dispatch: mean", "Dispatch: median", "Dispatch: 9 of 10 within"),
        _formulas("from acceptance to dispatch"),
        own,
        minutes_of("dispatch"),
        "dispatch",
    ),
    Duration(
        "arrival",
        ("Arrival: mean", "Arrival: median", "Arrival: 9 of 10 within"),
        _formulas("from acceptance to the first arrival"),
        fault_reports,
        minutes_of("arrival"),
        "arrival",
    ),
    Duration(
        "restoration",
        ("Restoration: mean", "Restoration: median", "Restoration: 9 of 10 within"),
        _formulas("from arrival to restoration"),
        restorable,
        minutes_of("restoration"),
        "restoration",
        note="The base is the arrival; `repair_minutes` counts from acceptance. " + _NOTE,
    ),
    Duration(
        "repair",
        ("Whole repair: mean", "Whole repair: median", "Whole repair: 9 of 10 within"),
        _formulas("from acceptance to restoration"),
        restorable,
        repair_minutes,
        "restoration",
        note="What the customer lived through: pauses are in it. The base is the acceptance. " + _REST,
    ),
    Duration(
        "contact",
        ("First contact: mean", "First contact: median", "First contact: 9 of 10 within"),
        _formulas("from acceptance to the first contact"),
        lambda t: of(t, "complaint", "report"),
        minutes_of("contact"),
        "contact",
    ),
    Duration(
        "answer",
        ("Answer: mean", "Answer: median", "Answer: 9 of 10 within"),
        _formulas("from acceptance to the answer"),
        lambda t: of(t, "complaint", "report", "opinion", "suggestion", "service_application"),
        minutes_of("answer"),
        "answer",
    ),
    Duration(
        "connection",
        ("Connection: mean", "Connection: median", "Connection: 9 of 10 within"),
        _formulas("from application to power on"),
        lambda t: of(t, "service_application"),
        minutes_of("connection"),
        "connection",
    ),
)
DURATIONS: Final = tuple(definition for one in _ALL for definition in one.definitions())
