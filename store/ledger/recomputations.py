"""What happened to the past when the rules changed: recorded and listed."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select

from store.ledger.ledger import Ledger
from store.ledger.models import Recomputation


def record(
    ledger: Ledger,
    at: datetime,
    changes: Sequence[str],
    rows: Mapping[str, int],
    figures: Sequence[Mapping[str, Any]],
) -> None:
    """`changes` in sentences, how many rows of each table are other ones now, and the figures that moved."""
    with ledger.writing() as session:
        session.add(Recomputation(at=at, changes=list(changes), rows=dict(rows), figures=[dict(f) for f in figures]))


def recent(ledger: Ledger, limit: int = 100) -> list[dict[str, Any]]:
    """The latest first: id, at (ISO 8601 in UTC), changes, rows, figures."""
    query = select(Recomputation).order_by(Recomputation.id.desc()).limit(limit)
    with ledger.reading() as session:
        found = session.scalars(query).all()
    return [
        {"id": r.id, "at": r.at.isoformat(), "changes": r.changes, "rows": r.rows, "figures": r.figures} for r in found
    ]
