"""Who was told of an alert since it was raised, and notices that wait for hours that have lost their point."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select, update

from store.ledger.ledger import Ledger
from store.ledger.models import Alert, Delivery, Transition

_TELLING: Final = ("raised", "reopened", "escalated", "reminded")
_COLUMNS: Final = ("alert_id", "channel", "address", "person", "language", "exits")
_AT_ONCE: Final = 500  # ids in one question: SQLite takes some thousands of parameters


def told_of(ledger: Ledger, alert_ids: Iterable[int]) -> dict[int, list[dict[str, Any]]]:
    """By alert everybody whom a notice since its latest raise has reached, or still goes out to.

    Each exit once: channel, address, person, language, exits. Not those who were kept from it, whose notice is held
    back (it is withdrawn when the alert clears: `withdraw_held`), or whose exit failed for good.
    """
    ids = sorted(set(alert_ids))
    found: dict[int, dict[tuple[str, str], dict[str, Any]]] = {}
    with ledger.reading() as session:
        for start in range(0, len(ids), _AT_ONCE):
            query = (
                select(*(getattr(Delivery, name) for name in _COLUMNS))
                .join(Transition, Transition.id == Delivery.transition_id)
                .join(Alert, Alert.id == Delivery.alert_id)
                .where(Delivery.alert_id.in_(ids[start : start + _AT_ONCE]))
                .where(Transition.event.in_(_TELLING), Transition.at >= Alert.woken_at)
                .where(Delivery.state.in_(("sent", "leased", "pending")) & ~_is_held())
                .order_by(Delivery.id)
            )
            for row in session.execute(query).mappings():
                found.setdefault(row["alert_id"], {}).setdefault((row["channel"], row["address"]), dict(row))
    return {alert_id: list(rows.values()) for alert_id, rows in found.items()}


def _is_held() -> Any:
    """Held back by quiet hours (alerts.quiet). What waits for its turn at a busy channel goes out, and is told of."""
    is_quiet_hours = Delivery.why.startswith("quiet hours", autoescape=True)
    return (Delivery.state == "pending") & is_quiet_hours & Delivery.next_at.is_not(None)


def withdraw_held(ledger: Ledger, alert_ids: Sequence[int], now: datetime) -> int:
    """Makes quiet what is still held back about alerts that have cleared; how many notices. Nobody is woken in the
    morning by what ended in the night."""
    if not alert_ids:
        return 0
    with ledger.writing() as session:
        done = 0
        for start in range(0, len(alert_ids), _AT_ONCE):
            held = Delivery.alert_id.in_(alert_ids[start : start + _AT_ONCE]) & _is_held() & (Delivery.next_at > now)
            held &= Delivery.transition_id.not_in(select(Transition.id).where(Transition.event == "cleared"))
            statement = update(Delivery).where(held).values(state="quiet", why="it was clear before its time came")
            result: Any = session.execute(statement.execution_options(synchronize_session=False))
            done += result.rowcount
        return done


def notices_of(ledger: Ledger, person: str, limit: int) -> list[dict[str, Any]]:
    """The latest notices to a person's code or to an address, newest first, those never sent among them; times in ISO.

    This is the answer to "why did my phone not ring?": `state` quiet and `why`.
    """
    names = ("id", "alert_id", "created_at", "channel", "address", "level", "state", "why", "title", "sent_at")
    query = select(*(getattr(Delivery, name) for name in names)).order_by(Delivery.id.desc()).limit(limit)
    query = query.where((Delivery.person == person) | (Delivery.address == person))
    with ledger.reading() as session:
        rows = [dict(row) for row in session.execute(query).mappings()]
    return [{k: v.isoformat() if isinstance(v, datetime) else v for k, v in row.items()} for row in rows]
