"""Hotspots and wide rises: their state, their history look by look, thresholds, and what people answered."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

# Written out, not taken from the models: a migration must not change when they do.
_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_JSON = sa.JSON().with_variant(JSONB(), "postgresql")
_TIME = sa.DateTime(timezone=True)


def _text(name: str, length: int, *, nullable: bool = False, index: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.String(length), nullable=nullable, index=index)


def _time(name: str, *, nullable: bool = False, index: bool = False) -> sa.Column[object]:
    return sa.Column(name, _TIME, nullable=nullable, index=index)


def _body(name: str = "body") -> sa.Column[object]:
    return sa.Column(name, _JSON, nullable=False)


def upgrade() -> None:
    _hotspots()
    _looks()
    _rises()


def _hotspots() -> None:
    op.create_table(
        "hotspots",
        sa.Column("number", _ID, primary_key=True, autoincrement=False),
        _text("state", 16, index=True), _text("level", 16),
        sa.Column("told", sa.Integer, nullable=False),
        _time("onset"), _time("opened_at"), _time("ended_at", nullable=True), _time("changed_at"),
        sa.Column("merged_into", _ID),
        _text("answer", 16, nullable=True), _text("answered_by", 100, nullable=True),
        _time("answered_at", nullable=True),
        _body(), _body("life"),
    )  # fmt: skip
    op.create_table(
        "hotspot_lines",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("number", _ID, sa.ForeignKey("hotspots.number"), nullable=False),
        _time("at", index=True), _time("made_at"),
        _text("event", 16), _text("reason", 255), _text("state", 16), _text("level", 16),
        sa.Column("observed", sa.Integer, nullable=False), sa.Column("expected", sa.Double, nullable=False),
        sa.Column("statistic", sa.Double, nullable=False), sa.Column("recurrence_d", sa.Double, nullable=False),
        sa.Column("new_cases", sa.Integer, nullable=False), _text("by", 100, nullable=True),
        _body(),
        sqlite_autoincrement=True,
    )  # fmt: skip
    op.create_index("hotspot_lines_of", "hotspot_lines", ["number", "id"])
    op.create_table(
        "hotspot_answers",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("number", _ID, sa.ForeignKey("hotspots.number"), nullable=False, index=True),
        _text("answer", 16), _text("by", 100), sa.Column("note", sa.Text), _time("at"),
        sqlite_autoincrement=True,
    )  # fmt: skip


def _looks() -> None:
    op.create_table(
        "hotspot_looks",
        sa.Column("id", _ID, primary_key=True),
        _time("until", index=True), _time("looked_at"), _text("state", 32),
        sa.Column("calibration", _ID), sa.Column("seconds", sa.Double, nullable=False),
        _body(),
        sqlite_autoincrement=True,
    )  # fmt: skip
    op.create_table(
        "hotspot_calibrations",
        sa.Column("id", _ID, primary_key=True),
        _time("fitted_at"), _text("fingerprint", 64), sa.Column("histories", sa.Integer, nullable=False),
        sa.Column("kept_because", sa.Text), _body(),
        sqlite_autoincrement=True,
    )  # fmt: skip


def _rises() -> None:
    op.create_table(
        "wide_rises",
        sa.Column("number", _ID, primary_key=True),
        _text("series", 255, index=True), sa.Column("since", sa.Date, nullable=False), _text("level", 16),
        _time("opened_at"), _time("ended_at", nullable=True), _body(),
        sqlite_autoincrement=True,
    )  # fmt: skip
    op.create_table(
        "wide_days", sa.Column("day", sa.Date, primary_key=True), _time("looked_at"), _body()
    )  # fmt: skip


def downgrade() -> None:
    raise NotImplementedError("what was found and answered has no place in the older tables: restore a backup")
