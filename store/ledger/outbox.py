"""The outbox: messages are leased, tried, and settled. A node that dies loses its lease: late rather than never.

One transaction leases many notices, one settles many. Notices that go together share a message key; they stay bound to
it until the receiver's answer is known, so that a repeat is the same message under the same key.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple, Protocol

from sqlalchemy import ColumnElement, bindparam, case, func, or_, select, text, update
from sqlalchemy.orm import Session

from store.ledger.ledger import Ledger
from store.ledger.models import Alert, Delivery, Transition

LEASE: Final = timedelta(seconds=60)
MOST_LOOKED_AT: Final = 5000  # due notices of one turn
_WAITING: Final = text("state IN ('pending', 'leased')")  # literally the condition of the partial index
_WHY_LIMIT: Final = 255


class Waiting(NamedTuple):
    """A due notice, as far as it matters for what goes together. `message_key`: of the message it is bound to.

    `has_waited`: it was held back before.
    """

    id: int
    channel: str
    address: str
    person: str | None
    language: str
    critical: bool
    level: str
    unit: str | None
    key: str
    message_key: str | None
    has_waited: bool
    why: str | None


class Sent(NamedTuple):
    """Part of a message that went out: as many of these as it concerned units. In flight: as if sent now."""

    channel: str
    address: str
    person: str | None
    message_key: str
    unit: str | None
    notices: int
    at: datetime


class BundleLike(Protocol):
    """Notices that go out as one message, with each one's reason; see alerts.pacing."""

    @property
    def key(self) -> str: ...
    @property
    def whys(self) -> Mapping[int, str | None]: ...


class HeldLike(Protocol):
    """Notices held back until a time, with each one's reason."""

    @property
    def until(self) -> datetime: ...
    @property
    def whys(self) -> Mapping[int, str | None]: ...


class ChoiceLike(Protocol):
    """What goes now and what waits; a notice in neither stays as it is."""

    @property
    def bundles(self) -> Sequence[BundleLike]: ...
    @property
    def held(self) -> Sequence[HeldLike]: ...


Choose = Callable[[Sequence[Waiting], Sequence[Sent]], ChoiceLike]


@dataclass(frozen=True)
class Parcel:
    """A leased notice with its alert's facts. `attempt` counts from 1 and tells this lease from a later one."""

    id: int
    attempt: int
    channel: str
    address: str
    language: str
    level: str
    critical: bool
    unit: str | None
    title: str
    body: str
    key: str
    code: str | None
    alert_id: int
    rule: str
    subject: str
    event: str
    at: datetime  # of the transition
    raised_at: datetime
    due_at: datetime | None
    order_no: str | None


@dataclass(frozen=True)
class Lot:
    """What is handed over as one message: leased until then."""

    key: str
    leased_until: datetime
    parcels: tuple[Parcel, ...]

    @property
    def channel(self) -> str:
        return self.parcels[0].channel

    @property
    def address(self) -> str:
        return self.parcels[0].address

    @property
    def attempt(self) -> int:
        """Of the notice tried most often."""
        return max(p.attempt for p in self.parcels)


_PARCEL: Final = (
    Delivery.id, Delivery.attempts, Delivery.channel, Delivery.address, Delivery.language, Delivery.level,
    Delivery.critical, Delivery.unit, Delivery.title, Delivery.body, Delivery.key, Delivery.code, Delivery.alert_id,
    Alert.rule, Alert.subject, Transition.event, Transition.at, Alert.raised_at, Alert.due_at, Alert.order_no,
)  # fmt: skip


def _is_due(now: datetime) -> ColumnElement[bool]:
    return or_(
        (Delivery.state == "pending") & (Delivery.next_at.is_(None) | (Delivery.next_at <= now)),
        (Delivery.state == "leased") & (Delivery.leased_until <= now),
    )


def has_due(ledger: Ledger, now: datetime, skip: Collection[str] = ()) -> bool:
    """Whether anything waits on a channel not in `skip`: a read, so that an idle outbox takes no write lock."""
    due = select(Delivery.id).where(_WAITING, _is_due(now), Delivery.channel.not_in(list(skip)))
    with ledger.reading() as session:
        return session.scalar(due.limit(1)) is not None


