"""Silences and maintenance windows: entered, ended, and those whose end nobody was told of yet."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import insert, select, update

from store.facts.errors import StoreError
from store.ledger.audit import Act, add
from store.ledger.commands import ABOUT
from store.ledger.duty import Silence
from store.ledger.ledger import Ledger
from store.ledger.words import REASON_LIMIT, given, named

MATCHABLE: Final = ("rule", "level", "subject", *(n for n in ABOUT if n not in ("start_at", "due_at", "customers")))
_COLUMNS: Final = tuple(c.key for c in Silence.__table__.columns)


def create(
    ledger: Ledger,
    by: str,
    reason: str,
    matches: Mapping[str, Sequence[str]],
    starts_at: datetime,
    ends_at: datetime | None,
    now: datetime,
    *,
    kind: str = "silence",
) -> int:
    """Keeps quiet the alerts that have one of the values of every field in `matches`; its number.

    Errors: StoreError without author, reason, end or fields, and where the end has passed.
    """
    by, reason = named("silence", by), given("silence", "reason", reason, REASON_LIMIT)
    if ends_at is None:
        raise StoreError("silence: has no end; say until when, at most a shift is usual")
    if ends_at <= max(starts_at, now):
        raise StoreError("silence: its end is not after its start and now; give one that lies ahead")
    if kind not in ("silence", "maintenance"):
        raise StoreError(f"silence: {kind} is no kind; there are silence, maintenance")
    with ledger.writing() as session:
        one = Silence(
            kind=kind, matches=_checked(matches), starts_at=starts_at, ends_at=ends_at, by=by, reason=reason,
            entered_at=now,
        )  # fmt: skip
        session.add(one)
        session.flush()
        about = {"kind": kind, "matches": one.matches, "until": ends_at.isoformat()}
        add(session, Act(by, "silenced", f"silence {one.id}", detail=about), now)
        return one.id


def _checked(matches: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    if not matches or not all(matches.values()):
        raise StoreError("silence: would keep every alert quiet; name at least one field with its values")
    if unknown := sorted(set(matches) - set(MATCHABLE)):
        raise StoreError(f"silence: alerts have no {', '.join(unknown)}; there are {', '.join(MATCHABLE)}")
    return {name: [str(value) for value in values] for name, values in matches.items()}


def announce(ledger: Ledger, windows: Iterable[Mapping[str, Any]], now: datetime) -> int:
    """Enters the maintenance windows of the duty file that run and are not entered yet; how many.

    `windows`: reason (the window's name), by, matches, starts_at, ends_at: alerts.quiet.running_windows. One that was
    ended before its time stays ended. A window whose end was moved in the file is entered with its new end.
    """
    windows = list(windows)
    if not windows:
        return 0
    with ledger.writing() as session:
        query = select(Silence.reason, Silence.starts_at, Silence.id, Silence.ends_at, Silence.ended_by).where(
            Silence.kind == "maintenance", Silence.starts_at.in_([w["starts_at"] for w in windows])
        )
        known = {(row.reason, row.starts_at): row for row in session.execute(query)}
        fresh = [w for w in windows if (w["reason"], w["starts_at"]) not in known]
        for w in windows:
            row = known.get((w["reason"], w["starts_at"]))
            if row and row.ended_by is None and row.ends_at != w["ends_at"]:
                session.execute(update(Silence).where(Silence.id == row.id).values(ends_at=w["ends_at"], told_at=None))
        if fresh:
            session.execute(insert(Silence), [{**w, "kind": "maintenance", "entered_at": now} for w in fresh])
        return len(fresh)


def end(ledger: Ledger, silence_id: int, by: str, now: datetime) -> None:
    """Ends a silence now. Those it kept from hearing are told at once. Errors: StoreError where it has ended."""
    by = named("silence", by)
    with ledger.writing() as session:
        one = session.scalar(select(Silence).where(Silence.id == silence_id).with_for_update())
        if one is None:
            raise StoreError(f"silence {silence_id}: there is no such silence; see the list of standing ones")
        if one.ends_at <= now:
            raise StoreError(f"silence {silence_id}: has ended already; nothing is left to do")
        # One that has not begun ends where it would have begun: it never kept anything quiet.
        one.ends_at, one.ended_by = max(now, one.starts_at), by
        add(session, Act(by, "silence_ended", f"silence {silence_id}"), now)


def standing(ledger: Ledger, now: datetime) -> list[dict[str, Any]]:
    """Silences that have not ended, those that lie ahead among them, by their end; all columns, times as datetimes."""
    return _rows(ledger, select(*_columns()).where(Silence.ends_at > now).order_by(Silence.ends_at, Silence.id))


def ended_untold(ledger: Ledger, now: datetime) -> list[dict[str, Any]]:
    """Silences that have ended and of whose end nobody was told yet, by their end."""
    query = select(*_columns()).where(Silence.ends_at <= now, Silence.told_at.is_(None))
    return _rows(ledger, query.order_by(Silence.ends_at, Silence.id))


def mark_told(ledger: Ledger, ids: Sequence[int], now: datetime) -> None:
    """Notes that what these silences kept quiet was told, after the transitions about it were recorded.

    A node that dies between the two tells it again: late rather than never.
    """
    if ids:
        with ledger.writing() as session:
            session.execute(update(Silence).where(Silence.id.in_(ids), Silence.ends_at <= now).values(told_at=now))


def _columns() -> list[Any]:
    return [getattr(Silence, name) for name in _COLUMNS]


def _rows(ledger: Ledger, query: Any) -> list[dict[str, Any]]:
    with ledger.reading() as session:
        return [dict(row) for row in session.execute(query).mappings()]
