"""The life of one alert: which reading leads from which state to which. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

from alerts.rules import LEVELS


class State(StrEnum):
    """What an alert is. `clear` is also where an alert that was never raised stands."""

    CLEAR = "clear"
    RAISED = "raised"
    ACKNOWLEDGED = "acknowledged"


class Event(StrEnum):
    """What a transition says has happened."""

    RAISED = "raised"
    MOVED = "moved"  # another clock, due time or flag, of which nobody needs to be woken
    CLEARED = "cleared"
    ACKNOWLEDGED = "acknowledged"


class Verdict(StrEnum):
    """What a reading says about an alert."""

    PASSED = "passed"  # a limit is passed of which nobody was told since the alert was last clear
    MOVED = "moved"  # bad as before, with other facts
    GOOD = "good"


# A pair that is not listed changes nothing. PASSED wakes whoever acknowledged a lesser limit.
NEXT: Final = {
    (State.CLEAR, Verdict.PASSED): (State.RAISED, Event.RAISED),
    (State.RAISED, Verdict.PASSED): (State.RAISED, Event.RAISED),
    (State.ACKNOWLEDGED, Verdict.PASSED): (State.RAISED, Event.RAISED),
    (State.RAISED, Verdict.MOVED): (State.RAISED, Event.MOVED),
    (State.ACKNOWLEDGED, Verdict.MOVED): (State.ACKNOWLEDGED, Event.MOVED),
    (State.RAISED, Verdict.GOOD): (State.CLEAR, Event.CLEARED),
    (State.ACKNOWLEDGED, Verdict.GOOD): (State.CLEAR, Event.CLEARED),
}


@dataclass(frozen=True)
class Reading:
    """What is seen of a subject now. `level` None: below every limit."""

    level: str | None
    clock: str = ""
    due_at: datetime | None = None
    critical: bool = False


@dataclass(frozen=True)
class Standing:
    """What the ledger knows of the subject's open alert. `passed` is the highest level told per clock."""

    state: State = State.CLEAR
    level: str = ""
    clock: str = ""
    due_at: datetime | None = None
    critical: bool = False
    passed: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Step:
    """Where a reading takes an alert."""

    state: State
    event: Event
    passed: Mapping[str, str]


def rank(level: str | None) -> int:
    """0 for no level, then rising."""
    return LEVELS.index(level) + 1 if level else 0


def verdict(standing: Standing, reading: Reading) -> Verdict | None:
    """What `reading` says about the alert that stands; None when it says nothing new."""
    if reading.level is None:
        return Verdict.GOOD
    if rank(reading.level) > rank(standing.passed.get(reading.clock)):
        return Verdict.PASSED
    seen = (reading.level, reading.clock, reading.due_at, reading.critical)
    known = (standing.level, standing.clock, standing.due_at, standing.critical)
    return None if seen == known else Verdict.MOVED


def step(standing: Standing, reading: Reading) -> Step | None:
    """The step that `reading` makes the alert take, or None."""
    said = verdict(standing, reading)
    if said is None or (standing.state, said) not in NEXT:
        return None
    state, event = NEXT[standing.state, said]
    if event is Event.RAISED and reading.level:
        return Step(state, event, {**standing.passed, reading.clock: reading.level})
    return Step(state, event, {} if event is Event.CLEARED else standing.passed)
