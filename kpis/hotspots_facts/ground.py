"""The ground on which demands gather: places with coordinates, the sets they belong to, and the zones over them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import pandas as pd

from kpis.hotspots.looks import Watch, watch_of
from kpis.hotspots.tables import Places, faults_of, places_of
from kpis.hotspots.zones import Circles, Zones, circles, given, sets, together
from kpis.types import Reader
from settings_hotspots import Hotspots

Area = tuple[float, float, float, float]  # west, south, east, north
ABOVE: Final = ("station", "county", "city")
CELL_M: Final = 500.0
_DEGREE_M: Final = 111_132.0  # of latitude
_STEPS: Final = 6  # from a transformer area up to the city, with room


@dataclass(frozen=True)
class Ground:
    """Where is looked. `places.table`: place, lon, lat, feeder (of areas only), station, county, city, is_rural.

    `sets`: what each set by name is, "feeder F12" -> ("feeder", "F12"). `faults`: coordinates that were left out, by
    reason.
    """

    unit: str
    places: Places
    watch: Watch
    sets: Mapping[str, tuple[str, str]]
    faults: Mapping[str, int]


@dataclass(frozen=True)
class Network:
    """The units and which transformer area hangs on which feeder, as the sources have it now."""

    units: pd.DataFrame
    feeder_of: pd.Series


def network(reader: Reader, now: Any) -> Network:
    t, served = reader.table("units"), reader.table("customers")
    units = reader.frame(t.select("code", "kind", "parent", "area_class", "lon", "lat"), now)
    pairs = reader.frame(served.select("transformer_area", "feeder").distinct(), now).dropna()
    units = units.dropna(subset=["code"]).drop_duplicates(["kind", "code"])
    return Network(units, pairs.drop_duplicates("transformer_area").set_index("transformer_area")["feeder"])


def feeders_now(net: Network, rows: pd.DataFrame) -> pd.Series:
    """The feeder of each transformer area: by the list of served customers, else by its latest order."""
    known = rows.dropna(subset=["transformer_area", "feeder"])
    latest = known.groupby("transformer_area")["feeder"].last()
    return net.feeder_of.combine_first(latest) if len(latest) else net.feeder_of


def placed(rows: pd.DataFrame, unit: str, feeder_of: Mapping[str, str] | pd.Series, area: Area | None) -> pd.Series:
    """The place of each row, missing where nobody knows it.

    A feeder is that on which the row's transformer area hangs now: an area that came under another feeder takes its
    past along, and neither feeder looks like a cluster.
    """
    if unit == "cell":
        return _cells(rows, area)
    if unit == "feeder":
        now = rows["transformer_area"].map(feeder_of).astype(object)
        return now.where(now.notna(), rows["feeder"].astype(object))
    return rows[unit].astype(object)


def _cells(rows: pd.DataFrame, area: Area | None) -> pd.Series:
    lon, lat = (rows[name].to_numpy(dtype=np.float64, na_value=np.nan) for name in ("lon", "lat"))
    good = (faults_of(lon, lat, area) == "") & ~rows["place_unknown"].fillna(False).to_numpy(dtype=np.bool_)
    if not good.any():
        return pd.Series(None, index=rows.index, dtype=object)
    middle = float(np.median(lat[good]))
    wide = _DEGREE_M * max(np.cos(np.radians(middle)), 0.01)
    x = np.where(good, np.floor(np.where(good, lon, 0) * wide / CELL_M), 0).astype(np.int64)
    y = np.where(good, np.floor(np.where(good, lat, 0) * _DEGREE_M / CELL_M), 0).astype(np.int64)
    names = pd.Series(x, index=rows.index).astype(str) + ":" + pd.Series(y, index=rows.index).astype(str)
    return names.where(good, None)


def ground_of(rows: pd.DataFrame, net: Network, options: Hotspots, area: Area | None) -> Ground:
    """`rows`: demands with `place` (`placed`). Places are the units of the tree and those that rows name."""
    feeder_of = feeders_now(net, rows)
    table, faults = _table(rows, net, feeder_of, options.unit, area)
    columns = [name for name in ("feeder", "station", "county") if table[name].notna().any()]
    places = places_of(table, area=area)
    zones = together(_circles(places, options), given(places, columns))
    named = {f"{c} {v}": (c, str(v)) for c in columns for v in table[c].dropna().unique()}
    missing = {"missing": int(places.left_out.get("missing", 0))} if places.left_out.get("missing") else {}
    watch = watch_of(zones, len(table), baseline_h=options.baseline_days * 24)
    return Ground(options.unit, places, watch, named, {**faults, **missing})


def _circles(places: Places, options: Hotspots) -> Zones:
    """Circles with the radius of their centre's kind of area."""
    weight = np.ones(len(places.ids))
    rural = places.table["is_rural"].to_numpy(dtype=np.bool_)
    kinds = ((options.radius_urban_km, ~rural), (options.radius_rural_km, rural))
    found = sets([], ())
    for radius, wanted in kinds:
        if wanted.any():
            made = circles(places, Circles(radius=radius, nearest=options.nearest, share=None), weight)
            found = together(found, _chosen(made, wanted[made.centre]))
    return found


