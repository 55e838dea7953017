"""The three source databases and the truth beside them, written as of one instant."""

import sqlite3
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from simulator import orders_db, outages_db, surveys_db, truth
from simulator.courses import Courses
from simulator.day import Injected
from simulator.events import MERGED, SUPERVISED, TRANSFERRED, URGED
from simulator.instants import Seconds
from simulator.names import CONNECTION, FAULT
from simulator.network import Areas, Network
from simulator.repairs import col
from simulator.turns import shown

FILES: Final = {
    "orders": orders_db.SCHEMA,
    "outages": outages_db.SCHEMA,
    "surveys": surveys_db.SCHEMA,
    "truth": truth.SCHEMA,
}


class Databases:
    """Open connections to the four files; every method leaves a transaction open until `commit`."""

    def __init__(self, folder: Path, net: Network) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.net = net
        self.by_name: dict[str, sqlite3.Connection] = {}
        for name, schema in FILES.items():
            db = sqlite3.connect(folder / f"{name}.db", timeout=30, check_same_thread=False)
            # Readers and the writer do not wait for each other, and a killed writer leaves nothing to roll back.
            db.execute("PRAGMA journal_mode = WAL")
            db.execute("PRAGMA synchronous = NORMAL")
            db.executescript(schema)
            self.by_name[name] = db

    def __getitem__(self, name: str) -> sqlite3.Connection:
        return self.by_name[name]

    def commit(self) -> None:
        """Commits all, the truth with its mark of progress last: after a crash the same interval is written again."""
        for db in self.by_name.values():
            db.commit()

    def close(self) -> None:
        for db in self.by_name.values():
            db.close()

    def empty(self) -> None:
        for db in self.by_name.values():
            for (table,) in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall():
                db.execute(f'DELETE FROM "{table}"')  # noqa: S608 our own tables' names

    def meta(self, name: str) -> int | None:
        row = self["truth"].execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
        return None if row is None else int(row[0])

    def set_meta(self, name: str, value: int) -> None:
        self["truth"].execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, value))

    def tick(self, now: int) -> None:
        orders_db.tick(self["orders"], now)
        outages_db.tick(self["outages"], now)
        surveys_db.tick(self["surveys"], now)

    def write(self, tables: dict[str, Courses], injected: list[Injected], after: int, until: int) -> int:
        """Brings every row with a change in (after, until] to its state at `until`; the number of rows written."""
        areas = self.net.areas
        n = _write_orders(self["orders"], areas, tables, after, until)
        n += _write_outages(self["outages"], areas, tables, after, until)
        surveys = tables["surveys"]
        rows = surveys.touched(after, until)
        changed = surveys.changed_at(until)[rows]
        self["surveys"].executemany(surveys_db.INSERT, surveys_db.rows(areas, surveys.frame.iloc[rows], changed, until))
        orders = tables["orders"].frame
        accepted = col(orders, "accepted")
        fresh = (accepted > after) & (accepted <= until)
        if fresh.any():
            truth.record(self["truth"], areas, orders, tables["order_events"].frame, fresh)
        truth.record_injected(self["truth"], [i for i in injected if after < i.start <= until])
        return n + len(rows)


def _extra(tables: dict[str, Courses], rows: Seconds, until: int) -> pd.DataFrame:
    """What else shows in an order row: last change, calls beyond the first, whether supervised and transferred."""
    orders, events = tables["orders"], tables["order_events"]
    known = events.frame[col(events.frame, "said") <= until]
    numbers = col(orders.frame, "number")[rows]

    def count(*kinds: int) -> Seconds:
        of = known[np.isin(col(known, "kind"), kinds)]
        counted = of["order_no"].value_counts()
        return np.asarray(counted.reindex(numbers, fill_value=0), dtype=np.int64)

    return pd.DataFrame(
        {
            "changed_at": orders.changed_at(until)[rows],
            "calls": count(URGED, MERGED),
            "supervised": count(SUPERVISED),
            "transferred": count(TRANSFERRED),
        }
    )


def _write_orders(db: sqlite3.Connection, areas: Areas, tables: dict[str, Courses], after: int, until: int) -> int:
    orders, events = tables["orders"], tables["order_events"]
    rows = orders.touched(after, until)
    said = events.touched(after, until)
    if not len(rows):
        return 0
    frame, extra = shown(orders.frame.iloc[rows].reset_index(drop=True), until), _extra(tables, rows, until)
    fault, connection = (col(frame, "category") == kind for kind in (FAULT, CONNECTION))
    other = ~fault & ~connection
    db.executemany(orders_db.INSERT_FAULT, orders_db.fault_rows(areas, frame[fault], extra[fault], until))
    db.executemany(orders_db.INSERT_OTHER, orders_db.other_rows(areas, frame[other], extra[other], until))
    db.executemany(
        orders_db.INSERT_CONNECTION, orders_db.connection_rows(areas, frame[connection], extra[connection], until)
    )
    db.executemany(orders_db.INSERT_EVENT, orders_db.event_rows(events.frame.iloc[said], until))
    return len(rows) + len(said)


def _write_outages(db: sqlite3.Connection, areas: Areas, tables: dict[str, Courses], after: int, until: int) -> int:
    outages, parts, events = (tables[t] for t in ("outages", "outage_areas", "outage_events"))
    rows, cut, said = (t.touched(after, until) for t in (outages, parts, events))
    if len(rows):
        changed = outages.changed_at(until)[rows]
        found = outages_db.outage_rows(areas, outages.frame.iloc[rows], changed, parts.frame, until)
        db.executemany(outages_db.INSERT_OUTAGE, found)
    changed = parts.changed_at(until)[cut]
    db.executemany(outages_db.INSERT_AREA, outages_db.area_rows(areas, parts.frame.iloc[cut], changed, until))
    db.executemany(outages_db.INSERT_EVENT, outages_db.event_rows(events.frame.iloc[said], until))
    return len(rows) + len(cut) + len(said)
