"""Orders that a test or a bench puts into the work-order database by hand."""

import sqlite3
from typing import Final
from zlib import crc32

import numpy as np
import pandas as pd

from simulator import orders_db
from simulator.customers import SEQUENCE
from simulator.instants import NEVER, local_text, minutes_text
from simulator.names import AREA_CLASSES
from simulator.network import Areas
from simulator.repairs import orders

_COLUMN: Final = {
    "received": "jdsj", "surveyed": "kcsj", "replied": "hdsj", "reviewed": "shsj", "revisited": "hfsj",
    "archived": "gdsj", "cancelled": "cxsj",
}  # fmt: skip
_STATE: Final = {
    "dispatched": "已派单", "received": "已接单", "arrived": "已到达", "restored": "已复电", "replied": "已回单",
    "archived": "已归档", "cancelled": "已撤销",
}  # fmt: skip


def place(areas: Areas, area_class: str, county: str | None) -> int:
    """Position of the first transformer area of that class, of `county` where one is given."""
    if area_class not in AREA_CLASSES:
        raise ValueError(f"{area_class}: no such area class; use {', '.join(AREA_CLASSES)}")
    fits = areas.area_class == AREA_CLASSES.index(area_class)
    if county:
        fits &= areas.county == county
    found = np.flatnonzero(fits)
    if not len(found):
        raise ValueError(f"{county}: has no {area_class} area; choose another county or class")
    return int(found[0])


def somebody(area: int, name: str, *, sensitive: bool) -> int:
    """A customer of `area`, the same one for the same name. Every fiftieth is sensitive."""
    fifty, rest = divmod(crc32(name.encode()) % (SEQUENCE - 50), 50)
    return area * SEQUENCE + 50 * (fifty + 1) + (0 if sensitive else rest % 49 + 1)


def report(
    db: sqlite3.Connection, areas: Areas, order_no: str, area: int, *, accepted: int, written: int, customer: int
) -> None:
    """One new fault report of `area`, committed."""
    frame = orders(1, accepted=accepted, area=area, customer=customer, crew=1).assign(
        number=0, parent_no=-1, repeat_no=-1, outage_no=-1
    )
    extra = pd.DataFrame({"changed_at": [written], "calls": [0], "supervised": [0], "transferred": [0]})
    row = orders_db.fault_rows(areas, frame, extra, max(accepted, written))[0]
    with db:
        db.execute(orders_db.INSERT_FAULT, (order_no, *row[1:]))
        orders_db.tick(db, written)


def advance(db: sqlite3.Connection, order_no: str, stage: str, at: int) -> None:
    """The order reaches `stage`; durations are kept as the table wants them."""
    text = local_text(np.array([at]), NEVER)[0]
    row = db.execute("SELECT slsj, ddxcsj FROM GZGD95598 WHERE gdbh = ?", (order_no,)).fetchone()
    if row is None:
        raise ValueError(f"{order_no}: no such fault report; report it first")
    with db:
        if stage == "dispatched":
            db.execute("UPDATE GZGD95598 SET pgysfz = ? WHERE gdbh = ?", (_minutes(row[0], at), order_no))
        elif stage == "arrived":
            values = (text, _minutes(row[0], at), order_no)
            db.execute("UPDATE GZGD95598 SET ddxcsj = ?, ddxcscfz = ? WHERE gdbh = ?", values)
        elif stage == "restored":
            if row[1] is None:
                raise ValueError(f"{order_no}: nobody is on site yet; advance it to arrived first")
            db.execute("UPDATE GZGD95598 SET gzxfscfz = ? WHERE gdbh = ?", (_minutes(row[1], at), order_no))
        elif stage in _COLUMN:
            # The column's name is one of ours above.
            db.execute(f"UPDATE GZGD95598 SET {_COLUMN[stage]} = ? WHERE gdbh = ?", (text, order_no))  # noqa: S608
        else:
            raise ValueError(f"{stage}: no such stage; use dispatched, arrived, restored, {', '.join(_COLUMN)}")
        db.execute(
            "UPDATE GZGD95598 SET gxsj = max(gxsj, ?), gdzt = coalesce(?, gdzt) WHERE gdbh = ?",
            (text, _STATE.get(stage), order_no),
        )
        orders_db.tick(db, at)


def _minutes(since: str, at: int) -> str | None:
    start = (np.datetime64(since.replace(" ", "T")) - np.datetime64(0, "s")).astype(int) - 8 * 3600
    return minutes_text(np.array([start]), np.array([at]), NEVER)[0]