def _chosen(zones: Zones, wanted: Any) -> Zones:
    """The chains for which `wanted` holds."""
    lengths = np.diff(zones.starts)
    keep = np.repeat(wanted, lengths)
    starts = np.concatenate([[0], np.cumsum(lengths[wanted])]).astype(np.int64)
    names = tuple(name for name, want in zip(zones.names, wanted, strict=True) if want)
    return replace(
        zones, members=zones.members[keep], starts=starts, is_end=zones.is_end[keep], radius=zones.radius[keep],
        centre=zones.centre[wanted], names=names,
    )  # fmt: skip


def _table(
    rows: pd.DataFrame, net: Network, feeder_of: pd.Series, unit: str, area: Area | None
) -> tuple[pd.DataFrame, dict[str, int]]:
    """The places with all that is known of them, and the coordinates left out on the way."""
    own = net.units[net.units["kind"] == unit].set_index("code")
    known = rows[rows["place"].notna()]
    last = known.groupby("place")[[*ABOVE, "area_class"]].last()
    codes = own.index.union(last.index, sort=True)
    table = pd.DataFrame(index=codes)
    for kind in ABOVE:
        table[kind] = _ancestor(codes, net.units, kind).combine_first(last[kind].reindex(codes))
    table["feeder"] = None
    if unit == "transformer_area":
        table["feeder"] = pd.Series(codes, index=codes).map(feeder_of)
    if unit == "feeder":  # those without coordinates are in no circle: each is a zone by its name
        table["feeder"] = codes
    classes = own["area_class"].reindex(codes).combine_first(last["area_class"].reindex(codes))
    table["is_rural"] = classes.isin(["rural", "remote"])
    points, faults = _points(codes, known, own, net, feeder_of, unit, area)
    return table.join(points).rename_axis("place").reset_index(), faults


def _ancestor(codes: pd.Index, units: pd.DataFrame, kind: str) -> pd.Series:
    """The unit of `kind` above each code, by the tree."""
    parents = units.dropna(subset=["parent"]).drop_duplicates("code").set_index("code")["parent"]
    kinds = units.drop_duplicates("code").set_index("code")["kind"]
    at = pd.Series(codes, index=codes, dtype=object)
    found = pd.Series(None, index=codes, dtype=object)
    for _ in range(_STEPS):
        at = at.map(parents)
        found = found.where(found.notna() | (at.map(kinds) != kind), at)
    return found


def _points(
    codes: pd.Index, rows: pd.DataFrame, own: pd.DataFrame, net: Network, feeder_of: pd.Series, unit: str,
    area: Area | None,
) -> tuple[pd.DataFrame, dict[str, int]]:  # fmt: skip
    """lon and lat of each place: a feeder's is the mean of its areas; else its own, else the mean of its orders."""
    faults: dict[str, int] = {}
    found = _good(own.reindex(codes)[["lon", "lat"]], area, faults if unit != "feeder" else {})
    if unit == "feeder":
        areas = net.units[net.units["kind"] == "transformer_area"]
        good = _good(areas[["lon", "lat"]], area, faults)
        feeder = areas["code"].map(feeder_of)
        found = good.groupby(feeder).mean().reindex(codes).combine_first(found)
    lacking = found["lon"].isna()
    if lacking.any() and len(rows):
        needed = rows[rows["place"].isin(codes[lacking.to_numpy()])]
        if len(needed):
            means = _good(needed[["lon", "lat"]], area, faults).groupby(needed["place"]).mean()
            found = found.combine_first(means.reindex(codes))
    return found.reindex(codes), faults


def _good(points: pd.DataFrame, area: Area | None, faults: dict[str, int]) -> pd.DataFrame:
    """The points that can be right; the others are missing, and counted in `faults`, those never given not."""
    lon, lat = (points[name].to_numpy(dtype=np.float64, na_value=np.nan) for name in ("lon", "lat"))
    fault = faults_of(lon, lat, area)
    for reason, n in zip(*np.unique(fault[(fault != "") & (fault != "missing")], return_counts=True), strict=True):
        faults[str(reason)] = faults.get(str(reason), 0) + int(n)
    good = fault == ""
    return pd.DataFrame({"lon": np.where(good, lon, np.nan), "lat": np.where(good, lat, np.nan)}, index=points.index)
