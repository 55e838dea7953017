"""What figures of site days were as the days ended: put on record once, never changed."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.dialects import postgresql, sqlite

from store.ledger.ledger import Ledger
from store.ledger.models import ShownDay

_BATCH = 1000  # rows of one statement: SQLite takes 32,766 values


def put(ledger: Ledger, rows: Sequence[Mapping[str, Any]]) -> None:
    """Adds rows of `ShownDay`; what another node has put on record meanwhile stays."""
    with ledger.writing() as session:
        is_sqlite = session.connection().dialect.name == "sqlite"
        for first in range(0, len(rows), _BATCH):
            statement: Any = sqlite.insert(ShownDay) if is_sqlite else postgresql.insert(ShownDay)
            session.execute(statement.on_conflict_do_nothing(), [dict(row) for row in rows[first : first + _BATCH]])


def last_day(ledger: Ledger) -> date | None:
    """The latest day on record."""
    with ledger.reading() as session:
        return session.scalar(select(func.max(ShownDay.day)))


def days_of(ledger: Ledger, key: str, unit: str, first: date | None, last: date | None) -> list[dict[str, Any]]:
    """The record of `key` for the unit with this code, empty for the site; from `first` to `last`, both included."""
    query = select(ShownDay).where(ShownDay.key == key, ShownDay.unit == unit).order_by(ShownDay.day)
    query = query if first is None else query.where(ShownDay.day >= first)
    query = query if last is None else query.where(ShownDay.day <= last)
    with ledger.reading() as session:
        return [{c.key: getattr(row, c.key) for c in ShownDay.__table__.columns} for row in session.scalars(query)]
