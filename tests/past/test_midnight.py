"""Figures of ended days: on record as they were shown, beside what is known later."""

from datetime import date, timedelta
from typing import Any

import pytest

import commands
from kpis.catalogue import LIVE
from kpis.types import Refusal
from midnight import Midnight
from store.ledger import history as record
from tests.kpis.stage import at, fault
from tests.past.conftest import HandDesk

FRIDAY, SATURDAY = date(2026, 11, 20), date(2026, 11, 21)
KEY = "arrival_on_time_rate"


def asked(desk: HandDesk, *where: str, **args: Any) -> list[dict[str, Any]]:
    answer: list[dict[str, Any]] = commands.reply(desk, "history", {"key": KEY, "where": where, **args})
    return answer


@pytest.fixture
def ready(desk: HandDesk) -> HandDesk:
    orders = [fault("1", arrived_at="08:30"), fault("2", arrived_at="09:30"), fault("3", county="B", station="B1")]
    desk.merge(work_orders=orders)
    desk.at = at("00:00", days=1) + timedelta(seconds=1)
    return desk


def test_as_shown_then_as_known_now(ready: HandDesk) -> None:
    Midnight(ready).note(ready.at)
    ready.merge(work_orders=[{**fault("2", arrived_at="08:40"), "row_hash": 2}])  # the record is corrected next morning
    ready.at = at("09:00", days=1)
    (day,) = asked(ready)
    assert (day["day"], day["shown_n"], day["known_n"]) == ("2026-11-20", 3, 3)
    assert (day["shown"], day["known"]) == (pytest.approx(100 / 3), pytest.approx(200 / 3))
    assert day["difference"] == pytest.approx(100 / 3)
    assert day["shown_at"] == (at("00:00", days=1) + timedelta(seconds=1)).isoformat()
    (county,) = asked(ready, "county=A")
    assert (county["shown"], county["shown_n"], county["known"]) == (50, 2, 100)
    (station,) = asked(ready, "station=B1")
    assert (station["shown"], station["shown_n"]) == (0, 1)


def test_every_figure_of_the_walls_is_on_record_with_the_age_of_its_source(ready: HandDesk) -> None:
    Midnight(ready).note(ready.at)
    for definition in LIVE:
        (row,) = record.days_of(ready.ledger, definition.key, "", None, None)
        assert (row["day"], row["level"], row["definition_version"]) == (FRIDAY, "site", definition.version)
        assert row["as_of"] == (ready.facts.states()[0].as_of if definition.table == "work_orders" else None)
        if row["n"] == 0:
            assert row["value"] is None  # missing is never zero


def test_a_day_is_put_on_record_once(ready: HandDesk) -> None:
    first, second = Midnight(ready), Midnight(ready)  # two nodes on one ledger
    first.note(ready.at)
    ready.merge(work_orders=[{**fault("2", arrived_at="08:40"), "row_hash": 2}])
    second.note(ready.at + timedelta(minutes=1))
    first.note(ready.at + timedelta(minutes=2))
    Midnight(ready).note(ready.at + timedelta(minutes=3))
    (row,) = record.days_of(ready.ledger, KEY, "", None, None)
    assert (row["value"], row["shown_at"]) == (pytest.approx(100 / 3), ready.at)


def test_days_without_a_node_are_told_as_not_shown(ready: HandDesk) -> None:
    Midnight(ready).note(ready.at)
    ready.at = at("09:00", days=3)  # down over two midnights
    Midnight(ready).note(ready.at)
    friday, *missed = asked(ready)
    assert friday["shown_n"] == 3
    assert [day["day"] for day in missed] == ["2026-11-21", "2026-11-22"]
    for day in missed:
        assert {day[name] for name in ("shown", "shown_n", "shown_at", "difference")} == {None}
    assert record.last_day(ready.ledger) == SATURDAY + timedelta(days=1)


def test_a_node_that_starts_by_day_notes_nothing(ready: HandDesk) -> None:
    Midnight(ready).note(at("14:32"))
    assert record.last_day(ready.ledger) is None
    assert asked(ready) == []


def test_a_span_of_the_record(ready: HandDesk) -> None:
    midnight = Midnight(ready)
    for days in (1, 2, 3):
        midnight.note(at("00:00", days=days))
    ready.at = at("09:00", days=3)
    (day,) = asked(ready, start="2026-11-21T00:00:00+08:00", end="2026-11-22T00:00:00+08:00")
    assert (day["day"], day["shown_n"], day["shown"]) == ("2026-11-21", 0, None)


@pytest.mark.parametrize(
    ("args", "sentence"),
    [
        pytest.param({"where": ["crew=X"]}, "of the site, of each county and of each station", id="another dimension"),
        pytest.param({"where": ["county=A", "station=A1"]}, "of the site, of each county", id="two at once"),
        pytest.param({"key": "stated_limit_on_time_rate"}, "stands on no wall", id="a figure nobody showed"),
        pytest.param({"key": "arival_on_time_rate"}, "did you mean arrival_on_time_rate", id="a figure nobody has"),
    ],
)
def test_what_is_not_on_record_is_refused(ready: HandDesk, args: dict[str, Any], sentence: str) -> None:
    with pytest.raises(Refusal, match=sentence):
        commands.reply(ready, "history", {"key": KEY, **args})
