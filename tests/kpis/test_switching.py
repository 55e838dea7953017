"""Who is without supply at 14:32, for outages and areas whose names say why."""

import pandas as pd
import pytest

from kpis.switching import steps, total, with_customers
from tests.kpis.stage import NOW, Row, area, at, outage

OUTAGES = ["source", "outage_no", "city", "county", "station", "customers_out", "started_at", "restored_at"]
AREAS = ["source", "outage_no", "transformer_area", "customers", "off_at", "on_at"]


def frame(rows: list[Row], columns: list[str]) -> pd.DataFrame:
    found = pd.DataFrame(rows, columns=columns)
    times = {c: pd.to_datetime(found[c], utc=True).astype("datetime64[us, UTC]") for c in columns if c.endswith("_at")}
    numbers = {c: found[c].astype("float64") for c in columns if c.startswith("customers")}
    return found.assign(**times, **numbers)


CASES = [
    pytest.param(outage("x", customers_out=9), [], 9, id="without areas the source's own number counts"),
    pytest.param(outage("x"), [], None, id="nobody counted"),
    pytest.param(outage("x", customers_out=9), [area("x", "T", 4, "12:00")], 4, id="areas count before that number"),
    pytest.param(
        outage("x", customers_out=9), [area("x", "T", None, "12:00")], 9, id="areas without customers say nothing"
    ),
    pytest.param(outage("x"), [area("x", "T", 4, "12:00", "14:32")], 0, id="switched on this moment"),
    pytest.param(outage("x"), [area("x", "T", 4, "12:00", "14:33")], 4, id="switched on a minute from now"),
    pytest.param(outage("x"), [area("x", "T", 4, "14:32")], 4, id="switched off this moment"),
    pytest.param(outage("x"), [area("x", "T", 4, "14:33")], 0, id="switched off a minute from now"),
    pytest.param(
        outage("x"), [area("x", "T", 4, "12:00", "13:00"), area("x", "T", 4, "14:00")], 4, id="off, on and off again"
    ),
    pytest.param(
        outage("x", restored_at="14:00"), [area("x", "T", 4, "12:00")], 0, id="an outage that is over ends its steps"
    ),
    pytest.param(outage("x"), [area("another", "T", 4, "12:00")], None, id="areas of another outage"),
]


@pytest.mark.parametrize(("row", "areas", "customers"), CASES)
def test_customers_out_now(row: Row, areas: list[Row], customers: int | None) -> None:
    outages = frame([row], OUTAGES)
    found = with_customers(outages, steps(outages, frame(areas, AREAS)), NOW)["customers_now"].iloc[0]
    assert (None if pd.isna(found) else found) == customers


@pytest.mark.parametrize(
    ("restored", "is_running"),
    [
        pytest.param(None, True, id="no end"),
        pytest.param("14:32", False, id="ends this moment"),
        pytest.param("14:33", True, id="ends a minute from now"),
    ],
)
def test_running(restored: str | None, is_running: bool) -> None:
    outages = frame([outage("x", restored_at=restored)], OUTAGES)
    assert with_customers(outages, steps(outages, frame([], AREAS)), at("14:32"))["is_running"].tolist() == [is_running]


def test_a_total_of_nothing_is_zero_and_of_unknowns_unknown() -> None:
    assert total(pd.Series([], dtype="Int64")) == 0
    assert total(pd.Series([None, None], dtype="Int64")) is None
    assert total(pd.Series([None, 5], dtype="Int64")) == 5
