"""The values of many figures in one pass over their rows: whole, by a dimension, or by day, week and month.

What `kpis.evaluate.values` gives of each figure by itself, with expressions that are built once per shape.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Final

import ibis
import pandas as pd

from dashboard.components.question import Question
from dashboard.components.tally import ALL
from kpis.evaluate import rows_of
from kpis.measures import BEFORE, finished, finished_at_once, measures, verdicts
from kpis.orders import prepared
from kpis.periods import Every, bucket
from kpis.types import Definition, Options, View

GRAIN: Final = "slice"


@dataclass(frozen=True)
class Cut:
    """How the rows are cut: by a dimension, by parts of the calendar, or not. `beside`: as `values` has it."""

    by: str | None = None
    every: Every | None = None
    beside: bool = False


WHOLE: Final = Cut()


def valued(question: Question, definitions: Sequence[Definition], cut: Cut = WHOLE) -> dict[str, pd.DataFrame]:
    """For each figure whose rows carry what is filtered and cut by, by its key, what `values` gives of it.

    Shapes: column `slice` first where `cut` cuts, with the rows that have n; without, one row.
    """
    found: dict[str, pd.DataFrame] = {}
    fit = [d for d in definitions if _fits(question, d) and (cut.by is None or cut.by in d.dims)]
    for rows in dict.fromkeys(map(_rows_of, fit)):
        mine = tuple(d for d in fit if _rows_of(d) == rows)
        found |= _pass(question, mine, cut)
    return {d.key: found[d.key] for d in fit}


def whole(question: Question, definitions: Sequence[Definition], *, beside: bool = False) -> dict[str, dict[str, Any]]:
    """The one row of `valued` for each figure that has one, by column."""
    found: dict[str, dict[str, Any]] = {}
    fit = [d for d in definitions if _fits(question, d)]
    for rows in dict.fromkeys(map(_rows_of, fit)):
        mine = tuple(d for d in fit if _rows_of(d) == rows)
        found |= finished_at_once(_row(_counts(question, mine, Cut(beside=beside))), mine)
    return found


def total(question: Question, definition: Definition) -> dict[str, Any]:
    """The one row of one figure."""
    return whole(question, [definition])[definition.key]


def _pass(question: Question, definitions: tuple[Definition, ...], cut: Cut) -> dict[str, pd.DataFrame]:
    frame = _counts(question, definitions, cut)
    return {d.key: _one(frame, d) for d in definitions}


def _counts(question: Question, definitions: tuple[Definition, ...], cut: Cut) -> pd.DataFrame:
    rows = _rows_at(*_rows_of(definitions[0]))
    asked = tuple((d, question.option(d)) for d in definitions)

    def make() -> ibis.Table:
        start, end = question.period
        t = question.narrowed(rows_of(question.reader, rows, Options(), start=start, end=end), rows)
        t = prepared(t) if rows.table == "work_orders" else t
        slices: dict[str, Any] = {GRAIN: bucket(t, cut.every)} if cut.every else {GRAIN: t[cut.by]} if cut.by else {}
        known = t.select(**slices, **verdicts(t, asked))
        counts = measures(known, asked, beside=cut.beside)
        return known.group_by(GRAIN).agg(**counts).order_by(GRAIN) if slices else known.agg(**counts)

    shape = ("valued", asked, cut, question.beyond)
    return question.reader.ask(shape, make, question.now, question.values)


def _one(frame: pd.DataFrame, d: Definition) -> pd.DataFrame:
    mark = f"{d.key}:"
    mine = {c: c.removeprefix(mark) for c in frame.columns if c.startswith(mark) or c == GRAIN}
    one = finished(frame[list(mine)].rename(columns=mine), d)
    if GRAIN not in mine:
        return one
    some = one["n"] > 0
    if f"{BEFORE}n" in one:
        some |= one[f"{BEFORE}n"] > 0
    return one[some].reset_index(drop=True)


def _fits(question: Question, d: Definition) -> bool:
    """Its rows carry what is filtered, and hold all of it: customers served are in no row (kpis.evaluate.together)."""
    return not question.skips(d) and d.per != "served"


def _rows_of(d: Definition) -> tuple[str, str | None, View | None]:
    """What figures share that are counted in one pass."""
    return d.table, d.at, d.view


@cache
def _rows_at(table: str, at: str | None, view: View | None) -> Definition:
    """Every row of a table, counted at the moment that figures of it name, with the columns of their view."""
    return replace(ALL[table], key=f"all_{table}_{at}", at=at, view=view) if at or view else ALL[table]


def _row(frame: pd.DataFrame) -> dict[str, Any]:
    return {str(name): frame[name].iloc[0] for name in frame.columns}
