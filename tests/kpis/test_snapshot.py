"""The parts of the situation view beside its figures."""

from dataclasses import replace
from datetime import timedelta

import orjson
import pytest

from kpis.live import Observation, observe
from kpis.snapshot import LISTED, build
from kpis.types import LedgerView, OpenAlert
from kpis.urgent import Memory
from tests.kpis.stage import NOW, UNITS, Stage, at, fault, outage
from tests.kpis.storm import OPTIONS, SHAPE, STATES, alert, bodies, rows, storm


@pytest.fixture(scope="module")
def stage() -> Stage:
    return storm()


@pytest.fixture(scope="module")
def seen(stage: Stage) -> Observation:
    return observe(stage, OPTIONS, {}, Memory(), NOW)


@pytest.mark.parametrize("unit", [None, "LJ", "A", "B1", "no such unit"])
def test_every_part_has_its_columns_of_equal_length_and_goes_through_json(seen: Observation, unit: str | None) -> None:
    ledger = LedgerView((alert(1, "city:red"),))
    snapshot = build(seen, ledger, STATES, OPTIONS, unit)
    assert snapshot.view == ("situation" if unit is None else f"situation@{unit}")
    assert list(snapshot.parts) == [
        *("kpis", "repairs", "work", "complaints", "revisits", "outages", "supply", "counties", "alerts", "hotspots"),
        *("units", "sources"),
    ]
    for name, part in snapshot.parts.items():
        assert orjson.loads(orjson.dumps(part.body)) == part.body, "plain JSON only"
        if name in SHAPE:
            assert set(part.body["columns"]) == set(SHAPE[name].split())
            assert len({len(column) for column in part.body["columns"].values()}) == 1


def test_open_repairs_by_due_time_with_the_clock_that_runs(seen: Observation) -> None:
    part = bodies(seen)["repairs"]
    found = rows(part)
    assert [(r["order_no"], r["clock"]) for r in found] == [
        ("red", "arrival"),
        ("orange", "arrival"),
        ("yellow", "arrival"),
        ("blue", "arrival"),
        ("plain", "arrival"),
        ("on site", "restoration"),
    ]
    assert (part["total"], part["without_limit"]) == (6, 1)
    ms = {name: round(at(clock).timestamp() * 1000) for name, clock in (("start", "12:30"), ("due", "15:30"))}
    assert (found[-1]["start_at"], found[-1]["due_at"]) == (ms["start"], ms["due"])
    assert [r["call_count"] for r in found] == [3, 1, 1, 1, 1, 1]
    assert (found[0]["source"], found[0]["county"], found[0]["station"], found[0]["feeder"]) == (
        "city",
        "A",
        "A1",
        "F1",
    )


def test_critical_are_sensitive_customers_and_large_outages(seen: Observation) -> None:
    """`plain` belongs to an outage of 1,100 customers still out (5,000 were reported before areas were counted)."""
    assert [r["order_no"] for r in rows(bodies(seen)["repairs"]) if r["critical"]] == ["yellow", "plain"]


def test_an_outage_that_shrank_below_the_setting_is_not_critical(stage: Stage) -> None:
    seen = observe(stage, replace(OPTIONS, critical_customers=1100), {}, Memory(), NOW)
    assert seen.open_repairs.loc[seen.open_repairs["critical"], "order_no"].tolist() == ["yellow"]


def test_an_alert_stands_at_its_order(seen: Observation) -> None:
    ledger = LedgerView(
        (alert(7, "city:red"), alert(8, "city:orange", state="acknowledged"), alert(9, "city:blue", rule="other"))
    )
    found = {r["order_no"]: (r["alert"], r["alert_id"]) for r in rows(bodies(seen, ledger)["repairs"])}
    assert found["red"] == ("raised", 7)
    assert found["orange"] == ("acknowledged", 8)
    assert found["blue"] == (None, None)


def test_the_list_is_cut_and_the_total_is_not() -> None:
    many = [fault(f"{i:03}", at("12:00") + timedelta(minutes=i)) for i in range(LISTED + 5)]
    part = bodies(observe(Stage(work_orders=many), OPTIONS, {}, Memory(), NOW))["repairs"]
    assert part["total"] == LISTED + 5
    assert part["columns"]["order_no"] == [f"{i:03}" for i in range(LISTED)]


