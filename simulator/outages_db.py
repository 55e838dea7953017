"""Outages as an English-worded system keeps them, with the network tree: epoch milliseconds, its clock in ISO text."""

import sqlite3
from typing import Any, Final

import numpy as np
import pandas as pd

from simulator.customers import served
from simulator.instants import NEVER, Seconds, epoch_ms, instant
from simulator.names import AREA_CLASSES, CAUSES, CITY_CODE
from simulator.network import Areas, Network
from simulator.repairs import col

SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS unit (code TEXT PRIMARY KEY, parent_code TEXT, unit_type TEXT, name_zh TEXT, name_en TEXT,
    area_type TEXT, longitude REAL, latitude REAL);
CREATE TABLE IF NOT EXISTS served_customers (id INTEGER PRIMARY KEY, area_code TEXT, feeder_code TEXT,
    station_code TEXT, county_code TEXT, city_code TEXT, customer_type TEXT, tier_code TEXT, customers INTEGER,
    sensitive INTEGER, important INTEGER);
CREATE TABLE IF NOT EXISTS staff (staff_code TEXT PRIMARY KEY, duty TEXT, unit_code TEXT, full_name TEXT, phone TEXT,
    email TEXT, language TEXT);
CREATE TABLE IF NOT EXISTS outage (outage_id TEXT PRIMARY KEY, outage_type TEXT, city_code TEXT, county_code TEXT,
    station_code TEXT, grid_code TEXT, feeder_code TEXT, area_code TEXT, area_type TEXT, longitude REAL, latitude REAL,
    customers_out INTEGER, sensitive_out INTEGER, important_out INTEGER, start_time INTEGER, restore_time INTEGER,
    estimated_restore INTEGER, plan_start INTEGER, plan_end INTEGER, notice_time INTEGER, cause TEXT, cause_detail TEXT,
    weather TEXT, crew_state TEXT, modified INTEGER);
CREATE INDEX IF NOT EXISTS outage_modified ON outage (modified);
CREATE TABLE IF NOT EXISTS outage_area (outage_id TEXT, area_code TEXT, customers INTEGER, off_time INTEGER,
    on_time INTEGER, modified INTEGER, PRIMARY KEY (outage_id, area_code));
CREATE INDEX IF NOT EXISTS outage_area_modified ON outage_area (modified);
CREATE TABLE IF NOT EXISTS outage_event (event_id TEXT PRIMARY KEY, outage_id TEXT, event_type TEXT, event_time INTEGER,
    estimated_restore INTEGER, remark TEXT, modified INTEGER);
