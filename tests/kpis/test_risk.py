"""A station's colour and what it is made of; the published formulas; who to look after."""

from datetime import timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pydantic import SecretStr

from kpis.people_to_watch import people
from kpis.risk import LEAST_N, PARTS, limits, scored, weights_of
from kpis.service_index import conduct_rate, quality_index
from kpis.station_facts import station_facts
from settings import Indicator, Settings, Stations
from settings_sources import Source
from tests.kpis.stage import NOW, Row, Stage, area, at, complaint, fault, outage, survey
from tests.kpis.test_reliability import served

SHIPPED = Stations()
COLUMNS = sorted({name for part in PARTS for name in (part.counts, part.base)})


def facts(*stations: dict[str, Any]) -> pd.DataFrame:
    """Stations with 1,000 of every base and nothing bad, but for what is said."""
    bases = {part.base for part in PARTS}
    usual = {name: 10_000.0 if name == "served" else 1000.0 if name in bases else 0.0 for name in COLUMNS}
    return pd.DataFrame([{"county": "A", "station": f"S{i}", **usual, **said} for i, said in enumerate(stations)])


def by_station(frame: pd.DataFrame) -> Any:
    return frame.set_index("station")


def test_weights_are_those_of_three_dimensions_and_the_site_may_choose_others() -> None:
    assert len(PARTS) == 10 and {part.dimension for part in PARTS} == {"demand", "quality", "efficiency"}
    assert sum(weights_of(SHIPPED).values()) == 100
    assert weights_of(Stations(indicators={"repeats": Indicator(weight=0)}))["repeats"] == 0


def test_a_station_like_all_others_has_no_points_and_twice_their_rate_has_all() -> None:
    usual = {"complaints": 100, "faults": 100}
    found = by_station(scored(facts(*[usual] * 19, {"complaints": 5000, "faults": 100}), SHIPPED))
    assert found.loc["S0", "score"] == 0 and found.loc["S0", "colour"] == "green"
    assert found.loc["S19", "complaints_points"] == 100 and found.loc["S19", "score"] == pytest.approx(15)
    shown = sum(found.loc["S19", f"{part.key}_points"] * weights_of(SHIPPED)[part.key] for part in PARTS) / 100
    assert shown == pytest.approx(found.loc["S19", "score"]), "the parts add up to the score"


@pytest.mark.parametrize(("late", "of"), [(2, 4), (3, 6), (300, 600)])
def test_few_cases_give_the_points_they_prove(late: int, of: int) -> None:
    settings = Stations(indicators={"arrival_late": Indicator(fine=2, poor=40)})
    found: Any = scored(facts({"arrivals_late": late, "arrivals": of}), settings)
    points = found["arrival_late_points"].iloc[0]
    if of < LEAST_N:
        assert pd.isna(points)
    elif of == 6:
        assert 40 < points < 60, "half of six proves 19 %"
    else:
        assert points == 100


def test_colours_from_the_settings_and_none_where_too_little_is_known() -> None:
    bad = {part.counts: 1000.0 for part in PARTS}
    settings = Stations(indicators={part.key: Indicator(fine=1, poor=20) for part in PARTS})
    found = by_station(scored(facts(bad, {}, dict.fromkeys(COLUMNS, np.nan)), settings))
    assert found["colour"].tolist() == ["red", "green", None]
    assert found.loc["S0", "score"] == 100 and pd.isna(found.loc["S2", "score"])
    half = by_station(scored(facts(bad | {"served": np.nan}), settings))
    assert half.loc["S0", "known"] == pytest.approx(0.55) and half.loc["S0", "colour"] == "red"
    some = facts(bad | {"served": np.nan, "answers": np.nan})
    assert pd.isna(by_station(scored(some, settings)).loc["S0", "score"]), "less than half of the weights"
    mixed = {"complaints": 1000.0, "repeats": 1000.0, "thrice": 1000.0}
    assert by_station(scored(facts(mixed), settings)).loc["S0", "colour"] == "yellow"


def test_what_is_fine_is_else_the_sites_own_rate() -> None:
    part = next(p for p in PARTS if p.key == "complaints")
    assert limits(facts({"complaints": 10}, {"complaints": 30}), part, SHIPPED) == (20, 40)
    assert limits(facts({"complaints": 10}), part, Stations(indicators={"complaints": Indicator(fine=3)})) == (3, 6)


def test_wrong_settings_are_told() -> None:
    with pytest.raises(ValueError, match="poor = 2 must lie above fine = 3"):
        Indicator(fine=3, poor=2)
    with pytest.raises(ValueError, match="red = 20 must lie above yellow = 30"):
        Stations(yellow=30, red=20)


@pytest.mark.parametrize(
    ("given", "value"),
    [
        pytest.param((0, 1000, 97.0, 0), 100, id="nothing to deduct"),
        pytest.param((10, 1000, 97.0, 0), 99, id="10 of 1,000 matters called for three times"),
        pytest.param((0, 1000, 94.0, 0), 99, id="1 % below 95 is ten times 0.1"),
        pytest.param((0, 1000, None, 1), 95, id="one case in the media, nobody asked"),
        pytest.param((0, 0, 97.0, 0), None, id="no business"),
        pytest.param((1000, 1000, 0.0, 50), 0, id="never below 0"),
    ],
)
def test_service_quality_index(given: tuple[int, int, float | None, int], value: float | None) -> None:
    found = quality_index(*given)
    assert found.value == (None if value is None else pytest.approx(value))
    assert (found.dissatisfied is None) == (given[2] is None)


