"""Are customers content?"""

from typing import Any, Final

import ibis

from kpis.types import Definition, Options
from store.facts.schema import NOW


def answers(t: ibis.Table, _options: Options) -> Any:
    """Surveys answered by now whose answer says yes or no."""
    answered = t.outcome.fill_null("answered") == "answered"
    return answered & t.is_satisfied.notnull() & (t.answered_at.isnull() | (t.answered_at <= NOW))


def satisfied(t: ibis.Table, _options: Options) -> Any:
    return t.is_satisfied


SATISFACTION: Final = Definition(
    key="satisfaction_rate",
    label="Satisfaction",
    formula="revisits answered with satisfied or very satisfied / revisits answered",
    table="surveys",
    rows=answers,
    success=satisfied,
    family="satisfaction",
    window_days=30,
    target=95.0,
    source="Usual formula of revisit satisfaction; the service quality index deducts below 95 %",
    note="Unreachable and refused customers are not in it; a revisit counts on the day it was asked.",
)