def lease(
    ledger: Ledger,
    now: datetime,
    choose: Choose,
    back: Mapping[str, timedelta],
    skip: Collection[str] = (),
) -> list[Lot]:
    """Leases what `choose` takes of the due notices on channels not in `skip`, and notes until when it holds the rest.

    `choose` sees critical ones first, then the oldest, and what went out within `back`, per channel; nothing of that
    where no due notice is on one of those channels. One whose lease ran out is due again, bound to its message: its
    sender died, or was slower than a lease. Another sender's rows are passed over.
    """
    with ledger.writing() as session:
        waiting = _due(session, now, skip)
        if not waiting:
            return []
        is_paced = any(w.channel in back for w in waiting)
        choice = choose(waiting, _sent(session, now, back) if is_paced else [])
        _hold(session, choice.held)
        return _lease(session, now, choice.bundles)


def end_leases(ledger: Ledger, now: datetime) -> int:
    """Makes what is leased due now; how many notices. For a node that starts: it is its ledger's only sender.

    Whoever holds a lease is dead, so nobody need wait for its end. The notices stay bound to their message.
    """
    statement = update(Delivery).where(_WAITING, Delivery.state == "leased", Delivery.leased_until > now)
    with ledger.writing() as session:
        return session.execute(statement.values(leased_until=now)).rowcount  # type: ignore[no-any-return, attr-defined]


def _due(session: Session, now: datetime, skip: Collection[str]) -> list[Waiting]:
    d = Delivery
    query = (
        select(
            d.id, d.channel, d.address, d.person, d.language, d.critical, d.level, d.unit, d.key, d.message_key,
            d.next_at.is_not(None), d.why,
        )
        .where(_WAITING, _is_due(now), d.channel.not_in(list(skip)))
        .order_by(d.critical.desc(), d.id)
        .limit(MOST_LOOKED_AT)
    )  # fmt: skip
    return [Waiting._make(row) for row in session.execute(query.with_for_update(skip_locked=True))]


def _sent(session: Session, now: datetime, back: Mapping[str, timedelta]) -> list[Sent]:
    d = Delivery
    since = [(d.channel == name) & (d.sent_at > now - span) for name, span in sorted(back.items())]
    of = (d.channel, d.address, d.person, d.message_key, d.unit)
    gone = select(*of, func.count(), func.min(d.sent_at)).where(or_(*since)).group_by(*of)
    flying = select(*of, func.count()).where(
        _WAITING, d.state == "leased", d.leased_until > now, d.channel.in_(sorted(back))
    )
    found = [Sent._make(row) for row in session.execute(gone)]
    return found + [Sent._make((*row, now)) for row in session.execute(flying.group_by(*of))]


def _hold(session: Session, held: Iterable[HeldLike]) -> None:
    rows = [{"of": id_, "until": h.until, "reason": _short(why)} for h in held for id_, why in h.whys.items()]
    if rows:
        table = Delivery.__table__
        statement = update(Delivery).where(table.c.id == bindparam("of"))
        statement = statement.values(
            state="pending", leased_until=None, next_at=bindparam("until"), why=bindparam("reason")
        )
        session.connection().execute(statement, rows)


def _lease(session: Session, now: datetime, bundles: Sequence[BundleLike]) -> list[Lot]:
    if not bundles:
        return []
    until = now + LEASE
    rows = [{"of": id_, "bound": b.key, "reason": _short(why)} for b in bundles for id_, why in b.whys.items()]
    table = Delivery.__table__
    statement = update(Delivery).where(table.c.id == bindparam("of"))
    statement = statement.values(
        state="leased",
        leased_until=until,
        attempts=table.c.attempts + 1,
        message_key=bindparam("bound"),
        why=bindparam("reason"),
    )
    session.connection().execute(statement, rows)
    query = (
        select(*_PARCEL)
        .join(Transition, Transition.id == Delivery.transition_id)
        .join(Alert, Alert.id == Delivery.alert_id)
        .where(Delivery.id.in_([row["of"] for row in rows]))
    )
    found: Iterable[Sequence[Any]] = session.execute(query)
    parcels = {row[0]: Parcel(*row) for row in found}
    return [Lot(b.key, until, tuple(parcels[id_] for id_ in sorted(b.whys))) for b in bundles]


def _short(why: str | None) -> str | None:
    return why[:_WHY_LIMIT] if why else None


def outlook(ledger: Ledger, now: datetime) -> dict[str, Any]:
    """{"waiting", "due", "next_at"}: how much the outbox holds, and when the next of it is due."""
    d = Delivery
    query = select(
        func.count(), func.sum(case((_is_due(now), 1), else_=0)), func.min(case((d.state == "pending", d.next_at)))
    ).where(_WAITING)
    with ledger.reading() as session:
        waiting, due, next_at = session.execute(query).one()
    return {"waiting": int(waiting), "due": int(due or 0), "next_at": next_at}
