"""Reaching a source: a read-only session with the server's own time limit, and driver errors in our words."""

import sqlite3
import traceback
from datetime import UTC, datetime
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy import event

from collectors.batch import SourceError
from collectors.sums import MYSQL, lend
from settings_sources import Source

CONNECT_S = 5
ROOT: Final = Path(__file__).parent.parent
MOMENTS: Final = ("date", "time", "timetz", "timestamp", "timestamptz", "interval")  # types of PostgreSQL
AKIN: Final = (9, 2)  # the PostgreSQL that openGauss was made from; KingbaseES understands more
# Signs of a refusal that time does not mend. PostgreSQL has codes for them, others only words.
_SIGN_IN = ("password", "authentication", "access denied", "no pg_hba", "role ")
_SIGN_IN_CODES = ("28P01", "28000")
# The server gave up at our time limit: SQLSTATE of PostgreSQL, errors of MariaDB (statement), MySQL, both (lock).
_TOO_LONG: Final = ("57014", "1969", "3024", "1205")


def engine_of(name: str, source: Source) -> sa.Engine:
    """An engine of one connection whose sessions can not write.

    Errors: SourceError when the URL is none, its driver is missing, or its file does not exist.
    """
    try:
        url = sa.make_url(source.url.get_secret_value())
        backend = url.get_backend_name()
        if backend == "sqlite":
            return _sqlite(name, url)
        return _server(url, backend, source.limit_s, ZoneInfo(source.zone))
    except (sa.exc.ArgumentError, sa.exc.NoSuchModuleError, ImportError) as error:
        raise SourceError(
            f"source `{name}`: the url can not be used ({type(error).__name__}); write dialect+driver://user@host/database",
            fatal=True,
        ) from error


def file_id(source: Source) -> tuple[int, int] | None:
    """Which file a SQLite source is now; None when it is gone, or the source is none."""
    url = source.url.get_secret_value()
    if not url.startswith("sqlite"):
        return None
    try:
        found = Path(sa.make_url(url).database or "").stat()
    except (OSError, sa.exc.ArgumentError):
        return None
    return found.st_dev, found.st_ino


def _sqlite(name: str, url: sa.URL) -> sa.Engine:
    file = Path(url.database or "")
    if not file.is_file():
        raise SourceError(f"source `{name}`: there is no file {file}; create it or mend the url", fatal=True)
    uri = f"file:{quote(str(file))}?mode=ro"  # a plain connect would create a missing file

    def connect() -> sqlite3.Connection:
        made = sqlite3.connect(uri, uri=True, timeout=CONNECT_S, check_same_thread=False)
        lend(made)
        return made

    return sa.create_engine("sqlite://", creator=connect, poolclass=sa.pool.StaticPool)


def _server(url: sa.URL, backend: str, limit_s: float, zone: ZoneInfo) -> sa.Engine:
    limit_ms = int(limit_s * 900)  # the server gives up before the child is killed
    arguments: dict[str, Any] = {}
    if backend == "postgresql":
        arguments = {"options": postgres_options(limit_s), "connect_timeout": CONNECT_S}
    elif backend in MYSQL:
        arguments = {"connect_timeout": CONNECT_S, "read_timeout": int(limit_s) + 1}
    engine = sa.create_engine(url, connect_args=arguments, pool_size=1, max_overflow=0, isolation_level="AUTOCOMMIT")
    if backend == "postgresql":
        _take_akin(engine.dialect)
    if engine.driver == "psycopg":
        event.listen(engine, "connect", _any_moment)
    if backend in MYSQL:
        event.listen(engine, "connect", _session_of_mysql(limit_ms, zone))
    return engine


def _take_akin(dialect: Any) -> None:
    """KingbaseES and openGauss speak as PostgreSQL and name themselves in version(), which SQLAlchemy can not read."""
    usual = dialect._get_server_version_info

    def version(connection: sa.Connection) -> tuple[int, ...]:
        try:
            return tuple(usual(connection))
        except AssertionError:
            return AKIN

    dialect._get_server_version_info = version


def postgres_options(limit_s: float) -> str:
    """What makes a session of PostgreSQL read-only, and limits its statements."""
    return f"-c default_transaction_read_only=on -c statement_timeout={int(limit_s * 900)}"


