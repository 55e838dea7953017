"""Which zones there are: ties, limits, empty places, equal sets, coordinates that can not be."""

import numpy as np
import pandas as pd
import pytest

from kpis.hotspots.tables import BadTable, cases_of, places_of
from kpis.hotspots.zones import Circles, Zones, circles, given, together, walk
from tests.hotspots import town

ONES = np.ones(16)


def _around(zones: Zones, centre: int) -> list[set[int]]:
    chain = int(np.flatnonzero(zones.centre == centre)[0])
    entries = range(zones.starts[chain], zones.starts[chain + 1])
    return [set(zones.places(chain, i).tolist()) for i in entries if zones.is_end[i]]


def test_places_at_one_distance_enter_together() -> None:
    zones = circles(places_of(town.places()), Circles(radius=1.0, share=None), ONES)
    assert _around(zones, 5) == [{5}, {5, 1, 4, 6, 9}]


def test_a_tie_that_does_not_fit_stays_out_whole() -> None:
    zones = circles(places_of(town.places()), Circles(nearest=4, share=None), ONES)
    assert _around(zones, 5) == [{5}]  # its four neighbours are at one distance, and only three would fit
    assert _around(zones, 0) == [{0}, {0, 1, 4}, {0, 1, 4, 5}]


def test_share_counts_the_weight_and_stops_at_the_first_that_is_too_much() -> None:
    weight = np.zeros(16)
    weight[[0, 1]] = 1, 3
    zones = circles(places_of(town.places()), Circles(radius=9, share=0.5), weight)
    assert _around(zones, 0) == [{0}]
    assert not np.any(zones.centre == 1)


def test_equal_sets_are_walked_once_and_empty_places_not_at_all() -> None:
    places = places_of(town.places())
    zones = together(circles(places, Circles(share=None), ONES), given(places, ["feeder"]))
    holds = np.zeros(16, dtype=bool)
    holds[[5, 6, 10]] = True
    paths = walk(zones, holds)
    sets = {
        frozenset(paths.members[paths.starts[c] : i + 1].tolist())
        for c in range(len(paths.chain))
        for i in range(paths.starts[c], paths.starts[c + 1])
        if paths.is_end[i]
    }
    assert len(sets) == int(paths.is_end.sum())
    assert sets == {frozenset(s) for s in ({5}, {6}, {10}, {5, 6}, {6, 10}, {5, 10}, {5, 6, 10})}
    for chain in range(len(paths.chain)):
        for i in range(paths.starts[chain], paths.starts[chain + 1]):
            if paths.is_end[i]:
                whole = zones.places(int(paths.chain[chain]), int(paths.entry[i]))
                assert set(whole.tolist()) & {5, 6, 10} == set(paths.members[paths.starts[chain] : i + 1].tolist())


def test_distance_on_the_globe() -> None:
    """One degree along the equator is R pi / 180."""
    places = places_of(pd.DataFrame({"place": [1, 2], "lon": [10.0, 11.0], "lat": [0.0, 0.0]}), earth_km=6371.0)
    zones = circles(places, Circles(share=None), np.ones(2))
    assert zones.radius[1] == pytest.approx(6371.0 * np.pi / 180, rel=1e-12)


def test_coordinates_that_can_not_be_are_out_of_circles_and_counted() -> None:
    table = pd.DataFrame(
        {
            "place": ["good", "none", "zero", "swapped", "far"],
            "lon": [118.8, np.nan, 0.0, 32.0, 10.0],
            "lat": [32.0, 32.0, 0.0, 118.8, 50.0],
            "feeder": "F1",
        }
    )
    places = places_of(table, area=(118.0, 31.0, 120.0, 33.0))
    assert places.left_out == {"missing": 1, "zero": 1, "swapped": 1, "outside": 1}
    assert circles(places, Circles(share=None), np.ones(5)).members.tolist() == [0]
    assert given(places, ["feeder"]).members.tolist() == [0, 1, 2, 3, 4]


def test_cases_of_unknown_places_are_counted_not_placed() -> None:
    places = places_of(town.places())
    found = cases_of(pd.DataFrame({"place": ["p11", "?", "p12"], "time": [1, 2, 3], "count": [1, 4, 2]}), places)
    assert (found.unknown, found.place.tolist(), found.periods) == (4, [5, 6], 3)


@pytest.mark.parametrize(
    ("table", "told"),
    [
        pytest.param({"place": ["a", "a"], "x": [0, 1], "y": [0, 1]}, "a is there twice", id="twice"),
        pytest.param({"place": ["a", None], "x": [0, 1], "y": [0, 1]}, "row 1: no name", id="unnamed"),
        pytest.param({"name": ["a"]}, "no column place; there are name", id="no column"),
        pytest.param({"place": ["a"], "population": [-1]}, "row 0: population -1", id="fewer than nobody"),
    ],
)
def test_bad_places(table: dict[str, list[object]], told: str) -> None:
    with pytest.raises(BadTable, match=told):
        places_of(pd.DataFrame(table))
