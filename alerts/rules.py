"""Rules as data: what is watched, from which limits it alerts, whose it is and what to do. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

LEVELS: Final = ("orange", "red")  # rising; blue and yellow are display colours, never alerts
REOPEN: Final = timedelta(minutes=30)


@dataclass(frozen=True)
class Limit:
    """Where one rung of a rule starts. Which of the measures it has depends on what the rule watches (`KINDS`)."""

    level: str
    from_percent: float | None = None  # of a clock's time; this share already counts
    over_percent: float | None = None  # this share not yet: a clock exactly at its limit is not past it
    after_min: float | None = None  # since the condition holds
    from_count: int | None = None
    above: float | None = None
    below: float | None = None
    clear: float | None = None  # with above or below: the alert ends only on the other side of this
    tell_clear: bool = False  # an all-clear from this rung is told, not only stored

    @property
    def percent(self) -> float:
        """Share of a clock's time at which it starts."""
        return self.from_percent or self.over_percent or 100.0


@dataclass(frozen=True)
class Rule:
    """One rule. `levels` are its rungs, rising: a later one wakes whoever acknowledged an earlier one.

    `what`, `owner` and `action` are message ids. `on`: which subjects of its kind it watches. `policy`: the escalation
    that its alerts follow, where no route names another; None: they are told once.
    """

    key: str
    version: int
    watches: str
    what: str
    owner: str
    action: str
    runbook: str
    levels: tuple[Limit, ...]
    on: Mapping[str, Any] = field(default_factory=dict)
    hold: timedelta = timedelta(0)
    reopen: timedelta = REOPEN
    policy: str | None = None

    def limit(self, rung: int) -> Limit | None:
        """What starts `rung`, counted from 1."""
        return self.levels[rung - 1] if 0 < rung <= len(self.levels) else None

    def level(self, rung: int) -> str:
        """The level of `rung`; empty for 0."""
        limit = self.limit(rung)
        return limit.level if limit else ""


@dataclass(frozen=True)
class Option:
    """One entry of a rule's `on`. `words`: what it may be, or for a list its members; empty: any text or number."""

    form: type
    required: bool = False
    words: tuple[str, ...] = ()


@dataclass(frozen=True)
class Kind:
    """What a rule may watch. `measures`: each rung has exactly one of these; empty: it is bad or not, with one rung.

    `holds`: its rules may wait before they tell.
    """

    measures: tuple[str, ...] = ()
    on: Mapping[str, Option] = field(default_factory=dict)
    holds: bool = False


CONDITIONS: Final = (
    "estimate_expired",
    "long",
    "sensitive_out",
    "important_out",
    "not_started",
    "not_restored",
    "notice_late",
)
FLAGS: Final = ("escalated", "leapfrog", "grade")
VITALS: Final = ("tick_s", "undelivered", "failed_deliveries", "calendar_days", "disk_free_percent", "clock_skew_s")
_ORDERS: Final = {"categories": Option(list)}
KINDS: Final[Mapping[str, Kind]] = {
    "order_clock": Kind(("from_percent", "over_percent"), {"clocks": Option(list, required=True), **_ORDERS}),
    "kpi": Kind(
        ("above", "below"),
        {
            "kpi": Option(str, required=True),
            "per": Option(str, words=("site", "county", "station")),
            "least_n": Option(int),
        },
        holds=True,
    ),
    "hotspot": Kind(("from_count",)),  # 1 an alert, 2 severe
    "wide_rise": Kind(("from_count",)),
    "frequent_outage": Kind(
        ("from_count",),
        {
            "per": Option(str, required=True, words=("transformer_area", "feeder", "customer")),
            "window_days": Option(int, required=True),
        },
    ),
    "third_call": Kind(("from_count",), {"window_days": Option(int), **_ORDERS}),
    "order_flag": Kind((), {"flags": Option(list, required=True, words=FLAGS), "within_h": Option(int), **_ORDERS}),
    "revisit": Kind(("after_min",)),
    "outage": Kind(("after_min",), {"condition": Option(str, required=True, words=CONDITIONS)}),
    "source": Kind((), holds=True),
    "suspicion": Kind((), holds=True),
    "vital": Kind(("above", "below"), {"part": Option(str, required=True, words=VITALS)}, holds=True),
}
WATCHES: Final = tuple(KINDS)
