"""How many complaints come from so many customers?"""

from typing import Final

from kpis.repeats import complaints
from kpis.types import Definition


def _per(key: str, label: str, many: str, scale: float) -> Definition:
    return Definition(
        key=key,
        label=label,
        formula=f"complaints / customers served x {many}",
        table="work_orders",
        rows=complaints,
        statistic="ratio",
        per="served",
        scale=scale,
        family="complaints",
        better="lower",
        unit="complaints",
        source="Usual figure of the field; the regulator divides by inhabitants",
        note=(
            "Of the period that is asked for, not of a year. Customers served are those listed now; where none are "
            "listed there is no figure. Merged children and cancelled ones are left out."
        ),
    )


COMPLAINTS: Final = (
    _per("complaints_per_10000", "Complaints per 10,000 customers", "10,000", 1e4),
    _per("complaints_per_million", "Complaints per million customers", "1,000,000", 1e6),
)
