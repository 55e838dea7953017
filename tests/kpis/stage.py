"""Small worlds for the tests of the KPI layer: rows in words, times on the site's clock of one Friday."""

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import pandas as pd
import pyarrow as pa

from collectors.batch import REJECTS, Batch
from kpis.calendars_file import load as load_calendar
from kpis.derive import Rules, derivers
from kpis.limits_file import load
from store.facts import schema
from store.facts.db import Facts
from store.scope import Scope

ZONE: Final = ZoneInfo("Asia/Shanghai")
DAY: Final = datetime(2026, 11, 20, tzinfo=ZONE)
NOW: Final = DAY + timedelta(hours=14, minutes=32)
CALENDAR: Final = load_calendar(str(ZONE))
Row = dict[str, Any]


def at(clock: str, days: int = 0) -> datetime:
    """The moment at which the site's clock shows `clock`, `days` days after the Friday."""
    hour, minute = (int(part) for part in clock.split(":"))
    return (DAY + timedelta(days=days, hours=hour, minutes=minute)).astimezone(UTC)


def _row(key: str, fields: Mapping[str, Any]) -> Row:
    row: Row = {"source": "city", "source_key": key, **fields}
    return {
        name: at(value) if name.endswith("_at") and isinstance(value, str) else value for name, value in row.items()
    }


def fault(key: str, accepted: str | datetime = "08:00", **fields: Any) -> Row:
    """An urban fault report: 45 min to arrive, 180 min from arrival to restore."""
    kind: Row = {"category": "fault_report", "area_class": "urban", "status": "open", "order_no": key}
    place = {"city": "LJ", "county": "A", "station": "A1", "feeder": "F1"}
    return _row(key, {**kind, **place, "accepted_at": accepted, **fields})


def complaint(key: str, accepted: str | datetime = "08:00", **fields: Any) -> Row:
    return fault(key, accepted, **{"category": "complaint", "area_class": None, **fields})


def survey(key: str, asked: str | datetime = "09:00", **fields: Any) -> Row:
    place = {"city": "LJ", "county": "A", "station": "A1"}
    return _row(key, {"survey_no": key, **place, "asked_at": asked, **fields})


def outage(key: str, started: str | datetime = "12:00", **fields: Any) -> Row:
    place = {"city": "LJ", "county": "A", "station": "A1", "feeder": "F1"}
    return _row(key, {"outage_no": key, "kind": "fault", **place, "started_at": started, **fields})


def area(outage_no: str, name: str, customers: int | None, off: str, on: str | None = None) -> Row:
    fields = {"outage_no": outage_no, "transformer_area": name, "customers": customers, "off_at": off, "on_at": on}
    return _row(f"{outage_no}-{name}-{off}", fields)


def unit(code: str, kind: str, parent: str | None = None) -> Row:
    return _row(code, {"code": code, "kind": kind, "parent": parent, "name_zh": code, "name_en": code})


UNITS: Final = [
    unit("LJ", "city"),
    *(unit(code, "county", "LJ") for code in ("A", "B")),
    *(unit(code, "station", code[0]) for code in ("A1", "A2", "B1")),
    *(unit(code, "feeder", station) for code, station in (("F1", "A1"), ("F2", "A2"), ("F3", "B1"))),
    unit("G1", "grid", "A1"),
]


class Stage:
    """Rows merged into real facts as a collector hands them over, and a reader of all of them."""

    def __init__(self, **tables: Sequence[Row]) -> None:
        self.facts = Facts(Path(":memory:"), str(ZONE))
        for name, rows in tables.items():
            merged(self.facts, name, rows, derivers(Rules(load(), CALENDAR)))
        self._reader = self.facts.read(Scope.everything("test"))
        self.asked = 0

    def merge(self, name: str, rows: pa.Table) -> None:
        self.facts.merge(_batch(name, rows), derivers(Rules(load(), CALENDAR)))

    def table(self, name: str) -> Any:
        return self._reader.table(name)

    def frame(self, expr: Any, now: datetime) -> pd.DataFrame:
        self.asked += 1
        return self._reader.frame(expr, now)

    def ask(self, shape: Hashable, make: Callable[[], Any], now: datetime, values: Mapping[str, Any]) -> pd.DataFrame:
        self.asked += 1
        return self._reader.ask(shape, make, now, values)

    def batches(self, expr: Any, now: datetime) -> Iterator[Any]:
        return self._reader.batches(expr, now)

    def time_hole(self, name: str) -> datetime:
        return self._reader.time_hole(name)

    def kept(self, name: Hashable, table: str, make: Callable[[], Any]) -> Any:
        return self._reader.kept(name, table, make)

    def weeks(self, *asked: Any) -> pd.DataFrame:
        return self._reader.weeks(*asked)


def merged(facts: Facts, name: str, rows: Sequence[Row], derive: Any) -> None:
    """Merges `rows` into table `name`; what they do not say is null."""
    shape = schema.arrow_schema(schema.TABLES[name], derived=False)
    filled = [dict.fromkeys(shape.names) | {"row_hash": 1, "read_at": NOW} | row for row in rows]
    facts.merge(_batch(name, pa.Table.from_pylist(filled, shape)), derive)


def _batch(name: str, rows: pa.Table) -> Batch:
    return Batch(
        source="city",
        mapping=f"{name}->{name}",
        table=name,
        rows=rows,
        personal=None,
        rejects=REJECTS.empty_table(),
        whole=False,
        vanished=None,
        cursor=None,
        after=None,
        source_now=NOW,
        read_at=NOW,
        more=False,
        suspicion=None,
        queries=1,
        query_s=0.0,
    )
