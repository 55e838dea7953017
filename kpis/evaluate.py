"""The value of one definition, sliced; the rows behind it; its JSON form."""

import math
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final

import ibis
import pandas as pd

from kpis import wilson
from kpis.types import COUNTED_AT, BadValue, Definition, Options, Reader, Refusal, UnknownDimension
from store.facts import schema

Where = Mapping[str, Sequence[str]]
_LARGEST: Final = 2**63 - 1
EVERYTHING: Final[Where] = {}


def values(
    reader: Reader,
    definition: Definition,
    options: Options,
    *,
    by: Sequence[str] = (),
    where: Where = EVERYTHING,
    start: datetime | None = None,
    end: datetime | None = None,
    now: datetime,
) -> pd.DataFrame:
    """The rate in percent with its 95 % interval, one row per combination of `by`, ordered by it.

    Shapes: columns `by`, value, n, successes, low, high; without `by` always one row, with it
    only slices that have rows. value, low and high are NaN where n is 0.
    `where`: dimension -> values of which a row has one; the empty text means "not known". `start` <= counted < `end`.
    Errors: UnknownDimension, BadValue.
    """
    by = list(dict.fromkeys(by))
    for dim in by:
        _known_dim(definition, dim)
    t = _counted(reader, definition, where, start, end)
    rows, success = judged(t, definition, options)
    counts = {"n": rows.sum().fill_null(0), "successes": (rows & success).sum().fill_null(0)}
    expr = t.group_by(list(by)).agg(**counts).order_by(list(by)) if by else t.agg(**counts)
    frame = reader.frame(expr, now).astype({"n": "int64", "successes": "int64"})
    if by:
        frame = frame[frame["n"] > 0].reset_index(drop=True)
    return with_rates(frame)[[*by, "value", "n", "successes", "low", "high"]]


def with_rates(counts: pd.DataFrame) -> pd.DataFrame:
    """`counts` (n, successes) with value, low and high in percent added."""
    low, high = wilson.interval(counts["successes"], counts["n"])
    share = counts["successes"].astype("float64").div(counts["n"].where(counts["n"] > 0))
    return counts.assign(value=share * 100, low=low * 100, high=high * 100)


def rows_behind(
    reader: Reader,
    definition: Definition,
    options: Options,
    *,
    where: Where = EVERYTHING,
    start: datetime | None = None,
    end: datetime | None = None,
    outcome: str | None = None,
) -> ibis.Table:
    """The rows that a value of `values` counts, as an expression to sort and page; `is_success` says which are good.

    `outcome`: "success", "failure" or None for both. The expression holds the mark of now, which `reader.frame` fills.
    """
    t = rows_of(reader, definition, options, where=where, start=start, end=end, outcome=outcome)
    return t.mutate(is_success=judged(t, definition, options)[1])


def rows_of(
    reader: Reader,
    definition: Definition,
    options: Options,
    *,
    where: Where = EVERYTHING,
    start: datetime | None = None,
    end: datetime | None = None,
    outcome: str | None = None,
) -> ibis.Table:
    """The rows of `rows_behind` with the table's own columns only: that compiles in a fraction of the time."""
    t = _counted(reader, definition, where, start, end)
    rows, success = judged(t, definition, options)
    if outcome is None:
        return t.filter(rows)
    return t.filter(rows, success if outcome == "success" else ~success)


def listed(
    reader: Reader,
    definition: Definition,
    *,
    where: Where = EVERYTHING,
    start: datetime | None = None,
    end: datetime | None = None,
) -> ibis.Table:
    """All rows of the table of `definition`, judged or not; without a period also those of unknown moment."""
    t = reader.table(definition.table)
    counted_at = t[definition.counted_at]
    here = t.filter((counted_at <= schema.NOW) | counted_at.isnull()) if start is None and end is None else None
    wanted = [_one_of(t, definition, dim, texts) for dim, texts in where.items()]
    if here is not None:
        return here.filter(wanted) if wanted else here
    return _counted(reader, definition, where, start, end)


def judged(t: ibis.Table, definition: Definition, options: Options) -> tuple[Any, Any]:
    """The two predicates of a definition on `t`, with null as no."""
    return definition.rows(t, options).fill_null(False), definition.success(t, options).fill_null(False)


def to_values(
    frame: pd.DataFrame, definition: Definition, as_of: datetime | None, now: datetime, end: datetime | None = None
) -> list[dict[str, Any]]:
    """The JSON form of what `values` gave. `as_of`: the age of the data; `end`: that of the period asked for.

    provisional: the period is not over, so rows may still come.
    """
    by = [c for c in frame.columns if c not in ("value", "n", "successes", "low", "high")]
    open_period = end is None or end > now
    return [
        {
            "key": definition.key,
            "by": {dim: _plain(row[dim]) for dim in by},
            **{name: _number(row[name]) for name in ("value", "low", "high")},
            "n": int(row["n"]),
            "successes": int(row["successes"]),
            "unit": definition.unit,
            "as_of": as_of.isoformat() if as_of else None,
            "provisional": open_period,
            "definition_version": definition.version,
        }
        for row in frame.to_dict("records")
    ]


def _counted(
    reader: Reader, definition: Definition, where: Where, start: datetime | None, end: datetime | None
) -> ibis.Table:
    t = reader.table(definition.table)
    counted_at = t[COUNTED_AT[definition.table]]
    wanted = [counted_at <= schema.NOW]
    if start is not None:
        wanted.append(counted_at >= _moment(start))
    if end is not None:
        wanted.append(counted_at < _moment(end))
    wanted += [_one_of(t, definition, dim, texts) for dim, texts in where.items()]
    return t.filter(wanted)


def _one_of(t: ibis.Table, definition: Definition, dim: str, texts: Sequence[str]) -> Any:
    _known_dim(definition, dim)
    kind = next(c.kind for c in schema.TABLES[definition.table].columns if c.name == dim)
    named = [_value(dim, kind, text) for text in texts if text != ""]
    found = t[dim].isin(named)
    return (found | t[dim].isnull()) if "" in texts else found


def _value(dim: str, kind: schema.Kind, text: str) -> Any:
    try:
        if kind == "int":
            number = int(text)
            if abs(number) > _LARGEST:
                raise ValueError(text)
            return number
        if kind == "day":
            return ibis.literal(date.fromisoformat(text))
    except ValueError as error:
        raise BadValue(dim, text, "write a whole number" if kind == "int" else "write a day as 2026-11-20") from error
    return text


def _known_dim(definition: Definition, dim: str) -> None:
    if dim not in definition.dims:
        raise UnknownDimension(definition, dim)


def _moment(value: datetime) -> Any:
    if not 1900 <= value.year <= 9998:
        raise Refusal(f"{value.isoformat()}: is no time this can be asked for; write a year from 1900 on")
    return ibis.literal(value, type=schema.NOW.type())


def _number(value: float) -> float | None:
    return None if math.isnan(value) else float(value)


def _plain(value: Any) -> Any:
    if pd.isna(value):
        return None
    if isinstance(value, datetime | date):
        return value.strftime("%Y-%m-%d")
    return value if isinstance(value, str) else int(value)
