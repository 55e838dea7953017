"""Pending, woken, escalated, cleared, closed; notices with persons, reasons and receipts; silences, rosters, orders."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# Written out, not taken from the models: a migration must not change when they do.
_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_JSON = sa.JSON().with_variant(JSONB(), "postgresql")
_TIME = sa.DateTime(timezone=True)
_LONG_AGO = "1970-01-01 00:00:00"  # replaced at once: SQLite adds no column without a default
_RUNG = {"orange": 1, "red": 2}  # the steps of the rules that were


def _added(table: str, *columns: sa.Column[object]) -> None:
    for column in columns:
        op.add_column(table, column)


def _int(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.Integer, nullable=False, server_default="0")


def _text(name: str, length: int) -> sa.Column[object]:
    return sa.Column(name, sa.String(length))


def _time(name: str) -> sa.Column[object]:
    return sa.Column(name, _TIME)


def upgrade() -> None:
    _alerts()
    _deliveries()
    _duty()


def _alerts() -> None:
    _added(
        "alerts",
        _int("rung"),
        _text("outage_no", 64), _text("category", 32), _text("city", 64), _text("transformer_area", 64),
        _text("crew", 64), _text("handler", 64), _text("manager", 64), sa.Column("customers", sa.Integer),
        _time("woken_at"), _text("policy", 64), _int("step"), _time("next_step_at"),
        _text("acknowledged_via", 16), _time("acknowledged_until"), _text("assigned_to", 100),
        _int("reopened"), _time("closed_at"), _text("closed_by", 100), _text("closed_reason", 255),
    )  # fmt: skip
    _added("transitions", _int("rung"))
    connection = op.get_bind()
    alerts = sa.table(
        "alerts", sa.column("id", _ID), sa.column("level", sa.String), sa.column("passed", _JSON),
        sa.column("rung", sa.Integer), sa.column("cleared_at", _TIME), sa.column("closed_at", _TIME),
        sa.column("closed_reason", sa.String), sa.column("raised_at", _TIME), sa.column("woken_at", _TIME),
        sa.column("state", sa.String),
    )  # fmt: skip
    for id_, level, passed in connection.execute(sa.select(alerts.c.id, alerts.c.level, alerts.c.passed)).all():
        rungs = {clock: _RUNG.get(name, 1) for clock, name in (passed or {}).items()}
        connection.execute(alerts.update().where(alerts.c.id == id_).values(passed=rungs, rung=_RUNG.get(level, 1)))
    over = alerts.c.cleared_at.is_not(None)
    connection.execute(
        alerts.update().where(over).values(closed_at=alerts.c.cleared_at, closed_reason="before_0003", state="closed")
    )
    connection.execute(alerts.update().values(woken_at=alerts.c.raised_at))
    op.drop_index("one_open_alert", "alerts")
    not_closed = sa.text("closed_at IS NULL")
    op.create_index(
        "one_alert_not_closed", "alerts", ["rule", "subject"], unique=True,
        sqlite_where=not_closed, postgresql_where=not_closed,
    )  # fmt: skip


def _deliveries() -> None:
    _added(
        "deliveries",
        sa.Column("alert_id", _ID, nullable=False, server_default="0"),
        sa.Column("created_at", _TIME, nullable=False, server_default=_LONG_AGO),
        _text("person", 64),
        sa.Column("exits", _JSON, nullable=False, server_default="[]"),
        sa.Column("level", sa.String(16), nullable=False, server_default=""),
        sa.Column("critical", sa.Boolean, nullable=False, server_default=sa.false()),
        _text("unit", 64), _text("why", 255), _text("message_key", 64), _text("receipt", 64), _time("receipt_at"),
        _text("code", 16),
    )  # fmt: skip
    op.execute(
        "UPDATE deliveries SET"
        " alert_id = (SELECT t.alert_id FROM transitions t WHERE t.id = deliveries.transition_id),"
        " created_at = (SELECT t.at FROM transitions t WHERE t.id = deliveries.transition_id),"
        " level = (SELECT t.level FROM transitions t WHERE t.id = deliveries.transition_id),"
        " critical = (SELECT t.critical FROM transitions t WHERE t.id = deliveries.transition_id),"
        " message_key = CASE WHEN state = 'sent' THEN key END"
    )
    for name in ("alert_id", "message_key", "code"):
        op.create_index(f"ix_deliveries_{name}", "deliveries", [name])
    op.create_index("deliveries_by_exit", "deliveries", ["channel", "address", "sent_at"])
    op.create_index("deliveries_by_person", "deliveries", ["person", "created_at"])


def _duty() -> None:
    op.create_table(
        "silences",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("matches", _JSON, nullable=False),
        sa.Column("starts_at", _TIME, nullable=False),
        sa.Column("ends_at", _TIME, nullable=False, index=True),
        sa.Column("by", sa.String(100), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("entered_at", _TIME, nullable=False),
        _text("ended_by", 100),
        _time("told_at"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "roster_overrides",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("roster", sa.String(64), nullable=False),
        sa.Column("starts_at", _TIME, nullable=False),
        sa.Column("ends_at", _TIME, nullable=False, index=True),
        sa.Column("person", sa.String(64), nullable=False),
        sa.Column("by", sa.String(100), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("entered_at", _TIME, nullable=False),
        _time("withdrawn_at"),
        _text("withdrawn_by", 100),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "supervision_orders",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("alert_id", _ID, sa.ForeignKey("alerts.id"), index=True),
        sa.Column("transition_id", _ID, sa.ForeignKey("transitions.id"), unique=True),
        sa.Column("unit", sa.String(64), nullable=False),
        sa.Column("matter", sa.Text, nullable=False),
        sa.Column("issued_at", _TIME, nullable=False),
        _text("issued_by", 100),
        sa.Column("deadline_at", _TIME, nullable=False),
        _time("received_at"),
        _text("received_by", 100),
        _time("closed_at"),
        _text("closed_by", 100),
        sa.Column("outcome", sa.Text),
        sa.Column("details", _JSON, nullable=False),
        sqlite_autoincrement=True,
    )


def downgrade() -> None:
    raise NotImplementedError("what alerts went through can not be told in the older tables: restore a backup")
