"""A turn that takes longer than its pace is followed at once, and never runs beside itself."""

import time
from threading import Event
from typing import Any

import telemetry
from timetable import BREATH, timetable

PACE_S = 1.0
TURN_S = 1.1


class Turns:
    """Turns of TURN_S; `fails`: the first one ends in an error."""

    def __init__(self, fails: bool = False) -> None:
        self.fails, self.began, self.ended = fails, list[float](), list[float]()
        self.done, self.never, self.told = Event(), Event(), list[Any]()

    def tick(self) -> None:
        self.began.append(time.monotonic())
        self.never.wait(TURN_S)
        self.ended.append(time.monotonic())
        if len(self.ended) == 3:
            self.done.set()
        if self.fails and len(self.ended) == 1:
            raise OSError("the disk is full")


def run(turns: Turns) -> None:
    scheduler = timetable((turns.tick, PACE_S), [], [], turns.told.append)
    scheduler.start()
    try:
        assert turns.done.wait(30)
    finally:
        scheduler.shutdown(wait=True)


def test_the_next_turn_follows_the_late_one_and_not_the_pace_after() -> None:
    before = telemetry.REGISTRY.get_sample_value("lightkeeper_ticks_skipped_total") or 0.0
    for turns in (Turns(), Turns(fails=True)):
        run(turns)
        gaps = [b - a for a, b in zip(turns.ended[:2], turns.began[1:3], strict=True)]
        assert all(gap >= 0 for gap in gaps)
        assert min(gaps) < BREATH.total_seconds() + 0.4  # by the pace alone each would be 0.9
        assert len(turns.told) >= 2
    assert (telemetry.REGISTRY.get_sample_value("lightkeeper_ticks_skipped_total") or 0.0) >= before + 2
