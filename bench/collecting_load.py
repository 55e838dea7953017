"""A first load: orders of 30 columns from a source into the facts, beside pandas.read_sql and an insert into DuckDB.

Each side is a process of its own on the same table: `python -m bench.collecting_load SIDE URL FOLDER`. Both map and
hash by the same projector. Links and what is derived of the orders only a merge knows: the two are compared until all
rows are stored, and the whole is told beside it.
"""

import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import duckdb
import pandas as pd
import pyarrow as pa
import sqlalchemy as sa

from bench.databases import sources
from bench.results import Measure
from collectors.collector import Collector, collect
from collectors.project import Projector
from kpis.calendars_file import load as load_calendar
from kpis.derive import Rules, derivers
from kpis.limits_file import load as load_limits
from settings_sources import Source
from store.facts import schema, tables
from store.facts.db import Facts

ROWS: Final = 3_650_000
CHUNK: Final = 50_000
MAPPING: Final[dict[str, Any]] = {
    "into": "work_orders", "table": "gd", "key": "no", "changed_at": "gxsj", "open_where": {"zt": ["done"]},
    "identity": ["khbh"],
    "columns": {
        "order_no": "no", "channel": {"column": "qd", "codes": "qd"}, "category": {"column": "lx", "codes": "lx"},
        "subcategory_1": "zl1", "subcategory_2": "zl2", "grade": {"column": "dj", "codes": "dj"}, "customer_no": "khbh",
        "customer_kind": {"column": "khlx", "codes": "khlx"}, "is_sensitive": "mg", "county": "xian", "station": "suo",
        "transformer_area": "tq", "feeder": "xl", "area_class": "qy", "lon": "jd", "lat": "wd", "crew": "bz",
        "handler": "clr", "accepted_at": "slsj", "dispatched_at": "pdsj", "received_at": "jdsj", "arrived_at": "ddsj",
        "restored_at": "hfsj", "contacted_at": "lxsj", "replied_at": "bjsj", "archived_at": "gdsj",
        "status": {"column": "zt", "codes": "zt"}, "call_count": "cs", "capacity_kva": "rl",
    },
}  # fmt: skip
CODES: Final = {
    "qd": {"1": "95598", "2": "12345", "3": "app"},
    "lx": {"0": "fault_report", "1": "complaint", "2": "report", "3": "opinion", "4": "suggestion", "5": "enquiry"},
    "dj": {"0": "general", "1": "important", "2": "major"},
    "khlx": {"居民": "residential", "非居民": "low_voltage_business", "高压": "high_voltage"},
    "zt": {"done": "open", "archived": "closed"},
}
# Two years of orders in the order in which they were changed, as a table grows; the names as such tables have them.
MADE: Final = """CREATE TABLE gd AS SELECT
    'GD' || lpad(i::text, 10, '0') AS no, (1 + i % 3)::text AS qd, (i % 6)::text AS lx, 'S1-' || (i % 40) AS zl1,
    'S2-' || (i % 300) AS zl2, (i % 3)::text AS dj, 'C' || lpad((i::bigint * 7919 % 900000)::text, 9, '0') AS khbh,
    (ARRAY['居民', '非居民', '高压'])[1 + i % 3] AS khlx, i % 50 = 0 AS mg, 'X' || (i % 12) AS xian,
    'Z' || (i % 120) AS suo, 'TQ' || (i % 20000) AS tq, 'XL' || (i % 900) AS xl,
    (ARRAY['urban', 'rural', 'remote'])[1 + i % 3] AS qy, 112 + (i % 1000) / 500.0::float8 AS jd,
    29 + (i % 777) / 400.0::float8 AS wd, 'B' || (i % 300) AS bz, 'P' || (i % 2000) AS clr, t AS slsj,
    t + interval '3 min' AS pdsj, t + interval '4 min' AS jdsj,
    CASE WHEN i % 3 = 0 THEN t + interval '40 min' END AS ddsj,
    CASE WHEN i % 3 = 0 THEN t + interval '95 min' END AS hfsj, t + interval '30 min' AS lxsj,
    t + interval '5 h' AS bjsj, t + interval '2 d' AS gdsj, CASE WHEN i % 50 = 7 THEN 'done' ELSE 'archived' END AS zt,
    (1 + i % 3)::int AS cs, (i % 10)::numeric(10, 2) AS rl, t + interval '2 d' AS gxsj
    FROM (SELECT i, timestamp '2024-11-01' + make_interval(secs => i * 62208000.0 / {rows}) AS t
          FROM generate_series(1, {rows}) i) one"""


def of_load(folder: Path, *, quick: bool, rows: int | None = None) -> list[Measure]:
    """Ours, pandas, and ours with all that is derived of an order, one after the other on one PostgreSQL."""
    many = rows or (100_000 if quick else ROWS)
    with sources(folder) as databases:
        url, _ = databases["postgresql"]
        engine = sa.create_engine(url)
        with engine.begin() as connection:
            connection.exec_driver_sql(MADE.format(rows=many).replace("%", "%%"))
            connection.exec_driver_sql("ALTER TABLE gd ADD PRIMARY KEY (no)")
            connection.exec_driver_sql("CREATE INDEX ON gd (gxsj)")
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM ANALYZE gd")
        engine.dispose()
        text = url.render_as_string(hide_password=False)
        found = {side: _run(side, text, folder / side) for side in SIDES}
    assert all(one["rows"] == many for one in found.values()), found
    return _measures(many, found)


