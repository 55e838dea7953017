"""A large city's facts, made from one seed: two years of 5,000 orders a day with their events, surveys and outages.

Made straight in the facts file, because the merge of years is another bench's question; derived columns come from the
functions that a merge uses. A node serves it with `app.py run --config FOLDER/lightkeeper.toml --clock CLOCK`.
"""

import argparse
import json
import sqlite3
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import duckdb
import numpy as np
import pyarrow as pa

from bench import rows
from bench.columns import Size, tree
from bench.rows import Chance
from kpis.calendars_file import load as load_calendar
from kpis.derive import Rules, derivers
from kpis.limits_file import load
from store.facts import schema, tables
from store.facts.frames import frame_of
from store.facts.repeats import relink, touch

ZONE: Final = "Asia/Shanghai"
NOW: Final = datetime(2026, 11, 20, 6, 32, tzinfo=UTC)  # Friday 14:32 at the site
CLOCK: Final = NOW.isoformat()  # of a node that serves the city
FORM: Final = 5  # of the rows made here: another number makes a kept city anew
SLICE: Final = timedelta(days=30)
SETTINGS: Final = """[site]
name = "大江供电服务"
name_en = "Dajiang power service"
zone = "{zone}"

[node]
var = "."
tick_s = 1.0

[walls.main]

[sources.feed]
url = "sqlite:///{feed}"
poll_s = 1.0
{mappings}
"""
MAPPING: Final = """
[[sources.feed.tables]]
into = "{name}"
table = "{name}"
key = "k"
changed_at = "changed_at"
time_format = "epoch_s"
columns = {{ {column} = "n" }}
"""
FED: Final = {"work_orders": "order_no", "surveys": "survey_no", "outages": "outage_no"}


def built(folder: Path, size: Size | None = None, seed: int = 1) -> Path:
    """`folder` with facts.duckdb and lightkeeper.toml of the city; a city that is there already is kept."""
    size = size or Size()
    stamp, wanted = folder / "city.json", {"form": FORM, "seed": seed, "days": size.days, "per_day": size.per_day}
    if stamp.is_file() and json.loads(stamp.read_text()) == wanted:
        return folder
    folder.mkdir(parents=True, exist_ok=True)
    for file in folder.glob("facts.duckdb*"):
        file.unlink()
    with duckdb.connect(str(folder / "facts.duckdb")) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        tables.make(connection)
        _fill(connection, size, seed)
    _feed(folder)
    stamp.write_text(json.dumps(wanted))
    return folder


def _fill(connection: Any, size: Size, seed: int) -> None:
    derive = derivers(Rules(load(), load_calendar(ZONE)))
    grown = tree(size)
    _store(connection, "units", rows.units(grown))
    _store(connection, "customers", rows.customers(grown))
    for number, (start, length) in enumerate(_slices(size)):
        chance = Chance(np.random.default_rng([seed, number]), grown, NOW, number)
        orders = rows.orders(chance, start, length, size.per_day * length.days)
        made = {"work_orders": orders, "order_events": rows.events(chance, orders)}
        made |= {"surveys": rows.surveys(chance, orders)} | rows.outages(chance, start, length, size)
        for name, table in made.items():
            _store(connection, name, _derived(name, table, derive))
    touch(connection, "(SELECT *, identity_key AS was, accepted_at AS known_at FROM work_orders)", "was")
    relink(connection)
    for name in ("work_orders", "surveys", "outages", "units"):
        connection.execute("INSERT INTO versions VALUES (?, 1)", [name])
    connection.execute("CHECKPOINT")


def _slices(size: Size) -> Iterator[tuple[datetime, timedelta]]:
    """Start and length of each slice, the earliest first; the last ends now."""
    for back in range(size.days, 0, -SLICE.days):
        yield NOW - timedelta(days=back), min(SLICE, timedelta(days=back))


def _derived(name: str, table: pa.Table, derive: Any) -> pa.Table:
    if name not in derive:
        return table
    own = [c for c in schema.TABLES[name].columns if not c.derived]
    missing = {c.name: pa.nulls(table.num_rows, pa.string()) for c in own if c.name not in table.column_names}
    whole = table
    for column, nulls in missing.items():
        whole = whole.append_column(column, nulls)
    types = schema.arrow_schema(schema.TABLES[name], derived=True)
    for column, values in derive[name](frame_of(whole), {}).items():
        array = pa.Array.from_pandas(values)
        table = table.append_column(column, array.cast(types.field(column).type, safe=False))
    return table


def _store(connection: Any, name: str, table: pa.Table) -> None:
    """Rows with what every merged row has: a source, a key, a hash, when it was read."""
    connection.register("made", table)
    connection.execute(
        f"""INSERT INTO "{name}" BY NAME
            SELECT * EXCLUDE (made_at), 'feed' AS source, 'made' AS mapping, made_at AS changed_at,
                   made_at + INTERVAL 2 SECOND AS read_at, hash(source_key, made_at) AS row_hash FROM made"""  # noqa: S608  names of the schema, no values
    )
    connection.unregister("made")


def _feed(folder: Path) -> None:
    """Settings, and a source that is read like any other and has nothing new."""
    feed = folder / "feed.db"
    feed.unlink(missing_ok=True)
    with sqlite3.connect(feed) as made:
        for name in FED:
            made.execute(f"CREATE TABLE {name} (k TEXT, n TEXT, changed_at INTEGER)")
    mappings = "".join(MAPPING.format(name=name, column=column) for name, column in FED.items())
    text = SETTINGS.format(zone=ZONE, feed=feed.resolve(), mappings=mappings)
    (folder / "lightkeeper.toml").write_text(text, encoding="utf-8")


def main(argv: list[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path("var/bench/city"))
    parser.add_argument("--days", type=int, default=Size.days)
    parser.add_argument("--per-day", type=int, default=Size.per_day)
    asked = parser.parse_args(argv)
    began = time.perf_counter()
    folder = built(asked.folder, Size(asked.days, asked.per_day))
    sys.stdout.write(f"{folder}: {time.perf_counter() - began:.0f} s\n")


if __name__ == "__main__":
    main(sys.argv[1:])
