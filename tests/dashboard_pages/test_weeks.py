"""Kept counts of past weeks: equal to counting every row, whatever changes, whoever asks and whenever."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import ibis
import pandas as pd
import pytest

from dashboard.components.order_answers import understand
from dashboard.components.tally import tallies
from kpis.calendars_file import load as load_calendar
from kpis.catalogue import HEADLINES
from kpis.derive import Rules, derivers
from kpis.evaluate import values
from kpis.limits_file import load
from kpis.timeliness import ARRIVAL_ON_TIME
from kpis.types import Options
from kpis.weeks import MOST, Past, _spans, is_still
from store.facts import schema
from store.scope import Scope
from tests.dashboard_pages.city import NOW, DeskHouse, house, work_orders
from tests.dashboard_pages.facts import batch

OLD = "2400"  # key of an order of some 24 days ago: its week is kept
OLDER = "2750"  # of the week before
EVERYBODY = Scope.everything("t")


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DeskHouse]:
    one = house(tmp_path_factory.mktemp("town"), alerts=False)
    yield one
    one.close()


def check(town: DeskHouse, search: str, scope: Scope = EVERYBODY) -> dict[str, tuple[int, int]]:
    """n and successes of each figure, after comparing them with an evaluation of all rows."""
    found = {}
    with town.facts.read(scope) as reader:
        question = understand(town, reader, "/orders", search).question
        for key, tally in tallies(question).items():
            d = town.catalogue[key]
            row = values(reader, d, question.option(d), now=question.now, **question.asked).iloc[0]
            found[key] = (int(tally.total["n"]), int(tally.total["successes"]))
            assert found[key] == (row["n"], row["successes"]), key
            split = values(reader, d, question.option(d), by=["station"], now=question.now, **question.asked)
            if search.startswith("?unit=C"):
                assert dict(zip(tally.by_unit["unit"], tally.by_unit["n"], strict=True)) == dict(
                    zip(split["station"], split["n"], strict=True)
                )
    return found


@pytest.mark.parametrize("scope", [EVERYBODY, Scope("head", ("S2", "C4")), Scope("nobody", ())], ids=lambda s: s.user)
@pytest.mark.parametrize(
    "search",
    ["?period=all", "?unit=C2&period=all", "?period=30d&category=complaint", "?period=all&channel=app",
     "?from=2026-10-25&to=2026-11-15", "?to=2026-11-12"],
)  # fmt: skip
def test_kept_weeks_and_fresh_rows_add_up_within_a_scope(town: DeskHouse, search: str, scope: Scope) -> None:
    check(town, search, scope)


def test_the_past_is_really_kept(town: DeskHouse) -> None:
    past = past_of(town)
    assert past.frame is not None
    assert past.frame["arrival_on_time_rate:n"].sum() > 300
    [(start, end)] = past.rest
    assert start is not None
    assert NOW - timedelta(days=21) < start <= NOW - timedelta(days=14)
    assert end is None


def past_of(town: DeskHouse, scope: Scope = EVERYBODY) -> Past:
    with town.facts.read(scope) as reader:
        question = understand(town, reader, "/orders", "?period=all").question
        live = [(d, question.option(d)) for d in HEADLINES if d.table == "work_orders"]
        return Past(reader, "work_orders", live, {}, (None, None), question.now)


def merged(town: DeskHouse, *, key: str = OLD, **changes: Any) -> None:
    """The old order, written again by its source with some fields changed."""
    plain = work_orders(3000)
    row = plain[plain["source_key"] == key].assign(**changes)
    town.facts.merge(batch("work_orders", row, NOW), town_derive())


def town_derive() -> Any:
    return derivers(Rules(load(), load_calendar("Asia/Shanghai")))


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"category": "complaint"}, id="another kind"),
        pytest.param({"status": "cancelled", "category": "fault_report"}, id="cancelled"),
        pytest.param({"accepted_at": pd.Timestamp(NOW) - timedelta(days=27)}, id="moved into an older week"),
        pytest.param({"accepted_at": pd.Timestamp(NOW) - timedelta(hours=3)}, id="moved out of the past"),
        pytest.param({"station": "S9", "county": "C3"}, id="moved to another unit"),
    ],
)
def test_a_row_that_changes_takes_its_week_along(town: DeskHouse, changes: dict[str, Any]) -> None:
    check(town, "?unit=C3&period=all")
    merged(town, **changes)
    check(town, "?period=all")
    check(town, "?unit=C3&period=all")
    merged(town)
    check(town, "?period=all")


def test_a_limit_that_passes_in_an_old_week_is_counted(town: DeskHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    open_still: dict[str, Any] = {
        "category": "fault_report",
        "area_class": "urban",
        "arrived_at": pd.Timestamp(NOW),
        "status": "open",
    }
    ended: dict[str, Any] = dict.fromkeys(("restored_at", "replied_at", "archived_at"), pd.NaT)
    merged(town, **open_still, **ended)  # somebody came just now: three hours to restore
    before = check(town, "?period=all")["restoration_on_time_rate"][0]
    monkeypatch.setattr(town, "site_now", NOW + timedelta(hours=2))
    assert check(town, "?to=2026-11-19")["restoration_on_time_rate"] is not None
    monkeypatch.setattr(town, "site_now", NOW + timedelta(hours=4))
    after = check(town, "?period=all")["restoration_on_time_rate"][0]
    assert after > before
    monkeypatch.setattr(town, "site_now", NOW)
    check(town, "?period=all")
    merged(town)


OPEN: dict[str, Any] = {
    "category": "fault_report", "area_class": "urban", "status": "open",
    **dict.fromkeys(("restored_at", "replied_at", "archived_at"), pd.NaT),
}  # fmt: skip


def test_a_limit_at_the_very_moment_of_counting_is_counted_when_it_has_passed(
    town: DeskHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit = NOW + timedelta(hours=3)
    monkeypatch.setattr(town, "site_now", limit)
    merged(town, arrived_at=pd.Timestamp(NOW), **OPEN)
    before = check(town, "?period=all")["restoration_on_time_rate"][0]
    monkeypatch.setattr(town, "site_now", limit + timedelta(seconds=1))
    assert check(town, "?period=all")["restoration_on_time_rate"][0] == before + 1
    monkeypatch.setattr(town, "site_now", NOW)
    merged(town)


@pytest.mark.parametrize("scope", [EVERYBODY, Scope("nearby", ("C2", "C4"))], ids=lambda s: s.user)
def test_a_time_far_ahead_moves_its_own_week_only(town: DeskHouse, scope: Scope) -> None:
    merged(town, key=OLDER, archived_at=pd.Timestamp("2262-01-01", tz="UTC"))
    check(town, "?period=all", scope)
    past = past_of(town, scope)
    assert past.frame is not None
    assert past.frame["arrival_on_time_rate:n"].sum() > 50  # the week after it stays kept
    assert len(past.rest) == 2
    assert all(start and end and end - start == timedelta(days=7) for start, end in past.rest[:1])
    merged(town, key=OLDER)
    assert len(past_of(town).rest) == 1


def test_many_moving_weeks_are_few_questions() -> None:
    weeks = [NOW + timedelta(days=14 * i) for i in range(100)]
    spans = _spans(weeks)
    assert len(spans) <= MOST
    assert all(any(start <= week < end for start, end in spans) for week in weeks)
    assert _spans([weeks[0], weeks[9]]) == [(week, week + timedelta(days=7)) for week in (weeks[0], weeks[9])]


def test_a_verdict_that_adds_to_a_time_is_not_kept() -> None:
    t = ibis.table(schema.ibis_schema(schema.WORK_ORDERS), name="work_orders")
    assert is_still(ARRIVAL_ON_TIME.rows(t, Options()))
    assert not is_still(t.accepted_at + ibis.interval(hours=24) < schema.NOW)
    assert not is_still(t.accepted_at < schema.NOW - ibis.interval(hours=24))
