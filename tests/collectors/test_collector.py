"""The node's side: a child that hangs or dies delays nobody and comes back."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from collectors.batch import Reply
from collectors.collector import BACK_OFF_FATAL_S, START_S, Collector, collect
from collectors.decide import Cursor
from collectors.found import Found
from settings_sources import Source
from tests.collectors.rig import ORDERS, START, Rig
from tests.store_facts.made import batch


def wait_for(reply: Callable[[], Reply | None]) -> Reply:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        if (found := reply()) is not None:
            return found
        time.sleep(0)  # yields; the child has the work
    raise AssertionError("no reply")


@pytest.fixture
def collector(sqlite_rig: Rig) -> Iterator[Collector]:
    sqlite_rig.write("1", kind="0")
    made = Collector("gd", sqlite_rig.source, b"", lambda: START, jitter=lambda: 1.0)
    yield made
    made.stop()


def test_a_child_started_beforehand_has_the_time_that_a_start_takes(collector: Collector) -> None:
    collector.start()
    assert collector.process is not None
    os.kill(collector.process.pid, signal.SIGSTOP)
    collector.ask({0: None}, 0.0)
    assert collector.take(collector.source.limit_s + START_S) is None
    os.kill(collector.process.pid, signal.SIGCONT)
    assert wait_for(lambda: collector.take(0.0)).error is None
    assert collector.killed == 0


def test_a_child_reads_and_is_killed_when_it_outlives_its_limit_and_comes_back(collector: Collector) -> None:
    collector.ask({0: None}, 0.0)
    first = wait_for(lambda: collector.take(0.0))
    assert first.error is None
    assert first.batches[0].rows["source_key"].to_pylist() == ["1"]
    assert first.batches[0].read_at == START
    assert collector.process is not None
    stuck = collector.process.pid
    os.kill(stuck, signal.SIGSTOP)
    collector.ask({0: first.batches[0].cursor}, 10.0)
    assert collector.take(10.0 + collector.source.limit_s) is None
    assert collector.due(10.0 + collector.source.limit_s) == []
    assert collector.skipped == 1
    late = collector.take(10.1 + collector.source.limit_s)
    assert late is not None
    assert "no answer in 60 s" in str(late.error)
    assert collector.killed == 1
    with pytest.raises(ProcessLookupError):
        os.kill(stuck, 0)
    assert collector.due(71.0) == []  # backs off
    assert collector.due(72.0) == [0]
    collector.ask({0: None}, 72.0)
    assert wait_for(lambda: collector.take(72.0 + START_S)).error is None
    assert collector.failures == 0


def test_a_child_that_dies_is_told_and_started_again(collector: Collector) -> None:
    collector.ask({0: None}, 0.0)
    wait_for(lambda: collector.take(0.0))
    assert collector.process is not None
    os.kill(collector.process.pid, signal.SIGSTOP)
    collector.ask({0: None}, 1.0)
    collector.process.kill()
    reply = wait_for(lambda: collector.take(1.0))
    assert "its reader ended" in str(reply.error)
    collector.ask({0: None}, 3.0)
    assert wait_for(lambda: collector.take(3.0)).error is None


def test_pauses_grow_with_failures_and_end_with_the_first_success(sqlite_rig: Rig) -> None:
    source = Source.model_validate({"url": "sqlite:////nowhere.db", "codes": {"category": {}}, "tables": [ORDERS]})
    collector = Collector("gd", source, b"", lambda: START, jitter=lambda: 1.0)
    collector.ask({0: None}, 0.0)
    reply = wait_for(lambda: collector.take(0.0))
    assert reply.error is not None
    assert reply.error.fatal
    assert collector.due(BACK_OFF_FATAL_S - 0.1) == []
    assert collector.due(BACK_OFF_FATAL_S) == [0]
    collector.source = sqlite_rig.source
    collector.stop()
    collector.ask({0: None}, 100.0)
    assert wait_for(lambda: collector.take(100.0)).error is None
    assert collector.due(100.5) == []
    assert collector.due(101.0) == [0]
    collector.stop()


def test_a_slow_table_that_is_put_off_comes_as_soon_as_the_source_is_free(sqlite_rig: Rig) -> None:
    sqlite_rig.use(ORDERS, {**ORDERS, "key": ["no", "kind"], "every_s": 900})
    collector = Collector("gd", sqlite_rig.source, b"", lambda: START)
    collector.ask({0: None, 1: None}, 0.0)
    assert wait_for(lambda: collector.take(0.0)).error is None
    assert collector.due(898.0) == [0], "an extract is not asked for before its time"
    collector.ask({0: None}, 900.0)
    assert (collector.due(900.0), collector.skipped) == ([], 1)
    assert wait_for(lambda: collector.take(900.0)).error is None
    assert collector.due(901.0) == [0, 1]
    collector.stop()


def test_polls_wait_when_the_query_time_of_a_minute_is_spent(sqlite_rig: Rig) -> None:
    source = sqlite_rig.source.model_copy(update={"budget_s": 1e-9})
    collector = Collector("gd", source, b"", lambda: START, jitter=lambda: 1.0)
    collector.ask({0: None}, 0.0)
    assert wait_for(lambda: collector.take(0.5)).error is None
    assert collector.spent_s(0.5) > 0
    assert [second for second in range(1, 70) if collector.due(float(second))] == list(range(61, 70))
    assert collector.delayed == 60
    collector.stop()


def test_what_a_first_load_takes_holds_no_poll_back(sqlite_rig: Rig) -> None:
    collector = Collector("gd", sqlite_rig.source, b"", lambda: START, jitter=lambda: 1.0)
    poll = replace(batch("work_orders", []), query_s=3.0, cursor=Cursor("2"), after=Cursor("1"))
    page = replace(poll, query_s=30.0, cursor=Cursor("1", "k"))
    last = replace(page, cursor=Cursor("2"), after=Cursor("1", "k"))
    for reply in ([replace(page, after=None)], [last, poll]):
        collector._note(Reply(reply), 1.0)
    assert collector.spent_s(1.0) == 3.0
    assert collector.due(2.0) == [0]
    collector._note(Reply([page, last]), 3.0)  # what a poll looks back over fills two pages
    assert collector.spent_s(3.0) == 63.0
    assert collector.due(4.0) == []


def test_a_poll_that_reads_the_whole_table_comes_no_oftener_than_it_may_keep_the_source_busy(sqlite_rig: Rig) -> None:
    for is_indexed, pace in ((False, 2.0), (True, 1.0)):
        collector = Collector("gd", sqlite_rig.source, b"", lambda: START, jitter=lambda: 1.0)
        collector.found[0] = Found(reads_all=not is_indexed)
        collector._took_s[0] = 0.04
        assert collector._pace_s(0) == pytest.approx(pace)


def test_one_dead_source_does_not_keep_the_others_from_being_read(collector: Collector) -> None:
    dead = Source.model_validate({"url": "sqlite:////nowhere.db", "codes": {"category": {}}, "tables": [ORDERS]})
    other = Collector("dead", dead, b"", lambda: datetime(2024, 5, 1, tzinfo=UTC))
    batches, errors = collect({"dead": other, "gd": collector}, lambda *_: None, time.monotonic, 60.0)
    assert [batch.source for batch in batches if batch.rows.num_rows] == ["gd"]
    assert list(errors) == ["dead"]
    other.stop()


def test_the_child_is_light(collector: Collector) -> None:
    import subprocess
    import sys

    code = "import sys, collectors.child; print(sorted({'ibis', 'dash', 'pandas', 'fastapi'} & sys.modules.keys()))"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=Path.cwd())
    assert said.stdout.strip() == "[]"
