"""A real Alertmanager takes what we send, shows it as firing, and ends it when we say so."""

import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pytest
import urllib3

from alerts.channels import Facts, Message, make
from bench.robots import Receivers, receivers
from settings_channels import Alertmanager

PROGRAM: Final = shutil.which("prometheus-alertmanager") or shutil.which("alertmanager")
pytestmark = pytest.mark.skipif(PROGRAM is None, reason="Debian's prometheus-alertmanager is not installed")
CONFIG: Final = """
route: {receiver: hook, group_by: [alert], group_wait: 0s, group_interval: 1s}
receivers: [{name: hook, webhook_configs: [{url: "URL", send_resolved: true}]}]
"""


@pytest.fixture
def web() -> Iterator[Receivers]:
    with receivers() as them:
        yield them


@pytest.fixture
def url(web: Receivers, tmp_path: Path) -> Iterator[str]:
    web.add("hook")
    (tmp_path / "am.yml").write_text(CONFIG.replace("URL", web.url("hook")))
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = free.getsockname()[1]
    options = [f"--config.file={tmp_path / 'am.yml'}", f"--storage.path={tmp_path}", "--cluster.listen-address=",
               f"--web.listen-address=127.0.0.1:{port}"]  # fmt: skip
    with subprocess.Popen([str(PROGRAM), *options], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            assert eventually(lambda: is_open(port))
            yield f"http://127.0.0.1:{port}"
        finally:
            process.kill()


def is_open(port: int) -> bool:
    with closing(socket.socket()) as line:
        return line.connect_ex(("127.0.0.1", port)) == 0


def eventually(happens: Any) -> bool:
    pause = threading.Event()
    return any(happens() or pause.wait(0.05) for _ in range(600))


def notified(web: Receivers) -> list[tuple[str, str]]:
    """What its webhook was told: state and severity."""
    return [(a["status"], a["labels"]["severity"]) for t in web.robots["hook"].taken for a in t.body["alerts"]]


def test_an_alert_fires_worsens_and_ends(web: Receivers, url: str) -> None:
    one = make({"am": Alertmanager.model_validate({"kind": "alertmanager", "url": url})})["am"]
    began = datetime.now(UTC) - timedelta(minutes=1)
    facts = Facts(7, "repair_due", "orders:1", "raised", "orange", False, began, None, began, "G1", "S1", True)
    message = Message("", "Orange: order G1", "body", "k1", "en", None, (facts,))
    assert one.send([message]) == "HTTP 200"
    assert eventually(lambda: notified(web) == [("firing", "orange")])
    one.send([replace(message, title="Red: order G1", facts=(replace(facts, level="red", is_first=False),))])
    assert eventually(lambda: ("firing", "red") in notified(web) and ("resolved", "orange") in notified(web))
    assert ("resolved", "red") not in notified(web)
    with urllib3.PoolManager() as pool:
        active = pool.request("GET", f"{url}/api/v2/alerts?active=true").json()
    assert [a["annotations"]["summary"] for a in active] == ["Red: order G1"]
    one.send([replace(message, facts=(replace(facts, level="red", cleared_at=datetime.now(UTC), is_first=False),))])
    assert eventually(lambda: ("resolved", "red") in notified(web))
