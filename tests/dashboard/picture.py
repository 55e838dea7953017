"""One invented afternoon by hand, as the tick would show it, and a house that holds it. No source, no own clock."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from dashboard.board import Board
from dashboard.house import Params
from kpis.catalogue import CATALOGUE
from kpis.types import Refusal, UnknownKpi
from settings import Settings
from store.scope import Scope
from tests.dashboard import hotspots_picture, matters_picture

AFTERNOON = datetime(2026, 11, 20, 6, 32, 0, tzinfo=UTC)  # 14:32 at the site
COUNTIES = {
    "C1": ("云岭县", "Yunling County"),
    "C2": ("双溪县", "Shuangxi County"),
    "C3": ("青桥市", "Qingqiao City"),
    "C4": ("白石县", "Baishi County"),
    "C5": ("江城区", "Jiangcheng District"),
    "C6": ("临湖县", "Linhu County"),
}
STATIONS = {
    "S1": ("城东供电所", "Chengdong Station"),
    "S2": ("沙湾供电所", "Shawan Station"),
    "S3": ("大圩供电所", "Daxu Station"),
}
CREWS = {
    "S1B1": ("城东一班", "Chengdong crew 1"),
    "S2B1": ("沙湾一班", "Shawan crew 1"),
    "S3B1": ("大圩一班", "Daxu crew 1"),
}
FEEDERS = {"F1": ("东湖线", "Donghu Line"), "F2": ("沙湾线", "Shawan Line"), "F3": ("大圩线", "Daxu Line")}
KPIS = ("arrival_on_time_rate", "restoration_on_time_rate", "complaint_repeat_rate", "satisfaction_rate")
CRITICAL = "id rule clock county station feeder order_no since due_at customers"
FRESH_S = 15.0


@dataclass(frozen=True)
class HandPart:
    body: Mapping[str, Any]

    @property
    def version(self) -> str:
        return hashlib.sha256(json.dumps(self.body, sort_keys=True).encode()).hexdigest()[:12]


@dataclass(frozen=True)
class HandSnapshot:
    view: str
    now: datetime
    parts: Mapping[str, HandPart]


def ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)


def columns(names: str, *rows: tuple[Any, ...]) -> dict[str, list[Any]]:
    """Rows turned into columns; `names` separated by blanks."""
    return {name: [row[i] for row in rows] for i, name in enumerate(names.split())}


def repair(order: str, place: int, clock: str, left: tuple[int, float], alert: str | None = None) -> tuple[Any, ...]:
    """A row of the countdown list at AFTERNOON: minutes left and the share of its time that is gone."""
    left_min, used = left
    due = AFTERNOON + timedelta(minutes=left_min)
    whole_min = 120 if used >= 1 else max(1.0, left_min / (1 - used))
    start = due - timedelta(minutes=whole_min)
    station, feeder, county = f"S{place}", f"F{place}", ("C5", "C6", "C3")[place - 1]
    stage = "on_site" if clock == "restoration" else "on_the_way"
    customers = {"1001": 846, "1003": 438}.get(order, 1)
    crew = f"{station}B1"
    times = (ms(start), ms(due))
    return (order, "orders", county, station, feeder, crew, stage, clock, *times, 1, False, customers, alert, None)


REPAIR_NAMES = "order_no source county station feeder crew stage clock start_at due_at call_count critical customers"
REPAIR_NAMES += " alert alert_id"


REPAIRS = (
    repair("1001", 1, "restoration", (-18, 1.15), "raised"),
    repair("1002", 3, "arrival", (-7, 1.05), "acknowledged"),
    repair("1003", 2, "arrival", (6, 0.93)),
    repair("1004", 3, "arrival", (21, 0.8)),
    repair("1005", 1, "restoration", (82, 0.6)),
    repair("1006", 2, "restoration", (140, 0.2)),
)


USUAL = (4.0, 3, 2, 2, 2, 5, 10, 17, 22, 23, 22, 20, 19, 21, 22, 20, 19, 20, 21, 19, 14, 10, 7, 5)
BY_HOUR = (3, 2, 2, 1, 2, 4, 9, 16, 21, 24, 25, 22, 24, 38, 33)  # reports; the last hour is unfinished


def work() -> dict[str, Any]:
    """Stages and crews of REPAIRS, and a busy day."""
    low, high = [round(u * 0.6, 1) for u in USUAL], [round(u * 1.4, 1) for u in USUAL]
    rest = [None] * (24 - len(BY_HOUR))
    held = {"columns": columns("code open overdue", ("S1B1", 2, 1), ("S2B1", 2, 0), ("S3B1", 2, 1))}
    return {
        "stages": {"accepted": 0, "dispatched": 0, "on_the_way": 3, "on_site": 3, "restored_today": 203},
        "hours": {
            "today": [*BY_HOUR, *rest],
            "usual": list(USUAL),
            "low": low,
            "high": high,
            "days": 20,
            "hour": 14,
        },
        "so_far": sum(BY_HOUR),
        "usual_so_far": 183.7,
        "crews": {**held, "count": 3, "orders": 6, "over": 0, "unassigned": 0},
        "crew_capacity": 2,
    }


def supply(now: datetime = AFTERNOON, count: int = 2) -> dict[str, Any]:
    """Reliability so far, and `count` rows of each list of the page Outages."""
    at = ms(now)
    places = [("C5", "S1", "F1"), ("C6", "S2", "F2"), ("C3", "S3", "F3")]
    states = ("not_restored", "not_started", "running", "ahead", "done")
    notices = ("none", "late", "in_time", "in_time")
    plans, special, frequent = [], [], []
    for i in range(min(count, 40)):
        place, hour = places[i % 3], 3_600_000
        times = (at - 5 * hour, at - hour // 2 * (i % 4), at - 5 * hour)
        plans.append((f"P{i}", *place, "planned", *times, states[i % 5], notices[i % 4]))
        special.append(
            (f"O{i}", *place, "fault", at - 37 * hour // 20 * (i + 1), None, None if i % 3 else 5 + i, i % 7)
        )
        name = f"{i}号台区", f"line area {i}"
        frequent.append((*place, f"T{i}", *name, 9 - i % 7, 60.0 * (i + 1), at - hour * 30 * (i + 1), i % 6 == 5))
    figures = {
        "saidi": 1.4,
        "saifi": 0.0123,
        "caidi": 114.0,
        "customer_hours": 812.5,
        "n": 40,
        "running": 2,
        "flawed": 3,
    }
    ordinary = {**figures, "saidi": 1.2}
    period = {**figures, "ordinary": figures, "asai": 99.9, "event_days": 0}
    year = {**period, "saidi": 288.4, "saifi": 1.83, "ordinary": {**ordinary, "saidi": 241.0}, "event_days": 2}
    month = {**period, "saidi": 38.2, "saifi": 0.21, "ordinary": {**figures, "saidi": 38.2}}
    head = "outage_no county station feeder kind"
    return {
        "periods": {
            "today": period,
            "month": month,
            "year": year,
        },
        "served": 58_000.0,
        "threshold_min": 4.2,
        "history_days": 812,
        "deviation": "n-1",
        "plans": {
            "total": count,
            "not_restored": count // 5,
            "not_started": count // 5,
            "running": 0,
            "done": 0,
            "ahead": 0,
            "notice_missed": count // 2,
            "unannounced": 0,
            "columns": columns(f"{head} planned_start_at planned_end_at started_at state notice", *plans),
        },
        "special": {
            "sensitive": 7 * count,
            "important": count,
            "unsaid": 0,
            "count": count,
            "columns": columns(f"{head} started_at estimate_at sensitive_out important_out", *special),
        },
        "frequent": {
            "days": 60,
            "least": 3,
            "count": count,
            "customers": 90 * count,
            "columns": columns(
                "county station feeder transformer_area name_zh name_en n total_min last_at off", *frequent
            ),
        },
    }


def picture(now: datetime = AFTERNOON, **replace: Any) -> dict[str, HandPart]:
    """The parts of the whole site's view at `now`; `replace` gives bodies of parts to put in their place."""
    trend = [97.0, 97.4, 96.8, None, 97.9, 98.2, *[97.5] * 17, 97.6]
    kpi_rows = [
        ("arrival_on_time_rate", 97.6, 211, 206, 94.6, 99.0, 98.0, "higher", "ok", None, "work_orders", 1, trend, 97.9),
        (
            "restoration_on_time_rate",
            98.0,
            204,
            200,
            95.1,
            99.2,
            97.0,
            "higher",
            "ok",
            None,
            "work_orders",
            1,
            trend,
            97.6,
        ),
        ("complaint_repeat_rate", 14.3, 14, 2, 4.0, 39.9, 3.5, "lower", "ok", None, "work_orders", 1, None, None),
        ("satisfaction_rate", 96.2, 131, 126, 91.4, 98.4, 95.0, "higher", "ok", None, "surveys", 1, trend, 96.1),
    ]
    kpi_names = "key value n successes low high target better state level table definition_version trend previous"
    places: list[tuple[Any, ...]] = [("C5", "county", "P", *COUNTIES["C5"], 119.5, 30.5)]
    places += [(c, "county", "P", *names, None, None) for c, names in COUNTIES.items() if c != "C5"]
    places += [(c, "station", "C5", *names, None, None) for c, names in STATIONS.items()]
    places += [(c, "feeder", "S1", *names, 119.6, 30.4) for c, names in FEEDERS.items()]
    places += [(c, "crew", c[:2], *names, None, None) for c, names in CREWS.items()]
    read = ms(now - timedelta(seconds=3))
    bodies: dict[str, Any] = {
        "kpis": {
            "columns": columns(kpi_names, *kpi_rows),
            "window": dict(zip(KPIS, ("today", "today", "30d", "30d"), strict=True)),
        },
        "repairs": {
            "total": len(REPAIRS),
            "without_limit": 0,
            "columns": columns(REPAIR_NAMES, *REPAIRS),
        },
        "work": work(),
        "complaints": matters_picture.complaints(now),
        "revisits": matters_picture.revisits(now),
        "hotspots": hotspots_picture.part(now),
        "outages": {
            "customers_out": 1284,
            "count": 2,
            "trend": [300, 280, 240, 420, 360, 300, 260, 250, 230, 540, 900, 760, *[500] * 11, 1284],
            "columns": columns(
                "outage_no county station feeder kind customers_out started_at estimate_at lon lat",
                ("O1", "C5", "S1", "F1", "fault", 846, read - 3_600_000, read - 600_000, 119.55, 30.42),
                ("O2", "C6", "S2", "F2", "planned", 438, read - 7_200_000, read + 3_600_000, 120.3, 30.6),
            ),
        },
        "supply": supply(now),
        "counties": {
            "level": "county",
            "columns": columns(
                "code blue yellow orange red outages customers_out",
                ("C1", 0, 0, 0, 0, 0, 0),
                ("C2", 0, 0, 0, 0, 0, 0),
                ("C3", 0, 1, 0, 1, 0, 0),
                ("C4", 0, 0, 0, 0, 0, 0),
                ("C5", 1, 0, 0, 1, 1, 846),
                ("C6", 0, 0, 1, 0, 1, 438),
            ),
        },
        "alerts": {
            "open": {"orange": 1, "red": 2},
            "unacknowledged": {"orange": 1, "red": 1},
            "critical": {"columns": columns(CRITICAL)},
            "recent": 3,
            "flood": False,
            "log": {
                "columns": columns(
                    "id at rule level event subject county station feeder clock",
                    (7, read - 60_000, "repair_due", "orange", "raised", "1003", "C6", "S2", "F2", "arrival"),
                    (6, read - 120_000, "repair_due", "red", "acknowledged", "1002", "C3", "S3", "F3", "arrival"),
                    (5, read - 180_000, "repair_due", "red", "raised", "1001", "C5", "S1", "F1", "restoration"),
                )
            },
        },
        "units": {"columns": columns("code kind parent name_zh name_en lon lat", *places)},
        "sources": {
            "columns": columns(
                "name feeds as_of read_at fresh_s state error",
                ("orders", ["work_orders", "units"], read, read, FRESH_S, "ok", None),
                ("outage", ["outages"], read, read, FRESH_S, "ok", None),
                ("revisits", ["surveys"], read, read, FRESH_S, "ok", None),
            )
        },
    }
    return {name: HandPart(body) for name, body in (bodies | replace).items()}


