"""Many figures of one table as aggregates: each verdict is a column first, so that the database finds it once.

The same columns as `kpis.measures.aggregates`, which repeats a verdict for every number that is made of it.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import ibis

from kpis.measures import BEFORE, ORDINARY, QUANTILES, is_exempt, judged
from kpis.types import Definition, Options

Asked = Sequence[tuple[Definition, Options]]
_ORDINARY: Final = "is ordinary"


def verdicts(t: ibis.Table, asked: Asked) -> dict[str, Any]:
    """Columns of `t` that `measures` needs: who counts, who is good, what is measured, who is exempt of which clock."""
    found: dict[str, Any] = {_ORDINARY: t.event_day.isnull()}
    for d, options in asked:
        for part in d.parts or (d,):
            rows, good = judged(t, part, options, exempt=False)
            found[f"{part.key} rows"] = rows
            if d.statistic == "rate":
                found[f"{part.key} good"] = rows & good
            if part.clock:
                found[f"{part.clock} exempt"] = is_exempt(t, part.clock)
        if d.amount is not None:
            found[f"{d.key} amount"] = d.amount(t, options).cast("float64")
    return found


def measures(t: ibis.Table, asked: Asked, *, beside: bool) -> dict[str, Any]:
    """The aggregates over the `verdicts`, each under `key:name`."""
    found: dict[str, Any] = {}
    for d, _ in asked:
        ways = {"": True, **({BEFORE: False} if beside and d.clocks else {}), **({ORDINARY: True} if beside else {})}
        for prefix, heeds in ways.items():
            only = t[_ORDINARY] if prefix == ORDINARY else None
            for name, value in _measured(t, d, only, heeds=heeds).items():
                found[f"{d.key}:{prefix}{name}"] = value
    return found


def _measured(t: ibis.Table, d: Definition, only: Any, *, heeds: bool) -> Mapping[str, Any]:
    def counted(part: Definition, column: str) -> Any:
        rows = t[f"{part.key} {column}"]
        rows = rows & ~t[f"{part.clock} exempt"] if part.clock and heeds else rows
        return rows if only is None else rows & only

    if d.statistic == "rate":
        parts = d.parts or (d,)
        return {
            name: sum((counted(part, column).sum().fill_null(0) for part in parts[1:]), _of(counted(parts[0], column)))
            for name, column in (("n", "rows"), ("successes", "good"))
        }
    rows = counted(d, "rows")
    if d.amount is None:
        return {"n": _of(rows)}
    amount = t[f"{d.key} amount"]
    if d.statistic == "mean":
        return {"n": _of(rows), "value": amount.mean(where=rows), "spread": amount.std(where=rows, how="sample")}
    return {"n": _of(rows), "value": amount.quantile(QUANTILES[d.statistic], where=rows)}


def _of(flag: Any) -> Any:
    return flag.sum().fill_null(0)
