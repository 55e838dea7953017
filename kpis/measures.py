"""How the rows of a definition become its value: rate, count, mean, quantile or ratio, with n and an interval."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import ibis
import numpy as np
import pandas as pd

from kpis import wilson
from kpis.served import BASE
from kpis.types import Definition, Options

QUANTILES: Final = {"median": 0.5, "p90": 0.9}
# What else is told of every figure: with the rows that are exempt, and without the days of major events.
BEFORE: Final = "before_"
ORDINARY: Final = "ordinary_"
COLUMNS: Final = ("value", "n", "successes", "low", "high")


def judged(t: ibis.Table, definition: Definition, options: Options, *, exempt: bool = True) -> tuple[Any, Any]:
    """Which rows of `t` count and which are good, with null as no. A figure without verdicts calls all of them good.

    `exempt`: rows with an approved exemption are left out.
    """
    if definition.parts:
        verdicts = [judged(t, part, options, exempt=exempt) for part in definition.parts]
        return ibis.or_(*(rows for rows, _ in verdicts)), ibis.and_(*(~rows | good for rows, good in verdicts))
    rows = definition.rows(t, options).fill_null(False)
    if definition.clock and exempt:
        rows &= ~is_exempt(t, definition.clock)
    if definition.amount is not None:
        rows &= definition.amount(t, options).notnull()
    if definition.success is None:
        return rows, ibis.literal(True)
    return rows, definition.success(t, options).fill_null(False)


def is_exempt(t: ibis.Table, clock: str) -> Any:
    """The order has an approved exemption of the clock."""
    return t.exempt.notnull() & t.exempt.fill_null("").contains(f",{clock},")


def per_row(t: ibis.Table, definition: Definition, options: Options, *, exempt: bool = True) -> tuple[Any, Any]:
    """How often each row counts and how often it is good: yes or no, or a whole number where the figure has parts."""
    verdicts = [judged(t, part, options, exempt=exempt) for part in definition.parts or (definition,)]
    counts = [(rows, rows & good) for rows, good in verdicts]
    if len(counts) == 1:
        return counts[0]
    numbers = [(ibis.ifelse(n, 1, 0), ibis.ifelse(good, 1, 0)) for n, good in counts]  # PostgreSQL casts no boolean
    return sum((n for n, _ in numbers[1:]), numbers[0][0]), sum((good for _, good in numbers[1:]), numbers[0][1])


def aggregates(t: ibis.Table, definition: Definition, options: Options, *, beside: bool = False) -> dict[str, Any]:
    """The aggregates over `t` from which `finished` makes the columns of the value.

    `beside`: also those of the rows without exemptions heeded, and of ordinary days.
    """
    found = _aggregates(t, definition, options, None)
    if beside and definition.clocks:
        found |= _prefixed(BEFORE, _aggregates(t, definition, options, None, exempt=False))
    if beside:
        found |= _prefixed(ORDINARY, _aggregates(t, definition, options, t.event_day.isnull()))
    return found


def _aggregates(
    t: ibis.Table, definition: Definition, options: Options, only: Any, *, exempt: bool = True
) -> dict[str, Any]:
    if definition.statistic == "rate":
        n, good = per_row(t, definition, options, exempt=exempt)
        return {"n": n.sum(where=only).fill_null(0), "successes": good.sum(where=only).fill_null(0)}
    rows, _ = judged(t, definition, options, exempt=exempt)
    rows = rows if only is None else rows & only
    found = {"n": rows.sum().fill_null(0)}
    if callable(definition.per):
        found |= {BASE: definition.per(t, options).cast("float64").sum(where=rows)}
    if definition.amount is None:
        return found
    amount = definition.amount(t, options).cast("float64")
    if definition.statistic in ("sum", "ratio"):
        return found | {"value": amount.sum(where=rows)}
    if definition.statistic == "mean":
        return found | {"value": amount.mean(where=rows), "spread": amount.std(where=rows, how="sample")}
    return found | {"value": amount.quantile(QUANTILES[definition.statistic], where=rows)}


def _prefixed(prefix: str, found: Mapping[str, Any]) -> dict[str, Any]:
    return {f"{prefix}{name}": value for name, value in found.items()}


def finished(frame: pd.DataFrame, definition: Definition) -> pd.DataFrame:
    """`frame` of `aggregates` with COLUMNS in place of them, those beside with their prefix.

    value, low and high are NaN where n is 0, successes missing where nothing is judged.
    """
    made: dict[str, Any] = {}
    for prefix in ("", BEFORE, ORDINARY):
        if f"{prefix}n" in frame:
            made |= _prefixed(prefix, _finished(frame, definition, prefix))
    spent = [f"{prefix}{name}" for prefix in ("", BEFORE, ORDINARY) for name in (*COLUMNS, "spread", BASE)]
    return frame.drop(columns=spent, errors="ignore").assign(**made)


def _finished(frame: pd.DataFrame, definition: Definition, prefix: str) -> dict[str, Any]:
    n = frame[f"{prefix}n"].astype("int64")
    nothing = pd.Series(np.nan, index=frame.index)
    if definition.statistic == "rate":
        good = frame[f"{prefix}successes"].astype("int64")
        return _rate(good, n)
    found: dict[str, Any] = {
        "value": nothing,
        "n": n,
        "successes": nothing.astype("Int64"),
        "low": nothing,
        "high": nothing,
    }
    if definition.statistic == "ratio":
        return found | _ratio(frame, definition, prefix)
    if definition.amount is None:
        return found | {"value": n.astype("float64")}
    found["value"] = pd.to_numeric(frame[f"{prefix}value"]).astype("float64")
    if definition.statistic == "mean":
        spread = pd.to_numeric(frame[f"{prefix}spread"]).astype("float64")
        half: pd.Series = wilson.Z95 * spread / np.sqrt(n.where(n > 1))
        found |= {"low": found["value"] - half, "high": found["value"] + half}
    return found


def _ratio(frame: pd.DataFrame, definition: Definition, prefix: str) -> dict[str, Any]:
    """Over the base; counts per served customer have Wilson's interval, sums have none."""
    n = frame[f"{prefix}n"].astype("int64")
    named = BASE if definition.per == "served" else f"{prefix}{BASE}"
    base = pd.to_numeric(frame[named]).astype("float64")
    base = base.where(base > 0)
    if definition.amount is not None:
        total = pd.to_numeric(frame[f"{prefix}value"]).astype("float64").fillna(0.0)
        return {"value": total * definition.scale / base}
    low, high = wilson.interval(np.minimum(n, base.fillna(0)), base.fillna(0))
    return {
        "value": n * definition.scale / base,
        "low": pd.Series(low, index=frame.index) * definition.scale,
        "high": pd.Series(high, index=frame.index) * definition.scale,
    }


