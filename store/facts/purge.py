"""Personal data past their time: which they are, what proves that they went, and that none comes back.

Personal data are as old as what they belong to: an order since it was accepted, a survey since it was asked. What
has no such time is as old as its last change, or as its reading. The record itself stays; it names nobody.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from store.facts.schema import COUNTED_AT

AT_ONCE: Final = 100_000  # rows a purge takes in one transaction: live polls wait for it
DUE: Final = """
    SELECT p.record, p.source, p.source_key, coalesce(o.accepted_at, s.asked_at, p.changed_at, p.read_at) AS moment
    FROM personal p
    LEFT JOIN work_orders o ON p.record = 'work_order' AND o.source = p.source AND o.source_key = p.source_key
    LEFT JOIN surveys s ON p.record = 'survey' AND s.source = p.source AND s.source_key = p.source_key"""


@dataclass(frozen=True)
class Purge:
    """Rows that go together: their number by kind of record, the times of the oldest and the newest, and the SHA-256
    of their keys in order, one `record source source_key` a line with tabs between."""

    keys: pa.Table
    records: dict[str, int]
    oldest: datetime
    newest: datetime
    digest: str


def due(connection: Any, before: datetime, most: int = AT_ONCE) -> Purge | None:
    """The oldest rows that are older than `before`, at most `most` of them; None when there is none."""
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE purged AS FROM ({DUE}) WHERE moment < $before
            ORDER BY moment, record, source, source_key LIMIT $most""",
        {"before": before, "most": most},
    ).fetchall()
    digest, oldest, newest = connection.execute(
        r"""SELECT sha256(string_agg(line, chr(10) ORDER BY line)), min(moment), max(moment)
            FROM (SELECT concat_ws(chr(9), record, source, source_key) AS line, moment FROM purged)"""
    ).fetchall()[0]
    if digest is None:
        return None
    counts = dict(connection.execute("SELECT record, count(*) FROM purged GROUP BY record ORDER BY record").fetchall())
    keys = connection.sql("SELECT record, source, source_key FROM purged").to_arrow_table()
    return Purge(keys, counts, oldest, newest, digest)


def delete(connection: Any, purge: Purge) -> None:
    """Deletes the rows of `purge`."""
    connection.register("purged_keys", purge.keys)
    connection.execute(
        """DELETE FROM personal WHERE rowid IN (
               SELECT p.rowid FROM personal p JOIN purged_keys k
               ON p.record = k.record AND p.source = k.source AND p.source_key = k.source_key)"""
    ).fetchall()
    connection.unregister("purged_keys")


def still_kept(rows: Any, personal: Any, table: str, before: datetime | None) -> Any:
    """The rows of `personal` (pa.Table) that are not past their time when they are read with their records `rows`."""
    if before is None or personal is None or table not in COUNTED_AT:
        return personal
    at = rows[COUNTED_AT[table]]
    old = rows.filter(pc.fill_null(pc.less(at, pa.scalar(before, at.type)), False))["source_key"]
    return personal.filter(pc.invert(pc.is_in(personal["source_key"], value_set=old))) if len(old) else personal


def held(connection: Any, before: datetime) -> dict[str, Any]:
    """How many personal rows there are, since when the oldest counts, and how many are past their time."""
    many, oldest, past = connection.execute(
        f"SELECT count(*), min(moment), count(*) FILTER (WHERE moment < $before) FROM ({DUE})",  # noqa: S608  our own words
        {"before": before},
    ).fetchall()[0]
    return {"rows": many, "oldest": oldest, "past": past}
