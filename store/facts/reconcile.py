"""Comparing with a source: rows of the facts counted by span, what a comparison found, and rows that are gone.

Runs inside the caller's transaction, beside store.facts.merge. A place is a row's changed_at in
microseconds since 1970, or its key where that only grows (`by_key`).
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, Protocol

from store.facts import schema
from store.facts.state import Watermark
from store.facts.suspicion import Suspicion
from store.facts.vanish import MOST_KEYS, Listed, gone_of, why_withheld

KEPT_DAYS: Final = 90
ROWS_APART: Final = 500  # rows of a part at the least


class Looked(Protocol):
    """What a merge needs to know of a comparison that a batch answers (collectors.looks)."""

    @property
    def kind(self) -> str: ...
    @property
    def is_open(self) -> bool: ...
    @property
    def is_left(self) -> bool: ...
    @property
    def span(self) -> tuple[int, int] | None: ...
    @property
    def sought(self) -> Sequence[str] | None: ...
    @property
    def of(self) -> int: ...
    @property
    def by_key(self) -> bool: ...


def _compared(table: str, is_open: bool) -> str:
    """Rows of one mapping that are compared with its source; two parameters."""
    only = " AND t.still_open" if is_open else ""
    return f'FROM "{table}" t WHERE t.source = ? AND t.mapping = ? AND t.left_at IS NULL AND t.gone_at IS NULL{only}'


def _place(by_key: bool) -> str:
    return "TRY_CAST(t.source_key AS BIGINT)" if by_key else "epoch_us(t.changed_at)"


def borders(
    connection: Any, mark: Watermark, low: int, high: int, *, is_open: bool, by_key: bool, many: int
) -> list[int]:
    """Places that divide the rows from `low` to before `high` into at most `many` parts of about equal size.

    Few rows need few parts: each costs the source a statement of its own.
    """
    place = _place(by_key)
    shares = ", ".join(f"{i / many:.6f}" for i in range(1, many))
    (rows, found) = connection.execute(
        f"""SELECT count(*), quantile_disc({place}, [{shares}]) {_compared(mark.into_table, is_open)}
            AND {place} >= ? AND {place} < ?""",
        [mark.source, mark.mapping, low, high],
    ).fetchall()[0]
    step = max(1, many * ROWS_APART // max(rows, 1))
    return sorted(set((found or ())[step - 1 :: step]))


def unequal(
    connection: Any,
    mark: Watermark,
    tallies: Sequence[tuple[int, int, int, int | None]],
    *,
    is_open: bool,
    by_key: bool,
) -> tuple[list[tuple[int, int]], int]:
    """The spans (low, high) whose count or sum differs, of (low, high, count, sum), and our rows in all of them.

    A sum of None is of a source that has no checksums: its spans always differ.
    """
    if not tallies:
        return [], 0
    place = _place(by_key)
    spans = ", ".join(f"({int(low)}::BIGINT, {int(high)}::BIGINT)" for low, high, *_ in tallies)
    found = connection.execute(
        f"""WITH spans (low, high) AS (VALUES {spans})
            SELECT s.low, count(*), coalesce(sum(r.source_sum), 0)::HUGEINT, count(r.source_sum) FROM (
                SELECT {place} AS place, t.source_sum {_compared(mark.into_table, is_open)}
                AND {place} >= ? AND {place} < ?) r
            ASOF JOIN spans s ON r.place >= s.low WHERE r.place < s.high GROUP BY s.low""",  # noqa: S608  names of the schema, no values
        [mark.source, mark.mapping, min(t[0] for t in tallies), max(t[1] for t in tallies)],
    ).fetchall()
    ours = {low: (many, total if known == many else None) for low, many, total, known in found}
    differ = []
    for low, high, many, total in tallies:
        mine = ours.get(low, (0, 0))
        if (many or mine[0]) and (total is None or mine != (many, total)):
            differ.append((low, high))
    return differ, sum(many for many, _ in ours.values())


def missing_keys(connection: Any, table: str, source: str, mapping: str, looked: Looked) -> list[str]:
    """Keys of our rows in the span that the registered table `incoming` has not. They may have moved, or be gone."""
    if looked.span is None:
        return []
    (low, high), place = looked.span, _place(looked.by_key)
    rows = connection.execute(
        f"""SELECT t.source_key {_compared(table, looked.is_open)} AND {place} >= ? AND {place} < ?
            AND NOT EXISTS (FROM incoming i WHERE i.source_key = t.source_key)""",
        [source, mapping, low, high],
    ).fetchall()
    return [key for (key,) in rows]


def _table_of(mapping: str) -> str:
    return mapping.partition("->")[0]


def leave_to_others(connection: Any, mapping: str) -> Suspicion | None:
    """Takes out of `known` the rows that stand in the facts by another table of the source, and says so, or None.

    Tables that share keys overwrite each other's rows by polls; comparing must not do that again and again.
    """
    rows = connection.execute(
        "DELETE FROM known WHERE is_held AND NOT starts_with(old_mapping, ?) RETURNING source_key, old_mapping",
        [_table_of(mapping) + "->"],
    ).fetchall()
    if not rows:
        return None
    key, other = min(rows)
    return Suspicion("shared_keys", {"mapping": mapping, "rows": len(rows), "key": key, "other": _table_of(other)})


def closed_keys(connection: Any, table: str, source: str, mapping: str) -> tuple[list[str], int]:
    """Keys of our open rows that `incoming`, all rows that are open, has not; and how many open rows we had."""
    (held, keys) = connection.execute(
        f"""SELECT count(*), list(t.source_key ORDER BY t.source_key) FILTER (
                t.source_key NOT IN (SELECT source_key FROM incoming WHERE source_key IS NOT NULL))
            {_compared(table, True)}""",  # noqa: S608  names of the schema, no values
        [source, mapping],
    ).fetchall()[0]
    return keys or [], held


def find_gone(connection: Any, table: str, looked: Looked, place: tuple[str, str]) -> int:
    """Temporary table `gone` with the keys that were sought and that `incoming` has not; how many."""
    connection.execute("CREATE OR REPLACE TEMP TABLE sought (source_key VARCHAR)")
    connection.execute("INSERT INTO sought SELECT unnest(?)", [list(looked.sought or ())])
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE gone AS SELECT t.source_key, t.rowid AS rid {_compared(table, False)}
            AND t.source_key IN (FROM sought) AND NOT EXISTS (FROM incoming i WHERE i.source_key = t.source_key)""",
        list(place),
    ).fetchall()
    return int(connection.execute("SELECT count(*) FROM gone").fetchall()[0][0])


