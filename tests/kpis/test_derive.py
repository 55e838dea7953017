from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kpis.derive import Rules, derivers, site_time
from kpis.limits import Limit
from kpis.limits_file import load
from store.facts import schema
from store.facts.repeats import COLUMNS as LINKED
from tests.kpis.stage import CALENDAR, ZONE, Row, area, at, complaint, fault, outage, survey


def derived(row: Row, table: str = "work_orders") -> dict[str, Any]:
    frame = pd.DataFrame([row], columns=[c.name for c in schema.TABLES[table].columns], index=[7])
    found = derivers(Rules(load(), CALENDAR))[table](frame, {})
    assert list(found.index) == [7]
    return {str(name): None if pd.isna(value) else value for name, value in found.iloc[0].items()}


DUE = [
    pytest.param(fault("x"), "08:45", None, id="urban: 45 min; restoration waits for arrival"),
    pytest.param(fault("x", area_class="rural"), "09:30", None, id="rural: 90 min"),
    pytest.param(fault("x", area_class="remote"), "10:00", None, id="remote: 120 min"),
    pytest.param(fault("x", arrived_at="08:20"), "08:45", "11:20", id="urban: 180 min from arrival"),
    pytest.param(
        fault("x", arrived_at="08:20", area_class="rural"), "09:30", "12:20", id="rural: 240 min from arrival"
    ),
    pytest.param(
        fault("x", arrived_at="08:20", area_class="remote"), "10:00", "12:20", id="remote: 240 min from arrival"
    ),
    pytest.param(fault("x", area_class=None), None, None, id="area class missing: no limit, not a guess"),
    pytest.param(
        fault("x", accepted_at=None, arrived_at="08:20"), None, "11:20", id="acceptance missing: only the rest"
    ),
    pytest.param(
        complaint("x", area_class="urban", arrived_at="08:20"), None, None, id="a complaint has neither clock"
    ),
    pytest.param(fault("x", category=None), None, None, id="category missing: no limit"),
]


@pytest.mark.parametrize(("row", "arrival", "restoration"), DUE)
def test_due_times(row: Row, arrival: str | None, restoration: str | None) -> None:
    found = derived(row)
    assert found["arrival_due_at"] == (arrival and at(arrival))
    assert found["restoration_due_at"] == (restoration and at(restoration))


def limits(*rows: tuple[int, date]) -> list[Limit]:
    where = (("area_class", frozenset(["urban"])), ("category", frozenset(["fault_report"])))
    return [Limit("arrival", "promise", "elapsed", m * 60_000_000, where, d, "a rule") for m, d in rows]


CHANGE = limits((45, date(2020, 1, 1)), (30, date(2026, 11, 21)))


@pytest.mark.parametrize(
    ("accepted", "minutes"),
    [
        pytest.param(at("23:59"), 45, id="the last minute of the site's day keeps the old limit"),
        pytest.param(at("00:00", days=1), 30, id="the site's midnight brings the new one"),
        pytest.param(datetime(2019, 12, 31, 15, 59, tzinfo=UTC), None, id="before the first limit there is none"),
    ],
)
def test_an_order_keeps_the_limit_of_its_day(accepted: datetime, minutes: int | None) -> None:
    frame = pd.DataFrame([fault("x", accepted)], columns=[c.name for c in schema.WORK_ORDERS.columns])
    due = derivers(Rules(tuple(CHANGE), CALENDAR))["work_orders"](frame, {})["arrival_due_at"].iloc[0]
    assert (None if pd.isna(due) else due - accepted) == (None if minutes is None else timedelta(minutes=minutes))


FAULTY = [
    pytest.param(fault("x", arrived_at="08:40", restored_at="09:00"), None, id="the usual course has no fault"),
    pytest.param(fault("x", arrived_at="07:59"), "arrived_before_accepted", id="there before it was known"),
    pytest.param(fault("x", arrived_at="08:00"), None, id="at the same moment is possible"),
    pytest.param(fault("x", restored_at="07:00"), "restored_before_accepted", id="restored before accepted"),
    pytest.param(
        fault("x", arrived_at="09:00", restored_at="08:30"), "restored_before_arrived", id="restored before arrival"
    ),
    pytest.param(
        fault("x", arrived_at="09:00", restored_at="08:30", restore_first=True), None, id="restore first is on purpose"
    ),
    pytest.param(fault("x", archived_at="07:59"), "closed_before_opened", id="closed before opened"),
    pytest.param(
        fault("x", arrived_at="07:50", archived_at="07:59"),
        "arrived_before_accepted,closed_before_opened",
        id="two faults are both named",
    ),
]


@pytest.mark.parametrize(("row", "faults"), FAULTY)
def test_impossible_orders_of_times_are_named(row: Row, faults: str | None) -> None:
    assert derived(row)["faults"] == faults


