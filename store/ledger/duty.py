"""Tables of the people's side: what is kept quiet, who stands in for whom, and supervision orders (督办单)."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from store.ledger.base import Base, BigId


class Silence(Base):
    """Alerts nobody is told of for a while. A maintenance window is one that was announced beforehand.

    `matches`: field of the alert -> values of which it has one; an empty mapping is refused. Never deleted.
    `ended_by`: who ended it before its time; `ends_at` is that moment then.
    """

    __tablename__ = "silences"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))  # silence, maintenance
    matches: Mapped[dict[str, list[str]]]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime] = mapped_column(index=True)
    by: Mapped[str] = mapped_column(String(100))
    reason: Mapped[str] = mapped_column(Text)
    entered_at: Mapped[datetime]
    ended_by: Mapped[str | None] = mapped_column(String(100))
    told_at: Mapped[datetime | None]  # when those were told who would have been while it held; None: not yet


class Override(Base):
    """Somebody stands in on a roster for a while. Withdrawn, never deleted; the latest entered wins."""

    __tablename__ = "roster_overrides"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    roster: Mapped[str] = mapped_column(String(64))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime] = mapped_column(index=True)
    person: Mapped[str] = mapped_column(String(64))
    by: Mapped[str] = mapped_column(String(100))
    reason: Mapped[str] = mapped_column(Text)
    entered_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by: Mapped[str | None] = mapped_column(String(100))


class SupervisionOrder(Base):
    """A unit is made to answer for an alert nobody took: unit, deadline, receipt, end."""

    __tablename__ = "supervision_orders"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    alert_id: Mapped[int | None] = mapped_column(ForeignKey("alerts.id"), index=True)
    transition_id: Mapped[int | None] = mapped_column(
        ForeignKey("transitions.id"), unique=True
    )  # the escalation's step
    unit: Mapped[str] = mapped_column(String(64))
    matter: Mapped[str] = mapped_column(Text)
    issued_at: Mapped[datetime]
    issued_by: Mapped[str | None] = mapped_column(String(100))  # None: by escalation
    deadline_at: Mapped[datetime]
    received_at: Mapped[datetime | None]
    received_by: Mapped[str | None] = mapped_column(String(100))
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[str | None] = mapped_column(String(100))
    outcome: Mapped[str | None] = mapped_column(Text)
    details: Mapped[dict[str, Any]]  # the alert's place and inputs when it was issued
