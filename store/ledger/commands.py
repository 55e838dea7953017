"""What changes alerts: transitions recorded with their messages, and people's answers. One transaction per call."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, Protocol

from sqlalchemy import insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from store.facts.errors import StoreError
from store.ledger.ledger import Ledger
from store.ledger.models import Alert, Delivery, Transition

_NOTE_LIMIT: Final = 500
_PLACE: Final = ("source", "order_no", "county", "station", "feeder", "clock", "start_at", "due_at")


class TransitionLike(Protocol):
    """The parts of a transition that are stored; see alerts.transition."""

    @property
    def rule(self) -> str: ...
    @property
    def rule_version(self) -> int: ...
    @property
    def subject(self) -> str: ...
    @property
    def event(self) -> str: ...
    @property
    def state(self) -> str: ...
    @property
    def level(self) -> str: ...
    @property
    def at(self) -> datetime: ...
    @property
    def reason(self) -> str: ...
    @property
    def critical(self) -> bool: ...
    @property
    def alert_id(self) -> int | None: ...
    @property
    def alert_version(self) -> int | None: ...
    @property
    def passed(self) -> Mapping[str, str]: ...
    @property
    def clock(self) -> str | None: ...
    @property
    def inputs(self) -> Mapping[str, Any]: ...


class DraftLike(Protocol):
    """One message to one recipient."""

    @property
    def channel(self) -> str: ...
    @property
    def address(self) -> str: ...
    @property
    def language(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def body(self) -> str: ...


class PostingLike(Protocol):
    """A transition with its messages, or with the reason there are none."""

    @property
    def transition(self) -> TransitionLike: ...
    @property
    def drafts(self) -> Sequence[DraftLike]: ...
    @property
    def by_fallback(self) -> bool: ...
    @property
    def quiet(self) -> str | None: ...


def record(ledger: Ledger, postings: Iterable[PostingLike]) -> int:
    """Stores transitions and their messages, all or nothing; how many it took.

    A transition that was judged on an alert which has changed meanwhile (a second judge, an acknowledgement) is dropped
    together with its messages: whoever judges next sees the new state.
    """
    postings = list(postings)
    if not postings:
        return 0
    with ledger.writing() as session:
        numbered = _change(session, [p for p in postings if p.transition.alert_id is not None])
        numbered += _open(session, [p for p in postings if p.transition.alert_id is None])
        told_first = {id(p): place for place, p in enumerate(postings)}
        numbered.sort(key=lambda one: told_first[id(one[0])])
        _store_transitions(session, numbered)
    return len(numbered)


_Numbered = list[tuple[PostingLike, int, int]]  # posting, alert id, number of the transition


def _change(session: Session, postings: Sequence[PostingLike]) -> _Numbered:
    """Steps of open alerts, locked in the order of their ids so that two judges can not block each other."""
    wanted = {p.transition.alert_id: p for p in postings}
    if not wanted:
        return []
    found = session.execute(
        select(Alert.id, Alert.version).where(Alert.id.in_(wanted)).order_by(Alert.id).with_for_update()
    )
    current = [(wanted[id_], id_, version) for id_, version in found if wanted[id_].transition.alert_version == version]
    if current:
        session.execute(update(Alert), [_changed(p.transition, id_, version + 1) for p, id_, version in current])
    return [(p, id_, version + 1) for p, id_, version in current]


def _place(t: TransitionLike) -> dict[str, Any]:
    return {name: getattr(t, name) for name in _PLACE}


def _changed(t: TransitionLike, alert_id: int, version: int) -> dict[str, Any]:
    is_clear = t.state == "clear"
    return {
        "id": alert_id,
        "version": version,
        "state": str(t.state),
        "level": t.level,
        "critical": t.critical,
        "passed": dict(t.passed),
        "changed_at": t.at,
        "cleared_at": t.at if is_clear else None,
        "cleared_reason": t.reason if is_clear else None,
        **_place(t),
    }


def _open(session: Session, postings: Sequence[PostingLike]) -> _Numbered:
    """New alerts; where another judge has opened one of the same rule and subject, nothing."""
    if not postings:
        return []
    by_name = {(p.transition.rule, p.transition.subject): p for p in postings}
    rows = [
        {
            "rule": t.rule, "subject": t.subject, "state": str(t.state), "level": t.level, "critical": t.critical,
            "passed": dict(t.passed), "version": 1, "raised_at": t.at, "changed_at": t.at, **_place(t),
        }
        for t in (by_name[name].transition for name in sorted(by_name))  # in one order, so that two judges queue
    ]  # fmt: skip
    is_sqlite = session.connection().dialect.name == "sqlite"
    statement: Any = sqlite.insert(Alert) if is_sqlite else postgresql.insert(Alert)
    statement = statement.on_conflict_do_nothing(
        index_elements=[Alert.rule, Alert.subject], index_where=Alert.cleared_at.is_(None)
    ).returning(Alert.id, Alert.rule, Alert.subject)
    return [(by_name[rule, subject], id_, 1) for id_, rule, subject in session.execute(statement, rows)]


def _store_transitions(session: Session, numbered: _Numbered) -> None:
    if not numbered:
        return
    rows = [
        {
            "alert_id": alert_id, "number": number, "at": t.at, "event": str(t.event), "state": str(t.state),
            "level": t.level, "critical": t.critical, "clock": t.clock, "reason": t.reason, "inputs": dict(t.inputs),
            "rule_version": t.rule_version, "by_fallback": p.by_fallback, "quiet": p.quiet,
        }
        for p, alert_id, number in numbered
        for t in (p.transition,)
    ]  # fmt: skip
    stored = session.execute(insert(Transition).returning(Transition.id, Transition.alert_id), rows)
    ids = {alert_id: id_ for id_, alert_id in stored}
    deliveries = [_delivery(p.transition, d, ids[alert_id]) for p, alert_id, _ in numbered for d in p.drafts]
    if deliveries:
        session.execute(insert(Delivery), deliveries)


def _delivery(t: TransitionLike, draft: DraftLike, transition_id: int) -> dict[str, Any]:
    # The time is in the key so that a ledger begun anew does not repeat the keys of the old one.
    seed = (str(transition_id), t.at.isoformat(), t.rule, t.subject, draft.channel, draft.address)
    return {
        "transition_id": transition_id,
        "channel": draft.channel,
        "address": draft.address,
        "language": draft.language,
        "title": draft.title,
        "body": draft.body,
        "key": hashlib.sha256("\n".join(seed).encode()).hexdigest()[:32],
        "state": "pending",
        "attempts": 0,
    }


def acknowledge(
    ledger: Ledger, alert_id: int, by: str, note: str, now: datetime, *, seen_version: int | None = None
) -> int:
    """Notes that `by` has taken the alert, with a note; its new version. Taking it over from somebody else is allowed.

    Errors: StoreError where there is no such alert, it is clear, nobody is named, or it changed since `seen_version`.
    """
    by, note = by.strip(), note.strip()
    if not by:
        raise StoreError("acknowledge: nobody is named; give the name of who takes the alert")
    if len(by) > 100 or len(note) > _NOTE_LIMIT:
        raise StoreError(f"acknowledge: too long; a name has 100 and a note {_NOTE_LIMIT} characters at most")
    with ledger.writing() as session:
        alert = session.scalar(select(Alert).where(Alert.id == alert_id).with_for_update())
        if alert is None:
            raise StoreError(f"alert {alert_id}: there is no such alert; see the list of open ones")
        if alert.state == "clear":
            raise StoreError(f"alert {alert_id}: is already clear ({alert.cleared_reason}); nothing is left to take")
        if seen_version is not None and seen_version != alert.version:
            raise StoreError(f"alert {alert_id}: is {alert.level} now, not what you saw; look again, then acknowledge")
        alert.version += 1
        alert.state, alert.changed_at = "acknowledged", now
        alert.acknowledged_at, alert.acknowledged_by, alert.note = now, by, note or None
        answer = Transition(
            alert_id=alert_id, number=alert.version, at=now, event="acknowledged", state="acknowledged",
            level=alert.level, critical=alert.critical, clock=alert.clock, reason="by_person", inputs={},
            rule_version=None, by=by, note=note or None, by_fallback=False, quiet="an answer is not told on",
        )  # fmt: skip
        session.add(answer)
        return alert.version
