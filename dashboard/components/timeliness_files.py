"""What pages of figures show as files: all figures, the trend, the figure by a dimension."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from dashboard.components import dims, slices, stand, trend
from dashboard.components import timeliness_answers as answers
from dashboard.components.export_lists import Listed, filter_lines, no_faults, of_rows
from dashboard.components.figure_table import RATES
from dashboard.components.format import Translate
from dashboard.components.look import Page
from dashboard.components.order_answers import Asked
from dashboard.components.sheet import Column
from dashboard.components.stand import Stand
from dashboard.components.valued import GRAIN
from kpis.durations import DURATIONS
from kpis.types import Definition


def figures(asked: Asked, _most: int | None) -> Listed:
    """Every figure of the tables with its comparisons."""
    return compared(asked, (*RATES, *DURATIONS), "timeliness", asked.view.t("Figures of timeliness"))


def compared(asked: Asked, definitions: Sequence[Definition], name: str, label: str) -> Listed:
    """Each figure with those of the period before and of a year ago."""
    no_faults(asked)
    t = asked.view.t
    mine = [asked.question.catalogue[d.key] for d in definitions if d.key in asked.question.catalogue]
    found = stand.stands(asked.question, mine, asked.house.settings.site.tz, beside=True)
    names = stand.before_words(t, asked)
    numbers = [t("target"), *(t("value, {when}##column").format(when=name) for name in names)]
    rest = [t("before exemptions##column"), t("without event days##column")]
    columns = [
        *_heads(t),
        *(Column(name, "percent") for name in (*numbers, *rest)),
        *(Column(t("n, {when}##column").format(when=name), "number") for name in names),
        Column(t("version of the definition"), "number"),
        Column(t("formula")),
    ]
    rows = [_row(t, one) for one in found]
    return Listed(name, label, columns, of_rows(columns, rows), len(rows), filter_lines(asked))


def _heads(t: Translate) -> list[Column]:
    texts = [t("figure##column"), t("key of the figure"), t("unit of the value")]
    counts = [t("counted"), t("of these good")]
    values = [t("value##column"), t("interval from##column"), t("interval to##column")]
    return [
        *(Column(name) for name in texts),
        *(Column(name, "number") for name in counts),
        *(Column(name, "percent") for name in values),
    ]


def _row(t: Translate, one: Stand) -> tuple[Any, ...]:
    d = one.definition
    others = (one.previous, one.year_ago)
    return (
        *_told(t, d, one.now),
        one.target,
        *(_number(values, "value") for values in (*others, one.before, one.ordinary)),
        *(None if values is None else int(values["n"]) for values in others),
        d.version,
        t(d.formula),
    )


def _told(t: Translate, d: Definition, values: Any) -> tuple[Any, ...]:
    good = None if pd.isna(values["successes"]) or d.statistic != "rate" else int(values["successes"])
    return (
        t(d.label),
        d.key,
        _unit(t, d),
        int(values["n"]),
        good,
        *(_number(values, n) for n in ("value", "low", "high")),
    )


def _unit(t: Translate, d: Definition) -> str:
    return {"min": t("min##unit"), "orders": t("orders##unit")}.get(d.unit, d.unit)


def _number(values: Any, name: str) -> float | None:
    return None if values is None or pd.isna(values[name]) else float(values[name])


def trend_of(asked: Asked, _most: int | None) -> Listed:
    """The buckets of the trend."""
    return buckets(answers.LOOKS.page(asked), "trend")


def buckets(page: Page, name: str) -> Listed:
    """The buckets of the trend of a page's figure."""
    asked, d = page.asked, page.figure
    no_faults(asked)
    t = asked.view.t
    found = trend.trend(asked, d, page.look.every)
    frame = [] if found is None else found.frame.to_dict("records")
    columns = [Column(t("first day##column")), *_heads(t), Column(t("last year##same"), "percent")]
    rows = [(row["first"].date().isoformat(), *_told(t, d, row), _number(row, "ago")) for row in frame]
    label = t("Trend of {label}").format(label=t(d.label))
    return Listed(name, label, columns, of_rows(columns, rows), len(rows), filter_lines(asked))


def sliced(asked: Asked, _most: int | None) -> Listed:
    """The figure by the dimension of the page."""
    no_faults(asked)
    t, page = asked.view.t, answers.LOOKS.page(asked)
    d = page.figure
    found = slices.sliced(asked, d, page.look.by)
    frame: Sequence[Any] = [] if found is None else found.frame.to_dict("records")
    dim = page.look.by if found is None else found.dim
    places = (t("possible place, first"), t("possible place, last"))
    columns = [
        *(Column(name) for name in (dims.name(t, dim), t("code##column"))),
        *_heads(t),
        *(Column(name, "number") for name in places),
    ]
    rows = [
        (
            dims.value(asked.view, asked.question.units, dim, row[GRAIN]),
            str(row[GRAIN]),
            *_told(t, d, row),
            int(row["first"]) or None,
            int(row["last"]) or None,
        )
        for row in frame
    ]
    label = t("{label} by {dim}").format(label=t(d.label), dim=dims.name(t, dim))
    return Listed("slices", label, columns, of_rows(columns, rows), len(rows), filter_lines(asked))
