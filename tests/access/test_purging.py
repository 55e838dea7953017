"""Personal data past their time, from the rule in the settings to the line of the log; and versions of files."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import pytest

import house_files
import purging
from settings import Settings, load
from store.facts.db import Facts
from store.ledger import audit, file_versions
from store.ledger.file_versions import File
from store.ledger.ledger import Ledger, open_ledger
from store.scope import Scope
from tests.access.test_commands import run
from tests.store_facts.made import NOW, batch, rows_of
from tests.store_ledger.conftest import *  # noqa: F403  ledgers of both databases
from tests.test_app import CONFIG


@dataclass
class Desk:
    settings: Settings
    facts: Facts
    ledger: Ledger

    def now(self) -> datetime:
        return NOW


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    file = tmp_path / "lightkeeper.toml"
    file.write_text(CONFIG.format(folder=tmp_path, file="a.db") + "\n[retention]\npersonal_days = 500\n", "utf-8")
    settings = load(file)
    ledger = open_ledger(f"sqlite:///{tmp_path / 'ledger.db'}")
    with Facts(settings.node.facts_file, "UTC") as facts:
        ages = [501, 499, 600]
        rows = [{"accepted_at": NOW - timedelta(days=age)} for age in ages]
        people = [{"record": "work_order", "name": f"王{age}", "phone": "13800000000"} for age in ages]
        facts.merge(batch("work_orders", rows, personal=rows_of("personal", people)), {})
        yield Desk(settings, facts, ledger)
    ledger.close()


def test_what_is_past_its_time_is_on_record_and_then_gone(desk: Desk) -> None:
    asked = Scope.everything("test")
    assert purging.answer(desk, asked, {})["past"] == 2
    assert purging.purge(desk, NOW) == 2
    told = purging.answer(desk, asked, {})
    assert (told["personal_days"], told["rows"], told["past"]) == (500, 1, 0)
    (line,) = audit.lines(desk.ledger, acts=["purged"])
    assert (line["who"], line["on"], line["at"]) == ("node", "personal", NOW)
    assert line["detail"]["work_order"] == 2
    assert line["detail"]["rule"] == "retention.personal_days = 500"
    assert line["detail"]["oldest"] == (NOW - timedelta(days=600)).isoformat()
    assert len(line["detail"]["sha256"]) == 64
    assert "王" not in json.dumps(line["detail"], ensure_ascii=False)
    assert purging.purge(desk, NOW) == 0  # and no second line says that nothing went
    assert len(audit.lines(desk.ledger, acts=["purged"])) == 1


def test_what_could_not_be_deleted_is_on_record_and_deleted_the_next_time(desk: Desk) -> None:
    desk.facts._db.execute("ALTER TABLE personal RENAME TO elsewhere").fetchall()
    with pytest.raises(duckdb.Error):
        purging.purge(desk, NOW)
    desk.facts._db.execute("ALTER TABLE elsewhere RENAME TO personal").fetchall()
    assert purging.purge(desk, NOW) == 2


def test_a_year_is_the_least(tmp_path: Path) -> None:
    (tmp_path / "var").mkdir()
    file = tmp_path / "a.toml"
    file.write_text(CONFIG.format(folder=tmp_path, file="a.db") + "\n[retention]\npersonal_days = 90\n", "utf-8")
    with pytest.raises(Exception, match=r"retention.personal_days: .*greater than or equal to 365"):
        load(file)


def test_the_command_tells_the_rule_what_is_held_and_what_went(tmp_path: Path) -> None:
    done = run(tmp_path, "personal")
    assert done.returncode == 0, done.stderr
    assert "kept for 400 days; 0 rows held" in done.stderr
    assert json.loads(run(tmp_path, "personal", "--format", "json").stdout)["past"] == 0


def test_a_changed_file_is_a_version_and_a_line_of_the_log(ledger: Ledger) -> None:
    assert file_versions.note(ledger, [File("rules", "rules.toml", "a\nb\n", {})], NOW) == ["rules"]
    assert file_versions.note(ledger, [File("rules", "rules.toml", "a\nb\n", {})], NOW) == []
    later = NOW + timedelta(days=1)
    assert file_versions.note(ledger, [File("rules", "rules.toml", "a\nc\nd\n", {})], later) == ["rules"]
    line, first = audit.lines(ledger, acts=["file_changed"])
    told = {"file": "rules.toml", "version": 2, "added": 2, "removed": 1}
    assert (line["who"], line["on"], told.items() <= line["detail"].items()) == ("node", "rules", True)
    assert first["detail"]["version"] == 1
    newest, oldest = file_versions.versions(ledger, "rules")
    assert (newest["number"], newest["text"], newest["seen_at"]) == (2, "a\nc\nd\n", later)
    assert file_versions.difference(oldest["text"], newest["text"])[1:] == [" a", "-b", "+c", "+d"]


def test_of_settings_only_the_sections_that_changed_are_told_and_no_secret(ledger: Ledger, tmp_path: Path) -> None:
    file = tmp_path / "lightkeeper.toml"
    secret = '\n[channels.hook]\nkind = "webhook"\nurl = "https://h.example/{}"\nsecret = "topsecret-{}"\n'
    seen = []
    for n, more in enumerate(
        (secret.format("a", "a"), secret.format("a", "a") + "\n[retention]\npersonal_days = 366\n")
    ):
        file.write_text(CONFIG.format(folder=tmp_path, file="a.db") + more, "utf-8")
        files = house_files.files_of(load(file))
        file_versions.note(ledger, files, NOW + timedelta(hours=n))
        seen += file_versions.versions(ledger, "settings")
    assert [f.kind for f in files] == ["rules", "limits", "calendars", "duty", "settings"]
    (line,) = [x for x in audit.lines(ledger, acts=["file_changed"]) if x["detail"].get("sections")]
    assert line["detail"]["sections"] == ["retention"]
    assert all(version["text"] is None for version in seen)
    assert "topsecret" not in str(seen) + str(audit.lines(ledger))
