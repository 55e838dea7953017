"""Accounts in the ledger: who may sign in, with which role. Every change is audited in its own transaction."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import func, select

from store.facts.errors import StoreError
from store.ledger.access import Account
from store.ledger.audit import Act, add
from store.ledger.ledger import Ledger
from store.ledger.words import named
from store.scope import ROLES

LOCAL: Final = "local"
_SHOWN: Final = tuple(c.key for c in Account.__table__.columns if c.key != "password")


def _plain(row: Account) -> dict[str, Any]:
    return {name: getattr(row, name) for name in _SHOWN}


def _checked(role: str, units: Sequence[str]) -> None:
    if role not in ROLES:
        raise StoreError(f"account: there is no role {role}; there are {', '.join(ROLES)}")
    if role == "manager" and not units:
        raise StoreError("account: a manager has units; name at least one code of a city, county or station")


def count(ledger: Ledger) -> int:
    with ledger.reading() as session:
        return session.scalar(select(func.count()).select_from(Account)) or 0


def listed(ledger: Ledger) -> list[dict[str, Any]]:
    """All accounts without their passwords, by way and user."""
    with ledger.reading() as session:
        return [_plain(row) for row in session.scalars(select(Account).order_by(Account.way, Account.user))]


def one(ledger: Ledger, number: int) -> dict[str, Any] | None:
    with ledger.reading() as session:
        row = session.get(Account, number)
        return None if row is None else _plain(row)


def password_of(ledger: Ledger, user: str) -> tuple[int, str] | None:
    """Number and Argon2 form of a local account that is not disabled."""
    query = select(Account.id, Account.password).where(
        Account.way == LOCAL, Account.user == user, Account.disabled_at.is_(None), Account.password.is_not(None)
    )
    with ledger.reading() as session:
        found = session.execute(query).first()
        return None if found is None else (found.id, found.password)


def make(
    ledger: Ledger, user: str, name: str, role: str, units: Sequence[str], password: str, by: str, at: datetime,
    *, by_role: str | None = None,
) -> int:  # fmt: skip
    """Makes a local account; its number. `password`: Argon2's form of one that must be changed at the first sign-in.

    Errors: StoreError for a name that is taken, an unknown role, a manager without units.
    """
    user, name = named("account", user), named("account", name)
    _checked(role, units)
    with ledger.writing() as session:
        if session.scalar(select(Account.id).where(Account.way == LOCAL, Account.user == user)) is not None:
            raise StoreError(f"account: {user} is there already; choose another name, or change that account")
        row = Account(
            way=LOCAL, user=user, name=name, role=role, units=list(units), password=password, must_change=True,
            disabled_at=None, made_at=at, changed_at=at, version=1,
        )  # fmt: skip
        session.add(row)
        session.flush()
        add(session, Act(by, "account_made", user, by_role, detail={"role": role, "units": list(units)}), at)
        return row.id


def change(
    ledger: Ledger, number: int, by: str, at: datetime, *, by_role: str | None = None, name: str | None = None,
    role: str | None = None, units: Sequence[str] | None = None, disabled: bool | None = None,
) -> None:  # fmt: skip
    """Changes what an account may do; visits under what it might before are over. The last administrator stays one.

    Errors: StoreError.
    """
    with ledger.writing() as session:
        row = _locked(session.get(Account, number, with_for_update=True), number)
        was = {"role": row.role, "units": list(row.units), "disabled": row.disabled_at is not None}
        row.role = role or row.role
        row.units = list(units) if units is not None else row.units
        row.name = named("account", name) if name is not None else row.name
        if disabled is not None:
            row.disabled_at = at if disabled else None
        _checked(row.role, row.units)
        row.version, row.changed_at = row.version + 1, at
        session.flush()
        left = select(func.count()).select_from(Account)
        if not session.scalar(left.where(Account.role == "administrator", Account.disabled_at.is_(None))):
            raise StoreError(f"account: {row.user} is the last administrator; make another one first")
        now = {"role": row.role, "units": list(row.units), "disabled": row.disabled_at is not None}
        add(session, Act(by, "account_changed", row.user, by_role, detail={"from": was, "to": now}), at)


def set_password(
    ledger: Ledger, number: int, password: str, by: str, at: datetime, *, must_change: bool, by_role: str | None = None
) -> None:
    """Gives a local account another password; its visits are over. Errors: StoreError."""
    with ledger.writing() as session:
        row = _locked(session.get(Account, number, with_for_update=True), number)
        if row.way != LOCAL:
            raise StoreError(f"account: the password of {row.user} is kept by {row.way}; change it there")
        row.password, row.must_change = password, must_change
        row.version, row.changed_at = row.version + 1, at
        add(session, Act(by, "password", row.user, by_role), at)


def admitted(
    ledger: Ledger, way: str, user: str, name: str, role: str, units: Sequence[str], at: datetime
) -> dict[str, Any] | None:
    """The account of somebody another way has let in, made or brought up to date; None where it is disabled here."""
    user = named("account", user)
    with ledger.writing() as session:
        row = session.scalar(select(Account).where(Account.way == way, Account.user == user).with_for_update())
        if row is None:
            row = Account(
                way=way, user=user, name=name[:100] or user, role=role, units=list(units), password=None,
                must_change=False, disabled_at=None, made_at=at, changed_at=at, version=1,
            )  # fmt: skip
            session.add(row)
            add(session, Act(way, "account_made", user, detail={"role": role, "units": list(units)}), at)
        elif row.disabled_at is not None:
            return None
        elif (row.role, list(row.units), row.name) != (role, list(units), name[:100] or user):
            was = {"role": row.role, "units": list(row.units)}
            if (row.role, list(row.units)) != (role, list(units)):
                row.version += 1
                now = {"role": role, "units": list(units)}
                add(session, Act(way, "account_changed", user, detail={"from": was, "to": now}), at)
            row.role, row.units, row.name, row.changed_at = role, list(units), name[:100] or user, at
        session.flush()
        return _plain(row)


def _locked(row: Account | None, number: int) -> Account:
    if row is None:
        raise StoreError(f"account {number}: there is none")
    return row
