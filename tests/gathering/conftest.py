"""A desk over the district with a threshold, which is fitted once."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from store.ledger import hotspots
from tests.gathering.district import Desk, usual


@pytest.fixture(scope="session")
def fitted(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    desk = Desk(tmp_path_factory.mktemp("fitted"))
    try:
        desk.put("work_orders", usual())
        return desk.fit()
    finally:
        desk.close()


@pytest.fixture
def desk(tmp_path: Path, fitted: dict[str, Any]) -> Iterator[Desk]:
    made = Desk(tmp_path)
    made.put("work_orders", usual())
    hotspots.add_calibration(made.ledger, fitted)
    made.again()
    yield made
    made.close()
