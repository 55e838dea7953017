"""One feature's coordinates as polygons that can be drawn, and what had to be mended for that."""

import math
from collections import Counter
from collections.abc import Iterator
from typing import Any

import shapely
from shapely.geometry import MultiPolygon, Polygon
from shapely.validation import explain_validity

Point = tuple[float, float]
Ring = list[Point]
Notes = Counter[str]  # what was mended, and how often

SQUEEZE = 0.5  # names are wider than high: a place for one is sought as if the land were half as wide


def polygons(geometry: Any, notes: Notes) -> Any:
    """The polygonal part of a GeoJSON geometry as one valid MultiPolygon; empty when nothing of it has an area."""
    parts = [part for member in members(geometry, "Polygon") for part in _valid(member, notes)]
    whole = MultiPolygon(parts)
    if not whole.is_valid:
        notes["parts that overlap joined"] += 1
        whole = MultiPolygon(_parts(shapely.union_all(parts)))
    return whole


def lines(geometry: Any) -> Iterator[Ring]:
    for member in members(geometry, "LineString"):
        line = _points(member, Notes())
        if len(line) > 1:
            yield line


def members(geometry: Any, kind: str) -> list[Any]:
    """Coordinates of each `kind` in the geometry, be it one, a Multi of them or a collection."""
    if not isinstance(geometry, dict):
        return []
    if geometry.get("type") == "GeometryCollection":
        inner = geometry.get("geometries")
        return [m for g in (inner if isinstance(inner, list) else []) for m in members(g, kind)]
    coordinates = geometry.get("coordinates")
    if not isinstance(coordinates, list):
        return []
    if geometry.get("type") == kind:
        return [coordinates]
    return coordinates if geometry.get("type") == f"Multi{kind}" else []


def label_point(whole: Any) -> Point:
    """A point well inside the largest polygon: its centroid, or the middle of its widest part if much wider."""
    largest = max(whole.geoms, key=lambda p: p.area)
    middle = largest.centroid
    across = SQUEEZE * max(0.1, math.cos(math.radians(middle.y)))
    squeezed = shapely.transform(largest, lambda points: points * (across, 1))
    circle = shapely.maximum_inscribed_circle(squeezed)
    near = shapely.Point(middle.x * across, middle.y)
    if squeezed.contains(near) and squeezed.exterior.distance(near) > 0.7 * circle.length:
        return middle.x, middle.y
    x, y = circle.coords[0]
    return x / across, y


def rings(whole: Any) -> list[list[Ring]]:
    """Rings by polygon, outer ones clockwise and holes not (else the map fills the other side)."""
    turned = [shapely.geometry.polygon.orient(polygon, -1.0) for polygon in whole.geoms]
    return [[list(p.exterior.coords), *(list(hole.coords) for hole in p.interiors)] for p in turned]


def _valid(given: Any, notes: Notes) -> list[Any]:
    closed = [ring for ring in (_ring(r, notes) for r in (given if isinstance(given, list) else [])) if ring]
    if not closed:
        return []
    polygon = Polygon(closed[0], closed[1:])
    if polygon.is_valid:
        return [polygon]
    fault, _, place = explain_validity(polygon).partition("[")
    notes[f"{fault.lower()} at {place.rstrip(']')} mended"] += 1
    return _parts(shapely.make_valid(polygon))


def _parts(shape: Any) -> list[Any]:
    """Polygons of a shape; lines and points that making it valid left over have no area to draw."""
    flat = shapely.get_parts(shapely.get_parts(shape)) if shape.geom_type == "GeometryCollection" else [shape]
    found = [part for whole in flat for part in shapely.get_parts(whole)]
    return [part for part in found if part.geom_type == "Polygon" and part.area > 0]


def _ring(given: Any, notes: Notes) -> Ring:
    """A closed ring; empty when fewer than three places are left of it."""
    found = _points(given, notes)
    once = [p for i, p in enumerate(found) if i == 0 or p != found[i - 1]]
    notes["doubled points left out"] += len(found) - len(once)
    if len(set(once)) < 3:
        notes["rings of fewer than three places left out"] += 1
        return []
    if once[0] != once[-1]:
        notes["open rings closed"] += 1
        once.append(once[0])
    return once


def _points(given: Any, notes: Notes) -> Ring:
    positions = given if isinstance(given, list) else []
    found = [(float(p[0]), float(p[1])) for p in positions if _is_position(p)]
    notes["points that are no two numbers left out"] += len(positions) - len(found)
    return found


def _is_position(given: Any) -> bool:
    if not isinstance(given, list) or len(given) < 2:
        return False
    return all(type(v) in (int, float) and math.isfinite(v) for v in given[:2])
