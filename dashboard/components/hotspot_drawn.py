"""What the scripts of the page draw: the days of one hotspot against what was expected, and its map."""

import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from dashboard.components import format as say
from dashboard.components import hotspot_words as words
from dashboard.components.hotspot_words import Hotspot, Reading

EARTH_KM: Final = 111.32  # of one degree of latitude
RING_POINTS: Final = 72
AROUND: Final = 0.6  # of the zone's half width shown beyond it
LEAST_KM: Final = 2.0
Point = tuple[float, float]
Box = tuple[float, float, float, float]


def chart(reading: Reading, one: Hotspot) -> dict[str, Any]:
    """Columns by day for assets/desk-hotspots.js. The last day is unfinished while the hotspot stands."""
    t, told = reading.view.t, one["days"]
    today = reading.now.astimezone(reading.zone).date().isoformat()
    days = [str(day)[:10] for day in told["day"]]
    said = [
        f"<b>{say.count(n)}</b><br>{reading.day(day)}<br>{t('expected##column')} {words.expected(mean)}"
        for day, n, mean in zip(days, told["observed"], told["expected"], strict=True)
    ]
    return {
        "x": days,
        "ticks": [reading.day(day) for day in days],
        **{name: told[name] for name in ("observed", "expected", "low", "high")},
        "over": told["is_over"],
        "said": said,
        "open": bool(days) and days[-1] == today,
        "since": _site_day(reading, one["since"]),
        "grade": one["grade"],
        "names": {
            "expected": f"{t('expected##column')} {words.expected(told['expected'][-1])}" if days else "",
            "unit": t("cases##axis"),
        },
        "key": identity(one),
    }


def identity(one: Hotspot) -> str:
    """Stays while the same hotspot is looked at, so that zoom is kept."""
    return f"n{one['number']}" if one.get("number") is not None else f"k{one.get('key')}"


def _site_day(reading: Reading, iso: str) -> str:
    return datetime.fromisoformat(iso).astimezone(reading.zone).date().isoformat()


def finding(reading: Reading, one: Hotspot) -> str:
    """The chart in one sentence."""
    t, told = reading.view.t, one["days"]
    over = [day for day, is_over in zip(told["day"], told["is_over"], strict=True) if is_over]
    if not over:
        return t("Each day of the last {n} within its usual range.").format(n=len(told["day"]))
    most = max(range(len(told["day"])), key=lambda i: told["observed"][i])
    said = t("Above the expected on {n} of {days} days, most on {day}: {most}.")
    return said.format(
        n=len(over),
        days=len(told["day"]),
        day=reading.day(str(told["day"][most])),
        most=say.count(told["observed"][most]),
    )


def map_of(reading: Reading, one: Hotspot, stations: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """The zone's ring, its members and the stations round it; `box`: where the map begins; None without places."""
    t, zone = reading.view.t, one["zone"]
    members = [
        {
            "name": reading.name(m["place"]),
            "lon": m["lon"],
            "lat": m["lat"],
            "n": m["observed"],
            "said": f"<b>{reading.name(m['place'])}</b><br>{say.count(m['observed'])}"
            f"<br>{t('expected##column')} {words.expected(m['expected'])}",
        }
        for m in one.get("members") or ()
        if m["lon"] is not None and m["lat"] is not None
    ]
    ring = ring_of(zone)
    points = [*ring, *((m["lon"], m["lat"]) for m in members)]
    box = box_of(points)
    label = t("{n} within, expected {expected}")
    near = [s for s in stations if box and _within(box, s)]
    return {
        "ring": ring,
        "members": members,
        "stations": [
            {"name": reading.units.brief(s["code"]), "lon": s["lon"], "lat": s["lat"], "county": s["parent"]}
            for s in near
        ],
        "box": box,
        "label": label.format(n=say.count(one["observed"]), expected=words.expected(one["expected"])),
        "grade": one["grade"],
        "finding": t("{n} cases within the zone of {place}, {expected} expected").format(
            n=say.count(one["observed"]), place=words.place(reading, one), expected=words.expected(one["expected"])
        ),
        "key": identity(one),
    }


def ring_of(zone: Mapping[str, Any]) -> list[Point]:
    """The circle of a zone as longitudes and latitudes, closed; empty where it is none."""
    lon, lat, radius = zone.get("lon"), zone.get("lat"), zone.get("radius_km")
    if zone.get("kind") != "circle" or lon is None or lat is None or not radius:
        return []
    north = radius / EARTH_KM
    east = north / max(0.05, math.cos(math.radians(lat)))
    turns = (2 * math.pi * i / RING_POINTS for i in range(RING_POINTS + 1))
    return [(round(lon + east * math.sin(a), 6), round(lat + north * math.cos(a), 6)) for a in turns]


def box_of(points: Sequence[Point]) -> Box | None:
    """West, south, east, north round `points` with air; at least a few kilometres wide. None for no point."""
    if not points:
        return None
    lons, lats = [p[0] for p in points], [p[1] for p in points]
    lon, lat = (min(lons) + max(lons)) / 2, (min(lats) + max(lats)) / 2
    wide = max((max(lons) - min(lons)) / 2, LEAST_KM / EARTH_KM) * (1 + AROUND)
    high = max((max(lats) - min(lats)) / 2, LEAST_KM / EARTH_KM) * (1 + AROUND)
    return lon - wide, lat - high, lon + wide, lat + high


def _within(box: Box, spot: Mapping[str, Any], times: float = 3.0) -> bool:
    """Whether a place lies in the box, or so near it that moving the map a little shows it."""
    west, south, east, north = box
    lon, lat = (west + east) / 2, (south + north) / 2
    return bool(
        abs(spot["lon"] - lon) <= times * (east - west) / 2 and abs(spot["lat"] - lat) <= times * (north - south) / 2
    )
