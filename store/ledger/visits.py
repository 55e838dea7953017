"""Visits and displays in the ledger: signed-in browsers, and walls that show a token."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import delete, or_, select, update

from store.facts.errors import StoreError
from store.ledger.access import Account, Display, FailedTry, Visit
from store.ledger.audit import Act, add
from store.ledger.ledger import Ledger
from store.ledger.words import named

KEPT: Final = timedelta(days=30)  # how long a visit that is over stays on record


@dataclass(frozen=True)
class Visitor:
    """Who a token stands for. `wall`: the only one a display may see; None for people."""

    visit: int
    user: str
    name: str
    role: str
    units: tuple[str, ...]
    account: int | None = None
    wall: str | None = None
    must_change: bool = False
    way: str = "local"


def begin(
    ledger: Ledger, token: str, at: datetime, ends_at: datetime, came_from: str,
    *, account: int | None = None, display: int | None = None, act: Act | None = None,
) -> None:  # fmt: skip
    """Begins a visit under a token of its own. Old ones that are long over are forgotten."""
    with ledger.writing() as session:
        session.execute(delete(Visit).where(or_(Visit.ends_at < at - KEPT, Visit.ended_at < at - KEPT)))
        version = session.scalar(select(Account.version).where(Account.id == account)) if account else 0
        session.add(
            Visit(
                token=token, account=account, display=display, version=version or 0, began_at=at, seen_at=at,
                ends_at=ends_at, ended_at=None, came_from=came_from[:64],
            )
        )  # fmt: skip
        if act:
            add(session, act, at)


def visitor(ledger: Ledger, token: str, at: datetime, idle: timedelta) -> Visitor | None:
    """Whose visit it is; None where it is over: ended, too old, too long unseen, changed account, revoked display."""
    query = (
        select(Visit, Account, Display)
        .outerjoin(Account, Account.id == Visit.account)
        .outerjoin(Display, Display.id == Visit.display)
        .where(Visit.token == token, Visit.ended_at.is_(None), Visit.ends_at > at)
    )
    with ledger.reading() as session:
        found = session.execute(query).first()
    if found is None:
        return None
    visit, account, display = found
    if account is not None:
        if visit.seen_at < at - idle or account.disabled_at is not None or account.version != visit.version:
            return None
        units = tuple(account.units)
        return Visitor(
            visit.id, account.user, account.name, account.role, units, account.id, must_change=account.must_change,
            way=account.way,
        )  # fmt: skip
    if display is None or display.revoked_at is not None:
        return None
    return Visitor(visit.id, f"display {display.name}", display.name, "wall", (), wall=display.wall)


def seen(ledger: Ledger, visit: int, at: datetime) -> None:
    with ledger.writing() as session:
        session.execute(update(Visit).where(Visit.id == visit).values(seen_at=at))


def end(ledger: Ledger, token: str, act: Act, at: datetime) -> None:
    with ledger.writing() as session:
        session.execute(update(Visit).where(Visit.token == token, Visit.ended_at.is_(None)).values(ended_at=at))
        add(session, act, at)


# ------------------------------------------------------------------ displays


def add_display(
    ledger: Ledger, name: str, wall: str, token: str, by: str, at: datetime, *, by_role: str | None = None
) -> int:
    """A display that may show `wall`; its number. `token`: the SHA-256 of what it shows."""
    name = named("display", name)
    with ledger.writing() as session:
        row = Display(name=name, wall=wall, token=token, made_at=at, made_by=by, revoked_at=None, revoked_by=None)
        session.add(row)
        session.flush()
        add(session, Act(by, "display_made", f"{row.id} {name}", by_role, detail={"wall": wall}), at)
        return row.id


def display_of(ledger: Ledger, token: str, wall: str) -> dict[str, Any] | None:
    query = select(Display).where(Display.token == token, Display.wall == wall, Display.revoked_at.is_(None))
    with ledger.reading() as session:
        row = session.scalar(query)
        return None if row is None else {"id": row.id, "name": row.name}


def displays(ledger: Ledger) -> list[dict[str, Any]]:
    """id, name, wall, made_at, made_by, revoked_at, revoked_by, seen_at (of its latest visit), the latest first."""
    query = select(Display).order_by(Display.id.desc())
    with ledger.reading() as session:
        latest: dict[int, datetime] = {}
        for number, at in session.execute(select(Visit.display, Visit.seen_at).where(Visit.display.is_not(None))):
            latest[number or 0] = max(at, latest.get(number or 0, at))
        names = [c.key for c in Display.__table__.columns if c.key != "token"]
        rows = [{name: getattr(row, name) for name in names} for row in session.scalars(query)]
        return [row | {"seen_at": latest.get(row["id"])} for row in rows]


def revoke(ledger: Ledger, number: int, by: str, at: datetime, *, by_role: str | None = None) -> None:
    """Errors: StoreError where there is no such display or it is revoked."""
    with ledger.writing() as session:
        row = session.get(Display, number, with_for_update=True)
        if row is None or row.revoked_at is not None:
            raise StoreError(f"display {number}: there is none, or it is revoked already")
        row.revoked_at, row.revoked_by = at, by
        add(session, Act(by, "display_revoked", f"{number} {row.name}", by_role), at)


# ------------------------------------------------------------------ failed tries


def tries(ledger: Ledger, of: str) -> tuple[int, datetime | None, datetime | None]:
    """How often it failed of late, when last, and until when nothing more is tried."""
    with ledger.reading() as session:
        row = session.get(FailedTry, of)
        return (0, None, None) if row is None else (row.failures, row.last_at, row.until)


def note_try(ledger: Ledger, of: str, failures: int, until: datetime | None, act: Act | None, at: datetime) -> None:
    """Notes that signing in failed, for the `failures`-th time."""
    with ledger.writing() as session:
        row = session.get(FailedTry, of, with_for_update=True)
        if row is None:
            session.add(FailedTry(of=of, failures=failures, last_at=at, until=until))
        else:
            row.failures, row.last_at, row.until = failures, at, until
        session.execute(delete(FailedTry).where(FailedTry.last_at < at - KEPT))
        if act:
            add(session, act, at)


def forget_tries(ledger: Ledger, of: str) -> None:
    with ledger.writing() as session:
        session.execute(delete(FailedTry).where(FailedTry.of == of))
