"""When trouble comes: storms and low-voltage hotspots, known for each day from the seed alone."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from simulator.instants import HOUR, Seconds, midnight
from simulator.names import COUNTIES
from simulator.network import Areas

# One storm in each run of so many days, one hotspot in each run of so many others: several of each in 90 days.
STORM_EVERY: Final = 13
HOTSPOT_EVERY: Final = 11
_STORM, _HOTSPOT = 101, 102  # streams of the generator


@dataclass(frozen=True)
class Storm:
    start: int
    end: int
    counties: tuple[str, ...]
    calls: int  # fault reports it brings beyond the usual
    outages: int
    stretch: float  # how much longer everything takes

    def covers(self, at: Seconds, county: Seconds) -> Seconds:
        """1 where an order accepted `at` in a county (by position) lies in the storm or the three hours after."""
        struck = np.isin(county, [i for i, c in enumerate(COUNTIES) if c.code in self.counties])
        return (struck & (at >= self.start) & (at < self.end + 3 * HOUR)).astype(np.int64)


def storm(seed: int, day: int) -> Storm | None:
    """The storm that begins on `day`, if one does."""
    block, place = divmod(day, STORM_EVERY)
    rng = np.random.default_rng([seed, block, _STORM])
    if int(rng.integers(STORM_EVERY)) != place:
        return None
    start = midnight(day) + int(rng.integers(9 * HOUR, 20 * HOUR))
    chosen = rng.choice(len(COUNTIES), int(rng.integers(2, 6)), replace=False)
    return Storm(
        start,
        start + int(rng.integers(4 * HOUR, 9 * HOUR)),
        tuple(COUNTIES[i].code for i in sorted(chosen.tolist())),
        int(rng.integers(90, 240)),
        int(rng.integers(10, 25)),
        float(rng.uniform(1.6, 2.0)),
    )


@dataclass(frozen=True)
class Hotspot:
    """Low voltage along one feeder for some days."""

    feeder_no: int
    start: int
    end: int
    orders: int


def hotspot(seed: int, day: int, areas: Areas) -> Hotspot | None:
    """The hotspot that begins on `day`, if one does."""
    block, place = divmod(day, HOTSPOT_EVERY)
    rng = np.random.default_rng([seed, block, _HOTSPOT])
    if int(rng.integers(HOTSPOT_EVERY)) != place:
        return None
    start = midnight(day) + int(rng.integers(7 * HOUR, 17 * HOUR))
    days = int(rng.integers(3, 7))
    return Hotspot(
        int(rng.integers(areas.feeder_no.max() + 1)), start, start + days * 24 * HOUR, int(rng.integers(12, 26))
    )
