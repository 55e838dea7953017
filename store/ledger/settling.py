"""What became of leased messages, many in one transaction; and what goes to the next exit instead."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import bindparam, func, insert, select, text, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from store.ledger.ledger import Ledger
from store.ledger.models import Attempt, Delivery
from store.ledger.outbox import Lot

OUTCOMES: Final = ("sent", "retried", "failed", "returned")
_ERROR_LIMIT: Final = 255
_WAITING: Final = text("state IN ('pending', 'leased')")  # literally the condition of the partial index
_COPIED: Final = (
    "transition_id", "alert_id", "created_at", "person", "language", "level", "critical", "unit", "title", "body",
    "code",
)  # fmt: skip


@dataclass(frozen=True)
class Settled:
    """What became of a lot. sent: the receiver has it; retried: again at `next_at`; failed: given up; returned: not
    tried at all, due again at once.

    `is_bound`: the receiver may have it, so it goes again as the same message. `receipt`: the receiver's word for it.
    """

    lot: Lot
    outcome: str
    at: datetime
    error: str | None = None
    next_at: datetime | None = None
    is_bound: bool = False
    receipt: str | None = None


@dataclass(frozen=True)
class Patience:
    """A red notice that was tried `times` in vain, over at least `span`, also goes to its next exit."""

    times: int
    span: timedelta


def settle(ledger: Ledger, settled: Sequence[Settled], patience: Patience) -> int:
    """Stores outcomes with a record per attempt; how many notices went on to their next exit.

    What was sent is sent, whoever holds the lease by now. Of the others, a sender that lost its lease only adds its
    attempt to the record.
    """
    with ledger.writing() as session:
        tried = [
            {"delivery_id": p.id, "number": p.attempt, "at": s.at, "outcome": s.outcome, "error": _short(s.error)}
            for s in settled
            if s.outcome != "returned"
            for p in s.lot.parcels
        ]
        if tried:
            session.execute(insert(Attempt), tried)
        _sent(session, [s for s in settled if s.outcome == "sent"])
        return _not_sent(session, [s for s in settled if s.outcome != "sent"], patience)


def move_on(ledger: Ledger, channel: str, now: datetime) -> int:
    """Red notices that wait for a channel that fails and fails also go to their next exit; how many did.

    They go on waiting for their own exit too: its channel is tried with one message at a time, so most were not tried.
    """
    due = Delivery.next_at.is_(None) | (Delivery.next_at <= now) | (Delivery.attempts > 0)
    urgent = Delivery.critical | (Delivery.level == "red")
    query = select(Delivery).where(_WAITING, Delivery.channel == channel, Delivery.state == "pending", due, urgent)
    with ledger.writing() as session:
        waiting = [d for d in session.scalars(query.with_for_update(skip_locked=True)) if d.exits]
        onward = [_next(d) for d in waiting]
        for delivery in waiting:
            delivery.exits = []
        session.flush()
        return _insert(session, onward)


def _short(error: str | None) -> str | None:
    return error[:_ERROR_LIMIT] if error else None


def _sent(session: Session, settled: Sequence[Settled]) -> None:
    rows = [
        {"of": p.id, "bound": s.lot.key, "moment": s.at, "word": s.receipt, "word_at": s.at if s.receipt else None}
        for s in settled
        for p in s.lot.parcels
    ]
    if rows:
        table = Delivery.__table__
        statement = update(Delivery).where(table.c.id == bindparam("of"), table.c.state != "sent")
        statement = statement.values(
            state="sent",
            sent_at=bindparam("moment"),
            leased_until=None,
            next_at=None,
            last_error=None,
            message_key=bindparam("bound"),
            receipt=bindparam("word"),
            receipt_at=bindparam("word_at"),
        )
        session.connection().execute(statement, rows)


def _not_sent(session: Session, settled: Sequence[Settled], patience: Patience) -> int:
    by_id = {p.id: (s, p.attempt) for s in settled for p in s.lot.parcels}
    if not by_id:
        return 0
    query = select(Delivery).where(Delivery.id.in_(by_id), Delivery.state == "leased").order_by(Delivery.id)
    held = [d for d in session.scalars(query.with_for_update()) if d.attempts == by_id[d.id][1]]
    first = _first_attempts(session, [d.id for d in held if d.exits and by_id[d.id][0].outcome == "retried"])
    onward = []
    for delivery in held:
        s = by_id[delivery.id][0]
        if delivery.exits and _goes_on(delivery, s, first.get(delivery.id), patience):
            onward.append(_next(delivery))
            delivery.exits = []
        _put_back(delivery, s)
    session.flush()
    return _insert(session, onward)


def _first_attempts(session: Session, ids: Sequence[int]) -> Mapping[int, datetime]:
    if not ids:
        return {}
    query = select(Attempt.delivery_id, func.min(Attempt.at)).where(Attempt.delivery_id.in_(ids))
    return {row[0]: row[1] for row in session.execute(query.group_by(Attempt.delivery_id))}


def _goes_on(delivery: Delivery, s: Settled, first: datetime | None, patience: Patience) -> bool:
    if s.outcome == "failed":
        return True
    is_urgent = delivery.critical or delivery.level == "red"
    is_long = first is not None and s.at - first >= patience.span
    return s.outcome == "retried" and is_urgent and is_long and delivery.attempts >= patience.times


def _put_back(delivery: Delivery, s: Settled) -> None:
    delivery.leased_until = None
    if s.outcome == "returned":
        delivery.state, delivery.attempts = "pending", delivery.attempts - 1
        return
    delivery.state = "failed" if s.outcome == "failed" else "pending"
    delivery.next_at, delivery.last_error = s.next_at, _short(s.error)
    if not s.is_bound and s.outcome == "retried":
        delivery.message_key = None


def _next(delivery: Delivery) -> dict[str, Any]:
    channel, _, address = delivery.exits[0].partition(":")
    key = hashlib.sha256(f"{delivery.key}\n{channel}\n{address}".encode()).hexdigest()[:32]
    return {name: getattr(delivery, name) for name in _COPIED} | {
        "channel": channel,
        "address": address,
        "exits": delivery.exits[1:],
        "key": key,
        "state": "pending",
        "why": f"after {delivery.channel} failed",
        "attempts": 0,
    }


def _insert(session: Session, rows: Sequence[dict[str, Any]]) -> int:
    """An exit that was told of this transition anyway is not told twice."""
    if not rows:
        return 0
    is_sqlite = session.connection().dialect.name == "sqlite"
    statement: Any = sqlite.insert(Delivery) if is_sqlite else postgresql.insert(Delivery)
    statement = statement.on_conflict_do_nothing(
        index_elements=[Delivery.transition_id, Delivery.channel, Delivery.address]
    )
    return len(session.execute(statement.returning(Delivery.id), list(rows)).all())
