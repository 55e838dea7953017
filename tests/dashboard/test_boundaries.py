import json
from pathlib import Path
from typing import Any

import pytest

from dashboard import boundaries


def write(folder: Path, *features: dict[str, Any]) -> Path:
    file = folder / "b.geojson"
    file.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    return file


def area(code: str | None, kind: str, coordinates: Any) -> dict[str, Any]:
    properties = {} if code is None else {"code": code}
    return {"type": "Feature", "properties": properties, "geometry": {"type": kind, "coordinates": coordinates}}


SQUARE = [[0, 0], [4, 0], [4, 4], [0, 4], [0, 0]]
HOLE = [[1, 1], [1, 2], [2, 2], [2, 1], [1, 1]]


def test_outer_rings_turn_clockwise_and_holes_the_other_way(tmp_path: Path) -> None:
    loaded = boundaries.load(write(tmp_path, area("a", "Polygon", [SQUARE, HOLE])))
    outer, hole = json.loads(loaded.areas)["features"][0]["geometry"]["coordinates"][0]
    assert outer == SQUARE[::-1]
    assert hole == HOLE[::-1]


def test_a_name_stands_inside_a_horseshoe(tmp_path: Path) -> None:
    horseshoe = [[0, 0], [6, 0], [6, 6], [5, 6], [5, 1], [1, 1], [1, 6], [0, 6], [0, 0]]
    lon, lat = boundaries.load(write(tmp_path, area("a", "Polygon", [horseshoe]))).places["a"]
    assert 0 <= lat <= 6
    assert lon <= 1 or lon >= 5


def test_the_largest_island_bears_the_name_and_all_count_for_the_box(tmp_path: Path) -> None:
    islet = [[9, 9], [10, 9], [10, 10], [9, 10], [9, 9]]
    loaded = boundaries.load(write(tmp_path, area("a", "MultiPolygon", [[islet], [SQUARE]])))
    assert loaded.places["a"] == pytest.approx((2, 2))
    assert loaded.boxes["a"] == (0, 0, 10, 10)


def test_lines_are_water(tmp_path: Path) -> None:
    river = area(None, "LineString", [[0, 1], [4, 2]])
    assert boundaries.load(write(tmp_path, area("a", "Polygon", [SQUARE]), river)).water == [[(0.0, 1.0), (4.0, 2.0)]]


def test_without_a_file_there_is_no_area() -> None:
    assert json.loads(boundaries.load(None).areas)["features"] == []


@pytest.mark.parametrize(
    ("text", "word"),
    [("{", "not a GeoJSON"), ("[]", "not a GeoJSON"), ('{"features": []}', "code")],
)
def test_a_file_that_can_not_be_used_says_why(tmp_path: Path, text: str, word: str) -> None:
    file = tmp_path / "b.geojson"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(boundaries.BadBoundaries, match=word):
        boundaries.load(file)


def test_a_file_that_is_not_there_says_so(tmp_path: Path) -> None:
    with pytest.raises(boundaries.BadBoundaries, match="cannot be read"):
        boundaries.load(tmp_path / "none.geojson")
