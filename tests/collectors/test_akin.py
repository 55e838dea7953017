"""Databases that were made from PostgreSQL: they answer as it does, but for the name they give themselves."""

from pathlib import Path

import pytest
import sqlalchemy as sa

from collectors.check import check_source
from tests.collectors.rig import Rig

# As their manuals print version().
NAMES = (
    "KingbaseES V008R006C007B0012 on x64, compiled by gcc (GCC) 4.1.2, 64-bit",
    "(openGauss 5.0.0 build a07d57c3) compiled at 2023-03-29 03:09:38 commit 0 last mr on x86_64-unknown-linux-gnu",
)


@pytest.mark.parametrize("name", NAMES)
def test_a_database_made_from_postgresql_is_read(postgres: sa.URL, tmp_path: Path, name: str) -> None:
    engine = sa.create_engine(postgres, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(sa.text("DROP DATABASE IF EXISTS akin"))
        connection.execute(sa.text("CREATE DATABASE akin"))
    engine.dispose()
    url = postgres.set(database="akin")
    with Rig(url, tmp_path) as rig:
        rig.sql(
            "SET allow_system_table_mods = on; CREATE OR REPLACE FUNCTION pg_catalog.version() RETURNS text "
            f"LANGUAGE sql AS $$ SELECT '{name}'::text $$"
        )
        rig.write("1", kind="0")
        rig.poll()
        assert rig.row("1")["category"] == "fault_report"
        assert check_source("gd", rig.source).faults == []
