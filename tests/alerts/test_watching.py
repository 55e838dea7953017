"""The watch: turned by ticks and by the bell, from several threads."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

import pytest

from alerts.posting import Posting
from alerts.transition import Transition
from store.ledger import Ledger, queries
from store.ledger.ledger import open_ledger
from tests.alerts.city import REPAIR, frame, minute, repair, world
from watching import Watch


class Nobody:
    """Whoever is asked says that nobody is told."""

    def prepare(self, now: datetime) -> None:
        return

    def due(self, *_: Any) -> list[Transition]:
        return []

    def next_at(self, now: datetime) -> datetime | None:
        return None

    def postings(self, transitions: Sequence[Transition], standing: Sequence[Any], now: datetime) -> list[Posting]:
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
