"""The register of exemptions, what changes of the rules moved, and the figures of days as they were shown."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# Written out, not taken from the models: a migration must not change when they do.
_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_JSON = sa.JSON().with_variant(JSONB(), "postgresql")
_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    _exemptions()
    _recomputations()
    _kpi_history()


def _exemptions() -> None:
    op.create_table(
        "exemptions",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("source", sa.String(64), nullable=False),
        sa.Column("order_no", sa.String(64), nullable=False),
        sa.Column("clock", sa.String(32), nullable=False),
        sa.Column("reason", sa.String(32), nullable=False),
        sa.Column("evidence", sa.Text, nullable=False),
        sa.Column("approved_by", sa.String(100), nullable=False),
        sa.Column("approved_at", _TIME, nullable=False),
        sa.Column("entered_at", _TIME, nullable=False),
        sa.Column("withdrawn_at", _TIME, index=True),
        sa.Column("withdrawn_by", sa.String(100)),
        sa.Column("withdrawn_why", sa.Text),
        sqlite_autoincrement=True,
    )
    stands = sa.text("withdrawn_at IS NULL")
    op.create_index(
        "one_standing_exemption", "exemptions", ["source", "order_no", "clock"], unique=True,
        sqlite_where=stands, postgresql_where=stands,
    )  # fmt: skip


def _recomputations() -> None:
    op.create_table(
        "recomputations",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("at", _TIME, nullable=False),
        sa.Column("changes", _JSON, nullable=False),
        sa.Column("rows", _JSON, nullable=False),
        sa.Column("figures", _JSON, nullable=False),
        sqlite_autoincrement=True,
    )


def _kpi_history() -> None:
    op.create_table(
        "kpi_history",
        sa.Column("key", sa.String(64), primary_key=True),
        sa.Column("unit", sa.String(64), primary_key=True),
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("level", sa.String(16), nullable=False),
        sa.Column("value", sa.Double),
        sa.Column("n", sa.Integer),
        sa.Column("successes", sa.Integer),
        sa.Column("low", sa.Double),
        sa.Column("high", sa.Double),
        sa.Column("as_of", _TIME),
        sa.Column("definition_version", sa.Integer, nullable=False),
        sa.Column("shown_at", _TIME),
    )


def downgrade() -> None:
    for table in ("kpi_history", "recomputations", "exemptions"):
        op.drop_table(table)
