"""The city that does not change: units, feeders, transformer areas, served customers, crews and people."""

import math
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Final

import numpy as np
import numpy.typing as npt

from simulator import boundaries
from simulator.instants import Seconds
from simulator.names import (
    AREA_CLASSES,
    CITY_CODE,
    CITY_EN,
    CITY_ZH,
    COUNTIES,
    DRAWN_FEEDERS,
    SURNAMES,
    SURNAMES_EN,
    Station,
)

FEEDERS_PER_STATION: Final = (6, 4, 3)  # by area class
AREAS_PER_FEEDER: Final = 10
CUSTOMERS_PER_AREA: Final = (620, 290, 110)
GRIDS_PER_STATION: Final = 3
CREWS_PER_STATION: Final = 2
MANAGERS_PER_GRID: Final = 2
_NUMERALS: Final = "〇一二三四五六七八九"  # crews are counted so: 城东一班
Text = npt.NDArray[np.object_]
Real = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Unit:
    code: str
    kind: str
    parent: str | None
    zh: str
    en: str
    area_class: str | None
    lon: float
    lat: float


@dataclass(frozen=True)
class Person:
    code: str
    role: str
    unit: str
    name: str
    phone: str
    email: str
    language: str


@dataclass(frozen=True)
class Areas:
    """Transformer areas, one position each; account numbers are made from the position."""

    code: Text
    feeder: Text
    grid: Text
    station: Text
    county: Text
    area_class: Seconds
    feeder_no: Seconds
    customers: Seconds
    high_voltage: Seconds
    business: Seconds
    lon: Real
    lat: Real
    place: Text  # where it is, in words
    manager: Text  # person code of its manager (台区经理)
    keeper: Text  # person code of the manager of its grid, who handles what is no repair

    @cached_property
    def weight(self) -> Real:
        """Chance that an ordinary demand comes from the area; thin networks fail more per customer."""
        raw = self.customers * np.array([1.0, 1.25, 1.6])[self.area_class]
        return np.asarray(raw / raw.sum(), dtype=np.float64)


@dataclass(frozen=True)
class Network:
    units: tuple[Unit, ...]
    people: tuple[Person, ...]
    areas: Areas
    feeder_codes: tuple[str, ...]

    def customers(self) -> int:
        return int(self.areas.customers.sum())


def _point(
    rng: np.random.Generator, county: str, near: tuple[float, float] | None, reach: float
) -> tuple[float, float]:
    """A point of the county, at most about `reach` degrees from `near`."""
    ring = boundaries.ring(county)
    lons, lats = [p[0] for p in ring], [p[1] for p in ring]
    for _ in range(500):
        if near is None:
            lon, lat = rng.uniform(min(lons), max(lons)), rng.uniform(min(lats), max(lats))
        else:
            lon, lat = near[0] + rng.uniform(-reach, reach), near[1] + rng.uniform(-reach, reach)
        if boundaries.contains(ring, lon, lat):
            return round(lon, 5), round(lat, 5)
    raise ValueError(f"{county}: no point found near {near}; mend the map's corners")


def _columns(rows: list[tuple[object, ...]], people: list[Person]) -> Areas:
    """Areas from rows in the order of `Areas`' fields."""
    columns = list(zip(*rows, strict=True))
    code, feeder, grid, station, county, place = (np.array(columns[i], dtype=object) for i in (0, 1, 2, 3, 4, 12))
    area_class, feeder_no, customers, high, business = (np.array(c, dtype=np.int64) for c in columns[5:10])
    lon, lat = (np.array(c, dtype=np.float64) for c in columns[10:12])
    keepers = {p.unit: p.code for p in people if p.role == "patch_manager"}
    managers: dict[str, list[str]] = {}
    for p in people:
        if p.role == "area_manager":
            managers.setdefault(p.unit, []).append(p.code)
    manager = np.array([managers[g][i % len(managers[g])] for i, g in enumerate(grid.tolist())], dtype=object)
    keeper = np.array([keepers[g] for g in grid.tolist()], dtype=object)
    return Areas(
        code, feeder, grid, station, county, area_class, feeder_no, customers, high, business, lon, lat, place,
        manager, keeper,
    )  # fmt: skip


