from datetime import date
from pathlib import Path

import pytest

from kpis.limits import LimitFaults, parse, promised
from kpis.limits_file import CODES, load
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


def test_the_shipped_limits_are_the_promise() -> None:
    shipped = {(x.clock, x.area_class): x.minutes for x in load() if x.line == "promise"}
    assert shipped == {
        ("arrival", "urban"): 45,
        ("arrival", "rural"): 90,
        ("arrival", "remote"): 120,
        ("restoration", "urban"): 180,
        ("restoration", "rural"): 240,
        ("restoration", "remote"): 240,
    }


def test_only_the_number_that_no_rule_names_waits_for_confirmation() -> None:
    assert [(x.clock, x.area_class) for x in load() if x.confirm] == [("restoration", "remote")]
    assert all(x.source for x in load())


FAULTS = [
    pytest.param("minutes = 45", "minutes = 0", "f:5: limit: minutes: `0` is not", id="no time at all"),
    pytest.param("minutes = 45", 'minutes = "45"', "f:5: limit: minutes: `45` is not", id="minutes in quotes"),
    pytest.param("minutes = 45", "minutes = true", "f:5: limit: minutes: `True` is not", id="a flag is not a number"),
    pytest.param('"urban"', '"urbn"', "f:4: limit: area_class: `urbn`", id="misspelt area class names the nearest"),
    pytest.param('"urban"', '"urbn"', "did you mean urban?", id="misspelt area class has a cure"),
    pytest.param('"arrival"', '"landing"', "f:2: limit: clock: `landing`", id="unknown clock"),
    pytest.param("minutes = 45\n", "", "f:1: limit: minutes: is missing; add it", id="missing key stands at its entry"),
    pytest.param("minutes", "minute", "f:5: limit: minute: unknown; did you mean minutes?", id="misspelt key"),
    pytest.param("2005-04-08", '"2005-04-08"', "f:7: limit: valid_from:", id="day in quotes"),
    pytest.param("2005-04-08", "2005-04-08T10:00:00Z", "f:7: limit: valid_from:", id="a moment is not a day"),
    pytest.param('"a rule"', '" "', "f:8: limit: source: is empty", id="a limit without a rule behind it"),
    pytest.param("[[limit]]", "[[limits]]", "f:1: limits: unknown", id="misspelt table"),
    pytest.param('line = "promise"', "line = promise", "f: is not TOML", id="not TOML: the parser names the line"),
    pytest.param(GOOD, GOOD + GOOD, "f:9: limit: the same as in line 1", id="the same limit twice"),
    pytest.param(GOOD, "", "f:1: there is no limit in it", id="an empty file"),
    pytest.param('"a rule"', '"a rule"\nconfirm = "yes"', "f:9: limit: confirm: `yes`", id="a word for a flag"),
]


@pytest.mark.parametrize(("good", "bad", "message"), FAULTS)
def test_a_fault_names_line_and_cure(good: str, bad: str, message: str) -> None:
    with pytest.raises(LimitFaults) as caught:
        parse(GOOD.replace(good, bad), "f", CODES)
    assert message in str(caught.value)
    assert ";" in caught.value.faults[0]


def test_all_faults_are_told_at_once() -> None:
    text = GOOD.replace("45", "0").replace('"urban"', '"town"') + GOOD.replace("arrival", "landing")
    with pytest.raises(LimitFaults) as caught:
        parse(text, "f", CODES)
    assert [fault.split(":")[1] for fault in caught.value.faults] == ["4", "5", "10"]


def test_a_file_that_is_not_there_is_a_fault_of_the_settings(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"none\.toml: cannot be read .*; mend `limits`"):
        load(tmp_path / "none.toml")


def test_a_faulty_file_is_named_with_its_path(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(GOOD.replace("45", "0"), encoding="utf-8")
    with pytest.raises(SettingsError, match=rf"{file}:5: limit: minutes"):
        load(file)


def test_the_promise_comes_earliest_first_and_without_other_lines() -> None:
    later = GOOD.replace("2005-04-08", "2030-01-01").replace("45", "40")
    internal = GOOD.replace("promise", "internal").replace("45", "30")
    found = promised(parse(later + internal + GOOD, "f", CODES), "arrival")
    assert [(x.minutes, x.valid_from) for x in found] == [(45, date(2005, 4, 8)), (40, date(2030, 1, 1))]
    assert promised(found, "restoration") == ()