def test_running_outages_count_areas_that_are_still_off(seen: Observation) -> None:
    part = bodies(seen)["outages"]
    found = {r["outage_no"]: r for r in rows(part)}
    assert {no: r["customers_out"] for no, r in found.items()} == {"O1": 1100, "O2": 40, "O3": None}
    assert list(found) == ["O1", "O2", "O3"], "the largest first, uncounted ones last"
    assert (part["customers_out"], part["count"], part["uncounted"]) == (1140, 3, 1)
    assert (found["O2"]["lon"], found["O2"]["lat"], found["O2"]["estimate_at"]) == (120.5, 30.1, None)
    assert found["O1"]["estimate_at"] == round(at("15:00").timestamp() * 1000)


def test_the_trend_of_outages_is_that_of_full_hours(seen: Observation) -> None:
    """At 12:00 T1, T2 and O4; at 13:00 T1, T3, O2 and O4 (T2 just came back); at 14:00 T1, T3 and O2."""
    assert bodies(seen)["outages"]["trend"][-6:] == [70, 70, 70, 900 + 400 + 70, 1100 + 40 + 70, 1100 + 40]
    assert sum(bodies(seen)["outages"]["trend"][:-6]) == 0


def test_without_a_source_of_outages_nobody_knows() -> None:
    seen = observe(Stage(), OPTIONS, {}, Memory(), NOW)
    part = build(seen, LedgerView(), STATES[:1], OPTIONS).parts["outages"].body
    assert (part["customers_out"], part["count"], part["trend"]) == (None, None, None)
    known = build(seen, LedgerView(), STATES, OPTIONS).parts["outages"].body
    assert (known["customers_out"], known["count"], known["trend"]) == (0, 0, [0] * 24)


def test_outages_that_nobody_counted_have_no_total() -> None:
    seen = observe(Stage(outages=[outage("x")]), OPTIONS, {}, Memory(), NOW)
    assert bodies(seen)["outages"]["customers_out"] is None


def test_counties_by_the_share_of_time_used(seen: Observation) -> None:
    assert rows(bodies(seen)["counties"]) == [
        {"code": "A", "blue": 1, "yellow": 1, "orange": 1, "red": 1, "outages": 2, "customers_out": 40},
        {"code": "B", "blue": 1, "yellow": 0, "orange": 0, "red": 0, "outages": 1, "customers_out": 1100},
    ]
    by_station = bodies(seen, map_level="station")["counties"]
    assert by_station["level"] == "station"
    assert [(r["code"], r["blue"], r["red"], r["customers_out"]) for r in rows(by_station)] == [
        ("A1", 0, 1, 40),
        ("A2", 1, 0, None),
        ("B1", 1, 0, 1100),
    ]


def test_the_levels_of_a_clock_begin_at_half_three_quarters_and_nine_tenths() -> None:
    """45 min, seen at 14:32; one county per order, named by the level it must have."""
    accepted = {"none": "14:10", "blue": "14:09", "yellow": "13:58", "orange": "13:47", "red": "13:46"}
    orders = [fault(level, clock, county=level) for level, clock in accepted.items()]
    seen = observe(Stage(work_orders=orders), OPTIONS, {}, Memory(), NOW)
    for row in rows(bodies(seen)["counties"]):
        counts = {level: row[level] for level in accepted if level != "none"}
        assert counts == {level: int(level == row["code"]) for level in counts}, row["code"]


def test_alerts_of_a_unit_are_its_own_and_those_without_a_place() -> None:
    seen = observe(Stage(units=UNITS), OPTIONS, {}, Memory(), NOW)
    log = [
        {"id": i, "at": NOW, "rule": "repair_due", "level": "red", "event": "raised", "subject": "x", "county": county}
        | {"station": None, "feeder": None, "clock": None, "order_no": None, "category": None}
        for i, county in enumerate(["A", "B", None] * 6)
    ]
    ledger = LedgerView(
        (
            alert(1, "1"),
            alert(2, "2", state="acknowledged"),
            alert(3, "3", county="B", station="B1"),
            alert(4, "orders", rule="source_stale", level="orange", county=None, station=None),
        ),
        tuple(log),
    )
    everywhere, in_a = bodies(seen, ledger)["alerts"], bodies(seen, ledger, "A")["alerts"]
    assert everywhere["open"] == {"orange": 1, "red": 3}
    assert in_a["open"] == {"orange": 1, "red": 2}
    assert in_a["unacknowledged"] == {"orange": 1, "red": 1}
    assert everywhere["log"]["columns"]["id"] == list(range(12))
    assert set(in_a["log"]["columns"]["county"]) == {"A", None}
    assert everywhere["log"]["columns"]["at"][0] == round(NOW.timestamp() * 1000)


