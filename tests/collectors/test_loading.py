"""A first load in a process of its own: how far it is, that it starves nothing, and what is read ahead."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from collectors.batch import Batch, Reply
from collectors.collector import Collector, collect
from collectors.decide import Cursor
from collectors.loading import Load
from collectors.poll import Poller
from settings_sources import Source
from store.facts.db import Facts

START = datetime(2024, 5, 1, 8, tzinfo=UTC)
ROWS = 20_000  # more than a reply has time for


def mapping(table: str, into: str, number: str) -> dict[str, Any]:
    return {"into": into, "table": table, "key": "no", "changed_at": "at", "time_format": "%Y-%m-%d %H:%M:%S",
            "columns": {number: "no"}}  # fmt: skip


@pytest.fixture
def source(tmp_path: Path) -> Iterator[tuple[Source, sa.Engine]]:
    """A large table and a small one."""
    url = f"sqlite:///{tmp_path / 'source.db'}"
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        for table in ("large", "small"):
            connection.exec_driver_sql(f"CREATE TABLE {table} (no TEXT, at TEXT)")
        rows = [{"no": f"{i:05}", "at": str(START + timedelta(seconds=i // 3))[:19]} for i in range(ROWS)]
        connection.execute(sa.text("INSERT INTO large VALUES (:no, :at)"), rows)
        connection.exec_driver_sql("CREATE INDEX later ON large (at)")
    tables = [mapping("large", "work_orders", "order_no"), mapping("small", "surveys", "survey_no")]
    settings = {"url": url, "page": 100, "poll_s": 0.05, "look_back_s": 0, "zone": "UTC", "tables": tables}
    yield Source.model_validate(settings), engine
    engine.dispose()


def pages(reply: Reply) -> list[Batch]:
    return [one for one in reply.batches if not one.strays]


def test_a_change_of_another_table_does_not_wait_for_a_load(source: tuple[Source, sa.Engine], tmp_path: Path) -> None:
    collector, asks_since, seen_after = Collector("s", source[0], b"", lambda: START + timedelta(days=1)), 0, None
    abouts, paces = [], []
    with Facts(tmp_path / "facts.duckdb", "UTC") as facts:
        try:
            until = time.monotonic() + 120
            while time.monotonic() < until:
                batches, errors = collect({"s": collector}, facts.cursor, time.monotonic, 5.0)
                assert not errors, errors
                asks_since += asks_since > 0
                for batch in batches:
                    facts.merge(batch, {})
                    if batch.table == "surveys" and batch.rows.num_rows and seen_after is None:
                        seen_after = asks_since
                load = collector.loads.get("large->work_orders")
                if load is None and asks_since:
                    break
                if load is not None:
                    abouts.append(load.about)
                    paces.append(load.rows_per_s)
                    if not asks_since:  # the load has begun
                        with source[1].begin() as connection:
                            connection.exec_driver_sql("INSERT INTO small VALUES ('1', '2024-05-01 08:00:00')")
                        asks_since = 1
        finally:
            collector.stop()
        assert facts._db.sql("SELECT count(*) FROM work_orders").fetchall() == [(ROWS,)]
    assert seen_after is not None
    assert seen_after <= 4
    assert len(abouts) > 3
    assert all(about is not None and abs(about - ROWS) <= 5 * ROWS // 100 for about in abouts)
    assert all(pace is None or pace > 0 for pace in paces)
    assert collector.loads == {}


def test_the_page_that_was_read_ahead_is_given_to_who_asks_for_it(source: tuple[Source, sa.Engine]) -> None:
    poller = Poller("s", source[0], b"")
    try:
        poller.fast.why_not["large"] = "small pages"
        first = pages(poller.poll({0: None}, START + timedelta(days=1)))[-1]
        assert first.more
        poller.read_ahead()
        with source[1].begin() as connection:
            connection.exec_driver_sql("DELETE FROM large")
        ahead = pages(poller.poll({0: first.cursor}, START + timedelta(days=1)))
        assert [(one.after, one.rows.num_rows) for one in ahead] == [(first.cursor, 101)]
        poller.read_ahead()
        anew = poller.poll({0: None}, START + timedelta(days=1)).batches  # not what was read ahead
        assert sum(one.rows.num_rows for one in anew) == 0
    finally:
        poller.forget()


def test_rows_left_are_counted_from_where_a_load_goes_on(source: tuple[Source, sa.Engine]) -> None:
    first = Poller("s", source[0], b"")
    page = first.poll({0: None}, START + timedelta(days=1)).batches[0]
    assert page.left == ROWS - page.rows.num_rows
    first.forget()
    second = Poller("s", source[0], b"")
    rest = second.poll({0: page.cursor}, START + timedelta(days=1)).batches[0]
    assert rest.left is not None
    assert abs(rest.left - (ROWS - page.rows.num_rows - rest.rows.num_rows)) <= 5  # the last second is read again
    second.forget()


def test_a_load_says_its_pace_and_what_it_still_takes() -> None:
    load = Load(began=10.0, at=10.0)
    assert (load.rows_per_s, load.remaining_s, load.about) == (None, None, None)
    load.page(1_000, 9_000, 12.0)
    assert (load.rows_per_s, load.remaining_s, load.about) == (500.0, 18.0, 10_000)
    load.page(1_000, None, 14.0)
    assert (load.rows_per_s, load.remaining_s, load.about) == (500.0, None, None)


def test_a_cursor_without_a_value_begins_anew(source: tuple[Source, sa.Engine]) -> None:
    poller = Poller("s", source[0], b"")
    assert poller.poll({0: Cursor(None)}, START + timedelta(days=1)).batches[0].left is not None
    poller.forget()