OTHERS = [
    pytest.param("outages", outage("x", restored_at="11:00"), "restored_before_started", id="back before it went"),
    pytest.param("outages", outage("x", restored_at="13:00"), None, id="a sound outage"),
    pytest.param("outage_areas", area("x", "T", 9, "12:00", "11:00"), "on_before_off", id="on before off"),
    pytest.param("surveys", survey("x", answered_at="08:00"), "answered_before_asked", id="answer before question"),
    pytest.param(
        "surveys", survey("x", score=11.0, scale_min=1.0, scale_max=10.0), "score_outside_scale", id="score above scale"
    ),
    pytest.param("surveys", survey("x", score=10.0, scale_min=1.0, scale_max=10.0), None, id="the best score"),
]


@pytest.mark.parametrize(("table", "row", "faults"), OTHERS)
def test_faults_of_the_other_tables(table: str, row: Row, faults: str | None) -> None:
    assert derived(row, table)["faults"] == faults


CLOCK = [
    pytest.param("2026-11-20T16:30:00+00:00", "Asia/Shanghai", "2026-11-21", 0, 6, id="after midnight: Saturday"),
    pytest.param("2026-11-22T15:59:59+00:00", "Asia/Shanghai", "2026-11-22", 23, 7, id="Sunday is the seventh"),
    pytest.param("2015-11-01T05:30:00+00:00", "America/New_York", "2015-11-01", 1, 7, id="summer's second hour 1"),
    pytest.param("2015-11-01T06:30:00+00:00", "America/New_York", "2015-11-01", 1, 7, id="winter's first hour 1"),
    pytest.param("2015-03-08T07:00:00+00:00", "America/New_York", "2015-03-08", 3, 7, id="the hour 2 that is not"),
    pytest.param("2026-11-20T00:00:00+00:00", "Asia/Kolkata", "2026-11-20", 5, 5, id="a zone with half an hour"),
]


@pytest.mark.parametrize(("moment", "zone", "day", "hour", "weekday"), CLOCK)
def test_the_sites_clock(moment: str, zone: str, day: str, hour: int, weekday: int) -> None:
    found = site_time(pd.Series([pd.Timestamp(moment), None]), ZoneInfo(zone))
    assert found.iloc[0].to_list() == [pd.Timestamp(day), hour, weekday]
    assert found.iloc[1].isna().all()


moments = st.none() | st.integers(1136073600, 2051222400).map(lambda s: datetime.fromtimestamp(s, UTC))  # 2006 to 2034
orders = st.fixed_dictionaries(
    {
        "category": st.sampled_from(["fault_report", "complaint", None]),
        "area_class": st.sampled_from(["urban", "rural", "remote", None]),
        "accepted_at": moments,
        "arrived_at": moments,
        "restored_at": moments,
    }
)
ARRIVAL = {"urban": 45, "rural": 90, "remote": 120}
RESTORATION = {"urban": 180, "rural": 240, "remote": 240}


def slow(row: Row) -> tuple[datetime | None, datetime | None, bool]:
    """The rule's words, one row at a time."""
    accepted, arrived, kind = row["accepted_at"], row["arrived_at"], row["area_class"]
    if row["category"] != "fault_report" or kind is None:
        arrival = restoration = None
    else:
        arrival = accepted and accepted + timedelta(minutes=ARRIVAL[kind])
        judged_on = (accepted or arrived) and (accepted or arrived).astimezone(ZONE).date()
        promised = judged_on is not None and judged_on >= date(2022, 1, 1)
        restoration = arrived + timedelta(minutes=RESTORATION[kind]) if arrived and promised else None
    return arrival, restoration, bool(accepted and arrived and arrived < accepted)


@settings(deadline=None)
@given(st.lists(orders, min_size=1, max_size=30))
def test_the_columns_agree_with_a_slow_plain_reading_of_the_rule(rows: list[Row]) -> None:
    frame = pd.DataFrame(rows, columns=[c.name for c in schema.WORK_ORDERS.columns])
    found = derivers(Rules(load(), CALENDAR))["work_orders"](frame, {})
    for i, row in enumerate(rows):
        arrival, restoration, is_early = slow(row)
        got = found.iloc[i]
        assert (None if pd.isna(got["arrival_due_at"]) else got["arrival_due_at"]) == arrival
        assert (None if pd.isna(got["restoration_due_at"]) else got["restoration_due_at"]) == restoration
        assert ("arrived_before_accepted" in (got["faults"] or "")) == is_early


def test_every_derived_column_but_the_repeat_links_is_given() -> None:
    for table, derive in derivers(Rules(load(), CALENDAR)).items():
        columns = schema.TABLES[table].columns
        given_ = set(derive(pd.DataFrame(columns=[c.name for c in columns]), {}).columns)
        assert given_ == {c.name for c in columns if c.derived} - set(LINKED)
