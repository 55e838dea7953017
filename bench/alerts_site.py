"""A site for the bench of alerts: one table of orders that the bench writes, a node with rules of its own, a receiver.

The rival reads the same table (bench.alerts_rival).
"""

import re
import sqlite3
import time
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from bench.robots import Robot

LIMIT_S: Final = 45 * 60  # of an urban arrival, by the shipped limits
SETTINGS: Final = """rules = "rules.toml"

[site]
name = "台架"
name_en = "Bench"
zone = "Asia/Shanghai"

[node]
var = "{folder}"
tick_s = 1.0

[sources.feed]
url = "sqlite:///{feed}"
poll_s = 1.0
fresh_s = 3600

[[sources.feed.tables]]
into = "work_orders"
table = "orders"
key = "order_no"
changed_at = "changed_at"
time_format = "epoch_ms"

[sources.feed.tables.columns]
order_no = "order_no"
category = {{ const = "fault_report" }}
area_class = {{ const = "urban" }}
status = {{ const = "open" }}
station = "station"
accepted_at = "accepted_at"
arrived_at = "arrived_at"
is_leapfrog = "is_leapfrog"

[channels.hook]
kind = "webhook"
url = "{hook}"

[[routes]]
to = ["hook"]

[walls.main]
"""
RULES: Final = """[[rule]]
key = "repair_due"
version = 1
watches = "order_clock"
on = { clocks = ["arrival"] }
what = "An arrival limit has passed"
owner = "county duty officer"
action = "Call the crew"
runbook = "repair_due"
levels = [{ level = "red", over_percent = 100, tell_clear = true }]

[[rule]]
key = "demand_escalated"
version = 1
watches = "order_flag"
on = { flags = ["leapfrog"] }
what = "A demand went past the normal level"
owner = "service duty officer"
action = "Tell the leader on duty"
runbook = "demand_escalated"
levels = [{ level = "orange" }]
"""
_ORDER: Final = re.compile(r"B\d{6}")


@dataclass
class Site:
    """A folder with the source, and the settings of a node that sends to `hook`."""

    folder: Path
    hook: str

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        text = SETTINGS.format(folder=self.folder, feed=self.feed, hook=self.hook)
        (self.folder / "lightkeeper.toml").write_text(text, encoding="utf-8")
        (self.folder / "rules.toml").write_text(RULES, encoding="utf-8")
        with closing(sqlite3.connect(self.feed)) as db, db:
            db.execute("PRAGMA journal_mode=WAL")
            db.execute(
                "CREATE TABLE IF NOT EXISTS orders (order_no TEXT PRIMARY KEY, station TEXT, accepted_at INTEGER,"
                " arrived_at INTEGER, is_leapfrog INTEGER, changed_at INTEGER)"
            )
            db.execute("CREATE INDEX IF NOT EXISTS changed ON orders (changed_at)")

    @property
    def feed(self) -> Path:
        return self.folder.resolve() / "feed.db"

    @property
    def arguments(self) -> list[str]:
        """Of app.py."""
        return ["run", "--config", str(self.folder / "lightkeeper.toml")]

    def report(self, numbers: Iterable[int], due: Sequence[float], *, leapfrog: bool = False) -> float:
        """One commit of orders whose arrival limits are `due` (epoch seconds); when it was done."""
        now = int(time.time() * 1000)
        rows = [
            (f"B{n:06d}", f"S{n % 100}", round((at - LIMIT_S) * 1000), None, int(leapfrog), now)
            for n, at in zip(numbers, due, strict=True)
        ]
        with closing(sqlite3.connect(self.feed, timeout=30)) as db, db:
            db.executemany("INSERT INTO orders VALUES (?, ?, ?, ?, ?, ?)", rows)
        return time.time()

    def arrive(self, numbers: Iterable[int]) -> float:
        """The crews of these orders are there."""
        now = int(time.time() * 1000)
        with closing(sqlite3.connect(self.feed, timeout=30)) as db, db:
            db.executemany(
                "UPDATE orders SET arrived_at = ?, changed_at = ? WHERE order_no = ?",
                [(now, now, f"B{n:06d}") for n in numbers],
            )
        return time.time()


@dataclass(frozen=True)
class Heard:
    """One order that a receiver was told of. `at`: epoch seconds; `key` is empty where the sender has none."""

    number: int
    is_clear: bool
    at: float
    key: str = ""


def heard(robot: Robot) -> list[Heard]:
    """All that a receiver was told by a node or an Alertmanager, in the order in which it came."""
    offset = time.time() - time.monotonic()
    found = []
    for one in list(robot.taken):
        for message in one.body.get("messages", ()):
            of_order = _ORDER.search(message["title"] + message["body"])
            if of_order:
                is_clear = any(f.get("event") == "cleared" for f in message["alerts"])
                found.append(Heard(int(of_order[0][1:]), is_clear, one.at + offset, message["key"]))
        for alert in one.body.get("alerts", ()):
            if "order" in alert.get("labels", {}):
                is_clear = alert["status"] == "resolved"
                found.append(Heard(int(alert["labels"]["order"][1:]), is_clear, one.at + offset))
    return found


def wait_for(robot: Robot, numbers: Iterable[int], limit_s: float, *, is_clear: bool = False) -> dict[int, float]:
    """When the receiver first heard of each of `numbers`; those not heard within `limit_s` are missing."""
    wanted, until = set(numbers), time.monotonic() + limit_s
    while True:
        first: dict[int, float] = {}
        for one in heard(robot):
            if one.number in wanted and one.is_clear == is_clear:
                first.setdefault(one.number, one.at)
        if len(first) == len(wanted) or time.monotonic() > until:
            return first
        time.sleep(0.1)


def p95(values: Iterable[float]) -> float | None:
    found = list(values)
    return round(float(np.percentile(found, 95)), 3) if found else None
