"""Driver rows -> Arrow, column by column, whatever the driver gives."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final

import pyarrow as pa

_MOMENTS: Final = {"moments": "1"}  # marks text that stands for times of the database's own type


def table_of(names: Sequence[str], rows: Sequence[Sequence[Any]]) -> Any:
    """`rows` as a pa.Table with one column per name.

    Shapes: each column is text, int64, double, bool, or timestamp (naive or UTC). A column whose values do not agree
    on a type, as SQLite allows, is text; so is one of times of which the driver could not hold all. Zero rows give
    empty text columns.
    """
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(names)
    arrays = [_column(values) for values in columns]
    fields = [
        pa.field(name, array.type, metadata=_MOMENTS if _is_moments(array, values) else None)
        for name, array, values in zip(names, arrays, columns, strict=True)
    ]
    return pa.table(arrays, schema=pa.schema(fields))


def kinds_of(table: Any) -> tuple[str, ...]:
    """One of text, int, real, flag, wall, instant, moments per column: what the projection must know."""
    return tuple("moments" if field.metadata else _KIND[str(field.type)] for field in table.schema)


def _is_moments(array: Any, values: Sequence[Any]) -> bool:
    return pa.types.is_string(array.type) and any(isinstance(value, date) for value in values)


_KIND = {
    "string": "text",
    "int64": "int",
    "double": "real",
    "bool": "flag",
    "timestamp[us]": "wall",
    "timestamp[us, tz=UTC]": "instant",
}


def _column(values: Sequence[Any]) -> Any:
    if not values:
        return pa.array([], pa.string())
    try:
        array = pa.array(values)
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError, OverflowError, UnicodeEncodeError):
        return _as_text(values)
    kind = array.type
    if pa.types.is_timestamp(kind):
        return array.cast(pa.timestamp("us", tz="UTC" if kind.tz else None))
    if pa.types.is_date(kind):
        return array.cast(pa.timestamp("us"))
    if pa.types.is_null(kind):
        return array.cast(pa.string())
    return array if str(kind) in _KIND else _as_text(values)


def _as_text(values: Sequence[Any]) -> Any:
    return pa.array([None if value is None else _text(value) for value in values], pa.string())


def _text(value: Any) -> str:
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value).decode("utf-8", "replace")
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, Decimal):
        return f"{value:f}"  # as the database writes it: 0.0000001, not 1E-7
    return str(value).encode("utf-8", "replace").decode("utf-8")
