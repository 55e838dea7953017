"""The value of one definition, sliced; the rows behind it; its JSON form."""

import math
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any, Final

import ibis
import pandas as pd

from kpis import served
from kpis.measures import BEFORE, COLUMNS, ORDINARY, finished, judged, measures, verdicts
from kpis.periods import Every, bucket, is_unfinished
from kpis.types import BadValue, Definition, Options, Reader, Refusal, UnknownDimension
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
    every: Every | None = None,
    beside: bool = False,
    now: datetime,
) -> pd.DataFrame:
    """The value of a definition, one row per combination of `by`, ordered by it.

    Shapes: columns `by`, value, n, successes, low, high; without `by` always one row, with it only slices that have
    rows. value, low and high are NaN where n is 0; successes is missing for what is no rate. The interval is Wilson's
    of a rate and the normal one of a mean, 95 %; a quantile and a ratio of sums have none. A ratio per served customer
    is 0 where nothing happened, and then its n is 0; by places it also has those without a row.
    `where`: dimension -> values of which a row has one; the empty text means "not known". `start` <= counted < `end`.
    `every`: also by the site's days, weeks (from Monday) and so on, in the first column `bucket`.
    `beside`: also before_value ... of the rows with those that are exempt, where the definition heeds exemptions, and
    ordinary_value ... of the rows outside the days of major events.
    Errors: UnknownDimension, BadValue.
    """
    by = list(dict.fromkeys(by))
    asked = question(reader, definition, options, by=by, where=where, start=start, end=end, every=every, beside=beside)
    frame = finished(reader.frame(asked, now), definition)
    names = [*(["bucket"] if every else []), *by]
    if names:
        some = (frame["n"] > 0) | (frame["value"].notna() if definition.per == "served" else False)
        if f"{BEFORE}n" in frame:
            some |= frame[f"{BEFORE}n"] > 0
        frame = frame[some].reset_index(drop=True)
    return frame[[*names, *(c for c in frame.columns if c not in names)]]


def question(
    reader: Reader,
    definition: Definition,
    options: Options,
    *,
    by: Sequence[str],
    where: Where = EVERYTHING,
    start: datetime | None = None,
    end: datetime | None = None,
    every: Every | None = None,
    beside: bool = False,
) -> ibis.Table:
    """What `values` asks: the aggregates of `kpis.measures` by bucket and dimensions. It runs on any Ibis backend."""
    for dim in by:
        known_dim(definition, dim)
    t = _counted(reader, definition, where, start, end)
    names = [*(["bucket"] if every else []), *by]
    known = t.mutate(bucket=bucket(t, every)) if every else t
    known = known.select(*names, **verdicts(t, [(definition, options)]))
    counts = measures(known, [(definition, options)], beside=beside)
    counts = {name.removeprefix(f"{definition.key}:"): value for name, value in counts.items()}
    found = known.group_by(names).agg(**counts) if names else known.agg(**counts)
    if definition.per == "served":
        told = [(dim, partial(one_of, definition=definition, dim=dim, texts=texts)) for dim, texts in where.items()]
        found = served.beside(found, reader, definition.table, told, by, is_whole=every is None)
    return found.order_by(names) if names else found


def together(
    reader: Reader,
    definitions: Sequence[Definition],
    options: Callable[[Definition], Options],
    *,
    by: Sequence[str] = (),
    where: Where = EVERYTHING,
    start: datetime | None = None,
    end: datetime | None = None,
    beside: bool = False,
    now: datetime,
) -> dict[str, pd.DataFrame]:
    """What `values` gives of each of `definitions`, by key, in one pass: they have the same rows (`view`) and moment.

    Slices are those of all of them together: one without rows of a figure has n 0 there.
    """
    first = definitions[0]
    for dim in by:
        known_dim(first, dim)
    t = _counted(reader, first, where, start, end)
    asked = [(d, options(d)) for d in definitions]
    known = t.select(*by, **verdicts(t, asked))
    counts = measures(known, asked, beside=beside)
    found = known.group_by(list(by)).agg(**counts) if by else known.agg(**counts)
    if any(d.per == "served" for d in definitions):
        told = [(dim, partial(one_of, definition=first, dim=dim, texts=texts)) for dim, texts in where.items()]
        found = served.beside(found, reader, first.table, told, by, is_whole=True)
    frame = reader.frame(found.order_by(list(by)) if by else found, now)
    made = {}
    for d in definitions:
        mine = {c: c.removeprefix(f"{d.key}:") for c in frame.columns if c.startswith(f"{d.key}:")}
        rest = [*by, *([served.BASE] if d.per == "served" else [])]
        made[d.key] = finished(frame[[*rest, *mine]].rename(columns=mine), d)
    return made


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
    t = definition.base(reader)
    counted_at = t[definition.counted_at]
    here = t.filter((counted_at <= schema.NOW) | counted_at.isnull()) if start is None and end is None else None
    wanted = [one_of(t, definition, dim, texts) for dim, texts in where.items()]
    if here is not None:
        return here.filter(wanted) if wanted else here
    return _counted(reader, definition, where, start, end)


