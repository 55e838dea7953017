"""What may be asked of the ledger. Rows are plain dicts; those of `alerts`, `history`, `deliveries` fit into JSON."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, case, func, select
from sqlalchemy.orm import InstrumentedAttribute

from store.ledger.ledger import Ledger
from store.ledger.models import Alert, Attempt, Delivery, Transition

TOLD: Final = ("raised", "reopened", "moved", "escalated", "acknowledged", "cleared")
_OPEN: Final = Alert.state.in_(("raised", "acknowledged"))
_STANDS: Final = Alert.closed_at.is_(None)
_ALERT: Final = tuple(c.key for c in Alert.__table__.columns)
_Columns = Sequence[InstrumentedAttribute[Any] | ColumnElement[Any]]


def _columns(model: type[Any], names: Collection[str]) -> _Columns:
    return [getattr(model, name) for name in names]


def _rows(ledger: Ledger, query: Select[*tuple[Any, ...]]) -> list[dict[str, Any]]:
    with ledger.reading() as session:
        return [dict(row) for row in session.execute(query).mappings()]


def _json(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{k: v.isoformat() if isinstance(v, datetime) else v for k, v in row.items()} for row in rows]


def standing_alerts(ledger: Ledger) -> list[dict[str, Any]]:
    """Every alert that is not closed, as the judges take it: all columns, times as datetimes; by id."""
    return _rows(ledger, select(*_columns(Alert, _ALERT)).where(_STANDS).order_by(Alert.id))


def open_alerts(ledger: Ledger) -> list[dict[str, Any]]:
    """Every alert that is raised or acknowledged: all columns, times as datetimes; by id."""
    return _rows(ledger, select(*_columns(Alert, _ALERT)).where(_STANDS, _OPEN).order_by(Alert.id))


def waiting_orders(ledger: Ledger) -> frozenset[str]:
    """Numbers of the orders with an alert that nobody has acknowledged."""
    query = select(Alert.order_no).where(_STANDS, Alert.state == "raised", Alert.order_no.is_not(None)).distinct()
    return frozenset(row["order_no"] for row in _rows(ledger, query))


def alerts(ledger: Ledger, state: str = "open", limit: int = 1000) -> list[dict[str, Any]]:
    """Alerts of which somebody was told, the latest change first; `state` is open or all. Times are ISO 8601 in UTC."""
    query = select(*_columns(Alert, _ALERT)).order_by(Alert.changed_at.desc(), Alert.id.desc()).limit(limit)
    told = query.where(Alert.woken_at.is_not(None))
    return _json(_rows(ledger, told.where(_STANDS, _OPEN) if state == "open" else told))


def alerts_of(ledger: Ledger, subject: str, limit: int = 20) -> list[dict[str, Any]]:
    """The alerts of one subject, the latest raised first; times are ISO 8601 in UTC."""
    query = (
        select(*_columns(Alert, _ALERT))
        .where(Alert.subject == subject, Alert.woken_at.is_not(None))
        .order_by(Alert.id.desc())
        .limit(limit)
    )
    return _json(_rows(ledger, query))


def counts(ledger: Ledger) -> dict[str, dict[str, int]]:
    """{"open": {level: n}, "unacknowledged": {level: n}} over the alerts that are not clear; no level is missing."""
    waiting = func.sum(case((Alert.state == "raised", 1), else_=0))
    query = (
        select(Alert.level, func.count().label("n"), waiting.label("waiting"))
        .where(_STANDS, _OPEN)
        .group_by(Alert.level)
    )
    found = {row["level"]: row for row in _rows(ledger, query)}
    levels = dict.fromkeys(("orange", "red", *found))
    return {
        "open": {level: int(found[level]["n"]) if level in found else 0 for level in levels},
        "unacknowledged": {level: int(found[level]["waiting"]) if level in found else 0 for level in levels},
    }


def log(ledger: Ledger, limit: int = 12) -> list[dict[str, Any]]:
    """The latest transitions somebody may want to hear of, newest first, with their alert's place."""
    query = (
        select(
            Transition.id, Transition.at, Alert.rule, Transition.level, Transition.event, Alert.subject, Alert.order_no,
            Alert.county, Alert.station, Alert.feeder, Alert.category, Transition.clock, Transition.alert_id,
            Transition.reason, Transition.critical, Transition.by,
        )
        .join(Alert, Alert.id == Transition.alert_id)
        .where(Transition.event.in_(TOLD))
        .order_by(Transition.id.desc())
        .limit(limit)
    )  # fmt: skip
    return _rows(ledger, query)


