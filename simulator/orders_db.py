"""Work orders as a city's own system keeps them: initials of Chinese words as columns, local time, minutes as text.

GZGD95598 holds fault reports, YKBZSQ applications for a connection, FGZGD95598 all other demands, GDGC what happens
beside the stages, XTSJ the clock.
"""

import sqlite3
from functools import cache
from typing import Any, Final

import numpy as np
import pandas as pd

from simulator.customers import (
    HIGH_VOLTAGE,
    account_no,
    arrears_cny,
    capacity_kva,
    is_reticent,
    kind_and_tier,
    phone_digits,
)
from simulator.events import (
    MERGED,
    REASONS,
    REOPENED,
    RESUMED,
    RETURNED,
    SOLVED,
    SUPERVISED,
    SUSPENDED,
    TRANSFERRED,
    URGED,
)
from simulator.instants import Seconds, local_text, minutes_text
from simulator.names import AREA_WORDS, CAUSES, CITY_CODE, CONNECTION, FAULT, MATTERS, SURNAMES
from simulator.network import Areas, network
from simulator.repairs import PACE_ARRIVAL, PACE_RESTORATION, col

_SHARED: Final = [
    "gdbh", "gdlx", "ssds", "gddw", "gds", "wg", "xcfl", "ssxl", "sstq", "jd", "wd", "slsj", "gdly", "yhbh",
    "yhlx", "yhdj", "sfmgyh", "sfzyyh", "lxr", "lxdh", "lxdz", "gzms", "qxbz", "jdsj", "hdsj", "shsj", "hfsj",
    "gdsj", "cxsj", "gdzt", "zdcs", "sfdb", "gxsj", "cbry", "tqjl", "htrl", "qfje",
]  # fmt: skip
_FAULTS: Final = [
    "gzdl", "gzxly", "gzxle", "gzyydl", "gzyyxl", "jjcd", "pgysfz", "ddxcsj", "ddxcscfz", "kcsj", "gzxfscfz",
    "sfzd", "zdbh", "tdbh", "sfxfhq", "sbcqsx", "sfcs", "zpjl",
]  # fmt: skip
_OTHERS: Final = [
    "ywlx1", "ywlx2", "ywlx3", "tsdj", "sfnm", "sfbm", "sfyj", "sfss", "pdsj", "sclxsj",
]  # fmt: skip
_CONNECTIONS: Final = ["sqlx", "gdfs", "pdsj", "sclxsj", "fadfsj", "jgjysj", "zbjdsj"]
_NUMBERS: Final = {"jd": "REAL", "wd": "REAL", "zdcs": "INTEGER", "htrl": "REAL", "qfje": "REAL"}


def _table(name: str, columns: list[str]) -> str:
    body = ", ".join(f"{c} {_NUMBERS.get(c, 'TEXT')}{' PRIMARY KEY' if c == 'gdbh' else ''}" for c in columns)
    return f"CREATE TABLE IF NOT EXISTS {name} ({body}); CREATE INDEX IF NOT EXISTS {name}_gxsj ON {name} (gxsj);"


def _insert(name: str, columns: list[str]) -> str:
    return f"INSERT OR REPLACE INTO {name} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"  # noqa: S608 names of ours


