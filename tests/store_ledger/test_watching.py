"""The watch on a real ledger: what it records at a tick and at the instants between, who is told, what survives."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from threading import Event as Signal
from typing import Any

import pandas as pd
import pytest

from alerts.posting import Posting
from alerts.seen import World
from alerts.transition import Transition
from store.ledger import Ledger
from store.ledger.answers import acknowledge
from store.ledger.queries import history, open_alerts, standing_alerts
from tests.alerts.city import NOW, RULES, frame, minute, posting, repair, world
from watching import Bell, Watch

HELD = RULES["disk_nearly_full"]


class Everybody:
    """Tells one phone of everything: who is told has tests of its own (test_who_is_told)."""

    def __init__(self) -> None:
        self.silent_until: datetime | None = None

    def prepare(self, now: datetime) -> None: ...

    def due(self, *_: Any) -> list[Transition]:
        return []

    def next_at(self, now: datetime) -> datetime | None:
        return self.silent_until

    def postings(self, found: Sequence[Transition], standing: Sequence[Any], now: datetime) -> list[Posting]:
        return [posting(t, "mail:duty@example.org") for t in found]

    def recorded(self, transitions: Any, now: datetime, real_now: datetime) -> None: ...
    def dropped(self) -> None: ...
    def done(self, now: datetime) -> None: ...


def watch(ledger: Ledger, told: Any = lambda: None) -> Watch:
    return Watch(ledger, RULES, Everybody(), told, lambda: NOW)


def seen(at: float, *rows: dict[str, Any]) -> World:
    return world(minute(at), clocks=frame(*rows))


def states(ledger: Ledger) -> list[tuple[str, str]]:
    return [(a["subject"], a["state"]) for a in standing_alerts(ledger)]


def test_between_ticks_the_limit_passes_on_its_own_instant(ledger: Ledger) -> None:
    one = watch(ledger)
    assert one.turn(minute(40), seen(40, repair())) == 0
    assert one.next_at == minute(40.5), "90 % of 45 minutes"
    assert one.turn(minute(40.5)) == 1, "without another look at the facts"
    assert one.next_at == minute(45) + timedelta(microseconds=1)
    assert one.turn(minute(45)) == 0, "exactly at the limit is not past it"
    assert one.turn(minute(45) + timedelta(microseconds=1)) == 1
    assert [(a["level"], a["rung"]) for a in open_alerts(ledger)] == [("red", 2)]


def test_nothing_is_judged_before_something_was_seen(ledger: Ledger) -> None:
    assert watch(ledger).turn(minute(99)) == 0


def test_a_hold_ends_on_its_own_and_survives_the_watch(ledger: Ledger) -> None:
    rows = pd.DataFrame([{"part": "disk_free_percent", "name": "", "value": 5.0}])
    first = watch(ledger)
    first.turn(minute(0), world(minute(0), vitals=rows))
    assert states(ledger) == [("disk_free_percent", "pending")]
    assert first.next_at == minute(0) + HELD.hold
    second = watch(ledger)  # the node was killed: timers stand in the ledger
    second.turn(minute(0.5), world(minute(0.5), vitals=rows))
    assert second.next_at == minute(0) + HELD.hold
    second.turn(minute(0) + HELD.hold)
    assert states(ledger) == [("disk_free_percent", "raised")]


def test_a_forgotten_acknowledgement_wakes_again(ledger: Ledger) -> None:
    one = watch(ledger)
    one.turn(minute(50), seen(50, repair()))
    acknowledge(ledger, 1, "王芳", "14:50前送电", minute(51), until=minute(60))
    one.turn(minute(52))
    assert one.next_at == minute(60), "before the next rung"
    one.turn(minute(60))
    assert [(e["event"], e["reason"]) for e in history(ledger, 1)][-1] == ("reminded", "acknowledgement_ran_out")
    assert states(ledger) == [("orders:1", "raised")]


def test_what_comes_back_within_its_window_keeps_its_number_and_later_gets_another(ledger: Ledger) -> None:
    one = watch(ledger)
    one.turn(minute(50), seen(50, repair()))
    one.turn(minute(51), seen(51))
    assert states(ledger) == [("orders:1", "cleared")]
    one.turn(minute(60), seen(60, repair()))
    assert [(a["id"], a["state"], a["reopened"]) for a in standing_alerts(ledger)] == [(1, "raised", 1)]
    one.turn(minute(61), seen(61))
    one.turn(minute(61 + 30), seen(61 + 30, repair()))
    assert standing_alerts(ledger) == [], "closed by its window; the next turn opens another"
    one.turn(minute(61 + 30), seen(61 + 30, repair()))
    assert [(a["id"], a["state"]) for a in standing_alerts(ledger)] == [(2, "raised")]


def test_a_rule_that_is_no_more_closes_its_alerts(ledger: Ledger) -> None:
    watch(ledger).turn(minute(50), seen(50, repair()))
    rest = {key: rule for key, rule in RULES.items() if key != "repair_due"}
    Watch(ledger, rest, Everybody(), lambda: None, lambda: NOW).turn(minute(51), seen(51, repair()))
    assert standing_alerts(ledger) == []


def test_a_second_judge_s_steps_are_seen(ledger: Ledger) -> None:
    one, other = watch(ledger), watch(ledger)
    assert one.turn(minute(50), seen(50, repair())) == 1
    assert other.turn(minute(50), seen(50, repair())) == 0
    other.turn(minute(51), seen(51))
    assert one.turn(minute(51), seen(51)) == 0


@pytest.mark.parametrize("speed", [1.0, 600.0])
def test_the_bell_rings_when_the_instant_comes(ledger: Ledger, speed: float) -> None:
    """The real clock: the limit passes a moment from now by the site's clock."""
    told, began = Signal(), datetime.now(UTC)

    def site_now() -> datetime:
        return NOW + (datetime.now(UTC) - began) * speed

    one = watch(ledger, told.set)
    bell = Bell(one, site_now, speed)
    bell.start()
    try:
        due = 0.05 * speed / 60 + 0.02
        one.turn(site_now(), world(NOW, clocks=frame(repair(start=-1, due=due))))
        bell.look_again()
        told.clear()
        assert told.wait(10), "the bell did not ring"
    finally:
        bell.stop()
    assert open_alerts(ledger)


