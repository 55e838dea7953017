"""The values of one KPI as the command line and the API ask for them: a period, buckets of it, and comparisons."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import pandas as pd

from asking import Desk, as_of, moment_of, options_of, where_of
from kpis import catalogue, compare, evaluate, periods
from kpis.left_out import left_out
from kpis.types import Definition, Refusal, UnknownWord
from store.scope import Scope

ONE: Final = ("from", "to", "at", "period", "every", "compare")  # parameters of the API that have one value
YES: Final = ("1", "true", "yes")
_KEYS: Final = {"previous_": "previous", "year_ago_": "year_ago", "year_to_date_": "year_to_date"}


def kpi(desk: Desk, scope: Scope, args: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Values of one definition in their JSON form, one per combination of `by` and bucket of `every`. One alone says
    what it leaves out, by what is wrong (`left_out`), where such figures leave out anything."""
    definition = catalogue.find(args["key"])
    now = moment_of(args.get("at")) or desk.now()
    period, every = _period(desk, args, now), _every(desk, args)
    if args.get("compare"):
        if every:
            raise Refusal("compare: is of one period; leave every away")
        return _compared(desk, scope, definition, args, period, now)
    start, end = period or (None, None)
    asked: dict[str, Any] = {"where": where_of(args.get("where", ())), "start": start, "end": end}
    with desk.facts.read(scope) as reader:
        options = options_of(desk.settings, definition, args.get("option", ()))
        by = args.get("by", ())
        frame = evaluate.values(reader, definition, options, by=by, every=every, beside=True, now=now, **asked)
        missing = {} if by or every else left_out(reader, definition, now, **asked)
    values = evaluate.to_values(frame, definition, as_of(desk.facts, definition.table), now, end, every)
    return [value | {"left_out": missing} for value in values] if missing else values


def _period(desk: Desk, args: Mapping[str, Any], now: datetime) -> tuple[datetime | None, datetime | None]:
    start, end = moment_of(args.get("start")), moment_of(args.get("end"))
    name = args.get("period")
    if not name:
        return start, end
    if start or end:
        raise Refusal(f"period {name}: or a beginning and an end, not both")
    named = periods.named(name, now, desk.settings.site.tz)
    return named.start, named.end


def _every(desk: Desk, args: Mapping[str, Any]) -> periods.Every | None:
    grain = args.get("every")
    if grain is None:
        return None
    if grain not in periods.GRAINS:
        raise UnknownWord("every", grain, periods.GRAINS)
    return periods.Every(grain, desk.settings.site.tz)


def _compared(
    desk: Desk,
    scope: Scope,
    definition: Definition,
    args: Mapping[str, Any],
    span: tuple[datetime | None, datetime | None],
    now: datetime,
) -> list[dict[str, Any]]:
    start, end = span
    if start is None:
        raise Refusal("compare: with what? name a period, or a beginning and an end")
    name = str(args.get("period") or "")
    zone = desk.settings.site.tz
    period = periods.named(name, now, zone) if name else periods.Period(start, end or now)
    options = options_of(desk.settings, definition, args.get("option", ()))
    where = where_of(args.get("where", ()))
    with desk.facts.read(scope) as reader:
        frame = compare.compared(
            reader, definition, options, period, by=args.get("by", ()), where=where, zone=zone, now=now
        )
    more = [c for c in frame.columns if c in ("target", "share") or c.startswith(tuple(_KEYS))]
    plain = evaluate.to_values(
        frame.drop(columns=more), definition, as_of(desk.facts, definition.table), now, period.end
    )
    beside = frame[more].to_dict("records")
    return [value | _beside(row) for value, row in zip(plain, beside, strict=True)]


def _beside(row: Mapping[Any, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {name: _number(row[name]) for name in ("target", "share")}
    for prefix, name in _KEYS.items():
        found[name] = {part: _number(row[f"{prefix}{part}"]) for part in ("value", "low", "high")}
        found[name]["n"] = int(row[f"{prefix}n"])
    return found


def _number(value: Any) -> float | None:
    return None if pd.isna(value) else float(value)


def of_query(key: str, params: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """The arguments of `kpi` from a query string. Errors: UnknownKpi, Refusal for a parameter."""
    catalogue.find(key)
    if unknown := set(params) - {"by", "where", "option", *ONE}:
        raise UnknownWord("parameter", min(unknown), ("by", "where", "option", *ONE))
    one = {name: params[name][-1] for name in ONE if params.get(name)}
    return {
        "key": key,
        "by": [dim for text in params.get("by", ()) for dim in text.split(",") if dim],
        "where": params.get("where", ()),
        "option": params.get("option", ()),
        "start": one.get("from"),
        "end": one.get("to"),
        "at": one.get("at"),
        "period": one.get("period"),
        "every": one.get("every"),
        "compare": str(one.get("compare", "")).lower() in YES,
    }
