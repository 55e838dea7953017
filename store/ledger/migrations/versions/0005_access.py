"""Sign-in: accounts, displays, visits, failed tries, and an audit log that can only grow."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0005"
down_revision = "0004"
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


def upgrade() -> None:
    op.create_table(
        "accounts",
        sa.Column("id", _ID, primary_key=True),
        _text("way", 16), _text("user", 100), _text("name", 100), _text("role", 16),
        sa.Column("units", _JSON, nullable=False), _text("password", 255, nullable=True),
        sa.Column("must_change", sa.Boolean, nullable=False),
        _time("disabled_at", nullable=True), _time("made_at"), _time("changed_at"),
        sa.Column("version", sa.Integer, nullable=False),
        sa.UniqueConstraint("way", "user", name="one_account"),
        sqlite_autoincrement=True,
    )  # fmt: skip
    op.create_table(
        "displays",
        sa.Column("id", _ID, primary_key=True),
        _text("name", 100), _text("wall", 64), sa.Column("token", sa.String(64), nullable=False, unique=True),
        _time("made_at"), _text("made_by", 100), _time("revoked_at", nullable=True),
        _text("revoked_by", 100, nullable=True),
        sqlite_autoincrement=True,
    )  # fmt: skip
    op.create_table(
        "visits",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("token", sa.String(64), nullable=False, unique=True),
        sa.Column("account", _ID, sa.ForeignKey("accounts.id"), index=True),
        sa.Column("display", _ID, sa.ForeignKey("displays.id"), index=True),
        sa.Column("version", sa.Integer, nullable=False),
        _time("began_at"), _time("seen_at"), _time("ends_at"), _time("ended_at", nullable=True),
        _text("came_from", 64),
        sqlite_autoincrement=True,
    )  # fmt: skip
    op.create_table(
        "failed_tries",
        sa.Column("of", sa.String(64), primary_key=True),
        sa.Column("failures", sa.Integer, nullable=False), _time("last_at"), _time("until", nullable=True),
    )  # fmt: skip
    op.create_table(
        "audit",
        sa.Column("id", _ID, primary_key=True),
        _time("at", index=True), _text("who", 100, index=True), _text("role", 16, nullable=True), _text("what", 32),
        _text("on", 255, nullable=True), _text("came_from", 64, nullable=True),
        sa.Column("detail", _JSON, nullable=False),
        sqlite_autoincrement=True,
    )  # fmt: skip
    op.create_index("audit_of", "audit", ["what", "at"])
    _only_added_to()


def _only_added_to() -> None:
    said = "the audit log is only ever added to"
    if op.get_bind().dialect.name == "sqlite":
        for act in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER audit_no_{act.lower()} BEFORE {act} ON audit BEGIN SELECT RAISE(ABORT, '{said}'); END"
            )
        return
    op.execute(
        f"CREATE FUNCTION audit_stays() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION '{said}'; END $$"
    )
    op.execute(
        "CREATE TRIGGER audit_stays BEFORE UPDATE OR DELETE ON audit FOR EACH ROW EXECUTE FUNCTION audit_stays()"
    )
    op.execute("CREATE TRIGGER audit_not_emptied BEFORE TRUNCATE ON audit EXECUTE FUNCTION audit_stays()")


def downgrade() -> None:
    raise NotImplementedError("accounts and the audit log have no place in the older tables: restore a backup")
