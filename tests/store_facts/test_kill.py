"""Kill -9 at any moment of the write and start again: nothing lost, nothing doubled."""

import os
import random
import signal
import sqlite3
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from store.facts.db import Facts
from store.scope import Scope
from tests.collectors.rig import START, wall
from tests.store_facts.merging import NOW


def run_until(source: Path, facts: Path, merges: int | None) -> None:
    """Lets the merging process run to its `merges`-th merge and kills it there, or until it has caught up."""
    command = [sys.executable, "-m", "tests.store_facts.merging", str(source), str(facts)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        seen = 0
        for line in process.stdout:
            seen += line == "merging\n"
            if line == "caught up\n" or seen == merges:
                break
        os.kill(process.pid, signal.SIGKILL)
        process.wait()


def test_facts_equal_the_source_after_being_killed_again_and_again(tmp_path: Path) -> None:
    source, facts = tmp_path / "source.db", tmp_path / "facts.duckdb"
    chance = random.Random(4)  # noqa: S311
    with sqlite3.connect(source) as db:
        names = "no, changed, opened, minutes, kind, calls, account, phone, words, due"
        db.execute(f"CREATE TABLE gd ({names})")
        for no in range(900):
            at = wall(START + timedelta(seconds=no // 7))
            db.execute("INSERT INTO gd VALUES (?, ?, ?, '1', '0', 1, null, null, 'w', null)", (f"{no:04}", at, at))
    for turn in range(3):
        run_until(source, facts, chance.randint(1, 9))
        with sqlite3.connect(source) as db:
            at = wall(START + timedelta(hours=1, seconds=turn * 10))
            for no in chance.sample(range(900), 100):
                db.execute("UPDATE gd SET changed = ?, calls = calls + 1 WHERE no = ?", (at, f"{no:04}"))
    db.close()
    run_until(source, facts, None)
    with sqlite3.connect(source) as db:
        there = dict(db.execute("SELECT no, calls FROM gd"))
    db.close()
    with Facts(facts, "Asia/Shanghai") as opened, opened.read(Scope.everything("test")) as reader:
        rows = reader.frame(reader.table("work_orders").select("order_no", "call_count"), NOW)
        assert len(rows) == 900
        assert dict(zip(rows["order_no"], rows["call_count"], strict=True)) == there
        assert len(opened._db.sql("SELECT DISTINCT source_key FROM personal").fetchall()) == 900
        assert opened._db.sql("SELECT count(*) FROM personal").fetchall() == [(900,)]


@pytest.mark.parametrize(("kind", "first"), [("poll", 2), ("whole", 6), ("span", 10), ("sought", 14)])
def test_a_merge_that_is_killed_at_any_of_its_statements_was_not_or_was_whole(
    tmp_path: Path, kind: str, first: int
) -> None:
    """Each 17th statement; `python -m tests.store_facts.steps` tries every one."""
    command = [sys.executable, "-m", "tests.store_facts.steps", str(tmp_path), kind, str(first), "17"]
    said = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout.splitlines()
    *killed, ended = [line.split(" ", 1)[1] for line in said]
    assert len(killed) >= 3
    assert set(killed) <= {"killed before True", "killed after True"}
    assert ended == "ended after True"
