"""Open orders of past weeks: kept, and listed again as soon as anything of them can have moved."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from zlib import crc32

import ibis
import pandas as pd
import pytest

from kpis.derive import Rules, derivers
from kpis.limits_file import load
from kpis.open_rows import open_rows
from kpis.orders import fault_reports, is_open
from kpis.switching import PATH
from kpis.work import stage as stage_of
from store.facts import schema
from store.scope import Scope
from tests.kpis.stage import CALENDAR, NOW, Row, Stage, at, fault, merged

OLD = at("08:00", -40)
MINUTE = timedelta(minutes=1)


def repairs(t: ibis.Table) -> tuple[Any, Mapping[str, Any]]:
    """Open fault reports with a column that time alone moves."""
    listed = (t.accepted_at <= schema.NOW) & fault_reports(t) & is_open(t)
    return listed, {**{name: t[name] for name in ("order_no", *PATH)}, "stage": stage_of(t)}


def opened(stage: Stage, now: datetime = NOW) -> list[str]:
    return sorted(open_rows(stage, repairs, now)["order_no"])


def direct(stage: Stage, now: datetime) -> pd.DataFrame:
    wanted, columns = repairs(stage.table("work_orders"))
    return stage.frame(stage.table("work_orders").filter(wanted).select(**columns), now)


def changed(stage: Stage, row: Row) -> None:
    merged(
        stage.facts, "work_orders", [row | {"row_hash": crc32(repr(row).encode())}], derivers(Rules(load(), CALENDAR))
    )


def sorted_frame(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.sort_values("order_no", ignore_index=True)


def test_the_past_is_looked_through_once() -> None:
    stage = Stage(work_orders=[fault("old", OLD), fault("ended", OLD, restored_at=OLD + MINUTE), fault("new")])
    assert (opened(stage), stage.asked) == (["new", "old"], 1)
    with stage.facts.read(Scope.everything("test")) as reader:
        kept = reader.weeks(("open rows", repairs), "work_orders", NOW - timedelta(days=18), NOW, nobody_asks)
    assert kept["order_no"].tolist() == ["old"], "what is over is not even kept"


def nobody_asks(*_: Any) -> pd.DataFrame:
    raise AssertionError("it was counted already")


def test_an_old_order_that_ends_or_comes_back_or_moves_is_listed_anew() -> None:
    stage = Stage(work_orders=[fault("old", OLD), fault("other", OLD, restored_at=OLD + MINUTE)])
    assert opened(stage) == ["old"]
    changed(stage, fault("old", OLD, restored_at=NOW - MINUTE))
    assert opened(stage) == []
    changed(stage, fault("other", OLD))
    assert opened(stage) == ["other"]
    changed(stage, fault("other", "09:00"))
    assert opened(stage) == ["other"], "moved out of the past, it is there once"
    changed(stage, fault("other", OLD - timedelta(days=70), parent_order_no="old"))
    assert opened(stage) == []


@pytest.mark.parametrize("passes", ["restored_at", "archived_at"])
def test_an_old_order_ends_when_its_own_time_passes(passes: str) -> None:
    end = NOW + 10 * MINUTE
    stage = Stage(work_orders=[fault("old", OLD, **{passes: end})])
    assert opened(stage) == ["old"]
    assert opened(stage, end - timedelta(microseconds=1)) == ["old"]
    assert opened(stage, end) == [], "no row changed: only now did"


def test_stages_to_come_show_one_after_the_other() -> None:
    come = {"dispatched_at": NOW + MINUTE, "received_at": NOW + 2 * MINUTE, "arrived_at": NOW + 3 * MINUTE}
    stage = Stage(work_orders=[fault("old", OLD, **come)])
    found = [open_rows(stage, repairs, NOW + n * MINUTE)["stage"].tolist() for n in range(4)]
    assert found == [["accepted"], ["dispatched"], ["on_the_way"], ["on_site"]]


def test_kept_and_fresh_rows_are_those_of_the_whole_table() -> None:
    start = datetime(2026, 6, 1, tzinfo=UTC)
    rows = [
        fault(
            str(n),
            start + timedelta(days=n % 173, minutes=7 * n),
            arrived_at=None if n % 3 else start + timedelta(days=n % 173, hours=n % 90),
            restored_at=None if n % 4 else start + timedelta(days=n % 173, hours=n),
            county=("A", "B")[n % 2],
            is_sensitive=n % 5 == 0,
        )
        for n in range(400)
    ]
    stage = Stage(work_orders=rows)
    for now in (NOW, NOW + timedelta(hours=3), NOW + timedelta(days=9)):
        whole = direct(stage, now)
        assert len(whole) > 100
        pd.testing.assert_frame_equal(sorted_frame(open_rows(stage, repairs, now)), sorted_frame(whole))


def test_a_scope_sees_its_own_rows_of_what_is_kept_for_all() -> None:
    stage = Stage(work_orders=[fault("a", OLD), fault("b", OLD, county="B", station="B1"), fault("new", county="B")])
    assert opened(stage) == ["a", "b", "new"]
    with stage.facts.read(Scope("head", ("B",))) as reader:
        assert sorted(open_rows(reader, repairs, NOW)["order_no"]) == ["b", "new"]


def shifted(t: ibis.Table) -> tuple[Any, Mapping[str, Any]]:
    return t.accepted_at + ibis.interval(days=41) > schema.NOW, {name: t[name] for name in ("order_no", "county")}


def test_what_adds_to_a_time_before_it_compares_is_never_kept() -> None:
    stage = Stage(work_orders=[fault("old", OLD)])
    found = [len(open_rows(stage, shifted, NOW + timedelta(hours=n))) for n in (0, 18)]
    assert found == [1, 0]
