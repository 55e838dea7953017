"""From a transition to the people: roles, rosters, routes and the fallback."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pandas as pd
import pytest

from alerts.people import Directory
from alerts.routing import NOBODY, Told, of_raise, of_step, policy_of
from alerts.transition import NOWHERE, About
from settings import Route
from tests.alerts.duty_town import NOW, PEOPLE, PLACE, POLICY, RULES, UNITS, at, duty, site, transition

RULE = RULES["repair_due"]
WATCH = RULES["source_stale"]
FALLBACK = Route(to=("mail:duty@x.example",))
RED = Route(level=("red",), to=("mail:head@x.example", "hook:"))
DIRECTORY = Directory.of(PEOPLE, UNITS, {})
ROSTER = """
[rosters.night]
role = "county_duty"
unit = "C1"
people = ["P6", "P7"]
"""


def addresses(told: Told) -> list[str]:
    return [f"{r.channel}:{r.address}" for r in told.recipients]


def people(told: Told) -> list[str | None]:
    return [r.person for r in told.recipients]


@pytest.mark.parametrize(
    ("role", "about", "codes"),
    [
        pytest.param("crew", PLACE, ["P1"], id="the crew that has the order"),
        pytest.param("crew", replace(PLACE, crew=None), ["P1", "P2"], id="no crew yet: the station's crews"),
        pytest.param("crew", replace(PLACE, crew="S9B9", station="S9"), [], id="a crew nobody knows"),
        pytest.param("handler", replace(PLACE, handler="P4"), ["P4"], id="whom the order names"),
        pytest.param("handler", PLACE, [], id="the order names nobody"),
        pytest.param("area_manager", replace(PLACE, manager="P3"), ["P3"], id="the area's own manager"),
        pytest.param("area_manager", PLACE, ["P3"], id="the manager of the area's grid"),
        pytest.param("patch_manager", PLACE, ["P4"], id="of the grid above the area"),
        pytest.param("patch_manager", replace(PLACE, transformer_area=None, manager="P3"), ["P4"],
                     id="of the grid of the area's manager"),
        pytest.param("account_manager", PLACE, [], id="nobody has the role"),
        pytest.param("station_head", PLACE, ["P5"], id="station head"),
        pytest.param("station_head", replace(PLACE, station="S2"), [], id="a station without a head"),
        pytest.param("station_head", replace(PLACE, station=None), ["P5"], id="the station of the crew"),
        pytest.param("county_duty", PLACE, ["P6", "P7"], id="county"),
        pytest.param("county_duty", replace(PLACE, county=None), ["P6", "P7"], id="the county above the station"),
        pytest.param("city_duty", replace(PLACE, city=None), ["P8"], id="the city above the county"),
        pytest.param("city_duty", NOWHERE, ["P8"], id="the only city, for what has no place"),
        pytest.param("county_duty", NOWHERE, [], id="no county, nobody"),
    ],
)  # fmt: skip
def test_who_has_a_role(role: str, about: About, codes: list[str]) -> None:
    assert [p.code for p in DIRECTORY.who(role, about)] == codes


def test_the_duty_file_adds_people_and_overrides_single_fields() -> None:
    own = duty('[people.P5]\nsms = "9"\nlanguage = "en"\n[people.L]\nrole = "city_leader"\nunit = "X"\nphone = "1"\n')
    known = Directory.of(PEOPLE, UNITS, own.people)
    head = known.people["P5"]
    assert (head.role, head.unit, head.language, head.addresses["email"]) == (
        "station_head",
        "S1",
        "en",
        "p5@x.example",
    )
    assert head.addresses["sms"] == "9"
    assert [p.code for p in known.who("city_leader", PLACE)] == ["L"]


@pytest.mark.parametrize(
    ("about", "unit"),
    [
        pytest.param(PLACE, "C1", id="county"),
        pytest.param(replace(PLACE, county=None), "C1", id="the county above the station"),
        pytest.param(About(city="X"), "X", id="only the city is known"),
        pytest.param(About(station="S9"), "S9", id="a station nobody has placed"),
        pytest.param(NOWHERE, None, id="nowhere"),
    ],
)
def test_which_unit_answers(about: About, unit: str | None) -> None:
    assert DIRECTORY.answerable(about) == unit


def test_people_without_units_are_no_error() -> None:
    empty = Directory.of(PEOPLE.iloc[:0], UNITS.iloc[:0], {})
    assert empty.who("crew", PLACE) == ()
    ring = pd.DataFrame([("A", "county", "B"), ("B", "county", "A")], columns=["code", "kind", "parent"])
    assert len(list(Directory.of(PEOPLE, ring, {}).path("A"))) < 20


@pytest.mark.parametrize(
    ("route", "is_met"),
    [
        pytest.param({"category": ("complaint",)}, False, id="another category"),
        pytest.param({"category": ("complaint", "fault_report")}, True, id="its category"),
        pytest.param({"critical": True}, False, id="only critical ones"),
        pytest.param({"critical": False}, True, id="only those that are not"),
        pytest.param({"unit": ("X",)}, True, id="city"),
        pytest.param({"unit": ("S2",)}, False, id="another station"),
        pytest.param({"hours": "09:00-10:00"}, True, id="the hour begins at it"),
        pytest.param({"hours": "08:00-09:00"}, False, id="the hour has ended"),
        pytest.param({"hours": "20:00-09:01"}, True, id="over midnight"),
        pytest.param({"hours": "20:00-09:00"}, False, id="over midnight, ended"),
        pytest.param({"hours": "00:00-00:00"}, True, id="the whole day"),
        pytest.param({"days": "working"}, True, id="a Monday is a working day"),
        pytest.param({"days": "non_working"}, False, id="a Monday is no day off"),
        pytest.param({"rule": ("repair_due",), "level": ("red",)}, False, id="all conditions have to be met"),
    ],
)  # fmt: skip
def test_conditions_of_a_route(route: dict[str, Any], is_met: bool) -> None:
    town = site(duty("[addresses]\n"), Route(**route, to=("hook:here",)), FALLBACK)
    told = of_raise(transition(), None, town, NOW)
    assert addresses(told) == (["hook:here"] if is_met else ["mail:duty@x.example"])
    assert told.by_fallback is not is_met


@pytest.mark.parametrize(
    ("level", "routes", "to", "by_fallback"),
    [
        pytest.param("red", (RED, FALLBACK), ["mail:head@x.example", "hook:", "mail:p1@x.example"], False,
                     id="routes, then the first step"),
        pytest.param("orange", (RED, FALLBACK), ["mail:p1@x.example"], False, id="only the first step"),
        pytest.param("orange", (FALLBACK,), ["mail:duty@x.example", "mail:p1@x.example"], False,
                     id="where all goes one way, that way is no fallback"),
        pytest.param("red", (Route(level=("red",), to=("crew",)), FALLBACK), ["mail:p1@x.example"], False,
                     id="nobody is told twice"),
    ],
)  # fmt: skip
def test_who_is_told_of_a_raise(level: str, routes: tuple[Route, ...], to: list[str], by_fallback: bool) -> None:
    town = site(duty(), *routes)
    told = of_raise(transition(level=level), town.duty.policies["repair"], town, NOW)
    assert (addresses(told), told.by_fallback) == (to, by_fallback)


def test_an_alert_that_finds_nobody_goes_to_the_fallback_and_names_whom_it_missed() -> None:
    town = site(duty(), RED, FALLBACK)
    lost = transition(about=replace(PLACE, crew="S9B9", station="S9"))
    told = of_raise(lost, town.duty.policies["repair"], town, NOW)
    assert (addresses(told), told.by_fallback, told.missing) == (["mail:duty@x.example"], True, ("crew",))
    step = of_step(lost, ("station_head", "city_leader"), town, NOW)
    assert (step.by_fallback, step.missing) == (True, ("station_head", "city_leader"))


def test_without_a_fallback_it_is_stored_that_there_was_nobody() -> None:
    assert of_step(transition(), ("city_leader",), site(), NOW).quiet == NOBODY


def test_a_role_on_a_roster_is_whoever_is_on_shift() -> None:
    town = site(duty(POLICY + ROSTER))
    seen = [people(of_step(transition(), ("county_duty",), town, NOW + timedelta(days=n))) for n in range(3)]
    assert seen == [["P6"], ["P7"], ["P6"]]
    standing_in = {"roster": "night", "person": "P8", "starts_at": at(-5), "ends_at": at(5), "entered_at": at(-9)}
    town = site(duty(POLICY + ROSTER), overrides=[standing_in])
    assert people(of_step(transition(), ("county_duty",), town, NOW)) == ["P8"]
    elsewhere = replace(PLACE, county="C2", station="S9", crew="S9B1")
    assert of_step(transition(about=elsewhere), ("county_duty",), town, NOW).quiet == NOBODY


def test_exits_by_level_one_after_the_other_or_together() -> None:
    text = '[exits.orange]\nchannels = ["mail", "sms"]\n[exits.critical]\nchannels = ["sms", "mail"]\ntogether = true\n'
    town = site(duty(POLICY + text))
    (one,) = of_step(transition(), ("person:P5",), town, NOW).recipients
    assert (one.channel, one.address, one.exits) == ("mail", "p5@x.example", ("sms:1380000P5",))
    both = of_step(transition(level="red", critical=True), ("person:P5",), town, NOW)
    assert addresses(both) == ["sms:1380000P5", "mail:p5@x.example"]
    assert [r.exits for r in both.recipients] == [(), ()]


def test_a_person_without_an_address_on_the_exits_is_not_found() -> None:
    town = site(duty(POLICY + '[exits.orange]\nchannels = ["hook"]\n'))
    assert of_step(transition(), ("person:P5",), town, NOW).missing == ("person:P5",)
    own = site(duty(POLICY + '[exits.orange]\nchannels = ["hook"]\n[addresses]\nhook = "code"\n'))
    assert addresses(of_step(transition(), ("person:P5",), own, NOW)) == ["hook:P5"]


@pytest.mark.parametrize(
    ("when", "routes", "name"),
    [
        pytest.param(NOW, (), "repair", id="the rule's"),
        pytest.param(NOW, (Route(level=("orange",), policy="other"),), "other", id="a route's comes first"),
        pytest.param(NOW, (Route(level=("red",), policy="other"),), "repair", id="a route that is not met"),
        pytest.param(NOW, (Route(policy="other"),), "other", id="of all"),
    ],
)
def test_which_escalation_it_follows(when: datetime, routes: tuple[Route, ...], name: str) -> None:
    town = site(duty(POLICY + '[policies.other]\nsteps = [{ after_min = 0, to = ["crew"] }]\n'), *routes)
    found = policy_of(transition(), RULE, town, when)
    assert found is not None
    assert found.name == name


def test_a_rule_without_an_escalation_follows_none() -> None:
    assert policy_of(transition(rule="source_stale"), WATCH, site(), NOW) is None
