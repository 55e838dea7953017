"""Complaints and revisits of the afternoon, as the parts of the walls have them; and of days that are otherwise."""

from datetime import datetime, timedelta
from typing import Any, Final

STATIONS: Final = (("S1", "C5"), ("S2", "C6"), ("S3", "C3"))
HOUR_MS: Final = 3_600_000
_MATTERS: Final = (
    ("complaint", "供电质量投诉"),
    ("fault_report", "低压故障"),
    ("complaint", "营业投诉"),
    ("opinion", None),
)
_REASONS: Final = ("到场慢", "修复慢", "答复不清", "态度", None)


def _columns(names: str, rows: list[tuple[Any, ...]]) -> dict[str, list[Any]]:
    return {name: [row[i] for row in rows] for i, name in enumerate(names.split())}


def complaints(now: datetime, n: int = 6, today: int = 12, *, known: bool = True) -> dict[str, Any]:
    """`n` rows in each list, `today` complaints. `known`: there is a usual day."""
    at = round(now.timestamp() * 1000)
    third, escalated, channels, growing = [], [], [], []
    for i in range(min(n, 20)):
        station, county = STATIONS[i % 3]
        category, topic = _MATTERS[i % 4]
        third.append(
            (county, station, category, topic, 3 + i % 4, at - 90 * HOUR_MS, at - (i + 1) * HOUR_MS, i % 3 > 0)
        )
        levels = (("95598", "12345"), ("12345", "12398"), ("95598", "media"))[i % 3]
        escalated.append((county, station, category, topic, *levels, at - (i + 2) * HOUR_MS, i % 2 > 0))
        channels.append((("95598", "app", "12345", "12398", "other", "media")[i % 6], max(0, 40 - 7 * i), 33.5 - i))
        growing.append((category, topic, 19 - i % 7, 8.3))
    place = "county station category subcategory_1"
    return {
        "today": today,
        **({"usual": 9.2, "low": 4.1, "high": 15.7} if known else {"usual": None, "low": None, "high": None}),
        "days": 30,
        "third": {"total": n, "columns": _columns(f"{place} count since last_at is_open", third)},
        "escalated": {"total": n, "columns": _columns(f"{place} came_from channel at is_open", escalated)},
        "channels": {"columns": _columns("channel week before", channels[:6])},
        "growing": {"columns": _columns("category subcategory_1 week before", growing[:5])},
    }


def revisits(now: datetime, n: int = 12, *, answered: bool = True) -> dict[str, Any]:
    """`n` stations and cases; nobody answered where not `answered`."""
    at = round(now.timestamp() * 1000)
    none = {"n": 0, "value": None, "low": None, "high": None}
    stations = [
        (STATIONS[i % 3][1], STATIONS[i % 3][0], 40 + i, 37 + i, 91 + i * 7 / 40, 85 + i / 8, 96 + i * 3 / 40, 1, n)
        for i in range(min(n, 40))
    ]
    cases = [
        (
            STATIONS[i % 3][1],
            STATIONS[i % 3][0],
            _MATTERS[i % 4][0],
            _REASONS[i % 5],
            at,
            at + (i - 2) * 5 * HOUR_MS,
            i < 2,
        )
        for i in range(min(n, 20))
    ]
    return {
        "days": 30,
        "response": {"n": 4213, "value": 84.7, "low": 83.6, "high": 85.8} if answered else none,
        "nps": {"n": 3568, "value": 67.4, "low": 65.6, "high": 69.2} if answered else none,
        "stations": {"columns": _columns("county code n successes value low high first last", stations)},
        "reasons": {"columns": _columns("reason n", [(r, 31 - 6 * i) for i, r in enumerate(_REASONS[:n])])},
        "cases": {
            "total": 2 * n,
            "open": n,
            "late": min(n, 2),
            "columns": _columns("county station category reason_1 answered_at due_at is_late", cases),
        },
    }


def moved(now: datetime, turn: int) -> dict[str, Any]:
    """Other numbers at each turn."""
    later = now + timedelta(minutes=turn % 7)
    return {"complaints": complaints(later, 5 + turn % 9, 10 + turn % 50), "revisits": revisits(later, 6 + turn % 20)}
