"""A small district: sixteen feeders, seventy days of complaints, and rises planted by the tests."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa

from catchup import calendar_of, derivations
from collectors.batch import REJECTS, Batch
from commands import ANSWERS
from gathering import threshold
from gathering.turns import Gathering
from settings import Settings, load
from store.facts import schema
from store.facts.db import Facts
from store.ledger import hotspots, open_ledger
from store.scope import Scope

ZONE: Final = ZoneInfo("Asia/Shanghai")
NOW: Final = datetime(2026, 3, 18, 10, 5, tzinfo=ZONE)
DAYS: Final = 70
PER_DAY: Final = 14.0
FEEDERS: Final = tuple(f"F{n:02}" for n in range(16))
PLANTED: Final = "F06"
ALL: Final = Scope.everything("test")
TEXTS: Final = ("对账单金额有疑问", "咨询缴费渠道", "抄表日期不符", "办理更名手续不便")
TROUBLE: Final = ("灯光昏暗，电压偏低，电机启动困难", "电压偏低，灯光闪烁", "灯光昏暗，水泵电机转不动")
CONFIG: Final = """
[site]
name = "守灯人"
zone = "Asia/Shanghai"
key = "a-district-key-that-protects-nobody"

[node]
var = "{folder}/var"

[sources.city]
url = "sqlite:///{folder}/none.db"

[[sources.city.tables]]
into = "work_orders"
table = "orders"
key = "no"

