"""How soon a change is in the facts of a running node when its commit rings: LISTEN/NOTIFY, 200 changes a second."""

import shutil
import time
from pathlib import Path
from typing import Any, Final

import numpy as np
import sqlalchemy as sa

from bench.city import ZONE, built
from bench.collecting_speed import KEPT, PER_S, Writer, made_table
from bench.columns import Size
from bench.databases import sources
from bench.results import Measure
from node import Node, jobs_of
from settings import load
from site_clock import Clock
from store.facts.merge import Merged

SETTLED_S: Final = 5  # the first ticks of a node make what later ones use again
SETTINGS: Final = """[site]
name = "bell"
zone = "{zone}"
key = "a key of this bench only"

[node]
var = "{folder}"

[sources.soon]
url = "{url}"
bell = "lightkeeper"

[[sources.soon.tables]]
into = "work_orders"
table = "soon"
key = "no"
changed_at = "changed"
open_while_empty = ["ended"]

[sources.soon.tables.columns]
order_no = "no"
accepted_at = "opened"
restored_at = "ended"
call_count = "calls"
"""
TRIGGER: Final = """
CREATE FUNCTION ring_lightkeeper() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NOTIFY lightkeeper; RETURN NULL; END $$;
CREATE TRIGGER ring_lightkeeper AFTER INSERT OR UPDATE OR DELETE ON soon
  FOR EACH STATEMENT EXECUTE FUNCTION ring_lightkeeper();
"""


def of_bell(folder: Path, *, quick: bool) -> list[Measure]:
    """A node with its ticks each second, on the facts of a city; `quick`: on those of the one source."""
    rows, run_s = (5_000, 10) if quick else (100_000, 60)
    if not quick:
        shutil.copy(built(KEPT, Size()) / "facts.duckdb", folder / "facts.duckdb")
    with sources(folder) as databases:
        url, _ = databases["postgresql"]
        engine = sa.create_engine(url)
        made_table(engine, rows)
        with engine.begin() as connection:
            connection.exec_driver_sql(TRIGGER)
        file = folder / "lightkeeper.toml"
        text = SETTINGS.format(zone=ZONE, folder=folder, url=url.render_as_string(hide_password=False))
        file.write_text(text, "utf-8")
        node = Node(load(file), Clock())
        try:
            return _measured(node, engine, rows, run_s)
        finally:
            node.close()
            engine.dispose()


def _measured(node: Node, engine: sa.Engine, rows: int, run_s: int) -> list[Measure]:
    seen: dict[str, float] = {}
    merge, merged_rows = node.facts.merge, 0

    def noted(batch: Any, derive: Any) -> Merged:
        nonlocal merged_rows
        merged = merge(batch, derive)
        at = time.monotonic()
        merged_rows += merged.new
        for call in batch.rows["call_count"].to_pylist():
            seen.setdefault(str(call), at)
        return merged

    node.facts.merge = noted  # type: ignore[method-assign]
    scheduler, writer = jobs_of(node), Writer(engine, rows)
    scheduler.start()
    node.ringing.start()
    try:
        _until(lambda: merged_rows >= rows, 180)
        time.sleep(SETTLED_S)
        asked = node.house.collectors["soon"]._number
        writer.start()
        time.sleep(run_s)
        writer.stopping.set()
        writer.join()
        time.sleep(3)
    finally:
        scheduler.shutdown(wait=True)
        node.ringing.stop()
    polls = node.house.collectors["soon"]._number - asked
    ages = [seen[call] - at for call, at in writer.committed.items() if call in seen]
    orders = node.facts._db.execute("SELECT count(*) FROM work_orders").fetchall()[0][0]
    note = (
        f"{PER_S} changes a second into a node of {orders:,} orders with its ticks; {len(ages):,} of "
        f"{len(writer.committed):,} changes seen before the row changed again; median {np.median(ages):.2f} s; "
        f"{polls / (run_s + 3):.1f} polls a second; bound: under 0.4"
    )
    return [Measure("bell_to_facts_p95_s", float(np.percentile(ages, 95)), "s", len(ages), note)]


def _until(is_done: Any, limit_s: float) -> None:
    end = time.monotonic() + limit_s
    while not is_done():
        assert time.monotonic() < end, "the rows were not read in time"
        time.sleep(0.1)
