"""Doubts about a source's rows: raised by what can not be, silent on ordinary days, storms and little data."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest

from kpis.doubts import Doubt, doubts
from tests.kpis.stage import NOW, Stage

Row = Mapping[str, Any]
WEEK = timedelta(weeks=1)


def orders(per_week: list[int], **other: Any) -> list[dict[str, Any]]:
    """`per_week` orders in the looked-at hours of this week, the week before, and so on, and one a day between."""
    found = []
    for week, many in enumerate(per_week):
        start = NOW - week * WEEK - timedelta(hours=3.9)
        found += [
            {"source": "s", "source_key": f"{week}-{n}", "accepted_at": start + timedelta(minutes=2 * n), **other}
            for n in range(many)
        ]
    return found


def said(stage: Stage) -> dict[str, Doubt]:
    return {doubt.what: doubt for doubt in doubts(stage, NOW)}


@pytest.mark.parametrize(
    ("this_week", "past", "what"),
    [
        (0, [40, 44, 38, 41, 40, 60], "silent_source"),
        (5, [40, 44, 38, 41, 40, 60], "unusual_volume"),
        (30, [40, 44, 38, 41, 40, 60], None),
        (80, [20, 22, 25, 21, 20, 24], None),  # a storm
        (0, [3, 2, 4, 3, 1, 2], None),  # seldom anything
        (0, [40, 44, 38, 41, 40], None),  # not yet six weeks
        (0, [40, 44, 0, 41, 40, 60], None),  # it happens
    ],
)
def test_volume_against_the_same_hours_of_six_weeks(this_week: int, past: list[int], what: str | None) -> None:
    other = [{"source": "other", "source_key": str(n), "accepted_at": NOW - timedelta(minutes=n)} for n in range(9)]
    found = said(Stage(work_orders=[*orders([this_week, *past]), *other]))
    assert set(found) == ({what} if what else set())
    if what:
        assert (found[what].source, found[what].about["n"], found[what].about["usual"]) == ("s", this_week, 40)


def day_of(n: int, days_ago: float, **other: Any) -> list[dict[str, Any]]:
    return [
        {
            "source": "s", "source_key": f"{days_ago}-{i}", "accepted_at": NOW - timedelta(days=days_ago, minutes=i),
            **other,
        }
        for i in range(n)
    ]  # fmt: skip


def test_a_column_that_fell_empty_and_none_that_never_was_full() -> None:
    old = [row for day in range(1, 8) for row in day_of(60, day + 0.2, station="S1", crew="C" if day == 3 else None)]
    found = said(Stage(work_orders=[*old, *day_of(60, 0.2)]))
    assert found["column_fell_empty"].about["columns"] == ["station"]
    assert found["column_fell_empty"].about["n"] == 60
    assert said(Stage(work_orders=[*old, *day_of(40, 0.2)])) == {}  # too few to say so
    assert said(Stage(work_orders=[*old, *day_of(59, 0.2), *day_of(1, 0.4, station="S2")])) == {}


def outages(equal: int, other: int) -> list[dict[str, Any]]:
    found = []
    for i in range(equal + other):
        end = NOW - timedelta(hours=i + 1)
        estimate = end if i < equal else end + timedelta(minutes=7)
        found.append(
            {"source": "s", "source_key": str(i), "outage_no": str(i), "started_at": end - timedelta(hours=2),
             "restored_at": end, "estimate_at": estimate}
        )  # fmt: skip
    return found


def test_outages_that_end_at_their_estimate() -> None:
    assert said(Stage(outages=outages(6, 5)))["restored_at_the_estimate"].about == {"n": 11, "equal": 6}
    assert said(Stage(outages=outages(3, 9))) == {}
    assert said(Stage(outages=outages(5, 0))) == {}


def revisits(scale: float, at: datetime, many: int) -> list[dict[str, Any]]:
    return [
        {"source": "s", "source_key": f"{scale}-{i}", "survey_no": f"{scale}-{i}", "channel": "sms", "asked_at": at,
         "outcome": "answered", "score": 3.0, "scale_min": 1.0, "scale_max": scale}
        for i in range(many)
    ]  # fmt: skip


def test_a_scale_that_moved_of_late() -> None:
    before, now = revisits(5.0, NOW - timedelta(days=40), 4), revisits(10.0, NOW - timedelta(days=2), 3)
    found = said(Stage(surveys=[*before, *now]))["scale_moved"]
    assert (found.about["channel"], set(found.about["scales"])) == ("sms", {"1-5", "1-10"})
    assert found.since_at == NOW - timedelta(days=2)
    assert said(Stage(surveys=[*before, *revisits(10.0, NOW - timedelta(days=35), 3)])) == {}
