"""The back-test against the city's own verdicts, and as the command line gives it: fourteen days through the whole
path."""

import json
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pytest

from bench import alerts_truth, nodes
from settings import load
from simulator.city import City
from store.facts.db import Facts
from store.ledger.ledger import open_ledger

NOW: Final = datetime(2026, 11, 20, 6, 32, tzinfo=UTC)
SEED: Final = 5
ENVIRONMENT: Final = {"LIGHTKEEPER_DEMO_SMTP": "1", "LIGHTKEEPER_DEMO_HTTP": "1"}
CONFIG: Final = nodes.HERE / "simulator" / "lightkeeper.toml"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("backtest")
    with City(made / "var" / "demo", SEED) as city:
        city.prepare(NOW, days=14)
    done = ran(made, "collect", "--once")
    assert done.returncode == 0, done.stderr
    return made


def ran(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, str(nodes.HERE / "app.py"), *arguments, "--config", str(CONFIG)],
        cwd=folder,
        env=nodes.environment(ENVIRONMENT),
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def backtest(folder: Path, *arguments: str) -> Any:
    asked = ("--from", (NOW - timedelta(days=7)).isoformat(), "--to", NOW.isoformat(), "--format", "json")
    done = ran(folder, "backtest", *asked, *arguments)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


class Desk:
    def __init__(self, folder: Path, facts: Facts) -> None:
        self.settings, self.facts, self.ledger = load(CONFIG), facts, open_ledger("sqlite:///:memory:")

    def now(self) -> datetime:
        return NOW


def test_clocks_and_events_are_told_as_the_city_judges_them(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    with City(folder / "var" / "demo", SEED) as city:
        since = city.first_day()
    assert since is not None
    expected = alerts_truth.expected(SEED, NOW, since)
    with Facts(folder / "var/demo/facts.duckdb", "Asia/Shanghai") as facts:
        desk = Desk(folder, facts)
        told = alerts_truth.told(desk, NOW - timedelta(days=20), NOW)
        desk.ledger.close()
    assert sorted(expected - told) == [], "missed"
    assert sorted(told - expected) == [], "extra"
    by_rule = Counter(rule for rule, _, _ in told)
    assert by_rule["repair_due"] > 100 and by_rule["third_call"] > 30 and by_rule["demand_escalated"] > 50
    assert by_rule["estimate_expired"] > 5 and by_rule["notice_late"] > 2 and by_rule["plan_not_restored"] > 2


def test_the_command_sets_a_changed_limit_beside_the_rule(folder: Path) -> None:
    told = backtest(folder, "--rule", "repair_due", "--set", "from_percent=60@orange")
    now, then = told["as_it_is"], told["changed"]
    assert (now["levels"][0], then["levels"][0]) == ("orange from_percent 90", "orange from_percent 60")
    assert then["raises"] > now["raises"] > 50
    assert now["overruns"]["n"] == then["overruns"]["n"] > 20
    assert then["overruns"]["late"] < now["overruns"]["late"]
    assert told["difference"]["only_as_it_is"] == 0 < told["difference"]["only_changed"]
    assert sum(day["orange"] + day["red"] for day in now["by_day"]) == now["raises"]
    assert sum(unit["raises"] for unit in now["units"]) == now["raises"]
    assert told["told"][0] == {"after_min": 0, "to": ["crew"]}


def test_the_table_is_for_people(folder: Path) -> None:
    asked = ("--from", (NOW - timedelta(days=2)).isoformat(), "--to", NOW.isoformat(), "--rule", "repair_due")
    done = ran(folder, "backtest", *asked, "--set", "over_percent=110@red")
    assert done.returncode == 0, done.stderr
    assert "as_it_is" in done.stdout and "changed" in done.stdout and "overruns warned" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        pytest.param(("--rule", "tick_late"), "the facts do not keep the node's own measures", id="no past"),
        pytest.param(("--rule", "repair"), "no rule repair; there are repair_due", id="no such rule"),
        pytest.param(("--rule", "repair_due", "--set", "x"), "--set x: is no change", id="no change"),
    ],
)
def test_what_can_not_be_answered_is_said(folder: Path, arguments: tuple[str, ...], why: str) -> None:
    asked = ("--from", (NOW - timedelta(days=2)).isoformat(), "--to", NOW.isoformat())
    done = ran(folder, "backtest", *asked, *arguments)
    assert (done.returncode, done.stdout) == (1, "")
    assert why in done.stderr


def test_a_rule_against_a_target_is_replayed_hour_by_hour(folder: Path) -> None:
    asked = ("--from", (NOW - timedelta(hours=30)).isoformat(), "--to", NOW.isoformat(), "--format", "json")
    done = ran(folder, "backtest", *asked, "--rule", "arrival_below_target", "--set", "least_n=5")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["changed"]["raises"] >= told["as_it_is"]["raises"]
    assert "full hour" in told["notes"][0]


def test_alarm_health_by_the_command(folder: Path) -> None:
    done = ran(folder, "alerts", "health", "--format", "json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["rate"]["guideline"] == 1.0
    assert "alerts per person in 10 min" in ran(folder, "alerts", "health").stdout
