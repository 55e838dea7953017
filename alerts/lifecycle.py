"""The life of one alert: which reading, timer or answer leads from which state to which. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final


class State(StrEnum):
    """What an alert is. `closed` is also where a subject without an alert stands."""

    PENDING = "pending"  # bad, but not yet for as long as its rule wants
    RAISED = "raised"
    ACKNOWLEDGED = "acknowledged"
    CLEARED = "cleared"  # good again; comes back under its number within its rule's window
    CLOSED = "closed"


class Event(StrEnum):
    """What a transition says has happened."""

    HELD = "held"  # seen bad for the first time, and held back
    LAPSED = "lapsed"  # good again before anybody was told
    RAISED = "raised"
    REOPENED = "reopened"  # raised again under its number
    MOVED = "moved"  # another clock, due time or flag, of which nobody needs to be woken
    CLEARED = "cleared"
    CLOSED = "closed"
    ACKNOWLEDGED = "acknowledged"
    REMINDED = "reminded"  # told once more: an acknowledgement ran out, a silence ended
    ESCALATED = "escalated"  # the next of its policy's steps
    NOTED = "noted"
    ASSIGNED = "assigned"


class Verdict(StrEnum):
    """What a reading says about an alert."""

    PASSED = "passed"  # a rung is passed of which nobody was told since the alert was last clear
    MOVED = "moved"  # bad as before, with other facts
    GOOD = "good"


# A pair that is not listed changes nothing: a silent source neither raises nor clears. PASSED wakes whoever
# acknowledged a lesser rung. Where the rule holds back, CLOSED and PASSED lead to PENDING (`step`).
NEXT: Final = {
    (State.CLOSED, Verdict.PASSED): (State.RAISED, Event.RAISED),
    (State.PENDING, Verdict.PASSED): (State.RAISED, Event.RAISED),
    (State.RAISED, Verdict.PASSED): (State.RAISED, Event.RAISED),
    (State.ACKNOWLEDGED, Verdict.PASSED): (State.RAISED, Event.RAISED),
    (State.CLEARED, Verdict.PASSED): (State.RAISED, Event.REOPENED),
    (State.RAISED, Verdict.MOVED): (State.RAISED, Event.MOVED),
    (State.ACKNOWLEDGED, Verdict.MOVED): (State.ACKNOWLEDGED, Event.MOVED),
    (State.RAISED, Verdict.GOOD): (State.CLEARED, Event.CLEARED),
    (State.ACKNOWLEDGED, Verdict.GOOD): (State.CLEARED, Event.CLEARED),
    (State.PENDING, Verdict.GOOD): (State.CLOSED, Event.LAPSED),
}
CRITICAL: Final = "critical"  # among what was told: once, however often its customers go round the limit
WAKING: Final = (Event.RAISED, Event.REOPENED, Event.REMINDED)


@dataclass(frozen=True)
class Reading:
    """What is seen of a subject now. `rung` 0: below every limit."""

    rung: int
    clock: str = ""
    due_at: datetime | None = None
    critical: bool = False


@dataclass(frozen=True)
class Standing:
    """What the ledger knows of the subject's alert. `passed`: the highest rung told per condition."""

    state: State = State.CLOSED
    rung: int = 0
    clock: str = ""
    due_at: datetime | None = None
    critical: bool = False
    since: datetime | None = None  # when it came into a state that has a timer: pending, cleared
    passed: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Step:
    """Where a reading takes an alert."""

    state: State
    event: Event
    passed: Mapping[str, int]


def standing_of(alert: Mapping[str, Any]) -> Standing:
    """Of one row of the ledger's alerts."""
    state = State(alert["state"])
    since = alert["cleared_at"] if state is State.CLEARED else alert["raised_at"]
    return Standing(
        state, alert["rung"], alert["clock"] or "", alert["due_at"], alert["critical"], since, alert["passed"]
    )


def verdict(standing: Standing, reading: Reading) -> Verdict | None:
    """What `reading` says about the alert that stands; None when it says nothing new."""
    if reading.rung == 0:
        return Verdict.GOOD
    if reading.rung > standing.passed.get(reading.clock, 0):
        return Verdict.PASSED
    if reading.critical and not standing.passed.get(CRITICAL) and standing.state in (State.RAISED, State.ACKNOWLEDGED):
        return Verdict.PASSED  # it was told, but not that it is critical now
    seen = (reading.rung, reading.clock, reading.due_at, reading.critical)
    known = (standing.rung, standing.clock, standing.due_at, standing.critical)
    return None if seen == known else Verdict.MOVED


def step(standing: Standing, reading: Reading, hold: timedelta, now: datetime) -> Step | None:
    """The step that `reading` makes the alert take, or None. A condition must last for `hold` before it is told."""
    said = verdict(standing, reading)
    if said is None or (standing.state, said) not in NEXT:
        return None
    if said is Verdict.PASSED and hold and standing.state is State.CLOSED:
        return Step(State.PENDING, Event.HELD, {})
    if said is Verdict.PASSED and standing.state is State.PENDING and standing.since and now < standing.since + hold:
        return None
    state, event = NEXT[standing.state, said]
    if event in WAKING:
        told = {**standing.passed, reading.clock: max(reading.rung, standing.passed.get(reading.clock, 0))}
        return Step(state, event, told | ({CRITICAL: 1} if reading.critical else {}))
    return Step(state, event, {} if event in (Event.CLEARED, Event.LAPSED) else standing.passed)
