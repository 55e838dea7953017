"""What a node answers about hotspots on the city's afternoon: one alert, one severe, one watched, one that ended."""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from store.ledger.queries import open_alerts
from tests.dashboard_pages.city import NOW, DeskHouse, house, work_orders

DAYS: Final = 28
OBSERVED: Final = (0, 1, 0, 1, 0, 0, 2, 0, 1, 0, 1, 0, 0, 1, 0, 1, 0, 0, 1, 0, 0, 1, 0, 1, 2, 3, 4, 5)
MEMBERS: Final = (
    ("TA1", 119.52, 30.41, 3, 0.6), ("TA2", 119.53, 30.42, 2, 0.5), ("TA3", 119.55, 30.41, 2, 0.4),
    ("TA4", 119.56, 30.43, 4, 0.9), ("TA5", 119.57, 30.40, 3, 0.7),
)  # fmt: skip


def iso(**ago: float) -> str:
    return (NOW - timedelta(**ago)).isoformat()


def hotspot(**more: Any) -> dict[str, Any]:
    """Low voltage complaints on the line of 湖口; `more` replaces."""
    return {
        "number": 12, "key": "k12", "state": "open", "grade": "alert", "category": ["complaint", "低电压"],
        "zone": {"kind": "circle", "code": None, "radius_km": 2.9, "lon": 119.545, "lat": 30.414},
        "places": [m[0] for m in MEMBERS], "city": "LJ", "county": "C4", "station": "S10", "feeder": "F10",
        "observed": 14, "expected": 3.1, "ratio": 4.5, "customers": 11, "since": iso(days=3, hours=8),
        "window": {"start": iso(days=4), "end": iso(hours=1), "hours": 96}, "recurrence_d": 1110.0,
        "growing": {"last_6h": 5},
        "words": [
            {"word": "灯暗", "n": 9, "share": 0.64, "usual": 0.06},
            {"word": "水泵", "n": 6, "share": 0.43, "usual": 0.03},
            {"word": "晚上", "n": 11, "share": 0.79, "usual": 0.31},
        ],
        "outage_no": None, "explained_by_outage": False, "relative": False, "opened_at": iso(days=1, hours=16),
        "ended_at": None, "merged_into": None, "answer": None, "answered_by": None, "answered_at": None,
        "alert_id": None, "alert_state": None,
    } | more  # fmt: skip


SEVERE: Final = hotspot(
    number=13, key="k13", grade="severe", category=["opinion"], county="C1", station="S1", feeder=None, observed=46,
    expected=5.2, ratio=8.8, recurrence_d=3650.0, since=iso(hours=9),
    window={"start": iso(hours=9), "end": iso(hours=1), "hours": 8},
)  # fmt: skip
WATCHED: Final = hotspot(
    number=None, key="k77", state="watch", grade="watch", category=[], county="C1", station="S2", feeder=None,
    observed=9, expected=5.2, recurrence_d=20.4, since=iso(days=1), relative=True,
)  # fmt: skip
ENDED: Final = hotspot(
    number=3, key="k3", state="ended", station="S5", feeder="F5", county="C2", ended_at=iso(days=6),
    answer="taken_up", answered_by="李四", answered_at=iso(days=8),
)  # fmt: skip


def found(*listed: Mapping[str, Any], state: str = "ok", **more: Any) -> dict[str, Any]:
    """The answer of `hotspots`."""
    return {
        "as_of": NOW.isoformat(), "looked_at": iso(minutes=12), "until": iso(hours=1),
        "completeness": {"orders": 0.92, "other": 0.99}, "state": state, "missing": None,
        "setting": {
            "budget_30d": 0.8, "wide_budget_30d": 0.2, "alert_d": 37.5, "unit": "feeder",
            "baseline_days": 56, "every_min": 15, "categories": [],
        },
        "calibration": {
            "fitted_at": iso(days=2), "measured_30d": 0.9, "low": 0.62, "high": 1.41, "histories": 300,
            "exchange": "day", "kept_because": None,
        },
        "left_out": {"unknown_place": 7, "swapped": 1}, "n_cases": 4213, "n_customers_days": 3987,
        "hotspots": list(listed), "wide": [],
    } | more  # fmt: skip


WIDE: Final = {
    "series": {"category": ["complaint"], "unit": None}, "day": "2026-11-20", "days": 2, "observed": 61,
    "expected": 28.4, "low": 18.0, "high": 41.0, "recurrence_d": 400.0, "grade": "alert", "since": iso(days=1),
    "number": 2,
}  # fmt: skip


PERSONAL: Final = {
    "name": "欧阳静",
    "phone": "13912345678",
    "address": "湖口镇和平路12号",
    "text": "家里水泵带不动",
    "customer_no": "7300112233",
}  # fmt: skip  what an answer never has, so that a page that asks for too much is found out


