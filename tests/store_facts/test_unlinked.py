"""A first load gives the facts that the same rows give when they come one after the other."""

import random
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from collectors.decide import Cursor
from kpis.calendars_file import load as load_calendar
from kpis.derive import Rules, derivers
from kpis.limits_file import load
from store.facts.db import Facts
from store.facts.repeats import COLUMNS
from tests.store_facts.made import NOW, batch

DERIVE = derivers(Rules(load(), load_calendar("Asia/Shanghai")))
PAGE = 250
MAPPING = "orders"


def orders(many: int) -> list[dict[str, Any]]:
    """Orders of few people about few matters, some of them merged into others, not in the order of their acceptance."""
    chance = random.Random(9)  # noqa: S311
    made = []
    for i in range(many):
        at = NOW + timedelta(hours=i // 2 + chance.randint(-90, 0), seconds=i)
        common = {"source_key": f"{i:05}", "order_no": f"{i:05}", "accepted_at": at, "status": "open"}
        common |= {"category": chance.choice(["complaint", "fault_report", "enquiry"]), "row_hash": i}
        common |= {"identity_key": chance.choice([*"abcdefghij", None]), "channel": chance.choice(["95598", "12345"])}
        if i % 9 == 4:
            common |= {"parent_order_no": f"{chance.randrange(many):05}"}
        if i % 13 == 5:
            common |= {"accepted_at": None}
        made.append(common | {"source_sum": i, "still_open": i % 2 == 0})
    return made


def pages(rows: Sequence[dict[str, Any]]) -> Iterator[Any]:
    """Pages of a chain as a collector hands them over: each begins with the last row of the one before."""
    after: Cursor | None = None
    for start in range(0, len(rows), PAGE):
        page = rows[max(0, start - 1) : start + PAGE]
        is_last = start + PAGE >= len(rows)
        cursor = Cursor(str(start), None if is_last else page[-1]["source_key"])
        yield batch("work_orders", page, mapping=MAPPING, after=after, cursor=cursor)
        after = cursor


def one_by_one(facts: Facts, rows: Sequence[dict[str, Any]]) -> None:
    after: Cursor | None = None
    for start in range(0, len(rows), 40):
        cursor = Cursor(str(start))
        made = batch("work_orders", rows[start : start + 40], mapping=MAPPING, after=after, cursor=cursor)
        facts.merge(made, DERIVE)
        after = cursor


def stored(facts: Facts) -> Any:
    while facts.link_some():
        pass
    return facts._db.sql("FROM work_orders ORDER BY source, source_key").to_arrow_table()


@pytest.fixture(scope="module")
def wanted(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with Facts(tmp_path_factory.mktemp("plain") / "facts.duckdb", "Asia/Shanghai") as facts:
        one_by_one(facts, orders(900))
        found = stored(facts)
    assert all(found[name].null_count < 900 for name in COLUMNS if name != "escalated_from")
    return found


def test_pages_give_the_facts_of_single_polls(tmp_path: Path, wanted: Any) -> None:
    with Facts(tmp_path / "facts.duckdb", "Asia/Shanghai") as facts:
        merged = [facts.merge(page, DERIVE) for page in pages(orders(900))]
        assert [(m.new, m.changed) for m in merged] == [(250, 250), (250, 250), (250, 250), (150, 150)]
        before = facts.versions()
        assert facts._db.sql("SELECT count(next_demand_at) FROM work_orders").fetchall() == [(0,)]
        assert stored(facts).equals(wanted)
        assert facts._db.sql("FROM unlinked").fetchall() == []
        assert facts.versions()["work_orders"] > before["work_orders"]  # who keeps answers asks again


def test_links_are_made_in_parts_and_not_before_the_load_is_over(tmp_path: Path, wanted: Any) -> None:
    chain = list(pages(orders(900)))
    with Facts(tmp_path / "facts.duckdb", "Asia/Shanghai") as facts:
        for page in chain[:-1]:
            facts.merge(page, DERIVE)
            assert not facts.link_some()
        facts.merge(chain[-1], DERIVE)
        assert [facts.link_some(200) for _ in range(6)] == [True] * 5 + [False]
        assert stored(facts).equals(wanted)


def read_later(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [row | {"read_at": NOW + timedelta(hours=1)} for row in rows]


@pytest.mark.parametrize("way", ["poll", "whole list", "other mapping"])
def test_orders_that_are_read_again_before_they_are_linked_are_linked(tmp_path: Path, way: str) -> None:
    """The node was killed before it made links; then rows come again with what no link rests on."""
    rows = orders(500)
    again = read_later([row | {"row_hash": 5_000 + i, "arrived_at": NOW} for i, row in enumerate(rows[:40])])
    last = Cursor("250")
    kinds: dict[str, Any] = {
        "poll": batch("work_orders", again, mapping=MAPPING, after=last, cursor=Cursor("9")),
        "whole list": batch("work_orders", read_later(again + rows[40:]), mapping=MAPPING, after=last, whole=True),
        "other mapping": batch("work_orders", again, mapping="others"),
    }
    with Facts(tmp_path / "facts.duckdb", "Asia/Shanghai") as facts:
        for page in pages(rows):
            facts.merge(page, DERIVE)
    with Facts(tmp_path / "facts.duckdb", "Asia/Shanghai") as facts:
        facts.merge(kinds[way], DERIVE)
        loaded = stored(facts)
    with Facts(tmp_path / "plain.duckdb", "Asia/Shanghai") as facts:
        one_by_one(facts, rows)
        assert stored(facts).select(COLUMNS).equals(loaded.select(COLUMNS))


def test_large_polls_give_the_facts_of_small_ones(tmp_path: Path, wanted: Any) -> None:
    """New orders beside others of the same identities and their parents: where one join found both by rowid, DuckDB 2.0
    read foreign memory in one of ten runs."""
    with Facts(tmp_path / "facts.duckdb", "Asia/Shanghai") as facts:
        after: Cursor | None = None
        for start in range(0, 900, 250):
            cursor = Cursor(str(start))
            page = orders(900)[max(0, start - 1) : start + 250]
            facts.merge(batch("work_orders", page, mapping=MAPPING, after=after, cursor=cursor), DERIVE)
            after = cursor
        assert stored(facts).equals(wanted)


def test_a_load_that_is_cut_short_goes_on_with_its_links(tmp_path: Path, wanted: Any) -> None:
    chain = list(pages(orders(900)))
    for page in chain:  # a process of its own for each page
        with Facts(tmp_path / "facts.duckdb", "Asia/Shanghai") as facts:
            facts.merge(page, DERIVE)
    with Facts(tmp_path / "facts.duckdb", "Asia/Shanghai") as facts:
        assert stored(facts).equals(wanted)


def test_rows_that_are_known_are_merged(tmp_path: Path) -> None:
    """A catch-up: some rows changed, some came again as they were, most are new."""
    first, rows = orders(900), orders(900)
    for i in (3, 260, 611):
        rows[i] |= {"identity_key": "k", "row_hash": 10_000 + i}
    found = []
    for way in ("pages", "single"):
        with Facts(tmp_path / f"{way}.duckdb", "Asia/Shanghai") as facts:
            facts.merge(batch("work_orders", [first[i] for i in (3, 4, 260, 611, 612)], mapping=MAPPING), DERIVE)
            if way == "pages":
                merged = [facts.merge(page, DERIVE) for page in pages(rows)]
                assert [(m.new, m.changed) for m in merged] == [(248, 249), (249, 250), (248, 249), (150, 150)]
            else:
                one_by_one(facts, rows)
            found.append(stored(facts))
    assert found[0].equals(found[1])


def test_a_mapping_that_is_dropped_in_the_middle_of_its_load_leaves_rows_with_links(tmp_path: Path) -> None:
    rows = orders(500)
    with Facts(tmp_path / "facts.duckdb", "Asia/Shanghai") as facts:
        facts.merge(next(pages(rows)), DERIVE)
        facts.keep_only("s", [])
        half = stored(facts)
    with Facts(tmp_path / "plain.duckdb", "Asia/Shanghai") as facts:
        one_by_one(facts, rows[:250])
        whole = stored(facts)
    half, whole = (
        found.drop_columns(["row_hash"]) for found in (half, whole)
    )  # a mapping that is dropped forgets them
    assert half.equals(whole)
