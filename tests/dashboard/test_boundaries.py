import json
import math
from pathlib import Path
from typing import Any

import pytest
import shapely

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
    assert shapely.Polygon(horseshoe).buffer(-0.3).contains(shapely.Point(lon, lat))


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


def drawn(loaded: boundaries.Boundaries, code: str) -> Any:
    """The area of `code` as a shape."""
    features = json.loads(loaded.areas)["features"]
    return shapely.geometry.shape(next(f["geometry"] for f in features if f["properties"]["code"] == code))


BOW_TIE = [[0, 0], [4, 4], [4, 0], [0, 4], [0, 0]]
MENDED = {
    "a ring that is not closed": ([SQUARE[:-1]], 16, "open rings closed"),
    "points written twice": ([[SQUARE[0], *SQUARE]], 16, "doubled points left out"),
    "a border that crosses itself": ([BOW_TIE], 8, "self-intersection at 2 2 mended"),
    "a hole outside of its area": ([SQUARE, [[p[0] + 9, p[1]] for p in HOLE]], 17, "hole lies outside shell"),
    "a hole that is no ring": ([SQUARE, [[1, 1], [2, 2], [1, 1]]], 16, "fewer than three places"),
    "points that are no numbers": (
        [[*SQUARE[:2], [None, 3], ["4", 1], *SQUARE[2:]]],
        16,
        "no two numbers left out (2)",
    ),
    "a bare number among the points": ([[*SQUARE[:2], 7, *SQUARE[2:]]], 16, "no two numbers left out"),
    "a third dimension": ([[[*p, 12.5] for p in SQUARE]], 16, None),
}


@pytest.mark.parametrize("fault", MENDED)
def test_what_is_wrong_is_mended_and_told(tmp_path: Path, fault: str) -> None:
    coordinates, size, sentence = MENDED[fault]
    file = write(tmp_path, area("a", "Polygon", coordinates))
    loaded = boundaries.load(file)
    assert drawn(loaded, "a").is_valid
    assert drawn(loaded, "a").area == pytest.approx(size)
    assert [told.startswith(f"{file}: a: ") for told in loaded.mended] == [True] * (sentence is not None)
    assert sentence is None or sentence in loaded.mended[0]


def test_parts_that_overlap_are_joined(tmp_path: Path) -> None:
    shifted = [[p[0] + 2, p[1]] for p in SQUARE]
    loaded = boundaries.load(write(tmp_path, area("a", "MultiPolygon", [[SQUARE], [shifted]])))
    assert drawn(loaded, "a").area == pytest.approx(24)
    assert "overlap" in loaded.mended[0]


def test_two_features_with_one_code_are_taken_together(tmp_path: Path) -> None:
    far = [[p[0] + 9, p[1]] for p in SQUARE]
    loaded = boundaries.load(write(tmp_path, area("7", "Polygon", [SQUARE]), area("7", "Polygon", [far])))
    assert loaded.boxes == {"7": (0, 0, 13, 4)}
    assert "2 features have this code" in loaded.mended[0]


def test_polygons_in_a_collection_are_found(tmp_path: Path) -> None:
    inner = {"type": "Polygon", "coordinates": [SQUARE]}
    feature = area("a", "GeometryCollection", None)
    feature["geometry"] = {
        "type": "GeometryCollection",
        "geometries": [inner, {"type": "Point", "coordinates": [1, 1]}],
    }
    assert drawn(boundaries.load(write(tmp_path, feature)), "a").area == 16


@pytest.mark.parametrize(
    "odd",
    [
        None,
        7,
        {},
        {"type": "Feature"},
        {"type": "Feature", "properties": None, "geometry": None},
        {"type": "Feature", "properties": {"code": "b"}, "geometry": None},
        {"type": "Feature", "properties": {"code": "b"}, "geometry": {"type": "Polygon"}},
        {"type": "Feature", "properties": {"code": "b"}, "geometry": {"type": "Polygon", "coordinates": []}},
        {"type": "Feature", "properties": {"code": "b"}, "geometry": {"type": "Polygon", "coordinates": [[]]}},
        {"type": "Feature", "properties": {"code": "b"}, "geometry": {"type": "Polygon", "coordinates": "no"}},
        {"type": "Feature", "properties": {"code": "b"}, "geometry": {"type": "MultiPolygon", "coordinates": [7]}},
        {"type": "Feature", "properties": {"code": ["b"]}, "geometry": {"type": "Point", "coordinates": [1, 1]}},
        {"type": "Feature", "properties": {}, "geometry": {"type": "GeometryCollection", "geometries": 3}},
        {"type": "Feature", "properties": {}, "geometry": {"type": "LineString", "coordinates": [[1, 1]]}},
    ],
)
def test_an_odd_feature_leaves_the_others_as_they_are(tmp_path: Path, odd: Any) -> None:
    loaded = boundaries.load(write(tmp_path, area("a", "Polygon", [SQUARE]), odd))
    assert set(loaded.places) == {"a"} and not loaded.water
    wanted = isinstance(odd, dict) and odd.get("properties") == {"code": "b"}
    assert ["b: " in told and "feature 2 has no area" in told for told in loaded.mended] == [True] * wanted


