"""Alarm health against the guidelines of ISA-18.2 / EEMUA 191."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from alerts.health import health
from alerts.lifecycle import Event
from store.ledger import Ledger, answers, commands, queries
from store.ledger import health as asked
from store.ledger.ledger import open_ledger
from tests.alerts.city import NOW, REPAIR, frame, judge_repairs, minute, posting, raised

DAY = (NOW, NOW + timedelta(days=1))


def fire(at: float, subject: str = "1", **other: Any) -> dict[str, Any]:
    row: dict[str, Any] = {"at": minute(at), "alert_id": 1, "rule": "repair_due", "subject": subject, "level": "orange"}
    return row | {"critical": False, "county": "C1", "station": "S1"} | other


def notice(at: float, who: str = "p1") -> dict[str, Any]:
    return {"at": minute(at), "alert_id": 1, "who": who}


def told(
    raises: list[dict[str, Any]] | None = None,
    notices: list[dict[str, Any]] | None = None,
    standing: list[dict[str, Any]] | None = None,
    ended: list[dict[str, Any]] | None = None,
    on_duty: int | None = None,
) -> dict[str, Any]:
    found = health(raises or [], notices or [], standing or [], ended or [], DAY, on_duty)
    json.dumps(found)  # it goes to the page and the terminal
    return found


def test_nothing_is_no_number() -> None:
    found = told()
    assert found["rate"]["per_person_10_min"] is None
    assert found["levels"]["percent"] == {"critical": None, "high": None, "low_or_medium": None}
    assert found["never_acted"]["percent"] is None
    assert found["flood"] == {"is_now": False, "recent": 0, "over": 10, "windows": 0, "most_in_10_min": 0}


def test_alerts_per_person_in_ten_minutes() -> None:
    notices = [notice(m, who) for m in range(0, 720, 10) for who in ("p1", "p2")] + [notice(1, "p1")] * 12
    rate = told(notices=notices)["rate"]
    assert rate["people"] == 2
    assert rate["per_person_10_min"] == pytest.approx((144 + 12) / 2 / 144, abs=1e-3)
    assert rate["is_kept"] is True
    assert rate["busiest"][0] == {"who": "p1", "per_10_min": round(84 / 144, 3), "most_in_10_min": 13}
    assert rate["person_windows_in_flood"] == 1
    assert told(notices=notices, on_duty=4)["rate"]["people"] == 4
    crowded = told(notices=[notice(m % 1440) for m in range(1440)])["rate"]
    assert (crowded["per_person_10_min"], crowded["is_kept"]) == (10.0, False)


@pytest.mark.parametrize(
    ("n", "is_now"), [pytest.param(10, False, id="ten is none yet"), pytest.param(11, True, id="eleven is one")]
)
def test_flood(n: int, is_now: bool) -> None:
    flood = told([fire(24 * 60 - 9, str(i)) for i in range(n)] + [fire(5, str(i)) for i in range(11)])["flood"]
    assert (flood["is_now"], flood["recent"]) == (is_now, n)
    assert (flood["windows"], flood["most_in_10_min"]) == (2 if is_now else 1, 11)


def test_share_by_level() -> None:
    fires = [fire(i, str(i)) for i in range(80)] + [fire(i, f"r{i}", level="red") for i in range(16)]
    good = told(fires + [fire(i, f"c{i}", level="red", critical=True) for i in range(4)])["levels"]
    assert good["percent"] == {"critical": 4.0, "high": 16.0, "low_or_medium": 80.0}
    assert good["is_kept"] is True
    assert told([fire(0, level="red", critical=True)])["levels"]["is_kept"] is False


def test_chattering_is_three_within_a_minute() -> None:
    fires = [fire(m, "a") for m in (0, 0.3, 0.9)] + [fire(m, "b") for m in (0, 0.5, 1.0)] + [fire(3, "a")]
    assert told(fires)["chattering"] == [{"rule": "repair_due", "subject": "a", "bursts": 1, "raises": 4}]


def test_what_stands_for_over_a_day() -> None:
    one = {"id": 1, "rule": "outage_long", "subject": "T1", "level": "red", "state": "raised"}
    standing = told(standing=[one | {"raised_at": minute(-1)}, one | {"id": 2, "raised_at": minute(0)}])["standing"]
    assert (standing["n"], standing["over_24_h"]) == (2, 1)
    assert standing["longest"][0]["id"] == 1


def test_where_alerts_come_from_and_which_nobody_acts_on() -> None:
    fires = [fire(0, str(i), rule="third_call", station=None) for i in range(3)] + [fire(0)]
    ended = [{"id": i, "rule": "third_call", "is_acted": i == 0} for i in range(4)]
    found = told(fires, ended=ended)
    assert found["top"]["rules"][0] == {"name": "third_call", "raises": 3, "percent": 75.0}
    assert found["top"]["units"][0]["name"] is None
    assert found["never_acted"] == {
        "n": 3, "of": 4, "percent": 75.0, "by_rule": [{"rule": "third_call", "n": 3, "of": 4}],
    }  # fmt: skip


@pytest.fixture
def ledger() -> Iterator[Ledger]:
    opened = open_ledger("sqlite:///:memory:")
    yield opened
    opened.close()


def test_the_ledger_gives_what_health_counts(ledger: Ledger) -> None:
    first, second = raised("1"), raised("2")
    commands.record(ledger, [posting(first, "mail:a@example.org", "text:13"), posting(second, "mail:a@example.org")])
    assert [(r["rule"], r["subject"], r["station"]) for r in asked.raises(ledger, NOW)] == [
        ("repair_due", "orders:1", "S1"), ("repair_due", "orders:2", "S1"),
    ]  # fmt: skip
    assert sorted(r["who"] for r in asked.told(ledger, NOW)) == ["mail:a@example.org"] * 2 + ["text:13"]
    assert [a["id"] for a in asked.standing(ledger)] == [1, 2]
    assert asked.count_raises(ledger, minute(50)) == 2
    assert asked.count_raises(ledger, minute(51)) == 0
    assert asked.unacknowledged_since(ledger) == {"red": minute(50)}
    assert asked.oldest_due(ledger, minute(60)) is not None


def test_an_alert_that_ended_and_nobody_touched(ledger: Ledger) -> None:
    commands.record(ledger, [posting(raised("1")), posting(raised("2"))])
    answers.acknowledge(ledger, 2, "Li", "on my way", minute(51))
    standing = queries.standing_alerts(ledger)
    ends = judge_repairs(frame(), standing, REPAIR, minute(60))
    assert {t.event for t in ends} == {Event.CLEARED}
    commands.record(ledger, [posting(t) for t in ends])
    assert [(a["id"], bool(a["is_acted"])) for a in asked.ended(ledger, NOW)] == [(1, False), (2, True)]
    assert asked.standing(ledger) == []
    assert asked.unacknowledged_since(ledger) == {}
