"""Each table of a source has a promise of its own: which is late, which is shown, and whose silence proves nothing."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest

from kpis.freshness import Promise, blind_sources, most_overdue, promises_of
from kpis.sources import part, standing
from settings_sources import Source
from tests.kpis.stage import NOW
from tests.kpis.storm import State, rows

LIVE = Promise("gd->work_orders", "gd", "work_orders", 15.0)
EVENTS = Promise("gd_step->order_events", "gd_step", "order_events", 15.0)
EXTRACT = Promise("td->outages", "td", "outages", 1800.0)
OWN = (LIVE, EXTRACT)


def ago(seconds: float) -> datetime:
    return NOW - timedelta(seconds=seconds)


def known(**ages: float | None) -> dict[str, datetime | None]:
    """By mapping how far it is complete; `ages` by source table, None for one that was never read whole."""
    ids = {p.table: p.mapping for p in (LIVE, EVENTS, EXTRACT)}
    return {ids[table]: None if age is None else ago(age) for table, age in ages.items()}


def state(**ages: float | None) -> State:
    return State("city", as_of_by_table=known(**ages))


@pytest.mark.parametrize(
    ("ages", "first", "late"),
    [
        pytest.param({"gd": 5, "td": 300}, "gd", set(), id="an extract of five minutes is not late"),
        pytest.param({"gd": 5, "td": 1799}, "td", set(), id="the promise that runs out first is shown"),
        pytest.param({"gd": 5, "td": 1801}, "td", {"td"}, id="an extract past its own promise"),
        pytest.param({"gd": 16, "td": 60}, "gd", {"gd"}, id="a live table that stops beside a fresh extract"),
        pytest.param({"gd": 40, "td": 1900}, "td", {"gd", "td"}, id="of two that are late the one that is so longer"),
        pytest.param({"gd": 9000, "td": None}, "td", {"gd", "td"}, id="one that was never read whole comes first"),
        pytest.param({"gd": 5}, "td", {"td"}, id="one that was not read at all neither"),
    ],
)
def test_a_table_is_late_by_its_own_promise(ages: Mapping[str, float | None], first: str, late: set[str]) -> None:
    as_of = known(**ages)
    shown = most_overdue(OWN, as_of)
    assert shown is not None and shown.table == first
    assert {p.table for p in OWN if p.is_broken(as_of.get(p.mapping), NOW)} == late


def test_without_a_table_nothing_is_promised() -> None:
    assert most_overdue((), {}) is None


def tables(*own: Mapping[str, Any], **source: Any) -> Source:
    blank = {"into": "work_orders", "key": "no"}
    named = ({**blank, "table": f"t{i}", **one} for i, one in enumerate(own))
    return Source.model_validate({"url": "sqlite://", "tables": list(named), **source})


@pytest.mark.parametrize(
    ("own", "source", "promised"),
    [
        pytest.param({}, {"fresh_s": 20}, 20.0, id="the source's"),
        pytest.param({"every_s": 900}, {"fresh_s": 20}, 920.0, id="the source's after its own pace"),
        pytest.param({"every_s": 900, "fresh_s": 1800}, {"fresh_s": 20}, 1800.0, id="its own"),
        pytest.param({"fresh_s": 60}, {"fresh_s": 20}, 60.0, id="its own at the source's pace"),
    ],
)
def test_the_promise_of_a_table(own: Mapping[str, Any], source: Mapping[str, Any], promised: float) -> None:
    (found,) = promises_of(tables(own, **source))
    assert (found.mapping, found.table, found.fresh_s) == ("t0->work_orders", "t0", promised)


def test_a_faster_site_is_allowed_what_its_reads_cost_in_site_time() -> None:
    live, extract = promises_of(tables({}, {"every_s": 60, "fresh_s": 120}, poll_s=2.0), pace=11.0)
    assert (live.fresh_s, extract.fresh_s) == (15.0 + 10 * (2.0 + 3.0), 120.0 + 10 * (60.0 + 3.0))


@pytest.mark.parametrize(
    ("ages", "blind_about"),
    [
        pytest.param({"gd": 5, "td": 300}, set(), id="both keep their promise"),
        pytest.param({"gd": 5, "td": 1801}, {"outages"}, id="an extract that is late hides outages alone"),
        pytest.param({"gd": 60, "td": 300}, {"work_orders"}, id="its orders are old"),
        pytest.param({"gd": None, "td": 300}, {"work_orders"}, id="its orders were never read whole"),
        pytest.param({}, {"work_orders", "outages"}, id="it only failed so far"),
    ],
)
def test_only_what_feeds_a_table_makes_blind_about_it(ages: Mapping[str, float | None], blind_about: set[str]) -> None:
    states = [state(**ages), State("gone", as_of_by_table={})]
    tables_ = ("work_orders", "outages", "surveys")
    assert {t for t in tables_ if "city" in blind_sources(states, NOW, {"city": OWN}, t)} == blind_about
    assert blind_sources([], NOW, {"city": OWN}) == set(), "nothing is known of it yet"
    assert "gone" not in blind_sources(states, NOW, {"city": OWN}), "what is no longer set up hides nothing"


AGES = [
    pytest.param(LIVE, ago(15), None, "ok", id="as old as promised"),
    pytest.param(LIVE, ago(16), None, "stale", id="older than promised"),
    pytest.param(LIVE, None, None, "never", id="not one read yet"),
    pytest.param(LIVE, None, "refused", "error", id="the first read failed"),
    pytest.param(LIVE, NOW, "refused", "error", id="the last read failed"),
    pytest.param(None, ago(9e5), None, "ok", id="nothing was promised"),
]


@pytest.mark.parametrize(("promise", "as_of", "error", "expected"), AGES)
def test_how_a_table_stands(promise: Promise | None, as_of: datetime | None, error: str | None, expected: str) -> None:
    assert standing(promise, as_of, error, NOW) == expected


def shown(own: Sequence[Promise], *states: State) -> list[tuple[Any, ...]]:
    found = rows(part(states, {"city": own}, NOW))
    return [(r["name"], r["table"], r["feeds"], r["fresh_s"], r["state"]) for r in found]


def test_a_live_table_does_not_look_late_for_an_extract_nor_the_other_way_round() -> None:
    assert shown(OWN, state(gd=5, td=1801)) == [
        ("city", "gd", ["work_orders"], 15.0, "ok"),
        ("city", "td", ["outages"], 1800.0, "stale"),
    ]
    assert [row[-1] for row in shown(OWN, state(gd=60, td=300))] == ["stale", "ok"]


def test_of_several_tables_that_fill_one_the_most_overdue_is_shown() -> None:
    archive = Promise("old->work_orders", "old", "work_orders", 3600.0)
    read = State("city", as_of_by_table=known(gd=5) | {archive.mapping: ago(3700)})
    assert shown((LIVE, archive), read) == [("city", "old", ["work_orders"], 3600.0, "stale")]


def test_orders_without_their_latest_events_are_late_too() -> None:
    own = (LIVE, EVENTS)
    assert [row[2] for row in shown(own, state(gd=5, gd_step=5))] == [["work_orders"], ["order_events"]]
    assert [row[2] for row in shown(own, state(gd=5, gd_step=60))] == [["work_orders"], ["order_events", "work_orders"]]


def test_a_source_that_is_no_longer_set_up_is_shown_as_a_whole() -> None:
    gone = State("old", ("surveys",), as_of=ago(9e5))
    assert shown(OWN, state(gd=5, td=5), gone)[-1] == ("old", None, ["surveys"], None, "ok")
    assert shown(OWN)[0] == ("city", "gd", ["work_orders"], 15.0, "never"), "nothing is known of it"