SCHEMA: Final = (
    _table("GZGD95598", _SHARED + _FAULTS)
    + _table("FGZGD95598", _SHARED + _OTHERS)
    + _table("YKBZSQ", _SHARED + _CONNECTIONS)
    + "CREATE TABLE IF NOT EXISTS GDGC (gcbh TEXT PRIMARY KEY, gdbh TEXT, gclx TEXT, fssj TEXT, yy TEXT, czdw TEXT,"
    " gxsj TEXT); CREATE INDEX IF NOT EXISTS GDGC_gxsj ON GDGC (gxsj);"
    "CREATE TABLE IF NOT EXISTS XTSJ (bh INTEGER PRIMARY KEY, sj TEXT);"
)
INSERT_FAULT: Final = _insert("GZGD95598", _SHARED + _FAULTS)
INSERT_OTHER: Final = _insert("FGZGD95598", _SHARED + _OTHERS)
INSERT_CONNECTION: Final = _insert("YKBZSQ", _SHARED + _CONNECTIONS)
INSERT_EVENT: Final = "INSERT OR REPLACE INTO GDGC VALUES (?, ?, ?, ?, ?, ?, ?)"
_CHANNELS: Final = ("01", "02", "03", "04", "05", "06")
_KINDS: Final = {
    URGED: "催办", TRANSFERRED: "转派", MERGED: "合并", SUPERVISED: "督办", RETURNED: "退单", SUSPENDED: "挂起",
    RESUMED: "恢复", SOLVED: "办结", REOPENED: "重开",
}  # fmt: skip
_BY: Final = {
    URGED: "95598坐席", TRANSFERRED: "调度值班", MERGED: "调度值班", SUPERVISED: "服务指挥中心", RETURNED: "供电所",
    SUSPENDED: "供电所", RESUMED: "供电所", SOLVED: "供电所", REOPENED: "95598坐席",
}  # fmt: skip
_TITLES: Final = ("先生", "女士")


def yes_no(flags: Seconds) -> list[str]:
    return ["是" if f else "否" for f in flags.tolist()]


def name_of(customer: int) -> str:
    return SURNAMES[customer % len(SURNAMES)] + _TITLES[customer % 2]


def phone_text(customer: int, form: int) -> str:
    """The number as the agent typed it: three habits."""
    digits = phone_digits(customer)
    return (digits, f"{digits[:3]}-{digits[3:7]}-{digits[7:]}", f"{digits[:3]} {digits[3:7]} {digits[7:]}")[form]


def address_text(place: str, customer: int, form: int) -> str:
    """The address as the agent typed it, in the same three habits. Some homes share a number."""
    home = f"{customer % 499 + 1}号"
    return (f"{place}{home}", f"{place} {home}", f"{place}，{home.translate(_WIDE)}")[form]


_WIDE: Final = {ord("0") + i: ord("０") + i for i in range(10)}


def state(frame: pd.DataFrame, now: int) -> list[str]:
    steps = (
        ("cancelled", "已撤销"), ("archived", "已归档"), ("merged", "已合并"), ("replied", "已回单"),
        ("restored", "已复电"),
        ("arrived", "已到达"), ("received", "已接单"), ("dispatched", "已派单"),
    )  # fmt: skip
    texts: list[str] = np.select([col(frame, s) <= now for s, _ in steps], [w for _, w in steps], "已受理").tolist()
    return texts


