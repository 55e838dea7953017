"""Opening the ledger: engine, migrations, and the two kinds of session."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from sqlalchemy import URL, Connection, Engine, create_engine, event, inspect, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.orm import Session

from store.facts.errors import StoreError

_MIGRATIONS: Final = Path(__file__).with_name("migrations")
_MIGRATING: Final = 7_312_025  # any number: the PostgreSQL lock under which one node at a time migrates
_BUSY_MS: Final = 15_000  # SQLite: how long a writer waits for the other one


class Ledger:
    """One open ledger. Sessions are short: a read sees one moment, a write is one transaction."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._writer = engine.execution_options(ledger_write=True)

    @contextmanager
    def reading(self) -> Iterator[Session]:
        with Session(self.engine, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A session that commits at the end, or leaves nothing behind."""
        with Session(self._writer, expire_on_commit=False) as session, session.begin():
            yield session

    def close(self) -> None:
        self.engine.dispose()


def open_ledger(url: str) -> Ledger:
    """The ledger at `url` (SQLite or PostgreSQL), migrated to this version.

    Errors: StoreError where it can not be reached, is no ledger, or was written by a newer version.
    """
    parsed = _with_driver(url)
    place = parsed.render_as_string(hide_password=True)
    if parsed.drivername.startswith("sqlite") and parsed.database:
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(parsed, pool_pre_ping=parsed.drivername.startswith("postgresql"))
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    ledger = Ledger(engine)
    try:
        if not _is_of_this_version(ledger):
            _migrate(ledger, place)
    except StoreError:
        ledger.close()
        raise
    except SQLAlchemyError as error:
        ledger.close()
        cause = str(getattr(error, "orig", None) or error).splitlines()[0]
        raise StoreError(f"ledger {place}: {cause}; check [node] ledger_url and that it can be written") from error
    return ledger


def _with_driver(url: str) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise StoreError("ledger_url: is no database URL; write sqlite:///FILE or postgresql://...") from error
    if parsed.drivername in ("postgresql", "postgres"):
        return parsed.set(drivername="postgresql+psycopg")
    if parsed.get_backend_name() not in ("sqlite", "postgresql"):
        raise StoreError(f"ledger_url: {parsed.drivername} is not supported; use sqlite:///FILE or postgresql://...")
    return parsed


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # SQLAlchemy begins transactions below; the driver must not
    for pragma in (f"busy_timeout={_BUSY_MS}", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")
    _write_ahead(connection)


def _write_ahead(connection: Any) -> None:
    """Two nodes that open a new file at once both want to change its journal; SQLite tells one of them at once that it
    is busy, whatever the timeout.
    """
    until = time.monotonic() + _BUSY_MS / 1000
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError:
            if time.monotonic() > until:
                raise
            time.sleep(0.02)


def _begin_sqlite(connection: Connection) -> None:
    """A write takes its lock at the start: two writers queue instead of failing half way."""
    is_write = connection.get_execution_options().get("ledger_write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if is_write else "BEGIN")


def _is_of_this_version(ledger: Ledger) -> bool:
    """Whether the last migration there is has been made: then a start need not load what migrates (0.2 s)."""
    latest = max(file.stem for file in (_MIGRATIONS / "versions").glob("[0-9]*.py")).partition("_")[0]
    with ledger.reading() as session:
        connection = session.connection()
        if not inspect(connection).has_table("alembic_version"):
            return False
        return connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalars().all() == [latest]


def _migrate(ledger: Ledger, place: str) -> None:
    """All migrations in one transaction: a node that dies here leaves the old ledger.

    Errors: StoreError where a newer version wrote it.
    """
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    with ledger.writing() as session:
        connection = session.connection()
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_MIGRATING:d})")
        config.attributes["connection"] = connection
        try:
            command.upgrade(config, "head")
        except CommandError as error:
            raise StoreError(f"ledger {place}: {error}; a newer version wrote it: start that version") from error
