"""What people do with alerts: take them, note, assign, close. One transaction per call, one transition each."""

from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from store.facts.errors import StoreError
from store.ledger.audit import Act, add
from store.ledger.ledger import Ledger
from store.ledger.models import Alert, Transition
from store.ledger.words import NOTE_LIMIT, REASON_LIMIT, given, named, within

USUAL_END: Final = timedelta(hours=8)  # a shift: nobody's word holds for ever
VIA: Final = ("screen", "phone", "text")
_QUIET: Final = "an answer is not told on"


def acknowledge(
    ledger: Ledger,
    alert_id: int,
    by: str,
    note: str,
    now: datetime,
    *,
    until: datetime | None = None,
    via: str = "screen",
    entered_by: str | None = None,
    seen_version: int | None = None,
) -> int:
    """Notes that `by` has taken the alert, with a note; its new version. Taking it over from somebody else is allowed.

    `until`: the expected end, 8 h from now where none is given; past it the alert wakes again. `via` phone: `by`
    confirmed by phone, `entered_by` noted it. Errors: StoreError where there is no such alert, it is clear, nobody is
    named, `until` has passed, or it changed since `seen_version`.
    """
    by, note = named("acknowledge", by), within("acknowledge", "note", note, NOTE_LIMIT)
    if via not in VIA:
        raise StoreError(f"acknowledge: {via} is no way to answer; there are {', '.join(VIA)}")
    if via == "phone" and not (entered_by or "").strip():
        raise StoreError("acknowledge: who confirmed by phone is named, but not who wrote it down; name both")
    if until is not None and until <= now:
        raise StoreError("acknowledge: the expected end has passed; give one that lies ahead")
    until = until or now + USUAL_END
    with ledger.writing() as session:
        alert = _standing(session, alert_id, seen_version)
        alert.state, alert.acknowledged_at, alert.acknowledged_by = "acknowledged", now, by
        alert.acknowledged_via, alert.acknowledged_until, alert.note = via, until, note or None
        alert.next_step_at = None
        inputs = {"via": via, "until": until.isoformat() if until else None, "entered_by": entered_by}
        return _step(session, alert, "acknowledged", now, by, note, inputs)


def annotate(ledger: Ledger, alert_id: int, by: str, note: str, now: datetime) -> int:
    """Adds a note to an alert that is not closed; its new version. Errors: StoreError."""
    by, note = named("note", by), given("note", "note", note, NOTE_LIMIT)
    with ledger.writing() as session:
        alert = _standing(session, alert_id, None, may_be=("raised", "acknowledged", "cleared"))
        alert.note = note
        return _step(session, alert, "noted", now, by, note, {})


def assign(ledger: Ledger, alert_id: int, by: str, to: str, note: str, now: datetime) -> int:
    """Says whose the alert is from here; its new version. It does not acknowledge in their name. Errors: StoreError."""
    by, to = named("assign", by), named("assign", to)
    note = within("assign", "note", note, NOTE_LIMIT)
    with ledger.writing() as session:
        alert = _standing(session, alert_id, None)
        alert.assigned_to = to
        return _step(session, alert, "assigned", now, by, note, {"to": to})


def close(ledger: Ledger, alert_id: int, by: str, reason: str, now: datetime) -> int:
    """Closes an alert that is clear, with the reason it had; its new version. Errors: StoreError."""
    by, reason = named("close", by), given("close", "reason", reason, REASON_LIMIT)
    with ledger.writing() as session:
        alert = _standing(session, alert_id, None, may_be=("cleared",))
        alert.state, alert.closed_at, alert.closed_by, alert.closed_reason = "closed", now, by, reason[:255]
        return _step(session, alert, "closed", now, by, reason, {})


def _standing(
    session: Session, alert_id: int, seen_version: int | None, may_be: tuple[str, ...] = ("raised", "acknowledged")
) -> Alert:
    alert = session.scalar(select(Alert).where(Alert.id == alert_id).with_for_update())
    if alert is None or alert.state == "pending":
        raise StoreError(f"alert {alert_id}: there is no such alert; see the list of open ones")
    if alert.state not in may_be and alert.state in ("cleared", "closed"):
        why = alert.closed_reason or alert.cleared_reason
        raise StoreError(f"alert {alert_id}: is already {alert.state} ({why}); nothing is left to do")
    if alert.state not in may_be:
        raise StoreError(f"alert {alert_id}: still stands; it can be closed once it has cleared")
    if seen_version is not None and seen_version != alert.version:
        raise StoreError(f"alert {alert_id}: is {alert.level} now, not what you saw; look again, then acknowledge")
    return alert


def _said(inputs: dict[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in inputs.items() if v is not None}


def _step(session: Session, alert: Alert, event: str, now: datetime, by: str, note: str, inputs: dict[str, Any]) -> int:
    alert.version += 1
    alert.changed_at = now
    add(session, Act(by, event, f"alert {alert.id}", detail={"rule": alert.rule, **_said(inputs)}), now)
    session.add(
        Transition(
            alert_id=alert.id,
            number=alert.version,
            at=now,
            event=event,
            state=alert.state,
            level=alert.level,
            rung=alert.rung,
            critical=alert.critical,
            clock=alert.clock,
            reason="by_person",
            inputs={k: v for k, v in inputs.items() if v is not None},
            rule_version=None,
            by=by,
            note=note or None,
            by_fallback=False,
            quiet=_QUIET,
        )
    )
    return alert.version
