"""How soon a change is in the facts, what an idle source costs, how long 2,000 changes take to merge into a city."""

import os
import shutil
import statistics
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import sqlalchemy as sa

from bench.city import NOW, built
from bench.columns import Size
from bench.databases import sources
from bench.results import Measure
from collectors.batch import REJECTS, Batch
from collectors.collector import Collector, collect
from collectors.decide import Cursor
from kpis.calendars_file import load as load_calendar
from kpis.derive import Rules, derivers
from kpis.limits_file import load
from settings_sources import Source
from store.facts import schema
from store.facts.db import Facts

KEPT: Final = Path("var/bench/city")
PER_S: Final = 200
SETTLED_S: Final = 10  # after the load: what it left is compared and done
MAPPING: Final = {
    "into": "work_orders",
    "table": "soon",
    "key": "no",
    "changed_at": "changed",
    "open_while_empty": ["ended"],
    "columns": {"order_no": "no", "accepted_at": "opened", "restored_at": "ended", "call_count": "calls"},
}


def of_merge(folder: Path, *, quick: bool) -> list[Measure]:
    """Merges of 2,000 changed orders of the last week, with derived columns and links: of ten eight went on (a time and
    a status), one was called about again, one is new."""
    size = Size(60, 500) if quick else Size()
    shutil.copy(built(folder / "city" if quick else KEPT, size) / "facts.duckdb", folder / "facts.duckdb")
    derive = derivers(Rules(load(), load_calendar("Asia/Shanghai")))
    took_ms, cpu_ms = [], []
    with Facts(folder / "facts.duckdb", "Asia/Shanghai") as facts:
        (orders,) = facts._db.execute("SELECT count(*) FROM work_orders").fetchall()[0]
        for turn in range(4 if quick else 12):
            batch = _changed(facts, turn)
            began, cpu = time.perf_counter(), time.process_time()
            merged = facts.merge(batch, derive)
            took_ms.append((time.perf_counter() - began) * 1000)
            cpu_ms.append((time.process_time() - cpu) * 1000)
            assert merged.changed == batch.rows.num_rows
    cost = f"{statistics.median(cpu_ms):.0f} ms of CPU; bound: under 100"
    note = f"2,000 orders of the last week (8 of 10 went on, 1 called again, 1 new) into {orders:,}; {cost}"
    return [Measure("merge_2000_ms", statistics.median(took_ms), "ms", len(took_ms), note)]


def _changed(facts: Facts, turn: int) -> Batch:
    """Orders of the last week as they went on, of which every tenth has another call and every tenth is new."""
    names = schema.arrow_schema(schema.WORK_ORDERS, derived=False).names
    week = "accepted_at > ?::TIMESTAMPTZ - INTERVAL 7 DAY"
    went_on = f"""SELECT {", ".join(names)} FROM (
        SELECT * EXCLUDE (i) REPLACE (
            CASE WHEN i % 10 = 9 THEN 'new-{turn}-' || i ELSE source_key END AS source_key,
            CASE WHEN i % 10 = 9 THEN 'new-{turn}-' || i ELSE order_no END AS order_no,
            CASE WHEN i % 10 = 8 THEN coalesce(call_count, 1) + 1 ELSE call_count END AS call_count,
            CASE WHEN i % 10 < 8 THEN 'archived' ELSE status END AS status,
            CASE WHEN i % 10 < 8 THEN ?::TIMESTAMPTZ ELSE archived_at END AS archived_at)
        FROM (SELECT *, row_number() OVER () AS i FROM (
            FROM (FROM work_orders WHERE {week}) USING SAMPLE reservoir(2000 ROWS))))"""  # noqa: S608
    rows = facts._db.execute(went_on, [NOW, NOW]).to_arrow_table()
    hashes = pa.array(rows["row_hash"].to_numpy() ^ np.uint64(turn + 1))
    rows = rows.set_column(names.index("row_hash"), "row_hash", hashes)
    mapping = "work_orders->work_orders"
    after = facts.cursor("feed", mapping)
    return Batch(
        source="feed",
        mapping=mapping,
        table="work_orders",
        rows=rows,
        personal=None,
        rejects=REJECTS.empty_table(),
        whole=False,
        vanished=None,
        cursor=Cursor(str(turn)),
        after=None if after is None else Cursor(*after),
        source_now=NOW,
        read_at=NOW,
        more=False,
        suspicion=None,
        queries=1,
        query_s=0.0,
    )


class Writer(threading.Thread):
    """Writes PER_S changes a second, and remembers when each was committed."""

    def __init__(self, engine: sa.Engine, rows: int) -> None:
        super().__init__(daemon=True)
        self.engine, self.rows, self.stopping = engine, rows, threading.Event()
        self.committed: dict[str, float] = {}  # calls (a number of its own) of a row -> when it was committed

    def run(self) -> None:
        number, step_s = 0, 0.05
        while not self.stopping.wait(step_s):
            many = int(PER_S * step_s)
            keys = [f"{1 + (number * 7919 + i) % self.rows:08}" for i in range(many)]
            told = [{"n": number * many + i, "no": key} for i, key in enumerate(keys)]
            with self.engine.begin() as connection:
                text = "UPDATE soon SET calls = :n, changed = clock_timestamp() WHERE no = :no"
                connection.execute(sa.text(text), told)
            at = time.monotonic()
            self.committed |= {str(one["n"]): at for one in told}
            number += 1


