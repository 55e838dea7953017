"""What made rows consist of: the tree of units, and columns of codes, keys, moments and places (bench.rows)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
CLASSES: Final = ("urban", "rural", "remote")
# Share of a day's orders by the site's hour (16 = midnight in UTC).
HOURS: Final = (1, 1, 1, 1, 1, 2, 4, 6, 8, 8, 7, 6, 5, 5, 6, 6, 6, 6, 7, 7, 6, 4, 3, 2)
SITE_HOURS: Final = 8
SECOND: Final = 1_000_000  # times are microseconds
NEVER: Final = np.iinfo(np.int64).max


@dataclass(frozen=True)
class Size:
    """How large the city is."""

    days: int = 730
    per_day: int = 5000
    counties: int = 12
    stations: int = 180
    feeders: int = 2500
    areas: int = 30_000
    outages_per_day: int = 120


@dataclass(frozen=True)
class Tree:
    """Codes, and for each level the number of the unit above."""

    counties: list[str]
    stations: list[str]
    feeders: list[str]
    areas: list[str]
    county_of: Ints
    station_of: Ints
    feeder_of: Ints
    class_of: Ints  # of a station


def tree(size: Size) -> Tree:
    station_of = np.arange(size.feeders) * size.stations // size.feeders
    return Tree(
        [f"C{i:02d}" for i in range(size.counties)],
        [f"S{i:03d}" for i in range(size.stations)],
        [f"F{i:04d}" for i in range(size.feeders)],
        [f"A{i:05d}" for i in range(size.areas)],
        np.arange(size.stations) * size.counties // size.stations,
        station_of,
        np.arange(size.areas) * size.feeders // size.areas,
        np.arange(size.stations) % 3,
    )


def place(t: Tree, area: Ints, names: Sequence[str]) -> dict[str, Any]:
    feeder = t.feeder_of[area]
    station = t.station_of[feeder]
    made = {
        "city": lambda: words(("DJ",), np.zeros(len(area), np.int64)),
        "county": lambda: words(t.counties, t.county_of[station]),
        "station": lambda: words(t.stations, station),
        "grid": lambda: numbered("G", feeder // 3),
        "feeder": lambda: words(t.feeders, feeder),
        "transformer_area": lambda: words(t.areas, area),
        "area_class": lambda: words(CLASSES, t.class_of[station]),
    }
    return {name: made[name]() for name in names}


def point(area: Ints, n: int) -> dict[str, Any]:
    jitter = np.arange(n) % 97 / 9700
    return {"lon": 114 + area % 300 / 150 + jitter, "lat": 30 + area // 300 / 60 + jitter}


def micros(at: datetime) -> int:
    return int(at.timestamp()) * SECOND


def moments(d: np.random.Generator, start: datetime, length: timedelta, n: int) -> Ints:
    """Moments in rising order, more by day than by night."""
    day = d.integers(0, length.days, n) * 86_400
    shares = np.array(HOURS) / sum(HOURS)
    hour = (d.choice(24, n, p=shares) - SITE_HOURS - start.hour) % 24
    return micros(start) + np.sort(day + hour * 3600 + d.integers(0, 3600, n) - start.minute * 60) * SECOND


def chosen(d: np.random.Generator, shares: dict[str, float], n: int) -> Ints:
    weights = np.array(list(shares.values()))
    return d.choice(len(shares), n, p=weights / weights.sum()).astype(np.int64)


def words(words: Sequence[str], index: Ints) -> pa.Array:
    return pa.array(list(words)).take(pa.array(index))


def numbered(prefix: str, number: Ints) -> pa.Array:
    known, place = np.unique(number, return_inverse=True)
    return pa.array([f"{prefix}{i}" for i in known.tolist()]).take(pa.array(place))


def keys(prefix: str, part: int, n: int) -> pa.Array:
    return pa.array([f"{prefix}{part:02d}{i:06d}" for i in range(n)])


def text(words: pa.Array, wanted: Flags) -> pa.Array:
    nothing = pa.scalar(None, words.type)
    return pc.if_else(pa.array(wanted), words, nothing)


def times(at: Ints) -> pa.Array:
    return pa.array(at, pa.timestamp("us", tz="UTC"), mask=at == NEVER)