CREATE INDEX IF NOT EXISTS outage_event_modified ON outage_event (modified);
CREATE TABLE IF NOT EXISTS system_clock (id INTEGER PRIMARY KEY, time_now TEXT);
"""
INSERT_OUTAGE: Final = "INSERT OR REPLACE INTO outage VALUES (?" + ", ?" * 24 + ")"
INSERT_AREA: Final = "INSERT OR REPLACE INTO outage_area VALUES (?, ?, ?, ?, ?, ?)"
INSERT_EVENT: Final = "INSERT OR REPLACE INTO outage_event VALUES (?, ?, ?, ?, ?, ?, ?)"
_TYPES: Final = ("PLANNED", "TEMPORARY", "FAULT")
_EVENTS: Final = ("ETR_SET", "ETR_CHANGED", "CREW", "NOTICE")
_WORDS: Final = (
    "notice published",
    "first estimate",
    "estimate changed",
    "crew assigned",
    "crew on the way",
    "crew on site",
)


def fill_network(db: sqlite3.Connection, net: Network) -> None:
    """Units, served customers and staff, which do not change."""
    db.executemany(
        "INSERT OR REPLACE INTO unit VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [(u.code, u.parent, u.kind, u.zh, u.en, u.area_class, u.lon, u.lat) for u in net.units],
    )
    a = net.areas
    db.executemany(
        "INSERT OR REPLACE INTO served_customers VALUES (?" + ", ?" * 10 + ")",
        [
            (n, a.code[s.area], a.feeder[s.area], a.station[s.area], a.county[s.area], CITY_CODE, s.kind, s.tier,
             s.customers, s.sensitive, s.important)
            for n, s in enumerate(served(a), 1)
        ],
    )  # fmt: skip
    db.executemany(
        "INSERT OR REPLACE INTO staff VALUES (?, ?, ?, ?, ?, ?, ?)",
        [(p.code, p.role, p.unit, p.name, p.phone, p.email, p.language) for p in net.people],
    )


def _out(areas: Areas, frame: pd.DataFrame, parts: pd.DataFrame, now: int) -> pd.DataFrame:
    """Customers out per outage: as of `now` while it runs, as of its last moment after."""
    mine = parts[np.isin(col(parts, "number"), col(frame, "number"))]
    restored = dict(zip(col(frame, "number").tolist(), col(frame, "restored").tolist(), strict=True))
    last = np.array([min(now, restored[n] - 1) for n in col(mine, "number").tolist()], dtype=np.int64)
    dark = mine[(col(mine, "off") <= last) & (last < col(mine, "on"))]
    dark = dark.assign(important=areas.high_voltage[col(dark, "area")] * (col(dark, "area") % 10 == 0))
    return dark.groupby("number")[["customers", "important"]].sum().reindex(col(frame, "number"), fill_value=0)


def outage_rows(
    areas: Areas, frame: pd.DataFrame, changed_at: Seconds, parts: pd.DataFrame, now: int
) -> list[tuple[Any, ...]]:
    a = col(frame, "lead")
    out = _out(areas, frame, parts, now)
    started, done = col(frame, "started") <= now, col(frame, "restored") <= now
    people = [n if s else None for n, s in zip(out["customers"].tolist(), started, strict=True)]
    important = [n if s else None for n, s in zip(out["important"].tolist(), started, strict=True)]
    second = col(frame, "second_at") <= now
    estimate = np.where(second, col(frame, "second_estimate"), col(frame, "first_estimate"))
    estimate = np.where(col(frame, "first_at") <= now, estimate, NEVER)
    crew = np.select(
        [done, col(frame, "on_site") <= now, col(frame, "under_way") <= now, col(frame, "assigned") <= now],
        ["done", "on_site", "on_the_way", "assigned"],
        "",
    ).tolist()
    causes = [CAUSES[c] if k == 2 else ("计划", "检修") for c, k in zip(frame["cause"], frame["kind"], strict=True)]
    return list(
        zip(
            (f"TD{n}" for n in col(frame, "number").tolist()), [_TYPES[k] for k in col(frame, "kind").tolist()],
            [CITY_CODE] * len(frame), areas.county[a].tolist(), areas.station[a].tolist(), areas.grid[a].tolist(),
            areas.feeder[a].tolist(), areas.code[a].tolist(), [AREA_CLASSES[c] for c in areas.area_class[a].tolist()],
            areas.lon[a].tolist(), areas.lat[a].tolist(), people, [n // 50 if n is not None else None for n in people],
            important, epoch_ms(col(frame, "started"), now), epoch_ms(col(frame, "restored"), now),
            epoch_ms(estimate, NEVER - 1), epoch_ms(col(frame, "planned_start"), NEVER - 1),
            epoch_ms(col(frame, "planned_end"), NEVER - 1), epoch_ms(col(frame, "announced"), now),
            [c[0] for c in causes], [c[1] for c in causes],
            ["大风雷雨" if s else "正常" for s in col(frame, "is_stormy").tolist()], [c or None for c in crew],
            epoch_ms(changed_at, now),
            strict=True,
        )
    )  # fmt: skip


def area_rows(areas: Areas, frame: pd.DataFrame, changed_at: Seconds, now: int) -> list[tuple[Any, ...]]:
    return list(
        zip(
            (f"TD{n}" for n in col(frame, "number").tolist()), areas.code[col(frame, "area")].tolist(),
            col(frame, "customers").tolist(), epoch_ms(col(frame, "off"), now), epoch_ms(col(frame, "on"), now),
            epoch_ms(changed_at, now), strict=True,
        )
    )  # fmt: skip


def event_rows(frame: pd.DataFrame, now: int) -> list[tuple[Any, ...]]:
    at, kinds, words = epoch_ms(col(frame, "at"), now), col(frame, "kind").tolist(), col(frame, "word").tolist()
    estimate = epoch_ms(col(frame, "estimate"), NEVER - 1)
    return [
        (f"E{e}", f"TD{n}", _EVENTS[k], t, s, _WORDS[w], t)
        for e, n, k, t, s, w in zip(
            col(frame, "event_no").tolist(), col(frame, "number").tolist(), kinds, at, estimate, words, strict=True
        )
    ]


def tick(db: sqlite3.Connection, now: int) -> None:
    """Sets the database's own clock."""
    db.execute("INSERT OR REPLACE INTO system_clock VALUES (1, ?)", (instant(now).isoformat(),))
