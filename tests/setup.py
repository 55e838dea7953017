"""Installs what the tests need beside Python: Debian's chromium, when missing and we are root."""

import os
import shutil
import subprocess
import sys


def missing() -> list[str]:
    """Debian packages that are not installed."""
    return [] if shutil.which("chromium") else ["chromium"]


def main() -> int:
    absent = missing()
    if not absent:
        return 0
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        sys.stderr.write(f"browser tests need: apt-get install {' '.join(absent)} (as root)\n")
        return 1
    sys.stderr.write(f"installing {' '.join(absent)} for the browser tests\n")
    for command in (
        ["apt-get", "update", "-qq"],
        ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *absent],
    ):
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
        )
        if done.returncode:
            sys.stderr.write(f"{' '.join(command)} failed: {done.stderr.strip()[-500:]}\n")
            return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
