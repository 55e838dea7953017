from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from alerts.duty import Exits, Person
from alerts.duty_file import parse
from alerts.duty_place import DutyError
from alerts.load_duty import SHIPPED, faults, load, strangers
from alerts.people import Directory
from settings import Route, Settings, SettingsError
from settings_channels import Apprise
from tests.alerts.duty_town import CHANNELS, PEOPLE, POLICY, RULES, UNITS, duty

ROSTER = """
[rosters.night]
role = "county_duty"
unit = "C1"
people = ["P6", "P7"]
anchor = 2026-01-01
shifts = [{ start = "08:00", end = "20:00" }, { start = "20:00", end = "08:00" }]
"""
WINDOW = """
[[maintenance]]
name = "S1 rebuilt"
author = "Wang"
matches = { station = ["S1"] }
starts_at = 2026-03-01T22:00:00+08:00
ends_at = 2026-03-02T04:00:00+08:00
"""
PERSON = """
[people.L1]
role = "city_leader"
unit = "X"
phone = "1390000"
"""
GOOD = POLICY + ROSTER + WINDOW + PERSON


def faults_of(text: str) -> list[str]:
    with pytest.raises(DutyError) as caught:
        duty(text)
    return caught.value.faults


def settings(*routes: Route, channels: tuple[str, ...] = CHANNELS, file: Path | None = None) -> Settings:
    urls: dict[str, Any] = {name: Apprise(url=SecretStr("json://127.0.0.1:1/")) for name in channels}
    return Settings(sources={}, channels=urls, routes=routes, duty=file)


def test_what_is_written_is_what_is_read() -> None:
    read = duty(GOOD + '[exits.critical]\nchannels = ["sms", "mail"]\ntogether = true\n')
    assert read.policies["repair"].steps[0].to == ("crew",)
    assert (read.policies["repair"].steps[0].after, read.policies["repair"].steps[1].after) == (
        timedelta(0),
        timedelta(minutes=15),
    )
    assert read.policies["repair"].later[-1].deadline == timedelta(hours=24)
    night = read.rosters["night"]
    assert (night.groups, night.anchor, night.role, night.unit) == (
        (("P6",), ("P7",)),
        date(2026, 1, 1),
        "county_duty",
        "C1",
    )
    assert [(s.start, s.end) for s in night.shifts] == [(time(8), time(20)), (time(20), time(8))]
    assert read.people["L1"].address("sms", {}) == "1390000"
    assert read.exits["critical"] == Exits(("sms", "mail"), together=True)
    assert read.exits["orange"] == Exits(CHANNELS)
    (window,) = read.windows
    assert window.ends_at is not None
    assert window.ends_at.astimezone(UTC) == datetime(2026, 3, 1, 20, tzinfo=UTC)


def test_a_channel_takes_the_field_of_its_name_else_of_its_kind() -> None:
    person = {"phone": "1", "email": "a@x.example", "wecom": "li"}
    kinds = {"mail": "apprise", "text2": "sms_http", "letters": "smtp", "wecom": "wecom", "hook": "webhook"}
    read = parse('[addresses]\nhook = "code"\n', "duty.toml", kinds)
    one = Person("P1", addresses=person)
    found = {name: one.address(name, read.address_fields) for name in kinds}
    assert found == {"mail": "a@x.example", "text2": "1", "letters": "a@x.example", "wecom": "li", "hook": "P1"}


