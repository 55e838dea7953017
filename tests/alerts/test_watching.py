"""The watch: turned by ticks and by the bell, from several threads."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

import pytest

from alerts.posting import Posting
from alerts.seen import World
from alerts.transition import Transition
from store.ledger import Ledger, queries
from store.ledger.ledger import open_ledger
from tests.alerts.city import REPAIR, frame, minute, repair, world
from watching import Watch


class Nobody:
    """Whoever is asked says that nobody is told; `fails` times what is to be told can not be worked out."""

    def __init__(self, fails: int = 0) -> None:
        self.fails = fails

    def prepare(self, now: datetime) -> None:
        return

    def due(self, *_: Any) -> list[Transition]:
        return []

    def next_at(self, now: datetime) -> datetime | None:
        return None

    def postings(self, transitions: Sequence[Transition], standing: Sequence[Any], now: datetime) -> list[Posting]:
        if self.fails:
            self.fails -= 1
            raise OSError("the disk is full")
        return [Posting(t) for t in transitions]

    def recorded(self, transitions: Iterable[Transition], now: datetime, real_now: datetime) -> None:
        return

    def dropped(self) -> None:
        return

    def done(self, now: datetime) -> None:
        return


@pytest.fixture
def ledger() -> Iterator[Ledger]:
    opened = open_ledger("sqlite:///:memory:")
    yield opened
    opened.close()


def test_a_tick_that_comes_late_behind_the_bell_takes_nothing_back(ledger: Ledger) -> None:
    """A slow tick began before an instant at which the bell told: its older now must not clear what was told."""
    watch = Watch(ledger, {REPAIR.key: REPAIR}, Nobody(), lambda: None, lambda: minute(46))
    seen = world(minute(44.9), clocks=frame(repair()))
    watch.turn(minute(44), seen)
    watch.turn(minute(45.5))  # the bell: past the limit
    watch.turn(minute(44.9), seen)  # the tick that had begun before
    (alert,) = queries.alerts(ledger, "all")
    assert (alert["state"], alert["level"], alert["reopened"]) == ("raised", "red", 0)
    assert [h["event"] for h in queries.history(ledger, alert["id"])] == ["raised", "raised"]  # orange, red


def test_what_could_not_be_recorded_is_found_again_though_nothing_else_changes(ledger: Ledger) -> None:
    watch = Watch(ledger, {REPAIR.key: REPAIR}, Nobody(fails=1), lambda: None, lambda: minute(46))
    seen = world(minute(46), clocks=frame(repair()))
    with pytest.raises(OSError, match="full"):
        watch.turn(minute(46), seen)
    assert queries.alerts(ledger, "all") == []
    assert watch.turn(minute(46.1), seen) == 1


def test_a_source_that_falls_silent_is_a_change_though_its_rows_are_the_same(ledger: Ledger) -> None:
    watch = Watch(ledger, {REPAIR.key: REPAIR}, Nobody(), lambda: None, lambda: minute(46))
    clocks = frame(repair())
    assert watch.turn(minute(46), World(minute(46), {"clocks": clocks}, {"work_orders": ("orders",)})) == 0
    assert watch.turn(minute(46.1), World(minute(46.1), {"clocks": clocks}, {"work_orders": ()})) == 1
