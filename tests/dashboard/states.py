"""The states a wall may be in, by hand: each gives the bodies of parts that differ from the invented afternoon."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from tests.dashboard import hotspots_picture, matters_picture
from tests.dashboard.picture import COUNTIES, FRESH_S, KPIS, REPAIR_NAMES, columns, ms, picture, supply, work

Bodies = Mapping[str, Any]
KPI_NAMES: Final = "key value n successes low high target better state level table definition_version trend previous"
OUTAGE_NAMES: Final = "outage_no county station feeder kind customers_out started_at estimate_at lon lat"
COUNTY_NAMES: Final = "code blue yellow orange red outages customers_out"
LOG_NAMES: Final = "id at rule level event subject county station feeder clock"
SOURCE_NAMES: Final = "name feeds as_of read_at fresh_s state error"
CRITICAL_NAMES: Final = "id rule clock county station feeder order_no since due_at customers"
LEVELS: Final = ("blue", "yellow", "orange", "red")
LISTED: Final = 60
LONG: Final = {
    "county": ("黔东南苗族侗族自治州", "Southern Northumberland and Tyneside"),
    "station": ("北湾临港新城供电服务站", "Northern Harbour New Town Station"),
    "feeder": ("开发区科技创业园二回线", "Science and Enterprise Park Line 2"),
    "crew": ("北湾临港新城供电服务站抢修三班", "Northern Harbour New Town repair crew 3"),
}
PLACES: Final = (("C5", "S1", "F1"), ("C3", "S3", "F3"), ("C6", "S2", "F2"))


def _repair(i: int, count: int, now: datetime) -> tuple[Any, ...]:
    """The longest overdue first; those at the end have hours left."""
    left_min = -94 + 188 * i / max(count, 2)
    due = now + timedelta(minutes=left_min)
    county, station, feeder = PLACES[i % 3]
    stage = ("on_site", "on_the_way", "dispatched", "accepted")[i % 4]
    clock, alert = ("restoration", "arrival")[i % 2], (None, "raised", "acknowledged")[i % 3]
    times = (ms(due - timedelta(minutes=45 + i)), ms(due))
    customers = None if i % 5 == 4 else 10 ** (i % 4)
    place = (county, station, feeder, f"{station}B1")
    return (f"2{i:04d}", "orders", *place, stage, clock, *times, 1, False, customers, alert, None)


def repairs(count: int, now: datetime) -> dict[str, Any]:
    rows = [_repair(i, min(count, LISTED), now) for i in range(min(count, LISTED))]
    return {"total": count, "without_limit": count // 10, "columns": columns(REPAIR_NAMES, *rows)}


def outages(count: int, customers: int | None, now: datetime) -> dict[str, Any]:
    """Running ones: every fourth nobody counted, every third past its estimate, every fifth without one."""
    rows: list[tuple[Any, ...]] = []
    for i in range(min(count, LISTED)):
        estimate = None if i % 5 == 4 else ms(now + timedelta(minutes=-25 if i % 3 == 0 else 47 * i))
        out = None if i % 4 == 3 or customers is None else max(1, customers // 2 ** (i + 1))
        at = (119.0 + i % 5 * 0.27, 30.2 + i % 3 * 0.37)
        rows.append((f"O{i}", *PLACES[i % 3], "fault", out, ms(now - timedelta(minutes=35 + 61 * i)), estimate, *at))
    trend = [None if customers is None else round(customers * (h + 1) / 24) for h in range(24)]
    return {"customers_out": customers, "count": count, "trend": trend, "columns": columns(OUTAGE_NAMES, *rows)}


def counties(each: int) -> dict[str, Any]:
    """`each`: repairs at every level in every second district; 0: nothing anywhere."""
    rows = [(code, *[each * (i % 2)] * 4, each * (i % 2), each * (i % 2) * 7) for i, code in enumerate(COUNTIES)]
    return {"level": "county", "columns": columns(COUNTY_NAMES, *rows)}


def kpis(value: float | None, n: int) -> dict[str, Any]:
    """The same rate for each figure; None: too early to say."""
    state, level = ("no_data", None) if value is None else ("ok", "orange" if value < 90 else None)
    found = None if value is None else round(n * value / 100)
    low, high = (None, None) if value is None else (max(0.0, value - 2.6), min(100.0, value + 1.9))
    trend = None if value is None else [value - 0.2 * (h % 7) for h in range(24)]
    rows = [
        (key, value, n, found, low, high, 98.0, "lower" if "repeat" in key else "higher", state, level,
         "surveys" if key.startswith("satisfaction") else "work_orders", 1, trend, value)
        for key in KPIS
    ]  # fmt: skip
    return {
        "columns": columns(KPI_NAMES, *rows),
        "window": dict(zip(KPIS, ("today", "today", "30d", "30d"), strict=True)),
    }


def alerts(count: int, now: datetime, critical: int = 0, flood: bool = False) -> dict[str, Any]:
    """`critical`: how many of them wait to take the wall over."""
    events, clocks = ("raised", "acknowledged", "cleared"), ("arrival", "restoration")
    log, waiting = [], []
    for i in range(min(count, 12)):
        what = ("repair_due", LEVELS[2 + i % 2], events[i % 3], f"2{i:04d}")
        log.append((100 - i, ms(now - timedelta(minutes=3 * i)), *what, *PLACES[i % 3], clocks[i % 2]))
    for i in range(critical):
        since = (ms(now - timedelta(minutes=4 - i / 9)), ms(now - timedelta(minutes=4)))
        place = (*PLACES[i % 3], f"2{i:04d}")
        waiting.append((i + 1, "repair_due", "restoration", *place, *since, 846 if i % 2 == 0 else None))
    return {
        "open": {"orange": count // 2, "red": count - count // 2},
        "unacknowledged": {"orange": count // 3, "red": count - count // 2},
        "log": {"columns": columns(LOG_NAMES, *log)},
        "critical": {"columns": columns(CRITICAL_NAMES, *waiting)},
        "flood": flood,
        "recent": count,
    }


def crews(count: int, each: int, total: int) -> dict[str, Any]:
    """Part `work` with `total` open orders over the stages, and so many crews with as many orders each."""
    body = work()
    stages = {name: (total + i) // 4 for i, name in enumerate(("accepted", "dispatched", "on_the_way", "on_site"))}
    rows = [(f"S{1 + i % 3}B{1 + i // 3}", each, each // 2) for i in range(min(count, 40))]
    held = {"columns": columns("code open overdue", *rows), "count": count, "orders": count * each}
    over = {"over": count if each > 2 else 0, "unassigned": total - count * each}
    return {**body, "stages": {**stages, "restored_today": 203}, "crews": {**held, **over}}


def sources(now: datetime, state: str = "ok", age_s: float = 3.0) -> dict[str, Any]:
    as_of = None if state == "never" else ms(now - timedelta(seconds=age_s))
    said = "读不到" if state == "error" else None
    rows = [
        (name, feeds, as_of, as_of, FRESH_S, state, said)
        for name, feeds in (("orders", ["work_orders", "units"]), ("outage", ["outages"]), ("revisits", ["surveys"]))
    ]
    return {"columns": columns(SOURCE_NAMES, *rows)}


def units(long: bool = False) -> dict[str, Any]:
    """The afternoon's places and the crews of `crews`, all with long names if so wanted."""
    known = picture()["units"].body["columns"]
    rows = [tuple(column[i] for column in known.values()) for i in range(len(known["code"]))]
    rows += [
        (f"S{1 + i % 3}B{1 + i // 3}", "crew", f"S{1 + i % 3}", f"抢修{1 + i}班", f"Crew {1 + i}", None, None)
        for i in range(3, 40)
    ]
    if long:
        rows = [(*row[:3], *LONG.get(row[1], row[3:5]), *row[5:]) for row in rows]
    return {"columns": columns("code kind parent name_zh name_en lon lat", *rows)}


