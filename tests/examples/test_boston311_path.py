"""Boston through collector and facts to the figure: every request lands, and is judged as the city judged it."""

import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from collectors.batch import Batch
from collectors.collector import Collector, collect
from examples.boston311 import load as boston311
from kpis import evaluate
from kpis.calendars_file import load as load_calendar
from kpis.catalogue import CATALOGUE
from kpis.derive import Rules, derivers
from kpis.limits_file import load as limits
from settings import KpiOptions, Settings, load
from store.facts.db import Facts
from store.facts.read import Reader
from store.scope import Scope
from tests.examples.written import write_rows

AS_OF = datetime.fromisoformat("2016-01-12T23:00:00-05:00")
ON_TIME = CATALOGUE["stated_limit_on_time_rate"]


def settings_at(monkeypatch: pytest.MonkeyPatch, folder: Path) -> Settings:
    """The example's settings with their database in `folder`."""
    monkeypatch.setenv("LIGHTKEEPER_SOURCES__BOSTON311__URL", f"sqlite:///{folder}/source.db")
    return load(boston311.SETTINGS)


def read_all(settings: Settings, limit_s: float) -> list[Batch]:
    """One read of every table of the source, by a child process as in a node."""
    collector = Collector("boston311", settings.sources["boston311"], b"site key", lambda: AS_OF)
    try:
        batches, errors = collect({"boston311": collector}, lambda *_: None, time.monotonic, limit_s)
    finally:
        collector.stop()
    assert not errors
    return batches


def merged(facts: Facts, settings: Settings, batches: list[Batch]) -> None:
    derive = derivers(Rules(limits(), load_calendar(settings.site.zone)))
    for batch in batches:
        facts.merge(batch, derive)


@pytest.fixture(scope="module")
def boston(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Facts]:
    """Facts with every request."""
    folder = tmp_path_factory.mktemp("boston311")
    boston311.load(data, f"sqlite:///{folder}/source.db")
    with pytest.MonkeyPatch.context() as patch:
        settings = settings_at(patch, folder)
    with Facts(folder / "facts.duckdb", settings.site.zone) as facts:
        merged(facts, settings, read_all(settings, 120))
        yield facts


@pytest.fixture
def reader(boston: Facts) -> Iterator[Reader]:
    with boston.read(Scope.everything("test")) as reader:
        yield reader


def _one(reader: Reader, **counts: Any) -> dict[str, int]:
    """Counts of the work orders, each an expression over them."""
    orders = reader.table("work_orders")
    row = reader.frame(orders.agg(**{name: count(orders) for name, count in counts.items()}), AS_OF).iloc[0]
    return {name: int(row[name]) for name in counts}


def test_every_request_lands_and_none_waits_in_quarantine(boston: Facts, reader: Reader) -> None:
    found = _one(
        reader,
        orders=lambda t: t.count(),
        keys=lambda t: t.source_key.nunique(),
        no_channel=lambda t: t.channel.isnull().sum(),
        no_station=lambda t: t.station.isnull().sum(),
        unknown=lambda t: t.place_unknown.sum(),
        placed=lambda t: t.lon.notnull().sum(),
        backwards=lambda t: (t.faults == "closed_before_opened").sum(),
        closed_without_end=lambda t: ((t.status == "closed") & t.archived_at.isnull()).sum(),
    )
    assert found == {
        "orders": 121_145,
        "keys": 121_145,
        "no_channel": 0,
        "no_station": 10_955,
        "unknown": 17_070,
        "placed": 121_145 - 17_070,
        "backwards": 197,
        "closed_without_end": 0,
    }
    assert boston.quarantine().empty
    assert reader.frame(reader.table("units").count().name("n").as_table(), AS_OF)["n"].tolist() == [24]


def test_the_city_is_agreed_with_on_every_labelled_request(reader: Reader) -> None:
    by_label = evaluate.values(reader, ON_TIME, KpiOptions(), by=["source_verdict"], now=AS_OF)
    counts = {row.source_verdict: (row.n, row.successes) for row in by_label.itertuples()}
    assert counts.pop("ONTIME") == (90_546, 90_546)
    assert counts.pop("OVERDUE") == (30_446, 0)
    assert list(counts.values()) == [(153, 0)]  # without a label
    everything = evaluate.values(reader, ON_TIME, KpiOptions(), now=AS_OF).iloc[0]
    assert (everything["n"], everything["successes"]) == (121_145, 90_546)


def test_the_other_reading_leaves_requests_without_a_limit_out(reader: Reader) -> None:
    row = evaluate.values(reader, ON_TIME, KpiOptions(no_limit="excluded"), now=AS_OF).iloc[0]
    assert (row["n"], row["successes"]) == (121_145 - 26_991, 90_546 - 26_991)


def test_by_area_and_type_every_request_is_counted_once(reader: Reader) -> None:
    rows = evaluate.values(reader, ON_TIME, KpiOptions(), by=["station", "subcategory_2"], now=AS_OF)
    assert (rows["n"].sum(), rows["successes"].sum()) == (121_145, 90_546)
    lights = rows[rows["subcategory_2"] == "Street Light Outages"]
    assert lights["n"].sum() == 7_956


# DuckDB 2.0 makes a frame with times by a pandas call that pandas 3.1 calls outdated.
@pytest.mark.filterwarnings("ignore:The inplace keyword:pandas.errors.Pandas4Warning")
def test_a_new_channel_waits_in_quarantine_and_its_request_is_still_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = {"OPEN_DT": "07/01/2015 08:00:00 AM", "CASE_STATUS": "Open", "LATITUDE": "42.3", "LONGITUDE": "-71.1"}
    rows = [
        {**request, "CASE_ENQUIRY_ID": "1", "Source": "Pigeon"},
        {**request, "CASE_ENQUIRY_ID": "2", "Source": "Twitter", "TARGET_DT": "tomorrow"},
        {**request, "CASE_ENQUIRY_ID": "3", "Source": "Twitter", "LATITUDE": "42.3594", "LONGITUDE": "-71.0587"},
    ]
    write_rows(tmp_path / boston311.FILE, boston311.COLUMNS, rows)
    boston311.load(tmp_path, f"sqlite:///{tmp_path}/source.db")
    settings = settings_at(monkeypatch, tmp_path)
    with Facts(tmp_path / "facts.duckdb", settings.site.zone) as facts:
        merged(facts, settings, read_all(settings, 60))
        held = facts.quarantine()
        assert list(zip(held["source_key"], held["field"], held["value"], strict=True)) == [
            ("1", "channel", "Pigeon"),
            ("2", "given_due_at", "tomorrow"),
        ]
        with facts.read(Scope.everything("test")) as reader:
            orders = reader.table("work_orders")
            frame = reader.frame(orders.select("order_no", "channel", "accepted_at", "place_unknown"), AS_OF)
    frame = frame.sort_values("order_no")
    assert frame["channel"].fillna("").tolist() == ["", "media", "media"]
    assert frame["place_unknown"].tolist() == [False, False, True]
    assert set(frame["accepted_at"]) == {datetime.fromisoformat("2015-07-01T08:00:00-04:00")}
