"""What a mapping meant when its rows were read: rows of another meaning are read and derived anew."""

from typing import Any

from store.facts import schema
from store.facts.merge import run
from store.facts.state import Watermark


def meant_else(connection: Any, place: tuple[str, str], fingerprint: str) -> bool:
    """Stores the fingerprint of the mapping at `place`; True when another one was stored."""
    known = run(connection, "SELECT fingerprint FROM fingerprints WHERE source = ? AND mapping = ?", place)
    if known == [(fingerprint,)]:
        return False
    run(connection, "DELETE FROM fingerprints WHERE source = ? AND mapping = ?", place)
    run(
        connection,
        "INSERT INTO fingerprints (source, mapping, fingerprint) VALUES (?, ?, ?)",
        [*place, fingerprint],
    )
    return bool(known)


def forget_hashes(connection: Any, mark: Watermark) -> None:
    """Rows that are read again will count as changed."""
    for table in (mark.into_table, schema.PERSONAL.name):
        run(
            connection,
            f'UPDATE "{table}" SET row_hash = 0 WHERE source = ? AND mapping = ?',  # noqa: S608  names of the schema
            [mark.source, mark.mapping],
        )


def forget(connection: Any, place: tuple[str, str], mark: Watermark | None) -> None:
    """What is kept of the mapping at `place`. Another mapping that reads its rows takes them over."""
    for table in ("watermarks", "fingerprints", "faults"):
        run(connection, f"DELETE FROM {table} WHERE source = ? AND mapping = ?", place)  # noqa: S608  ours
    if mark is not None:
        forget_hashes(connection, mark)
