"""How completely hours are recorded, learnt from what earlier looks knew."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pandas as pd
import pytest

from gathering import delay

NOW = datetime(2026, 3, 20, 2, 10, tzinfo=UTC)


def recorded(late_h: float) -> pd.DataFrame:
    """Ten days with a demand every six minutes; `recorded_at` is when the facts had it."""
    at = pd.date_range(NOW - timedelta(days=10), NOW, freq="6min", tz="UTC")
    return pd.DataFrame({"source": "orders", "accepted_at": at, "recorded_at": at + timedelta(hours=late_h)})


def looks(rows: pd.DataFrame, lag: timedelta) -> list[dict[str, Any]]:
    """One an hour, of what was known `lag` before the look was taken."""
    found = []
    for day_h in range(5 * 24, 9 * 24):
        looked_at = NOW - timedelta(days=10) + timedelta(hours=day_h)
        known = looked_at - lag
        there = rows[(rows["recorded_at"] <= known) & (rows["accepted_at"] < known)]
        body = {"counts": delay.counts(there, known), "counted_to": known.isoformat()}
        found.append({"looked_at": looked_at, "body": body})
    return found


@pytest.mark.parametrize(
    ("lag", "second"),
    [
        pytest.param(timedelta(0), 0.2, id="known at ten past: two demands of ten"),
        pytest.param(timedelta(minutes=40), 0.5, id="known at half past the hour before"),
    ],
)
def test_hours_recorded_two_hours_late_are_complete_after_two(lag: timedelta, second: float) -> None:
    rows = recorded(2.0)
    known = delay.learnt(looks(rows, lag), rows, NOW)
    assert known is not None
    assert known.within["orders"][:4].tolist() == pytest.approx([0, second, 1, 1], abs=0.01)


def test_hours_recorded_at_once_are_complete() -> None:
    rows = recorded(0.0)
    known = delay.learnt(looks(rows, timedelta(minutes=40)), rows, NOW)
    assert known is not None
    assert known.within["orders"][0] == pytest.approx(1.0, abs=0.01)


def test_looks_that_do_not_say_up_to_when_they_counted_teach_nothing() -> None:
    rows = recorded(0.0)
    old = [{**look, "body": {"counts": look["body"]["counts"]}} for look in looks(rows, timedelta(0))]
    assert delay.learnt(old, rows, NOW) is None