def shared(areas: Areas, frame: pd.DataFrame, extra: pd.DataFrame, now: int) -> dict[str, list[Any]]:
    """The columns both tables have. `extra`: changed_at, calls, supervised, transferred per row."""
    a, customers = col(frame, "area"), col(frame, "customer").tolist()
    account, anonymous = col(frame, "has_account").tolist(), col(frame, "is_anonymous").tolist()
    kinds = [kind_and_tier(areas, c) for c in customers]
    places, forms = areas.place[a].tolist(), col(frame, "phone_form").tolist()
    category, matter = col(frame, "category").tolist(), col(frame, "matter").tolist()
    stations, crews = areas.station[a].tolist(), col(frame, "crew").tolist()
    return {
        "gdbh": [str(n) for n in col(frame, "number").tolist()], "gdlx": [str(c) for c in category],
        "ssds": [CITY_CODE] * len(frame), "gddw": areas.county[a].tolist(), "gds": stations,
        "wg": areas.grid[a].tolist(),
        "xcfl": [AREA_WORDS[c] for c in areas.area_class[a].tolist()], "ssxl": areas.feeder[a].tolist(),
        "sstq": areas.code[a].tolist(), "jd": areas.lon[a].tolist(), "wd": areas.lat[a].tolist(),
        "slsj": local_text(col(frame, "accepted"), now), "gdly": [_CHANNELS[c] for c in col(frame, "channel").tolist()],
        "yhbh": [account_no(c) if ok else None for c, ok in zip(customers, account, strict=True)],
        "yhlx": [k for k, _, _ in kinds], "yhdj": [t for _, t, _ in kinds],
        "sfmgyh": ["是" if c % 50 == 0 else "否" for c in customers],
        "sfzyyh": ["是" if i else "否" for _, _, i in kinds],
        "lxr": ["匿名" if x else name_of(c) for c, x in zip(customers, anonymous, strict=True)],
        "lxdh": [
            None if is_reticent(c) and not ok else phone_text(c, f)
            for c, f, ok in zip(customers, forms, account, strict=True)
        ],
        "lxdz": [address_text(p, c, f) for p, c, f in zip(places, customers, forms, strict=True)],
        "gzms": [
            f"客户反映{p}{'、'.join(MATTERS[k][m][1:])}" for p, k, m in zip(places, category, matter, strict=True)
        ],
        "qxbz": [f"{s}B{c}" if c else None for s, c in zip(stations, crews, strict=True)],
        "jdsj": local_text(col(frame, "received"), now), "hdsj": local_text(col(frame, "replied"), now),
        "shsj": local_text(col(frame, "reviewed"), now), "hfsj": local_text(col(frame, "revisited"), now),
        "gdsj": local_text(col(frame, "archived"), now), "cxsj": local_text(col(frame, "cancelled"), now),
        "gdzt": state(frame, now), "zdcs": (1 + col(extra, "calls")).tolist(), "sfdb": yes_no(col(extra, "supervised")),
        "gxsj": local_text(col(extra, "changed_at"), now),
        "cbry": _handlers(areas, frame, now), "tqjl": areas.manager[a].tolist(),
        "htrl": [capacity_kva(c) if k == HIGH_VOLTAGE else None for c, (k, _, _) in zip(customers, kinds, strict=True)],
        "qfje": [arrears_cny(c) if k == HIGH_VOLTAGE else None for c, (k, _, _) in zip(customers, kinds, strict=True)],
    }  # fmt: skip


def _handlers(areas: Areas, frame: pd.DataFrame, now: int) -> list[str | None]:
    """Who has it once it is received: the head of the crew, of what is no repair the manager of the grid."""
    a, received = col(frame, "area"), (col(frame, "received") <= now).tolist()
    heads, keepers = _heads(), areas.keeper[a].tolist()
    crews = zip(areas.station[a].tolist(), col(frame, "crew").tolist(), strict=True)
    return [
        (heads[f"{s}B{c}"] if c else keeper) if known else None
        for (s, c), keeper, known in zip(crews, keepers, received, strict=True)
    ]


@cache
def _heads() -> dict[str, str]:
    """Person code of the head of each crew."""
    return {p.unit: p.code for p in network().people if p.role == "crew"}


def fault_rows(areas: Areas, frame: pd.DataFrame, extra: pd.DataFrame, now: int) -> list[tuple[Any, ...]]:
    cls, matter = areas.area_class[col(frame, "area")], [MATTERS[FAULT][m] for m in col(frame, "matter").tolist()]
    accepted, arrived, restored = col(frame, "accepted"), col(frame, "arrived"), col(frame, "restored")
    surveyed, is_child = col(frame, "surveyed") <= now, col(frame, "merged") <= now
    # The source's own judgement, wrong now and then: people type it in.
    late = (arrived - accepted > PACE_ARRIVAL[cls]) | (restored - arrived > PACE_RESTORATION[cls])
    late ^= col(frame, "number") % 60 == 0
    judged = (col(frame, "archived") <= now) & ~is_child
    cause = [
        CAUSES[c] if known else (None, None) for c, known in zip(col(frame, "cause").tolist(), surveyed, strict=True)
    ]
    columns = shared(areas, frame, extra, now) | {
        "gzdl": [m[0] for m in matter], "gzxly": [m[1] for m in matter], "gzxle": [m[2] for m in matter],
        "gzyydl": [c[0] for c in cause], "gzyyxl": [c[1] for c in cause],
        "jjcd": [str(u) for u in col(frame, "urgency").tolist()],
        "pgysfz": minutes_text(accepted, col(frame, "dispatched"), now),
        "ddxcsj": local_text(arrived, now), "ddxcscfz": minutes_text(accepted, arrived, now),
        "kcsj": local_text(col(frame, "surveyed"), now), "gzxfscfz": minutes_text(arrived, restored, now),
        "sfzd": yes_no(is_child.astype(np.int64)),
        "zdbh": [str(p) if c else None for p, c in zip(col(frame, "parent_no").tolist(), is_child, strict=True)],
        "tdbh": [f"TD{o}" if o >= 0 else None for o in col(frame, "outage_no").tolist()],
        "sfxfhq": yes_no(col(frame, "restore_first")),
        "sbcqsx": [("供电公司", "客户", "其他")[o] for o in col(frame, "ownership").tolist()],
        "sfcs": [("是" if w else "否") if j else None for w, j in zip(late, judged, strict=True)],
        "zpjl": ["转派一次" if t else None for t in col(extra, "transferred").tolist()],
    }  # fmt: skip
    return list(zip(*(columns[c] for c in _SHARED + _FAULTS), strict=True))


