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
Asked = Sequence[tuple[Definition, Options]]
_ORDINARY: Final = "is ordinary"


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


def verdicts(t: ibis.Table, asked: Asked) -> dict[str, Any]:
    """Columns of `t` that `measures` needs: who counts, who is good, what is measured, who is exempt of which clock.

    Each is a column once, however many numbers are made of it: the text of a question stays short, and so does the
    time in which a database plans it.
    """
    found: dict[str, Any] = {_ORDINARY: t.event_day.isnull()}
    for d, options in asked:
        for part in d.parts or (d,):
            rows, good = judged(t, part, options, exempt=False)
            found[f"{part.key} rows"] = rows
            if d.statistic == "rate":
                found[f"{part.key} good"] = good
            if part.clock:
                found[f"{part.clock} exempt"] = is_exempt(t, part.clock)
        if d.amount is not None:
            found[f"{d.key} amount"] = d.amount(t, options).cast("float64")
        if callable(d.per):
            found[f"{d.key} per"] = d.per(t, options).cast("float64")
    return found


def counts_somewhere(t: ibis.Table, asked: Asked) -> Any:
    """The rows of `t` that some figure counts, exempt or not: no verdict on the others moves a value."""
    return ibis.or_(*(part.rows(t, options) for d, options in asked for part in d.parts or (d,)))


def measures(t: ibis.Table, asked: Asked, *, beside: bool = False) -> dict[str, Any]:
    """The aggregates over the `verdicts`, each under `key:name`, of which `finished` makes the columns of the value.

    `beside`: also those of the rows without exemptions heeded, and of ordinary days.
    """
    found: dict[str, Any] = {}
    for d, _ in asked:
        ways = {"": True, **({BEFORE: False} if beside and d.clocks else {}), **({ORDINARY: True} if beside else {})}
        for prefix, heeds in ways.items():
            only = t[_ORDINARY] if prefix == ORDINARY else None
            for name, value in _measured(t, d, only, heeds=heeds).items():
                found[f"{d.key}:{prefix}{name}"] = value
    return found


def _measured(t: ibis.Table, d: Definition, only: Any, *, heeds: bool) -> dict[str, Any]:
    def counted(part: Definition) -> Any:
        rows = t[f"{part.key} rows"]
        rows = rows & ~t[f"{part.clock} exempt"] if part.clock and heeds else rows
        return rows if only is None else rows & only

    if d.statistic == "rate":
        n = [counted(part) for part in d.parts or (d,)]
        good = [rows & t[f"{part.key} good"] for rows, part in zip(n, d.parts or (d,), strict=True)]
        return {"n": _total(n), "successes": _total(good)}
    rows = counted(d)
    found = {"n": _total([rows])}
    if callable(d.per):
        found[BASE] = t[f"{d.key} per"].sum(where=rows)
    if d.amount is None:
        return found
    amount = t[f"{d.key} amount"]
    if d.statistic in ("sum", "ratio"):
        return found | {"value": amount.sum(where=rows)}
    if d.statistic == "mean":
        return found | {"value": amount.mean(where=rows), "spread": amount.std(where=rows, how="sample")}
    return found | {"value": amount.quantile(QUANTILES[d.statistic], where=rows)}


def _total(flags: Sequence[Any]) -> Any:
    """How many times some flag is set."""
    first, *others = (flag.sum().fill_null(0) for flag in flags)
    return sum(others, first)


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
    names = ("n", "successes", "value", "spread", BASE)
    told = {name: [row.get(f"{d.key}:{mark}{name}", np.nan) for d, mark in lines] for name in names}
    frame = pd.DataFrame(told).apply(pd.to_numeric).astype("float64")
    measured = [d.amount is not None or d.statistic in ("rate", "ratio") for d, _ in lines]
    kind = np.array([d.statistic if has else "count" for (d, _), has in zip(lines, measured, strict=True)])
    scale = np.array([d.scale for d, _ in lines])
    rates = pd.DataFrame(_rate(frame["successes"], frame["n"]))
    half = wilson.Z95 * frame["spread"] / np.sqrt(frame["n"].where(frame["n"] > 1))
    frame["low"] = rates["low"].where(kind == "rate", (frame["value"] - half).where(kind == "mean"))
    frame["high"] = rates["high"].where(kind == "rate", (frame["value"] + half).where(kind == "mean"))
    over = frame["value"].where([d.amount is not None for d, _ in lines], frame["n"]).fillna(0)
    ratio = over * scale / frame[BASE].where(frame[BASE] > 0)
    frame["value"] = frame["n"].where(kind == "count", ratio.where(kind == "ratio", frame["value"]))
    frame["value"] = rates["value"].where(kind == "rate", frame["value"])
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