[hotspots]
{more}
"""
Row = dict[str, Any]


def station_of(feeder: str) -> str:
    return f"S{int(feeder[1:]) // 4}"


def county_of(feeder: str) -> str:
    return f"C{int(feeder[1:]) // 8}"


def units() -> list[Row]:
    rows: list[tuple[str, str, str | None, str]] = [("X", "city", None, "临河市")]
    rows += [(c, "county", "X", f"{c}县") for c in ("C0", "C1")]
    rows += [(f"S{n}", "station", f"C{n // 2}", f"柳河{n}供电所") for n in range(4)]
    rows += [(feeder, "feeder", station_of(feeder), f"10kV{n}号线") for n, feeder in enumerate(FEEDERS)]
    points = {feeder: (114.0 + 0.02 * (n % 4), 30.0 + 0.02 * (n // 4)) for n, feeder in enumerate(FEEDERS)}
    return [
        {"source_key": code, "code": code, "kind": kind, "parent": parent, "name_zh": name, "name_en": name}
        | dict(zip(("lon", "lat"), points.get(code, (None, None)), strict=True))
        for code, kind, parent, name in rows
    ]


def order(number: int, feeder: str | None, at: datetime, matter: str = "bill", **other: Any) -> Row:
    key = f"G{number:05}"
    place = {"city": "X", "county": feeder and county_of(feeder), "station": feeder and station_of(feeder)}
    return {
        "source_key": key, "order_no": key, "category": "complaint", "subcategory_1": matter, "feeder": feeder, **place,
        "identity_key": key, "accepted_at": at.astimezone(UTC), "status": "closed", **other,
    }  # fmt: skip


def usual(
    days: int = DAYS, per_day: float = PER_DAY, until: datetime = NOW, seed: int = 7, first: int = 0
) -> list[Row]:
    """Complaints as they always come: by day and night, none oftener at one feeder than at another."""
    rng = np.random.default_rng(seed)
    n = int(rng.poisson(per_day, days).sum())
    minutes, at = rng.integers(0, days * 1440, n), rng.integers(0, len(FEEDERS), n)
    matters = rng.choice(["bill", "meter", "voltage"], n, p=[0.5, 0.35, 0.15])
    return [
        order(first + k, FEEDERS[f], until - timedelta(minutes=int(m)), str(matter))
        for k, (m, f, matter) in enumerate(zip(minutes, at, matters, strict=True))
    ]


def planted(
    n: int, hours: float, until: datetime = NOW, feeder: str = PLANTED, first: int = 50_000, **other: Any
) -> list[Row]:
    """`n` complaints about voltage at `feeder` in the last `hours`, evenly."""
    return [
        order(first + k, feeder, until - timedelta(hours=hours * (n - k) / n, minutes=20), "voltage", **other)
        for k in range(n)
    ]


class Desk:
    """A node's desk without a node: facts, a ledger, a clock that stands where it is put, and a gathering."""

    def __init__(self, folder: Path, more: str = 'categories = ["complaint"]\nhistories = 20') -> None:
        file = folder / "lightkeeper.toml"
        file.write_text(CONFIG.format(folder=folder, more=more), encoding="utf-8")
        self.settings: Settings = load(file)
        self.settings.node.var.mkdir(exist_ok=True)
        self.at = NOW
        self.facts = Facts(Path(":memory:"), str(ZONE))
        self.ledger = open_ledger(f"sqlite:///{folder}/ledger.db")
        self._derive = derivations(self.settings)
        self.put("units", units())
        self.gathering = self.again()

    def again(self) -> Gathering:
        """As after a restart."""
        self.gathering = Gathering(self.settings, self.facts, self.ledger, calendar_of(self.settings))
        return self.gathering

    def now(self) -> datetime:
        return self.at.astimezone(UTC)

    def put(self, table: str, rows: list[Row], texts: Mapping[str, str] | None = None) -> None:
        """What a collector hands over at this moment."""
        shape = schema.arrow_schema(schema.TABLES[table], derived=False)
        filled = [
            dict.fromkeys(shape.names) | {"source": "city", "row_hash": hash(str(r)) % 2**63, "read_at": self.now()} | r
            for r in rows
        ]
        self.facts.merge(_batch(table, pa.Table.from_pylist(filled, shape), self.now(), texts), self._derive)

    def look(self, hours: float = 0, rows: list[Row] | None = None, texts: Mapping[str, str] | None = None) -> bool:
        """`hours` later the sources are read, and a look is due."""
        self.at += timedelta(hours=hours)
        self.put("work_orders", rows or [], texts)
        return self.gathering.turn(self.now())

    def ask(self, command: str = "hotspots", scope: Scope = ALL, **args: Any) -> Any:
        return ANSWERS[command](self, scope, args)

    def open_ones(self) -> list[Mapping[str, Any]]:
        return [h for h in self.ask()["hotspots"] if h["state"] == "open"]

    def fit(self) -> Row:
        """A threshold from few histories, in this process; a node has a child do it."""
        sight = self.gathering.eyes.sight(self.now().replace(minute=0, second=0, microsecond=0), 90)
        options = self.gathering.options
        task = threshold.task(sight, options, is_first=True)
        threshold.store(self.ledger, options, task, threshold.fitted_here(task), self.now(), guard=False)
        found = hotspots.calibration(self.ledger, threshold.fingerprint(options))
        assert found is not None
        return {name: found[name] for name in ("fitted_at", "fingerprint", "kept_because", "body")} | {"histories": 20}

    def close(self) -> None:
        self.gathering.close()
        self.facts.close()
        self.ledger.close()


def _batch(table: str, rows: pa.Table, now: datetime, texts: Mapping[str, str] | None) -> Batch:
    personal = None
    if texts:
        shape = schema.arrow_schema(schema.TABLES["personal"], derived=False)
        said = [
            dict.fromkeys(shape.names)
            | {"source": "city", "source_key": key, "record": "work_order", "text": text, "read_at": now, "row_hash": 1}
            | {"name": f"张小{key}", "phone": f"1380000{key[1:]}", "address": f"柳河镇{key}号"}
            for key, text in texts.items()
        ]
        personal = pa.Table.from_pylist(said, shape)
    return Batch(
        source="city", mapping=f"{table}->{table}", table=table, rows=rows, personal=personal,
        rejects=REJECTS.empty_table(), whole=False, vanished=None, cursor=None, after=None, source_now=now, read_at=now,
        more=False, suspicion=None, queries=1, query_s=0.0, is_slow=table == "units",
    )  # fmt: skip
