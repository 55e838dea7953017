"""A small city written once for the tests that only read it."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from simulator.city import City

NOW = datetime(2026, 11, 20, 6, 32, tzinfo=UTC)  # 14:32 in the city, a Friday
DAYS = 9


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A city with nine days of history, closed."""
    place = tmp_path_factory.mktemp("linjiang")
    with City(place) as city:
        city.prepare(NOW, DAYS)
    return place


@pytest.fixture
def reporting_city(tmp_path: Path) -> Iterator[City]:
    """A city whose history has just begun, to report faults in."""
    with City(tmp_path) as city:
        city.prepare(NOW, 0)
        yield city
