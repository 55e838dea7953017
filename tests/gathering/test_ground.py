"""Where demands are: coordinates that can not be right, places without any, areas that came under another feeder."""

from datetime import UTC, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest

from kpis.hotspots_facts.ground import Network, ground_of, placed
from kpis.hotspots_facts.sight import sight
from settings_hotspots import Hotspots
from tests.gathering.district import NOW, ZONE

AREA = (113.0, 29.0, 115.0, 31.0)
COLUMNS = (
    "source", "source_key", "order_no", "category", "subcategory_1", "subcategory_2", "transformer_area", "feeder",
    "grid", "station", "county", "city", "area_class", "lon", "lat", "place_unknown", "identity_key", "accepted_at",
    "outage_no", "is_outage_topic", "weighty",
)  # fmt: skip


def demands(*rows: dict[str, Any]) -> pd.DataFrame:
    usual = {"source": "city", "category": "complaint", "station": "S1", "county": "C1", "place_unknown": False}
    filled = [
        dict.fromkeys(COLUMNS) | usual | {"source_key": str(k), "accepted_at": NOW - timedelta(hours=48 - k)} | row
        for k, row in enumerate(rows)
    ]
    frame = pd.DataFrame(filled, columns=list(COLUMNS)).astype({"lon": float, "lat": float})
    return frame.assign(accepted_at=pd.to_datetime(frame["accepted_at"], utc=True))


def net(*units: tuple[str, str, str | None, float | None, float | None], **feeder_of: str) -> Network:
    rows = [(code, kind, parent, None, lon, lat) for code, kind, parent, lon, lat in units]
    frame = pd.DataFrame(rows, columns=["code", "kind", "parent", "area_class", "lon", "lat"])
    return Network(frame.astype({"lon": float, "lat": float}), pd.Series(feeder_of, dtype=object))


POINTS = [
    ("zero", 0.0, 0.0),
    ("swapped", 30.0, 114.0),
    ("outside", 120.0, 30.0),
    ("missing", None, None),
]


@pytest.mark.parametrize(("fault", "lon", "lat"), POINTS, ids=[row[0] for row in POINTS])
def test_an_area_with_a_wrong_point_is_in_no_circle_but_in_its_feeder_and_station(
    fault: str, lon: float | None, lat: float | None
) -> None:
    units = net(
        ("T1", "transformer_area", "S1", 114.0, 30.0),
        ("T2", "transformer_area", "S1", lon, lat),
        ("S1", "station", "C1", 114.0, 30.0),
        T1="F1", T2="F1",
    )  # fmt: skip
    rows = demands({"transformer_area": "T2"})
    rows = rows.assign(place=placed(rows, "transformer_area", {}, AREA))
    ground = ground_of(rows, units, Hotspots(unit="transformer_area"), AREA)
    assert ground.faults[fault] == 1
    circles = ground.watch.zones.centre >= 0
    (bad,) = np.flatnonzero(ground.places.ids == "T2")
    starts = ground.watch.zones.starts
    in_circles = [m for c in np.flatnonzero(circles) for m in ground.watch.zones.members[starts[c] : starts[c + 1]]]
    assert bad not in in_circles
    named = {ground.watch.zones.names[c]: starts[c + 1] - starts[c] for c in np.flatnonzero(~circles)}
    assert named["feeder F1"] == 2
    assert named["station S1"] == 2


def test_a_feeder_lies_at_the_mean_of_its_areas_that_can_be_right() -> None:
    units = net(
        ("F1", "feeder", "S1", None, None),
        ("T1", "transformer_area", "S1", 114.0, 30.0),
        ("T2", "transformer_area", "S1", 114.2, 30.2),
        ("T3", "transformer_area", "S1", 0.0, 0.0),
        T1="F1", T2="F1", T3="F1",
    )  # fmt: skip
    rows = demands({"feeder": "F1"})
    ground = ground_of(rows.assign(place="F1"), units, Hotspots(), AREA)
    (row,) = ground.places.table.to_dict("records")
    assert (row["lon"], row["lat"]) == (pytest.approx(114.1), pytest.approx(30.1))
    assert ground.faults == {"zero": 1}


def test_without_a_list_of_units_places_are_those_of_the_orders() -> None:
    rows = demands(
        {"feeder": "F1", "lon": 114.0, "lat": 30.0}, {"feeder": "F1", "lon": 114.2, "lat": 30.0}, {"feeder": "F2"}
    )
    rows = rows.assign(place=placed(rows, "feeder", {}, AREA))
    ground = ground_of(rows, net(), Hotspots(), AREA)
    table = ground.places.table.set_index("place")
    assert table.loc["F1", "lon"] == pytest.approx(114.1)
    assert table.loc["F1", "station"] == "S1"
    assert ground.faults == {"missing": 1}
    assert {"feeder F2", "station S1", "county C1"} <= set(ground.watch.zones.names)


def test_an_area_that_came_under_another_feeder_takes_its_past_along() -> None:
    rows = demands(
        *({"transformer_area": "T1", "feeder": "F1"} for _ in range(3)), {"transformer_area": "T1", "feeder": "F2"}
    )
    units = net(T1="F2")
    rows = rows.assign(place=placed(rows, "feeder", units.feeder_of, AREA))
    assert rows["place"].tolist() == ["F2"] * 4
    ground = ground_of(rows, units, Hotspots(), AREA)
    seen = sight(rows, ground, NOW.astimezone(UTC), ZONE, lambda d: d.weekday() < 5)
    assert seen.left_out["moved"] == 3


def test_squares_are_five_hundred_metres_and_need_a_point_that_can_be_right() -> None:
    rows = demands(
        {"lon": 114.0001, "lat": 30.0001}, {"lon": 114.0002, "lat": 30.0002}, {"lon": 114.02, "lat": 30.0},
        {"lon": 0.0, "lat": 0.0}, {"lon": 114.0, "lat": 30.0, "place_unknown": True},
    )  # fmt: skip
    place = placed(rows, "cell", {}, AREA)
    assert place[0] == place[1] != place[2]
    assert place[3:].isna().all()


def test_of_two_kinds_of_area_each_has_its_own_radius() -> None:
    units = net(*((f"F{n}", "feeder", "S1", 114.0 + n / 10, 30.0) for n in range(3)))  # about 9.6 km apart
    units.units.loc[0, "area_class"] = "rural"
    rows = demands({"feeder": "F0"}).assign(place="F0")
    zones = ground_of(rows, units, Hotspots(radius_urban_km=5, radius_rural_km=25), AREA).watch.zones
    sizes = {int(c): int(zones.starts[i + 1] - zones.starts[i]) for i, c in enumerate(zones.centre) if c >= 0}
    assert sizes == {0: 3, 1: 1, 2: 1}
