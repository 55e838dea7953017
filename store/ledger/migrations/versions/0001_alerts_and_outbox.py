"""Alerts, their transitions, the outbox and its attempts."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# Written out, not taken from the models: a migration must not change when they do.
_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_JSON = sa.JSON().with_variant(JSONB(), "postgresql")
_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    _alerts()
    _transitions()
    _deliveries()


def _alerts() -> None:
    op.create_table(
        "alerts",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("rule", sa.String(64), nullable=False),
        sa.Column("subject", sa.String(255), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("level", sa.String(16), nullable=False),
        sa.Column("critical", sa.Boolean, nullable=False),
        sa.Column("passed", _JSON, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("source", sa.String(64)),
        sa.Column("order_no", sa.String(64)),
        sa.Column("county", sa.String(64)),
        sa.Column("station", sa.String(64)),
        sa.Column("feeder", sa.String(64)),
        sa.Column("clock", sa.String(32)),
        sa.Column("start_at", _TIME),
        sa.Column("due_at", _TIME),
        sa.Column("raised_at", _TIME, nullable=False),
        sa.Column("changed_at", _TIME, nullable=False),
        sa.Column("acknowledged_at", _TIME),
        sa.Column("acknowledged_by", sa.String(100)),
        sa.Column("note", sa.Text),
        sa.Column("cleared_at", _TIME),
        sa.Column("cleared_reason", sa.String(64)),
        sqlite_autoincrement=True,
    )
    still_open = sa.text("cleared_at IS NULL")
    op.create_index(
        "one_open_alert", "alerts", ["rule", "subject"], unique=True,
        sqlite_where=still_open, postgresql_where=still_open,
    )  # fmt: skip


def _transitions() -> None:
    op.create_table(
        "transitions",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("alert_id", _ID, sa.ForeignKey("alerts.id"), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("at", _TIME, nullable=False, index=True),
        sa.Column("event", sa.String(16), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("level", sa.String(16), nullable=False),
        sa.Column("critical", sa.Boolean, nullable=False),
        sa.Column("clock", sa.String(32)),
        sa.Column("reason", sa.String(64), nullable=False),
        sa.Column("inputs", _JSON, nullable=False),
        sa.Column("rule_version", sa.Integer),
        sa.Column("by", sa.String(100)),
        sa.Column("note", sa.Text),
        sa.Column("by_fallback", sa.Boolean, nullable=False),
        sa.Column("quiet", sa.String(255)),
        sa.UniqueConstraint("alert_id", "number"),
        sqlite_autoincrement=True,
    )


def _deliveries() -> None:
    op.create_table(
        "deliveries",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("transition_id", _ID, sa.ForeignKey("transitions.id"), nullable=False),
        sa.Column("channel", sa.String(64), nullable=False),
        sa.Column("address", sa.String(255), nullable=False),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("key", sa.String(64), nullable=False, unique=True),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("next_at", _TIME),
        sa.Column("leased_until", _TIME),
        sa.Column("last_error", sa.String(255)),
        sa.Column("sent_at", _TIME),
        sa.UniqueConstraint("transition_id", "channel", "address"),
        sqlite_autoincrement=True,
    )
    to_send = sa.text("state IN ('pending', 'leased')")
    op.create_index(
        "deliveries_to_send", "deliveries", ["id"], sqlite_where=to_send, postgresql_where=to_send
    )  # fmt: skip
    op.create_table(
        "attempts",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("delivery_id", _ID, sa.ForeignKey("deliveries.id"), nullable=False, index=True),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.Column("outcome", sa.String(16), nullable=False),
        sa.Column("error", sa.String(255)),
        sqlite_autoincrement=True,
    )


def downgrade() -> None:
    for table in ("attempts", "deliveries", "transitions", "alerts"):
        op.drop_table(table)
