"""From rows of a source database to the text on a phone, through the parts of a real node."""

import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import node
import site_clock
from alerts import channels
from alerts.delivery import send_due
from settings import load
from store.ledger import hotspots
from tests.alerts.receivers import Hook, hook
from tests.gathering.district import CONFIG, NOW, ZONE, Row, planted, units, usual

COLUMNS = (
    "source_key", "order_no", "category", "subcategory_1", "city", "county", "station", "feeder", "identity_key",
    "accepted_at", "status", "changed",
)  # fmt: skip
UNITS = ("source_key", "code", "kind", "parent", "name_zh", "name_en", "lon", "lat")
SOURCE = """
[sources.city]
url = "sqlite:///{folder}/source.db"
clock = "clock.shows"
fresh_s = 3600

[[sources.city.tables]]
into = "work_orders"
table = "orders"
key = "source_key"
changed_at = "changed"
time_format = "%Y-%m-%d %H:%M:%S"
identity = ["identity_key"]

[sources.city.tables.columns]
{orders}

[[sources.city.tables]]
into = "units"
table = "units"
key = "source_key"
every_s = 600

[sources.city.tables.columns]
{units}

[channels.hook]
url = "json://127.0.0.1:{port}/{{to}}"

[[routes]]
rule = ["hotspot", "wide_rise"]
to = ["hook:duty"]

[[routes]]
to = ["hook:others"]

[hotspots]
categories = ["complaint"]
histories = 20
"""


class Clock(site_clock.Clock):
    """A clock that stands where it is put."""

    at: datetime = NOW

    def now(self) -> datetime:
        return self.at.astimezone(UTC)


class House:
    def __init__(self, folder: Path, phone: Hook, fitted: dict[str, Any]) -> None:
        self.folder, self.phone, self.clock = folder, phone, Clock()
        with self._db() as db:
            db.execute(f"CREATE TABLE orders ({', '.join(COLUMNS)})")
            db.execute(f"CREATE TABLE units ({', '.join(UNITS)})")
            db.execute("CREATE TABLE clock (shows)")
            marks = ", ".join("?" * len(UNITS))
            db.executemany(f"INSERT INTO units VALUES ({marks})", [tuple(u[c] for c in UNITS) for u in units()])  # noqa: S608
        self.write(usual())
        file = folder / "lightkeeper.toml"
        own = ("source_key", "identity_key", "changed")
        orders = "\n".join(f'{c} = "{c}"' for c in COLUMNS if c not in own)
        of_units = "\n".join(f'{c} = "{c}"' for c in UNITS if c != "source_key")
        head = CONFIG.split("[sources.city]")[0].format(folder=folder)
        file.write_text(head + SOURCE.format(folder=folder, orders=orders, units=of_units, port=phone.port), "utf-8")
        self.node = node.Node(load(file), self.clock)
        hotspots.add_calibration(self.node.ledger, fitted)

    def _db(self) -> sqlite3.Connection:
        return sqlite3.connect(self.folder / "source.db")

    def write(self, rows: list[Row]) -> None:
        marks = ", ".join("?" * len(COLUMNS))
        local = [{**r, "accepted_at": _wall(r["accepted_at"]), "changed": _wall(self.clock.at)} for r in rows]
        with self._db() as db:
            db.executemany(f"INSERT INTO orders VALUES ({marks})", [tuple(r[c] for c in COLUMNS) for r in local])  # noqa: S608

    def look(self, hours: float = 0) -> list[str]:
        """What a node does in so many hours; the texts that came on the phone, but that of a slow machine."""
        self.clock.at += timedelta(hours=hours)
        shown = self.clock.at.astimezone(ZONE).replace(microsecond=0)
        with self._db() as db:
            db.execute("DELETE FROM clock")
            db.execute("INSERT INTO clock VALUES (?)", (_wall(shown),))
        for _ in range(400):
            self.node.tick()
            known = self.node.gathering.eyes.known(self.node.now())
            if known is not None and known >= shown:
                break
        assert self.node.gathering.turn(self.node.now())
        self.node.tick()
        before = len(self.phone.taken)
        send_due(self.node.ledger, channels.make(self.node.settings.channels), lambda: datetime.now(UTC))
        texts = [f"{m['title']}\n{m['message']}" for m in self.phone.taken[before:]]
        return [text for text in texts if "tick_late" not in text]


def _wall(at: datetime) -> str:
    return f"{at.astimezone(ZONE):%Y-%m-%d %H:%M:%S}"


@pytest.fixture
def house(tmp_path: Path, fitted: dict[str, Any]) -> Iterator[House]:
    with hook() as phone:
        made = House(tmp_path, phone, fitted)
        yield made
        made.node.close()


def test_a_hotspot_and_a_rise_everywhere_ring_the_phone(house: House) -> None:
    assert house.look() == []
    house.write(planted(20, 12, NOW + timedelta(hours=1)))
    (text,) = house.look(hours=1)
    assert text.startswith("【守灯人】红色：10kV6号线：诉求热点：20件，常态")
    assert "C0县" in text
    assert "偶然" in text
    house.write(usual(days=1, per_day=60, until=NOW + timedelta(hours=13), seed=5, first=70_000))
    (text,) = [t for t in house.look(hours=25) if "诉求普遍上升" in t]
    assert "处置手册：wide_rise" in text
