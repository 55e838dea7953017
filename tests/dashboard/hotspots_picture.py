"""The hotspots of the afternoon, as the walls have them; and of days that are otherwise."""

from datetime import datetime, timedelta
from typing import Any, Final

HOUR_MS: Final = 3_600_000
NAMES: Final = (
    "number grade state category city county station feeder lon lat radius_km observed expected ratio since "
    "recurrence_d words outage_no relative"
)
DAYS: Final = 28
_OBSERVED: Final = (0, 1, 0, 1, 0, 0, 2, 0, 1, 0, 1, 0, 0, 1, 0, 1, 0, 0, 1, 0, 0, 1, 0, 1, 2, 3, 4, 5)
_PLACES: Final = (("C6", "S2", "F2", 120.4, 30.35), ("C5", "S1", "F1", 119.3, 30.55), ("C3", "S3", None, 120.6, 31.5))
_MATTERS: Final = ("complaint", "opinion", "", "低电压")
WORDS: Final[tuple[list[str], ...]] = (["灯暗", "水泵", "晚上", "空调", "跳闸"], ["电费", "账单"], [], ["停电"])


def part(now: datetime, alerts: int = 1, severe: int = 0, watched: int = 1, state: str = "ok") -> dict[str, Any]:
    """So many hotspots of each grade, the severe ones rarest, each at a place in turn."""
    at = round(now.timestamp() * 1000)
    grades = ["severe"] * severe + ["alert"] * alerts + ["watch"] * watched
    rows = [
        (
            None if grade == "watch" else 40 - i,
            grade,
            "watch" if grade == "watch" else "open",
            _MATTERS[i % 4],
            "P",
            *_PLACES[i % 3],
            (None, 18.0)[i % 2],
            14 + 32 * (grade == "severe"),
            3.1 + i,
            4.5,
            at - (76 + 9 * i) * HOUR_MS,
            {"severe": 3650.0, "alert": 1110.0 - 200 * i, "watch": 20.4}[grade],
            WORDS[i % 4],
            None,
            False,
        )
        for i, grade in enumerate(grades)
    ]
    days = [at // (24 * HOUR_MS) * 24 * HOUR_MS - (DAYS - 1 - i) * 24 * HOUR_MS for i in range(DAYS)]
    chart = {
        "number": rows[0][0] if rows else None, "day": days, "observed": list(_OBSERVED),
        "expected": [0.7, 0.8, 0.8, 0.6, 0.5, 0.8, 0.8] * 4, "low": [0.0] * DAYS, "high": [2.4] * DAYS,
    }  # fmt: skip
    names = NAMES.split()
    return {
        "state": state,
        "looked_at": round((now - timedelta(minutes=12)).timestamp() * 1000),
        "until": at - HOUR_MS,
        "budget_30d": 1.0,
        "measured_30d": 0.9,
        "columns": {name: [row[i] for row in rows] for i, name in enumerate(names)},
        "members": {"number": [40, 40, 40], "lon": [120.3, 120.4, 120.5], "lat": [30.3, 30.4, 30.35]},
        "chart": chart if alerts + severe else None,
        "wide": {"columns": {}},
    }