def empty_work() -> dict[str, Any]:
    """A day without a report, at a site too young for a usual one."""
    nothing = [None] * 24
    return {
        **crews(0, 0, 0),
        "hours": {
            "today": [0] * 15 + [None] * 9,
            "usual": nothing,
            "low": nothing,
            "high": nothing,
            "days": 2,
            "hour": 14,
        },
        "so_far": 0,
        "usual_so_far": None,
    }


def afternoon(_now: datetime) -> Bodies:
    return {}


def storm(now: datetime) -> Bodies:
    """A critical alert holds the wall, and the source of outages stopped half an hour ago."""
    late = sources(now)
    as_of = list(late["columns"]["as_of"])
    as_of[1] = ms(now - timedelta(minutes=26))
    return {
        "kpis": kpis(85.1, 436),
        "repairs": repairs(74, now),
        "work": crews(14, 5, 74),
        "hotspots": hotspots_picture.part(now, alerts=2, severe=1),
        "units": units(),
        "outages": outages(31, 23860, now),
        "supply": supply(now, 31),
        "counties": counties(5),
        "alerts": alerts(21, now, critical=3),
        "sources": {"columns": {**late["columns"], "as_of": as_of, "state": ["ok", "stale", "ok"]}},
    }


def flood(now: datetime) -> Bodies:
    """So many alerts that none takes the wall."""
    return {**storm(now), "alerts": alerts(41, now, critical=12, flood=True), "sources": sources(now)}


