"""Are customers content, do they answer, and is a dissatisfied answer taken up?"""

from datetime import timedelta
from typing import Any, Final

import ibis

from kpis.revisits import answered, dissatisfied, followed, on_scale
from kpis.types import Definition, Options, Predicate, hours, known
from store.facts.schema import NOW

# Shares of the scale above which a customer is a promoter, and up to which a detractor: 9 and 10, and 0 to 6, of 0 to
# 10; 5, and 1 to 3, of 1 to 5. With room for what dividing makes of a number.
PROMOTES_ABOVE: Final = 0.801
DETRACTS_TO: Final = 0.601


def answers(t: ibis.Table, _options: Options) -> Any:
    """Surveys answered by now whose answer says yes or no."""
    return answered(t) & t.is_satisfied.notnull()


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


def scored(t: ibis.Table, _options: Options) -> Any:
    """Answers with a score on the scale in force."""
    width = t.scale_max > t.scale_min
    inside = (t.score >= t.scale_min) & (t.score <= t.scale_max)
    return answered(t) & (width & inside & t.is_on_scale).fill_null(False)


def _share(t: ibis.Table) -> Any:
    return (t.score - t.scale_min) / (t.scale_max - t.scale_min).nullif(0)


def score_points(t: ibis.Table, _options: Options) -> Any:
    return _share(t) * 100


def promoter_points(t: ibis.Table, _options: Options) -> Any:
    """100 for a promoter, -100 for a detractor: their mean is the score, and its variance has the covariance in it."""
    share = _share(t)
    return ibis.cases((share > PROMOTES_ABOVE, 100.0), (share <= DETRACTS_TO, -100.0), (share.notnull(), 0.0))


def asked(t: ibis.Table, _options: Options) -> Any:
    """Revisits whose attempt is over."""
    return t.outcome.notnull() & (known(t.answered_at).notnull() | t.answered_at.isnull())


def cases_due(hours_: int) -> Predicate:
    """Dissatisfied answers that were taken up, or ought to have been by now."""

    def due(t: ibis.Table, _options: Options) -> Any:
        over = t.answered_at + hours(timedelta(hours=hours_)) <= NOW
        return dissatisfied(t) & t.order_no.notnull() & (over | t.taken_up_at.notnull())

    return due


def taken_up_within(hours_: int) -> Predicate:
    return lambda t, _options: t.taken_up_at <= t.answered_at + hours(timedelta(hours=hours_))


def _taken_up(hours_: int) -> Definition:
    return Definition(
        key=f"dissatisfied_taken_up_{hours_}h_rate",
        label=f"Dissatisfied answers taken up in {hours_} h",
        formula=(f"dissatisfied answers taken up within {hours_} h / dissatisfied answers taken up, or {hours_} h old"),
        table="surveys",
        view=followed,
        rows=cases_due(hours_),
        success=taken_up_within(hours_),
        family="satisfaction",
        source="A dissatisfied case becomes a task of the same day (field practice); 24 and 48 h are ours",
        note=(
            "Taken up: after the answer the order was reopened, supervised, the customer contacted, or a later revisit "
            "of the order answered with satisfied. A revisit that names no order can not be followed and is left out."
        ),
    )


_SCALED: Final = (
    "Scores outside their scale, and those on another scale than the one the source and channel use now, are left out: "
    "a scale that moved is a fault of the data and no jump of the figure. "
)
REVISITS: Final = (
    Definition(
        key="satisfaction_score_mean",
        label="Mean score",
        formula="mean of (score - lowest) / (highest - lowest) of the scale, x 100",
        table="surveys",
        view=on_scale,
        rows=scored,
        amount=score_points,
        statistic="mean",
        unit="points",
        family="satisfaction",
        source="One vendor's CSAT is a mean; brought to 0 to 100, so that scales can be compared",
        note=_SCALED.strip(),
    ),
    Definition(
        key="net_promoter_score",
        label="Net promoter score",
        formula="share of promoters - share of detractors, x 100",
        table="surveys",
        view=on_scale,
        rows=scored,
        amount=promoter_points,
        statistic="mean",
        unit="points",
        family="satisfaction",
        source="NPS: 9 and 10 promote, 0 to 6 detract",
        note=(
            "Of other scales: the upper fifth promotes, the lower three fifths detract; of 1 to 5 that is 5, and 1 to "
            "3. The interval has the covariance of both shares in it. " + _SCALED.strip()
        ),
    ),
    Definition(
        key="revisit_response_rate",
        label="Answered revisits",
        formula="revisits answered / revisits whose attempt is over",
        table="surveys",
        rows=asked,
        success=lambda t, _options: t.outcome == "answered",
        family="satisfaction",
        source="Unanswered share of revisits, told from its good side",
        note="A figure of the few who answer says little of the many who do not: look at it by kind of customer.",
    ),
    Definition(
        key="revisit_success_rate",
        label="Reached customers",
        formula="revisits that reached the customer, answered or refused / revisits whose attempt is over",
        table="surveys",
        rows=asked,
        success=lambda t, _options: t.outcome.isin(("answered", "refused")),
        family="satisfaction",
        source="Revisit success rate, as the regulator uses it: reached / attempted",
        note="Who refuses was reached.",
    ),
    Definition(
        key="dissatisfied_answers",
        label="Dissatisfied answers",
        formula="revisits answered with less than satisfied, counted",
        table="surveys",
        rows=lambda t, _options: dissatisfied(t),
        statistic="count",
        unit="answers",
        better="lower",
        family="satisfaction",
        source="Number of dissatisfied revisits",
        note="By reason: the first reason the customer gave.",
    ),
    *(_taken_up(hours_) for hours_ in (24, 48)),
)
