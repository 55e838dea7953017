"""The register of exemptions: whose clock does not count against anybody, why, by what evidence, approved by whom."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import func, insert, select
from sqlalchemy.exc import IntegrityError

from store.facts.errors import StoreError
from store.ledger.audit import Act, add
from store.ledger.ledger import Ledger
from store.ledger.models import Exemption

LONGEST: Final = {"source": 64, "order_no": 64, "evidence": 2000, "approved_by": 100, "withdrawn_why": 500}
COLUMNS: Final = tuple(c.key for c in Exemption.__table__.columns)


@dataclass(frozen=True)
class Approved:
    """One exemption as it was approved."""

    source: str
    order_no: str
    clock: str
    reason: str
    evidence: str
    approved_by: str
    approved_at: datetime

    @property
    def place(self) -> tuple[str, str, str]:
        return self.source, self.order_no, self.clock


def enter(ledger: Ledger, approved: Sequence[Approved], now: datetime) -> list[int]:
    """Adds them all or none; their numbers. Errors: StoreError where one of the clocks has an exemption already."""
    if not approved:
        return []
    rows = [asdict(one) | {"entered_at": now} for one in approved]
    try:
        with ledger.writing() as session:
            made = list(session.scalars(insert(Exemption).returning(Exemption.id, sort_by_parameter_order=True), rows))
            for number, one in zip(made, approved, strict=True):
                about = {"exemption": number, "clock": one.clock, "reason": one.reason}
                add(session, Act(one.approved_by, "exempted", f"{one.source} {one.order_no}", detail=about), now)
            return made
    except IntegrityError as error:
        raise StoreError("an exemption of one of these clocks was entered meanwhile; see `exempt list`") from error


def withdraw(ledger: Ledger, number: int, by: str, why: str, now: datetime) -> None:
    """Ends the exemption `number` and keeps it on record.

    Errors: StoreError where there is none, it is withdrawn already, or nobody or no reason is named.
    """
    by, why = by.strip(), why.strip()
    if not by or not why:
        raise StoreError(f"exemption {number}: name who withdraws it and why")
    if len(by) > LONGEST["approved_by"] or len(why) > LONGEST["withdrawn_why"]:
        raise StoreError(f"exemption {number}: too long; a name has 100 and the reason 500 characters at most")
    with ledger.writing() as session:
        found = session.scalar(select(Exemption).where(Exemption.id == number).with_for_update())
        if found is None:
            raise StoreError(f"exemption {number}: there is no such exemption; see `exempt list`")
        if found.withdrawn_at is not None:
            raise StoreError(
                f"exemption {number}: is withdrawn already, by {found.withdrawn_by}; nothing is left to do"
            )
        found.withdrawn_at, found.withdrawn_by, found.withdrawn_why = now, by, why
        about = {"exemption": number, "clock": found.clock, "why": why}
        add(session, Act(by, "exemption_ended", f"{found.source} {found.order_no}", detail=about), now)


def revision(ledger: Ledger) -> tuple[int, int]:
    """Another one after each change of the register: rows are added and withdrawn, never deleted."""
    with ledger.reading() as session:
        entered, withdrawn = session.execute(select(func.count(), func.count(Exemption.withdrawn_at))).one()
    return int(entered), int(withdrawn)


def standing(ledger: Ledger) -> set[tuple[str, str, str]]:
    """Source, order number and clock of each exemption that holds."""
    query = select(Exemption.source, Exemption.order_no, Exemption.clock).where(Exemption.withdrawn_at.is_(None))
    with ledger.reading() as session:
        return {(source, order_no, clock) for source, order_no, clock in session.execute(query)}


def register(ledger: Ledger, *, withdrawn: bool) -> list[dict[str, Any]]:
    """The whole register in the order of entry, with or without what was withdrawn; times as ISO 8601 in UTC."""
    query = select(*(getattr(Exemption, name) for name in COLUMNS)).order_by(Exemption.id)
    return _rows(ledger, query if withdrawn else query.where(Exemption.withdrawn_at.is_(None)))


def exemptions_of(ledger: Ledger, source: str, order_no: str) -> list[dict[str, Any]]:
    """All exemptions of one order, withdrawn ones too, in the order of entry; times as ISO 8601 in UTC."""
    query = select(*(getattr(Exemption, name) for name in COLUMNS)).order_by(Exemption.id)
    return _rows(ledger, query.where(Exemption.source == source, Exemption.order_no == order_no))


def _rows(ledger: Ledger, query: Any) -> list[dict[str, Any]]:
    with ledger.reading() as session:
        found = [dict(row) for row in session.execute(query).mappings()]
    return [{k: v.isoformat() if isinstance(v, datetime) else v for k, v in row.items()} for row in found]
