"""Coordinates of maps of mainland China become WGS-84."""

from datetime import UTC, datetime
from math import cos, hypot, radians
from typing import Any

import pyarrow as pa
import pytest

from collectors.program import fingerprint
from collectors.project import Projector
from settings_sources import Source

NOW = datetime(2024, 5, 1, 8, tzinfo=UTC)
MAPPING: dict[str, Any] = {"into": "work_orders", "table": "t", "key": "no", "columns": {"lon": "x", "lat": "y"}}
# latitude, longitude: the published points of eviltransform, WGS-84 and GCJ-02
PUBLISHED = (
    ((31.1774276, 121.5272106), (31.17530398364597, 121.531541859215)),
    ((22.543847, 113.912316), (22.540796131694766, 113.9171764808363)),
    ((39.911954, 116.377817), (39.91334545536069, 116.38404722455657)),
)
# latitude, longitude: the published example of coordtransform, BD-09 and GCJ-02
BAIDU, OF_BAIDU = (39.915, 116.404), (39.90865673957631, 116.39762729119315)


def placed(system: str, points: list[tuple[float | None, float | None]], **more: Any) -> list[dict[str, Any]]:
    source = Source.model_validate({"url": "sqlite:///x", "coordinates": system, "tables": [{**MAPPING, **more}]})
    lat, lon = zip(*points, strict=True)
    raw = pa.table(
        {"no": [str(n) for n in range(len(points))], "x": pa.array(lon, "double"), "y": pa.array(lat, "double")}
    )
    found: list[dict[str, Any]] = Projector("s", source, b"k").project(source.tables[0], raw, NOW).rows.to_pylist()
    return found


def metres(row: dict[str, Any], lat: float, lon: float) -> float:
    return hypot(row["lat"] - lat, (row["lon"] - lon) * cos(radians(lat))) * 111_320


def test_published_points_come_back_to_within_a_centimetre() -> None:
    for row, (wgs, _) in zip(placed("gcj02", [gcj for _, gcj in PUBLISHED]), PUBLISHED, strict=True):
        assert metres(row, *wgs) < 0.01


def test_the_published_point_of_baidu_is_where_its_gcj_point_is() -> None:
    (ours,), (same,) = placed("bd09", [BAIDU]), placed("gcj02", [OF_BAIDU])
    assert metres(ours, same["lat"], same["lon"]) < 0.01
    assert 500 < metres(ours, *OF_BAIDU) < 700  # brought on to WGS-84


@pytest.mark.parametrize("system", ["gcj02", "bd09"])
def test_unknown_places_stay_unknown_and_places_elsewhere_where_they_are(system: str) -> None:
    rows = placed(system, [(None, None), (0.0, 0.0), (31.0, 121.0), (49.2, -123.1)], unknown_points=[(121.0, 31.0)])
    assert [row["lon"] is None for row in rows] == [True, True, True, False]
    assert [row["place_unknown"] for row in rows] == [True, True, True, False]
    assert metres(rows[3], 49.2, -123.1) < (1 if system == "gcj02" else 2_000)


def test_a_source_that_states_another_system_is_read_anew() -> None:
    made = [
        Source.model_validate({"url": "sqlite:///x", "coordinates": s, "tables": [MAPPING]}) for s in ("wgs84", "gcj02")
    ]
    assert len({fingerprint(source, 0, "") for source in made}) == 2
