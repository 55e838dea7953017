"""The examples' settings: they load, name every code that occurs, and let the environment move the database."""

from pathlib import Path

import pytest

from examples.bchydro import load as bchydro
from examples.bchydro import replay
from examples.boston311 import load as boston311
from examples.real_rows import rows
from settings import Settings, load
from store.facts import schema


@pytest.mark.parametrize(
    ("file", "source", "into"),
    [
        pytest.param(boston311.SETTINGS, "boston311", ["work_orders", "units"], id="boston311"),
        pytest.param(replay.SETTINGS, "bchydro", ["outages", "units"], id="bchydro"),
    ],
)
def test_settings_load_and_keep_to_a_folder_of_their_own(file: Path, source: str, into: list[str]) -> None:
    settings = load(file)
    assert [mapping.into for mapping in settings.sources[source].tables] == into
    assert settings.sources[source].url.get_secret_value() == f"sqlite:///var/{source}/source.db"
    assert settings.node.var == Path("var") / source
    assert settings.site.zone in ("America/New_York", "America/Vancouver")


def test_the_environment_moves_the_database(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIGHTKEEPER_SOURCES__BOSTON311__URL", "postgresql+psycopg://reader@db/boston")
    source = load(boston311.SETTINGS).sources["boston311"]
    assert source.url.get_secret_value() == "postgresql+psycopg://reader@db/boston"
    assert source.zone == "America/New_York"  # the rest of the file still stands


@pytest.mark.parametrize("file", [boston311.SETTINGS, replay.SETTINGS], ids=["boston311", "bchydro"])
def test_every_code_leads_to_a_value_the_facts_know(file: Path) -> None:
    for source in load(file).sources.values():
        for mapping in source.tables:
            for name, field in mapping.columns.items():
                known = schema.allowed(mapping.into, name)
                if field.codes and known:
                    assert set(source.codes[field.codes].values()) <= known, name


def test_the_city_verdict_is_no_input() -> None:
    mapped = load(boston311.SETTINGS).sources["boston311"].tables[0].columns
    reading_it = [name for name, field in mapped.items() if "OnTime_Status" in field.columns]
    assert reading_it == ["source_verdict"]


def _coded(settings: Settings, source: str, table: str) -> set[str]:
    return set(settings.sources[source].codes[table])


def test_every_source_and_status_of_the_real_requests_is_coded(data: Path) -> None:
    settings = load(boston311.SETTINGS)
    at = {name: boston311.COLUMNS.index(name) for name in ("Source", "CASE_STATUS")}
    found = list(rows(data / boston311.FILE, boston311.COLUMNS))
    assert {row[at["Source"]] for row in found} == _coded(settings, "boston311", "channel")
    assert {row[at["CASE_STATUS"]] for row in found} == _coded(settings, "boston311", "status")


def test_every_cause_and_crew_status_of_the_real_outages_is_coded(data: Path) -> None:
    settings = load(replay.SETTINGS)
    at = {name: bchydro.CHANGE_COLUMNS.index(name) for name in ("cause", "crewStatus")}
    found = list(rows(data / bchydro.FOLDER / "bch_changes.csv.gz", bchydro.CHANGE_COLUMNS))
    assert {row[at["cause"]] for row in found} - {""} == _coded(settings, "bchydro", "kind")
    assert {row[at["crewStatus"]] for row in found} - {""} == _coded(settings, "bchydro", "crew_status")
