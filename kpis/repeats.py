"""Do complaints come back?"""

from datetime import timedelta
from typing import Any, Final

import ibis

from kpis.types import Definition, Options, hours

WINDOW: Final = timedelta(days=30)


def complaints(t: ibis.Table, _options: Options) -> Any:
    """Complaints of their own: not merged into another order, not cancelled (as store.facts.repeats links them)."""
    return (t.category == "complaint") & t.parent_order_no.isnull() & (t.status.fill_null("open") != "cancelled")


def came_back(t: ibis.Table, _options: Options) -> Any:
    return t.previous_complaint_at >= t.accepted_at - hours(WINDOW)


COMPLAINT_REPEAT: Final = Definition(
    key="complaint_repeat_rate",
    label="Repeat complaints",
    formula="complaints with an earlier one of the same customer on the same matter in the 30 days before / complaints",
    table="work_orders",
    rows=complaints,
    success=came_back,
    family="repeats",
    window_days=30,
    target=3.5,
    better="lower",
    source="Usual formula of the field; no public rule sets it. The customer confirms window and target",
    note=(
        "Same customer: account number, else telephone number. Same matter: first subcategory. Merged children and "
        "cancelled ones are left out. A complaint without account and telephone number can not be matched and counts "
        "as new."
    ),
)