def _any_moment(connection: Any, _record: Any) -> None:
    """Times that Python can not hold (infinity, BC) come as text: one such row must not stop the source."""
    from psycopg import DataError
    from psycopg.abc import Buffer
    from psycopg.adapt import Loader

    def lenient(usual: Any) -> type[Loader]:
        class Lenient(Loader):
            def __init__(self, oid: int, context: Any = None) -> None:
                super().__init__(oid, context)
                self._usual = usual(oid, context)

            def load(self, data: Buffer) -> Any:
                try:
                    return self._usual.load(data)
                except DataError:
                    return bytes(data).decode()

        return Lenient

    for name in MOMENTS:
        oid = connection.adapters.types[name].oid
        connection.adapters.register_loader(oid, lenient(connection.adapters.get_loader(oid, Loader.format)))


def _session_of_mysql(limit_ms: int, zone: ZoneInfo) -> Any:
    def set_session(connection: Any, _record: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET SESSION TRANSACTION READ ONLY")
            cursor.execute("SELECT VERSION()")
            if "mariadb" in str(cursor.fetchone()[0]).lower():
                cursor.execute("SET SESSION max_statement_time = %s", (limit_ms / 1000,))
            else:
                cursor.execute("SET SESSION max_execution_time = %s", (limit_ms,))
            # TIMESTAMP columns come as wall times of the session: of the source's zone, like its other columns.
            # A server may not know zones by name.
            cursor.execute("SET SESSION time_zone = %s", (_offset_of(zone) or zone.key,))

    return set_session


def _offset_of(zone: ZoneInfo) -> str | None:
    """The offset of a zone that kept one since 2000, like +08:00; None of one whose clocks are moved."""
    offsets = {
        datetime(year, month, 1, tzinfo=zone).utcoffset() for year in (2000, 2010, 2020) for month in range(1, 13)
    }
    return datetime(2020, 1, 1, tzinfo=zone).isoformat()[-6:] if len(offsets) == 1 else None


def named(name: str, url: str, error: Exception) -> SourceError:
    """A driver's error in our words: source, place, cure. Never the statement, its values or the password."""
    original = getattr(error, "orig", None) or error
    codes = {str(getattr(original, "sqlstate", "")), *(str(one) for one in original.args[:1])}
    said = (str(original).strip().splitlines() or [type(original).__name__])[0]
    parsed = sa.make_url(url)
    if password := parsed.password:
        said = said.replace(str(password), "***")
    if not codes.isdisjoint(_SIGN_IN_CODES) or any(sign in said.lower() for sign in _SIGN_IN):
        return SourceError(
            f"source `{name}`: {parsed.get_backend_name()} refuses user `{parsed.username or ''}`; "
            f"mend user or password in the url of [sources.{name}]",
            fatal=True,
        )
    if not codes.isdisjoint(_TOO_LONG):
        return SourceError(
            f"source `{name}`: the server cancelled a read at its time limit; raise limit_s or add an index"
        )
    return SourceError(f"source `{name}`: {said}; see that the database runs and answers")


def unforeseen(name: str, error: Exception) -> SourceError:
    """An error that nobody thought of, by its type and place: its own words may hold values of the source."""
    steps = [(Path(step.filename), step.lineno) for step in traceback.extract_tb(error.__traceback__)]
    ours = [(at, line) for at, line in steps if at.is_relative_to(ROOT) and "site-packages" not in at.parts]
    place = f"{ours[-1][0].relative_to(ROOT)}:{ours[-1][1]}" if ours else "unknown place"
    return SourceError(f"source `{name}`: {type(error).__name__} at {place} while reading; tell the developers")


def nearest(wanted: str, there: list[str]) -> str:
    """What `wanted` may have meant, as the end of a sentence: close spelling first, else the same letters."""
    plain = {name.lower().replace("_", ""): name for name in there}
    near = get_close_matches(wanted.lower().replace("_", ""), plain, 1)
    return f"the table has `{plain[near[0]]}`" if near else f"it has {', '.join(sorted(there)[:12])}"


def clock_of(connection: sa.Connection, source: Source, now: datetime) -> Any:
    """The source's clock as the driver gives it; `now` where it has none (SQLite); a table's newest value if so set."""
    if source.clock:
        table, _, column = source.clock.rpartition(".")
        return connection.execute(sa.select(sa.func.max(sa.column(column))).select_from(table_named(table))).scalar()
    match connection.dialect.name:
        case "postgresql":
            return connection.execute(sa.select(sa.func.clock_timestamp())).scalar()
        case "mysql" | "mariadb":
            moment = connection.execute(sa.select(sa.func.utc_timestamp(6))).scalar()
            return moment.replace(tzinfo=UTC) if isinstance(moment, datetime) else now
    return now


def table_named(dotted: str) -> sa.TableClause:
    """`schema.table` or `table` as SQLAlchemy wants it."""
    schema, _, table = dotted.rpartition(".")
    return sa.table(table, schema=schema) if schema else sa.table(table)
