"""What the tests need beside Python is found by its command, and no daemon of it stays."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.setup import NO_START, missing, running, starting_nothing, stop

NEEDS = (("first", "one"), ("second", "one"), ("third", "two"))


def command(folder: Path, name: str) -> None:
    (folder / name).touch(0o755)


@pytest.mark.parametrize(
    ("there", "packages"),
    [
        pytest.param((), ["one", "two"], id="a package of two commands is named once"),
        pytest.param(("first", "third"), ["one"], id="one command of a package is missing"),
        pytest.param(("first", "second", "third"), [], id="all are there"),
    ],
)
def test_a_package_is_missing_while_a_command_of_it_is(
    tmp_path: Path, there: tuple[str, ...], packages: list[str]
) -> None:
    for name in there:
        command(tmp_path, name)
    assert missing(NEEDS, str(tmp_path)) == packages


def test_while_packages_are_installed_policy_forbids_to_start_them(tmp_path: Path) -> None:
    policy = tmp_path / "policy-rc.d"
    with pytest.raises(RuntimeError), starting_nothing(policy):
        assert subprocess.run([policy, "prometheus", "start"], check=False).returncode == 101
        raise RuntimeError("the installation failed")
    assert not policy.exists()


def test_a_policy_of_the_machine_is_left_as_it_is(tmp_path: Path) -> None:
    policy = tmp_path / "policy-rc.d"
    policy.write_text(own := f"{NO_START}# mine\n")
    with starting_nothing(policy):
        assert policy.read_text() == own
    assert policy.read_text() == own


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[Path]:
    """A program of the test's own that runs."""
    program = tmp_path / "daemon"
    shutil.copy(shutil.which("sleep") or "/bin/sleep", program)
    process = subprocess.Popen([program, "600"])
    yield program
    process.kill()
    process.wait(10)


def test_a_daemon_that_runs_is_found_and_ended_and_no_other(daemon: Path, tmp_path: Path) -> None:
    shutil.copy(daemon, other := tmp_path / "other")
    with subprocess.Popen([other, "600"]) as beside:
        assert len(running([daemon])) == 1
        stop([daemon], limit_s=2)
        assert len(running([other])) == 1
        beside.kill()
    assert running([daemon]) == []
