"""Where the real rows are."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from examples.bchydro import replay
from examples.real_rows import DATA
from tests.examples.outage_list import Year, loaded
from tests.examples.written import HERE


@pytest.fixture(scope="session")
def data() -> Path:
    """The folder of the real rows; its absence skips the test."""
    folder = (HERE / DATA).resolve()
    if not folder.is_dir():
        pytest.skip(f"the real rows are not there: no folder {DATA} beside the repository")
    return folder


@pytest.fixture(scope="session")
def real(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Year]:
    """The real year of polls, loaded once: a test moves it to where it wants it."""
    yield from loaded(data, tmp_path_factory.mktemp("bchydro"), replay.START)
