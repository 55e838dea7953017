"""The tables of the facts file, made from the schema; columns the schema gained are added to an older file."""

from collections.abc import Collection
from dataclasses import fields
from typing import Any, Final, TypeVar

from store.facts.schema import DUCKDB_TYPE, TABLES

Kept = TypeVar("Kept", bound=Any)

# Ours alone, not canonical: which mapping a row came from, since when its source no longer lists it, the checksum of
# the row and whether it is open, both by the source's own word.
INTERNAL: Final = {"mapping": "VARCHAR", "left_at": "TIMESTAMPTZ", "source_sum": "BIGINT", "still_open": "BOOLEAN"}

OWN: Final = {
    "watermarks": {
        "source": "VARCHAR",
        "mapping": "VARCHAR",
        "into_table": "VARCHAR",
        "value": "VARCHAR",  # in the source's own form
        "key": "VARCHAR",
        "as_of": "TIMESTAMPTZ",
        "read_at": "TIMESTAMPTZ",
        "offset_s": "DOUBLE",
        "is_slow": "BOOLEAN",
        "suspicion": "VARCHAR",  # what is hard to believe about the last read, as store.facts.suspicion writes it
        "suspect": "VARCHAR",  # the rows that a suspicious read did not list, as store.facts.vanish writes them
        "suspect_reads": "INTEGER",
        "suspect_at": "TIMESTAMPTZ",  # source clock of the last read that was counted
        "suspect_since": "TIMESTAMPTZ",  # and of the first one
        "listed": "BIGINT",  # rows of the last whole list that was believed
    },
    "faults": {"source": "VARCHAR", "mapping": "VARCHAR", "error": "VARCHAR", "error_at": "TIMESTAMPTZ"},
    "fingerprints": {"source": "VARCHAR", "mapping": "VARCHAR", "fingerprint": "VARCHAR"},
    "quarantine": {
        "source": "VARCHAR",
        "source_key": "VARCHAR",
        "mapping": "VARCHAR",
        "field": "VARCHAR",
        "value": "VARCHAR",
        "reason": "VARCHAR",
        "read_at": "TIMESTAMPTZ",
    },
    # What comparing with a source found that its polls had not (store.facts.reconcile); kept for 90 days.
    "differences": {
        "source": "VARCHAR",
        "mapping": "VARCHAR",
        "source_key": "VARCHAR",
        "kind": "VARCHAR",  # late / edited / deleted / returned
        "look": "VARCHAR",  # recent / open / nightly
        "changed_at": "TIMESTAMPTZ",  # as the source has it now; of a deleted row as it had it
        "found_at": "TIMESTAMPTZ",  # our clock
    },
    "versions": {"name": "VARCHAR", "version": "BIGINT"},
    # The clocks that the ledger's register exempts (store.facts.exempt).
    "exempt_clocks": {"source": "VARCHAR", "order_no": "VARCHAR", "clock": "VARCHAR"},
    # When orders were read whose links are made at the end of their load (store.facts.unlinked).
    "unlinked": {"source": "VARCHAR", "mapping": "VARCHAR", "read_at": "TIMESTAMPTZ"},
    # The rules by which derived columns were computed, part by part as text (store.facts.rederive).
    "rules": {"part": "VARCHAR", "said": "VARCHAR"},
}


def make(connection: Any) -> None:
    """Creates what is missing. Existing rows keep null in a new column until they are read again."""
    wanted = {t.name: {c.name: DUCKDB_TYPE[c.kind] for c in t.columns} | INTERNAL for t in TABLES.values()} | OWN
    there: dict[str, set[str]] = {}
    for table, column in connection.execute("SELECT table_name, column_name FROM duckdb_columns()").fetchall():
        there.setdefault(table, set()).add(column)
    for name, columns in wanted.items():
        if name not in there:
            body = ", ".join(f'"{column}" {kind}' for column, kind in columns.items())
            connection.execute(f'CREATE TABLE "{name}" ({body})')
            continue
        for column in columns.keys() - there[name]:
            connection.execute(f'ALTER TABLE "{name}" ADD COLUMN "{column}" {columns[column]}')


def loaded(connection: Any, kind: type[Kept], table: str) -> list[Kept]:
    """The rows of one of our own tables as `kind`, a dataclass with the columns' names."""
    names = ", ".join(field.name for field in fields(kind))
    return [kind(**row) for row in connection.sql(f"SELECT {names} FROM {table}").to_arrow_table().to_pylist()]  # noqa: S608  names of the schema, no values


def aware(connection: Any, sql: str) -> list[tuple[Any, ...]]:
    """The answer with aware times."""
    return [tuple(row.values()) for row in connection.sql(sql).to_arrow_table().to_pylist()]


def counted(connection: Any, names: Collection[str]) -> dict[tuple[str, str], tuple[int, int]]:
    """By source and mapping how many rows of the tables `names` are in the source, and how many have left it."""
    found: dict[tuple[str, str], tuple[int, int]] = {}
    for name in sorted(names):
        rows = connection.execute(
            f"""SELECT source, mapping, count(*) FILTER (left_at IS NULL AND gone_at IS NULL),
                       count(*) FILTER (left_at IS NOT NULL OR gone_at IS NOT NULL)
                FROM "{name}" GROUP BY source, mapping"""  # noqa: S608  names of the schema
        ).fetchall()
        found |= {(source, mapping): (there, gone) for source, mapping, there, gone in rows}
    return found