def quiet(now: datetime) -> Bodies:
    return {
        "repairs": {"total": 0, "without_limit": 0, "columns": {}},
        "work": crews(0, 0, 0),
        "complaints": matters_picture.complaints(now, 0, 0),
        "revisits": matters_picture.revisits(now, 0),
        "hotspots": hotspots_picture.part(now, alerts=0, watched=0),
        "outages": outages(0, 0, now),
        "supply": supply(now, 0),
        "counties": counties(0),
        "alerts": alerts(0, now),
    }


def unserved(now: datetime) -> dict[str, Any]:
    """Nobody lists the customers served, and history is short."""
    body = supply(now, 0)
    none = dict.fromkeys(("saidi", "saifi", "caidi"))
    periods = {name: {**one, **none, "ordinary": {**one["ordinary"], **none}} for name, one in body["periods"].items()}
    return {**body, "periods": periods, "served": None, "threshold_min": None, "history_days": 12}


def stale(now: datetime) -> Bodies:
    return {"sources": sources(now, "stale", age_s=95 * 60.0)}


def no_data(now: datetime) -> Bodies:
    """Read, and there is nothing yet; nobody counts customers."""
    unknown: dict[str, Any] = {"customers_out": None, "count": None, "trend": None, "columns": {}}
    nothing = {
        "complaints": matters_picture.complaints(now, 0, 0, known=False),
        "revisits": matters_picture.revisits(now, 0, answered=False),
        "hotspots": hotspots_picture.part(now, alerts=0, watched=0, state="not_enough_history"),
        "supply": unserved(now),
    }
    return {**quiet(now), **nothing, "kpis": kpis(None, 0), "work": empty_work(), "outages": unknown}


def never(now: datetime) -> Bodies:
    none = hotspots_picture.part(now, alerts=0, watched=0, state="never")
    return {**no_data(now), "sources": sources(now, "never"), "hotspots": none}


def error(now: datetime) -> Bodies:
    return {"sources": sources(now, "error", age_s=40 * 60.0)}


def one(now: datetime) -> Bodies:
    return {
        "kpis": kpis(100.0, 1),
        "repairs": repairs(1, now),
        "work": crews(1, 1, 1),
        "complaints": matters_picture.complaints(now, 1, 1),
        "revisits": matters_picture.revisits(now, 1),
        "hotspots": hotspots_picture.part(now, watched=0),
        "outages": outages(1, 1, now),
        "supply": supply(now, 1),
        "counties": counties(1),
        "alerts": alerts(1, now),
    }


def many(now: datetime) -> Bodies:
    return {
        "kpis": kpis(99.95, 9999),
        "repairs": repairs(9999, now),
        "work": crews(1111, 9, 9999),
        "complaints": matters_picture.complaints(now, 9999, 9999),
        "revisits": matters_picture.revisits(now, 9999),
        "hotspots": hotspots_picture.part(now, alerts=30, severe=9, watched=99),
        "units": units(),
        "outages": outages(9999, 9_999_999, now),
        "supply": supply(now, 9999),
        "counties": counties(833),
        "alerts": alerts(9999, now),
    }


def long_names(now: datetime) -> Bodies:
    return {"units": units(long=True)}


def storm_of_long_names(now: datetime) -> Bodies:
    return {**storm(now), "units": units(long=True)}


SHOWN: Final = (
    afternoon,
    storm,
    flood,
    quiet,
    stale,
    no_data,
    never,
    error,
    one,
    many,
    long_names,
    storm_of_long_names,
)
STATES: Final[Mapping[str, Callable[[datetime], Bodies]]] = {state.__name__: state for state in SHOWN}
