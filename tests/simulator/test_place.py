"""The invented place: its map, its network, its calendar, and that nobody real lives there."""

import json
import re
from collections import Counter
from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest

from simulator import boundaries
from simulator.calendar import is_workday, workday_after, year_table
from simulator.network import network
from tests.simulator.sources import rows


def test_the_map_in_the_repository_is_the_one_the_command_writes() -> None:
    kept = json.loads(boundaries.FILE.read_text(encoding="utf-8"))
    assert kept == json.loads(json.dumps(boundaries.collection()))
    assert boundaries.FILE.stat().st_size < 80_000


def test_counties_are_closed_clockwise_rings_that_share_their_borders() -> None:
    sides: Counter[tuple[tuple[float, ...], tuple[float, ...]]] = Counter()
    *counties, river = boundaries.collection()["features"]
    assert river["geometry"]["type"] == "LineString" and "code" not in river["properties"]
    for feature in counties:
        (ring,) = feature["geometry"]["coordinates"]
        assert ring[0] == ring[-1]
        area = sum(a[0] * b[1] - b[0] * a[1] for a, b in pairwise(ring))
        assert area < 0, feature["properties"]
        sides.update((tuple(a), tuple(b)) for a, b in pairwise(ring))
    assert max(sides.values()) == 1  # nobody goes along a border twice in the same direction
    assert sum((b, a) in sides for a, b in sides) > 300  # inner borders are gone along both ways


def test_the_network_has_the_size_of_a_prefecture() -> None:
    net = network()
    kinds = Counter(u.kind for u in net.units)
    assert kinds == {
        "city": 1, "county": 9, "station": 34, "grid": 102, "crew": 68, "feeder": 150, "transformer_area": 1500,
    }  # fmt: skip
    assert 590_000 < net.customers() < 610_000
    assert {u.code for u in net.units} >= {u.parent for u in net.units if u.parent}
    assert len({u.code for u in net.units}) == len(net.units)
    assert all(u.zh and u.en for u in net.units)
    assert set(net.areas.area_class.tolist()) == {0, 1, 2}


def test_stations_stand_in_their_county() -> None:
    *counties, _river = boundaries.collection()["features"]
    rings = {f["properties"]["code"]: f["geometry"]["coordinates"][0] for f in counties}
    for u in network().units:
        if u.kind == "station":
            assert boundaries.contains([(x, y) for x, y in rings[str(u.parent)]], u.lon, u.lat), u


def test_served_customers_add_up(folder: Path) -> None:
    (total,) = rows(folder, "outages", "SELECT sum(customers) AS n FROM served_customers")
    assert total["n"] == network().customers()


def test_no_telephone_or_mail_address_can_reach_anybody(folder: Path) -> None:
    for table in ("GZGD95598", "FGZGD95598"):
        for r in rows(folder, "orders", f"SELECT lxdh FROM {table} WHERE lxdh IS NOT NULL"):  # noqa: S608
            digits = re.sub(r"\D", "", r["lxdh"])
            assert len(digits) == 11
            assert digits.startswith("100")  # no Chinese mobile number begins so
    for r in rows(folder, "outages", "SELECT phone, email FROM staff"):
        assert r["phone"].startswith("100")
        assert r["email"].endswith("@linjiang.example")  # reserved by RFC 2606


@pytest.mark.parametrize(
    ("accepted", "days", "due"),
    [
        (date(2026, 2, 13), 5, date(2026, 2, 27)),
        (date(2026, 4, 30), 4, date(2026, 5, 9)),
        (date(2026, 9, 18), 5, date(2026, 9, 24)),
        (date(2026, 9, 30), 10, date(2026, 10, 20)),
        (date(2026, 11, 20), 5, date(2026, 11, 27)),
    ],
)
def test_working_days_follow_the_published_table(accepted: date, days: int, due: date) -> None:
    assert workday_after(accepted, days) == due


def test_a_year_without_a_table_is_marked_as_invented() -> None:
    assert not year_table(2026).is_invented
    assert year_table(2027).is_invented
    assert not is_workday(date(2027, 10, 1))
    assert (
        sum(is_workday(date.fromordinal(d)) for d in range(date(2026, 1, 1).toordinal(), date(2027, 1, 1).toordinal()))
        == 248
    )
