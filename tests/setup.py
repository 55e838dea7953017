"""Installs what the tests need beside Python: Debian packages, when missing and we are root. No daemon stays."""

import fcntl
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

# Command, Debian package that brings it.
NEEDS: Final = (
    ("chromium", "chromium"),
    ("prometheus", "prometheus"),
    ("promtool", "prometheus"),
    ("prometheus-alertmanager", "prometheus-alertmanager"),
    ("slapd", "slapd"),
    ("mariadbd", "mariadb-server"),
    ("mariadb-install-db", "mariadb-server"),
)
SEARCHED: Final = f"{os.environ.get('PATH', os.defpath)}:/usr/local/sbin:/usr/sbin:/sbin"  # a user's own may lack sbin
POLICY: Final = Path("/usr/sbin/policy-rc.d")
NO_START: Final = "#!/bin/sh\nexit 101\n"  # 101: an action that policy forbids
LOCK_S: Final = 600  # that another installation on this machine may take
SERVICE: Final = re.compile(r"/(?:systemd/system/([^/@]+)\.service|etc/init\.d/([^/]+))$", re.MULTILINE)


class SetupError(Exception):
    """Something could not be installed; says what, and the cure where there is one."""


def missing(needs: Iterable[tuple[str, str]] = NEEDS, searched: str = SEARCHED) -> list[str]:
    """Debian packages of which a command is not found, each once, in the order of `needs`."""
    return list(dict.fromkeys(package for command, package in needs if not shutil.which(command, path=searched)))


@contextmanager
def starting_nothing(policy: Path = POLICY) -> Iterator[None]:
    """While it lasts, a package that is installed starts no daemon. A policy that is there already is left alone."""
    if policy.exists():
        yield
        return
    policy.write_text(NO_START, encoding="utf-8")
    policy.chmod(0o755)
    try:
        yield
    finally:
        policy.unlink(missing_ok=True)


def running(programs: Iterable[Path]) -> list[int]:
    """Ids of the processes that execute one of `programs`."""
    wanted = {str(program.resolve()) for program in programs}
    found = []
    for link in Path("/proc").glob("[0-9]*/exe"):
        try:
            program = str(link.readlink())
        except OSError:  # it has ended, or is somebody else's
            continue
        if program in wanted:
            found.append(int(link.parent.name))
    return found


def stop(programs: Iterable[Path], limit_s: float = 10) -> None:
    """Ends the processes that execute one of `programs`: politely, then not."""
    programs = list(programs)
    for how in (signal.SIGTERM, signal.SIGKILL):
        end = time.monotonic() + limit_s
        for process in running(programs):
            with suppress(ProcessLookupError):
                os.kill(process, how)
        while running(programs):
            if time.monotonic() > end:
                break
            time.sleep(0.05)


def install(packages: list[str]) -> None:
    """Installs `packages`, starts nothing of them, and leaves nothing of them to start with the machine."""
    _run("apt-get", "update", "-qq")
    with starting_nothing():
        _run("apt-get", "install", "-y", "-qq", "--no-install-recommends", f"-oDPkg::Lock::Timeout={LOCK_S}", *packages)
    for unit, script in SERVICE.findall(_run("dpkg", "-L", *packages)):
        disable = ["systemctl", "disable", unit] if unit else ["update-rc.d", script, "disable"]
        if shutil.which(disable[0], path=SEARCHED):
            subprocess.run(disable, capture_output=True, check=False)  # one that is not enabled is no fault
    commands = [shutil.which(command, path=SEARCHED) for command, package in NEEDS if package in packages]
    stop(Path(command) for command in commands if command)


def _run(*command: str) -> str:
    surroundings = {**os.environ, "PATH": SEARCHED, "DEBIAN_FRONTEND": "noninteractive"}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=surroundings)
    if done.returncode:
        raise SetupError(f"{' '.join(command)} failed: {done.stderr.strip()[-500:]}")
    return done.stdout


def main() -> int:
    absent = missing()
    if not absent:
        return 0
    apt = shutil.which("apt-get")
    if os.geteuid() != 0 or not apt:
        sys.stderr.write(f"the tests need: apt-get install {' '.join(absent)} (as root)\n")
        return 1
    with Path(apt).open("rb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # another copy of the project may be about the same
        absent = missing()
        if not absent:
            return 0
        sys.stderr.write(f"installing {' '.join(absent)} for the tests\n")
        try:
            install(absent)
        except SetupError as error:
            sys.stderr.write(f"{error}\n")
            return 1
        if absent := missing():
            sys.stderr.write(f"installed, but a command of {' '.join(absent)} is not on the path; put it there\n")
            return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
