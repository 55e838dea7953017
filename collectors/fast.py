"""The fast path of a first load or catch-up: pages as Arrow straight from the driver (ADBC), where it is installed.

It gives the facts that rows of SQLAlchemy give, or nothing: a type or a value that it would write otherwise, or mixed
types in a column of SQLite, and the table is read row by row. The statement is the same one, with literal values.
"""

import importlib
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import reduce
from pathlib import Path
from typing import Any, Final, overload
from urllib.parse import quote, urlencode

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa

from collectors.decide import Plan, Raw
from collectors.reach import CONNECT_S, postgres_options
from collectors.read import Reads, Row
from settings_sources import Source

# Times the rows of another page. With the usual 20,000 a page is a row group of DuckDB, which goes to the file as it
# is: no log, no checkpoint, two thirds of the time (measured).
PAGES: Final = 122_880 / 20_000
DRIVERS: Final = {"postgresql": "adbc_driver_postgresql.dbapi", "sqlite": "adbc_driver_sqlite.dbapi"}
SPOKEN: Final = ("postgresql", "postgresql+psycopg", "postgresql+psycopg2", "sqlite", "sqlite+pysqlite")
TEXTS: Final = (b"text", b"varchar", b"bpchar", b"name")  # types of PostgreSQL that both paths give as they are
NOT_FINITE: Final = ("nan", "inf", "-inf")
NO_STATE: Final = object()
COMPARED: Final = "it is compared by checksums, which only our own function gives"
CANCELLED: Final = "57014"  # SQLSTATE of PostgreSQL
EXACT: Final = 2.0**53  # beyond it a whole number may not be the same as a double
MIXED: Final = "lightkeeper_mixed"  # bit i: column i of the row is a number
MOST_BITS: Final = 62
_DAY_US: Final = 86_400_000_000
# Two days inside of what Python's times can hold: the other path gives what lies outside as text.
HELD_US: Final = (-719_162 * _DAY_US + 2 * _DAY_US, 2_932_897 * _DAY_US - 2 * _DAY_US)


class UnlikeError(Exception):
    """What would not come as the other path gives it, as words."""


class Places(Sequence[tuple[Raw, Row]]):
    """(changed_at, key) of each row, as the other path's driver gives them; made when asked for."""

    def __init__(self, table: Any, changed_at: str, key: Sequence[str], numbers: frozenset[str]) -> None:
        self._changed = (table.column(changed_at), changed_at in numbers)
        self._key = [(table.column(name), name in numbers) for name in key]
        self._many = table.num_rows

    def __len__(self) -> int:
        return self._many

    @overload
    def __getitem__(self, at: int) -> tuple[Raw, Row]: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[tuple[Raw, Row]]: ...
    def __getitem__(self, at: int | slice) -> Any:
        if isinstance(at, slice):
            return [self._one(i) for i in range(*at.indices(self._many))]
        if not -self._many <= at < self._many:
            raise IndexError(at)
        return self._one(at % self._many)

    def _one(self, at: int) -> tuple[Raw, Row]:
        return _raw(self._changed, at), tuple(_raw(column, at) for column in self._key)


def _raw(column: tuple[Any, bool], at: int) -> Raw:
    value = column[0][at].as_py()
    return Decimal(value) if column[1] and value is not None else value


@dataclass(frozen=True)
class Fetched:
    """A page. `table` is like one of collectors.arrow.table_of."""

    table: Any
    places: Places

    def __len__(self) -> int:
        return len(self.places)


