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

pytest_plugins = ("tests.store_ledger.conftest",)
HELD = RULES["disk_nearly_full"]


class Everybody:
    """Tells one phone of everything: who is told has tests of its own (test_who_is_told)."""

    def __init__(self) -> None:
        self.silent_until: datetime | None = None

    def prepare(self, now: datetime) -> None: ...

    def due(self, standing: Sequence[Any], now: datetime) -> list[Transition]:
        return []

    def next_at(self, now: datetime) -> datetime | None:
        return self.silent_until

    def postings(self, found: Sequence[Transition], standing: Sequence[Any], now: datetime) -> list[Posting]:
        return [posting(t, "mail:duty@example.org") for t in found]

    def recorded(self, transitions: Any, now: datetime, real_now: datetime) -> None: ...
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
