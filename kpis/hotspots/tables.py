"""Places and cases out of plain tables: checked, as arrays, and what could not be used counted."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Step = Literal["h", "D", "M", "Y"]

EARTH_KM: Final = 6367.0  # SaTScan's mean radius; the published radii rest on it
_STEPS: Final = ("h", "D", "M", "Y")


class BadTable(ValueError):
    """A table can not be used. The message names the column or the row, and the cure."""


@dataclass(frozen=True)
class Places:
    """The places of a table, in its order.

    `at`: (n, 2) as x, y in km or (n, 3) as points of the globe in km; NaN rows where the place is in no circle.
    `population`: (n,), NaN-free, or None. `left_out`: how many places are in no circle, by reason.
    """

    table: pd.DataFrame
    ids: pd.Index
    at: Floats
    population: Floats | None
    left_out: Mapping[str, int]

    @property
    def is_located(self) -> Flags:
        return np.asarray(~np.isnan(self.at).any(axis=1))


def places_of(
    table: pd.DataFrame, *, earth_km: float = EARTH_KM, area: tuple[float, float, float, float] | None = None
) -> Places:
    """The places of `table`: columns place, and lon and lat (degrees) or x and y (any unit, kept); population if known.

    `area` = (west, south, east, north) in degrees. In no circle, but counted, and still in zones given by name: places
    without coordinates ("missing"), at 0, 0 ("zero"), whose two numbers fit `area` only when swapped ("swapped"),
    outside of it or of the globe ("outside").
    Errors: BadTable for a column that is missing, a place that is there twice or unnamed, a population below zero.
    """
    _need(table, ("place",), "places")
    ids = pd.Index(table["place"])
    if ids.hasnans:
        raise BadTable(f"places: row {int(np.flatnonzero(ids.isna())[0])}: no name in column place; give it one")
    if not ids.is_unique:
        twice = ids[ids.duplicated()][0]
        raise BadTable(f"places: {twice} is there twice; keep one row of it")
    population = _population(table)
    if {"lon", "lat"} <= set(table.columns):
        lon, lat = _numbers(table, "lon"), _numbers(table, "lat")
        fault = faults_of(lon, lat, area)
        at = _on_the_globe(np.where(fault == "", lon, np.nan), np.where(fault == "", lat, np.nan), earth_km)
    elif {"x", "y"} <= set(table.columns):
        at = np.column_stack([_numbers(table, "x"), _numbers(table, "y")])
        fault = np.where(np.isfinite(at).all(axis=1), "", "missing")
        at[fault != ""] = np.nan
    else:
        at, fault = np.full((len(ids), 2), np.nan), np.full(len(ids), "missing")
    reasons, counts = np.unique(fault[fault != ""], return_counts=True)
    left_out = dict(zip(reasons.tolist(), counts.tolist(), strict=True))
    return Places(table.reset_index(drop=True), ids, at, population, left_out)


def _need(table: pd.DataFrame, columns: tuple[str, ...], what: str) -> None:
    for name in columns:
        if name not in table.columns:
            raise BadTable(f"{what}: no column {name}; there are {', '.join(map(str, table.columns))}")


def _numbers(table: pd.DataFrame, name: str) -> Floats:
    return np.array(pd.to_numeric(table[name], errors="coerce"), dtype=np.float64)


def _population(table: pd.DataFrame) -> Floats | None:
    if "population" not in table.columns:
        return None
    people = _numbers(table, "population")
    if not (people >= 0).all():
        row = int(np.flatnonzero(~(people >= 0))[0])
        raise BadTable(f"places: row {row}: population {table['population'].iloc[row]}; give a number of 0 or more")
    return people


def faults_of(lon: Floats, lat: Floats, area: tuple[float, float, float, float] | None) -> npt.NDArray[np.str_]:
    """Of each pair of degrees what is wrong: missing, zero, swapped, outside; empty where nothing is (`places_of`)."""
    west, south, east, north = area or (-180.0, -90.0, 360.0, 90.0)
    inside = (lon >= west) & (lon <= east) & (lat >= south) & (lat <= north)
    turned = (lat >= west) & (lat <= east) & (lon >= south) & (lon <= north)
    missing = ~(np.isfinite(lon) & np.isfinite(lat))
    zero = (lon == 0) & (lat == 0)
    return np.select([missing, zero, inside, turned], ["missing", "zero", "", "swapped"], "outside")


def _on_the_globe(lon: Floats, lat: Floats, earth_km: float) -> Floats:
    along, up = np.radians(lon), np.radians(lat)
    flat = np.cos(up)
    return earth_km * np.column_stack([flat * np.cos(along), flat * np.sin(along), np.sin(up)])


@dataclass(frozen=True)
class Cases:
    """Counted cases as arrays of equal length: `place` and `time` are positions in the places and in the periods.

    `first`: time of the first period; `step` None when times were whole numbers. `unknown`: cases at unlisted places.
    """

    place: Ints
    time: Ints
    count: Ints
    stratum: Ints
    customer: Ints | None
    periods: int
    first: int
    step: Step | None
    unknown: int

    def moment(self, period: int) -> int | pd.Timestamp:
        """The time of a period's start as the table wrote it: a whole number, or a date."""
        if self.step is None:
            return self.first + period
        return pd.Timestamp(np.datetime64(self.first + period, self.step))