def test_service_conduct_rate() -> None:
    # D = 2,000 calls / 100 x 50 % + 20,000 customers / 1,000 x 50 % = 20
    assert conduct_rate(2, 4, 1, 2000, 20_000) == pytest.approx(100 * (0.7 * 0.9 + 0.2 * 0.8 + 0.1 * 0.95))
    assert conduct_rate(0, 0, 0, 0, None) is None and conduct_rate(0, 0, 0, 0, 0) is None
    assert conduct_rate(99, 99, 99, 2000, 20_000) == 0


@pytest.fixture(scope="module")
def settings() -> Settings:
    return Settings(sources={"city": Source(url=SecretStr("sqlite://"), tables=())})


def test_facts_of_stations(settings: Settings) -> None:
    orders = [
        fault("late", "08:00", arrived_at="09:30", restored_at="10:00"),
        fault("in time", "08:00", arrived_at="08:30", restored_at="09:00"),
        fault("a child", "08:01", parent_order_no="late"),
        complaint("three calls", "08:00", call_count=3, grade="major"),
        complaint("in the media", "08:00", channel="media"),
        complaint("asked", "08:00", category="enquiry"),
        complaint("asked and sent on", "08:00", category="enquiry", dispatched_at="08:10"),
        complaint("elsewhere", "08:00", station="B1", county="B"),
        complaint("long ago", at("08:00", -40)),
    ]
    surveys = [
        survey("no", outcome="answered", is_satisfied=False),
        survey("yes", outcome="answered", is_satisfied=True),
    ]
    stage = Stage(
        work_orders=orders,
        surveys=surveys,
        outages=[outage("x", "08:00", restored_at="09:00")],
        outage_areas=[area("x", "T1", 40, "08:00")],
        customers=[served("T1", 100), served("T2", 50, station="A2")],
    )
    found: Any = station_facts(stage, settings, NOW - timedelta(days=30), NOW).set_index("station")
    mine = found.loc["A1"]
    expected = {
        "faults": 2,
        "complaints": 2,
        "thrice": 1,
        "media": 1,
        "volume": 3,
        "class_1": 1,
        "class_2": 1,
        "orders": 6,
        "calls": 9,
        "arrivals": 2,
        "arrivals_late": 1,
        "restorations": 2,
        "restorations_late": 0,
        "complaints_judged": 2,
        "answers": 2,
        "dissatisfied": 1,
        "interrupted": 40,
        "served": 100,
    }
    assert {name: mine[name] for name in expected} == expected
    assert found.loc["B1", "complaints"] == 1 and pd.isna(found.loc["B1", "served"])
    assert found.loc["A2", "orders"] == 0 and found.loc["A2", "interrupted"] == 0
    assert station_facts(Stage(), settings, NOW - timedelta(days=30), NOW).empty
    nobody = station_facts(Stage(customers=[served("T1", 100)]), settings, NOW - timedelta(days=30), NOW)
    assert nobody["faults"].isna().all() and pd.isna(scored(nobody, SHIPPED)["score"].iloc[0])


def person(key: str, who: str, accepted: Any = "08:00", **fields: Any) -> Row:
    given: Row = {"identity_key": who, "customer_no": f"30001{who}", "transformer_area": "T1", "status": "closed"}
    return complaint(key, accepted, **{**given, "archived_at": "09:00", **fields})


T3: Row = {"transformer_area": "T3"}


def test_people_to_look_after_and_what_touches_them_now() -> None:
    orders = [
        person("a", "0001", is_important_customer=True, category="enquiry"),
        person("b", "0002", is_sensitive=True, transformer_area="T2", status="open", archived_at=None),
        *(person(f"c{n}", "0003", at("08:00", -n), archived_at=at("09:00", -n), **T3) for n in range(3)),
        *(person(f"d{n}", "0004", at("08:00", -n), archived_at=at("09:00", -n), **T3) for n in (0, 1, 61)),
        person("e", "0005"),
        complaint("nobody", "08:00", is_sensitive=True),
    ]
    stage = Stage(
        work_orders=orders,
        outages=[outage("x", "12:00", estimate_at="14:00"), outage("over", "10:00", restored_at="11:00")],
        outage_areas=[area("x", "T1", 40, "12:00"), area("over", "T3", 40, "10:00")],
    )
    found = people(stage, NOW, personal=False)
    assert found[["account", "group", "complaints", "open_orders"]].to_numpy().tolist() == [
        ["…010001", "important", 0, 0],
        ["…010002", "sensitive", 1, 1],
        ["…010003", "complaining", 3, 0],
    ]
    assert found["is_expired"].tolist() == [True, False, False] and found["outage_no"].iloc[0] == "x"
    assert found["oldest_order_no"].iloc[1] == "b"
    assert people(stage, NOW, personal=True)["account"].tolist() == ["300010001", "300010002", "300010003"]
    assert people(Stage(), NOW, personal=True).empty
