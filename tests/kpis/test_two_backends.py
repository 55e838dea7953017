"""The catalogue's expressions mean the same on DuckDB and on PostgreSQL: every figure of the same made rows."""

import itertools
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any, Final

import duckdb
import numpy as np
import pandas as pd
import psycopg
import pyarrow as pa
import pytest
import sqlalchemy as sa

from bench.kpis_answers import sql_of
from kpis.catalogue import CATALOGUE
from kpis.evaluate import question, values
from kpis.measures import BEFORE, COLUMNS, ORDINARY, finished
from kpis.orders import NOT_OURS
from kpis.periods import GRAINS, Every
from kpis.types import DIMS, Definition, Options
from store.facts import schema
from store.facts.read import Reader
from store.scope import Scope
from tests.conftest import empty_database
from tests.kpis.stage import NOW, ZONE

Ask = Callable[[Any], pd.DataFrame]
ROWS: Final = {
    "work_orders": 4000,
    "outages": 2000,
    "surveys": 2000,
    "outage_areas": 2000,
    "outage_events": 2000,
    "order_events": 200,
    "customers": 300,
    "units": 50,
}
CODES: Final = {
    **{name: sorted(codes) for name, codes in schema.ALLOWED.items()},
    "category": ["fault_report", "complaint", "report", "service_application"],  # those that are judged most
    "subcategory_1": ["connection", *NOT_OURS, "低压故障"],
    "exempt": [f",{clock}," for clock in schema.CLOCK_LINES] + [",answer,arrival,"],
    "event_day": ["a storm"],
    "outage_no": [str(number) for number in range(400)],
    "transformer_area": [f"T{number}" for number in range(40)],
    "kind@outage_events": ["estimate_set", "estimate_changed", "crew_status"],
    "kind@units": ["transformer_area", "station"],
    "code": [f"T{number}" for number in range(60)],
    "kind@order_events": ["reopened", "supervised", "urged"],
}
NUMBERS: Final = {"scale_min": (1, 2), "scale_max": (5, 6), "score": (0, 7)}  # whole ones, from and below
MOST_NULL: Final = ("gone_at", "parent_order_no", "exempt", "reopened_at", "event_day")
POSTGRES: Final = {
    "text": "text", "time": "timestamptz", "real": "float8", "int": "int8", "flag": "bool", "day": "date",
    "hash": "numeric",
}  # fmt: skip


OPTIONS: Final = Options(sustained_min=10_000)  # made outages last for days


def made(table: schema.Table) -> pa.Table:
    """Random rows with every column, each at times null; whatever their times and codes say of each other."""
    random, n = np.random.default_rng(len(table.name)), ROWS[table.name]
    columns = [_column(random, table, column, n) for column in table.columns]
    return pa.Table.from_arrays(columns, schema=schema.arrow_schema(table, derived=True))


def _column(random: np.random.Generator, table: schema.Table, column: schema.Column, n: int) -> pa.Array:
    null = random.random(n) < (0.9 if column.name in MOST_NULL else 0.2)
    if column.name in ("source", "source_key", "read_at", "row_hash"):
        null[:] = False
    if column.kind == "text":
        codes = CODES.get(f"{column.name}@{table.name}") or CODES.get(column.name) or ["a", "b", "丙"]
        found: Any = random.choice(codes, n) if column.name != "source_key" else np.arange(n).astype(str)
    elif column.kind == "time":  # 30 days and some hours to come, to the microsecond
        found = np.datetime64(NOW.replace(tzinfo=None), "us") - random.integers(-(10**11), 26 * 10**11, n)
    elif column.kind == "day":
        found = np.datetime64("2026-11-20") - random.integers(0, 400, n)
    elif column.kind == "flag":
        found = random.random(n) < 0.5
    elif column.name in NUMBERS:
        found = random.integers(*NUMBERS[column.name], n).astype(np.float64)
    elif column.kind == "real":
        found = np.round(random.exponential(90, n), 3)
    else:
        found = random.integers(0, 24, n)
    shape = schema.arrow_schema(table, derived=True).field(column.name).type
    return pa.array(np.asarray(found, dtype=object) if column.kind == "text" else found, mask=null).cast(shape)


