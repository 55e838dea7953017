"""A source's clock that jumps by whole half hours is told, stands until it is mended, and is no ordinary lag."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from collectors.batch import Batch
from store.facts.db import Facts
from store.facts.source_clock import zone_change
from store.facts.state import Watermark
from tests.store_facts.made import NOW, batch

HOUR, HALF, MINUTE, SECOND = 3_600, 1_800, 60, 1


def read(offset_s: float, after_s: float = 1) -> Batch:
    """A read `after_s` after NOW of a clock that is so far from ours."""
    at = NOW + timedelta(seconds=after_s)
    return batch("units", [], read_at=at, source_now=at + timedelta(seconds=offset_s))


# offset before, offset now, seconds between the reads, minutes that are told
JUMPS = [
    pytest.param(0, 8 * HOUR, 1, 480, id="local time of Shanghai taken for UTC"),
    pytest.param(2, HOUR, 1, 60, id="ahead by an hour, two seconds of drift"),
    pytest.param(0, -HOUR, 1, -60, id="back by an hour"),
    pytest.param(0, HALF, 1, 30, id="a zone of half an hour"),
    pytest.param(-5, -5 - 5.5 * HOUR, 60, -330, id="back by five and a half"),
    pytest.param(0, 40 * MINUTE, 1, None, id="no whole half hour: a clock that is set, not a zone"),
    pytest.param(0, 10 * MINUTE, 1, None, id="ten minutes"),
    pytest.param(-HOUR, 0, 1, None, id="a copy of an hour ago is renewed"),
    pytest.param(-HALF, -SECOND, 1, None, id="a copy of half an hour ago is renewed"),
    pytest.param(0, -HOUR, HOUR, None, id="a copy that was not renewed for an hour"),
    pytest.param(0, -HOUR, 2 * HOUR, None, id="nobody read for two hours, the copy is of one hour ago"),
    pytest.param(None, 8 * HOUR, 1, None, id="the first read"),
]


@pytest.mark.parametrize(("before_s", "now_s", "between_s", "told"), JUMPS)
def test_a_jump(before_s: float | None, now_s: float, between_s: float, told: int | None) -> None:
    known = None if before_s is None else NOW
    mark = Watermark("s", "t->units", "units", read_at=known, offset_s=before_s)
    found = zone_change(mark, read(now_s, between_s))
    assert (None if found is None else found.about["minutes"]) == told


def test_it_stands_until_the_clock_is_back_and_a_day_at_the_most(tmp_path: Path) -> None:
    with Facts(tmp_path / "facts.duckdb", "UTC") as facts:

        def told(offset_s: float, after_s: float) -> list[tuple[str, Any, Any]]:
            facts.merge(replace(read(offset_s, after_s), whole=True), {})
            (state,) = facts.states()
            return [(doubt.what, doubt.about["minutes"], doubt.since_at) for doubt in state.doubts]

        first = NOW + timedelta(seconds=10)
        assert told(0, 0) == []
        assert told(HOUR, 10) == [("zone_changed", 60, first)]
        assert told(HOUR - 1, 600) == [("zone_changed", 60, first)]
        assert told(0, 700) == []
        assert told(-HOUR, 800) == [("zone_changed", -60, NOW + timedelta(seconds=800))]
        assert len(told(-HOUR, 86_000)) == 1
        assert told(-HOUR, 87_200) == []  # it is the usual clock by now
        assert told(-HOUR, 87_300) == []
