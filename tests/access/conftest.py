"""Async tests run on a loop of their own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.access.stand import Stand
from tests.dashboard.conftest import pytest_pyfunc_call  # noqa: F401  a hook


@pytest.fixture
def stand(tmp_path: Path) -> Iterator[Stand]:
    one = Stand(tmp_path, walls={"main": {}, "south": {"area": "C2"}})
    yield one
    one.close()
