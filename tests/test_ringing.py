"""A node reads a source whose bell rings between two ticks, and says on page Sources whether it is heard."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest

import node
import source_book
from settings import load
from site_clock import Clock
from store.scope import Scope

CONFIG = """
[site]
name = "Ring"
key = "a key of the site, of this test only"

[node]
var = "{folder}"

[sources.gd]
url = "{url}"
bell = "lightkeeper"
poll_s = 3600

[[sources.gd.tables]]
into = "work_orders"
table = "gd"
key = "no"
changed_at = "changed"

[sources.gd.tables.columns]
order_no = "no"
accepted_at = "opened"
"""
CREATE = """
CREATE TABLE gd (no TEXT PRIMARY KEY, opened TIMESTAMPTZ, changed TIMESTAMPTZ);
CREATE FUNCTION ring() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NOTIFY lightkeeper; RETURN NULL; END $$;
CREATE TRIGGER ring AFTER INSERT ON gd FOR EACH STATEMENT EXECUTE FUNCTION ring();
INSERT INTO gd VALUES ('1', now(), now());
"""


@pytest.fixture
def one(tmp_path: Path, database: str) -> Iterator[node.Node]:
    with psycopg.connect(database) as source:
        source.execute(CREATE.encode())
    file = tmp_path / "lightkeeper.toml"
    url = database.replace("postgresql://", "postgresql+psycopg://")
    file.write_text(CONFIG.format(folder=tmp_path, url=url), "utf-8")
    made = node.Node(load(file), Clock())
    try:
        yield made
    finally:
        made.ringing.stop()
        made.close()


def orders(one: node.Node) -> set[str]:
    with one.reader(Scope.everything("test")) as reader:
        return set(reader.frame(reader.table("work_orders").select("order_no"), datetime.now(UTC))["order_no"])


def test_a_ring_brings_a_row_to_the_facts_without_a_tick(one: node.Node, database: str) -> None:
    one.house.patience_s = 60.0
    one.tick()
    assert orders(one) == {"1"}
    one.ringing.start()
    with psycopg.connect(database) as source:
        source.execute("INSERT INTO gd VALUES ('2', now(), now())")
    end = time.monotonic() + 20
    while orders(one) != {"1", "2"}:
        assert time.monotonic() < end, "the ring brought nothing"
    one._gauge_readers()
    (told,) = source_book.answer(one, Scope.everything("test"), {})["sources"]
    assert told["bell"]["channel"] == "lightkeeper"
    assert told["bell"]["is_heard"]
    assert told["bell"]["rings"] >= 1
