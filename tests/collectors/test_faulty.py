"""The rig, small: under all faults facts equal the source in the end; plain polling does not."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from tests.collectors.faulty import ALL, Faulty, run
from tests.collectors.test_without_time import INCREASING, SNAPSHOT
from tests.mariadb import MariaDb

STEPS, ROWS, SIZE = 25, 1_500, 100


@pytest.mark.parametrize("database", ["sqlite", "postgres", "mariadb"])
def test_facts_equal_the_source_whatever_befalls_it(
    database: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    server: MariaDb | None = None
    if database == "mariadb":
        server = request.getfixturevalue("mariadb_server")
        url = server.url
    else:
        url = (
            sa.make_url(f"sqlite:///{tmp_path / 's.db'}")
            if database == "sqlite"
            else request.getfixturevalue("postgres")
        )
    with Faulty(url, tmp_path, 7, ROWS, SIZE, server) as faulty:
        outcome = run(faulty, ALL, STEPS)
    assert outcome.wrong == (0, 0, 0), outcome
    assert outcome.changes > STEPS * SIZE / 2
    assert any(outcome.rival), "plain polling loses nothing: the faults do not bite"


@pytest.mark.parametrize("mapping", [INCREASING, SNAPSHOT])
def test_a_source_without_a_time_of_change_too(mapping: Mapping[str, Any], tmp_path: Path) -> None:
    url = sa.make_url(f"sqlite:///{tmp_path / 's.db'}")
    with Faulty(url, tmp_path, 3, 500, 50, mapping=mapping) as faulty:
        outcome = run(faulty, "silent", STEPS)
    assert outcome.wrong == (0, 0, 0), outcome