def finished_at_once(row: Mapping[str, Any], definitions: Sequence[Definition]) -> dict[str, dict[str, Any]]:
    """What `finished` makes of one row of many figures' aggregates, each under `key:name`: a mapping for each."""
    lines = [(d, mark) for d in definitions for mark in ("", BEFORE, ORDINARY) if f"{d.key}:{mark}n" in row]
    names = ("n", "successes", "value", "spread")
    told = {name: [row.get(f"{d.key}:{mark}{name}", np.nan) for d, mark in lines] for name in names}
    frame = pd.DataFrame(told).apply(pd.to_numeric).astype("float64")
    kind = np.array([d.statistic if d.amount is not None or d.statistic == "rate" else "count" for d, _ in lines])
    rates = pd.DataFrame(_rate(frame["successes"], frame["n"]))
    half = wilson.Z95 * frame["spread"] / np.sqrt(frame["n"].where(frame["n"] > 1))
    frame["low"] = rates["low"].where(kind == "rate", (frame["value"] - half).where(kind == "mean"))
    frame["high"] = rates["high"].where(kind == "rate", (frame["value"] + half).where(kind == "mean"))
    frame["value"] = rates["value"].where(kind == "rate", frame["n"].where(kind == "count", frame["value"]))
    found: dict[str, dict[str, Any]] = {}
    for (d, mark), line in zip(lines, frame.to_dict("records"), strict=True):
        good = int(line["successes"]) if d.statistic == "rate" else np.nan
        one = {name: line[name] for name in COLUMNS} | {"n": int(line["n"]), "successes": good}
        found.setdefault(d.key, {}).update(_prefixed(mark, one))
    return found


def with_rates(counts: pd.DataFrame) -> pd.DataFrame:
    """`counts` (n, successes) with value, low and high in percent added."""
    return counts.assign(**_rate(counts["successes"], counts["n"]))


def _rate(good: pd.Series, n: pd.Series) -> dict[str, Any]:
    low, high = wilson.interval(good, n)
    share = good.astype("float64").div(n.where(n > 0))
    return {"value": share * 100, "n": n, "successes": good, "low": low * 100, "high": high * 100}
