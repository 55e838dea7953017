"""A source with a live table and an extract that a job writes every two minutes, through a real node."""

import re
import sqlite3
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import asking
import node
import pipeline
import source_book
from dashboard import guard
from dashboard.pages import sources
from settings import load
from site_clock import Clock
from store.ledger import queries
from store.scope import Scope
from tests.dashboard_pages.test_rules import words

BEGAN = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
STEP = timedelta(seconds=25)
CONFIG = """
[site]
name = "Extract"
key = "a key of the site, of this test only"

[node]
var = "{folder}"

[sources.gd]
url = "sqlite:///{folder}/source.db"
poll_s = 0.01
look_back_s = 0

[[sources.gd.tables]]
into = "work_orders"
table = "gd"
key = "no"
changed_at = "changed"
time_format = "%Y-%m-%d %H:%M:%S"

[sources.gd.tables.columns]
order_no = "no"

[[sources.gd.tables]]
into = "outages"
table = "td_sheet"
key = "no"
every_s = 120
fresh_s = 240

[sources.gd.tables.columns]
outage_no = "no"
"""
CREATE = """
CREATE TABLE gd (no TEXT PRIMARY KEY, changed TEXT);
CREATE TABLE td_sheet (no TEXT PRIMARY KEY);
INSERT INTO gd VALUES ('1', '2026-03-02 08:59:00');
INSERT INTO td_sheet VALUES ('7');
"""


class Set(Clock):
    """A clock that stands where it is put."""

    at: datetime = BEGAN

    def now(self) -> datetime:
        return self.at


class Site:
    """One node, its source, and its clock."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "source.db"
        self.sql(CREATE)
        settings = folder / "lightkeeper.toml"
        settings.write_text(CONFIG.format(folder=folder), "utf-8")
        self.clock = Set()
        self.node = node.Node(load(settings), self.clock)
        self.node.house.patience_s = 30.0

    def sql(self, script: str) -> None:
        with sqlite3.connect(self.file) as db:
            db.executescript(script)
        db.close()

    def at(self, minutes: float, read: Callable[[dict[str, Any]], bool] = lambda _told: True) -> dict[str, Any]:
        """How the source stands `minutes` after the beginning, once turns have read what `read` asks for.

        What was seen last is judged before anything new, so no turn is later than the shortest promise and its hold.
        """
        then, until = BEGAN + timedelta(minutes=minutes), time.monotonic() + 60
        while True:
            self.clock.at = min(then, self.clock.at + STEP)
            self.node.house.patience_s = 10.0
            self.node.tick()
            if self.clock.at < then:
                continue
            (told,) = source_book.answer(self.node, Scope.everything("test"), {})["sources"]
            if read(told):
                return dict(told)
            assert time.monotonic() < until, told

    def late(self, told: dict[str, Any]) -> list[str]:
        return [table["mapping"] for table in told["tables"] if table["is_late"]]

    def shown(self) -> dict[str, str]:
        """By canonical table how a wall shows its source."""
        part = (self.node.board.latest("situation") or {})["sources"]["columns"]
        return {feeds[0]: state for feeds, state in zip(part["feeds"], part["state"], strict=True)}

    def alerts(self) -> list[tuple[str, str, str | None]]:
        """Rule, subject and named table of the alerts that stand."""
        found = []
        for alert in self.node.watch.raised():
            (first, *_) = queries.history(self.node.ledger, alert["id"])
            found.append((alert["rule"], alert["subject"], first["inputs"].get("table")))
        return found

    def page(self, language: str = "en") -> str:
        token = guard._scope.set(Scope.everything("test"))
        try:
            return words(sources.body(self.node, f"?lang={language}"))
        finally:
            guard._scope.reset(token)

    def blind(self) -> dict[str, set[str]]:
        found = pipeline.blind(self.node.house, self.clock.now())
        return {table: set(names) for table, names in found.items() if names}


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = Site(tmp_path)
    try:
        yield made
    finally:
        made.node.close()


def is_live(told: dict[str, Any]) -> bool:
    return bool(told["tables"][0]["age_s"] == 0.0)


def test_an_extract_is_late_by_its_own_promise_and_its_source_is_not(site: Site) -> None:
    told = site.at(0, lambda told: all(table["age_s"] == 0.0 for table in told["tables"]))
    assert (site.late(told), told["is_late"]) == ([], False)

    told = site.at(2, is_live)
    assert [table["age_s"] for table in told["tables"]] == [0.0, 120.0]
    assert (site.late(told), told["is_late"], site.blind()) == ([], False, {})
    assert site.shown() == {"work_orders": "ok", "outages": "ok"}
    assert asking.as_of(site.node.facts, "outages") == BEGAN, "a figure of outages is as old as the extract"
    assert asking.as_of(site.node.facts, "work_orders") == site.clock.now()
    assert site.alerts() == []

    told = site.at(4.5, is_live)
    assert (site.late(told), told["is_late"], told["table"]) == (["td_sheet->outages"], True, "td_sheet")
    assert site.blind() == {"outages": {"gd"}}
    assert site.shown() == {"work_orders": "ok", "outages": "stale"}
    assert site.alerts() == [("source_stale", "gd", "td_sheet")]
    assert "td_sheet: 270 s old; promised: at most 240 s" in site.page()
    assert re.search(r"270 s, at most 240 s\s+late", site.page())
    assert "td_sheet：时延270秒；承诺不超过240秒" in site.page("zh")


def test_a_live_table_that_stops_is_told_although_the_extract_is_fresh(site: Site) -> None:
    site.at(0, lambda told: all(table["age_s"] == 0.0 for table in told["tables"]))
    site.sql("ALTER TABLE gd RENAME TO gone")
    site.at(0, lambda told: told["error"] is not None)
    told = site.at(1)
    assert (site.late(told), told["table"], told["age_s"]) == (["gd->work_orders"], "gd", 60.0)
    assert site.blind() == {"work_orders": {"gd"}}
    assert site.alerts() == [("source_stale", "gd", "gd")]
    metrics = site.node.metrics().decode()
    assert 'lightkeeper_source_age_seconds{mapping="gd->work_orders",source="gd"} 60.0' in metrics
    assert 'lightkeeper_source_fresh_seconds{mapping="gd->work_orders",source="gd"} 15.0' in metrics
    assert 'lightkeeper_source_fresh_seconds{mapping="td_sheet->outages",source="gd"} 240.0' in metrics
