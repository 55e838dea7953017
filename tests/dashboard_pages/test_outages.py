"""What the pages Outages and Stations answer: the figures of the catalogue, what is wrong named, accounts masked."""

import html
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from dashboard import guard
from dashboard.components import outage_files, supply_files
from dashboard.components.order_answers import understand
from dashboard.pages import outages as page_of
from dashboard.pages import stations as stations_of
from kpis.catalogue import CATALOGUE
from kpis.evaluate import values
from kpis.types import Options
from store.facts.db import Facts
from store.scope import Scope
from tests.dashboard_pages.city import NOW, DeskHouse, house
from tests.dashboard_pages.outages import supplied_house

WEEK: Mapping[str, Any] = {"start": NOW.replace(day=13, hour=16, minute=0), "now": NOW}


@pytest.fixture(scope="module")
def supplied(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DeskHouse]:
    """The city, with outages and served customers."""
    one = supplied_house(Path(tmp_path_factory.mktemp("supplied")))
    yield one
    one.close()


def said(house_: DeskHouse, name: str, search: str = "lang=en") -> dict[str, str]:
    """The text of each place, without tags."""
    answers = {**page_of.ANSWERS, **stations_of.ANSWERS}
    texts = answers[name](house_, search, {})["html"]
    return {place: re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", text))) for place, text in texts.items()}


def test_tiles_are_the_figures_of_the_catalogue(supplied: DeskHouse) -> None:
    with supplied.reader(Scope.everything("test")) as reader:
        saifi, kept = (
            values(reader, CATALOGUE[key], Options(), **WEEK).iloc[0] for key in ("saifi", "estimate_kept_rate")
        )
    shown = said(supplied, "outages")
    assert f"Interruptions per customer (SAIFI) {saifi['value']:.2f}" in shown[page_of.TILES]
    assert int(kept["n"]) == 6 and f"{int(kept['successes'])}/6" in shown[page_of.TILES], "few are counted"
    assert "3 outages still last: provisional, so far" in shown[page_of.SETTLED]
    assert "left out: customers not counted 1" in shown[page_of.SETTLED]


def test_what_runs_says_what_is_wrong_with_it(supplied: DeskHouse) -> None:
    shown = said(supplied, "outages-now")
    first = shown[page_of.RUNNING].split("Chengdong", 1)[1]
    assert all(words in first for words in ("1,000", "3 / 1", "estimate passed", "over 8 h", "sensitive or important"))
    assert "past its planned end" in shown[page_of.RUNNING] and shown[page_of.RUNNING_HEAD].startswith("3 outages")
    assert "not begun in time" in shown[page_of.PLANS] and "notice missed" in shown[page_of.PLANS]
    assert shown[page_of.PLANS_HEAD] == "2 of 3 need somebody"
    elsewhere = said(supplied, "outages-now", "lang=en&unit=C4")
    assert elsewhere[page_of.RUNNING].strip() == "No outage is running."


def test_by_unit_and_by_area(supplied: DeskHouse) -> None:
    units = said(supplied, "outages-units")[page_of.UNITS]
    assert "Jiangcheng" in units and "Qinglong" in units, "a county without an outage has its zero"
    areas = said(supplied, "outages-areas")
    assert "TS1 5" in areas[page_of.AREAS] and areas[page_of.AREAS_HEAD] == "4 areas"
    assert "6.67% more than 3 interruptions (CEMI-3)" in areas[page_of.AREAS], "one of 15 areas of 1,000"


def test_accounts_are_masked_for_who_may_not_see_personal_data(supplied: DeskHouse) -> None:
    shown = said(supplied, "outages-people")[page_of.PEOPLE]
    assert "…300001" in shown and "without supply since" in shown and "estimate passed" in shown
    token = guard._scope.set(Scope("boss", None, personal=True))
    try:
        assert "…" not in said(supplied, "outages-people")[page_of.PEOPLE]
    finally:
        guard._scope.reset(token)


def test_who_may_see_one_county_sees_no_other(supplied: DeskHouse) -> None:
    token = guard._scope.set(Scope("county", ("C2",)))
    try:
        assert "Chengdong" not in said(supplied, "outages-now")[page_of.RUNNING]
        assert said(supplied, "outages-people")[page_of.PEOPLE].strip().startswith("Nobody")
        assert "Jiangcheng" not in said(supplied, "outages-units")[page_of.UNITS]
        assert "Chengdong" not in said(supplied, "stations")[stations_of.RANKING]
    finally:
        guard._scope.reset(token)


def test_without_served_customers_there_is_no_index(city: DeskHouse) -> None:
    tiles = said(city, "outages")[page_of.TILES]
    assert tiles.count("nobody lists the customers served") == 3 and "0.00" not in tiles


def test_nothing_at_all_is_said_and_no_error(tmp_path: Path) -> None:
    one = house(tmp_path, alerts=False)
    one.facts.close()
    (tmp_path / "facts.duckdb").unlink()
    one.facts = Facts(tmp_path / "facts.duckdb", "Asia/Shanghai")
    shown = {
        place: text for name in (*page_of.ANSWERS, *stations_of.ANSWERS) for place, text in said(one, name).items()
    }
    assert shown[page_of.RUNNING].strip() == "No outage is running."
    assert shown[page_of.UNITS].strip() == "No rows in this time."
    assert "No area was without supply" in shown[page_of.AREAS] and "Nobody" in shown[page_of.PEOPLE]
    assert "No station has" in shown[stations_of.RANKING] and "0.0" not in shown[page_of.TILES]
    one.close()


@pytest.mark.parametrize(
    ("list_", "search", "rows", "first"),
    [
        (supply_files.units, "period=30d", 5, "Jiangcheng District"),
        (supply_files.units, "period=30d&unit=C1", 3, "Chengdong Station"),
        (supply_files.areas, "period=30d", 4, None),
        (supply_files.stations, "period=30d", 15, None),
        (outage_files.running, "period=30d", 3, "runs"),
        (outage_files.running, "unit=C4&period=nonsense", 0, None),
        (outage_files.plans, "", 3, "not begun"),
        (outage_files.people, "", 8, "…300001"),
    ],
)
def test_files(supplied: DeskHouse, list_: Any, search: str, rows: int, first: str | None) -> None:
    with supplied.reader(Scope.everything("demo")) as reader:
        asked = understand(supplied, reader, "/outages", f"lang=en&{search}", listed=False)
        made = list_(asked, None)
        batches = list(made.batches)
    assert made.rows == rows == sum(batch.num_rows for batch in batches)
    assert all(batch.num_columns == len(made.columns) for batch in batches)
    assert first is None or batches[0].column(0)[0].as_py() == first


def filed(house_: DeskHouse, name: str, search: str = "lang=en") -> list[dict[str, Any]]:
    """A list's rows, each by the names of its columns, for who asks."""
    with house_.reader(guard.current_scope()) as reader:
        made = outage_files.LISTS[name](understand(house_, reader, "/outages", search, listed=False), None)
        rows = [row for batch in made.batches for row in batch.to_pylist()]
    labels = [column.label for column in made.columns]
    return [dict(zip(labels, row.values(), strict=True)) for row in rows]


def test_the_lists_of_now_are_filed_as_they_are_shown(supplied: DeskHouse) -> None:
    runs = filed(supplied, "outages-running")[0]
    assert (runs["station"], runs["kind"], runs["customers out"], runs["lasts, min"]) == (
        "Chengdong Station", "fault", 1000, 540,
    )  # fmt: skip
    assert runs["needs somebody"] == "estimate passed, over 8 h, sensitive or important"
    assert [row["needs somebody"] for row in filed(supplied, "outages-plans")][-1] is None
    person = filed(supplied, "outages-people")[0]
    assert (person["who"], person["estimate passed"]) == ("important", "yes")
    assert person["without supply since (Asia/Shanghai)"] is not None


def test_files_of_people_mask_accounts_and_keep_to_the_reader_s_units(supplied: DeskHouse) -> None:
    def accounts(scope: Scope) -> list[Any]:
        token = guard._scope.set(scope)
        try:
            return [row["account"] for row in filed(supplied, "outages-people") if row["account"]]
        finally:
            guard._scope.reset(token)

    assert accounts(Scope.everything("demo")) == ["…300001", "…300002"]
    assert accounts(Scope("boss", None, personal=True)) == ["300001", "300002"]
    assert accounts(Scope("county", ("C3",))) == ["…300002"]
    assert accounts(Scope("county", ("C2",))) == []


def test_stations_show_the_parts_of_their_risk(supplied: DeskHouse) -> None:
    shown = said(supplied, "stations", "lang=en&period=30d")
    assert shown[stations_of.RANKING_HEAD] == "15 stations; small: points"
    assert "Service quality index" in shown[stations_of.TILES] and "at most" in shown[stations_of.TILES]
    assert shown[stations_of.SCORING].count("all stations together") == 10
    assert said(supplied, "stations", "lang=en&period=30d&unit=C1")[stations_of.RANKING_HEAD].startswith("3 stations")


def test_what_does_not_narrow_is_said(supplied: DeskHouse) -> None:
    assert "narrow no outages" in said(supplied, "outages", "lang=en&channel=95598")[page_of.NOTICE]
    assert said(supplied, "outages", "lang=en")[page_of.NOTICE].strip() == ""
