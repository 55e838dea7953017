"""The rows that are there derived anew after a change of the rules: no source is read. Only what differs is written."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import pyarrow as pa

from store.facts import schema
from store.facts.beside import beside
from store.facts.changes import ORDERS
from store.facts.kept import weeks_of
from store.facts.merge import DeriveOne, derived, run
from store.facts.repeats import COLUMNS as LINKED
from store.facts.repeats import insert_linked, relink, touch

MATTER: Final = "is_outage_topic"  # decides which demands are about the same
SLICE: Final = 100_000  # rows derived at once: about 300 MB


@dataclass(frozen=True)
class Moved:
    """The rows of one table that are other ones now: how many, in which columns, and in which weeks they count."""

    rows: int = 0
    columns: frozenset[str] = frozenset()
    weeks: frozenset[datetime] = frozenset()


def rules_of(connection: Any) -> dict[str, str]:
    """The rules by which the rows were derived, part by part; empty where that is not on record."""
    return dict(run(connection, "SELECT part, said FROM rules"))


def note_rules(connection: Any, rules: Mapping[str, str]) -> None:
    """Puts on record by which rules the rows are derived."""
    run(connection, "DELETE FROM rules")
    connection.register("said", pa.table({"part": list(rules), "said": list(rules.values())}))
    run(connection, "INSERT INTO rules BY NAME FROM said")


def has_rows(connection: Any, tables: Collection[str]) -> bool:
    return any(run(connection, f'SELECT 1 FROM "{name}" LIMIT 1') for name in tables)  # noqa: S608  names of the schema


def rederive(
    connection: Any, name: str, derive: DeriveOne, since: datetime | None, seen: Callable[[int, int], None]
) -> Moved:
    """Derives the rows of table `name` anew that count at `since` or later, or at no known moment; None: all.

    Runs in the caller's transaction. `seen`: told after each slice how many rows are done, and of how many.
    """
    table, counted_at = schema.TABLES[name], schema.COUNTED_AT.get(name)
    (last,) = run(connection, f'SELECT coalesce(max(rowid), -1) FROM "{name}"')[0]  # noqa: S608  names of the schema
    run(connection, f'CREATE OR REPLACE TEMP TABLE moved AS SELECT rowid AS rid, * FROM "{name}" LIMIT 0')  # noqa: S608  the schema's
    columns = frozenset[str]()
    for first in range(0, last + 1, SLICE):
        recent = f"AND ({counted_at} >= $since OR {counted_at} IS NULL)" if since and counted_at else ""
        span = {"first": first, "end": first + SLICE} | ({"since": since} if recent else {})
        run(
            connection,
            f"""CREATE OR REPLACE TEMP TABLE slice AS SELECT rowid AS rid, * FROM "{name}"
                WHERE rowid >= $first AND rowid < $end {recent}""",  # noqa: S608  names of the schema
            span,
        )
        columns |= _find_moved(connection, table, derive)
        seen(min(first + SLICE, last + 1), last + 1)
    (rows,) = run(connection, "SELECT count(*) FROM moved")[0]
    moments = [f"SELECT {counted_at} AS moment FROM moved"] if counted_at else []  # noqa: S608  the schema's
    if rows:
        run(connection, f'DELETE FROM "{name}" WHERE rowid IN (SELECT rid FROM moved)')  # noqa: S608  the schema's
    if rows and MATTER in columns:
        columns |= _linked(connection)
        moments.append("SELECT moment FROM links")
    elif rows:
        run(connection, f'INSERT INTO "{name}" BY NAME SELECT * EXCLUDE (rid) FROM moved')  # noqa: S608  the schema's
    weeks = weeks_of(connection, moments)
    for made in ("slice", "moved", "touched", "near", "mine", "links"):
        run(connection, f"DROP TABLE IF EXISTS {made}")
    return Moved(rows, columns, weeks)


def _linked(connection: Any) -> frozenset[str]:
    """Stores the orders of `moved` with links made anew, theirs and those of others; the columns that differ."""
    links = ", ".join(LINKED)
    run(connection, f"CREATE OR REPLACE TEMP TABLE stayed AS SELECT rid, {links} FROM moved")  # noqa: S608  the schema's
    run(connection, f"CREATE OR REPLACE TEMP VIEW written AS SELECT * EXCLUDE ({links}), rowid AS pos FROM moved")  # noqa: S608  the schema's
    touch(connection, "(SELECT *, identity_key AS was, accepted_at AS known_at FROM moved)", "was")
    many = relink(connection, [c.name for c in schema.WORK_ORDERS.columns])
    insert_linked(connection)
    run(connection, "DROP VIEW written")
    return frozenset(LINKED if many else ())


def _find_moved(connection: Any, table: schema.Table, derive: DeriveOne) -> frozenset[str]:
    """Adds to `moved` the rows of `slice` whose derived columns differ; which columns do."""
    own = ", ".join(f'"{c.name}"' for c in table.columns if not c.derived)
    slice_ = connection.sql(f"SELECT rid, {own} FROM slice ORDER BY rid").to_arrow_table()  # noqa: S608  the schema's
    others = beside(connection, "slice", "rid") if table.name == ORDERS else {}
    new = derived(slice_, table, lambda rows: derive(rows, others))
    names = [c.name for c in table.columns if c.derived and c.name in new.column_names]
    connection.register("anew", new.select(["rid", *names]))
    replaced = ", ".join(f'a."{name}" AS "{name}"' for name in names)
    differ = {name: f's."{name}" IS DISTINCT FROM a."{name}"' for name in names}
    both = "FROM slice s JOIN anew a ON a.rid = s.rid"
    found = run(connection, f"SELECT {', '.join(f'count_if({one})' for one in differ.values())} {both}")[0]
    if not any(found):
        return frozenset()
    run(
        connection,
        f"""INSERT INTO moved SELECT s.* REPLACE ({replaced})
            {both} WHERE {" OR ".join(differ.values())} ORDER BY s.rid""",
    )
    return frozenset(name for name, count in zip(names, found, strict=True) if count)