@dataclass
class Fast:
    """One source. Its connection, beside the usual one, is open while a table is loaded."""

    name: str
    source: Source
    why_not: dict[str, str] = field(default_factory=dict)  # of tables that are read row by row, until the process ends
    _connection: Any = None

    def takes(self, reads: Reads) -> bool:
        return reads.mapping.table not in self.why_not

    def page(self, reads: Reads, plan: Plan, dialect: sa.Dialect) -> Fetched | None:
        """What `plan` names; None where that is to be read row by row."""
        if dialect.name == "sqlite" and self.source.look_back_s > 0:
            self.why_not[reads.mapping.table] = COMPARED  # so by design: `check` says it, a node has nothing to tell
            return None
        try:
            return self._page(reads, plan, dialect)
        except (UnlikeError, sa.exc.CompileError) as unlike:
            self._leave(reads, str(unlike))
        except Exception as error:
            state = getattr(error, "sqlstate", NO_STATE)
            if state is NO_STATE:
                raise
            if state == CANCELLED:  # too slow: the other path's pages are smaller
                self._leave(reads, f"{plan.limit} rows took the server longer than limit_s allows")
        self.close()  # a fault of another kind: the other path meets it, or it has passed
        return None

    def _leave(self, reads: Reads, why: str) -> None:
        """Says so once for each reason: a driver that is missing is missing for all tables."""
        table, is_new = reads.mapping.table, why not in self.why_not.values()
        self.why_not[table] = why
        if is_new:
            print(f"source `{self.name}`, table `{table}`: its first load is read row by row: {why}", file=sys.stderr)

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _page(self, reads: Reads, plan: Plan, dialect: sa.Dialect) -> Fetched:
        if self._connection is None:
            self._connection = _connected(self.source)
        lite = dialect.name == "sqlite"
        statement = _of_sqlite(reads, plan) if lite else reads.page(plan)
        with self._connection.cursor() as cursor:
            if lite:  # the types of a column are those of a batch: of all rows of the page
                cursor.adbc_statement.set_options(**{"adbc.sqlite.query.batch_rows": str(plan.limit)})
            cursor.execute(_sql(statement, dialect))
            table = cursor.fetch_arrow_table()
        kinds = {} if lite else {column.name: _like_postgres(column) for column in table.schema}
        if lite:
            _refuse_mixed(table, reads.names)
        numbers = frozenset(name for name, kind in kinds.items() if kind == "number")
        key, changed_at = reads.mapping.key, str(reads.mapping.changed_at)
        arrays = {name: _usual(name, table.column(name), lite=lite) for name in reads.columns}
        raw = pa.table({name: _storage(table.column(name)) for name in dict.fromkeys((changed_at, *key))})
        return Fetched(pa.table(arrays), Places(raw, changed_at, key, numbers))


def _connected(source: Source) -> Any:
    """A session that can not write, with the server's time limit. Errors: UnlikeError where there is no such driver."""
    url = sa.make_url(source.url.get_secret_value())
    if url.drivername not in SPOKEN:
        raise UnlikeError(f"there is no fast driver for {url.drivername}")
    backend = url.get_backend_name()
    try:
        driver = importlib.import_module(DRIVERS[backend])
    except ImportError:
        raise UnlikeError(f"{DRIVERS[backend].split('.')[0]} is not installed") from None
    if backend == "sqlite":
        return driver.connect(f"file:{quote(str(Path(url.database or '').absolute()))}?mode=ro", autocommit=True)
    at = {"host": url.host, "port": url.port, "user": url.username, "password": url.password, "dbname": url.database}
    session = {"options": postgres_options(source.limit_s), "connect_timeout": CONNECT_S, "client_encoding": "UTF8"}
    asked = {name: str(value) for name, value in {**at, **url.query, **session}.items() if value is not None}
    return driver.connect(f"postgresql:///?{urlencode(asked, quote_via=quote)}", autocommit=True)


def _sql(statement: Any, dialect: sa.Dialect) -> str:
    """The statement with its values as literals: with parameters the driver would hold the whole answer as text."""
    kind: Any = type(dialect)
    own = kind(paramstyle="named")  # no percent signs doubled
    if dialect.name == "postgresql":
        own._backslash_escapes = getattr(dialect, "_backslash_escapes", True)
    return str(statement.compile(dialect=own, compile_kwargs={"literal_binds": True}))


