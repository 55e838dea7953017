"""The demonstration city's own hotspots: one that its truth has planted is found, under its feeder."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from simulator.day import draw
from simulator.instants import day_of
from simulator.names import COMPLAINT, MATTERS, OPINION, REPORT, URGING
from simulator.network import network
from tests.gathering.district import Desk

NOW: Final = datetime(2026, 11, 10, 12, 30, tzinfo=UTC)  # five days into a hotspot at one feeder
DAYS: Final = 40  # less than the baseline wants, more than it needs
NAMES: Final = {COMPLAINT: "complaint", OPINION: "opinion", REPORT: "report", URGING: "urging"}


def test_a_planted_hotspot_of_the_city_is_found(tmp_path: Path) -> None:
    net = network()
    last = day_of(int(NOW.timestamp()))
    days = [draw(net, 1, last - back) for back in range(DAYS)]
    at = int(NOW.timestamp())
    planted = {
        i.subject
        for day in days
        for i in day.injected
        if i.kind == "hotspot" and i.start <= at and i.end >= at - 86_400 and at - i.start > 3 * 86_400
    }
    desk = Desk(tmp_path, 'categories = ["complaint", "opinion", "report", "urging"]\nhistories = 20')
    try:
        desk.at = NOW
        desk.put("units", [_unit(u) for u in net.units if u.kind != "transformer_area"])
        desk.put("work_orders", [row for day in days for row in _orders(day, net.areas) if row["accepted_at"] <= NOW])
        desk.fit()
        desk.again()
        desk.look()
        found = [h for h in desk.ask()["hotspots"] if h["grade"] in ("alert", "severe")]
        assert planted
        assert {p for h in found for p in h["places"]} >= planted
        (one,) = [h for h in found if planted & set(h["places"])]
        assert set(one["places"]) == planted
        assert one["observed"] > 2 * one["expected"]
    finally:
        desk.close()


def _unit(one: Any) -> dict[str, Any]:
    return {
        "source_key": one.code, "code": one.code, "kind": one.kind, "parent": one.parent, "name_zh": one.zh,
        "name_en": one.en, "lon": one.lon, "lat": one.lat,
    }  # fmt: skip


def _orders(day: Any, areas: Any) -> list[dict[str, Any]]:
    frame = day.tables["orders"].frame
    rows = frame[frame["category"].isin(list(NAMES))]
    names = ("number", "category", "matter", "area", "accepted", "customer")
    return [
        {
            "source_key": str(number), "order_no": str(number), "category": NAMES[category],
            "subcategory_1": MATTERS[category][matter][0], "subcategory_2": MATTERS[category][matter][1],
            "feeder": str(areas.feeder[area]), "station": str(areas.station[area]), "county": str(areas.county[area]),
            "identity_key": str(customer), "status": "closed",
            "accepted_at": datetime.fromtimestamp(0, UTC) + timedelta(seconds=int(accepted)),
        }
        for number, category, matter, area, accepted, customer in zip(*(rows[n].tolist() for n in names), strict=True)
    ]  # fmt: skip
