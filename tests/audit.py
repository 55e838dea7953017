"""Holds the lock file against known vulnerabilities, where a source of advisories answers: `make audit`.

A mirror of packages need not hold advisories, and pip-audit then calls everything clean. So a release that is known
to be vulnerable is asked for first: a source that knows nothing of it is none.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

LOCK: Final = Path(__file__).parents[1] / "requirements-dev.lock"
KNOWN: Final = "jinja2==2.4.1"  # vulnerable for many years
OSV: Final = "AUDIT_OSV_URL"  # the address of a site's own mirror of osv.dev, instead of PyPI
PATIENCE_S: Final = 600.0
Report = Mapping[str, Any]


def vulnerable(report: Report) -> list[str]:
    """A line for each vulnerability: what has it, since when it is mended."""
    return [
        f"{one['name']} {one['version']}: {hole['id']}, mended in {', '.join(hole['fix_versions']) or 'no release'}"
        for one in report["dependencies"]
        for hole in one.get("vulns", ())
    ]


def skipped(report: Report) -> list[str]:
    return [one["name"] for one in report["dependencies"] if "skip_reason" in one]


def verdict(known: Report | None, found: Report | None) -> tuple[int, list[str]]:
    """Exit code and what is said. `known`: of the release that is known to be vulnerable, `found`: of the lock file;
    None: there was no answer."""
    if known is None or not vulnerable(known):
        return 0, [
            "NOT AUDITED: no source of advisories answered, so nothing is known of vulnerabilities in the lock file.",
            f"Run it where pypi.org/pypi/NAME/VERSION/json answers, or name a mirror of osv.dev in {OSV}.",
        ]
    if found is None:
        return 1, ["audit: the source of advisories broke off; run it again"]
    holes, left = vulnerable(found), skipped(found)
    if holes:
        return 1, [
            f"audit: {len(holes)} known vulnerabilities; raise the pin in pyproject.toml, then make lock",
            *holes,
        ]
    told = [f"NOT AUDITED among them, the source does not know: {', '.join(left)}"] if left else []
    return 0, [f"audit: no known vulnerability in {len(found['dependencies']) - len(left)} packages", *told]


def asked(file: Path, osv: str | None) -> Report | None:
    """pip-audit's report on a file of requirements; None where no source answered."""
    source = ["-s", "osv", "--osv-url", osv] if osv else ["-s", "pypi"]
    flags = ["--disable-pip", "--no-deps", "--progress-spinner", "off", "-f", "json"]
    with tempfile.TemporaryDirectory() as cache:  # an answer of before is no answer
        command = [sys.executable, "-m", "pip_audit", "-r", str(file), *source, *flags, "--cache-dir", cache]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S, check=False)
        except subprocess.TimeoutExpired:
            return None
    try:
        report: Report = json.loads(done.stdout)
    except ValueError:
        return None
    return report


def main(argv: Sequence[str] = ()) -> int:
    lock, osv = Path(argv[0]) if argv else LOCK, os.environ.get(OSV)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "known.txt"
        file.write_text(f"{KNOWN}\n", encoding="utf-8")
        known = asked(file, osv)
    found = asked(lock, osv) if known and vulnerable(known) else None
    code, said = verdict(known, found)
    print("\n".join(said), file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
