"""The fast path of a first load gives the facts that the usual one gives, or leaves the table to it."""

import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from collectors.decide import Cursor, Plan
from collectors.fast import Fast, _connected
from collectors.poll import Poller
from collectors.read import prepare
from settings_sources import Source, mapping_id
from store.facts.db import Facts

START = datetime(2024, 5, 1, 8, 0, tzinfo=UTC)
TYPES = {
    "no": "varchar(20)", "changed": "timestamp", "opened": "timestamptz", "day": "date", "kind": "char(4)",
    "calls": "smallint", "load": "numeric", "lon": "double precision", "lat": "double precision", "is_hot": "boolean",
    "words": "text", "big": "bigint",
}  # fmt: skip
MAPPING: dict[str, Any] = {
    "into": "work_orders",
    "table": "loaded",
    "key": "no",
    "changed_at": "changed",
    "open_where": {"kind": ["0"]},
    "columns": {
        "order_no": "no", "accepted_at": "opened", "given_due_at": "day",
        "category": {"column": "kind", "codes": "kind"},
        "call_count": "calls", "capacity_kva": "load", "subcategory_3": "load", "lon": "lon", "lat": "lat",
        "is_sensitive": "is_hot", "subcategory_1": "words", "arrears_cny": "big", "subcategory_2": "big",
    },
    "personal": {"text": "words"},
    "identity": ["words"],
}  # fmt: skip
ROWS = 400
SOME = " WHERE calls = 7"
WORDS = ("停电了 😀𠮷", "100% sure", "it's a \\ backslash", "", " blank ", "a|b", ":colon", None)
NUMBERS = ("1", "0.5", "0.00", "5.10", "1e-10", "123456789012345.6789", "-7", None)


