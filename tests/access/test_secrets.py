"""Secrets of the settings stand in no log, page, metric or row of the ledger, also when what they are for fails."""

import random
import re
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx
import pytest

import door
from bench import nodes
from dashboard.guard import CALLBACKS
from tests.access import bent
from tests.access.stand import PASSWORD
from tests.access.test_displays import page_of

SECRETS: Final = (
    "planted-source-1", "planted-site-key-2", "planted-smtp-3", "planted-ding-4", "planted-ding-sign-5",
    "planted-feishu-6", "planted-hook-7", "planted-hook-url-8", "planted-ntfy-9", "planted-table-10",
    "planted-oidc-11", "planted-ldap-12", "planted-proxy-13", "planted-metrics-14", "planted-replies-15",
    "planted-sms-body-16", "planted-beat-17",
)  # fmt: skip
TYPED: Final = ("typed-password-1", "typed-password-2")  # what people type and browsers keep
CONFIG: Final = """
[site]
key = "planted-site-key-2"

[node]
var = "{folder}/var"

[node.heartbeat]
url = "http://127.0.0.1:{closed}/planted-beat-17"
every_s = 1

[sources.orders]
url = "sqlite:///{folder}/orders.db"

[[sources.orders.tables]]
into = "work_orders"
table = "orders"
key = "no"

[sources.orders.tables.columns]
order_no = "no"

[sources.lost]
url = "postgresql://reader:planted-source-1@127.0.0.1:{closed}/utility"

[[sources.lost.tables]]
into = "outages"
table = "outages"
key = "no"

[sources.lost.tables.columns]
outage_no = "no"

[channels.mail]
kind = "smtp"
host = "127.0.0.1"
port = {closed}
sender = "a@site.example"
user = "keeper"
password = "planted-smtp-3"

[channels.ding]
kind = "dingtalk"
url = "http://127.0.0.1:{closed}/robot/send?access_token=planted-ding-4"
secret = "planted-ding-sign-5"

[channels.feishu]
kind = "feishu"
url = "http://127.0.0.1:{closed}/hook/x"
secret = "planted-feishu-6"

[channels.hook]
kind = "webhook"
url = "http://127.0.0.1:{closed}/planted-hook-url-8"
secret = "planted-hook-7"

[channels.ntfy]
kind = "ntfy"
url = "http://127.0.0.1:{closed}"
token = "planted-ntfy-9"

[channels.sms]
kind = "sms_http"
url = "http://127.0.0.1:{closed}/send"
body = '{{"key": "planted-sms-body-16", "to": "{{to}}", "text": "{{text}}"}}'
success_path = "code"

[channels.rows]
kind = "sms_table"
url = "postgresql://gateway:planted-table-10@127.0.0.1:{closed}/sms"
table = "outbox"
key_column = "key"
columns = {{ phone = "{{to}}", content = "{{text}}" }}

[[routes]]
to = ["mail:duty@site.example", "ding", "feishu", "hook", "ntfy:duty", "sms:13900000000", "rows:13900000000"]

[replies]
secret = "planted-replies-15"

[access]
metrics_token = "planted-metrics-14"

[access.oidc]
issuer = "http://127.0.0.1:{closed}"
client_id = "lightkeeper"
client_secret = "planted-oidc-11"

[access.ldap]
url = "ldap://127.0.0.1:{closed}"
bind_dn = "cn=keeper,dc=site"
bind_password = "planted-ldap-12"
base = "dc=site"

[access.proxy]
secret = "planted-proxy-13"

[[access.grants]]
group = "*"
role = "duty"

[walls.main]
"""
CHANNELS: Final = {
    "mail": "duty@site.example", "ding": "", "feishu": "", "hook": "", "ntfy": "duty", "sms": "13900000000",
    "rows": "13900000000",
}  # fmt: skip


@dataclass
class Lost:
    """A node to whom nothing that it asks answers. `said`: what commands beside it printed."""

    folder: Path
    url: str
    said: str


@pytest.fixture(scope="module")
def lost(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lost]:
    folder = tmp_path_factory.mktemp("secrets")
    with sqlite3.connect(folder / "orders.db") as db:
        db.execute("CREATE TABLE orders (no TEXT)")
    closed = nodes.free_port()  # where nothing answers
    config = folder / "lightkeeper.toml"
    config.write_text(CONFIG.format(folder=folder, closed=closed), encoding="utf-8")
    config.chmod(0o600)
    port = nodes.free_port()
    process = nodes.start(["run", "--config", str(config)], folder, port)
    try:
        url = f"http://127.0.0.1:{port}"
        _wait(url, process, folder)
        said = _command("check", "--config", str(config))
        said += _command("alerts", "test", "mail", CHANNELS["mail"], "--config", str(config))
        asked = [{"channel": channel, "address": address or None} for channel, address in CHANNELS.items()]
        answers = [door.ask(folder / "var" / "node.sock", "alerts test", one, 60.0) for one in asked]
        assert [one["sent"] for one in answers] == [False] * len(CHANNELS)
        said += str(answers)
        yield Lost(folder, url, said)
    finally:
        nodes.stop(process)


