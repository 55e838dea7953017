"""Do customers come back with the same matter?"""

from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

import ibis

from kpis.orders import of
from kpis.types import Definition, Options, Predicate, hours, known
from store.facts.schema import DEMANDS

DAYS: Final = (7, 30, 60)
THIRD: Final = 3  # calls on one matter that call for supervision
OUTSIDE: Final = ("12398", "media")  # above the city's own hotline
_FIELD: Final = "Usual formula of the field; no public rule sets it. The customer confirms window and target"
WHO: Final = "Same customer: account number, else telephone number, else address with its transformer area. "
MATTER: Final = (
    "Same matter: the same transformer area (else feeder) where it is about an outage, else the same category and "
    "first subcategory. Merged children and cancelled orders are no demands of their own. "
)
UNKNOWN: Final = "A demand of nobody known can not be matched and counts as new."


def complaints(t: ibis.Table, _options: Options) -> Any:
    """Complaints of their own: not merged into another order, not cancelled (as store.facts.repeats links them)."""
    return of(t, "complaint")


def demands(t: ibis.Table, _options: Options) -> Any:
    return of(t, *DEMANDS)


def fault_reports(t: ibis.Table, _options: Options) -> Any:
    return of(t, "fault_report")


def _came_back(column: str, days: int) -> Predicate:
    return lambda t, _options: t[column] >= t.accepted_at - hours(timedelta(days=days))


COMPLAINT_REPEAT: Final = Definition(
    key="complaint_repeat_rate",
    label="Repeat complaints",
    formula="complaints with an earlier one of the same customer on the same matter in the 30 days before / complaints",
    table="work_orders",
    rows=complaints,
    success=_came_back("previous_complaint_at", 30),
    family="repeats",
    window_days=30,
    target=3.5,
    better="lower",
    source=_FIELD,
    note=(
        "Same customer: account number, else telephone number, else address with its transformer area. Same matter: "
        "first subcategory. Merged children and cancelled ones are left out. " + UNKNOWN.replace("demand", "complaint")
    ),
)


def _of_demands(days: int) -> Definition:
    return Definition(
        key=f"demand_repeat_{days}d_rate",
        label=f"Repeat demands, {days} days",
        formula=(
            f"demands with an earlier one of the same customer on the same matter in the {days} days before / demands"
        ),
        table="work_orders",
        rows=demands,
        success=_came_back("previous_demand_at", days),
        family="repeats",
        better="lower",
        source=_FIELD,
        note=WHO + MATTER + "Urging, praise and queries are no demands. " + UNKNOWN,
    )


def _of_faults(days: int) -> Definition:
    return Definition(
        key=f"fault_repeat_{days}d_rate",
        label=f"Repeat fault reports, {days} days",
        formula=(
            f"fault reports with an earlier demand of the same customer about the same place in the {days} days before "
            "/ fault reports"
        ),
        table="work_orders",
        rows=fault_reports,
        success=_came_back("previous_demand_at", days),
        family="repeats",
        better="lower",
        source="Repeat bands of repair reports in provincial practice; windows to be confirmed",
        note=WHO + MATTER + UNKNOWN,
    )


def _of_complaints(days: int) -> Definition:
    return replace(
        COMPLAINT_REPEAT,
        key=f"complaint_repeat_{days}d_rate",
        label=f"Repeat complaints, {days} days",
        formula=COMPLAINT_REPEAT.formula.replace("30 days", f"{days} days"),
        success=_came_back("previous_complaint_at", days),
        window_days=None,
        target=None,
    )


def closed_demands(t: ibis.Table, _options: Options) -> Any:
    ended = ibis.coalesce(known(t.archived_at), known(t.restored_at), known(t.replied_at))
    return of(t, *DEMANDS) & ended.notnull()


def _resolved(days: int) -> Predicate:
    def at_once(t: ibis.Table, _options: Options) -> Any:
        again = (known(t.next_demand_at) <= t.accepted_at + hours(timedelta(days=days))).fill_null(False)
        return ~again & known(t.reopened_at).isnull()

    return at_once


def _first_contact(days: int) -> Definition:
    return Definition(
        key=f"first_contact_resolution_{days}d_rate",
        label=f"First-contact resolution, {days} days",
        formula=(
            "closed demands that were not opened again and whose customer did not come back on the matter within "
            f"{days} days / closed demands"
        ),
        table="work_orders",
        rows=closed_demands,
        success=_resolved(days),
        family="repeats",
        settles_days=days,
        source="First-contact resolution of call centres; windows of 7 to 30 days are common. To be confirmed",
        note=WHO
        + MATTER
        + f"The days run from acceptance. Provisional until {days} days have passed: a customer may still come back.",
    )


def third_calls(t: ibis.Table, _options: Options) -> Any:
    """With this order the calls on its matter reached three."""
    own_calls = t.call_count.fill_null(1)
    return (t.matter_calls >= THIRD) & (t.matter_calls - own_calls < THIRD)


def leapt(t: ibis.Table, _options: Options) -> Any:
    """The source says so, or the matter came to the regulator or the media before anybody below was asked."""
    above = t.channel.isin(OUTSIDE) & t.previous_demand_at.isnull()
    return t.is_leapfrog.fill_null(False) | above


REPEATS: Final = (
    *(_of_complaints(days) for days in DAYS if days != 30),
    *(_of_demands(days) for days in DAYS),
    *(_of_faults(days) for days in DAYS),
    *(_first_contact(days) for days in (7, 30)),
    Definition(
        key="third_call_rate",
        label="Third calls on one matter",
        formula="orders with which the calls of a customer on one matter in 60 days reached three / orders",
        table="work_orders",
        rows=lambda t, _options: t.category.isin(DEMANDS) & (t.status.fill_null("open") != "cancelled"),
        success=third_calls,
        family="repeats",
        better="lower",
        source="Triple call: three calls of a customer on one matter are supervised (provincial and CSG practice)",
        note=(
            WHO + "Same matter: as of repeat demands. Each order counts with its calls, urging included; orders merged "
            "into another count too, because the customer did call."
        ),
    ),
    Definition(
        key="escalation_rate",
        label="Escalated demands",
        formula="demands that reached a higher level than all the customer made on the matter in 60 days / demands",
        table="work_orders",
        rows=demands,
        success=lambda t, _options: t.escalated_from.notnull(),
        family="repeats",
        better="lower",
        source="Escalation: 95598 and App, 12345, 12398, media. The field names it, the levels are ours",
        note=(WHO + MATTER).strip(),
    ),
    Definition(
        key="leapfrog_rate",
        label="Leapfrog demands",
        formula=(
            "demands that the source marks as leapfrog, or that reached 12398 or the media without an earlier demand "
            "on the matter in 60 days / demands"
        ),
        table="work_orders",
        rows=demands,
        success=leapt,
        family="repeats",
        better="lower",
        source="Complaint past the normal level: the flag of the source; the second half is ours",
        note=(WHO + MATTER).strip(),
    ),
)
ALL: Final = (COMPLAINT_REPEAT, *REPEATS)