def row(i: int) -> dict[str, Any]:
    at = START + timedelta(minutes=i // 7)  # equal times across the borders of pages
    return {
        "no": f"o'{i * 7919 % 1000:04}%\\",
        "changed": at.replace(tzinfo=None),
        "opened": None if i % 11 == 0 else at - timedelta(hours=i % 50, microseconds=i),
        "day": None if i % 5 == 0 else at.date(),
        "kind": str(i % 4),
        "calls": None if i % 3 == 0 else i % 9,
        "load": NUMBERS[i % len(NUMBERS)],
        "lon": None if i % 13 == 0 else 112 + i / 7,
        "lat": 29 + i / 3333,
        "is_hot": (None, True, False)[i % 3],
        "words": WORDS[i % len(WORDS)],
        "big": None if i % 17 == 0 else 2**53 + i,
    }


class Loaded:
    """A table of ROWS rows, read by pages of 100 (and 500 on the fast path) into facts of its own."""

    def __init__(self, url: sa.URL, folder: Path, types: dict[str, str], mapping: dict[str, Any] = MAPPING) -> None:
        self.url, self.folder, self.mapping, self.engine = url, folder, mapping, sa.create_engine(url)
        body = ", ".join(f"{name} {kind}" for name, kind in types.items())
        self.sql("DROP TABLE IF EXISTS loaded")
        self.sql(f"CREATE TABLE loaded ({body})")
        names, marks = ", ".join(types), ", ".join(f":{name}" for name in types)
        lite = url.get_backend_name() == "sqlite"
        rows = [
            {k: str(v)[:19] if lite and isinstance(v, datetime) else v for k, v in row(i).items()} for i in range(ROWS)
        ]
        rows = [{name: one[name] for name in types} for one in rows]
        with self.engine.begin() as connection:
            connection.execute(sa.text(f"INSERT INTO loaded ({names}) VALUES ({marks})"), rows)  # noqa: S608

    def sql(self, text: str) -> None:
        with self.engine.begin() as connection:
            connection.exec_driver_sql(text)

    def why_not(self, back: float = 0) -> dict[str, str]:
        """Of one page with all rows."""
        source = Source.model_validate(
            {"url": self.url.render_as_string(hide_password=False), "tables": [self.mapping], "look_back_s": back}
        )
        fast = Fast("s", source)
        with self.engine.connect() as connection:
            reads = prepare("s", source.tables[0], sa.inspect(connection))
            fetched = fast.page(reads, Plan(ROWS, START), connection.dialect)
        assert (fetched is None) == bool(fast.why_not)
        fast.close()
        return fast.why_not

    def load(self, *, fast: bool) -> tuple[Any, dict[str, str], int]:
        """The facts as frames, why a table was not read fast, and how many pages were."""
        url = self.url.render_as_string(hide_password=False)
        codes = {"kind": {"0": "fault_report", "1": "complaint", "2": "praise"}}
        source = Source.model_validate(
            {"url": url, "page": 100, "codes": codes, "tables": [self.mapping], "look_back_s": 0}
        )
        poller = Poller("s", source, b"key")
        if not fast:
            poller.fast.why_not["loaded"] = "asked for"
        now, larger, place = START + timedelta(days=400), 0, mapping_id(source.tables[0])
        with Facts(self.folder / f"{fast}.duckdb", "Asia/Shanghai") as facts:
            while True:
                stored = facts.cursor("s", place)
                reply = poller.poll({0: None if stored is None else Cursor(*stored)}, now)
                assert reply.error is None, reply.error
                for batch in reply.batches:
                    larger += batch.rows.num_rows > 101
                    facts.merge(dataclasses.replace(batch, source_now=now, read_at=now), {})
                if not any(batch.more for batch in reply.batches):
                    break
            poller.forget()
            frames = [
                facts._db.sql(f"FROM {name} ORDER BY ALL").to_arrow_table()
                for name in ("work_orders", "personal", "quarantine", "watermarks")
            ]
        return frames, poller.fast.why_not, larger


@pytest.fixture
def pg(postgres: sa.URL, tmp_path: Path) -> Iterator[Loaded]:
    made = Loaded(postgres, tmp_path, TYPES)
    yield made
    made.engine.dispose()


def test_postgresql_gives_the_same_facts_both_ways(pg: Loaded) -> None:
    usual, _, larger = pg.load(fast=False)
    assert larger == 0
    fast, why_not, larger = pg.load(fast=True)
    assert (why_not, larger) == ({}, 1)
    assert usual[0].num_rows == ROWS
    for one, other in zip(usual, fast, strict=True):
        assert one.equals(other)
    assert len(set(usual[0]["source_sum"].to_pylist())) == ROWS
    assert set(usual[0]["still_open"].to_pylist()) == {True, False}


@pytest.mark.parametrize(
    ("broken", "why"),
    [
        ("UPDATE loaded SET opened = 'infinity'", "column `opened` has times beyond the years 1 to 9999"),
        ("UPDATE loaded SET day = '0044-03-15 BC'", "column `day` has times beyond the years 1 to 9999"),
        ("UPDATE loaded SET load = 'NaN'", "column `load` has numbers that are none"),
        ("ALTER TABLE loaded ALTER lon TYPE real", "column `lon` is of type float4"),
        ("ALTER TABLE loaded ALTER words TYPE jsonb USING to_jsonb(words)", "column `words` is of type jsonb"),
        ("ALTER TABLE loaded ALTER words TYPE bytea USING NULL", "column `words` is of type bytea"),
    ],
)  # fmt: skip
def test_what_can_not_be_read_faithfully_is_left_to_the_usual_path(pg: Loaded, broken: str, why: str) -> None:
    pg.sql(broken + (SOME if broken.startswith("UPDATE") else ""))
    assert pg.why_not() == {"loaded": why}


def test_a_table_that_is_left_to_the_usual_path_is_read_and_told(pg: Loaded, capfd: pytest.CaptureFixture[str]) -> None:
    pg.sql("UPDATE loaded SET opened = 'infinity' WHERE changed = (SELECT max(changed) FROM loaded)")
    usual, _, _ = pg.load(fast=False)
    fast, why_not, larger = pg.load(fast=True)
    assert (list(why_not), larger) == (["loaded"], 0)
    assert f"table `loaded`: its first load is read row by row: {why_not['loaded']}" in capfd.readouterr().err
    for one, other in zip(usual, fast, strict=True):
        assert one.equals(other)


def test_a_key_and_a_time_of_other_types_carry_the_cursor(postgres: sa.URL, tmp_path: Path) -> None:
    """timestamptz, and a numeric key of which some have a fraction."""
    mapping = MAPPING | {"key": ["load", "no"], "changed_at": "opened"}
    made = Loaded(postgres, tmp_path, TYPES, mapping)
    made.sql("UPDATE loaded SET load = 3 WHERE load IS NULL; UPDATE loaded SET opened = changed WHERE opened IS NULL")
    usual, _, _ = made.load(fast=False)
    fast, why_not, larger = made.load(fast=True)
    assert (why_not, larger) == ({}, 1)
    assert usual[0].equals(fast[0])
    assert usual[3]["value"].to_pylist()[0][:12] == fast[3]["value"].to_pylist()[0][:12]
    made.engine.dispose()


LITE = {name: kind for name, kind in TYPES.items() if name not in ("is_hot",)} | {"is_hot": "", "opened": "datetime"}


@pytest.fixture
def lite(tmp_path: Path) -> Iterator[Loaded]:
    made = Loaded(sa.make_url(f"sqlite:///{tmp_path / 'source #1.db'}"), tmp_path, LITE)
    yield made
    made.engine.dispose()


def test_sqlite_gives_the_same_facts_both_ways(lite: Loaded) -> None:
    """But for the checksum: its function is ours. So a table that is compared is not read so."""
    lite.sql("UPDATE loaded SET load = CAST(load AS REAL), big = big - 9007199254740992")
    usual, _, _ = lite.load(fast=False)
    fast, why_not, larger = lite.load(fast=True)
    assert (why_not, larger) == ({}, 1)
    for one, other in zip(usual, fast, strict=True):
        names = [name for name in one.column_names if name != "source_sum"]
        assert one.select(names).equals(other.select(names))
    assert None not in usual[0]["source_sum"].to_pylist()


@pytest.mark.parametrize(
    ("broken", "why"),
    [
        ("UPDATE loaded SET is_hot = 'yes'", "column `is_hot` has numbers among its texts"),
        ("UPDATE loaded SET calls = '1x'", "column `calls` has numbers among its texts"),
        ("UPDATE loaded SET words = x'e5819c'", "column `words` has raw bytes"),
        ("UPDATE loaded SET words = CAST(x'ffd0' AS TEXT)", "column `words` has text in another encoding"),
        ("UPDATE loaded SET lon = 9007199254740993.0", "column `lon` has numbers too long for a double"),
    ],
)  # fmt: skip
def test_a_column_of_sqlite_with_values_of_several_types_is_left_to_the_usual_path(
    lite: Loaded, broken: str, why: str
) -> None:
    lite.sql("UPDATE loaded SET load = CAST(load AS REAL), big = 0")
    assert lite.why_not() == {}
    assert lite.why_not(86_400.0) == {"loaded": "it is compared by checksums, which only our own function gives"}
    lite.sql(broken + SOME)
    assert lite.why_not() == {"loaded": why}


def test_what_is_so_by_design_is_not_said_and_a_missing_driver_once(
    lite: Loaded, capsys: pytest.CaptureFixture[str]
) -> None:
    assert list(lite.why_not(86_400.0)) == ["loaded"]
    assert capsys.readouterr().err == ""

    tables = [MAPPING, {**MAPPING, "table": "other"}]
    fast = Fast("s", Source.model_validate({"url": "mysql+pymysql://db/x", "tables": tables, "look_back_s": 0}))
    with lite.engine.connect() as connection:
        reads = prepare("s", fast.source.tables[0], sa.inspect(connection))
        for table in fast.source.tables:
            assert fast.page(dataclasses.replace(reads, mapping=table), Plan(ROWS, START), connection.dialect) is None
    assert list(fast.why_not) == ["loaded", "other"]
    (said,) = capsys.readouterr().err.splitlines()
    assert said.endswith("table `loaded`: its first load is read row by row: there is no fast driver for mysql+pymysql")


@contextmanager
def opened(made: Loaded) -> Iterator[Any]:
    url = made.url.render_as_string(hide_password=False)
    connection = _connected(Source.model_validate({"url": url, "tables": [MAPPING]}))
    try:
        with connection.cursor() as cursor:
            yield cursor
    finally:
        connection.close()


def test_the_session_can_not_write(pg: Loaded, lite: Loaded) -> None:
    for made, told in ((pg, "read-only transaction"), (lite, "readonly database")):
        with opened(made) as cursor, pytest.raises(Exception, match=told):
            cursor.execute("DELETE FROM loaded")


def test_a_page_that_is_too_slow_leaves_the_table_to_smaller_pages(pg: Loaded) -> None:
    pg.sql("CREATE OR REPLACE VIEW slow AS SELECT * FROM loaded WHERE pg_sleep(0.01)::text = ''")
    mapping = MAPPING | {"table": "slow"}
    url = pg.url.render_as_string(hide_password=False)
    source = Source.model_validate({"url": url, "limit_s": 0.3, "tables": [mapping]})
    fast = Fast("s", source)
    with pg.engine.connect() as connection:
        reads = prepare("s", source.tables[0], sa.inspect(connection))
        assert fast.page(reads, Plan(1000, START), connection.dialect) is None
    assert "longer than limit_s allows" in fast.why_not["slow"]
    pg.sql("DROP VIEW slow")
