"""Real facts, filled through the merge a collector's batch takes."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa

from collectors.batch import REJECTS, Batch
from kpis.calendars_file import load as load_calendar
from kpis.derive import Rules, derivers
from kpis.limits_file import load
from store.facts import schema
from store.facts.db import Facts

_ARROW = {
    "text": pa.string(),
    "time": pa.timestamp("us", tz="UTC"),
    "real": pa.float64(),
    "int": pa.int64(),
    "flag": pa.bool_(),
    "day": pa.date32(),
    "hash": pa.uint64(),
}


def batch(table: str, rows: pd.DataFrame, now: datetime) -> Batch:
    """`rows` as one whole read of their source. Columns they do not have are null."""
    rows = rows.assign(changed_at=now, read_at=now, row_hash=pd.util.hash_pandas_object(rows, index=False))
    arrays = {c.name: _array(rows, c) for c in schema.TABLES[table].columns if not c.derived}
    source = str(rows["source"].iloc[0])
    return Batch(
        source=source, mapping=f"{table}->{table}", table=table, rows=pa.table(arrays), personal=None,
        rejects=REJECTS.empty_table(), whole=False, vanished=None, cursor=None, after=None, source_now=now, read_at=now,
        more=False, suspicion=None, queries=1, query_s=0.0,
    )  # fmt: skip


def _array(rows: pd.DataFrame, column: schema.Column) -> Any:
    kind = _ARROW[column.kind]
    if column.name not in rows or rows[column.name].isna().all():
        return pa.nulls(len(rows), kind)
    return pa.array(rows[column.name], kind, from_pandas=True)


def filled(folder: Path, tables: Mapping[str, pd.DataFrame], now: datetime) -> Facts:
    """Facts in `folder` with `tables` merged."""
    facts = Facts(folder / "facts.duckdb", "Asia/Shanghai")
    derive: Any = derivers(Rules(load(), load_calendar("Asia/Shanghai")))
    for name, rows in tables.items():
        facts.merge(batch(name, rows, now), derive)
    return facts
