"""What alarm health asks of the ledger: raises, who was told of them, what stands, what was ever acted on."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Select, func, or_, select

from store.ledger.ledger import Ledger
from store.ledger.models import Alert, Delivery, Transition

_RAISES: Final = ("raised", "reopened")
_TOLD: Final = (*_RAISES, "reminded", "escalated")
_ACTS: Final = ("acknowledged", "assigned", "noted")
Rows = list[dict[str, Any]]


def _rows(ledger: Ledger, query: Select[*tuple[Any, ...]]) -> Rows:
    with ledger.reading() as session:
        return [dict(row) for row in session.execute(query).mappings()]


def raises(ledger: Ledger, since: datetime) -> Rows:
    """Every raise from `since` on: at, alert_id, rule, subject, level, critical, county, station; by time."""
    about = (Alert.rule, Alert.subject, Alert.county, Alert.station)
    query = select(Transition.at, Transition.alert_id, Transition.level, Transition.critical, *about)
    query = query.join(Alert, Alert.id == Transition.alert_id)
    return _rows(ledger, query.where(Transition.at >= since, Transition.event.in_(_RAISES)).order_by(Transition.at))


def told(ledger: Ledger, since: datetime) -> Rows:
    """Who was told of something from `since` on, once for each step of an alert: at, alert_id, who (person code, else
    channel:address). What was kept quiet is not among it."""
    who = func.coalesce(Delivery.person, Delivery.channel + ":" + Delivery.address).label("who")
    query = select(Transition.at, Transition.alert_id, who).distinct()
    query = query.join(Transition, Transition.id == Delivery.transition_id)
    wanted = (Transition.at >= since, Transition.event.in_(_TOLD), Delivery.state != "quiet")
    return _rows(ledger, query.where(*wanted).order_by(Transition.at))


def standing(ledger: Ledger) -> Rows:
    """Alerts that are raised or acknowledged: id, rule, subject, level, critical, state, county, station, raised_at."""
    names = ("id", "rule", "subject", "level", "critical", "state", "county", "station", "raised_at", "order_no")
    query = select(*_columns(names)).where(Alert.closed_at.is_(None), Alert.state.in_(("raised", "acknowledged")))
    return _rows(ledger, query.where(Alert.woken_at.is_not(None)).order_by(Alert.raised_at, Alert.id))


def ended(ledger: Ledger, since: datetime) -> Rows:
    """Alerts of which somebody was told, that were raised from `since` on and are over: id, rule, is_acted (somebody
    acknowledged, assigned, noted or closed it)."""
    acts = select(Transition.alert_id).where(Transition.event.in_(_ACTS))
    is_acted = or_(Alert.id.in_(acts), Alert.closed_by.is_not(None)).label("is_acted")
    query = select(Alert.id, Alert.rule, is_acted).where(Alert.raised_at >= since, Alert.woken_at.is_not(None))
    return _rows(ledger, query.where(Alert.state.in_(("cleared", "closed"))))


def _columns(names: Sequence[str]) -> list[Any]:
    return [getattr(Alert, name) for name in names]


def unacknowledged_since(ledger: Ledger) -> dict[str, datetime]:
    """By level since when the alert that waits longest was last told; levels of which none waits are missing."""
    query = select(Alert.level, func.min(Alert.woken_at).label("since")).group_by(Alert.level)
    found = _rows(ledger, query.where(Alert.closed_at.is_(None), Alert.state == "raised"))
    return {row["level"]: row["since"] for row in found if row["since"]}


def count_raises(ledger: Ledger, since: datetime) -> int:
    """How many raises there were from `since` on."""
    query = select(func.count().label("n")).where(Transition.at >= since, Transition.event.in_(_RAISES))
    return int(_rows(ledger, query)[0]["n"])


def oldest_due(ledger: Ledger, now: datetime) -> datetime | None:
    """When the message was made that waits longest and is not held back until later; None: none waits.

    One that failed and is tried again later waits too: what counts is since when it should have gone.
    """
    is_due = or_(Delivery.next_at.is_(None), Delivery.next_at <= now, Delivery.attempts > 0)
    query = select(func.min(Delivery.created_at).label("since")).where(
        Delivery.state.in_(("pending", "leased")), is_due
    )
    found: datetime | None = _rows(ledger, query)[0]["since"]
    return found