def _run(side: str, url: str, folder: Path) -> dict[str, float]:
    folder.mkdir()
    done = subprocess.run(
        [sys.executable, "-m", "bench.collecting_load", side, url, str(folder)], stdout=subprocess.PIPE, check=True
    )
    found: dict[str, float] = json.loads(done.stdout)
    return found


def _measures(many: int, found: Mapping[str, Mapping[str, float]]) -> list[Measure]:
    ours, rival, derived = found["ours"], found["pandas"], found["derived"]
    per_s = {side: one["rows"] / one["took_s"] for side, one in found.items()}
    stored_per_s = ours["rows"] / ours["stored_s"]
    said = f"{many:,} orders of 30 columns from PostgreSQL"
    vs = f"ours over pandas.read_sql(chunksize={CHUNK}), psycopg on both, same mapping and hash; bound: at least 4"
    peak = f"node {ours['peak_gb']:.2f}, reader {ours['reader_gb']:.2f}; pandas {rival['peak_gb']:.2f}; bound: 1.5"
    linked = "the same load until the links between an identity's orders are made as well"
    late = f"with links and all that is derived; node {derived['peak_gb']:.2f} GB, reader {derived['reader_gb']:.2f}"
    return [
        Measure("first_load_rows_per_s", stored_per_s, "rows/s", many, f"{said}, until all are stored"),
        Measure("first_load_pandas_rows_per_s", per_s["pandas"], "rows/s", many, said),
        Measure("first_load_vs_pandas", stored_per_s / per_s["pandas"], "times", many, vs),
        Measure("first_load_linked_rows_per_s", per_s["ours"], "rows/s", many, linked),
        Measure("first_load_peak_gb", ours["peak_gb"] + ours["reader_gb"], "GB", 1, peak),
        Measure("first_load_derived_rows_per_s", per_s["derived"], "rows/s", many, late),
    ]


def _source(url: str) -> Source:
    return Source.model_validate({"url": url, "codes": CODES, "tables": [MAPPING], "look_back_s": 0})


def _ours(url: str, folder: Path, derive: Any) -> dict[str, float]:
    """A collector with its process, merged as `collect --once` does."""
    collector = Collector("load", _source(url), b"site key", lambda: datetime.now(UTC))
    rows, began, is_done = 0, time.perf_counter(), False
    with Facts(folder / "facts.duckdb", "Asia/Shanghai") as facts:
        while not is_done:
            batches, errors = collect({"load": collector}, facts.cursor, time.monotonic, 1.0)
            assert not errors, errors
            for batch in batches:
                rows += facts.merge(batch, derive).new
                is_done = not batch.more and not batch.strays
            del batches  # a page is large
        stored_s = time.perf_counter() - began
        while facts.link_some():
            pass
    took_s = time.perf_counter() - began
    assert collector.process is not None
    reader_gb = _peak_kb(collector.process.pid) / 2**20
    collector.stop()
    return {"rows": rows, "took_s": took_s, "stored_s": stored_s, "reader_gb": reader_gb}


def _peak_kb(pid: int) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM")).split()[1])


def _pandas(url: str, folder: Path) -> dict[str, float]:
    source, rows = _source(url), 0
    projector, table = Projector("load", source, b"site key"), schema.WORK_ORDERS.name
    names = ", ".join(dict.fromkeys(("no", "gxsj", *(str(way.column) for way in source.tables[0].columns.values()))))
    began = time.perf_counter()
    with duckdb.connect(str(folder / "facts.duckdb")) as db, sa.create_engine(url).connect() as connection:
        db.execute("SET TimeZone = 'UTC'")
        tables.make(db)
        for frame in pd.read_sql(sa.text(f"SELECT {names} FROM gd"), connection, chunksize=CHUNK):  # noqa: S608  ours
            raw = pa.Table.from_pandas(frame.astype({"rl": float}), preserve_index=False).replace_schema_metadata(None)
            raw = raw.cast(pa.schema([_plain(column) for column in raw.schema]))
            made = projector.project(source.tables[0], raw, datetime.now(UTC)).rows
            db.register("made", made)
            db.execute(f'INSERT INTO "{table}" BY NAME FROM made')
            rows += made.num_rows
    return {"rows": rows, "took_s": time.perf_counter() - began, "reader_gb": 0.0}


def _plain(column: Any) -> Any:
    is_text = pa.types.is_string(column.type) or pa.types.is_large_string(column.type)
    kind = pa.timestamp("us") if pa.types.is_timestamp(column.type) else pa.string() if is_text else column.type
    return pa.field(column.name, kind)


def _derived(url: str, folder: Path) -> dict[str, float]:
    return _ours(url, folder, derivers(Rules(load_limits(), load_calendar("Asia/Shanghai"))))


SIDES: Final[Mapping[str, Callable[[str, Path], dict[str, float]]]] = {
    "ours": lambda url, folder: _ours(url, folder, {}),
    "pandas": _pandas,
    "derived": _derived,
}


def main(side: str, url: str, folder: str) -> None:
    found = SIDES[side](url, Path(folder))
    peak_gb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    sys.stdout.write(json.dumps({**found, "peak_gb": peak_gb}))


if __name__ == "__main__":
    main(*sys.argv[1:])
