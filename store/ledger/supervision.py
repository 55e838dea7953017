"""Supervision orders (督办单): issued by hand or by an escalation, received, answered."""

from datetime import datetime
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from store.facts.errors import StoreError
from store.ledger.audit import Act, add
from store.ledger.duty import SupervisionOrder
from store.ledger.ledger import Ledger
from store.ledger.words import REASON_LIMIT, given, named

STATES: Final = ("open", "all")
_COLUMNS: Final = tuple(c.key for c in SupervisionOrder.__table__.columns)


def listed(ledger: Ledger, state: str = "open", unit: str | None = None, limit: int = 1000) -> list[dict[str, Any]]:
    """Supervision orders, the nearest deadline first; `state` is open or all, `unit` the code of one unit.

    All columns, times as datetimes. Errors: StoreError for another state.
    """
    if state not in STATES:
        raise StoreError(f"supervision: {state} is no state; there are {', '.join(STATES)}")
    query = select(*(getattr(SupervisionOrder, name) for name in _COLUMNS))
    if state == "open":
        query = query.where(SupervisionOrder.closed_at.is_(None))
    if unit is not None:
        query = query.where(SupervisionOrder.unit == unit)
    with ledger.reading() as session:
        query = query.order_by(SupervisionOrder.deadline_at, SupervisionOrder.id).limit(limit)
        return [dict(row) for row in session.execute(query).mappings()]


def issue(
    ledger: Ledger, unit: str, matter: str, deadline_at: datetime, by: str, now: datetime, alert_id: int | None = None
) -> int:
    """Issues an order by hand to `unit` (its code), to be answered by `deadline_at`; its number. `alert_id`: the alert
    it is about, if any. Errors: StoreError for nobody, no unit, no matter, and a deadline that has passed."""
    by, unit = named("supervise", by), given("supervise", "unit", unit, 64)
    matter = given("supervise", "matter", matter, REASON_LIMIT)
    if deadline_at <= now:
        raise StoreError("supervise: the deadline has passed; give one that lies ahead")
    with ledger.writing() as session:
        one = SupervisionOrder(
            alert_id=alert_id,
            unit=unit,
            matter=matter,
            issued_at=now,
            issued_by=by,
            deadline_at=deadline_at,
            details={},
        )
        session.add(one)
        session.flush()
        add(session, Act(by, "supervised", f"order {one.id}", detail={"unit": unit, "alert": alert_id}), now)
        return one.id


def receive(ledger: Ledger, order_id: int, by: str, now: datetime) -> None:
    """Notes that the unit has the order (签收). Errors: StoreError where there is none, or it was received before."""
    by = named("receive", by)
    with ledger.writing() as session:
        one = _open(session, order_id)
        if one.received_at is not None:
            raise StoreError(f"supervision order {order_id}: was received already; nothing is left to do")
        one.received_at, one.received_by = now, by
        add(session, Act(by, "supervised", f"order {order_id}", detail={"step": "received"}), now)


def close(ledger: Ledger, order_id: int, by: str, outcome: str, now: datetime) -> None:
    """Ends the order with what came of it. Errors: StoreError without an outcome, and where it was never received."""
    by, outcome = named("close", by), given("close", "outcome", outcome, REASON_LIMIT)
    with ledger.writing() as session:
        one = _open(session, order_id)
        if one.received_at is None:
            raise StoreError(f"supervision order {order_id}: nobody has received it; have it received first")
        one.closed_at, one.closed_by, one.outcome = now, by, outcome
        add(session, Act(by, "supervised", f"order {order_id}", detail={"step": "closed"}), now)


def _open(session: Session, order_id: int) -> SupervisionOrder:
    one = session.scalar(select(SupervisionOrder).where(SupervisionOrder.id == order_id).with_for_update())
    if one is None:
        raise StoreError(f"supervision order {order_id}: there is no such order; see the list of open ones")
    if one.closed_at is not None:
        raise StoreError(f"supervision order {order_id}: is closed already; nothing is left to do")
    return one
