"""`orders --explain NO` as a user meets it, and docs/one-order.md, which shows what it prints."""

import json
import re
import sqlite3
import subprocess
import sys
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from bench import nodes

DOC = nodes.HERE / "docs" / "one-order.md"
NUMBER, AT = "3700200148", "2026-10-19T18:00"
SOURCE = """
[sources.{name}]
url = "sqlite:///{folder}/{name}.db"

[[sources.{name}.tables]]
into = "work_orders"
table = "orders"
key = "no"
[sources.{name}.tables.columns]
order_no = "no"
category = "category"
parent_order_no = "parent"
status = "status"
accepted_at = "accepted_at"
contacted_at = "contacted_at"
replied_at = "replied_at"

[[sources.{name}.tables]]
into = "order_events"
table = "events"
key = ["no", "at"]
[sources.{name}.tables.columns]
order_no = "no"
kind = "kind"
at = "at"
reason = "reason"
"""
ORDERS = [
    (NUMBER, "complaint", None, "open", "2026-09-30 10:20:00", "2026-09-30 15:05:00", "2026-10-19 11:20:00"),
    ("2", "complaint", NUMBER, "open", "2026-09-30 11:00:00", None, None),
    ("3", "complaint", None, "cancelled", "2026-09-30 11:00:00", None, None),
    ("4", "praise", None, "open", "2026-09-30 11:00:00", None, None),
]
EVENTS = [
    (NUMBER, "suspended", "2026-10-09 09:30:00", "customer away"),
    (NUMBER, "resumed", "2026-10-09 16:00:00", None),
    (NUMBER, "solved", "2026-10-12 15:40:00", None),
    (NUMBER, "reopened", "2026-10-14 09:00:00", None),
]


def run(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, str(nodes.HERE / "app.py"), *arguments, "--config", str(folder / "lightkeeper.toml")],
        cwd=folder,
        env=nodes.environment({}),
        capture_output=True,
        text=True,
        check=False,
        timeout=90,
    )


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two sources; the second has an order of the same number as the first."""
    folder = Path(tmp_path_factory.mktemp("site"))
    for name, orders in (("calls", ORDERS), ("letters", [("3", *ORDERS[3][1:])])):
        with closing(sqlite3.connect(folder / f"{name}.db")) as db, db:
            columns = "no TEXT, category TEXT, parent TEXT, status TEXT, accepted_at TEXT, contacted_at TEXT"
            db.execute(f"CREATE TABLE orders ({columns}, replied_at TEXT)")
            db.execute("CREATE TABLE events (no TEXT, kind TEXT, at TEXT, reason TEXT)")
            db.executemany("INSERT INTO orders VALUES (?, ?, ?, ?, ?, ?, ?)", orders)
            db.executemany("INSERT INTO events VALUES (?, ?, ?, ?)", EVENTS if name == "calls" else [])
    sources = "".join(SOURCE.format(name=name, folder=folder) for name in ("calls", "letters"))
    (folder / "lightkeeper.toml").write_text(f'[site]\nlanguage = "en"\n[node]\nvar = "{folder}/var"\n{sources}')
    done = run(folder, "collect", "--once")
    assert done.returncode == 0, done.stderr
    return folder


def explained(site: Path, number: str, *more: str) -> str:
    done = run(site, "orders", "--explain", number, "--at", AT, *more)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def plain(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.strip("\n").splitlines())


def test_the_page_shows_what_the_command_prints(site: Path) -> None:
    (shown,) = re.findall(r"^```\n(.*?)^```$", DOC.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    assert plain(shown) == plain(explained(site, NUMBER))


def test_json_is_one_document_with_the_same_ledger(site: Path) -> None:
    doc: Mapping[str, Any] = json.loads(explained(site, NUMBER, "--format", "json"))
    lines = {(c["clock"], line["line"]): line for c in doc["clocks"] for line in c["lines"]}
    assert {key: line["verdict"] for key, line in lines.items()} == {
        ("contact", "promise"): "on_time",
        ("answer", "promise"): "on_time",
        ("answer", "internal"): "late",
        ("answer", "regulatory"): "on_time",
        ("revisit", "internal"): "running",
    }
    answer = lines["answer", "promise"]
    assert (answer["due_at"], answer["limit"]["unit"]) == ("2026-10-19T15:59:59+00:00", "working_days")
    assert [(x["what"], x["counted"]) for x in answer["ledger"]] == [
        ("start_day", 0), ("closed", 0), ("counted", 1), ("paused", 0), ("counted", 1), ("closed", 0), ("solved", 0),
        ("counted", 2), ("closed", 0), ("part_day", 0),
    ]  # fmt: skip
    assert answer["ledger"][3]["why"] == [{"code": "pause", "words": "customer away"}]
    assert answer["ledger"][4]["why"] == [{"code": "make_up", "words": ""}]
    assert lines["answer", "internal"]["over_s"] == 2 * 86_400 + 11 * 3600 + 20 * 60 + 1


@pytest.mark.parametrize(
    ("number", "said"),
    [
        pytest.param("2", f"It was merged into order {NUMBER}", id="a child has none of its own"),
        pytest.param("calls:3", "It is cancelled and has no clocks.", id="a cancelled one has none"),
        pytest.param("letters:3", "No limit fits it: dispatch, receipt", id="by source and key"),
        pytest.param("4", "No limit fits it: dispatch, receipt", id="none fits"),
    ],
)
def test_why_there_is_no_clock_is_said(site: Path, number: str, said: str) -> None:
    assert said in explained(site, number)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param(("5",), "there is no order 5; mend the number, or write its key as SOURCE:KEY", id="none"),
        pytest.param(("3",), "order 3 stands in 2 rows; say which: --explain calls:3 or letters:3", id="two"),
        pytest.param((NUMBER, "--format", "csv"), "there are table and json", id="a form it has not"),
    ],
)
def test_what_can_not_be_explained_is_refused_with_the_cure(site: Path, arguments: tuple[str, ...], said: str) -> None:
    done = run(site, "orders", "--explain", *arguments)
    assert (done.returncode, done.stdout) == (1, "")
    assert said in done.stderr
