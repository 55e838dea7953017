"""The invented map: nine counties and a river. `python -m simulator.boundaries` writes simulator/linjiang.geojson.

A planar graph drawn for the product's mock-ups: each edge is roughened once, so that neighbours share their border.
"""

import json
import math
import random
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from simulator.names import COUNTIES

Point = tuple[float, float]
FILE: Final = Path(__file__).with_name("linjiang.geojson")

# Corners on a sheet 1000 wide and 900 high, y downwards.
_CORNERS: Final[dict[str, Point]] = {
    "A": (165, 255), "B": (325, 75), "C": (530, 120), "D": (770, 70), "E": (900, 255), "F": (985, 450),
    "G": (915, 690), "H": (715, 765), "I": (500, 885), "J": (265, 775), "K": (60, 690), "L": (35, 430),
    "P": (345, 330), "Q": (570, 280), "R": (715, 360), "S": (700, 560), "T": (545, 640), "U": (360, 580),
    "W": (325, 455), "X": (735, 460),
}  # fmt: skip
_FACES: Final = {
    "云岭": "LABP", "双溪": "BCQP", "青桥": "CDERQ", "临湖": "EFGSXR", "南渡": "GHITS", "石坪": "IJKUT",
    "白石": "KLPWU", "江北": "PQRXW", "江城": "WXSTU",
}  # fmt: skip

_CENTRES: Final[dict[str, Point]] = {
    "云岭": (190, 330), "双溪": (440, 205), "青桥": (730, 215), "临湖": (845, 410), "南渡": (735, 655),
    "石坪": (320, 705), "白石": (180, 482), "江北": (535, 375), "江城": (525, 524),
}  # fmt: skip


# The river comes in from the west, is the border between 江北 and 江城, and ends in the lake that 临湖 is named after.
_UPSTREAM: Final[list[Point]] = [(36, 551), (110, 549), (175, 540), (230, 512), (275, 478), (325, 455)]
_DOWNSTREAM: Final[list[Point]] = [(735, 460), (790, 498), (850, 532), (905, 552), (940, 540)]


def _degrees(x: float, y: float) -> Point:
    """A sheet point as (lon, lat): about 145 km by 130 km somewhere that does not exist."""
    return round(115.25 + x * 0.0015, 5), round(30.6 - y * 0.0013, 5)


def _edge(a: str, b: str) -> list[Point]:
    """The roughened border from corner `a` to corner `b`, the same points from either side."""
    key = a + b if a < b else b + a
    rng = random.Random(key + "lk")
    points = [_CORNERS[key[0]], _CORNERS[key[1]]]
    swing = 0.08 if key == "WX" else 0.17  # W to X is the river: calmer
    for _ in range(4):
        rough: list[Point] = []
        for (x1, y1), (x2, y2) in pairwise(points):
            length = math.hypot(x2 - x1, y2 - y1)
            t = rng.uniform(-1, 1) * swing
            rough += [(x1, y1), ((x1 + x2) / 2 - (y2 - y1) * t, (y1 + y2) / 2 + (x2 - x1) * t)] if length else []
        points = [*rough, points[-1]]
        swing *= 0.95
    return points if a == key[0] else points[::-1]


def ring(county: str) -> list[Point]:
    """Closed ring of a county, clockwise (D3's winding on the sphere)."""
    corners = _FACES[county]
    points = [p for a, b in zip(corners, corners[1:] + corners[0], strict=True) for p in _edge(a, b)[:-1]]
    closed = [_degrees(*p) for p in points]
    closed.append(closed[0])
    doubled = sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in pairwise(closed))
    return closed if doubled < 0 else closed[::-1]


def river() -> list[Point]:
    """The river from west to east."""
    sheet = [*_smooth(_UPSTREAM)[:-1], *_edge("W", "X"), *_smooth(_DOWNSTREAM)[1:]]
    return [_degrees(*p) for p in sheet]


def _smooth(points: list[Point]) -> list[Point]:
    """The same course with its corners cut off twice; both ends stay."""
    for _ in range(2):
        cut = [
            (x1 + (x2 - x1) * t, y1 + (y2 - y1) * t) for (x1, y1), (x2, y2) in pairwise(points) for t in (0.25, 0.75)
        ]
        points = [points[0], *cut, points[-1]]
    return points


def centre(county: str) -> Point:
    """Where a county's name stands."""
    return _degrees(*_CENTRES[county])


def contains(outline: list[Point], lon: float, lat: float) -> bool:
    inside = False
    for (x1, y1), (x2, y2) in pairwise(outline):
        if (y1 > lat) != (y2 > lat) and lon < x1 + (lat - y1) * (x2 - x1) / (y2 - y1):
            inside = not inside
    return inside


def collection() -> dict[str, Any]:
    """The counties as a GeoJSON FeatureCollection; `code` is the unit's code. What has none is the river."""
    features: list[dict[str, Any]] = [
        {
            "type": "Feature",
            "properties": {"code": c.code, "name_zh": c.zh, "name_en": c.en},
            "geometry": {"type": "Polygon", "coordinates": [[list(p) for p in ring(c.zh)]]},
        }
        for c in COUNTIES
    ]
    line = {"type": "LineString", "coordinates": [list(p) for p in river()]}
    features.append({"type": "Feature", "properties": {"name_zh": "临江", "name_en": "Linjiang"}, "geometry": line})
    return {"type": "FeatureCollection", "features": features}


if __name__ == "__main__":
    FILE.write_text(json.dumps(collection(), ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8")
