"""accounts, displays and audit from the command line, and the log's own rules."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from dashboard.access.reception import Reception
from settings_access import Access
from store.ledger import audit
from store.ledger.audit import Act
from store.ledger.ledger import Ledger, open_ledger
from tests.access.stand import BEGAN, Stand
from tests.store_ledger.conftest import *  # noqa: F403  ledgers of both databases
from tests.test_app import CONFIG

HERE = Path(__file__).parents[2]
MORE = "\n[access]\n[walls.hall]\n"


def run(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    file = folder / "lightkeeper.toml"
    file.write_text(CONFIG.format(folder=folder, file="a.db") + MORE, encoding="utf-8")
    command = [sys.executable, str(HERE / "app.py"), *arguments, "--config", str(file)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


def test_an_account_is_made_changed_and_told_of(tmp_path: Path) -> None:
    made = run(tmp_path, "accounts", "make", "li", "--role", "manager", "--unit", "C1", "--by", "root")
    assert made.returncode == 0, made.stderr
    password = made.stderr.split("li: ")[1].split()[0]
    ledger = open_ledger(f"sqlite:///{tmp_path / 'var' / 'ledger.db'}")
    assert Reception(ledger, Access(), lambda: BEGAN).enter("li", password, "127.0.0.1")
    ledger.close()
    for wrong, said in (
        (("accounts", "make", "li", "--role", "duty", "--by", "root"), "li is there already"),
        (("accounts", "make", "wu", "--role", "manager", "--by", "root"), "a manager has units"),
        (("accounts", "make", "wu", "--role", "boss", "--by", "root"), "there is no role boss"),
        (("accounts", "change", "wu", "--disable", "--by", "root"), "account wu: there is none"),
        (("displays", "make", "hall", "cellar", "--by", "root"), "there is no wall of this name; there are hall"),
        (("audit", "--act", "sung"), "there is no such act"),
    ):
        done = run(tmp_path, *wrong)
        assert (done.returncode, done.stdout) == (1, "")
        assert said in done.stderr and "Traceback" not in done.stderr
    address = run(tmp_path, "displays", "make", "hall", "hall", "--by", "root").stderr
    assert address.startswith("/wall/hall?token=")
    told = json.loads(run(tmp_path, "audit", "--format", "json").stdout)
    assert [(line["who"], line["what"], line["on"]) for line in told] == [
        ("root", "display_made", "1 hall"), ("li", "sign_in", "li"), ("root", "account_made", "li"),
    ]  # fmt: skip
    assert password not in json.dumps(told) and address.split("=")[1].split()[0] not in json.dumps(told)


def test_the_log_can_only_grow(ledger: Ledger) -> None:
    audit.note(ledger, Act("li", "exported", "orders.csv"), BEGAN)
    for statement in ("UPDATE audit SET who = 'wu'", "DELETE FROM audit"):
        with pytest.raises(DatabaseError, match="only ever added to"), ledger.writing() as session:
            session.execute(text(statement))
    assert [line["who"] for line in audit.lines(ledger)] == ["li"]
    with pytest.raises(ValueError, match="sung is no act"):
        audit.note(ledger, Act("li", "sung"), BEGAN)


def test_the_last_administrator_stays_one(stand: Stand) -> None:
    from store.facts.errors import StoreError
    from store.ledger import accounts

    number = stand.account("root", "administrator")
    with pytest.raises(StoreError, match="the last administrator"):
        accounts.change(stand.ledger, number, "root", stand.at, disabled=True)
    with pytest.raises(StoreError, match="the last administrator"):
        accounts.change(stand.ledger, number, "root", stand.at, role="duty")
    other = stand.account("wu", "administrator")
    accounts.change(stand.ledger, other, "root", stand.at, disabled=True)


def test_check_tells_what_keeps_everybody_out(tmp_path: Path) -> None:
    (tmp_path / "authority.pem").write_text("no certificate", encoding="utf-8")
    more = """
[access.ldap]
url = "ldap://127.0.0.1:9"
base = "ou=people"
timeout_s = 1
ca = "authority.pem"
[[access.grants]]
group = "*"
role = "duty"
"""
    file = tmp_path / "lightkeeper.toml"
    file.write_text(CONFIG.format(folder=tmp_path, file="a.db") + MORE + more, encoding="utf-8")
    command = [sys.executable, str(HERE / "app.py"), "check", "--config", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 1
    assert f"access.ldap.ca: {tmp_path / 'authority.pem'} hol" in done.stderr  # meant from the settings' folder
    assert "Traceback" not in done.stderr
