"""The demonstration's duty file fits the invented city: whom it names is there, and its ladders reach somebody."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pandas as pd
import pytest

import inspection
from alerts.duty import Duty
from alerts.load_duty import load, strangers
from alerts.people import Directory
from alerts.routing import OnDuty, of_step
from alerts.transition import About
from settings import Settings
from settings import load as load_settings
from simulator.network import network
from tests.alerts.duty_town import transition

CONFIG = Path(__file__).parents[2] / "simulator" / "lightkeeper.toml"


@pytest.fixture(scope="module")
def settings() -> Settings:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LIGHTKEEPER_DEMO_SMTP", "25")
        patch.setenv("LIGHTKEEPER_DEMO_HTTP", "80")
        return load_settings(CONFIG)


@pytest.fixture(scope="module")
def town(settings: Settings) -> OnDuty:
    duty = load(settings)
    return OnDuty(duty, directory(duty), settings.routes, lambda _: "zh", ZoneInfo("Asia/Shanghai"), _weekday)


def _weekday(day: date) -> bool:
    return day.weekday() < 5


def directory(duty: Duty) -> Directory:
    known = network()
    people = pd.DataFrame(
        [(p.code, p.role, p.unit, p.name, p.phone, p.email, p.language) for p in known.people],
        columns=["person_code", "role", "unit", "name", "phone", "email", "language"],
    )
    units = pd.DataFrame([(u.code, u.kind, u.parent) for u in known.units], columns=["code", "kind", "parent"])
    return Directory.of(people, units, duty.people)


def test_nothing_stands_in_the_way_of_a_start(settings: Settings) -> None:
    assert inspection.faults(settings) == []


def test_everybody_the_file_names_is_there(town: OnDuty) -> None:
    assert strangers(town.duty, town.directory) == []


def test_every_county_has_one_officer_on_duty_at_every_hour(town: OnDuty) -> None:
    rosters = {r.unit for r in town.duty.rosters.values() if r.role == "county_duty"}
    counties = {u.code for u in network().units if u.kind == "county"}
    assert rosters == counties
    start = datetime(2026, 11, 30, tzinfo=UTC)
    for county in counties:
        t = transition(about=About(county=county))
        on = [of_step(t, ("county_duty",), town, start + timedelta(hours=h)).recipients for h in range(0, 96, 5)]
        assert {len(one) for one in on} == {1}
        assert len({one[0].person for one in on}) == 2


def test_the_ladder_reaches_somebody_at_every_station(town: OnDuty) -> None:
    now = datetime(2026, 11, 30, 4, tzinfo=UTC)
    units = {u.code: u for u in network().units}
    stations = [u for u in units.values() if u.kind == "station"]
    assert len(stations) > 20
    for station in stations:
        about = About(city="LJ", county=station.parent, station=station.code, crew=f"{station.code}B1")
        for step in town.duty.policies["repair"].steps:
            told = of_step(transition(about=about), step.to, town, now) if step.to else None
            assert told is None or (told.missing, told.by_fallback) == ((), False)
            assert told is None or all(r.channel == "mail" and "@" in r.address for r in told.recipients)
