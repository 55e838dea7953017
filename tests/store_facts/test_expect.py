"""A mapping that means something else is read anew; a table that fails does not make the others look old."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from collectors.decide import Cursor
from store.facts.db import Facts
from store.facts.errors import StoreError
from tests.store_facts.made import NOW, batch

ORDERS, UNITS = "t->work_orders", "t->units"


@pytest.fixture
def facts(tmp_path: Path) -> Iterator[Facts]:
    with Facts(tmp_path / "facts.duckdb", "Asia/Shanghai") as opened:
        yield opened


def test_a_changed_mapping_is_read_from_the_start_and_its_rows_written_anew(facts: Facts) -> None:
    first = batch("work_orders", [{"crew": "1"}], cursor=Cursor("1"))
    facts.merge(first, {})
    other = batch("work_orders", [{"crew": "1", "source_key": "o"}], cursor=Cursor("1"), mapping="u->work_orders")
    facts.merge(other, {})
    assert not facts.expect("s", ORDERS, "a")
    assert not facts.expect("s", ORDERS, "a")
    assert facts.cursor("s", ORDERS) == ("1", None)
    assert facts.expect("s", ORDERS, "b")
    assert not facts.expect("s", ORDERS, "b")
    assert facts.cursor("s", ORDERS) is None
    assert facts.cursor("s", "u->work_orders") == ("1", None)
    assert facts.merge(first, {}).changed == 1
    assert facts.merge(replace(other, after=Cursor("1")), {}).changed == 0


def test_a_changed_mapping_is_known_to_facts_opened_again(tmp_path: Path) -> None:
    with Facts(tmp_path / "facts.duckdb", "Asia/Shanghai") as facts:
        facts.merge(batch("work_orders", [{"crew": "1"}], cursor=Cursor("1")), {})
        facts.expect("s", ORDERS, "a")
    with Facts(tmp_path / "facts.duckdb", "Asia/Shanghai") as facts:
        assert facts.expect("s", ORDERS, "b")
    with Facts(tmp_path / "facts.duckdb", "Asia/Shanghai") as facts:
        assert not facts.expect("s", ORDERS, "b")
        assert facts.cursor("s", ORDERS) is None
        assert facts.merge(batch("work_orders", [{"crew": "1"}], cursor=Cursor("1")), {}).changed == 1


def test_a_table_is_as_fresh_as_the_mappings_that_feed_it(facts: Facts) -> None:
    later = NOW + timedelta(minutes=5)
    facts.merge(batch("work_orders", [{"crew": "1"}]), {})
    facts.merge(batch("units", [{"code": "1"}]), {})
    facts.record_error("s", "units are lost", NOW, UNITS)
    facts.merge(batch("work_orders", [{"crew": "1"}], source_now=later, read_at=later), {})
    (state,) = facts.states()
    assert state.as_of == NOW
    assert state.as_of_by_table == {"work_orders": later, "units": NOW}
    assert state.error == "units are lost"  # a good read of another table does not mend it
    facts.record_error("s", "no connection", later)
    facts.merge(batch("units", [{"code": "1"}], source_now=later, read_at=later), {})
    (state,) = facts.states()
    assert (state.as_of, state.error) == (later, None)


def test_facts_whose_merge_was_refused_go_on(facts: Facts) -> None:
    first = batch("work_orders", [{"crew": "1"}])
    broken = replace(first, rows=first.rows.drop_columns(["source_key"]))
    with pytest.raises(StoreError, match=r"s, t->work_orders: could not be stored \(KeyError\)"):
        facts.merge(broken, {})
    unfit = replace(first, rejects=first.rows)
    with pytest.raises(StoreError, match=r"could not be stored \(BinderException\)"):
        facts.merge(unfit, {})
    assert facts.versions() == {}
    assert facts.merge(first, {}).new == 1


def test_a_mapping_that_left_the_settings_holds_no_freshness_and_yields_its_rows(facts: Facts) -> None:
    later = NOW + timedelta(minutes=5)
    facts.merge(batch("work_orders", [{"crew": "1"}]), {})
    facts.merge(batch("units", [{"code": "1"}]), {})
    facts.record_error("s", "orders are lost", NOW, ORDERS)
    facts.keep_only("s", [UNITS, "new->work_orders"])
    facts.merge(batch("work_orders", [{"crew": "1"}], mapping="new->work_orders", whole=True, source_now=later), {})
    facts.merge(batch("units", [{"code": "1"}], source_now=later), {})
    (state,) = facts.states()
    assert (state.as_of, state.error) == (later, None)
    emptied = batch("work_orders", [{"crew": "2", "source_key": "n"}], mapping="new->work_orders", whole=True)
    assert facts.merge(emptied, {}).vanished == 1  # the row belongs to the new mapping
