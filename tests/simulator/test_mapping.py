"""The demonstration's settings fit the databases that the city writes."""

from pathlib import Path

import pytest

import settings
from tests.simulator.sources import rows

FILE = Path(__file__).parents[2] / "simulator" / "lightkeeper.toml"


@pytest.fixture
def demo(monkeypatch: pytest.MonkeyPatch) -> settings.Settings:
    monkeypatch.setenv("LIGHTKEEPER_DEMO_SMTP", "8025")
    monkeypatch.setenv("LIGHTKEEPER_DEMO_HTTP", "8026")
    return settings.load(FILE)


def test_every_mapped_column_exists_and_every_code_is_known(demo: settings.Settings, folder: Path) -> None:
    for name, source in demo.sources.items():
        for mapping in source.tables:
            columns = {r["name"] for r in rows(folder, name, f"PRAGMA table_info({mapping.table})")}
            named = {c for f in (*mapping.columns.values(), *mapping.personal.values()) for c in f.columns}
            wanted = {*mapping.key, *mapping.identity, *named, *([mapping.changed_at] if mapping.changed_at else [])}
            assert wanted <= columns, (name, mapping.table)
            for field in mapping.columns.values():
                if field.codes:
                    sql = f"SELECT DISTINCT {field.column} AS v FROM {mapping.table} WHERE v IS NOT NULL"  # noqa: S608
                    found = {str(r["v"]) for r in rows(folder, name, sql)}
                    assert found <= set(source.codes[field.codes]), (mapping.table, field.column)


def test_each_source_says_what_time_it_is(demo: settings.Settings, folder: Path) -> None:
    for name, source in demo.sources.items():
        table, column = str(source.clock).split(".")
        (row,) = rows(folder, name, f"SELECT {column} AS at FROM {table}")  # noqa: S608
        assert str(row["at"]) in ("2026-11-20 14:32:00", "2026-11-20T06:32:00+00:00")


def test_the_boundaries_of_the_settings_are_there(demo: settings.Settings) -> None:
    assert demo.site.boundaries is not None
    assert (FILE.parents[1] / demo.site.boundaries).is_file()