def made_table(engine: sa.Engine, rows: int) -> None:
    """The table `soon`: two years, one row of twenty is open."""
    with engine.begin() as connection:
        connection.execute(sa.text("CREATE TABLE soon (no text primary key, opened timestamptz, "
                                   "ended timestamptz, calls bigint, changed timestamptz)"))  # fmt: skip
        connection.execute(sa.text(
            "INSERT INTO soon SELECT lpad(i::text, 8, '0'), now(), CASE WHEN i % 20 > 0 THEN now() END, -1, "
            "now() - interval '730 days' * random() FROM generate_series(1, :rows) i"), {"rows": rows})  # fmt: skip
        connection.execute(sa.text("CREATE INDEX ON soon (changed)"))


def of_soon(folder: Path, *, quick: bool) -> list[Measure]:
    """A node's reading of one PostgreSQL table: 200 changes a second, polled each second; late commits; quiet."""
    rows, run_s, idle_s = (5_000, 10, 10) if quick else (3_650_000, 60, 60)
    with sources(folder) as databases:
        url, _ = databases["postgresql"]
        engine = sa.create_engine(url)
        made_table(engine, rows)
        source = Source.model_validate({"url": url.render_as_string(hide_password=False), "tables": [MAPPING]})
        with Facts(folder / "soon.duckdb", "Asia/Shanghai") as facts:
            reading = _Reading(facts, Collector("soon", source, b"", lambda: datetime.now(UTC)))
            try:
                reading.until(lambda: reading.rows >= rows, 600)
                assert reading.rows >= rows, "the first load took longer than ten minutes"
                found = [_under_load(reading, engine, rows, run_s), _late(reading, engine, quick=quick)]
                found.append(_idle(reading, idle_s))
            finally:
                reading.collector.stop()
                engine.dispose()
    return found


class _Reading:
    """Polls as a node's tick does, each 50 ms a look whether something is due or has come."""

    def __init__(self, facts: Facts, collector: Collector) -> None:
        self.facts, self.collector = facts, collector
        self.rows = 0
        self.merged_at: list[tuple[float, Any]] = []

    def until(self, is_done: Callable[[], bool], limit_s: float) -> None:
        end = time.monotonic() + limit_s
        while not is_done() and time.monotonic() < end:
            self.turn()

    def turn(self) -> None:
        collectors, comparing = {"soon": self.collector}, self.collector.comparing
        batches, errors = collect(collectors, self.facts.cursor, time.monotonic, 0.25, self.facts)
        assert not errors, errors
        for batch in batches:
            if batch.looked and batch.looked.tallies is not None:
                comparing.take(batch, self.facts, None)
                continue
            merged = self.facts.merge(replace(batch), {})
            comparing.take(batch, self.facts, merged.missing, merged.differences, merged.held)
            self.rows += merged.new
            self.merged_at.append((time.monotonic(), batch.rows["call_count"]))
        if not batches:
            time.sleep(0.05)


def _under_load(reading: _Reading, engine: sa.Engine, rows: int, run_s: int) -> Measure:
    writer = Writer(engine, rows)
    reading.merged_at.clear()
    writer.start()
    reading.until(lambda: False, run_s)
    writer.stopping.set()
    writer.join()
    reading.until(lambda: False, 3)
    seen: dict[str, float] = {}
    for at, calls in reading.merged_at:
        for call in calls.to_pylist():
            seen.setdefault(str(call), at)
    ages = [seen[call] - at for call, at in writer.committed.items() if call in seen]
    seen_of = f"{len(ages):,} of {len(writer.committed):,} changes seen before the row changed again"
    note = f"{PER_S} changes a second, poll 1 s, {rows:,} rows; {seen_of}; bound: under 1.2"
    return Measure("change_to_facts_p95_s", float(np.percentile(ages, 95)), "s", len(ages), note)


def _late(reading: _Reading, engine: sa.Engine, *, quick: bool) -> Measure:
    """A row stamped ten minutes before it is committed: what the reader sees of a transaction held open so long."""
    waits = []
    for number in range(2 if quick else 5):
        no, found = f"late-{number}", threading.Event()
        with engine.begin() as connection:
            values = {"no": no, "at": datetime.now(UTC) - timedelta(minutes=10)}
            connection.execute(sa.text("INSERT INTO soon VALUES (:no, :at, NULL, 1, :at)"), values)
        began = time.monotonic()

        def is_there(no: str = no, found: threading.Event = found) -> bool:
            sql = "SELECT count(*) FROM work_orders WHERE source_key = ?"
            return bool(reading.facts._db.execute(sql, [no]).fetchall()[0][0]) or found.is_set()

        reading.until(is_there, 90)
        assert is_there(), "the late commit was not seen in 90 s"
        waits.append(time.monotonic() - began)
    note = "stamped ten minutes before its commit; the slowest; bound: under 60"
    return Measure("late_commit_visible_s", max(waits), "s", len(waits), note)


def _idle(reading: _Reading, idle_s: int) -> Measure:
    """CPU of the reader's process while nothing changes: polls each second and looks at their pace."""
    reading.until(lambda: False, SETTLED_S)
    assert reading.collector.process is not None
    pid = reading.collector.process.pid
    before, began = _cpu_s(pid), time.monotonic()
    reading.until(lambda: False, idle_s)
    share = 100 * (_cpu_s(pid) - before) / (time.monotonic() - began)
    return Measure("idle_source_cpu_pct", share, "% of a core", idle_s, "the reader's process; bound: under 2")


def _cpu_s(pid: int) -> float:
    """Seconds of CPU a process has used."""
    user, system = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")
