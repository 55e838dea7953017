"""How many rows count and how many of them are good, for every figure of a page, by unit: one pass over each table.

Counts add up, so the figure of a county is the sum of its stations and needs no pass of its own.
"""

from dataclasses import dataclass
from typing import Any, Final

import ibis
import pandas as pd

from dashboard.components.question import Question
from kpis.catalogue import LIVE
from kpis.evaluate import judged, rows_behind, with_rates
from kpis.types import Definition, Options


def _every(t: ibis.Table, _options: Options) -> Any:
    return t.source.notnull()


def _all_of(table: Any) -> Definition:
    return Definition(
        key=f"all_{table}", label="", formula="", table=table, rows=_every, success=_every, source="", note=""
    )


# All rows are asked for like the rows behind a figure, so that place, period and scope mean the same.
ALL: Final = {table: _all_of(table) for table in ("work_orders", "surveys", "outages")}


@dataclass(frozen=True)
class Tally:
    """Counts of one definition. `by_unit`: columns unit, n, successes, value, low, high; rates in percent or NaN."""

    definition: Definition
    target: float | None
    by_unit: pd.DataFrame
    total: dict[str, float]  # the same columns for the query's own unit


def shown(question: Question) -> list[Definition]:
    """The live definitions, then those that this site's settings name."""
    named = [d for d in question.catalogue.values() if d.key in question.options and d not in LIVE]
    return [*LIVE, *named]


def dim_of(question: Question) -> tuple[str, str | None]:
    """What to slice by and within which unit: the city's counties, a county's stations, a station among its sisters."""
    unit = question.units.get(question.query.unit)
    if unit is None or unit.kind == "city":
        return ("county", question.query.unit) if question.units.children(None, "county") else ("station", None)
    return "station", unit.code if unit.kind == "county" else unit.parent


def tallies(question: Question) -> dict[str, Tally]:
    """A tally for every shown definition whose rows carry what is filtered."""
    definitions = [d for d in shown(question) if not question.skips(d)]
    found: dict[str, Tally] = {}
    for table in dict.fromkeys(d.table for d in definitions):
        mine = [d for d in definitions if d.table == table]
        counts = _counts(question, table, mine)
        found |= {d.key: _tally(question, d, counts) for d in mine}
    return found


def _counts(question: Question, table: str, definitions: list[Definition]) -> pd.DataFrame:
    """One row per unit: column unit, then n and successes of each definition."""
    dim, within = dim_of(question)
    asked = question.of_unit(within).asked
    t = rows_behind(question.reader, ALL[table], Options(), now=question.now, **asked)
    measures = {}
    for d in definitions:
        rows, success = judged(t, d, question.option(d))
        measures[f"{d.key}:n"] = rows.sum().fill_null(0)
        measures[f"{d.key}:good"] = (rows & success).sum().fill_null(0)
    frame = question.reader.frame(t.group_by(unit=t[dim]).aggregate(**measures), question.now)
    return frame.astype(dict.fromkeys(measures, "int64"))


def _tally(question: Question, d: Definition, counts: pd.DataFrame) -> Tally:
    frame = pd.DataFrame({"unit": counts["unit"], "n": counts[f"{d.key}:n"], "successes": counts[f"{d.key}:good"]})
    unit = question.units.get(question.query.unit)
    mine = frame[frame["unit"] == unit.code] if unit and unit.kind == "station" else frame
    total = with_rates(mine[["n", "successes"]].sum().to_frame().T)
    by_unit = with_rates(frame[frame["n"] > 0].reset_index(drop=True))
    return Tally(d, d.target_of(question.option(d)), by_unit, {str(k): float(v) for k, v in total.iloc[0].items()})
