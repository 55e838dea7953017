from pathlib import Path

import pytest

from alerts.load import SHIPPED, load
from alerts.rules_file import RulesError, parse
from settings import SettingsError

GOOD = """[[rule]]
key = "repair_due"
version = 1
watches = "order_clock"
what = "late"
owner = "duty"
action = "call"
runbook = "repair_due"
levels = [{ level = "orange", from_percent = 90 }, { level = "red", over_percent = 100 }]
on = { clocks = ["arrival"] }
"""

FIGURE = """[[rule]]
key = "arrival_low"
version = 1
watches = "kpi"
on = { kpi = "arrival_on_time_rate", per = "county", least_n = 20 }
what = "low"
owner = "manager"
action = "look"
runbook = "arrival_low"
hold_s = 600
levels = [{ level = "orange", above = 2, clear = -1 }]
"""


def faults_of(text: str) -> list[str]:
    with pytest.raises(RulesError) as caught:
        parse(text, "rules.toml")
    return caught.value.faults


def without(key: str) -> str:
    return "".join(line for line in GOOD.splitlines(True) if not line.startswith(key))


def test_shipped_rules_have_their_runbook_heading_in_both_languages() -> None:
    runbook = (Path(__file__).parents[2] / "docs" / "runbook.md").read_text(encoding="utf-8")
    sections = {part.splitlines()[0].strip(): part for part in runbook.split("\n## ")[1:]}
    for rule in load(None).values():
        assert rule.runbook in sections
        assert "What to do." in sections[rule.runbook]
        assert "处置。" in sections[rule.runbook]


def test_shipped_levels_are_those_of_the_design() -> None:
    orange, red, *_ = load(None)["repair_due"].levels
    assert (orange.level, orange.from_percent, red.level, red.over_percent) == ("orange", 90, "red", 100)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param(without("owner"), ":1: rule repair_due.owner: is missing; say who must act", id="no owner"),
        pytest.param(without("action"), ":1: rule repair_due.action: is missing", id="no action"),
        pytest.param(GOOD.replace('"call"', '"  "'), ":7: rule repair_due.action: '  ' is no use", id="blank action"),
        pytest.param(
            GOOD.replace("owner =", "ovner ="),
            ":6: rule repair_due.ovner: unknown field; did you mean owner",
            id="misspelt",
        ),
        pytest.param(GOOD.replace("order_clock", "moon"), ":4: rule repair_due.watches: 'moon' is", id="watches"),
        pytest.param(GOOD.replace("version = 1", "version = true"), ":3: rule repair_due.version", id="version"),
        pytest.param(GOOD.replace('"orange"', '"blue"'), ":9: rule repair_due.levels: {'level': 'blue'", id="blue"),
        pytest.param(
            GOOD.replace(", from_percent = 90", ""),
            ":9: rule repair_due.levels: orange: needs one limit; give",
            id="no limit",
        ),
        pytest.param(GOOD.replace("90", "0"), ":9: rule repair_due.levels: orange: 0 is no limit", id="zero share"),
        pytest.param(GOOD.replace("90", "120"), "does not start after the one before it; let", id="limits fall"),
        pytest.param(
            GOOD.replace('90 }, { level = "red", over_percent = 100', '90 }, { level = "red", from_percent = 90'),
            "does not start after the one before it",
            id="two rungs at once",
        ),
        pytest.param(
            GOOD.replace("orange", "RED").replace('"red"', '"orange"').replace("RED", "red"),
            "red before orange",
            id="levels fall",
        ),
        pytest.param(
            GOOD + "hold_s = 5\n", ":11: rule repair_due.hold_s: what it watches is told at once", id="held clock"
        ),
        pytest.param(
            GOOD.replace("order_clock", "source"),
            "orange: from_percent means nothing here; remove it: it is bad",
            id="share of a source",
        ),
        pytest.param(
            GOOD.replace('clocks = ["arrival"]', ""),
            ":10: rule repair_due.on: clocks is missing; add it",
            id="no clocks",
        ),
        pytest.param(
            GOOD.replace('"arrival"', '"arival"'),
            ":10: rule repair_due.on: clocks: arival is not known; there are",
            id="unknown clock",
        ),
        pytest.param(
            GOOD.replace("clocks =", "cloks ="), "on: unknown cloks; did you mean clocks?", id="unknown option"
        ),
        pytest.param(
            GOOD.replace('["arrival"]', '"arrival"'),
            "on: clocks = 'arrival' is no use here; write a list",
            id="no list",
        ),
        pytest.param(GOOD + GOOD, ":12: rule repair_due.key: this key is used twice", id="key twice"),
        pytest.param(
            FIGURE.replace("clear = -1", "clear = 3"),
            "it would end where it is raised; let clear be less bad",
            id="no hysteresis",
        ),
        pytest.param(
            FIGURE.replace('per = "county"', 'per = "crew"'),
            "on: per: crew is not known; there are site, county",
            id="unknown grain",
        ),
        pytest.param(
            FIGURE.replace("hold_s = 600", "hold_s = -1"), "hold_s: -1 is no use here; write seconds", id="hold"
        ),
        pytest.param(GOOD.replace('"duty"', '"duty'), "rules.toml: is not TOML", id="broken TOML"),
        pytest.param("", "has no rule; write at least one", id="empty"),
        pytest.param("rule = [1]", "has no rule; write at least one", id="not tables"),
        pytest.param("limit = 3\n" + GOOD, "rules.toml:1: limit: unknown; only [[rule]]", id="stray key"),
    ],
)
def test_a_bad_rule_is_refused_with_line_and_cure(text: str, said: str) -> None:
    assert any(said in fault for fault in faults_of(text)), faults_of(text)


def test_all_faults_are_told_at_once() -> None:
    second = GOOD.replace("repair_due", "other").replace('"call"', "7")
    assert len(faults_of(without("owner") + second)) == 2


def test_a_site_s_own_file_is_read_and_its_faults_are_setting_faults(tmp_path: Path) -> None:
    file = tmp_path / "own.toml"
    file.write_text(SHIPPED.read_text(encoding="utf-8").replace("from_percent = 90", "from_percent = 80"), "utf-8")
    assert load(file)["repair_due"].levels[0].from_percent == 80
    with pytest.raises(SettingsError, match="cannot be read"):
        load(tmp_path / "none.toml")
    file.write_text(without("owner"), "utf-8")
    with pytest.raises(SettingsError, match=r"own\.toml:1: rule repair_due\.owner"):
        load(file)