class _Builder:
    """Grows the tree in a fixed order from one generator, so that each start finds the same city."""

    def __init__(self) -> None:
        self.rng = np.random.default_rng(116_030)
        self.units: list[Unit] = [Unit(CITY_CODE, "city", None, CITY_ZH, CITY_EN, None, 116.04, 29.98)]
        self.people: list[Person] = []
        self.areas: list[tuple[object, ...]] = []
        self.feeders: list[str] = []
        drawn = self.rng.permutation(len(DRAWN_FEEDERS))
        self.names = iter([DRAWN_FEEDERS[i] for i in drawn])

    def build(self) -> Network:
        self._people("city_duty", CITY_CODE, 3)
        for county in COUNTIES:
            lon, lat = boundaries.centre(county.zh)
            self.units.append(Unit(county.code, "county", CITY_CODE, county.zh, county.en, None, lon, lat))
            self._people("county_duty", county.code, 2)
            for i, station in enumerate(county.stations, 1):
                self._station(county.code, county.zh, f"{county.code}{i:02d}", station)
        for grid in [u.code for u in self.units if u.kind == "grid"]:
            self._people("area_manager", grid, MANAGERS_PER_GRID)
        areas = _columns(self.areas, self.people)
        return Network(tuple(self.units), tuple(self.people), areas, tuple(self.feeders))

    def _people(self, role: str, unit: str, n: int) -> None:
        for _ in range(n):
            no = len(self.people) + 1
            i = int(self.rng.integers(len(SURNAMES)))
            name = f"{SURNAMES[i]}{'建国华明伟芳敏静丽强'[no % 10]}"
            mail = f"{SURNAMES_EN[i].lower()}{no:03d}@linjiang.example"
            self.people.append(Person(f"P{no:04d}", role, unit, name, f"1000000{no:04d}", mail, "zh"))

    def _station(self, county: str, county_zh: str, code: str, station: Station) -> None:
        word = AREA_CLASSES[station.area_class]
        others = [(u.lon, u.lat) for u in self.units if u.kind == "station" and u.parent == county]
        free = [_point(self.rng, county_zh, None, 0) for _ in range(12 if others else 1)]
        at = max(free, key=lambda p: min((math.dist(p, o) for o in others), default=0.0))  # apart from its neighbours
        self.units.append(Unit(code, "station", county, station.zh, station.en, word, *at))
        self._people("station_head", code, 1)
        for i in range(1, CREWS_PER_STATION + 1):
            crew = f"{code}B{i}"
            self.units.append(
                Unit(crew, "crew", code, f"{station.zh}{_NUMERALS[i]}班", f"{station.en} crew {i}", word, *at)
            )
            self._people("crew", crew, 1)
        for i in range(1, GRIDS_PER_STATION + 1):
            grid = f"{code}W{i}"
            self.units.append(Unit(grid, "grid", code, f"{station.zh}{i}网格", f"{station.en} grid {i}", word, *at))
            self._people("patch_manager", grid, 1)
        for i in range(FEEDERS_PER_STATION[station.area_class]):
            zh, en = station.feeders[i] if i < len(station.feeders) else next(self.names)
            near = _point(self.rng, county_zh, at, 0.12 if station.area_class else 0.05)
            feeder = f"{code}F{i + 1}"
            self.units.append(Unit(feeder, "feeder", code, f"{zh}线", f"{en} line", word, *near))
            self.feeders.append(feeder)
            for j in range(1, AREAS_PER_FEEDER + 1):
                grid = f"{code}W{(i + j) % GRIDS_PER_STATION + 1}"
                self._area((county, county_zh), code, station, grid=grid, feeder=feeder, named=(zh, en), near=near, j=j)

    def _area(
        self, county: tuple[str, str], code: str, station: Station, *, grid: str, feeder: str, named: tuple[str, str],
        near: tuple[float, float], j: int,
    ) -> None:  # fmt: skip
        area = f"{feeder}T{j:02d}"
        lon, lat = _point(self.rng, county[1], near, 0.05 if station.area_class else 0.02)
        word = AREA_CLASSES[station.area_class]
        self.units.append(
            Unit(area, "transformer_area", grid, f"{named[0]}线{j}号台区", f"{named[1]} line area {j}", word, lon, lat)
        )
        customers = int(CUSTOMERS_PER_AREA[station.area_class] * self.rng.uniform(0.6, 1.4))
        business = int(customers * self.rng.uniform(0.04, 0.11))
        high = int(self.rng.integers(0, 3 if station.area_class == 0 else 2))
        no = len(self.feeders) - 1
        self.areas.append(
            (area, feeder, grid, code, county[0], station.area_class, no, customers, high, business,
             lon, lat, f"{county[1]}{station.zh}{named[0]}{j}组")
        )  # fmt: skip


@cache
def network() -> Network:
    """The one city; building it takes a moment, so it is built once."""
    return _Builder().build()