def boundaries_file(folder: Path) -> Path:
    """Six squares, three by two, written counter-clockwise on purpose."""
    features = []
    for i, code in enumerate(COUNTIES):
        west, south = 118.0 + i % 3, 30.0 + (1 - i // 3)
        ring = [[west, south], [west + 1, south], [west + 1, south + 1], [west, south + 1], [west, south]]
        geometry = {"type": "Polygon", "coordinates": [ring]}
        features.append({"type": "Feature", "properties": {"code": code}, "geometry": geometry})
    file = folder / "areas.geojson"
    file.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    return file


def hand_settings(folder: Path, port: int = 8050, **walls: Any) -> Settings:
    orders = {"into": "work_orders", "table": "t", "key": "k", "columns": {"order_no": "n"}}
    return Settings.model_validate(
        {
            "site": {
                "name": "临江供电服务",
                "name_en": "Linjiang power service",
                "boundaries": boundaries_file(folder),
            },
            "node": {"port": port, "var": folder},
            "sources": {"orders": {"url": "sqlite://", "tables": [orders]}},
            "walls": {"main": {}, "english": {"language": "en"}, **walls},
        }
    )


@dataclass
class HandHouse:
    """A house without rooms: what the dashboard asks for is answered from fields."""

    settings: Settings
    release: str = "1"
    site_now: datetime = AFTERNOON
    board: Board = field(init=False)
    catalogue: Mapping[str, Any] = field(default_factory=dict)
    ledger: Any = None
    phones: Callable[[int], list[dict[str, Any]]] | None = None
    answers: dict[str, Any] = field(default_factory=dict)  # of `ask`, by command; a function is given the arguments
    asked: list[tuple[Scope, str, Params]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.board = Board(self.release)

    def show(self, view: str = "situation", **replace: Any) -> None:
        self.board.show(HandSnapshot(view, self.site_now, picture(self.site_now, **replace)))

    def now(self) -> datetime:
        return self.site_now

    def reader(self, scope: Scope) -> Any:
        raise NotImplementedError("no facts here")

    def metrics(self) -> bytes:
        return b"lightkeeper_up 1.0\n"

    def health(self) -> dict[str, Any]:
        return {"status": "ok"}

    def ready(self) -> tuple[bool, dict[str, Any]]:
        return self.board.latest("situation") is not None, {"board": "situation"}

    def may_hand_in(self, secret: str) -> bool:
        return False

    def take_reply(self, sender: str, text: str) -> tuple[int, str, int | None]:
        raise NotImplementedError("no gateway here")

    def ask(self, scope: Scope, command: str, args: Mapping[str, Any]) -> Any:
        answer = self.answers[command]
        return answer(args) if callable(answer) else answer

    def kpi(self, scope: Scope, key: str, params: Params) -> list[dict[str, Any]]:
        self.asked.append((scope, key, params))
        if key != "arrival_on_time_rate":
            raise UnknownKpi(key, CATALOGUE)
        if set(params) - {"by"}:
            raise Refusal(f"{sorted(params)[0]}: not here; use by")
        return [{"key": key, "value": 97.6}]