def in_full(one: Mapping[str, Any]) -> dict[str, Any]:
    """The answer of `hotspot`."""
    days = [(NOW.date() - timedelta(days=DAYS - 1 - i)).isoformat() for i in range(DAYS)]
    mean = [0.7, 0.8, 0.8, 0.6, 0.5, 0.8, 0.8] * 4
    orders = work_orders(60).tail(14).iloc[::-1]
    names = ["order_no", "channel", "category", "subcategory_1", "feeder", "status", "call_count"]
    rows = [
        {
            **row, "accepted_at": row["accepted_at"].isoformat(), "transformer_area": f"TA{i % 5 + 1}",
            "customer_kind": "residential",
        }
        for i, row in enumerate(orders[[*names, "accepted_at"]].to_dict("records"))
    ]  # fmt: skip
    rows = [row | PERSONAL for row in rows]
    rows[0] |= {"subcategory_1": "meter_check", "status": "cancelled"}
    return dict(one) | {
        "days": {
            "day": days, "observed": list(OBSERVED), "expected": mean, "low": [0.0] * DAYS, "high": [2.4] * DAYS,
            "is_over": [n > 1 and i > 23 for i, n in enumerate(OBSERVED)],
        },
        "members": [dict(zip(("place", "lon", "lat", "observed", "expected"), m, strict=True)) for m in MEMBERS],
        "orders": rows,
        "outages": [
            {
                "outage_no": "O7", "feeder": "F10", "started_at": iso(days=2), "restored_at": iso(days=2, hours=-3),
                "kind": "fault", "customers_out": 240,
            }
        ],
        "looks": [
            {
                "at": iso(hours=18 - 6 * i), "observed": 6 + 4 * i, "expected": 2.6, "ratio": (6 + 4 * i) / 2.6,
                "recurrence_d": 30.0 * 4**i, "new_cases": 4, "state": "open", "event": event, "by": None,
            }
            for i, event in enumerate(("opened", "looked", "told again"))
        ],
    }  # fmt: skip


LISTED: Final = (SEVERE, hotspot(), WATCHED)


def answers(*listed: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    """`HandHouse.answers` with these hotspots; an answer that is given is kept by `kept` and shown."""
    standing = [dict(one) for one in listed]

    def one(args: Mapping[str, Any]) -> dict[str, Any]:
        name, wanted = ("number", args["number"]) if "number" in args else ("key", args["key"])
        hit = next((h for h in (*standing, ENDED) if h[name] == wanted), None)
        if hit is None:
            raise ValueError(f"hotspot {wanted}: there is none")
        return in_full(hit)

    def answered(args: Mapping[str, Any]) -> dict[str, Any]:
        hit: dict[str, Any] = next(h for h in standing if h["number"] == args["number"])
        hit |= {"answer": args["answer"], "answered_by": args["by"], "answered_at": NOW.isoformat()}
        return hit

    def all_of(args: Mapping[str, Any]) -> dict[str, Any]:
        kept = [*standing, *([dict(ENDED)] if args.get("state") == "all" else [])]
        kept = [h for h in kept if not args.get("category") or h["category"][:1] == [args["category"]]]
        kept = [h for h in kept if not args.get("unit") or args["unit"] in (h["county"], h["station"], h["feeder"])]
        return found(*kept, **more)

    return {"hotspots": all_of, "hotspot": one, "hotspot answer": answered}


def hotspot_house(folder: Path, **more: Any) -> DeskHouse:
    """The city with hotspots, the first of them with the city's first alert."""
    one = house(folder, 200)
    alert = open_alerts(one.ledger)[0]
    listed = (SEVERE, hotspot(alert_id=alert["id"], alert_state=alert["state"]), WATCHED)
    one.answers = answers(*listed, **more)
    return one


class _Lab:
    """`hotspots lab`, and what it was asked."""

    def __init__(self) -> None:
        self.seen: list[Mapping[str, Any]] = []

    def __call__(self, args: Mapping[str, Any]) -> dict[str, Any]:
        self.seen.append(args)
        rule = args["naive"]
        window = {"start": iso(days=3), "end": iso(), "hours": 72}
        raised = [{"place": place, "observed": 9 - i, "window": window} for i, place in enumerate(("F10", "F1", "F2"))]
        return {
            "as_of": args.get("as_of") or NOW.isoformat(), "until": iso(hours=1), "state": "ok", "missing": None,
            "hotspots": [hotspot(places=["F10"], number=None), WATCHED], "naive": {**rule, "found": raised},
            "calibration": {"is_stored": True, "is_for_this_radius": "radius_km" not in args, "histories": 300},
            "seconds": 1.84,
        }  # fmt: skip


in_lab: Final = _Lab()
