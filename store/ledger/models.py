"""The ledger's tables: what the product decided and what people answered. Migrated by Alembic, never rebuilt."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from store.ledger.base import Base, BigId


class Alert(Base):
    """One alert from raise to close. Of one rule and subject at most one is not closed: two judges can not raise twice.

    `rung`: the step of its rule's levels it stands on, from 1; 0 once it is clear. `passed`: per condition the highest
    rung of which somebody was told since the alert was last clear. `policy`, `step`, `next_step_at`: which escalation
    it follows, how many of its steps were taken since `woken_at`, and when the next is due; None: none is.
    """

    __tablename__ = "alerts"
    __table_args__ = (
        Index(
            "one_alert_not_closed",
            "rule",
            "subject",
            unique=True,
            sqlite_where=text("closed_at IS NULL"),
            postgresql_where=text("closed_at IS NULL"),
        ),
        {"sqlite_autoincrement": True},  # a number people have seen is never given twice
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    rule: Mapped[str] = mapped_column(String(64))
    subject: Mapped[str] = mapped_column(String(255))
    state: Mapped[str] = mapped_column(String(16))  # pending, raised, acknowledged, cleared, closed
    level: Mapped[str] = mapped_column(String(16))
    rung: Mapped[int]
    critical: Mapped[bool]
    passed: Mapped[dict[str, int]]
    version: Mapped[int]  # counts the transitions; a step judged on an older one is dropped
    # What it is about (alerts.transition.About).
    source: Mapped[str | None] = mapped_column(String(64))
    order_no: Mapped[str | None] = mapped_column(String(64))
    outage_no: Mapped[str | None] = mapped_column(String(64))
    category: Mapped[str | None] = mapped_column(String(32))
    city: Mapped[str | None] = mapped_column(String(64))
    county: Mapped[str | None] = mapped_column(String(64))
    station: Mapped[str | None] = mapped_column(String(64))
    feeder: Mapped[str | None] = mapped_column(String(64))
    transformer_area: Mapped[str | None] = mapped_column(String(64))
    crew: Mapped[str | None] = mapped_column(String(64))
    handler: Mapped[str | None] = mapped_column(String(64))
    manager: Mapped[str | None] = mapped_column(String(64))
    clock: Mapped[str | None] = mapped_column(String(32))  # the condition: a clock, or what is wrong with an outage
    start_at: Mapped[datetime | None]
    due_at: Mapped[datetime | None]
    customers: Mapped[int | None]
    # Its life.
    raised_at: Mapped[datetime]  # the first raise; while pending, when it was first seen bad
    woken_at: Mapped[datetime | None]  # the latest raise: escalation counts from here
    changed_at: Mapped[datetime]  # the latest transition
    policy: Mapped[str | None] = mapped_column(String(64))
    step: Mapped[int]
    next_step_at: Mapped[datetime | None]
    acknowledged_at: Mapped[datetime | None]
    acknowledged_by: Mapped[str | None] = mapped_column(String(100))
    acknowledged_via: Mapped[str | None] = mapped_column(String(16))  # screen, phone, text
    acknowledged_until: Mapped[datetime | None]  # expected end; past it a forgotten acknowledgement wakes again
    assigned_to: Mapped[str | None] = mapped_column(String(100))
    note: Mapped[str | None] = mapped_column(Text)
    cleared_at: Mapped[datetime | None]
    cleared_reason: Mapped[str | None] = mapped_column(String(64))
    reopened: Mapped[int]  # how often it came back under its number
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[str | None] = mapped_column(String(100))  # None: by itself
    closed_reason: Mapped[str | None] = mapped_column(String(255))


class Transition(Base):
    """One state change with its reason and inputs. `quiet`: why nobody was told of it."""

    __tablename__ = "transitions"
    __table_args__ = (UniqueConstraint("alert_id", "number"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    alert_id: Mapped[int] = mapped_column(ForeignKey("alerts.id"))
    number: Mapped[int]  # the alert's version after it
    at: Mapped[datetime] = mapped_column(index=True)
    event: Mapped[str] = mapped_column(String(16))
    state: Mapped[str] = mapped_column(String(16))
    level: Mapped[str] = mapped_column(String(16))
    rung: Mapped[int]
    critical: Mapped[bool]
    clock: Mapped[str | None] = mapped_column(String(32))
    reason: Mapped[str] = mapped_column(String(64))
    inputs: Mapped[dict[str, Any]]
    rule_version: Mapped[int | None]  # None: a person did it
    by: Mapped[str | None] = mapped_column(String(100))
    note: Mapped[str | None] = mapped_column(Text)
    by_fallback: Mapped[bool]
    quiet: Mapped[str | None] = mapped_column(String(255))


class Delivery(Base):
    """One notice of a transition to one recipient: pending, leased, sent, failed or quiet.

    quiet: never to be sent, `why` says why not; other states: `why` says what held it back or took it along, if
    anything did. `next_at` None: at once. `exits`: what is tried next when this exit fails for good. `message_key`: of
    the message it went out in, where that carried others too (a digest).
    """

    __tablename__ = "deliveries"
    __table_args__ = (
        UniqueConstraint("transition_id", "channel", "address"),
        Index("deliveries_to_send", "id", sqlite_where=text("state IN ('pending', 'leased')"),
              postgresql_where=text("state IN ('pending', 'leased')")),
        Index("deliveries_by_exit", "channel", "address", "sent_at"),
        Index("deliveries_by_person", "person", "created_at"),
        {"sqlite_autoincrement": True},
    )  # fmt: skip

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    transition_id: Mapped[int] = mapped_column(ForeignKey("transitions.id"))
    alert_id: Mapped[int] = mapped_column(BigId, index=True)  # of the transition, here so that lists need no join
    created_at: Mapped[datetime]
    person: Mapped[str | None] = mapped_column(String(64))  # code; None: an exit without a person
    channel: Mapped[str] = mapped_column(String(64))
    address: Mapped[str] = mapped_column(String(255))
    exits: Mapped[list[str]]  # channel:address
    language: Mapped[str] = mapped_column(String(8))
    level: Mapped[str] = mapped_column(String(16))
    critical: Mapped[bool]
    unit: Mapped[str | None] = mapped_column(String(64))  # what a digest groups by
    title: Mapped[str] = mapped_column(Text)
    body: Mapped[str] = mapped_column(Text)
    key: Mapped[str] = mapped_column(String(64), unique=True)  # travels with the message: a repeat can be told
    state: Mapped[str] = mapped_column(String(16))
    why: Mapped[str | None] = mapped_column(String(255))
    attempts: Mapped[int]
    next_at: Mapped[datetime | None]
    leased_until: Mapped[datetime | None]
    last_error: Mapped[str | None] = mapped_column(String(255))
    message_key: Mapped[str | None] = mapped_column(String(64), index=True)
    sent_at: Mapped[datetime | None]
    receipt: Mapped[str | None] = mapped_column(String(64))  # what the receiver answered for it, or later said of it
    receipt_at: Mapped[datetime | None]
    code: Mapped[str | None] = mapped_column(String(16), index=True)  # a reply with it acknowledges


class Attempt(Base):
    """One try to hand a message over, with its outcome: sent, retried or failed."""

    __tablename__ = "attempts"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    delivery_id: Mapped[int] = mapped_column(ForeignKey("deliveries.id"), index=True)
    number: Mapped[int]
    at: Mapped[datetime]
    outcome: Mapped[str] = mapped_column(String(16))
    error: Mapped[str | None] = mapped_column(String(255))


class Exemption(Base):
    """An approved exemption of one clock of one order. Withdrawn, never deleted; of a clock at most one stands."""

    __tablename__ = "exemptions"
    __table_args__ = (
        Index("one_standing_exemption", "source", "order_no", "clock", unique=True,
              sqlite_where=text("withdrawn_at IS NULL"), postgresql_where=text("withdrawn_at IS NULL")),
        {"sqlite_autoincrement": True},
    )  # fmt: skip

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    source: Mapped[str] = mapped_column(String(64))
    order_no: Mapped[str] = mapped_column(String(64))
    clock: Mapped[str] = mapped_column(String(32))
    reason: Mapped[str] = mapped_column(String(32))
    evidence: Mapped[str] = mapped_column(Text)
    approved_by: Mapped[str] = mapped_column(String(100))
    approved_at: Mapped[datetime]
    entered_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None] = mapped_column(index=True)
    withdrawn_by: Mapped[str | None] = mapped_column(String(100))
    withdrawn_why: Mapped[str | None] = mapped_column(Text)


class Recomputation(Base):
    """The rules changed and the past was computed anew: what changed, how many rows, which figures moved."""

    __tablename__ = "recomputations"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    at: Mapped[datetime]
    changes: Mapped[list[str]]  # sentences
    rows: Mapped[dict[str, int]]  # rows that are other ones now, by table
    figures: Mapped[list[dict[str, Any]]]  # key, month, value_before, value_after, n_before, n_after


class ShownDay(Base):
    """What a figure of an ended site day was when the day ended. All values null: nobody was there to show it."""

    __tablename__ = "kpi_history"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    unit: Mapped[str] = mapped_column(String(64), primary_key=True)  # code of a county or station; empty: the site
    day: Mapped[date] = mapped_column(primary_key=True)
    level: Mapped[str] = mapped_column(String(16))  # site, county or station
    value: Mapped[float | None]
    n: Mapped[int | None]
    successes: Mapped[int | None]
    low: Mapped[float | None]
    high: Mapped[float | None]
    as_of: Mapped[datetime | None]  # age of the source
    definition_version: Mapped[int]
    shown_at: Mapped[datetime | None]