def critical_since(ledger: Ledger, alert_ids: Collection[int]) -> dict[int, datetime]:
    """Since when each of these alerts has been critical and not acknowledged, without a break; those that are."""
    if not alert_ids:
        return {}
    query = select(Transition.alert_id, Transition.at, Transition.critical, Transition.state)
    steps = _rows(ledger, query.where(Transition.alert_id.in_(alert_ids)).order_by(Transition.id))
    since: dict[int, datetime] = {}
    for step in steps:
        if step["critical"] and step["state"] == "raised":
            since.setdefault(step["alert_id"], step["at"])
        else:
            since.pop(step["alert_id"], None)
    return since


def history(ledger: Ledger, alert_id: int) -> list[dict[str, Any]]:
    """One alert's transitions, oldest first, each with its inputs, rule version and `deliveries`."""
    query = select(*_columns(Transition, [c.key for c in Transition.__table__.columns]))
    steps = _rows(ledger, query.where(Transition.alert_id == alert_id).order_by(Transition.number))
    sent = deliveries(ledger, alert_id=alert_id, limit=10_000)
    return [{**row, "deliveries": [d for d in sent if d["transition_id"] == row["id"]]} for row in _json(steps)]


_DELIVERY: Final = tuple(c.key for c in Delivery.__table__.columns if c.key != "body")


def deliveries(
    ledger: Ledger, *, alert_id: int | None = None, state: str | None = None, limit: int = 100
) -> list[dict[str, Any]]:
    """Messages, newest first, without their bodies; of one alert or in one state where asked."""
    query = select(*_columns(Delivery, _DELIVERY), Transition.alert_id).join(
        Transition, Transition.id == Delivery.transition_id
    )
    if alert_id is not None:
        query = query.where(Transition.alert_id == alert_id)
    if state is not None:
        query = query.where(Delivery.state == state)
    return _json(_rows(ledger, query.order_by(Delivery.id.desc()).limit(limit)))


def attempts(ledger: Ledger, delivery_id: int) -> list[dict[str, Any]]:
    """The tries of one message, oldest first."""
    query = select(Attempt.number, Attempt.at, Attempt.outcome, Attempt.error)
    return _json(_rows(ledger, query.where(Attempt.delivery_id == delivery_id).order_by(Attempt.id)))


def outbox(ledger: Ledger) -> dict[str, int]:
    """How many messages are in each state."""
    query = select(Delivery.state, func.count().label("n")).group_by(Delivery.state)
    return {row["state"]: int(row["n"]) for row in _rows(ledger, query)}


def undelivered(ledger: Ledger, now: datetime, waiting_s: float) -> tuple[dict[str, int], dict[str, int]]:
    """Per channel: messages that have waited longer than `waiting_s` and could go, and those given up in the last hour.

    `now`: the senders' clock.
    """
    late, recent = now - timedelta(seconds=waiting_s), now - timedelta(hours=1)
    waits = Delivery.state.in_(("pending", "leased")) & (Delivery.created_at < late)
    could = waits & (Delivery.next_at.is_(None) | (Delivery.next_at < late) | (Delivery.attempts > 0))
    gone = (Delivery.state == "failed") & (Delivery.created_at >= recent)
    stuck, failed = (
        {row["channel"]: int(row["n"]) for row in _rows(ledger, _by_channel(condition))} for condition in (could, gone)
    )
    return stuck, failed


def _by_channel(condition: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    return select(Delivery.channel, func.count().label("n")).where(condition).group_by(Delivery.channel)
