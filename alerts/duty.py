"""Who is on duty, who comes next, and when phones stay quiet: the duty file as data. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Final, Literal

Days = Literal["all", "working", "non_working"]
Turn = Literal["day", "shift", "week"]
Hours = tuple[time, time]  # over midnight where the second is not later; equal ones are the whole day

DAYS: Final = ("all", "working", "non_working")
TURNS: Final = ("day", "shift", "week")
EXIT_LEVELS: Final = ("orange", "red", "critical")
# The field of a person that is the address on a channel of this name or kind; others take the field of their own name.
ADDRESS: Final = {
    "mail": "email",
    "smtp": "email",
    "email": "email",
    "sms": "phone",
    "sms_http": "phone",
    "sms_table": "phone",
    "text": "phone",
    "voice": "phone",
}


@dataclass(frozen=True)
class Person:
    """Somebody who can be told. `addresses`: by field: phone, email, or the name of a channel; `code` is one too.

    `quiet`: their own quiet hours; None: those of the file.
    """

    code: str
    role: str | None = None
    unit: str | None = None
    name: str | None = None
    addresses: Mapping[str, str] = field(default_factory=dict)
    language: str | None = None
    quiet: Hours | None = None

    def address(self, channel: str, fields: Mapping[str, str]) -> str | None:
        """Their address on `channel`; `fields`: the site's choice of a field by channel. None: they have none."""
        wanted = fields.get(channel) or ADDRESS.get(channel, channel)
        return self.code if wanted == "code" else self.addresses.get(wanted)


@dataclass(frozen=True)
class Shift:
    """A part of the day. `groups`: who takes turns at it; empty: those of its roster."""

    start: time
    end: time
    days: Days = "all"
    groups: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True)
class Roster:
    """Who is on duty when. `role` and `unit`: whom it stands for; without a unit, in all of them; None: only by name.

    `groups` take turns in this order, counted in `turn`s from `anchor`; a group is mostly one person. A shift belongs
    to the day on which it begins: its start is the hand-over.
    """

    name: str
    shifts: tuple[Shift, ...]
    groups: tuple[tuple[str, ...], ...]
    anchor: date
    turn: Turn = "day"
    role: str | None = None
    unit: str | None = None


@dataclass(frozen=True)
class PolicyStep:
    """Who is told `after` the alert was raised and is not acknowledged, and again each `repeat` until it is.

    `deadline`: the step also issues a supervision order (督办单) that has to be answered by then.
    """

    after: timedelta
    to: tuple[str, ...] = ()
    repeat: timedelta | None = None
    deadline: timedelta | None = None


@dataclass(frozen=True)
class Policy:
    """An escalation. `first` is told with the raise itself; `later` steps are numbered from 1."""

    name: str
    steps: tuple[PolicyStep, ...]

    @property
    def first(self) -> PolicyStep | None:
        return self.steps[0] if self.steps and not self.steps[0].after else None

    @property
    def later(self) -> tuple[PolicyStep, ...]:
        return self.steps[1:] if self.first else self.steps

    def step(self, number: int) -> PolicyStep | None:
        """The step of this number; 0 is what is told with the raise."""
        if number == 0:
            return self.first
        return self.later[number - 1] if number <= len(self.later) else None


@dataclass(frozen=True)
class Exits:
    """The channels for one level: tried in this order until one works, or all at once."""

    channels: tuple[str, ...]
    together: bool = False


@dataclass(frozen=True)
class Window:
    """Work announced beforehand, of whose alerts nobody is told. Once (`starts_at`, `ends_at`) or each week (`weekday`,
    `hours`)."""

    name: str
    matches: Mapping[str, tuple[str, ...]]
    author: str
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    weekday: int | None = None  # Monday is 0
    hours: Hours | None = None


@dataclass(frozen=True)
class Duty:
    """The whole duty file. `exits` has an entry for each level; `quiet` are the hours of people without their own."""

    people: Mapping[str, Person] = field(default_factory=dict)
    rosters: Mapping[str, Roster] = field(default_factory=dict)
    policies: Mapping[str, Policy] = field(default_factory=dict)
    exits: Mapping[str, Exits] = field(default_factory=dict)
    address_fields: Mapping[str, str] = field(default_factory=dict)
    quiet: Hours | None = None
    windows: tuple[Window, ...] = ()

    def exits_of(self, level: str, critical: bool) -> Exits:
        """The way out for an alert of this level."""
        return self.exits["critical" if critical else level]
