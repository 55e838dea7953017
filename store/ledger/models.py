"""The ledger's tables: what the product decided and what people answered. Migrated by Alembic, never rebuilt."""

from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
    TypeDecorator,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeEngine


class UtcTime(TypeDecorator[datetime]):
    """An aware time, stored in UTC; SQLite keeps it as text that sorts by time."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(DateTime(timezone=dialect.name != "sqlite"))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"the ledger takes aware times only, got {value!r}; give it a time zone")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


BigId = BigInteger().with_variant(Integer, "sqlite")  # SQLite numbers rows by itself only for INTEGER
Facts = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


class Base(DeclarativeBase):
    type_annotation_map = {  # noqa: RUF012
        datetime: UtcTime,
        dict[str, Any]: Facts,
        dict[str, str]: Facts,
        dict[str, int]: Facts,
        list[str]: Facts,
        list[dict[str, Any]]: Facts,
    }


class Alert(Base):
    """One alert from raise to clear. Of one rule and subject at most one is open: two judges can not raise twice."""

    __tablename__ = "alerts"
    __table_args__ = (
        Index(
            "one_open_alert",
            "rule",
            "subject",
            unique=True,
            sqlite_where=text("cleared_at IS NULL"),
            postgresql_where=text("cleared_at IS NULL"),
        ),
        {"sqlite_autoincrement": True},  # a number people have seen is never given twice
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    rule: Mapped[str] = mapped_column(String(64))
    subject: Mapped[str] = mapped_column(String(255))
    state: Mapped[str] = mapped_column(String(16))
    level: Mapped[str] = mapped_column(String(16))
    critical: Mapped[bool]
    passed: Mapped[dict[str, str]]  # the highest level told, per clock
    version: Mapped[int]  # counts the transitions; a step judged on an older one is dropped
    source: Mapped[str | None] = mapped_column(String(64))
    order_no: Mapped[str | None] = mapped_column(String(64))
    county: Mapped[str | None] = mapped_column(String(64))
    station: Mapped[str | None] = mapped_column(String(64))
    feeder: Mapped[str | None] = mapped_column(String(64))
    clock: Mapped[str | None] = mapped_column(String(32))
    start_at: Mapped[datetime | None]
    due_at: Mapped[datetime | None]
    raised_at: Mapped[datetime]  # the first raise
    changed_at: Mapped[datetime]  # the latest transition
    acknowledged_at: Mapped[datetime | None]
    acknowledged_by: Mapped[str | None] = mapped_column(String(100))
    note: Mapped[str | None] = mapped_column(Text)
    cleared_at: Mapped[datetime | None]
    cleared_reason: Mapped[str | None] = mapped_column(String(64))


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
    """One message to one recipient: pending, leased, sent or failed. `next_at` None: at once."""

    __tablename__ = "deliveries"
    __table_args__ = (
        UniqueConstraint("transition_id", "channel", "address"),
        Index("deliveries_to_send", "id", sqlite_where=text("state IN ('pending', 'leased')"),
              postgresql_where=text("state IN ('pending', 'leased')")),
        {"sqlite_autoincrement": True},
    )  # fmt: skip

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    transition_id: Mapped[int] = mapped_column(ForeignKey("transitions.id"))
    channel: Mapped[str] = mapped_column(String(64))
    address: Mapped[str] = mapped_column(String(255))
    language: Mapped[str] = mapped_column(String(8))
    title: Mapped[str] = mapped_column(Text)
    body: Mapped[str] = mapped_column(Text)
    key: Mapped[str] = mapped_column(String(64), unique=True)  # travels with the message: a repeat can be told
    state: Mapped[str] = mapped_column(String(16))
    attempts: Mapped[int]
    next_at: Mapped[datetime | None]
    leased_until: Mapped[datetime | None]
    last_error: Mapped[str | None] = mapped_column(String(255))
    sent_at: Mapped[datetime | None]


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