def test_who_turns_critical_after_the_raise_is_told_once(ledger: Ledger) -> None:
    one = watch(ledger)
    one.turn(minute(50), seen(50, repair()))
    acknowledge(ledger, 1, "王芳", "", minute(51))
    one.turn(minute(52), seen(52, repair(critical=True)))
    assert [(a["state"], a["critical"]) for a in open_alerts(ledger)] == [("raised", True)], "it wakes"
    acknowledge(ledger, 1, "王芳", "", minute(53))
    one.turn(minute(54), seen(54, repair()))
    one.turn(minute(55), seen(55, repair(critical=True)))
    assert [a["state"] for a in open_alerts(ledger)] == ["acknowledged"], "round the limit and back wakes nobody again"


def test_an_acknowledgement_without_an_end_holds_for_a_shift(ledger: Ledger) -> None:
    one = watch(ledger)
    one.turn(minute(100), seen(100, repair()))
    acknowledge(ledger, 1, "王芳", "", minute(101))
    one.turn(minute(101 + 8 * 60 - 1))
    assert states(ledger) == [("orders:1", "acknowledged")]
    one.turn(minute(101 + 8 * 60))
    assert states(ledger) == [("orders:1", "raised")]


def test_a_clock_that_was_wrong_does_not_stop_the_watch(ledger: Ledger) -> None:
    one = watch(ledger)
    one.turn(minute(600), seen(600))
    one.turn(minute(50), seen(50, repair()))
    assert [a["raised_at"] for a in open_alerts(ledger)] == [minute(50)]


def test_those_told_of_red_hear_the_end_although_it_came_by_way_of_orange(ledger: Ledger) -> None:
    one = watch(ledger)
    one.turn(minute(50), seen(50, repair()))
    one.turn(minute(51), seen(51, repair(due=55)))
    assert [a["level"] for a in open_alerts(ledger)] == ["orange"]
    one.turn(minute(52), seen(52))
    assert [(e["event"], e["level"]) for e in history(ledger, 1)][-1] == ("cleared", "red")


def test_an_outage_without_a_number_stops_nobody_else(ledger: Ledger) -> None:
    rows = [
        {"source": "outages", "source_key": key, "outage_no": no, "kind": "fault", "started_at": minute(-600)}
        for key, no in (("7", None), ("8", None), ("9", "T9"))
    ]
    none = dict.fromkeys(("restored_at", "estimate_at", "planned_start_at", "planned_end_at", "announced_at"))
    frame_ = pd.DataFrame([r | none | {"sensitive_out": 0, "important_out": 0, "customers_now": 1} for r in rows])
    times = {name: pd.to_datetime(frame_[name], utc=True) for name in (*none, "started_at")}
    watch(ledger).turn(minute(0), world(minute(0), outages=frame_.assign(**times, critical=False)))
    assert sorted(a["subject"] for a in open_alerts(ledger)) == ["outages:7", "outages:8", "outages:T9"]
