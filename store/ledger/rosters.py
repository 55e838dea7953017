"""Who stands in on a roster: entered, withdrawn, standing."""

from datetime import datetime
from typing import Any, Final

from sqlalchemy import select

from store.facts.errors import StoreError
from store.ledger.audit import Act, add
from store.ledger.duty import Override
from store.ledger.ledger import Ledger
from store.ledger.words import REASON_LIMIT, given, named

_COLUMNS: Final = tuple(c.key for c in Override.__table__.columns)


def enter(
    ledger: Ledger,
    roster: str,
    person: str,
    starts_at: datetime,
    ends_at: datetime | None,
    by: str,
    reason: str,
    now: datetime,
) -> int:
    """Has `person` stand in on `roster`; the number of the entry. The latest entered wins.

    Whether there are such a roster and such a person is the caller's to know: they stand in the duty file and the
    facts. Errors: StoreError without roster, person, author, reason or end, and where the end has passed.
    """
    by, reason = named("stand in", by), given("stand in", "reason", reason, REASON_LIMIT)
    roster, person = given("stand in", "roster", roster, 64), given("stand in", "person", person, 64)
    if ends_at is None:
        raise StoreError("stand in: has no end; say until when")
    if ends_at <= max(starts_at, now):
        raise StoreError("stand in: its end is not after its start and now; give one that lies ahead")
    with ledger.writing() as session:
        one = Override(
            roster=roster, person=person, starts_at=starts_at, ends_at=ends_at, by=by, reason=reason, entered_at=now
        )
        session.add(one)
        session.flush()
        about = {"person": person, "from": starts_at.isoformat(), "until": ends_at.isoformat()}
        add(session, Act(by, "roster_changed", roster, detail=about), now)
        return one.id


def withdraw(ledger: Ledger, override_id: int, by: str, now: datetime) -> None:
    """Ends an entry now; it stays in the ledger. Errors: StoreError where there is none, or it is over."""
    by = named("withdraw", by)
    with ledger.writing() as session:
        one = session.scalar(select(Override).where(Override.id == override_id).with_for_update())
        if one is None:
            raise StoreError(f"stand-in {override_id}: there is no such entry; see the list of standing ones")
        if one.withdrawn_at is not None or one.ends_at <= now:
            raise StoreError(f"stand-in {override_id}: is over already; nothing is left to do")
        one.withdrawn_at, one.withdrawn_by = now, by
        about = {"withdrawn": override_id, "person": one.person}
        add(session, Act(by, "roster_changed", one.roster, detail=about), now)


def standing(ledger: Ledger, now: datetime) -> list[dict[str, Any]]:
    """Entries that are neither over nor withdrawn, those that lie ahead among them, by their start; all columns."""
    query = select(*(getattr(Override, name) for name in _COLUMNS))
    query = query.where(Override.ends_at > now, Override.withdrawn_at.is_(None))
    with ledger.reading() as session:
        rows = session.execute(query.order_by(Override.starts_at, Override.id)).mappings()
        return [dict(row) for row in rows]
