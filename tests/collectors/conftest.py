"""Real sources for the collectors: the PostgreSQL of these tests and SQLite files."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.collectors.rig import Rig


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
