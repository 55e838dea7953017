"""An invented utility for the bench of hotspots: units, usual complaints, and planted rises."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from kpis.hotspots.looks import Stream, stream_of
from kpis.hotspots.tables import Places, places_of

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
WEEKDAYS: Final = np.array([1.2, 1.1, 1.05, 1.0, 1.0, 0.75, 0.6])
HOURS: Final = np.array([2, 1, 1, 1, 1, 2, 4, 7, 9, 9, 8, 7, 6, 6, 7, 7, 7, 7, 8, 9, 9, 8, 5, 3], dtype=np.float64)
LEAVES: Final = tuple((top, f"{top}{n}") for top in ("supply", "service") for n in (1, 2, 3))
LEAF_SHARE: Final = np.array([0.3, 0.2, 0.1, 0.2, 0.15, 0.05])


@dataclass(frozen=True)
class Background:
    """A usual stream: `per_day` complaints over `units`; `phi` 1: Poisson, more: variance / mean of a unit's day."""

    units: int = 300
    per_day: float = 60
    phi: float = 1.0
    season: float = 0.3
    repeats: float = 0.1
    storm_days: tuple[int, ...] = ()
    storm: float = 3.0


@dataclass(frozen=True)
class City:
    """Places with their feeder, the share of each unit and (days, 24) the mean count of each hour of the utility."""

    places: Places
    share: Floats
    hourly: Floats
    background: Background
    extra: Mapping[str, Any] = field(default_factory=dict)

    def mean(self, members: npt.ArrayLike) -> Floats:
        """(hours,) mean events of a set of units."""
        return self.hourly.ravel() * float(self.share[np.asarray(members)].sum())


def city(background: Background, days: int, seed: int) -> City:
    """Units over 30 x 30 km, twelve to a feeder by angle and distance, six districts, shares of a lognormal."""
    rng = np.random.default_rng(seed)
    n = background.units
    at = rng.uniform(0, 30, (n, 2)) if n <= 500 else rng.uniform(0, 95, (n, 2))
    # Feeders follow lines from their station: strips of twelve.
    strip = np.lexsort((at[:, 0], (at[:, 1] // 2.5).astype(int)))
    feeder = np.empty(n, dtype=np.int64)
    feeder[strip] = np.arange(n) // 12
    # Districts: two halves from west to east, each in three from south to north, with as many units each.
    half = np.argsort(np.argsort(at[:, 0])) * 2 // n
    third = np.empty(n, dtype=np.int64)
    for side in (0, 1):
        mine = np.flatnonzero(half == side)
        third[mine[np.argsort(at[mine, 1])]] = np.arange(len(mine)) * 3 // len(mine)
    columns = {"place": np.arange(n), "x": at[:, 0], "y": at[:, 1], "feeder": feeder, "district": half * 3 + third}
    table = pd.DataFrame(columns)
    share = rng.lognormal(0, 0.6, n)
    day = np.arange(days)
    level = background.per_day * WEEKDAYS[day % 7] * (1 + background.season * np.sin(2 * np.pi * day / 365))
    level[list(background.storm_days)] *= background.storm
    hourly = level[:, None] * HOURS / HOURS.sum()
    return City(places_of(table), share / share.sum(), hourly, background)


def usual(made: City, rng: np.random.Generator) -> dict[str, Ints]:
    """One history of usual events: place, hour, leaf, customer.

    A tenth of the calls are repeats by a customer within 24 h; the product's bundles take them out again, so they
    are left out here.
    """
    days, n = len(made.hourly), len(made.share)
    mean = made.hourly.sum(axis=1)[:, None] * made.share
    if made.background.phi > 1:
        factor = made.background.phi - 1
        mean = rng.gamma(mean / factor, factor)
    counts = rng.poisson(mean)
    cell = np.repeat(np.arange(days * n), counts.ravel())
    day, place = cell // n, cell % n
    hour = day * 24 + rng.choice(24, len(cell), p=HOURS / HOURS.sum())
    leaf = rng.choice(len(LEAVES), len(cell), p=LEAF_SHARE)
    return {"place": place, "hour": hour, "leaf": leaf, "customer": place * 1000 + rng.integers(0, 300, len(cell))}


def stratum(hour: Ints) -> Ints:
    """Working or other day x 4 hours, as `kpis.hotspots.strata` has it; day 0 is a Monday."""
    return ((hour // 24 % 7) < 5) * 6 + hour % 24 // 4


def stream(events: Mapping[str, Ints]) -> Stream:
    return stream_of(events["place"], events["hour"], stratum(events["hour"]), events["leaf"], events["customer"])


@dataclass(frozen=True)
class Rise:
    """A planted outbreak: `per_day` events more at `members`, from hour `start` for `hours`, by `profile`."""

    members: Ints
    start: int
    hours: int
    per_day: float
    profile: str = "step"
    leaf: int | None = None


def with_rise(
    events: Mapping[str, Ints], made: City, rise: Rise, rng: np.random.Generator
) -> tuple[dict[str, Ints], Flags]:
    """`events` and those of `rise` (spread over its units as usual), and which rows are the rise's."""
    at = np.arange(rise.start, rise.start + rise.hours)
    mean = np.full(len(at), rise.per_day / 24)
    if rise.profile == "ramp":
        mean = mean * np.minimum((at - rise.start + 1) / 72, 1)
    elif rise.profile == "epidemic":
        mean = mean * 2 * np.exp(-0.5 * ((at - rise.start - 60) / 30) ** 2)
    elif rise.profile == "burst":
        mean = np.where(at < rise.start + 2, rise.per_day / 2, 0.0)
    if rise.profile != "burst":
        mean = mean * HOURS[at % 24] / HOURS.mean()
    counts = rng.poisson(mean)
    hour = np.repeat(at, counts)
    weight = made.share[rise.members] / made.share[rise.members].sum()
    place = rng.choice(rise.members, len(hour), p=weight)
    leaf = np.full(len(hour), rise.leaf) if rise.leaf is not None else rng.choice(len(LEAVES), len(hour), p=LEAF_SHARE)
    new = {"place": place, "hour": hour, "leaf": leaf, "customer": 10**7 + np.arange(len(hour))}
    both = {name: np.concatenate([events[name], new[name]]) for name in new}
    return both, np.arange(len(both["hour"])) >= len(events["hour"])
