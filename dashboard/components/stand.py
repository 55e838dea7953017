"""How figures stand: the value of a period beside those of the period before and of a year ago, as people read it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

import pandas as pd

from dashboard.components import format as say
from dashboard.components import marks, terms
from dashboard.components.definition import Card, full
from dashboard.components.figures import LEAST_N
from dashboard.components.format import Translate
from dashboard.components.order_answers import Asked
from dashboard.components.question import Question
from dashboard.components.valued import whole
from dashboard.components.view import View
from kpis.measures import BEFORE, ORDINARY
from kpis.periods import Period, previous, year_ago
from kpis.types import Definition

Values = Mapping[str, Any]  # value, n, successes, low, high; NaN or missing where there is none


@dataclass(frozen=True)
class Stand:
    """One figure. `previous`, `year_ago`: of other periods; `before`: with exempt rows; `ordinary`: without event days.

    None: not asked, or the rows do not carry what is filtered (`unsplit`).
    """

    definition: Definition
    target: float | None
    now: Values
    previous: Values | None = None
    year_ago: Values | None = None
    before: Values | None = None
    ordinary: Values | None = None
    unsplit: bool = False

    @property
    def n(self) -> int:
        return int(self.now["n"])

    @property
    def value(self) -> float | None:
        return _number(self.now["value"])

    @property
    def interval(self) -> tuple[float, float] | None:
        low, high = _number(self.now["low"]), _number(self.now["high"])
        return None if low is None or high is None else (low, high)

    @property
    def is_rate(self) -> bool:
        return self.definition.statistic == "rate"

    @property
    def is_few(self) -> bool:
        """Too few rows for a rate: the count is shown."""
        return self.is_rate and self.n < LEAST_N

    @property
    def is_off_target(self) -> bool:
        low, high = self.interval or (None, None)
        return self.n >= LEAST_N and marks.is_off(self.target, self.definition.better, low, high)


NOTHING: Final[Values] = {"value": float("nan"), "n": 0, "successes": 0, "low": float("nan"), "high": float("nan")}


def stands(
    question: Question,
    definitions: Sequence[Definition],
    zone: ZoneInfo,
    *,
    compared: bool = True,
    beside: bool = False,
) -> list[Stand]:
    """Each figure in the question's period, in the order of `definitions`."""
    now = whole(question, definitions, beside=beside)
    others: list[dict[str, dict[str, Any]]] = [{}, {}]
    period = question.query.whole(question.now, zone)
    if compared and period is not None:
        spans = (previous(period, zone), year_ago(period, zone))
        others = [whole(question.within((span.start, span.end)), definitions) for span in spans]
    return [_stand(question, d, now, others) for d in definitions]


def _stand(
    question: Question, d: Definition, now: Mapping[str, Values], others: Sequence[Mapping[str, Values]]
) -> Stand:
    target = d.target_of(question.option(d))
    if d.key not in now:
        return Stand(d, target, NOTHING, unsplit=True)
    row = now[d.key]
    before, after = (other.get(d.key) for other in others)
    return Stand(d, target, row, before, after, _prefixed(row, BEFORE), _prefixed(row, ORDINARY))


def _prefixed(row: Values, prefix: str) -> Values | None:
    if f"{prefix}n" not in row:
        return None
    return {name: row[f"{prefix}{name}"] for name in NOTHING}


def _number(value: Any) -> float | None:
    return None if pd.isna(value) else float(value)


def short(view: View, d: Definition, values: Values | None) -> str:
    """A value beside the main one: the rate, or its count where there are few; a dash where there is none."""
    if values is None or not int(values["n"]) or pd.isna(values["value"]):
        return say.NONE
    if d.statistic == "rate" and values["n"] < LEAST_N:
        return f"{say.count(int(values['successes']))}/{say.count(int(values['n']))}"
    return say.of_unit(float(values["value"]), d.unit, view.language)


def span_words(view: View, stand: Stand) -> str:
    """The interval in words, empty where there is none."""
    if stand.interval is None:
        return ""
    return say.between(*stand.interval, stand.definition.unit, view.language)


def target_words(view: View, d: Definition, target: float | None) -> str:
    return say.NONE if target is None else target_number(view, d, target)


def target_number(view: View, d: Definition, target: float) -> str:
    return say.minutes(target, view.language) if d.unit == "min" else f"{target:g}{'%' if d.unit == '%' else ''}"


def before_words(t: Translate, asked: Asked) -> tuple[str, str]:
    """What the period before and the one a year ago are called."""
    words = {
        "today": t("yesterday"),
        "yesterday": t("the day before"),
        "7d": t("7 days before"),
        "30d": t("30 days before"),
        "week": t("last week"),
        "month": t("last month"),
        "quarter": t("last quarter"),
        "year": t("last year"),
    }
    query = asked.query
    own = query.first or query.last
    year = t("year before##period") if query.period in ("year", "last_year") and not own else t("last year##same")
    return (t("before##period") if own else words.get(query.period, t("before##period"))), year


def days_words(view: View, period: Period, zone: ZoneInfo) -> str:
    """The days of a period, with the year where it is not obvious."""
    first = period.start.astimezone(zone).date()
    last = (period.end - timedelta(microseconds=1)).astimezone(zone).date()
    return f"{first.isoformat()} \N{EN DASH} {last.isoformat()}"


def interval_words(t: Translate, d: Definition) -> str:
    """How the interval of a figure is made."""
    if d.statistic == "rate":
        return t("Wilson, 95 %. Below 30 rows the count is shown instead of the rate.")
    if d.statistic == "mean":
        return t("normal, 95 %, of the mean")
    if d.per == "served" and d.amount is None:
        return t("Wilson, 95 %, of the customers served")
    return t("none: a quantile##interval") if d.statistic in ("median", "p90") else t("none: everything is counted")


def rows_words(view: View, d: Definition, n: int) -> str:
    """How many rows, by what they are."""
    if d.table == "surveys":
        return say.counted(view.t, n, "{n} answer", "{n} answers")
    if d.table == "outages":
        return say.counted(view.t, n, "{n} outage", "{n} outages")
    if d.parts:
        return say.counted(view.t, n, "{n} promise", "{n} promises")
    return say.counted(view.t, n, "{n} order", "{n} orders")


def card(asked: Asked, stand: Stand, every: str | None, as_of: str) -> Card:
    """What the ? of a figure says. `every`: address of the rows it counts, where there is a list of them."""
    view, d = asked.view, stand.definition
    t = view.t
    zone = asked.house.settings.site.tz
    period = asked.query.whole(asked.question.now, zone)
    rows = [
        (t("formula"), t(d.formula)),
        (t("note"), t(d.note)),
        (t("rows"), terms.counted_by(t, d.table, d.at)),
        (t("source"), t(d.source)),
        (t("target"), target_words(view, d, stand.target)),
        (t("interval"), interval_words(t, d)),
    ]
    if stand.is_rate:
        good = t("{good} of {rows}").format(
            good=say.count(int(stand.now["successes"])), rows=rows_words(view, d, stand.n)
        )
        rows.append((t("counted"), good))
    if period is not None:
        rows += [
            (t("period"), days_words(view, period, zone)),
            (t("before##period"), days_words(view, previous(period, zone), zone)),
            (t("last year##same"), days_words(view, year_ago(period, zone), zone)),
        ]
    rows.append((t("data of"), as_of))
    behind = [(t("the {rows} behind it").format(rows=rows_words(view, d, stand.n)), every)] if stand.n and every else []
    return Card(t(d.label), rows, t("version {n}").format(n=d.version), (*behind, full(view, d.key)), d.key)
