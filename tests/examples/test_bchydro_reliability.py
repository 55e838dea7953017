"""How a polled list becomes outages and steps: change logs whose names say why."""

from typing import Any

import pandas as pd
import pytest

from bench.bchydro_reliability import judged, made

POLLS = pd.Series(pd.date_range("2024-05-01 08:00", periods=6, freq="20min", tz="UTC"), index=range(6))
Log = list[tuple[int, str, float | None, str | None]]


def log(rows: Log, number: int = 1, **more: Any) -> pd.DataFrame:
    """Poll, op, customers, start as the list says it."""
    frame = pd.DataFrame(rows, columns=["poll_no", "op", "numCustomersOut", "dateOff"])
    place = {"regionName": "North", "municipality": "Town", "cause": "Wind storm", "estimate": None, "id": number}
    off = pd.to_datetime("2024-05-01 " + frame["dateOff"], utc=True)
    return frame.assign(**{**place, **more}, dateOff=off, at=frame["poll_no"].map(POLLS))


CASES = [
    pytest.param(
        [(0, "add", 10, "07:30"), (3, "remove", None, None)],
        [(10, "07:30", "09:00")],
        id="over with the poll that lists it no more",
    ),
    pytest.param(
        [(0, "add", 10, "07:30"), (1, "change", 4, "07:30"), (3, "remove", None, None)],
        [(6, "07:30", "08:20"), (4, "07:30", "09:00")],
        id="fewer are a step of restoration",
    ),
    pytest.param(
        [(0, "add", 10, "07:30"), (1, "change", 15, "07:30"), (3, "remove", None, None)],
        [(5, "07:30", "09:00"), (10, "07:30", "09:00")],
        id="more than ever before were off from the start",
    ),
    pytest.param(
        [(0, "add", 10, "07:30"), (1, "change", 4, "07:30"), (2, "change", 10, "07:30"), (3, "remove", None, None)],
        [(6, "07:30", "08:20"), (6, "08:40", "09:00"), (4, "07:30", "09:00")],
        id="more again are off again",
    ),
    pytest.param([(0, "add", 10, "07:30")], [(10, "07:30", None)], id="still listed"),
    pytest.param(
        [(0, "add", 10, None), (1, "remove", None, None)],
        [(10, "08:00", "08:20")],
        id="without a start it begins with its poll",
    ),
    pytest.param([(1, "add", None, "08:00"), (2, "remove", None, None)], [], id="nobody counted"),
]


def clock(at: Any) -> str | None:
    return None if pd.isna(at) else f"{at:%H:%M}"


@pytest.mark.parametrize(("rows", "steps"), CASES)
def test_steps(rows: Log, steps: list[tuple[int, str, str | None]]) -> None:
    _, found = made(log(rows), POLLS)
    lines = [] if found.empty else found[["customers", "off_at", "on_at"]].itertuples(index=False)
    assert [(n, clock(off), clock(on)) for n, off, on in lines] == steps


def test_an_id_that_comes_back_with_another_start_is_another_outage() -> None:
    again: Log = [(0, "add", 5, "07:30"), (1, "remove", None, None), (3, "add", 5, "08:50"), (4, "remove", None, None)]
    assert made(log(again), POLLS)[0]["outage_no"].tolist() == ["1", "1/1"]
    same: Log = [(0, "add", 5, "07:30"), (1, "remove", None, None), (3, "add", 5, "07:30"), (4, "remove", None, None)]
    assert made(log(same), POLLS)[0]["outage_no"].tolist() == ["1"]


@pytest.mark.parametrize(
    ("estimate", "verdict"), [("09:00", "kept"), ("08:50", "not known"), ("08:30", "broken"), (None, "none")]
)
def test_an_estimate_between_two_polls_is_not_known(estimate: str | None, verdict: str) -> None:
    told = pd.Timestamp(f"2024-05-01 {estimate}", tz="UTC") if estimate else pd.NaT
    outages, _ = made(log([(0, "add", 10, "07:30"), (3, "remove", None, None)], estimate=told), POLLS)
    assert judged(outages)["kept"].tolist() == [verdict]
