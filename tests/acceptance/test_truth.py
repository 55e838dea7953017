"""The figures against the city's own verdicts, order by order: two weeks through the whole path to the KPIs."""

import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bench import nodes
from simulator import truth
from simulator.city import City

NOW = datetime(2026, 11, 20, 6, 32, tzinfo=UTC)
SEED = 5
NOT_OURS = {"客户内部故障", "非电力故障"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("truth")
    with City(made / "var" / "demo", SEED) as city:
        city.prepare(NOW, days=14)
    command(made, "collect", "--once")
    return made


def command(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        [
            sys.executable,
            str(nodes.HERE / "app.py"),
            *arguments,
            "--config",
            str(nodes.HERE / "simulator/lightkeeper.toml"),
        ],
        cwd=folder,
        env=nodes.environment({"LIGHTKEEPER_DEMO_SMTP": "1", "LIGHTKEEPER_DEMO_HTTP": "1"}),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def judged(folder: Path, key: str) -> dict[str, dict[str, Any]]:
    """Order number -> row of every order that the KPI counts, with `is_success`."""
    told = command(folder, "orders", "--kpi", key, "--limit", "100000", "--at", NOW.isoformat(), "--format", "json")
    return {row["order_no"]: row for row in json.loads(told)}


def verdicts(folder: Path) -> dict[str, truth.Verdict]:
    with City(folder / "var" / "demo", SEED) as city:
        since = city.first_day()
    assert since is not None
    return truth.truth_at(SEED, NOW, since)


def test_every_late_arrival_is_late_and_no_other(folder: Path) -> None:
    ours, theirs = judged(folder, "arrival_on_time_rate"), verdicts(folder)
    assert len(ours) > 2000
    late = {no for no, row in ours.items() if not row["is_success"]}
    assert late == {no for no, verdict in theirs.items() if verdict.arrival_late}
    assert late, "a fortnight without a late arrival proves nothing"


def test_every_late_restoration_is_late_and_no_other(folder: Path) -> None:
    ours, theirs = judged(folder, "restoration_on_time_rate"), verdicts(folder)
    late = {no for no, row in ours.items() if not row["is_success"]}
    left_out = set(theirs) - set(ours)  # the definition leaves out what is not the utility's to restore
    assert late == {no for no, verdict in theirs.items() if verdict.restoration_late} - left_out
    assert late, "a fortnight without a late restoration proves nothing"
    everything = json.loads(command(folder, "orders", "--limit", "100000", "--at", NOW.isoformat(), "--format", "json"))
    theirs_to_mend = {row["order_no"] for row in everything if row["subcategory_1"] in NOT_OURS}
    late_elsewhere = {no for no, verdict in theirs.items() if verdict.restoration_late and no in left_out}
    assert late_elsewhere <= theirs_to_mend


def test_every_repeat_is_found_and_no_other(folder: Path) -> None:
    with City(folder / "var" / "demo", SEED) as city:
        since = city.first_day()
    assert since is not None
    rows = judged(folder, "complaint_repeat_rate")
    assert {no for no, row in rows.items() if row["is_success"]} == set(truth.repeats_at(SEED, NOW, since))
