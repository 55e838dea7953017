"""Real sources for the collectors: the PostgreSQL and MariaDB of these tests and SQLite files."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.collectors.rig import Rig
from tests.mariadb import MariaDb


@pytest.fixture
def sqlite_rig(tmp_path: Path) -> Iterator[Rig]:
    with Rig(sa.make_url(f"sqlite:///{tmp_path / 'source.db'}"), tmp_path) as rig:
        yield rig


@pytest.fixture
def postgres_rig(postgres: sa.URL, tmp_path: Path) -> Iterator[Rig]:
    with Rig(postgres, tmp_path) as rig:
        yield rig


@pytest.fixture
def mariadb_rig(mariadb_server: MariaDb, tmp_path: Path) -> Iterator[Rig]:
    with Rig(mariadb_server.url, tmp_path) as rig:
        yield rig


@pytest.fixture(params=["sqlite", "postgres", "mariadb"])
def rig(request: pytest.FixtureRequest) -> Rig:
    """The same test on every database."""
    found: Rig = request.getfixturevalue(f"{request.param}_rig")
    return found
