from datetime import date
from pathlib import Path

import pytest

from kpis.limits import Limit, LimitFaults, of_clock, parse
from kpis.limits_file import CODES, LINES, load
from settings import SettingsError

GOOD = """[[limit]]
clock = "arrival"
category = "fault_report"
area_class = "urban"
minutes = 45
line = "promise"
valid_from = 2005-04-08
source = "a rule"
"""


MINUTE = 60_000_000


def read(text: str, profile: str = "state_grid") -> tuple[Limit, ...]:
    return parse(text, "f", CODES, LINES, profile)


def by_area(clock: str, line: str = "promise", profile: str = "state_grid") -> dict[str, int]:
    found = [x for x in load(profile=profile) if x.clock == clock and x.line == line]
    return {area: x.amount // MINUTE for x in found for area in dict(x.where)["area_class"]}


def test_the_shipped_repair_limits_are_the_promises() -> None:
    assert by_area("arrival") == {"urban": 45, "rural": 90, "remote": 120}
    assert by_area("arrival", "regulatory") == {"urban": 60, "rural": 120, "remote": 240}
    assert by_area("restoration") == {"urban": 180, "rural": 240, "remote": 240}
    assert by_area("restoration", profile="china_southern") == {"urban": 240, "rural": 300, "remote": 300}


def test_a_complaint_has_a_contact_in_hours_and_an_answer_in_working_days() -> None:
    mine = {(x.clock, x.line): (x.kind, x.amount) for x in load() if "complaint" in dict(x.where)["category"]}
    assert mine["contact", "promise"] == ("elapsed", 24 * 60 * MINUTE)
    assert mine["answer", "promise"] == ("working_days", 5)
    assert mine["answer", "internal"] == ("working_days", 4)


def test_each_limit_names_its_rule() -> None:
    assert all(x.source for x in load())
    assert [dict(x.where)["area_class"] for x in load() if x.confirm and x.clock == "restoration"] == [{"remote"}]


FAULTS = [
    pytest.param("minutes = 45", "minutes = 0", "f:5: limit: minutes: `0` is not", id="no time at all"),
    pytest.param("minutes = 45", 'minutes = "45"', "f:5: limit: minutes: `45` is not", id="minutes in quotes"),
    pytest.param("minutes = 45", "minutes = true", "f:5: limit: minutes: `True` is not", id="a flag is not a number"),
    pytest.param('"urban"', '"urbn"', "f:4: limit: area_class: `urbn`", id="misspelt area class names the nearest"),
    pytest.param('"urban"', '"urbn"', "did you mean urban?", id="misspelt area class has a cure"),
    pytest.param('"arrival"', '"landing"', "f:2: limit: clock: `landing`", id="unknown clock"),
    pytest.param(
        "minutes = 45\n", "", "f:1: limit: minutes: is missing; add one of", id="missing key stands at its entry"
    ),
    pytest.param("minutes", "minute", "f:5: limit: minute: unknown; did you mean minutes?", id="misspelt key"),
    pytest.param("2005-04-08", '"2005-04-08"', "f:7: limit: valid_from:", id="day in quotes"),
    pytest.param("2005-04-08", "2005-04-08T10:00:00Z", "f:7: limit: valid_from:", id="a moment is not a day"),
    pytest.param('"a rule"', '" "', "f:8: limit: source: is empty", id="a limit without a rule behind it"),
    pytest.param("[[limit]]", "[[limits]]", "f:1: limits: unknown", id="misspelt table"),
    pytest.param('line = "promise"', "line = promise", "f: is not TOML", id="not TOML: the parser names the line"),
    pytest.param(GOOD, GOOD + GOOD, "f:9: limit: the same as in line 1", id="the same limit twice"),
    pytest.param(GOOD, "", "f:1: there is no limit in it", id="an empty file"),
    pytest.param(
        '"promise"', '"regulatory"\nworking_days = 2', "f:7: limit: working_days: stands beside", id="two amounts"
    ),
    pytest.param(
        "minutes = 45", "minutes = { urban = 45, rurl = 90 }", "did you mean rural?", id="misspelt area in amounts"
    ),
    pytest.param(
        '"arrival"', '"dispatch"', "f:6: limit: line: `promise` is none of internal", id="a line the clock has not"
    ),
    pytest.param(
        '"fault_report"', '["fault_report", "complain"]', "did you mean complaint?", id="one of several misspelt"
    ),
    pytest.param('"a rule"', '"a rule"\nprofile = "state"', "f:9: limit: profile: `state`", id="unknown profile"),
    pytest.param('"a rule"', '"a rule"\npauses = "some"', "f:9: limit: pauses: `some`", id="unknown pauses"),
    pytest.param('"a rule"', '"a rule"\nconfirm = "yes"', "f:9: limit: confirm: `yes`", id="a word for a flag"),
]


@pytest.mark.parametrize(("good", "bad", "message"), FAULTS)
def test_a_fault_names_line_and_cure(good: str, bad: str, message: str) -> None:
    with pytest.raises(LimitFaults) as caught:
        read(GOOD.replace(good, bad))
    assert message in str(caught.value)
    assert ";" in caught.value.faults[0]


def test_all_faults_are_told_at_once() -> None:
    text = GOOD.replace("45", "0").replace('"urban"', '"town"') + GOOD.replace("arrival", "landing")
    with pytest.raises(LimitFaults) as caught:
        read(text)
    assert [fault.split(":")[1] for fault in caught.value.faults] == ["4", "5", "10"]


def test_a_file_that_is_not_there_is_a_fault_of_the_settings(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"none\.toml: cannot be read .*; mend `limits`"):
        load(tmp_path / "none.toml")


def test_a_faulty_file_is_named_with_its_path(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(GOOD.replace("45", "0"), encoding="utf-8")
    with pytest.raises(SettingsError, match=rf"{file}:5: limit: minutes"):
        load(file)


def test_more_conditions_rank_higher_then_the_later_day() -> None:
    later = GOOD.replace("2005-04-08", "2030-01-01").replace("45", "40")
    general = GOOD.replace('area_class = "urban"\n', "").replace("45", "50").replace("2005-04-08", "2040-01-01")
    internal = GOOD.replace("promise", "internal").replace("45", "30")
    found = of_clock(read(later + internal + GOOD + general), "arrival", "promise")
    assert [(x.amount // MINUTE, x.valid_from) for x in found] == [
        (50, date(2040, 1, 1)),
        (45, date(2005, 4, 8)),
        (40, date(2030, 1, 1)),
    ]
    assert of_clock(found, "restoration", "promise") == ()


def test_an_entry_of_another_profile_is_checked_and_left_out() -> None:
    other = GOOD.replace("minutes = 45", 'minutes = 30\nprofile = "china_southern"')
    assert [x.amount // MINUTE for x in read(GOOD + other)] == [45]
    assert sorted(x.amount // MINUTE for x in read(GOOD + other, "china_southern")) == [30, 45]


def test_reasons_that_stop_a_clock() -> None:
    said = {text: read(GOOD + text)[0].pauses for text in ("", 'pauses = "none"\n', 'pauses = ["weather"]\n')}
    assert list(said.values()) == [None, frozenset(), {"weather"}]