def test_a_roster_without_shifts_hands_over_once_a_day() -> None:
    (shift,) = duty('[rosters.r]\npeople = ["P1"]\nhandover = "07:30"\n').rosters["r"].shifts
    assert (shift.start, shift.end) == (time(7, 30), time(7, 30))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("[policy.repair]\n", "duty.toml:1: policy: unknown field; did you mean policies?", id="misspelt"),
        pytest.param("[policies.a]\nsteps = []\n", ":2: policies.a.steps: an escalation without steps; write",
                     id="policy without steps"),
        pytest.param("[policies.a]\n", ":1: policies.a.steps: an escalation without steps", id="no steps at all"),
        pytest.param("[policies.a]\nsteps = [{ after_min = 5 }]\n", ":2: policies.a.steps[0].to: a step to nobody",
                     id="step to nobody"),
        pytest.param('[policies.a]\nsteps = [{ to = ["crew"] }]\n', "after_min: is missing; write the minutes",
                     id="step without its time"),
        pytest.param(POLICY.replace('"crew"', '"crow"'), "nobody is called `crow`; did you mean crew?", id="role"),
        pytest.param(POLICY.replace('"crew"', '"roster:nigth"') + ROSTER, "no roster `nigth`; did you mean night?",
                     id="unknown roster"),
        pytest.param(POLICY.replace('"crew"', '"fax:1"'), ":3: policies.repair.steps[0].to: no channel `fax`",
                     id="unknown channel of a step"),
        pytest.param(POLICY.replace("after_min = 30", "after_min = 10"), "a later step does not come after the one",
                     id="steps fall"),
        pytest.param(POLICY.replace(", deadline_h = 24", ""), "a supervision order has a deadline; give both",
                     id="no deadline"),
        pytest.param(POLICY.replace("repeat_min = 10", "repeat_min = 0"), "repeat_min: 0 is no use here", id="repeat"),
        pytest.param(POLICY.replace("repeat_min", "repeat"), "steps[0].repeat: unknown field; did you mean",
                     id="unknown field of a step"),
        pytest.param(ROSTER.replace('end = "20:00"', 'end = "19:00"'),
                     ":7: rosters.night.shifts: nobody is on duty from 19:00 on a working day; let the shifts cover",
                     id="gap"),
        pytest.param(ROSTER.replace('end = "20:00"', 'end = "21:00"'), "two shifts run at once from 20:00",
                     id="overlap"),
        pytest.param(ROSTER.replace('start = "20:00", end = "08:00"', 'start = "20:00", end = "08:00", days="working"'),
                     "nobody is on duty from 20:00 on a day off", id="gap on days off"),
        pytest.param(ROSTER.replace('people = ["P6", "P7"]', ""), "rosters.night.people: nobody is on this roster",
                     id="empty roster"),
        pytest.param(ROSTER.replace("county_duty", "captain"), "no role `captain`; there are", id="role of roster"),
        pytest.param(ROSTER.replace('"08:00"', '"8"'), "shifts[0].start: '8' is no time of day; write it like",
                     id="time of day"),
        pytest.param(ROSTER.replace("anchor = 2026-01-01", 'anchor = "soon"'), ":6: rosters.night.anchor: 'soon' is no",
                     id="anchor"),
        pytest.param(WINDOW.replace("ends_at = 2026-03-02T04:00:00+08:00", ""), "ends_at: a window without end",
                     id="window without end"),
        pytest.param(WINDOW.replace("ends_at = 2026-03-02", "ends_at = 2026-02-02"), "it ends before it starts",
                     id="window ends first"),
        pytest.param(WINDOW.replace('{ station = ["S1"] }', "{}"), "matches: would keep every alert quiet",
                     id="window over everything"),
        pytest.param(WINDOW.replace("station =", "stotion ="), "matches: alerts have no `stot", id="window's field"),
        pytest.param('[[maintenance]]\nname = "a"\nauthor = "b"\nmatches = { station = ["S1"] }\nweekly = "sunday"\n',
                     "maintenance[0].hours: a window without end", id="weekly without hours"),
        pytest.param(PERSON.replace('phone = "1390000"', ""), ":2: people.L1: no address for orange: mail, sms, hook",
                     id="person without any address"),
        pytest.param(PERSON + '[exits.red]\nchannels = ["mail"]\n', "people.L1: no address for red: mail; give phone",
                     id="person without an address for one level"),
        pytest.param('[exits.red]\nchannels = ["fax"]\n', ":2: exits.red.channels: no channel `fax`; add",
                     id="unknown channel"),
        pytest.param("[exits.blue]\n", "exits.blue: unknown field", id="exits of no level"),
        pytest.param('quiet_hours = "22-7"\n', ":1: quiet_hours: '22-7' are no hours; write", id="quiet hours"),
        pytest.param('[addresses]\nfax = "phone"\n', "addresses.fax: no channel `fax`", id="address of no channel"),
        pytest.param("[people.A]\nphone = 3\n", "people.A.phone: 3 is no text; write it in quotes", id="number"),
        pytest.param("people = 3\n", "duty.toml:1: people: is no table", id="no table"),
        pytest.param("[people\n", "duty.toml: is not TOML", id="broken TOML"),
    ],
)  # fmt: skip
def test_a_bad_duty_file_is_refused_with_line_and_cure(text: str, said: str) -> None:
    assert any(said in fault for fault in faults_of(text)), faults_of(text)