def to_values(
    frame: pd.DataFrame,
    definition: Definition,
    as_of: datetime | None,
    now: datetime,
    end: datetime | None = None,
    every: Every | None = None,
) -> list[dict[str, Any]]:
    """The JSON form of what `values` gave. `as_of`: the age of the data; `end`: that of the period asked for.

    provisional: the period, or the row's part of it, is not over, so rows may still come; or some may still change.
    """
    beside = {prefix: name for prefix, name in _BESIDE.items() if f"{prefix}n" in frame}
    made = {f"{prefix}{name}" for prefix in ("", *beside) for name in COLUMNS}
    by = [c for c in frame.columns if c not in made]
    open_period = end is None or end + timedelta(days=definition.settles_days) >= now
    return [
        {
            "key": definition.key,
            "by": {dim: _plain(row[dim]) for dim in by},
            **_value_of(row, ""),
            "unit": definition.unit,
            "as_of": as_of.isoformat() if as_of else None,
            "provisional": open_period and (every is None or _may_move(row["bucket"], every, definition, now)),
            "definition_version": definition.version,
            **{name: _value_of(row, prefix) for prefix, name in beside.items()},
        }
        for row in frame.to_dict("records")
    ]


_BESIDE: Final = {BEFORE: "before_exemptions", ORDINARY: "without_event_days"}


def _value_of(row: Mapping[Any, Any], prefix: str) -> dict[str, Any]:
    whole = {name: row[f"{prefix}{name}"] for name in ("n", "successes")}
    return {
        **{name: _number(row[f"{prefix}{name}"]) for name in ("value", "low", "high")},
        **{name: None if pd.isna(value) else int(value) for name, value in whole.items()},
    }


def _counted(
    reader: Reader, definition: Definition, where: Where, start: datetime | None, end: datetime | None
) -> ibis.Table:
    t = definition.base(reader)
    counted_at = t[definition.counted_at]
    wanted = [counted_at <= schema.NOW]
    if start is not None:
        wanted.append(counted_at >= _moment(start))
    if end is not None:
        wanted.append(counted_at < _moment(end))
    wanted += [one_of(t, definition, dim, texts) for dim, texts in where.items()]
    return t.filter(wanted)


def one_of(t: ibis.Table, definition: Definition, dim: str, texts: Sequence[str]) -> Any:
    known_dim(definition, dim)
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


def known_dim(definition: Definition, dim: str) -> None:
    if dim not in definition.dims:
        raise UnknownDimension(definition, dim)


def _moment(value: datetime) -> Any:
    if not 1900 <= value.year <= 9998:
        raise Refusal(f"{value.isoformat()}: is no time this can be asked for; write a year from 1900 on")
    return ibis.literal(value, type=schema.NOW.type())


def _may_move(bucket: Any, every: Every, definition: Definition, now: datetime) -> bool:
    """Rows of the bucket may still come, or change their verdict."""
    return is_unfinished(bucket, every, now - timedelta(days=definition.settles_days))


def _number(value: float) -> float | None:
    return None if math.isnan(value) else float(value)


def _plain(value: Any) -> Any:
    if pd.isna(value):
        return None
    if isinstance(value, datetime | date):
        return value.strftime("%Y-%m-%d")
    return value if isinstance(value, str) else int(value)
