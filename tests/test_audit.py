"""The audit of dependencies fails on a known vulnerability, and does not call clean what nobody answered for."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests import audit

ROOT = Path(__file__).parent.parent
HOLE = {"id": "PYSEC-1", "fix_versions": ["3.0"]}
BAD: dict[str, Any] = {"dependencies": [{"name": "jinja2", "version": "2.4.1", "vulns": [HOLE]}]}
GOOD: dict[str, Any] = {"dependencies": [{"name": "dash", "version": "4.4.1", "vulns": []}]}
UNKNOWN: dict[str, Any] = {"dependencies": [{"name": "jinja2", "skip_reason": "not found"}]}
HALF = {"dependencies": GOOD["dependencies"] + [{"name": "ours", "skip_reason": "not found"}]}


@pytest.mark.parametrize(
    ("known", "found", "code", "said"),
    [
        pytest.param(BAD, GOOD, 0, "no known vulnerability in 1 packages", id="clean"),
        pytest.param(BAD, BAD, 1, "jinja2 2.4.1: PYSEC-1, mended in 3.0", id="a known vulnerability"),
        pytest.param(BAD, HALF, 0, "NOT AUDITED among them, the source does not know: ours", id="one is not known"),
        pytest.param(None, None, 0, "NOT AUDITED: no source", id="nothing answered"),
        pytest.param(UNKNOWN, GOOD, 0, "NOT AUDITED: no source", id="a mirror without advisories"),
        pytest.param(GOOD, GOOD, 0, "NOT AUDITED: no source", id="a source that knows no vulnerability at all"),
        pytest.param(BAD, None, 1, "broke off", id="it answered, and then no more"),
    ],
)
def test_what_is_said_of_the_lock_file(known: Any, found: Any, code: int, said: str) -> None:
    told = audit.verdict(known, found)
    assert told[0] == code
    assert said in "\n".join(told[1])


@contextmanager
def advisories(*vulnerable: str) -> Iterator[str]:
    """The address of a source in the form of osv.dev that knows a vulnerability of each of `vulnerable`."""

    class Answering(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
            name = asked["package"]["name"]
            package = {"package": {"name": name, "ecosystem": "PyPI"}, "ranges": []}
            hole = {"id": f"TEST-{name}", "summary": "a hole", "affected": [package]}
            body = json.dumps({"vulns": [hole]} if name in vulnerable else {}).encode()
            self.send_response(200)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Tests are quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Answering) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/v1/query"
        server.shutdown()
        thread.join(5)


@pytest.mark.parametrize(
    ("vulnerable", "code", "said"),
    [
        pytest.param(("jinja2", "dash"), 1, "dash 4.4.1: TEST-dash, mended in no release", id="a vulnerable pin"),
        pytest.param(("jinja2",), 0, "no known vulnerability in 2 packages", id="clean"),
        pytest.param((), 0, "NOT AUDITED", id="a source that knows nothing"),
    ],
)
def test_pip_audit_is_asked_and_its_answer_counts(
    tmp_path: Path, vulnerable: tuple[str, ...], code: int, said: str
) -> None:
    lock = tmp_path / "some.lock"
    lock.write_text("dash==4.4.1\npandas==3.1.1\n", encoding="utf-8")
    with advisories(*vulnerable) as url:
        done = run(lock, url)
    assert (done.returncode, said in done.stderr) == (code, True), done.stderr


def test_where_nobody_answers_it_says_so_and_does_not_fail(tmp_path: Path) -> None:
    lock = tmp_path / "some.lock"
    lock.write_text("dash==4.4.1\n", encoding="utf-8")
    done = run(lock, "http://127.0.0.1:9/v1/query")
    assert (done.returncode, "NOT AUDITED" in done.stderr) == (0, True), done.stderr


def run(lock: Path, url: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tests.audit", str(lock)]
    env = {**os.environ, audit.OSV: url}
    return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=120, check=False)
