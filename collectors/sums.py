"""A checksum of each row, computed by the source itself, so that equal rows need not be sent.

It only has to be the same for the same row of the same source: no other program computes it.
"""

from collections.abc import Sequence
from typing import Any, Final
from zlib import crc32

import sqlalchemy as sa

SUM: Final = "source_sum"  # names of the columns that a read adds; those of store.facts.tables
OPEN: Final = "still_open"
MYSQL: Final = ("mysql", "mariadb")
FUNCTION: Final = "lightkeeper_sum"


def row_sum(dialect: str, columns: Sequence[Any]) -> Any | None:
    """The checksum of `columns` as an integer expression; None where the database has no function for one.

    KingbaseES and openGauss speak as PostgreSQL does. SQLite gets a function of ours (`lend`).
    """
    if dialect == "postgresql":
        return sa.func.hashtext(sa.cast(sa.func.row(*columns), sa.Text))
    if dialect in MYSQL:
        raw = [sa.func.coalesce(sa.cast(column, sa.BINARY), sa.literal("\\N")) for column in columns]
        return sa.func.crc32(sa.func.concat_ws(sa.literal("\x1f"), *raw))
    if dialect == "sqlite":
        return sa.func.lightkeeper_sum(*(sa.cast(column, sa.BLOB) for column in columns))
    if dialect == "oracle":
        text = [sa.func.coalesce(sa.func.to_char(column), sa.literal("\\N")) for column in columns]
        joined: Any = text[0]
        for part in text[1:]:
            joined = joined.concat(sa.literal("|")).concat(part)
        return sa.func.ora_hash(joined)
    return None


def lend(connection: Any) -> None:
    """Gives a connection of SQLite the function that it lacks."""
    connection.create_function(FUNCTION, -1, _crc, deterministic=True)


def _crc(*values: bytes | None) -> int:
    return crc32(b"\x1f".join([b"\x00N" if value is None else value for value in values]))
