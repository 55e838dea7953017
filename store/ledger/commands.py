"""What changes alerts by judgement: transitions recorded with their notices and what follows, in one transaction."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, Protocol

from sqlalchemy import insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from store.ledger.duty import SupervisionOrder
from store.ledger.ledger import Ledger
from store.ledger.models import Alert, Delivery, Transition

ABOUT: Final = (
    "source", "order_no", "outage_no", "category", "city", "county", "station", "feeder", "transformer_area", "crew",
    "handler", "manager", "clock", "start_at", "due_at", "customers",
)  # fmt: skip
_WAKING: Final = ("raised", "reopened")
_LEADING: Final = (*_WAKING, "reminded", "escalated")  # after these the posting says what follows
FORGOTTEN: Final = "acknowledgement_ran_out"  # the ladder begins anew
_OVER: Final = ("cleared", "closed")
NUMBER: Final = "{alert_no}"  # stands in a notice for the number of an alert that is not stored yet


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
    def rung(self) -> int: ...
    @property
    def at(self) -> datetime: ...
    @property
    def reason(self) -> str: ...
    @property
    def about(self) -> Any: ...
    @property
    def critical(self) -> bool: ...
    @property
    def alert_id(self) -> int | None: ...
    @property
    def alert_version(self) -> int | None: ...
    @property
    def passed(self) -> Mapping[str, int]: ...
    @property
    def step(self) -> int: ...
    @property
    def inputs(self) -> Mapping[str, Any]: ...


class DraftLike(Protocol):
    """One notice to one recipient; see alerts.posting."""

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
    @property
    def person(self) -> str | None: ...
    @property
    def exits(self) -> Sequence[str]: ...
    @property
    def unit(self) -> str | None: ...
    @property
    def quiet(self) -> str | None: ...
    @property
    def not_before(self) -> datetime | None: ...
    @property
    def why(self) -> str | None: ...
    @property
    def code(self) -> str | None: ...


class SupervisionLike(Protocol):
    """A supervision order to be issued."""

    @property
    def unit(self) -> str: ...
    @property
    def matter(self) -> str: ...
    @property
    def deadline_at(self) -> datetime: ...


class PostingLike(Protocol):
    """A transition with its notices, or with the reason there are none."""

    @property
    def transition(self) -> TransitionLike: ...
    @property
    def drafts(self) -> Sequence[DraftLike]: ...
    @property
    def by_fallback(self) -> bool: ...
    @property
    def quiet(self) -> str | None: ...
    @property
    def policy(self) -> str | None: ...
    @property
    def next_step_at(self) -> datetime | None: ...
    @property
    def supervision(self) -> SupervisionLike | None: ...


def record(ledger: Ledger, postings: Iterable[PostingLike], made_at: datetime | None = None) -> int:
    """Stores transitions and their notices, all or nothing; how many it took.

    `made_at`: now by the senders' clock, where that is not the transitions' own (a replayed site).
    A transition that was judged on an alert which has changed meanwhile (a second judge, an acknowledgement) is dropped
    together with its notices: whoever judges next sees the new state. Of one alert only one transition is taken.
    """
    postings = list(postings)
    if not postings:
        return 0
    with ledger.writing() as session:
        numbered = _change(session, [p for p in postings if p.transition.alert_id is not None])
        numbered += _open(session, [p for p in postings if p.transition.alert_id is None])
        told_first = {id(p): place for place, p in enumerate(postings)}
        numbered.sort(key=lambda one: told_first[id(one[0])])
        _store_transitions(session, numbered, made_at)
    return len(numbered)


_Numbered = list[tuple[PostingLike, int, int]]  # posting, alert id, number of the transition


def _change(session: Session, postings: Sequence[PostingLike]) -> _Numbered:
    """Steps of alerts that stand, locked in the order of their ids so that two judges can not block each other."""
    wanted = {p.transition.alert_id: p for p in reversed(postings)}
    if not wanted:
        return []
    names = (
        "id",
        "version",
        "reopened",
        "woken_at",
        "raised_at",
        "step",
        "state",
        "cleared_at",
        "cleared_reason",
        "policy",
        "next_step_at",
    )
    query = select(*(getattr(Alert, name) for name in names)).where(Alert.id.in_(wanted)).order_by(Alert.id)
    found = [dict(row) for row in session.execute(query.with_for_update()).mappings()]
    current = [(wanted[a["id"]], a) for a in found if wanted[a["id"]].transition.alert_version == a["version"]]
    if current:
        session.execute(update(Alert), [_changed(p, a) for p, a in current])
    return [(p, a["id"], a["version"] + 1) for p, a in current]


def _about(t: TransitionLike) -> dict[str, Any]:
    return {name: getattr(t.about, name) for name in ABOUT}


def _changed(p: PostingLike, was: Mapping[str, Any]) -> dict[str, Any]:
    t, event, state = p.transition, str(p.transition.event), str(p.transition.state)
    is_woken = event in _WAKING
    row = {
        "id": was["id"],
        "version": was["version"] + 1,
        "state": state,
        "level": t.level,
        "rung": t.rung,
        "critical": t.critical,
        "passed": dict(t.passed),
        "changed_at": t.at,
        "raised_at": t.at if is_woken and was["state"] == "pending" else was["raised_at"],
        "woken_at": t.at if is_woken else was["woken_at"],
        "policy": p.policy if event in _LEADING else was["policy"],
        "step": 0 if is_woken or t.reason == FORGOTTEN else max(was["step"], t.step),
        "next_step_at": None if state in _OVER else p.next_step_at if event in _LEADING else was["next_step_at"],
        "reopened": was["reopened"] + (event == "reopened"),
        "cleared_at": (t.at if event == "cleared" else was["cleared_at"]) if state in _OVER else None,
        "cleared_reason": (t.reason if event == "cleared" else was["cleared_reason"]) if state in _OVER else None,
        "closed_at": t.at if state == "closed" else None,
        "closed_reason": t.reason if state == "closed" else None,
    }
    return row | _about(t)


def _open(session: Session, postings: Sequence[PostingLike]) -> _Numbered:
    """New alerts; where another judge has opened one of the same rule and subject, nothing."""
    if not postings:
        return []
    by_name = {(p.transition.rule, p.transition.subject): p for p in reversed(postings)}
    rows = [
        {
            "rule": t.rule, "subject": t.subject, "state": str(t.state), "level": t.level, "rung": t.rung,
            "critical": t.critical, "passed": dict(t.passed), "version": 1, "raised_at": t.at, "changed_at": t.at,
            "woken_at": t.at if str(t.event) in _WAKING else None, "policy": p.policy, "step": t.step,
            "next_step_at": p.next_step_at, "reopened": 0, **_about(t),
        }
        for p, t in ((by_name[name], by_name[name].transition) for name in sorted(by_name))  # so two judges queue
    ]  # fmt: skip
    is_sqlite = session.connection().dialect.name == "sqlite"
    statement: Any = sqlite.insert(Alert) if is_sqlite else postgresql.insert(Alert)
    statement = statement.on_conflict_do_nothing(
        index_elements=[Alert.rule, Alert.subject], index_where=Alert.closed_at.is_(None)
    ).returning(Alert.id, Alert.rule, Alert.subject)
    return [(by_name[rule, subject], id_, 1) for id_, rule, subject in session.execute(statement, rows)]


def _store_transitions(session: Session, numbered: _Numbered, made_at: datetime | None) -> None:
    if not numbered:
        return
    rows = [
        {
            "alert_id": alert_id, "number": number, "at": t.at, "event": str(t.event), "state": str(t.state),
            "level": t.level, "rung": t.rung, "critical": t.critical, "clock": t.about.clock, "reason": t.reason,
            "inputs": dict(t.inputs) | ({"step": t.step} if t.step else {}), "rule_version": t.rule_version,
            "by_fallback": p.by_fallback, "quiet": p.quiet,
        }
        for p, alert_id, number in numbered
        for t in (p.transition,)
    ]  # fmt: skip
    stored = session.execute(insert(Transition).returning(Transition.id, Transition.alert_id), rows)
    ids = {alert_id: id_ for id_, alert_id in stored}
    notices = [
        _delivery(p.transition, d, alert_id, ids[alert_id]) | _by_senders_clock(p.transition, d, made_at)
        for p, alert_id, _ in numbered
        for d in p.drafts
    ]
    if notices:
        session.execute(insert(Delivery), notices)
    orders = [
        _supervision(p.supervision, p.transition, alert_id, ids[alert_id])
        for p, alert_id, _ in numbered
        if p.supervision
    ]
    if orders:
        session.execute(insert(SupervisionOrder), orders)


def _by_senders_clock(t: TransitionLike, draft: DraftLike, made_at: datetime | None) -> dict[str, Any]:
    """When it was made and when it may go, where the transition's own clock is that of a replayed site."""
    if made_at is None:
        return {}
    return {"created_at": made_at, "next_at": draft.not_before and draft.not_before + (made_at - t.at)}


