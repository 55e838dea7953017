"""Sites for random histories: a zone, its calendar and its limits. Among them night shifts and one that never opens."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, time
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np

from kpis.calendar import Calendar, Hours
from kpis.calendars_file import load as load_calendar
from kpis.limits import UNITS, Limit
from kpis.limits_file import load as load_limits
from kpis.order_clocks import CLOCKS

# A few codes each, so that many orders fulfil many conditions.
CODES: Final[Mapping[str, tuple[str, ...]]] = {
    "category": ("fault_report", "complaint", "report", "service_application"),
    "subcategory_1": ("connection", "other"),
    "subcategory_2": ("dual_supply", "single_supply"),
    "area_class": ("urban", "rural", "remote"),
    "customer_kind": ("high_voltage", "low_voltage_business", "residential"),
    "tier": ("diamond", "none"),
    "channel": ("95598", "12345"),
    "grade": ("general", "major"),
}
REASONS: Final = ("customer_absent", "weather", "road")
AMOUNTS: Final[Mapping[str, tuple[int, ...]]] = {
    "minutes": (1, 3, 5, 45, 60, 90, 180, 240),
    "hours": (1, 24, 48, 120),
    "open_hours": (1, 4, 8, 16, 40),
    "working_days": (1, 2, 4, 5, 10, 22),
}
CHANGES: Final = (date(2020, 1, 1), date(2024, 2, 10), date(2025, 1, 1), date(2026, 2, 14), date(2026, 12, 31))
CLOCK_CHANGES: Final = (date(2024, 3, 10), date(2024, 11, 3), date(2025, 3, 9), date(2025, 11, 2), date(2026, 11, 1))
SPAN: Final = (date(2022, 1, 1), date(2030, 12, 31))  # beyond every deadline
STOPPING: Final = (None, None, frozenset[str](), frozenset(["weather"]), frozenset(["weather", "road"]))


@dataclass(frozen=True)
class World:
    """`amounts`: microseconds at which limits of elapsed time are reached."""

    name: str
    calendar: Calendar
    limits: Sequence[Limit]

    @property
    def zone(self) -> ZoneInfo:
        return self.calendar.zone

    @property
    def amounts(self) -> list[int]:
        return sorted({limit.amount for limit in self.limits if limit.kind == "elapsed"})


def _every(*days: int) -> Mapping[int, Sequence[Hours]]:
    """Night shifts, with a break and an hour that two of them share, on the weekdays `days`."""
    return {day: [(time(22), time(6)), (time(5, 30), time(8)), (time(13), time(17, 30))] for day in days}


def _limits(seed: int) -> tuple[Limit, ...]:
    """None to three limits of each clock and line, of every kind, with and without conditions."""
    random = np.random.default_rng(seed)
    found = [
        _limit(random, clock.key, line) for clock in CLOCKS for line in clock.lines for _ in range(random.integers(4))
    ]
    return tuple(sorted(found, key=lambda limit: limit.rank))


def _limit(random: np.random.Generator, clock: str, line: str) -> Limit:
    unit = list(UNITS)[random.integers(len(UNITS))]
    kind, size = UNITS[unit]
    names = random.choice(sorted(CODES), random.integers(0, 3), replace=False)
    where = {str(n): frozenset(random.choice(CODES[n], random.integers(1, 3), replace=False).tolist()) for n in names}
    return Limit(
        clock, line, kind, int(random.choice(AMOUNTS[unit])) * size, tuple(sorted(where.items())),
        CHANGES[random.integers(len(CHANGES))], "a rule", STOPPING[random.integers(len(STOPPING))],
    )  # fmt: skip


def worlds() -> Iterator[World]:
    """Each of them another trouble."""
    china = replace(load_calendar("Asia/Shanghai"), first=SPAN[0], last=SPAN[1])
    years = china.years

    def site(zone: str, hours: Mapping[int, Sequence[Hours]], make_up: Sequence[Hours] | None = None) -> Calendar:
        return Calendar(ZoneInfo(zone), years, hours, make_up, *SPAN)

    assumed = {**years, 2025: replace(years[2025], is_official=False)}
    changing = {y: replace(years[y], on=years[y].on | {d for d in CLOCK_CHANGES if d.year == y}) for y in years}
    new_york = Calendar(
        ZoneInfo("America/New_York"), changing, {}, [(time(1, 30), time(2, 15)), (time(2, 30), time(4))]
    )
    early = {day: [(time(1, 30), time(2, 15)), (time(2, 15), time(9))] for day in range(6)}
    always = {day: [(time(), time())] for day in range(7)}
    yield World("the shipped files", china, load_limits())
    yield World("limits of all kinds", china, _limits(1))
    yield World("an assumed year", replace(china, years=assumed), _limits(2))
    yield World("night shifts in London", site("Europe/London", _every(*range(7))), _limits(3))
    yield World("open when clocks change", replace(new_york, hours=early, first=SPAN[0], last=SPAN[1]), _limits(4))
    yield World("half an hour of summer time", site("Australia/Lord_Howe", always), _limits(5))
    yield World("summer time at midnight", site("Africa/Cairo", _every(0, 3, 4), []), _limits(6))
    yield World("never open", site("Asia/Shanghai", {}), _limits(7))
