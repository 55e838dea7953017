"""The same afternoon at a site that has a list of outages and nothing else: no orders, no boundaries."""

from datetime import datetime, timedelta
from typing import Any

from settings import Settings
from tests.dashboard.picture import AFTERNOON, KPIS, columns, ms, picture

FAR_ESTIMATES: tuple[int | None, ...] = (90, None, -20, -1500, 2000)  # minutes from now; on other days too
LONG_NAME = "北湾临港新城供电服务站", "Northern Harbour New Town and Islands"


def outages_only(now: datetime = AFTERNOON, count: int = 30, age_s: float = 3.0) -> dict[str, Any]:
    """Bodies of a site whose one source lists outages: `count` of them round a bay and the last one far away."""
    none = [
        (key, None, 0, 0, None, None, 98.0, "higher", "no_data", None, "work_orders", 1, None, None) for key in KPIS
    ]
    kpi_names = "key value n successes low high target better state level table definition_version trend previous"
    read = ms(now - timedelta(seconds=age_s))
    rows: list[tuple[Any, ...]] = []
    for i in range(count):
        left = FAR_ESTIMATES[i % len(FAR_ESTIMATES)]
        lon, lat = (-133.7, 59.6) if i == count - 1 else (-123.0 - i % 6 / 10, 49.0 + i // 6 / 10)
        started = now - timedelta(minutes=599 if i == 0 else 7 + 40 * i)
        estimate = None if left is None else ms(now + timedelta(minutes=left))
        feeder = "F1" if i == 1 else None
        customers = None if i == 2 else 12_345 - 10 * i
        rows.append(
            (f"O{i}", "R1", "T1" if i == 0 else "T2", feeder, "fault", customers, ms(started), estimate, lon, lat)
        )
    units = [("R1", "county", None, "南区", "South", None, None), ("T1", "station", "R1", *LONG_NAME, None, None)]
    units += [
        ("T2", "station", "R1", "青港", "Qinggang", None, None),
        ("F1", "feeder", "T2", "港东线", "Pier", None, None),
    ]
    counted = sum(row[5] or 0 for row in rows)
    outage_names = "outage_no county station feeder kind customers_out started_at estimate_at lon lat"
    return {
        "kpis": {"columns": columns(kpi_names, *none), "window": dict.fromkeys(KPIS, "today")},
        "repairs": {"total": 0, "columns": {}},
        "outages": {
            "customers_out": counted,
            "count": count,
            "trend": [counted] * 24,
            "columns": columns(outage_names, *reversed(rows)),  # the page sorts them itself
        },
        "counties": {
            "level": "county",
            "columns": columns("code blue yellow orange red outages customers_out", ("R1", 0, 0, 0, 0, count, counted)),
        },
        "alerts": {**picture(now)["alerts"].body, "log": {"columns": {}}},
        "units": {"columns": columns("code kind parent name_zh name_en lon lat", *units)},
        "sources": {
            "columns": columns(
                "name feeds as_of read_at fresh_s state error",
                ("list", ["outages", "units"], read, read, 86_400.0, "ok", None),
            )
        },
    }


def without_boundaries(settings: Settings) -> Settings:
    return settings.model_copy(update={"site": settings.site.model_copy(update={"boundaries": None})})
