"""The rules for Prometheus: sound, tested by its own tool, and about metrics that a node really has."""

import re
import subprocess
from pathlib import Path
from typing import Final

import pytest

import telemetry

FOLDER: Final = Path(__file__).parent.parent.parent / "deploy" / "prometheus"
RULES: Final = (FOLDER / "lightkeeper.rules.yml").read_text(encoding="utf-8")


def promtool(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(["promtool", *arguments], cwd=FOLDER, capture_output=True, text=True, check=False, timeout=60)


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(("check", "rules", "lightkeeper.rules.yml"), id="the rules are sound"),
        pytest.param(("check", "config", "prometheus.yml"), id="the example can be started"),
        pytest.param(("test", "rules", "lightkeeper.rules.test.yml"), id="each rule tells what it should"),
    ],
)
def test_promtool_finds_nothing_wrong(arguments: tuple[str, ...]) -> None:
    done = promtool(*arguments)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_rule_that_is_wrong_is_found(tmp_path: Path) -> None:
    """So that the test above proves something: the same tests with a limit moved."""
    moved = RULES.replace("lightkeeper_disk_free_ratio < 0.10", "lightkeeper_disk_free_ratio < 0.50")
    (tmp_path / "lightkeeper.rules.yml").write_text(moved, encoding="utf-8")
    tests = (FOLDER / "lightkeeper.rules.test.yml").read_text(encoding="utf-8")
    (tmp_path / "tests.yml").write_text(tests, encoding="utf-8")
    assert promtool("test", "rules", str(tmp_path / "tests.yml")).returncode == 1


def test_every_metric_of_the_rules_is_one_of_ours() -> None:
    ours = {line.split()[2] for line in telemetry.exposition().decode().splitlines() if line.startswith("# TYPE")}
    named = set(re.findall(r"lightkeeper_[a-z_]+", RULES)) - {"lightkeeper_rules"}
    assert named, "the rules name no metric"
    assert {name.removesuffix("_total") for name in named} <= {name.removesuffix("_total") for name in ours}


def test_every_rule_says_what_to_do() -> None:
    alerts = RULES.count("- alert:")
    assert alerts == RULES.count("description:") == RULES.count("summary:") == 11
