"""One house with three thousand orders for the tests of this room; the tests that change it make their own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from dashboard import guard
from store.scope import Scope
from tests.dashboard_pages.city import DeskHouse, house


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DeskHouse]:
    one = house(Path(tmp_path_factory.mktemp("city")))
    yield one
    one.close()


@pytest.fixture(autouse=True)
def asked_by_the_demo_user() -> Iterator[None]:
    """Within a request, as the guard makes it."""
    token = guard._scope.set(Scope.everything("demo"))
    yield
    guard._scope.reset(token)
