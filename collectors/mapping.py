"""A mapping of the settings as expressions: source columns -> canonical fields, and what to say of a bad value."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Final

from collectors.expressions import (
    Expr,
    call,
    constant,
    first,
    flag,
    identity,
    joined,
    minutes_after,
    null,
    number,
    quoted,
    same,
    there,
    time,
    translated,
    usable_time,
    when,
    whole_number,
)
from settings_sources import FieldOf, Source
from settings_sources import Mapping as TableMapping
from store.facts import schema
from store.facts.schema import DUCKDB_TYPE, Kind

NOT_A: Final[dict[str, str]] = {
    "real": "is not a number",
    "int": "is not a whole number",
    "flag": "is neither yes nor no",
}


@dataclass(frozen=True)
class Part:
    """One canonical field. Bad where `raw` is not null and `value` is; then `reason`, given `raw`, says why."""

    name: str
    value: Expr
    raw: Expr | None = None  # None: can not be bad
    reason: Callable[[Expr], Expr] | None = None
    far: Expr | None = None  # whether it is a time outside what can be computed with; `reason` asks for it
    there: Expr | None = None  # whether `raw` is not null, without making it


@dataclass(frozen=True)
class Compiled:
    """A mapping as expressions over the source's columns."""

    key: Expr
    parts: tuple[Part, ...]
    personal: tuple[Part, ...]


@dataclass(frozen=True)
class _Context:
    source: Source
    mapping: TableMapping
    kinds: Mapping[str, str]

    def text(self, column: str) -> Expr:
        return quoted(f"t:{column}")


def compile_mapping(source: Source, mapping: TableMapping, kinds: Mapping[str, str], site_key: bytes) -> Compiled:
    """The expressions of `mapping` for source columns of `kinds` (collectors.arrow.kinds_of).

    A mapping without `changed_at` gives null there. Place and hash are added by collectors.project.
    """
    context = _Context(source, mapping, kinds)
    own = {c.name: c.kind for c in schema.TABLES[mapping.into].columns}
    parts = [_part(context, name, own[name], field) for name, field in mapping.columns.items()]
    if mapping.changed_at:
        parts.append(_part(context, "changed_at", "time", FieldOf(column=mapping.changed_at)))
    if any(mapping.identity) and "identity_key" in own:
        account, phone, address = (context.text(c) if c else None for c in [*mapping.identity, "", "", ""][:3])
        area = mapping.columns.get("transformer_area")
        within = None if area is None else _part(context, "transformer_area", "text", area).value
        parts.append(Part("identity_key", identity(account, phone, address, within, site_key)))
    personal = [_part(context, name, "text", field) for name, field in mapping.personal.items()]
    return Compiled(_key(context), tuple(parts), tuple(personal))


def _key(context: _Context) -> Expr:
    """The key as one text; parts of a compound one are joined by `|`, escaped so that no two keys can meet."""
    texts = [context.text(column) for column in context.mapping.key]
    if len(texts) == 1:
        return texts[0]
    safe = [
        call("replace", call("replace", t, constant("\\"), constant("\\\\")), constant("|"), constant("\\|"))
        for t in texts
    ]
    return joined(safe[0], *(p for t in safe[1:] for p in (constant("|"), t)))


def _part(context: _Context, name: str, kind: Kind, field: FieldOf) -> Part:
    if field.const is not None:
        return Part(name, constant(field.const).cast(DUCKDB_TYPE[kind]))
    columns = field.first_of or (str(field.column),)
    raws = [context.text(column) for column in columns]
    raw = first(raws)
    far = None
    if field.codes:
        value, reason = _coded(context, name, kind, field.codes, raw)
    elif kind == "time":
        value, reason, far = _time(context, name, field, columns, raws)
    else:
        value, reason = _plain(kind, raw)
        own = same(quoted(columns[0]), context.kinds[columns[0]], kind) if len(columns) == 1 else None
        value = value if own is None else own
    value, reason = _allowed(context.mapping.into, name, value, reason)
    if field.otherwise is not None:
        value = when(raw.isnull(), constant(field.otherwise).cast(DUCKDB_TYPE[kind]), value)
    if reason is None:
        return Part(name, value, far=far)
    known = reduce(or_, (there(quoted(c), context.kinds[c]) for c in columns))
    return Part(name, value, raw, reason, far, known)


Judged = tuple[Expr, Callable[[Expr], Expr] | None]


def _said(before: str, after: str) -> Callable[[Expr], Expr]:
    """A sentence about the bad value, which is cut so that a long text does not fill the list."""
    return lambda raw: joined(constant(before), call("left", raw, constant(60)), constant(after))


def _plain(kind: Kind, raw: Expr) -> Judged:
    read = {"real": number, "int": whole_number, "flag": flag}
    if kind in read:
        return read[kind](raw), _said("`", f"` {NOT_A[kind]}")
    return raw, None


def _coded(context: _Context, name: str, kind: Kind, table: str, raw: Expr) -> Judged:
    value = translated(raw, dict(context.source.codes[table]), kind)
    return value, _said("unknown code `", f"` for {name}; add it to codes.{table}")


def _time(
    context: _Context, name: str, field: FieldOf, columns: tuple[str, ...], raws: list[Expr]
) -> tuple[Expr, Callable[[Expr], Expr] | None, Expr | None]:
    form, zone = field.time_format or context.mapping.time_format, context.source.zone
    if field.minutes_after:
        base = field.minutes_after
        start = usable_time(time(quoted(base), context.text(base), context.kinds[base], form, zone))
        unlike = _said("`", f"` is no number of minutes after a time in `{base}`")
        return usable_time(minutes_after(start, first(raws))), unlike, None
    times = [time(quoted(c), raw, context.kinds[c], form, zone) for c, raw in zip(columns, raws, strict=True)]
    # The first column that is not blank decides, even when it can not be read: the next one may mean something else.
    value = null("time")
    for raw, at in reversed(list(zip(raws, times, strict=True))):
        value = when(raw.isnotnull(), at, value)
    unlike = _said("`", f"` is not a time like {form or '2026-01-31 08:00:00'}")
    outside = _said("`", "` is a time outside 1900 to 9999")
    far = value.isnotnull()
    return usable_time(value), lambda raw: when(quoted(f"f:{name}"), outside(raw), unlike(raw)), far


def _allowed(into: str, name: str, value: Expr, reason: Callable[[Expr], Expr] | None) -> Judged:
    codes = schema.allowed(into, name)
    if codes is None:
        return value, reason
    good = value.isin(*(constant(code) for code in sorted(codes)))
    return when(good, value), reason or _said("`", f"` is no {name}; translate it by a code table")