def critical(id_: int, subject: str, minutes: float = 1, **fields: object) -> OpenAlert:
    """A critical alert that nobody has answered for so long."""
    since = NOW - timedelta(minutes=minutes)
    return alert(id_, subject, **({"critical": True, "raised_at": since, "critical_at": since} | fields))


def test_critical_alerts_nobody_answered_come_with_the_longest_waiting_first(seen: Observation) -> None:
    ledger = LedgerView(
        (
            critical(1, "city:red", 3, order_no="red", due_at=NOW - timedelta(minutes=2)),
            critical(2, "city:plain", 9, county="B", station="B1", order_no="plain"),
            critical(3, "city:orange", 5, state="acknowledged", critical_at=None),
            alert(4, "city:yellow", raised_at=NOW),
        )
    )
    part = bodies(seen, ledger)["alerts"]
    found = rows(part["critical"])
    assert [(r["id"], r["order_no"], r["customers"]) for r in found] == [(2, "plain", 1100), (1, "red", 1)]
    assert found[1]["since"] == round((NOW - timedelta(minutes=3)).timestamp() * 1000)
    assert found[1]["due_at"] == round((NOW - timedelta(minutes=2)).timestamp() * 1000)
    assert found[0]["due_at"] is None
    assert [r["id"] for r in rows(bodies(seen, ledger, "A")["alerts"]["critical"])] == [1]


def test_nobody_knows_the_customers_without_a_source_of_outages(seen: Observation) -> None:
    ledger = LedgerView((critical(1, "city:red"), critical(2, "city:gone")))
    blind = build(seen, ledger, STATES[:1], OPTIONS).parts["alerts"].body
    assert [r["customers"] for r in rows(blind["critical"])] == [None, None]
    assert [r["customers"] for r in rows(bodies(seen, ledger)["alerts"]["critical"])] == [1, None]


FLOODS = [
    pytest.param([0.0] * 10, 10, False, id="ten in ten minutes"),
    pytest.param([0.0] * 11, 11, True, id="more than ten"),
    pytest.param([9.99] * 11, 11, True, id="just within ten minutes"),
    pytest.param([10.0] * 11, 0, False, id="ten minutes ago"),
    pytest.param([], 0, False, id="none"),
]


@pytest.mark.parametrize(("ages_min", "recent", "flood"), FLOODS)
def test_more_than_ten_alerts_in_ten_minutes_are_a_flood(
    seen: Observation, ages_min: list[float], recent: int, flood: bool
) -> None:
    raised = [alert(i, str(i), raised_at=NOW - timedelta(minutes=age)) for i, age in enumerate(ages_min)]
    part = bodies(seen, LedgerView(tuple(raised)))["alerts"]
    assert (part["recent"], part["flood"]) == (recent, flood)


def test_the_units_of_a_view_are_its_subtree(seen: Observation) -> None:
    assert set(bodies(seen)["units"]["columns"]["code"]) == {u["code"] for u in UNITS} - {"G1"}
    assert set(bodies(seen, unit="A")["units"]["columns"]["code"]) == {"A", "A1", "A2", "F1", "F2"}


def test_sources_come_in_the_settings_order(seen: Observation) -> None:
    found = rows(build(seen, LedgerView(), STATES[::-1][:2], OPTIONS).parts["sources"].body)
    assert [(r["name"], r["state"], r["fresh_s"]) for r in found] == [
        ("orders", "never", 15.0),
        ("outages", "ok", 900.0),
        ("outages", "ok", 900.0),
        ("surveys", "ok", 15.0),
    ]
    assert [r["feeds"] for r in found] == [["work_orders"], ["outages"], ["outage_areas"], ["surveys"]]
