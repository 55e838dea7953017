"""Times that Python can not hold: PostgreSQL has them, one such row must not stop the source."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from tests.collectors.rig import START, Rig

FAR = ("infinity", "-infinity", "0044-03-15 08:00:00 BC", "20000-01-01 00:00:00", "0001-01-01 00:00:00")
MAPPING: dict[str, Any] = {
    "into": "work_orders",
    "table": "public.far",
    "key": "id",
    "time_format": "%d.%m.%Y",  # of other columns: native ones do not follow it
    "columns": {"accepted_at": "at", "arrived_at": "at_z", "given_due_at": "day"},
}


@pytest.fixture
def far(postgres: sa.URL) -> sa.URL:
    engine = sa.create_engine(postgres)
    with engine.begin() as connection:
        connection.execute(sa.text("DROP TABLE IF EXISTS far"))
        connection.execute(sa.text("CREATE TABLE far (id text, at timestamp, at_z timestamptz, day date)"))
        for value in (*FAR, "2024-05-01 08:00:00"):
            row = {"id": value, "value": value}
            connection.execute(
                sa.text("INSERT INTO far SELECT :id, v::timestamp, v::timestamptz, v::date FROM (SELECT :value AS v)"),
                row,
            )
    engine.dispose()
    return postgres


@pytest.mark.parametrize("changed_at", [None, "at", "at_z"])
def test_a_row_of_infinity_leaves_its_field_empty_and_the_others_read(
    far: sa.URL, tmp_path: Path, changed_at: str | None
) -> None:
    with Rig(far, tmp_path, {**MAPPING, "changed_at": changed_at}) as rig:
        rig.poll()
        assert len(rig.rows()) == 6
        good = rig.row("2024-05-01 08:00:00")
        assert good["accepted_at"] == START - timedelta(hours=8)
        assert None not in (good["arrived_at"], good["given_due_at"])
        for value in FAR:
            bad = rig.row(value)
            assert (bad["accepted_at"], bad["arrived_at"], bad["given_due_at"]) == (None, None, None)
        told = rig.facts.quarantine()
        assert len(told[told["field"] != "changed_at"]) == len(FAR) * 3
        assert told["reason"].str.contains("is a time outside 1900 to 9999").all()
        rig.now += timedelta(seconds=1)
        assert sum(m.changed for m in rig.poll()) == 0
