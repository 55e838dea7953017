"""Batches of canonical rows made by hand."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from collectors.batch import REJECTS, Batch
from store.facts import schema

NOW = datetime(2024, 5, 1, 8, tzinfo=UTC)


def rows_of(table: str, rows: Iterable[Mapping[str, Any]]) -> Any:
    target = schema.arrow_schema(schema.TABLES[table], derived=False)
    full = []
    for number, row in enumerate(rows):
        values = {"source": "s", "source_key": str(number), "read_at": NOW} | dict(row)
        values["row_hash"] = hash(tuple(sorted((k, str(v)) for k, v in values.items()))) & 0xFFFF_FFFF_FFFF
        full.append({name: values.get(name) for name in target.names})
    return pa.Table.from_pylist(full, schema=target)


def batch(table: str, rows: Iterable[Mapping[str, Any]], **values: Any) -> Batch:
    made = Batch(
        source="s",
        mapping=f"t->{table}",
        table=table,
        rows=rows_of(table, rows),
        personal=None,
        rejects=REJECTS.empty_table(),
        whole=False,
        vanished=None,
        cursor=None,
        after=None,
        source_now=NOW,
        read_at=NOW,
        more=False,
        suspicion=None,
        queries=1,
        query_s=0.0,
    )
    return replace(made, **values)
