"""Rows that left a list which is read whole, and the guard against a list that only looks short."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from store.facts.state import Watermark
from store.facts.suspicion import Suspicion, is_cap

LEAST_OPEN: Final = 10  # below this, losing half of the rows is an ordinary event
LEAST_BACK: Final = 3  # fewer rows that come back are an ordinary event: the utility takes its word back
AGREEING_READS: Final = 3  # the suspicious one and two more ...
AGREEING_FOR: Final = timedelta(minutes=2)  # ... over so long: a table that is filled anew is short for a while
MOST_KEYS: Final = 2_000  # that are remembered one by one
CAPPED_FOR: Final = timedelta(days=1)  # a limit of rows does not go away by itself


@dataclass(frozen=True)
class Listed:
    """A list that was read whole, beside the open rows that the facts have of it."""

    rows: int
    back: int  # of these: had left the list before
    open_rows: int
    missing: int  # of the open rows: no longer listed
    gone: frozenset[str] | str  # keys of the missing rows; of more than MOST_KEYS a text that is equal for equal ones
    returned: str = ""  # equal for the same rows that came back
    is_whole: bool = True  # False: only rows that were sought by their keys


def listed_of(connection: Any, table: str, source: str, mapping: str) -> Listed:
    """Compares the open rows with the registered table `incoming` and the temporary table `known`."""
    open_rows, missing, keys, digest = connection.execute(
        f"""SELECT count(*), count(*) FILTER (i.source_key IS NULL),
                   list_slice(list(t.source_key) FILTER (i.source_key IS NULL), 1, {MOST_KEYS}),
                   coalesce(bit_xor(hash(t.source_key)) FILTER (i.source_key IS NULL), 0)::VARCHAR
            FROM "{table}" t LEFT JOIN incoming i ON i.source_key = t.source_key
            WHERE t.source = ? AND t.mapping = ? AND t.left_at IS NULL""",  # noqa: S608  names of the schema, no values
        [source, mapping],
    ).fetchall()[0]
    rows, back, returned = connection.execute(
        """SELECT count(*), count(*) FILTER (had_left),
                  coalesce(bit_xor(hash(source_key)) FILTER (had_left), 0)::VARCHAR FROM known"""
    ).fetchall()[0]
    return Listed(rows, back, open_rows, missing, gone_of(missing, keys, digest), returned)


def gone_of(many: int, keys: Iterable[str] | None, digest: str) -> frozenset[str] | str:
    """The missing rows as they are remembered."""
    return frozenset(keys or ()) if many <= MOST_KEYS else f"{many}:{digest}"


def why_withheld(found: Listed, mark: Watermark, source_now: datetime) -> Suspicion | None:
    """The suspicion on which nothing is closed or opened again, or None. Keeps count in `mark` of the reads that agree.

    Reading again what the source has not renewed since is no agreement: only a later `source_now` counts.
    """
    what = _what(found, mark)
    mark.listed = found.rows if what != "capped_page" else mark.listed
    if what is None:
        mark.suspect, mark.suspect_reads = None, 0
        return None
    _count(found, mark, source_now)
    lasting = source_now - (mark.suspect_since or source_now)
    least = CAPPED_FOR if what == "capped_page" else AGREEING_FOR if found.is_whole else timedelta(0)
    if mark.suspect_reads >= AGREEING_READS and lasting >= least:
        mark.suspect, mark.suspect_reads, mark.listed = None, 0, found.rows
        return None
    about = {
        "mapping": mark.mapping, "listed": found.rows, "open": found.open_rows, "many": found.missing,
        "back": found.back, "reads": mark.suspect_reads,
    }  # fmt: skip
    return Suspicion(what, about)


def _what(found: Listed, mark: Watermark) -> str | None:
    if found.rows == 0 and found.open_rows > 0:
        return "list_empty"
    if found.is_whole and mark.listed not in (None, found.rows) and is_cap(found.rows):
        return "capped_page"
    if found.open_rows >= LEAST_OPEN and found.missing * 2 > found.open_rows:
        return "rows_missing"
    if found.back >= LEAST_BACK and found.back * 2 > found.rows:
        return "old_copy"
    return None


def _count(found: Listed, mark: Watermark, source_now: datetime) -> None:
    """A read agrees where what was missing first is missing still: meanwhile others leave, as they do at all times."""
    if not _agrees(found, mark.suspect):
        gone = found.gone if isinstance(found.gone, str) else sorted(found.gone)
        mark.suspect, mark.suspect_reads = json.dumps([gone, found.returned], ensure_ascii=False), 1
        mark.suspect_at = mark.suspect_since = source_now
    elif mark.suspect_at is None or source_now > mark.suspect_at:
        mark.suspect_reads, mark.suspect_at = mark.suspect_reads + 1, source_now


def _agrees(found: Listed, suspect: str | None) -> bool:
    if suspect is None or not suspect.startswith("["):  # of an older program
        return False
    gone, returned = json.loads(suspect)
    if returned != found.returned:
        return False
    if isinstance(gone, str) or isinstance(found.gone, str):
        return bool(gone == found.gone)
    return found.gone.issuperset(gone)


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
