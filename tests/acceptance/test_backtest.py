"""The back-test against the city's own verdicts, and as the command line gives it: fourteen days through the whole
path."""

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest

import backtesting
from alerts import backtest, kinds
from alerts.kinds.outages import UNTIL
from alerts.load import load as load_rules
from alerts.rules import CONDITIONS
from alerts.seen import World, micros
from bench import alerts_truth, nodes
from kpis import past, past_outages, watched, world
from kpis.open_rows import open_rows
from kpis.order_clocks import CLOCKS
from settings import load
from simulator.city import City
from store.facts.db import Facts
from store.ledger.ledger import open_ledger
from store.scope import Scope

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


class Desk:
    """What a question is answered from."""

    def __init__(self, facts: Facts) -> None:
        self.settings, self.facts, self.ledger = load(CONFIG), facts, open_ledger("sqlite:///:memory:")

    def now(self) -> datetime:
        return NOW


@pytest.fixture
def desk(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    with Facts(folder / "var/demo/facts.duckdb", "Asia/Shanghai") as facts:
        made = Desk(facts)
        yield made
        made.ledger.close()


def asked(desk: Desk, days: float, **arguments: Any) -> dict[str, Any]:
    span = {"start": (NOW - timedelta(days=days)).isoformat(), "end": NOW.isoformat()}
    return backtesting.answer(desk, Scope.everything("test"), span | arguments)


def test_clocks_and_events_are_told_as_the_city_judges_them(folder: Path, desk: Desk) -> None:
    with City(folder / "var" / "demo", SEED) as city:
        since = city.first_day()
    assert since is not None
    expected = alerts_truth.expected(SEED, NOW, since)
    told = alerts_truth.told(desk, NOW - timedelta(days=20), NOW)
    assert sorted(expected - told) == [], "missed"
    assert sorted(told - expected) == [], "extra"
    by_rule = Counter(rule for rule, _, _ in told)
    assert by_rule["repair_due"] > 100 and by_rule["third_call"] > 30 and by_rule["demand_escalated"] > 50
    assert by_rule["estimate_expired"] > 5 and by_rule["notice_late"] > 2 and by_rule["plan_not_restored"] > 2


UTC_BEGAN: Final = datetime(1970, 1, 1, tzinfo=UTC)
MOMENTS: Final = (NOW - timedelta(days=9, hours=4), NOW - timedelta(days=3, minutes=17), NOW - timedelta(hours=2), NOW)


@pytest.mark.parametrize("at", MOMENTS, ids=lambda at: at.isoformat())
def test_the_clocks_of_the_past_are_those_that_a_tick_would_have_seen(desk: Desk, at: datetime) -> None:
    """The tick's own question at a moment, and the spans that hold it: no clock more, none less."""
    names = tuple(clock.key for clock in CLOCKS)
    with desk.facts.read(Scope.everything("test")) as reader:
        seen = world.running_clocks(open_rows(reader, watched.open_orders(names), at), names)
        spans = past.clocks(reader, names, (), NOW - timedelta(days=20), NOW)
    seen = seen.assign(subject=seen["source"] + ":" + seen["source_key"])
    stood = spans[(spans["begin_at"] <= at) & (spans["end_at"].isna() | (spans["end_at"] > at))]
    columns = ["subject", "clock", "start_at", "due_at", "critical", "station"]
    told = {tuple(row) for row in stood[columns].astype(str).to_numpy()}
    assert told == {tuple(row) for row in seen[columns].astype(str).to_numpy()}
    assert len(told) > 40


@pytest.mark.parametrize("condition", [c for c in CONDITIONS if c != "estimate_expired"])  # the facts keep the last one
def test_the_outages_of_the_past_are_those_that_a_tick_would_have_seen(desk: Desk, condition: str) -> None:
    rule = next(r for r in load_rules(None).values() if r.on.get("condition") == condition)
    with desk.facts.read(Scope.everything("test")) as reader:
        rows = past_outages.outages(reader, NOW - timedelta(days=20), NOW)
        spans = backtest.spans(rule, {"outages": past_outages.standing(rows, UNTIL[condition], NOW)}, NOW)
        since = backtest.reached(rule, spans)[:, 0]
        until = micros(spans["end_at"].fillna(NOW))
        held = np.flatnonzero(since < until)
        amid = [
            UTC_BEGAN + timedelta(microseconds=int(since[i] + until[i]) // 2) for i in held[:: max(len(held) // 3, 1)]
        ]
        told = 0
        for at in (*MOMENTS, *amid):
            frame = reader.frame(watched.watched_outages(reader), at)
            frame = frame.assign(customers_now=frame["customers_out"], critical=False)
            seen = kinds.look(rule, World(at, {"outages": frame}))
            stood = spans[(since <= micros([at])[0]) & (spans["end_at"].isna() | (spans["end_at"] > at))]
            assert seen is not None
            live = seen.frame[["subject", "start_at"]] if len(seen.frame) else stood.iloc[:0]
            assert set(zip(stood["subject"], stood["start_at"], strict=True)) == set(
                zip(live["subject"], live["start_at"], strict=True)
            )
            told += len(stood)
    assert told >= len(amid) and (amid or condition in ("not_started", "not_restored"))  # rare: not in each fortnight


def test_a_changed_limit_stands_beside_the_rule(desk: Desk) -> None:
    told = asked(desk, 7, rule="repair_due", set=["from_percent=60@orange"])
    now, then = told["as_it_is"], told["changed"]
    assert (now["levels"][0], then["levels"][0]) == ("orange from_percent 90", "orange from_percent 60")
    assert then["raises"] > now["raises"] > 50
    assert now["overruns"]["n"] == then["overruns"]["n"] > 20
    assert then["overruns"]["late"] < now["overruns"]["late"]
    assert told["difference"]["only_as_it_is"] == 0 < told["difference"]["only_changed"]
    assert sum(day["orange"] + day["red"] for day in now["by_day"]) == now["raises"]
    assert sum(unit["raises"] for unit in now["units"]) == now["raises"]
    assert told["told"][0]["after_min"] == 0 and told["told"][0]["to"]
    json.dumps(told)


def test_the_table_is_for_people(folder: Path) -> None:
    span = ("--from", (NOW - timedelta(days=2)).isoformat(), "--to", NOW.isoformat(), "--rule", "repair_due")
    done = ran(folder, "backtest", *span, "--set", "over_percent=110@red")
    assert done.returncode == 0, done.stderr
    assert "as_it_is" in done.stdout and "changed" in done.stdout and "overruns warned" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        pytest.param({"rule": "tick_late"}, "the facts do not keep the node's own measures", id="no past"),
        pytest.param({"rule": "repair"}, "no rule repair; there are repair_due", id="no such rule"),
        pytest.param({"rule": "repair_due", "set": ["x"]}, "--set x: is no change", id="no change"),
        pytest.param({"rule": "repair_due", "end": "2026-11-01T00:00:00+00:00"}, "ends before it begins", id="turned"),
        pytest.param({"rule": "repair_due", "start": "2020-11-01T00:00:00+00:00"}, "too many", id="years"),
    ],
)
def test_what_can_not_be_answered_is_said(desk: Desk, arguments: dict[str, Any], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        asked(desk, 2, **arguments)


def test_a_rule_against_a_target_is_replayed_hour_by_hour(desk: Desk) -> None:
    told = asked(desk, 1, rule="arrival_below_target", set=["least_n=5"])
    assert told["changed"]["raises"] >= told["as_it_is"]["raises"]
    assert "full hour" in told["notes"][0]


def test_alarm_health_by_the_command(folder: Path) -> None:
    done = ran(folder, "alerts", "health", "--format", "json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["rate"]["guideline"] == 1.0
