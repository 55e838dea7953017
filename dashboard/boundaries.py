"""The site's boundaries, made ready to be drawn: rings in the order the map wants, a point for each name, water."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import orjson
import shapely

from dashboard import outlines
from dashboard.outlines import Notes, Point, Ring

Box = tuple[float, float, float, float]  # west, south, east, north

MOST_POINTS: Final = 50_000  # about 1 MB of coordinates, which every wall loads
FINEST: Final = 4000  # parts of the map's longer side: what is finer can not be seen on a 4K picture

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
    """`areas` is the GeoJSON the map loads once; by unit code, a point for its name and its box; lines of water.

    `mended` says what was wrong with the file, a sentence for each feature; the map is drawn all the same.
    """

    areas: bytes
    places: dict[str, Point] = field(default_factory=dict)
    boxes: dict[str, Box] = field(default_factory=dict)
    water: list[Ring] = field(default_factory=list)
    mended: tuple[str, ...] = ()


def load(file: Path | None) -> Boundaries:
    """The boundaries in `file`: polygons with a property `code`; lines without one are water.

    Errors: BadBoundaries when it can not be read, has no polygon with a code, or is not in degrees.
    """
    if file is None:
        return Boundaries(orjson.dumps({"type": "FeatureCollection", "features": []}))
    features = _features(file)
    areas, mended = _areas(file, features)
    water = [line for feature in features for line in outlines.lines(feature.get("geometry"))]
    if _exchanged(file, areas, water):
        areas = {code: shapely.transform(whole, lambda points: points[:, ::-1]) for code, whole in areas.items()}
        water = [[(lon, lat) for lat, lon in line] for line in water]
        mended.append(f"{file}: latitude stood before longitude; exchanged everywhere")
    areas, coarser = _simplified(areas)
    drawn = [_feature(code, whole) for code, whole in areas.items()]
    return Boundaries(
        orjson.dumps({"type": "FeatureCollection", "features": drawn}),
        {code: outlines.label_point(whole) for code, whole in areas.items()},
        {code: whole.bounds for code, whole in areas.items()},
        water,
        (*mended, *(f"{file}: {sentence}" for sentence in coarser)),
    )


def _features(file: Path) -> list[dict[str, Any]]:
    try:
        given = orjson.loads(file.read_bytes().removeprefix(b"\xef\xbb\xbf"))
    except OSError as error:
        raise BadBoundaries(f"{file}: cannot be read ({error.strerror}); mend site.boundaries") from error
    except orjson.JSONDecodeError as error:
        raise BadBoundaries(f"{file}: is not a GeoJSON FeatureCollection ({error}); mend the file") from error
    features = given.get("features") if isinstance(given, dict) else None
    if not isinstance(features, list):
        found = given.get("type", "no type") if isinstance(given, dict) else type(given).__name__
        raise BadBoundaries(f"{file}: is not a GeoJSON FeatureCollection but {found}; export it as GeoJSON")
    return [feature if isinstance(feature, dict) else {} for feature in features]


def _areas(file: Path, features: list[dict[str, Any]]) -> tuple[dict[str, Any], list[str]]:
    """Areas by code, and a sentence about each feature that was not as it should be."""
    parts: dict[str, list[Any]] = defaultdict(list)
    notes: dict[str, Notes] = defaultdict(Notes)
    for number, feature in enumerate(features, 1):
        code, named = _code(feature), f"feature {number}"
        if code is not None:
            whole = outlines.polygons(feature.get("geometry"), notes[code])
            if whole.is_empty:
                notes[code][f"{named} has no area and is left out"] += 1
            else:
                parts[code].append(whole)
        elif outlines.members(feature.get("geometry"), "Polygon"):
            notes[named][f"a polygon without the property `code` is left out{_hint(feature)}"] += 1
    if not parts:
        known = {str(key) for feature in features for key in _properties(feature)}
        there = f" (there are {', '.join(sorted(known)[:8])})" if known else ""
        raise BadBoundaries(f"{file}: no polygon has the property `code`{there}; give each unit's polygon its code")
    areas = {code: _joined(wholes, notes[code]) for code, wholes in parts.items()}
    return areas, [f"{file}: {who}: {_said(what)}" for who, what in notes.items() if what.total()]


def _properties(feature: dict[str, Any]) -> dict[str, Any]:
    found = feature.get("properties")
    return found if isinstance(found, dict) else {}


def _code(feature: dict[str, Any]) -> str | None:
    code = _properties(feature).get("code")
    return str(code).strip() or None if isinstance(code, (str, int)) else None


def _hint(feature: dict[str, Any]) -> str:
    """What a reader recognises the feature by."""
    found = _properties(feature)
    told = [f"{key} {found[key]}" for key in ("name", "name_zh", "adcode", "id") if found.get(key)]
    return f" ({told[0]})" if told else ""


def _joined(wholes: list[Any], notes: Notes) -> Any:
    if len(wholes) == 1:
        return wholes[0]
    notes[f"{len(wholes)} features have this code and are taken together"] += 1
    joined = shapely.union_all(wholes)
    return joined if joined.geom_type == "MultiPolygon" else shapely.multipolygons([joined])


def _said(notes: Notes) -> str:
    return "; ".join(what if count == 1 else f"{what} ({count})" for what, count in notes.items() if count)


def _exchanged(file: Path, areas: dict[str, Any], water: Iterable[Ring]) -> bool:
    """Whether latitude stands before longitude, which only places beyond 90 degrees of longitude can tell.

    Errors: BadBoundaries when the numbers are no degrees either way.
    """
    boxes = {code: whole.bounds for code, whole in areas.items()}
    boxes |= {f"line {i}": shapely.LineString(line).bounds for i, line in enumerate(water, 1)}
    odd = {who: box for who, box in boxes.items() if not _degrees(*box)}
    if odd and all(_degrees(box[1], box[0], box[3], box[2]) for box in boxes.values()):
        return True
    if odd:
        who, (west, south, _, _) = next(iter(odd.items()))
        raise BadBoundaries(
            f"{file}: {who}: {west:g}, {south:g} is no longitude and latitude in degrees; "
            "save the file in WGS 84 (EPSG:4326)"
        )
    return False


def _degrees(west: float, south: float, east: float, north: float) -> bool:
    return west >= -180 and east <= 180 and south >= -90 and north <= 90


def _simplified(areas: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """The areas with fewer points when the file is huge; neighbours keep the border they share."""
    shapes = list(areas.values())
    before = int(shapely.get_num_coordinates(shapes).sum())
    if before <= MOST_POINTS:
        return areas, []
    west, south, east, north = shapely.total_bounds(shapes)
    step = max(east - west, north - south) / FINEST
    shared = bool(shapely.coverage_is_valid(shapes))
    coarser = shapely.coverage_simplify(shapes, step) if shared else shapely.simplify(shapes, step)
    kept = [_whole(new) if new.area > 0 and new.is_valid else old for new, old in zip(coarser, shapes, strict=True)]
    after = int(shapely.get_num_coordinates(kept).sum())
    finer = f"finer than {step:.1g} degrees is left out: {before} points became {after}"
    return dict(zip(areas, kept, strict=True)), [f"what is {finer}"]


def _whole(shape: Any) -> Any:
    return shape if shape.geom_type == "MultiPolygon" else shapely.multipolygons([shape])


def _feature(code: str, whole: Any) -> dict[str, Any]:
    geometry = {"type": "MultiPolygon", "coordinates": outlines.rings(whole)}
    return {"type": "Feature", "properties": {"code": code}, "geometry": geometry}
