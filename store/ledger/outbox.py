"""The outbox: messages are leased, tried, and settled. A node that dies loses its lease: late rather than never."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, or_, select, text, update

from store.ledger.ledger import Ledger
from store.ledger.models import Attempt, Delivery

LEASE: Final = timedelta(seconds=60)
_WAITING: Final = text("state IN ('pending', 'leased')")  # literally the condition of the partial index


@dataclass(frozen=True)
class Parcel:
    """A leased message. `attempt` counts from 1 and tells this lease from a later one."""

    id: int
    attempt: int
    channel: str
    address: str
    title: str
    body: str
    key: str


def _is_due(now: datetime) -> ColumnElement[bool]:
    return or_(
        (Delivery.state == "pending") & (Delivery.next_at.is_(None) | (Delivery.next_at <= now)),
        (Delivery.state == "leased") & (Delivery.leased_until <= now),
    )


def take_one(ledger: Ledger, now: datetime, skip: Collection[str] = ()) -> Parcel | None:
    """Leases the message that waits longest and is due, not on a channel in `skip`; None when there is none.

    One whose lease ran out is due again with the same key: its sender died, or was slower than a lease.
    """
    due = select(Delivery).where(_WAITING, _is_due(now), Delivery.channel.not_in(list(skip)))
    with ledger.writing() as session:
        found = session.scalar(due.order_by(Delivery.id).limit(1).with_for_update(skip_locked=True))
        if found is None:
            return None
        found.state, found.leased_until = "leased", now + LEASE
        found.attempts += 1
        return Parcel(
            found.id, found.attempts, found.channel, found.address, found.title, found.body, found.key
        )  # fmt: skip


def has_due(ledger: Ledger, now: datetime) -> bool:
    """Whether anything waits: a read, so that an idle outbox takes no write lock each second."""
    with ledger.reading() as session:
        return session.scalar(select(Delivery.id).where(_WAITING, _is_due(now)).limit(1)) is not None


def settle_sent(ledger: Ledger, parcel: Parcel, now: datetime) -> None:
    """The receiver has it: sent, whoever holds the lease by now."""
    with ledger.writing() as session:
        session.add(Attempt(delivery_id=parcel.id, number=parcel.attempt, at=now, outcome="sent", error=None))
        session.execute(
            update(Delivery)
            .where(Delivery.id == parcel.id, Delivery.state != "sent")
            .values(state="sent", sent_at=now, leased_until=None, next_at=None, last_error=None)
        )


def settle_failed(ledger: Ledger, parcel: Parcel, now: datetime, error: str, next_at: datetime | None) -> None:
    """It did not go: tried again at `next_at`, or given up where that is None.

    A sender that lost its lease only adds its attempt to the record.
    """
    outcome = "retried" if next_at else "failed"
    with ledger.writing() as session:
        session.add(Attempt(delivery_id=parcel.id, number=parcel.attempt, at=now, outcome=outcome, error=error[:255]))
        session.execute(
            update(Delivery)
            .where(Delivery.id == parcel.id, Delivery.state == "leased", Delivery.attempts == parcel.attempt)
            .values(
                state="pending" if next_at else "failed", next_at=next_at, leased_until=None, last_error=error[:255]
            )
        )
