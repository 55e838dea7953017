"""What a hotspot is while it lives: its states, levels and what is kept of it. Data only; `lives` decides."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final


class Level(StrEnum):
    NONE = "none"  # not rarer than chance shows every few days
    WATCH = "watch"  # listed, nobody is told
    ALERT = "alert"
    SEVERE = "severe"


class State(StrEnum):
    CANDIDATE = "candidate"  # reached alert in one look, has no number yet
    OPEN = "open"
    ENDED = "ended"
    MERGED = "merged"
    REFUSED = "refused"  # an operator said: not a hotspot


class Answer(StrEnum):
    ACKNOWLEDGED = "acknowledged"
    NOT_A_HOTSPOT = "not a hotspot"
    TAKEN_UP = "taken up"  # confirmed: its excess is taken out of later baselines


@dataclass(frozen=True)
class Settings:
    """The rules of life. Recurrence in days; 38 d = 30 d / 0.8, the part of the budget local hotspots have."""

    watch_d: float = 7.0
    alert_d: float = 38.0
    severe_d: float = 365.0
    fade_d: float = 3.0
    fade_for: timedelta = timedelta(hours=48)
    quiet_days: int = 3  # 24 h periods with observed / expected below 1.3 in the hotspot's own zone
    reopen_within: timedelta = timedelta(days=7)
    reopen_cases: int = (
        3  # cases that came since it ended: what is left of the old ones in a long window is no new rise
    )
    match_from: float = 0.3

    def level(self, recurrence_d: float) -> Level:
        if recurrence_d >= self.severe_d:
            return Level.SEVERE
        if recurrence_d >= self.alert_d:
            return Level.ALERT
        return Level.WATCH if recurrence_d >= self.watch_d else Level.NONE


@dataclass(frozen=True)
class Seen:
    """One cluster of one look.

    `weight`: expected count of each of its units. `cases`: keys of its cases of the last 7 days. `node`: path of the
    category from the top, () for all. `start`: of the best window. `new`: cases since the look before.
    `outage`: the open outage that explains all of it, if any. `is_relative`: the zone has no more than in its own past;
    the rest fell. `customers`: distinct ones in the window of `hours`. `chain`: of the zones looked at, the one it is a
    part of.
    """

    weight: Mapping[Hashable, float]
    cases: frozenset[Hashable]
    node: tuple[str, ...]
    start: datetime
    observed: int
    expected: float
    statistic: float
    recurrence_d: float
    new: int = 0
    outage: str | None = None
    is_relative: bool = False
    name: str = ""
    customers: int = 0
    hours: int = 0
    chain: int = -1


@dataclass(frozen=True)
class Hotspot:
    """A hotspot under its number, which never changes. `onset`: start of the best window when it opened, frozen.

    `seen`: its latest cluster. `strong_at`: when it was last at `fade_d` or rarer. `told_*`: what the operator was last
    told of. `number` None: a candidate.
    """

    number: int | None
    state: State
    onset: datetime
    opened_at: datetime | None
    seen: Seen
    level: Level
    strong_at: datetime
    peak_d: float
    told_level: Level = Level.NONE
    told_cases: int = 0
    told_units: int = 0
    ended_at: datetime | None = None
    merged_into: int | None = None
    answer: Answer | None = None
    answered_by: str | None = None

    @property
    def lives(self) -> bool:
        return self.state is State.OPEN


class Kind(StrEnum):
    OPENED = "opened"
    REOPENED = "reopened"
    LOOKED = "looked"  # a line of history, nobody is told
    TOLD_AGAIN = "told again"
    ENDED = "ended"
    MERGED = "merged"
    ANSWERED = "answered"


# Whom an operator hears of; everything else is a line in the history.
TELLS: Final = (Kind.OPENED, Kind.REOPENED, Kind.TOLD_AGAIN)


@dataclass(frozen=True)
class Line:
    """One line of a hotspot's history, only ever added to. `reason` is for people; figures as in `Seen`."""

    at: datetime
    number: int
    kind: Kind
    reason: str
    units: tuple[Hashable, ...]
    observed: int
    expected: float
    statistic: float
    recurrence_d: float
    new: int
    state: State
    answered_by: str | None = None