def cases_of(
    table: pd.DataFrame,
    places: Places,
    *,
    step: Step | None = None,
    period: tuple[object, object] | None = None,
    stratum: str | None = None,
) -> Cases:
    """The cases of `table`: columns place, time, optional count (1), customer, and `stratum` by name.

    Time: whole numbers (days, hours, any unit), or dates cut to `step`. `period`: first and last time of the study,
    both included; else those of the table. Without a column time all cases are of one period. Cases of places that are
    not listed are left out and counted. Errors: BadTable, with row and cure.
    """
    _need(table, ("place",), "cases")
    count = _counts(table)
    time, first, periods = _times(table, step, period)
    place = places.ids.get_indexer(pd.Index(table["place"])).astype(np.int64)
    known = (place >= 0) & (count > 0)
    strata = np.zeros(len(table), dtype=np.int64)
    if stratum is not None:
        _need(table, (stratum,), "cases")
        strata = pd.factorize(table[stratum], sort=True, use_na_sentinel=False)[0].astype(np.int64)
    customer = None
    if "customer" in table.columns:  # an unknown customer is somebody of his own
        code = pd.factorize(table["customer"])[0].astype(np.int64)
        customer = np.where(code < 0, code.max(initial=0) + 1 + np.arange(len(code)), code)[known]
    return Cases(
        place[known], time[known], count[known], strata[known], customer, periods, first,
        step if "time" in table.columns else None, int(count[place < 0].sum()),
    )  # fmt: skip


def _counts(table: pd.DataFrame) -> Ints:
    if "count" not in table.columns:
        return np.ones(len(table), dtype=np.int64)
    numbers = _numbers(table, "count")
    bad = np.flatnonzero(~(np.isfinite(numbers) & (numbers >= 0) & (numbers == np.round(numbers))))
    if bad.size:
        raise BadTable(f"cases: row {bad[0]}: count {table['count'].iloc[bad[0]]}; give a whole number of 0 or more")
    return numbers.astype(np.int64)


def _times(table: pd.DataFrame, step: Step | None, period: tuple[object, object] | None) -> tuple[Ints, int, int]:
    if "time" not in table.columns:
        return np.zeros(len(table), dtype=np.int64), 0, 1
    index = time_index(table["time"], step)
    if period is None and not len(index):
        raise BadTable("cases: no rows, so no study period; give period=(first, last)")
    first, last = (
        (int(index.min()), int(index.max())) if period is None else map(int, time_index(pd.Series(list(period)), step))
    )
    outside = np.flatnonzero((index < first) | (index > last))
    if outside.size:
        row = outside[0]
        raise BadTable(f"cases: row {row}: time {table['time'].iloc[row]} lies outside the study period; leave it out")
    return index - first, first, last - first + 1


def time_index(times: pd.Series, step: Step | None) -> Ints:
    """Whole numbers as they are (`step` None), or dates as steps since 1970. Errors: BadTable with the row."""
    if step is None:
        numbers = pd.to_numeric(times, errors="coerce").to_numpy(dtype=np.float64)
        bad = np.flatnonzero(~(numbers == np.round(numbers)))
        if bad.size:
            raise BadTable(f"cases: row {bad[0]}: time {times.iloc[bad[0]]} is no whole number; for dates give step")
        return numbers.astype(np.int64)
    if step not in _STEPS:
        raise BadTable(f"step {step}: there are {', '.join(_STEPS)}")
    moments = pd.to_datetime(times, errors="coerce", format="mixed" if times.dtype.kind in "OUT" else None)
    bad = np.flatnonzero(moments.isna())
    if bad.size:
        raise BadTable(f"cases: row {bad[0]}: time {times.iloc[bad[0]]} is no date; write it as 2001-11-24")
    if moments.dt.tz is not None:
        moments = moments.dt.tz_localize(None)  # the wall clock as written
    return moments.to_numpy().astype(f"datetime64[{step}]").astype(np.int64)