def test_all_faults_are_told_at_once() -> None:
    assert len(faults_of("[policies.a]\n[policies.b]\nsteps = 3\n[exits.blue]\n")) == 3


def test_the_shipped_file_has_the_escalations_that_the_shipped_rules_name() -> None:
    assert faults(settings(), load(settings()), RULES) == []
    ladder = [step.to for step in load(settings()).policies["repair"].steps]
    assert ladder[:3] == [("crew",), ("station_head",), ("county_duty",)]
    assert "city_leader" in ladder[3]
    assert load(settings()).policies["repair"].steps[4].deadline is not None


def test_the_shipped_file_fits_a_site_with_any_channels() -> None:
    assert load(settings(channels=("dingtalk",))).exits["red"].channels == ("dingtalk",)


def test_a_site_s_own_file_is_read_and_its_faults_are_setting_faults(tmp_path: Path) -> None:
    file = tmp_path / "duty.toml"
    file.write_text(SHIPPED.read_text("utf-8").replace("after_min = 15,", "after_min = 12,"), "utf-8")
    assert load(settings(file=file)).policies["repair"].steps[1].after == timedelta(minutes=12)
    file.write_text(SHIPPED.read_text("utf-8").replace('"station_head"', '"nobody"'), "utf-8")
    with pytest.raises(SettingsError, match=rf"{file}:\d+: policies.repair.steps\[1\].to: nobody is called `nobody`"):
        load(settings(file=file))
    with pytest.raises(SettingsError, match="cannot be read"):
        load(settings(file=tmp_path / "none.toml"))


@pytest.mark.parametrize(
    ("route", "said"),
    [
        pytest.param(Route(policy="repare"), "routes[0].policy: no escalation `repare`; did you mean repair?",
                     id="policy"),
        pytest.param(Route(to=("roster:x",)), "routes[0].to: no roster `x`; add [rosters.x]", id="roster"),
        pytest.param(Route(to=("fax:1",)), "routes[0].to: no channel `fax`", id="channel"),
    ],
)  # fmt: skip
def test_a_route_to_what_the_duty_file_does_not_know_is_refused(route: Route, said: str) -> None:
    found = faults(settings(route), load(settings()), RULES)
    assert len(found) == 1
    assert said in found[0]


def test_a_rule_whose_escalation_is_not_there_is_told() -> None:
    found = faults(settings(), duty("[rosters.r]\npeople = ['P1']\n"), RULES)
    assert any("rule repair_due.policy: no escalation `repair`; add [policies.repair]" in fault for fault in found)


def test_people_nobody_knows_are_told_once_the_sources_are_read() -> None:
    own = duty(GOOD.replace('"P6", "P7"', '"P6", "P99"').replace('["station_head"]', '["person:P98"]'))
    told = strangers(own, Directory.of(PEOPLE, UNITS, own.people))
    assert [line.partition(";")[0] for line in told] == [
        "rosters.night: nobody has the code `P99`",
        "policies.repair: nobody has the code `P98`",
    ]