def why_not_gone(connection: Any, many: int, looked: Looked, mark: Watermark, source_now: datetime) -> Suspicion | None:
    """The suspicion on which the rows of `gone` stay, or None: a source that lost most at once may be cut short."""
    keys, digest = connection.execute(
        f"""SELECT list_slice(list(source_key), 1, {MOST_KEYS}), coalesce(bit_xor(hash(source_key)), 0)::VARCHAR
            FROM gone"""  # noqa: S608  a number of ours
    ).fetchall()[0]
    found = Listed(looked.of, 0, looked.of, many, gone_of(many, keys, digest), is_whole=False)
    return why_withheld(found, mark, source_now)


def note_differences(connection: Any, table: str, mapping: str, looked: Looked, read_at: datetime) -> dict[str, int]:
    """Stores what the temporary table `changes` is about to change, and how many rows of each kind. A row that is no
    longer open was not overlooked: that it has closed is how it goes."""
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE noted AS
            SELECT c.source, $mapping::VARCHAR AS mapping, c.source_key,
                   CASE WHEN c.gone_at IS NOT NULL THEN 'deleted' WHEN t.source_key IS NULL THEN 'late'
                        WHEN t.gone_at IS NOT NULL THEN 'returned'
                        WHEN t.changed_at IS DISTINCT FROM c.changed_at THEN 'late' ELSE 'edited' END AS kind,
                   $look::VARCHAR AS look, c.changed_at, $read_at::TIMESTAMPTZ AS found_at
            FROM changes c LEFT JOIN "{table}" t ON t.rowid = c.rid
            WHERE NOT $is_left OR c.gone_at IS NOT NULL""",  # noqa: S608  names of the schema, no values
        {"mapping": mapping, "look": looked.kind, "read_at": read_at, "is_left": looked.is_left},
    ).fetchall()
    connection.execute("INSERT INTO differences BY NAME FROM noted").fetchall()
    connection.execute(
        f"DELETE FROM differences WHERE found_at < ?::TIMESTAMPTZ - INTERVAL {KEPT_DAYS} DAY",  # noqa: S608  ours
        [read_at],
    ).fetchall()
    return dict(connection.execute("SELECT kind, count(*) FROM noted GROUP BY kind").fetchall())


def keep_sums(connection: Any, table: schema.Table) -> None:
    """Of rows that did not change: the source's checksum, which may follow more than what is mapped."""
    connection.execute(
        f"""UPDATE "{table.name}" SET source_sum = known.source_sum, still_open = known.still_open
            FROM known WHERE "{table.name}".rowid = known.rid AND known.is_same
            AND (known.source_sum IS DISTINCT FROM known.old_sum OR known.still_open IS DISTINCT FROM known.old_open)"""  # noqa: S608  names of the schema, no values
    ).fetchall()
