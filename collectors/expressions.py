"""The few expressions a mapping is made of: text, number, flag, time, code, as vectorised DuckDB expressions."""

import hashlib
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final, TypeAlias

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
from duckdb import CaseExpression, ColumnExpression, FunctionExpression, lit

from store.facts.schema import DUCKDB_TYPE, Kind

Expr: TypeAlias = Any  # duckdb.Expression

call: Final = FunctionExpression
constant: Final = lit  # ConstantExpression warns where a code is spelled like a column
BLANKS: Final = " \t\r\n\u00a0\u3000"
TRUE: Final = ("1", "y", "yes", "t", "true", "是")
FALSE: Final = ("0", "n", "no", "f", "false", "否")
_LAST_S: Final = 253402300799  # end of year 9999; beyond it DuckDB refuses the whole batch
_EARLIEST: Final = "1900-01-01 00:00:00+00"
_STEADY_UNTIL: Final = "2099-12-30 00:00:00"
_LATEST: Final = "9999-12-31 00:00:00+00"  # a day early: it must have a wall time in every zone


def quoted(name: str) -> Expr:
    """The column called exactly `name`: DuckDB does not split a column expression at dots."""
    return ColumnExpression(name)


def when(condition: Expr, then: Expr, otherwise: Expr | None = None) -> Expr:
    case = CaseExpression(condition, then)
    return case if otherwise is None else case.otherwise(otherwise)


def first(options: Sequence[Expr]) -> Expr:
    """The first of `options` that is not null."""
    chosen = options[-1]
    for option in reversed(options[:-1]):
        chosen = when(option.isnotnull(), option, chosen)
    return chosen


def null(kind: Kind) -> Expr:
    return constant(None).cast(DUCKDB_TYPE[kind])


def joined(*parts: Expr) -> Expr:
    """Texts one after the other; null when one is null."""
    whole = parts[0]
    for part in parts[1:]:
        whole = call("||", whole, part)
    return whole


def text(column: Expr, kind: str) -> Expr:
    """The text of a source column that `trimmed` went over; null when blank. A whole number has no point, so that 1.0
    is code 1."""
    if kind == "real":
        whole = (column == call("trunc", column)) & (call("abs", column) < constant(1e15))
        return when(whole, column.cast("BIGINT").cast("VARCHAR"), column.cast("VARCHAR"))
    if kind != "text":
        return column.cast("VARCHAR")
    return call("nullif", column, constant(""))


def trimmed(raw: Any) -> Any:
    """`raw` (pa.Table) with no blanks around its texts. By Arrow: DuckDB takes twenty times as long (measured)."""
    for i, column in enumerate(raw.schema):
        if pa.types.is_string(column.type):
            raw = raw.set_column(i, column, pc.utf8_trim(raw.column(i), characters=BLANKS))
    return raw


def there(column: Expr, kind: str) -> Expr:
    """Whether a source column that `trimmed` went over has a value."""
    known = column.isnotnull()
    return known & (column != constant("")) if kind == "text" else known


def same(column: Expr, kind: str, wanted: Kind) -> Expr | None:
    """A source column that has the wanted kind already, as it is; None where it is to be read from its text."""
    if kind == wanted == "real":
        return when(call("isfinite", column), column)
    if kind == wanted and kind in ("int", "flag"):
        return column
    return column.cast("DOUBLE") if (kind, wanted) == ("int", "real") else None


def number(raw: Expr) -> Expr:
    """Text as DOUBLE; null when it is no finite number."""
    value = raw.try_cast("DOUBLE")
    return when(call("isfinite", value), value)


def whole_number(raw: Expr) -> Expr:
    exact = raw.try_cast("DOUBLE")
    fits = (call("trunc", exact) == exact) & (call("abs", exact) < constant(9e18))
    return when(
        fits,
        first(
            [
                when(call("regexp_full_match", raw, constant(r"-?\d{1,18}")), raw.try_cast("BIGINT")),
                exact.try_cast("BIGINT"),
            ]
        ),
    )


def flag(raw: Expr) -> Expr:
    lower = call("lower", raw)
    yes = lower.isin(*(constant(word) for word in TRUE))
    no = lower.isin(*(constant(word) for word in FALSE))
    return CaseExpression(yes, constant(True)).when(no, constant(False))


def time(column: Expr, raw: Expr, kind: str, form: str | None, zone: str) -> Expr:
    """A source column as TIMESTAMPTZ; null when it can not be read as `form`. Wall times are local in `zone`.

    It may lie outside what can be computed with (infinity stands for what lies far out): see `usable_time`.

    A wall time that does not exist (clocks set forward) is moved on by the gap; one that exists twice is the later one,
    in standard time.
    """
    if kind == "instant":
        return column
    if kind == "wall":
        return _local(column, zone)
    if kind == "moments":
        form = None  # the database's own times, some of them beyond what its driver can hold
    if form == "epoch_s":
        return _epoch(number(raw), 1)
    if form == "epoch_ms":
        return _epoch(number(raw), 1000)
    if form and form != "native":
        parsed = call("try_strptime", raw, constant(form))
        return parsed.cast("TIMESTAMPTZ") if "%z" in form else _local(parsed, zone)
    wall = _local(raw.try_cast("TIMESTAMP"), zone)
    clock = call("substr", raw, constant(11))
    has_offset = (
        call("suffix", clock, constant("Z"))
        | call("contains", clock, constant("+"))
        | call("contains", clock, constant("-"))
    )
    at = when(has_offset, raw.try_cast("TIMESTAMPTZ"), wall)
    # Words that DuckDB takes for times (epoch, infinity) and years before Christ are none to compute with.
    is_plain = call("regexp_matches", raw, constant(r"^\d"))
    dated = when(is_plain, at, when(raw.try_cast("TIMESTAMP").isnotnull(), _infinity()))
    return first([dated, when(raw.isnotnull(), _infinity())]) if kind == "moments" else dated