def _wait(url: str, process: "subprocess.Popen[bytes]", folder: Path) -> None:
    """Until it answers: ready it never is, because a source can not be read."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        assert process.poll() is None, (folder / "node.log").read_text(encoding="utf-8")
        try:
            if httpx.get(f"{url}/healthz", timeout=5).status_code == 200:
                return
        except httpx.HTTPError:
            time.sleep(0.1)
    raise AssertionError("the node does not answer")


def _command(*words: str) -> str:
    command = [sys.executable, str(nodes.HERE / "app.py"), *words]
    done = subprocess.run(command, env=nodes.environment({}), capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode != 0, (words, done.stdout, done.stderr)  # it did fail
    assert "Traceback" not in done.stderr
    return f"$ {words}\n{done.stdout}{done.stderr}\n"


def planted(text: str) -> list[str]:
    """Which secrets stand in a text."""
    return [secret for secret in (*SECRETS, *TYPED, PASSWORD) if secret in text]


async def _entered(lost: Lost, browser: httpx.AsyncClient) -> list[httpx.Response]:
    """Signs the first administrator in, after failures of each way; the answers."""
    origin = {"origin": lost.url}
    said = [await browser.get("/sign-in/oidc"), await browser.get("/orders", headers={"x-remote-user": "eve"})]
    for password in TYPED:
        given = {"user": "somebody", "password": password, "next": "/"}
        said.append(await browser.post("/sign-in", data=given, headers=origin))
    log = (lost.folder / "node.log").read_text(encoding="utf-8")
    once = re.search(r"with the password (\S+)", log)
    assert once is not None
    given = {"user": "admin", "password": once[1], "next": "/"}
    said.append(await browser.post("/sign-in", data=given, headers=origin))
    assert said[-1].status_code == 303, said[-1].text
    given = {"old": once[1], "new": PASSWORD, "again": PASSWORD}
    said.append(await browser.post("/password", data=given, headers=origin))
    assert said[-1].status_code == 303, said[-1].text
    return said


@pytest.mark.slow
async def test_no_secret_is_told_by_a_node_for_whom_everything_fails(lost: Lost) -> None:
    async with httpx.AsyncClient(base_url=lost.url, timeout=60, headers={"accept": "text/html"}) as browser:
        said = await _entered(lost, browser)
        assert [one.status_code for one in said[:4]] == [503, 403, 503, 503]  # each way did fail
        browser.headers["origin"] = lost.url
        known = (await browser.get("/_dash-dependencies")).json()
        pages = [
            "/",
            "/orders",
            "/alerts",
            "/duty",
            "/alarms",
            "/outages",
            "/stations",
            "/hotspots",
            "/audit",
            "/access",
        ]
        for path in [
            *pages,
            "/healthz",
            "/readyz",
            "/metrics",
            "/wall/main",
            "/_dash-layout",
            "/openapi.json",
            "/nothing",
        ]:
            said.append(await browser.get(path))
        for path in pages:
            said.append(await browser.post(CALLBACKS, json=page_of(path)))
        making = bent.Bender(known, pages, random.Random(1))  # noqa: S311  no secret is made of it
        for callback in making.callbacks:
            said.append(await browser.post(CALLBACKS, json=making.true(callback)))
        metrics = await browser.get("/metrics", headers={"authorization": "Bearer planted-metrics-14"})
    assert "lightkeeper_" in metrics.text
    assert [(one.request.url.path, planted(one.text)) for one in [*said, metrics] if planted(one.text)] == []
    assert sum(one.status_code == 200 for one in said) > 30


def test_no_secret_stands_in_logs_or_in_what_commands_print(lost: Lost) -> None:
    log = (lost.folder / "node.log").read_text(encoding="utf-8")
    assert "lost" in log or "lost" in lost.said, "the source never failed"
    assert lost.said.count("$ ") == 2
    assert planted(log) == []
    assert planted(lost.said) == []


def test_no_secret_stands_in_the_ledger(lost: Lost) -> None:
    """Audit rows, deliveries with their failures, accounts: the whole of it."""
    (file,) = (lost.folder / "var").glob("ledger*.db")
    with sqlite3.connect(file) as db:
        whole = "\n".join(db.iterdump())
    assert "'sign_in'" in whole
    assert planted(whole) == []


def test_a_secret_would_be_found() -> None:
    assert planted("postgresql://reader:planted-source-1@host/") == ["planted-source-1"]
    assert planted("nothing") == []
