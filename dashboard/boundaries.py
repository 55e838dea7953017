"""The site's boundaries, made ready to be drawn: rings in the order the map wants, a point for each name, water."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import orjson

Point = tuple[float, float]
Ring = list[Point]
Box = tuple[float, float, float, float]  # west, south, east, north

EMPTY_TOPOLOGY: Final = orjson.dumps(
    {
        "type": "Topology",
        "arcs": [],
        "objects": {
            name: {"type": "GeometryCollection", "geometries": []}
            for name in ("coastlines", "land", "ocean", "lakes", "rivers", "countries", "subunits")
        },
    }
)
"""Stands in for the world that the chart library would fetch from outside."""


class BadBoundaries(ValueError):
    """The sentence names the file, the feature, what is wrong and the cure."""


@dataclass(frozen=True)
class Boundaries:
    """`areas` is the GeoJSON the map loads once; by unit code, a point for its name and its box; lines of water."""

    areas: bytes
    places: dict[str, Point] = field(default_factory=dict)
    boxes: dict[str, Box] = field(default_factory=dict)
    water: list[Ring] = field(default_factory=list)


def load(file: Path | None) -> Boundaries:
    """The boundaries in `file`: polygons with a property `code`; lines without one are water.

    Errors: BadBoundaries when it can not be read or has no polygon with a code.
    """
    if file is None:
        return Boundaries(orjson.dumps({"type": "FeatureCollection", "features": []}))
    try:
        features = orjson.loads(file.read_bytes())["features"]
    except OSError as error:
        raise BadBoundaries(f"{file}: cannot be read ({error.strerror}); mend site.boundaries") from error
    except (orjson.JSONDecodeError, KeyError, TypeError) as error:
        raise BadBoundaries(f"{file}: is not a GeoJSON FeatureCollection ({error}); mend the file") from error
    areas = {str(code): _polygons(f["geometry"]) for f in features if (code := f["properties"].get("code")) is not None}
    areas = {code: polygons for code, polygons in areas.items() if polygons}
    if not areas:
        raise BadBoundaries(f"{file}: no polygon has the property `code`; give each unit's polygon its code")
    return Boundaries(
        orjson.dumps({"type": "FeatureCollection", "features": [_feature(c, p) for c, p in areas.items()]}),
        {code: _label_point(polygons) for code, polygons in areas.items()},
        {code: _box(polygons) for code, polygons in areas.items()},
        [line for f in features for line in _lines(f["geometry"])],
    )


def _polygons(geometry: dict[str, Any]) -> list[list[Ring]]:
    """Polygons as rings of (lon, lat): outer ones clockwise, holes not (else the map fills the other side)."""
    turned = []
    for polygon in _members(geometry, "Polygon"):
        rings = [[(float(p[0]), float(p[1])) for p in ring] for ring in polygon if len(ring) >= 4]
        if rings:
            turned.append([r if (_area(r) < 0) == (i == 0) else r[::-1] for i, r in enumerate(rings)])
    return turned


def _lines(geometry: dict[str, Any]) -> Iterator[Ring]:
    for line in _members(geometry, "LineString"):
        yield [(float(p[0]), float(p[1])) for p in line]


def _members(geometry: dict[str, Any], kind: str) -> list[Any]:
    """Coordinates of each `kind` in the geometry, be it one or a Multi of them."""
    if geometry["type"] == kind:
        return [geometry["coordinates"]]
    return list(geometry["coordinates"]) if geometry["type"] == f"Multi{kind}" else []


def _feature(code: str, polygons: list[list[Ring]]) -> dict[str, Any]:
    geometry = {"type": "MultiPolygon", "coordinates": polygons}
    return {"type": "Feature", "properties": {"code": code}, "geometry": geometry}


def _box(polygons: list[list[Ring]]) -> Box:
    lons = [p[0] for rings in polygons for p in rings[0]]
    lats = [p[1] for rings in polygons for p in rings[0]]
    return min(lons), min(lats), max(lons), max(lats)


def _area(ring: Ring) -> float:
    """Signed area in square degrees; negative when clockwise."""
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(ring, ring[1:] + ring[:1], strict=True)) / 2


def _label_point(polygons: list[list[Ring]]) -> Point:
    """A point well inside the largest polygon: its centroid, or the middle of the widest part at that height."""
    ring = max((rings[0] for rings in polygons), key=lambda r: abs(_area(r)))
    area = _area(ring) or math.inf
    pairs = list(zip(ring, ring[1:] + ring[:1], strict=True))
    lon = sum((a[0] + b[0]) * (a[0] * b[1] - b[0] * a[1]) for a, b in pairs) / (6 * area)
    lat = sum((a[1] + b[1]) * (a[0] * b[1] - b[0] * a[1]) for a, b in pairs) / (6 * area)
    crossings = sorted(
        a[0] + (lat - a[1]) * (b[0] - a[0]) / (b[1] - a[1]) for a, b in pairs if (a[1] > lat) != (b[1] > lat)
    )
    spans = list(zip(crossings[::2], crossings[1::2], strict=False))
    if not spans:
        return ring[0]
    if any(west < lon < east for west, east in spans):
        return lon, lat
    west, east = max(spans, key=lambda s: s[1] - s[0])
    return (west + east) / 2, lat
