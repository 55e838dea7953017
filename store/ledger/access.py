"""The ledger's tables of sign-in: accounts, visits, displays, failed tries, and the audit log."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from store.ledger.base import Base, BigId


class Account(Base):
    """Somebody who may sign in. `way`: local, oidc, ldap or proxy; `user` is unique within it."""

    __tablename__ = "accounts"
    __table_args__ = (UniqueConstraint("way", "user", name="one_account"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    way: Mapped[str] = mapped_column(String(16))
    user: Mapped[str] = mapped_column(String(100))
    name: Mapped[str] = mapped_column(String(100))  # as others read it
    role: Mapped[str] = mapped_column(String(16))
    units: Mapped[list[str]]  # codes; empty: all
    password: Mapped[str | None] = mapped_column(String(255))  # Argon2's form; None: another way knows it
    must_change: Mapped[bool]  # the password was given by somebody else
    disabled_at: Mapped[datetime | None]
    made_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    version: Mapped[int]  # counts changes of what it may do; visits of an older version are over


class Display(Base):
    """A wall display: whoever shows its token sees that wall, and nothing else."""

    __tablename__ = "displays"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    name: Mapped[str] = mapped_column(String(100))  # where it hangs
    wall: Mapped[str] = mapped_column(String(64))
    token: Mapped[str] = mapped_column(String(64), unique=True)  # SHA-256 of it
    made_at: Mapped[datetime]
    made_by: Mapped[str] = mapped_column(String(100))
    revoked_at: Mapped[datetime | None]
    revoked_by: Mapped[str | None] = mapped_column(String(100))


class Visit(Base):
    """A signed-in browser: of an account or of a display. The browser holds the token, the ledger its SHA-256."""

    __tablename__ = "visits"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    token: Mapped[str] = mapped_column(String(64), unique=True)
    account: Mapped[int | None] = mapped_column(BigId, ForeignKey("accounts.id"), index=True)
    display: Mapped[int | None] = mapped_column(BigId, ForeignKey("displays.id"), index=True)
    version: Mapped[int]  # of the account when it began
    began_at: Mapped[datetime]
    seen_at: Mapped[datetime]  # to the minute
    ends_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    came_from: Mapped[str] = mapped_column(String(64))


class FailedTry(Base):
    """How often signing in failed of late for one account from one place, and until when no more is tried."""

    __tablename__ = "failed_tries"

    of: Mapped[str] = mapped_column(String(64), primary_key=True)  # SHA-256 of the account and the place
    failures: Mapped[int]
    last_at: Mapped[datetime]
    until: Mapped[datetime | None]


class AuditLine(Base):
    """One act, only ever added: triggers of the database refuse changes. `what`: the act; `on`: what it was done to."""

    __tablename__ = "audit"
    __table_args__ = (Index("audit_of", "what", "at"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    who: Mapped[str] = mapped_column(String(100), index=True)
    role: Mapped[str | None] = mapped_column(String(16))
    what: Mapped[str] = mapped_column(String(32))
    on: Mapped[str | None] = mapped_column(String(255))
    came_from: Mapped[str | None] = mapped_column(String(64))
    detail: Mapped[dict[str, Any]]