def usable_time(at: Expr) -> Expr:
    """`at` where it lies in 1900 to 9999, else null."""
    usable = (at >= constant(_EARLIEST).cast("TIMESTAMPTZ")) & (at < constant(_LATEST).cast("TIMESTAMPTZ"))
    return when(usable, at)


def _local(wall: Expr, zone: str) -> Expr:
    """A wall time of `zone` as an instant; infinity where it lies so far out that DuckDB would refuse the batch."""
    near = (wall >= constant("1800-01-01").cast("TIMESTAMP")) & (wall <= constant("9999-12-31").cast("TIMESTAMP"))
    far = when(wall.isnotnull(), _infinity())
    by_calendar = when(near, call("timezone", constant(zone), wall), far)
    (steady, until), offset_us = _steady(zone)
    if steady >= until:
        return by_calendar
    is_steady = (wall >= constant(steady).cast("TIMESTAMP")) & (wall < constant(until).cast("TIMESTAMP"))
    return when(is_steady, call("make_timestamptz", call("epoch_us", wall) - constant(offset_us)), by_calendar)


@lru_cache
def _steady(zone: str) -> tuple[tuple[str, str], int]:
    """Between which days clocks in `zone` are never changed, as DuckDB knows it, and their offset from UTC in us.

    There a sum gives what the calendar gives, in an eighth of the time (measured). An empty span where they are changed
    each year.
    """
    with duckdb.connect() as db:
        db.execute("SET TimeZone = 'UTC'")
        found = db.execute(
            """WITH days AS (SELECT unnest(range(DATE '1900-01-01', DATE '2100-01-01', INTERVAL 1 DAY)) AS day),
                    offsets AS (SELECT day, epoch_us(day) - epoch_us(timezone($zone, day)) AS us FROM days),
                    now AS (SELECT arg_max(us, day) AS us FROM offsets)
               SELECT coalesce(max(day) + INTERVAL 2 DAY, TIMESTAMP '1900-01-01')::VARCHAR, any_value(now.us)
               FROM offsets RIGHT JOIN now ON offsets.us <> now.us""",
            {"zone": zone},
        ).fetchall()
    ((since, offset_us),) = found
    return (since, _STEADY_UNTIL), int(offset_us)


def _infinity() -> Expr:
    return constant("infinity").cast("TIMESTAMPTZ")


def _epoch(value: Expr, per_s: int) -> Expr:
    micros = call("round", value * constant(1_000_000 // per_s)).cast("BIGINT")
    usable = call("abs", value) < constant(float(_LAST_S * per_s))
    return when(
        usable, call("timezone", constant("UTC"), call("make_timestamp", micros)), when(value.isnotnull(), _infinity())
    )


def minutes_after(start: Expr, raw: Expr) -> Expr:
    """`start` plus the minutes written in `raw`; null when they are no number, negative, or more than ten years."""
    minutes = number(raw)
    usable = (minutes >= constant(0.0)) & (minutes < constant(5_256_000.0))
    return when(usable, start + call("to_microseconds", (minutes * constant(60_000_000.0)).cast("BIGINT")))


def translated(raw: Expr, codes: dict[str, Any], kind: Kind) -> Expr:
    """`raw` looked up in `codes`; null when it is not in the table."""
    if not codes:
        return null(kind)
    values = [str(v) if kind == "text" and not isinstance(v, str) else v for v in codes.values()]
    position = call("list_position", constant(list(codes)), raw)
    return call("list_extract", constant(values), position).cast(DUCKDB_TYPE[kind])


def _without(text: Expr, pattern: str) -> Expr:
    """`text` without what matches; null when nothing is left."""
    return call("nullif", call("regexp_replace", text, constant(pattern), constant(""), constant("g")), constant(""))


_WIDE: Final = "".join(chr(c) for c in range(0xFF01, 0xFF5F))
_NARROW: Final = "".join(chr(c - 0xFEE0) for c in range(0xFF01, 0xFF5F))


def _plain_address(address: Expr) -> Expr:
    """The address as everybody writes it: narrow small letters and digits, nothing but words between them."""
    narrow = call("lower", call("translate", address, constant(_WIDE), constant(_NARROW)))
    return _without(narrow, r"[^\p{L}\p{N}]")


def identity(
    account: Expr | None, phone: Expr | None, address: Expr | None, area: Expr | None, site_key: bytes
) -> Expr:
    """HMAC-SHA256 (RFC 2104) of "account:<no>", else of "phone:<digits>", else of "address:<address>|<area>", as hex.

    Null when none is known. The same address means the same home only within a transformer area, so both are needed.
    """
    key = hashlib.sha256(site_key).digest() if len(site_key) > 64 else site_key
    padded = key.ljust(64, b"\0")
    inner, outer = bytes(b ^ 0x36 for b in padded), bytes(b ^ 0x5C for b in padded)
    named = []
    if account is not None:
        named.append(joined(constant("account:"), account))
    if phone is not None:
        named.append(joined(constant("phone:"), _without(phone, r"\D")))
    if address is not None and area is not None:
        named.append(joined(constant("address:"), _plain_address(address), constant("|"), area))
    if not named:
        return null("text")
    digest = call("sha256", joined(constant(inner), call("encode", first(named))))
    return call("sha256", joined(constant(outer), call("unhex", digest)))