def _delivery(t: TransitionLike, draft: DraftLike, alert_id: int, transition_id: int) -> dict[str, Any]:
    # The time is in the key so that a ledger begun anew does not repeat the keys of the old one.
    seed = (str(transition_id), t.at.isoformat(), t.rule, t.subject, draft.channel, draft.address)
    return {
        "transition_id": transition_id,
        "alert_id": alert_id,
        "created_at": t.at,
        "person": draft.person,
        "channel": draft.channel,
        "address": draft.address,
        "exits": list(draft.exits),
        "language": draft.language,
        "level": t.level,
        "critical": t.critical,
        "unit": draft.unit,
        "title": draft.title,
        "body": draft.body.replace(NUMBER, str(alert_id)),
        "key": hashlib.sha256("\n".join(seed).encode()).hexdigest()[:32],
        "state": "quiet" if draft.quiet else "pending",
        "why": draft.quiet or draft.why,
        "attempts": 0,
        "next_at": draft.not_before,
        "code": draft.code,
    }


def _supervision(order: SupervisionLike, t: TransitionLike, alert_id: int, transition_id: int) -> dict[str, Any]:
    about = {k: v.isoformat() if isinstance(v, datetime) else v for k, v in _about(t).items() if v is not None}
    return {
        "alert_id": alert_id,
        "transition_id": transition_id,
        "unit": order.unit,
        "matter": order.matter,
        "issued_at": t.at,
        "deadline_at": order.deadline_at,
        "details": about | {"rule": t.rule, "level": t.level},
    }