def test_a_polygon_without_a_code_is_told_by_its_name(tmp_path: Path) -> None:
    nameless = area(None, "Polygon", [SQUARE])
    nameless["properties"] = {"name": "江城区"}
    (told,) = boundaries.load(write(tmp_path, area("a", "Polygon", [SQUARE]), nameless)).mended
    assert told.endswith("feature 2: a polygon without the property `code` is left out (name 江城区)")


def test_latitude_before_longitude_is_exchanged(tmp_path: Path) -> None:
    there = [[30 + p[1], 115 + p[0]] for p in SQUARE]
    river = area(None, "LineString", [[31, 115], [32, 119]])
    loaded = boundaries.load(write(tmp_path, area("a", "Polygon", [there]), river))
    assert loaded.boxes["a"] == (115, 30, 119, 34)
    assert loaded.water == [[(115, 31), (119, 32)]]
    assert "latitude stood before longitude" in loaded.mended[0]


def ragged(west: float, teeth: int) -> list[list[float]]:
    """A square of one degree whose eastern and western borders have `teeth` small teeth each."""

    def border(lon: float) -> list[list[float]]:
        return [[lon + 1e-5 * (i % 2), 30 + i / teeth] for i in range(teeth + 1)]

    return [*border(west), *reversed(border(west + 1)), border(west)[0]]


def test_a_huge_file_is_made_coarser_and_neighbours_still_touch(tmp_path: Path) -> None:
    squares = [area(str(i), "Polygon", [ragged(115 + i, 6_300)]) for i in range(4)]
    file = write(tmp_path, *squares)
    loaded = boundaries.load(file)
    assert len(loaded.areas) < file.stat().st_size / 20
    assert "50412 points became" in loaded.mended[0]
    for i in range(3):
        here, there = drawn(loaded, str(i)), drawn(loaded, str(i + 1))
        assert here.intersection(there).length == pytest.approx(1, abs=0.01)
        assert here.intersection(there).area == 0


def test_the_demonstration_city_needs_no_mending() -> None:
    loaded = boundaries.load(Path(__file__).parents[2] / "simulator" / "linjiang.geojson")
    assert loaded.mended == ()
    assert len(loaded.places) == 9 and len(loaded.water) == 1
    for code, place in loaded.places.items():
        assert drawn(loaded, code).contains(shapely.Point(place)), code


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("{", "not a GeoJSON"),
        ("[]", "not a GeoJSON FeatureCollection but list"),
        ('{"type": "Topology", "objects": {}}', "not a GeoJSON FeatureCollection but Topology"),
        ('{"features": 3}', "not a GeoJSON"),
        ('{"features": []}', "code"),
        (
            '{"features": [{"properties": {"adcode": 1, "name": "x"}}]}',
            r"the property `code` \(there are adcode, name\)",
        ),
    ],
)
def test_a_file_that_can_not_be_used_says_why(tmp_path: Path, text: str, word: str) -> None:
    file = tmp_path / "b.geojson"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(boundaries.BadBoundaries, match=word):
        boundaries.load(file)


@pytest.mark.parametrize(
    "ring", [[[p[0] * 1e5, 3e6 + p[1]] for p in SQUARE], [[p[0] + 170, p[1] + 120] for p in SQUARE]]
)
def test_metres_are_no_degrees(tmp_path: Path, ring: list[list[float]]) -> None:
    with pytest.raises(boundaries.BadBoundaries, match=r"a: .* in degrees; save the file in WGS 84 \(EPSG:4326\)"):
        boundaries.load(write(tmp_path, area("a", "Polygon", [ring])))


def test_a_byte_order_mark_does_no_harm(tmp_path: Path) -> None:
    file = write(tmp_path, area("a", "Polygon", [SQUARE]))
    file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes())
    assert math.isclose(drawn(boundaries.load(file), "a").area, 16)


def test_a_file_that_is_not_there_says_so(tmp_path: Path) -> None:
    with pytest.raises(boundaries.BadBoundaries, match="cannot be read"):
        boundaries.load(tmp_path / "none.geojson")
