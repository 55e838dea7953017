"""The audit log: what people did, only ever added to, in the transaction of what they did."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from store.ledger.access import AuditLine
from store.ledger.ledger import Ledger

# What is noted, by its name in the log.
ACTS: Final = (
    *("sign_in", "sign_in_failed", "sign_out", "password"),
    *("account_made", "account_changed", "display_made", "display_revoked", "display_entered"),
    *("unmasked", "exported"),
    *("acknowledged", "noted", "assigned", "closed", "silenced", "silence_ended", "hotspot_answered"),
    *("roster_changed", "exempted", "exemption_ended", "supervised"),
    *("purged", "file_changed"),
)
MOST: Final = 10_000
NODE: Final = "node"  # who does what nobody did: the node itself


@dataclass(frozen=True)
class Act:
    """One act. `on`: what it was done to; `detail`: whatever else is worth knowing, never a secret or a text of a
    customer."""

    who: str
    what: str
    on: str | None = None
    role: str | None = None
    came_from: str | None = None
    detail: dict[str, Any] = field(default_factory=dict)


def add(session: Session, act: Act, at: datetime) -> None:
    """Notes an act in the transaction of what was done."""
    if act.what not in ACTS:
        raise ValueError(f"audit: {act.what} is no act; there are {', '.join(ACTS)}")
    on = act.on[:255] if act.on else None
    session.add(
        AuditLine(
            at=at, who=act.who[:100], role=act.role, what=act.what, on=on, came_from=act.came_from, detail=act.detail
        )
    )


def note(ledger: Ledger, act: Act, at: datetime) -> None:
    """Notes an act that changes nothing else of the ledger."""
    with ledger.writing() as session:
        add(session, act, at)


def lines(
    ledger: Ledger,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    who: str | None = None,
    acts: Collection[str] = (),
    limit: int = 500,
) -> list[dict[str, Any]]:
    """The latest first: id, at, who, role, what, on, came_from, detail; at most `limit` of them."""
    query = select(AuditLine).order_by(AuditLine.id.desc()).limit(min(limit, MOST))
    for condition in (
        AuditLine.at >= since if since else None,
        AuditLine.at < until if until else None,
        AuditLine.who == who if who else None,
        AuditLine.what.in_(list(acts)) if acts else None,
    ):
        query = query if condition is None else query.where(condition)
    with ledger.reading() as session:
        return [{c.key: getattr(row, c.key) for c in AuditLine.__table__.columns} for row in session.scalars(query)]