@pytest.fixture(scope="module")
def both(postgres: sa.URL) -> Iterator[tuple[Reader, Ask]]:
    """A reader of DuckDB, and what asks PostgreSQL the same."""
    facts = duckdb.connect()
    facts.execute("SET TimeZone = 'UTC'")
    with psycopg.connect(empty_database(postgres), autocommit=True) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        for name in ROWS:
            table = schema.TABLES[name]
            rows = made(table)
            facts.register("rows", rows)
            facts.execute(f"CREATE TABLE {name} AS SELECT * FROM rows")  # noqa: S608  names of the schema
            columns = ", ".join(f"{c.name} {POSTGRES[c.kind]}" for c in table.columns)
            connection.execute(f"CREATE TABLE {name} ({columns})".encode())
            _copy(connection, name, rows)
        connection.execute("ANALYZE")

        def ask(asked: Any) -> pd.DataFrame:
            cursor = connection.execute(sql_of(asked, NOW).encode())
            return pd.DataFrame(cursor.fetchall(), columns=[c.name for c in cursor.description or ()])

        with Reader(facts, Scope.everything("test")) as reader:
            yield reader, ask


def _copy(connection: Any, name: str, rows: pa.Table) -> None:
    with connection.cursor().copy(f"COPY {name} FROM STDIN".encode()) as copy:
        for row in rows.to_pylist():
            copy.write_row(list(row.values()))


def slices(frame: pd.DataFrame, names: list[str]) -> dict[tuple[Any, ...], dict[Any, Any]]:
    """The rows of `frame` by what they stand for."""
    found = {tuple(_plain(row[name]) for name in names): row for row in frame.to_dict("records")}
    assert len(found) == len(frame)
    return found


def _plain(value: Any) -> Any:
    if pd.isna(value):
        return None
    return pd.Timestamp(value).strftime("%F") if not isinstance(value, str | int | np.integer | float) else value


def check(both: tuple[Reader, Ask], d: Definition, options: Options, **how: Any) -> int:
    """Compares all columns of the value on both sides; the number of slices."""
    reader, ask = both
    ours = values(reader, d, options, now=NOW, **how)
    theirs = finished(ask(question(reader, d, options, **{"by": (), **how})), d)
    names = [*(["bucket"] if how.get("every") else []), *how.get("by", ())]
    found, expected = slices(theirs, names), slices(ours, names)
    assert set(expected) <= set(found)
    assert all(found[key]["n"] == 0 for key in set(found) - set(expected)), "ours leaves empty slices away"
    prefixes = [p for p in ("", BEFORE, ORDINARY) if f"{p}n" in ours]
    for key, row in expected.items():
        for column in (f"{prefix}{name}" for prefix in prefixes for name in COLUMNS):
            mine, other = row[column], found[key][column]
            if column.endswith(("n", "successes")):
                assert _whole(mine) == _whole(other), (key, column)
            else:
                assert other == pytest.approx(mine, rel=1e-9, abs=1e-12, nan_ok=True), (key, column)
    return len(expected)


def _whole(value: Any) -> int | None:
    return None if pd.isna(value) else int(value)


def test_the_rows_are_worth_comparing(both: tuple[Reader, Ask]) -> None:
    """Every figure has rows, and every rate good ones and bad ones."""
    for d in CATALOGUE.values():
        whole = values(both[0], d, OPTIONS, now=NOW).iloc[0]
        assert whole["n"] > 5, d.key
        if d.statistic == "rate":
            assert 0 < whole["successes"] <= whole["n"], d.key


@pytest.mark.parametrize("key", CATALOGUE)
def test_equal_by_two_dimensions_and_every_week(both: tuple[Reader, Ask], key: str) -> None:
    d = CATALOGUE[key]
    place = list(CATALOGUE).index(key)
    pairs = list(itertools.combinations(DIMS[d.table], 2))
    by = list(pairs[place * 37 % len(pairs)])  # another pair each
    assert check(both, d, OPTIONS, by=by, every=Every("week", ZONE), beside=True) > 5


@pytest.mark.parametrize("key", CATALOGUE)
def test_equal_as_a_whole(both: tuple[Reader, Ask], key: str) -> None:
    check(
        both,
        CATALOGUE[key],
        Options(no_limit="excluded", sustained_min=10_000),
        start=NOW - timedelta(days=20),
        end=NOW,
        beside=True,
    )


@pytest.mark.parametrize("grain", GRAINS)
def test_equal_in_buckets_of_every_grain(both: tuple[Reader, Ask], grain: Any) -> None:
    assert check(both, CATALOGUE["promise_keeping_rate"], Options(), every=Every(grain, ZONE)) >= 2


def test_equal_within_a_filter(both: tuple[Reader, Ask]) -> None:
    where = {"county": ["a", ""], "hour": ["8", "9"], "category": ["fault_report"]}
    check(both, CATALOGUE["arrival_minutes_mean"], Options(), by=["day"], where=where)