def _of_sqlite(reads: Reads, plan: Plan) -> Any:
    """The page with MIXED. Without checksums: their function is Python's."""
    if len(reads.names) > MOST_BITS:
        raise UnlikeError(f"it has more than {MOST_BITS} columns")
    # Numbers sort before all text, whatever the column is declared to be.
    numbers: list[Any] = [
        sa.case((sa.column(name) < sa.literal(""), sa.literal_column(str(1 << i), sa.BigInteger)), else_=0)
        for i, name in enumerate(reads.names)
    ]
    return replace(reads, dialect="").page(plan).add_columns(reduce(lambda a, b: a + b, numbers).label(MIXED))


def _refuse_mixed(table: Any, names: Sequence[str]) -> None:
    """Errors: UnlikeError where the driver has turned numbers into text, or has raw bytes."""
    bits = int(np.bitwise_or.reduce(table.column(MIXED).to_numpy())) if table.num_rows else 0
    for i, name in enumerate(names):
        kind = table.schema.field(name).type
        if pa.types.is_string(kind) and bits >> i & 1:
            raise UnlikeError(f"column `{name}` has numbers among its texts")
        if not (pa.types.is_string(kind) or pa.types.is_int64(kind) or pa.types.is_float64(kind)):
            raise UnlikeError(f"column `{name}` has raw bytes")


def _like_postgres(column: Any) -> str:
    """What a column of PostgreSQL becomes: number (as text), or the rest as it is."""
    kind = (column.metadata or {}).get(b"POSTGRESQL:type", b"")
    if kind == b"numeric":
        return "number"
    if kind in TEXTS or kind in (b"int2", b"int4", b"int8", b"float8", b"bool", b"timestamp", b"timestamptz", b"date"):
        return "as it is"
    raise UnlikeError(f"column `{column.name}` is of type {kind.decode() or column.type}")


def _storage(array: Any) -> Any:
    """The texts below an extension type."""
    if not isinstance(array.type, pa.BaseExtensionType):
        return array
    return pa.chunked_array([chunk.storage for chunk in array.chunks], type=array.type.storage_type)


def _usual(name: str, array: Any, *, lite: bool) -> Any:
    """The column as collectors.arrow would have made it."""
    kind = array.type
    if isinstance(kind, pa.BaseExtensionType):
        array = _storage(array)
        if pc.any(pc.is_in(array, value_set=pa.array(NOT_FINITE))).as_py():
            raise UnlikeError(f"column `{name}` has numbers that are none")
        return array
    if pa.types.is_string(kind):
        try:
            array.validate(full=True)
        except pa.ArrowInvalid:
            raise UnlikeError(f"column `{name}` has text in another encoding") from None
        return array
    if pa.types.is_integer(kind):
        return array.cast(pa.int64())
    if pa.types.is_float64(kind) and lite and pc.any(pc.greater_equal(pc.abs(array), EXACT)).as_py():
        raise UnlikeError(f"column `{name}` has numbers too long for a double")
    if pa.types.is_temporal(kind):
        return _moments(name, array)
    return array


def _moments(name: str, array: Any) -> Any:
    """Times in microseconds, all such that Python can hold them."""
    if pa.types.is_date(array.type):
        micros = pc.multiply(array.cast(pa.int32()).cast(pa.int64()), _DAY_US)
        kind = pa.timestamp("us")
    else:
        micros = array.cast(pa.int64())
        kind = pa.timestamp("us", tz="UTC" if array.type.tz else None)
    if len(micros) > micros.null_count:
        ends = pc.min_max(micros).as_py()
        if ends["min"] < HELD_US[0] or ends["max"] > HELD_US[1]:
            raise UnlikeError(f"column `{name}` has times beyond the years 1 to 9999")
    return micros.cast(kind)
