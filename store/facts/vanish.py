"""Rows that left a list which is read whole, and the guard against a list that only looks short."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from store.facts.state import Watermark

LEAST_OPEN: Final = 10  # below this, losing half of the rows is an ordinary event
AGREEING_READS: Final = 3  # the suspicious one and two more


@dataclass(frozen=True)
class Missing:
    """Open rows of a mapping that its list no longer has."""

    open_rows: int
    many: int
    fingerprint: str  # equal for the same set of keys


def missing_of(connection: Any, table: str, source: str, mapping: str) -> Missing:
    """Compares the open rows with the registered table `incoming`."""
    row = connection.execute(
        f"""SELECT count(*), count_if(i.source_key IS NULL),
                   coalesce(bit_xor(hash(t.source_key)) FILTER (i.source_key IS NULL), 0)::VARCHAR
            FROM "{table}" t LEFT JOIN incoming i ON i.source_key = t.source_key
            WHERE t.source = ? AND t.mapping = ? AND t.left_at IS NULL""",  # noqa: S608  names of the schema, no values
        [source, mapping],
    ).fetchall()[0]
    return Missing(row[0], row[1], f"{row[1]}:{row[2]}")


def why_withheld(missing: Missing, listed: int, mark: Watermark, source_now: datetime) -> str | None:
    """The suspicion on which nothing is closed, or None. Keeps count in `mark` of the reads that agree on it.

    Reading again what the source has not renewed since is no agreement: only a later `source_now` counts.
    """
    is_empty = listed == 0 and missing.open_rows > 0
    is_loss = missing.open_rows >= LEAST_OPEN and missing.many * 2 > missing.open_rows
    if not (is_empty or is_loss):
        mark.suspect, mark.suspect_reads = None, 0
        return None
    if mark.suspect != missing.fingerprint:
        mark.suspect, mark.suspect_reads, mark.suspect_at = missing.fingerprint, 1, source_now
    elif mark.suspect_at is None or source_now > mark.suspect_at:
        mark.suspect_reads, mark.suspect_at = mark.suspect_reads + 1, source_now
    if mark.suspect_reads >= AGREEING_READS:
        mark.suspect, mark.suspect_reads = None, 0
        return None
    told = "the list is empty" if is_empty else "the list lost more than half of its rows at once"
    return (
        f"{mark.mapping}: {told} ({missing.many} of {missing.open_rows}); "
        f"nothing is closed until {AGREEING_READS} reads agree ({mark.suspect_reads} so far)"
    )


def vanished_rows(columns: list[str], field: str | None) -> str:
    """The SELECT list that closes a missing row `t`: `field` set where it is null, else the row is gone.

    Parameters: `source_now` for `field`, `read_at` for the others.
    """
    closing = {"left_at": "$read_at"}
    if field is None:
        closing["gone_at"] = "$read_at"
    else:
        closing[field] = f'coalesce(t."{field}", $source_now)'
    return ", ".join(f'{closing[name]} AS "{name}"' if name in closing else f't."{name}"' for name in columns)
