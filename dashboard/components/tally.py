"""How many rows count and how many of them are good, for every figure of a page, by unit: one pass over each table.

Counts add up, so the figure of a county is the sum of its stations and needs no pass of its own.
"""

from dataclasses import dataclass, replace
from typing import Any, Final

import ibis
import numpy as np
import pandas as pd

from dashboard.components.question import Question
from kpis import weeks
from kpis.catalogue import HEADLINES
from kpis.evaluate import rows_of
from kpis.measures import Asked, with_rates
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
    """The headlines, then the rates that this site's settings name, and the one whose rows are looked at."""
    first = [d.key for d in HEADLINES]
    looked = question.query.kpi
    rates = [d for d in question.catalogue.values() if d.statistic == "rate" and not d.view and d.key not in first]
    own = [d for d in rates if d.key in question.options or d.key == looked]
    return [*(question.catalogue[key] for key in first if key in question.catalogue), *own]


def dim_of(question: Question) -> tuple[str, str | None]:
    """What to slice by and within which unit: the city's counties, a county's stations, a station among its sisters,
    a feeder alone."""
    unit = question.units.get(question.query.unit)
    if unit and unit.kind == "feeder":
        return "feeder", unit.code
    if unit is None or unit.kind == "city":
        return ("county", question.query.unit) if question.units.children(None, "county") else ("station", None)
    return "station", unit.code if unit.kind == "county" else unit.parent


def tallies(question: Question) -> dict[str, Tally]:
    """A tally for every shown definition whose rows carry what is filtered."""
    definitions = [d for d in shown(question) if not question.skips(d)]
    found: dict[str, Tally] = {}
    dim, within = dim_of(question)
    for table in dict.fromkeys(d.table for d in definitions):
        mine = [d for d in definitions if d.table == table]
        found |= _tallied(question, mine, _counts(question, table, mine, within, dim))
    return found


def counted(question: Question) -> int:
    """How many rows stand behind the query's own figure, of its outcome where it has one."""
    d = question.catalogue[str(question.query.kpi)]
    beside = [other for other in shown(question) if other.table == d.table]  # counted together, so kept together
    counts = _counts(question, d.table, beside if d in beside else [d], question.query.unit)
    n, good = (int(counts[name].sum()) for name in weeks.names(d))
    return {"success": good, "failure": n - good}.get(str(question.query.outcome), n)


def _counts(
    question: Question, table: str, definitions: list[Definition], within: str | None, dim: str = "county"
) -> pd.DataFrame:
    """Column unit (one row per `dim`), then n and successes of each definition, of the rows within a unit.

    Weeks that are over are added up from what was counted of them before; only what may still move is counted now.
    """
    asked = question.of_unit(within)
    if table == "surveys":
        asked = replace(asked, query=replace(asked.query, channel=None))  # a survey's channel is not the order's
    judged = tuple((d, question.option(d)) for d in definitions)
    past = weeks.Past(asked.reader, table, judged, asked.asked["where"], asked.span, asked.now)
    found = [] if past.frame is None else [past.frame.rename(columns={dim: "unit"})]
    found += [_now(replace(asked, span=span), table, judged, dim) for span in past.rest]
    named = [name for d in definitions for name in weeks.names(d)]
    whole = pd.concat([frame[["unit", *named]] for frame in found], ignore_index=True)
    return whole.groupby("unit", dropna=False, sort=False)[named].sum().reset_index()


def _now(asked: Question, table: str, definitions: Asked, dim: str) -> pd.DataFrame:
    """The counts of the question's span, from the rows."""

    def make() -> ibis.Table:
        start, end = asked.period
        t = asked.narrowed(rows_of(asked.reader, ALL[table], Options(), start=start, end=end), ALL[table])
        return weeks.counts(t, {"unit": t[dim]}, definitions)

    return asked.reader.ask(("tally", table, definitions, dim, asked.beyond), make, asked.now, asked.values)


def _tallied(question: Question, definitions: list[Definition], counts: pd.DataFrame) -> dict[str, Tally]:
    """The tally of each definition; all their rates are computed at once."""
    unit, units = question.units.get(question.query.unit), counts["unit"].to_numpy(dtype=object)
    mine = units == unit.code if unit and unit.kind == "station" else np.ones(len(units), dtype=bool)
    lines = []
    for d in definitions:
        n, good = (counts[name].to_numpy() for name in weeks.names(d))
        some = n > 0
        lines.append(
            pd.DataFrame(
                {
                    "unit": [*units[some], None],  # the total is the last line
                    "n": [*n[some], n[mine].sum()],
                    "successes": [*good[some], good[mine].sum()],
                }
            )
        )
    rated = with_rates(pd.concat(lines, ignore_index=True))
    ends = np.cumsum([len(one) for one in lines])
    found = {}
    for d, start, end in zip(definitions, [0, *ends], ends, strict=False):
        total = {str(name): float(value) for name, value in rated.iloc[end - 1].items() if name != "unit"}
        found[d.key] = Tally(d, d.target_of(question.option(d)), rated.iloc[start : end - 1], total)
    return found