def other_rows(areas: Areas, frame: pd.DataFrame, extra: pd.DataFrame, now: int) -> list[tuple[Any, ...]]:
    pairs = zip(col(frame, "category").tolist(), col(frame, "matter").tolist(), strict=True)
    matter = [MATTERS[c][m] for c, m in pairs]
    true, known = col(frame, "substantiated").tolist(), (col(frame, "replied") <= now).tolist()
    columns = shared(areas, frame, extra, now) | {
        "ywlx1": [m[0] for m in matter], "ywlx2": [m[1] for m in matter], "ywlx3": [m[2] for m in matter],
        "tsdj": [str(g) for g in col(frame, "grade").tolist()], "sfnm": yes_no(col(frame, "is_anonymous")),
        "sfbm": yes_no(col(frame, "is_confidential")), "sfyj": yes_no(col(frame, "is_leapfrog")),
        "sfss": [("是" if t else "否") if t >= 0 and k else None for t, k in zip(true, known, strict=True)],
        "pdsj": local_text(col(frame, "dispatched"), now), "sclxsj": local_text(col(frame, "contacted"), now),
    }  # fmt: skip
    return list(zip(*(columns[c] for c in _SHARED + _OTHERS), strict=True))


def connection_rows(areas: Areas, frame: pd.DataFrame, extra: pd.DataFrame, now: int) -> list[tuple[Any, ...]]:
    matter = [MATTERS[CONNECTION][m] for m in col(frame, "matter").tolist()]
    columns = shared(areas, frame, extra, now) | {
        "sqlx": [m[1] for m in matter], "gdfs": [m[2] for m in matter],
        "pdsj": local_text(col(frame, "dispatched"), now), "sclxsj": local_text(col(frame, "contacted"), now),
        "fadfsj": local_text(col(frame, "scheme"), now), "jgjysj": local_text(col(frame, "inspected"), now),
        "zbjdsj": local_text(col(frame, "connected"), now),
    }  # fmt: skip
    return list(zip(*(columns[c] for c in _SHARED + _CONNECTIONS), strict=True))


def event_rows(frame: pd.DataFrame, now: int) -> list[tuple[Any, ...]]:
    at, said = (local_text(col(frame, name), now) for name in ("at", "said"))
    kinds, reasons = (col(frame, name).tolist() for name in ("kind", "reason"))
    numbers, orders = col(frame, "event_no").tolist(), col(frame, "order_no").tolist()
    return [
        (f"GC{n}", str(o), _KINDS[k], t, REASONS[r], _BY[k], w)
        for n, o, k, t, r, w in zip(numbers, orders, kinds, at, reasons, said, strict=True)
    ]


def tick(db: sqlite3.Connection, now: int) -> None:
    """Sets the database's own clock; it never goes back."""
    text = local_text(np.array([now]), now)[0]
    db.execute("INSERT INTO XTSJ VALUES (1, ?) ON CONFLICT DO UPDATE SET sj = max(sj, excluded.sj)", (text,))
