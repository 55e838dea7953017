"""A full afternoon of the Repairs page: fifteen open repairs, crews that hold too much, outages with estimates."""

from datetime import datetime, timedelta
from typing import Any

from tests.dashboard.picture import AFTERNOON, COUNTIES, REPAIR_NAMES, columns, ms, work

Row = tuple[Any, ...]
# Station, feeder, clock, stage, minutes left, minutes since its clock began, customers, crew, alert.
OPEN = (
    ("城东", "东湖", "restoration", "on_site", -18, 198, 612, "城东一班", "raised"),
    ("沙湾", "沙湾", "arrival", "on_the_way", 6, 84, 438, "沙湾班", "raised"),
    ("大圩", "大圩", "arrival", "on_the_way", 21, 69, 1, "大圩班", None),
    ("北渡", "北渡", "arrival", "dispatched", 21, 24, 1, "北渡班", None),
    ("开发区", "科技", "restoration", "on_site", 29, 151, 3, "开发区班", None),
    ("滨江", "滨江", "arrival", "on_the_way", 34, 11, 1, "滨江班", None),
    ("柳林", "柳林", "arrival", "on_the_way", 52, 38, 1, "柳林班", None),
    ("石桥", "石桥", "restoration", "on_site", 82, 158, 234, "石桥班", None),
    ("湖口", "湖口", "arrival", "dispatched", 85, 5, 1, "湖口班", None),
    ("高坪", "茶场", "arrival", "accepted", 117, 3, 1, "高坪班", None),
    ("采石", "采石", "restoration", "on_site", 130, 110, None, "采石班", None),
    ("莲塘", "莲塘", "restoration", "on_site", 144, 96, 1, "湖口班", None),
    ("马庄", "马庄", "restoration", "on_site", 179, 61, 2, "马庄班", None),
    ("渔港", "渔港", "restoration", "on_site", 200, 40, 1, "沙湾班", None),
    ("上溪", "上溪", "restoration", "on_site", 218, 22, 1, "上溪班", None),
)
ENGLISH = {
    "城东": "Chengdong", "东湖": "Donghu", "沙湾": "Shawan", "大圩": "Daxu", "北渡": "Beidu",
    "开发区": "Dev. Zone", "科技": "Keji", "滨江": "Binjiang", "柳林": "Liulin", "石桥": "Shiqiao",
    "湖口": "Hukou", "高坪": "Gaoping", "茶场": "Chachang", "采石": "Caishi", "莲塘": "Liantang",
    "马庄": "Mazhuang", "渔港": "Yugang", "上溪": "Shangxi",
}  # fmt: skip


def repairs(now: datetime = AFTERNOON, copies: int = 1, **first: Any) -> dict[str, Any]:
    """The part; `copies` of all rows, each copy an hour later; `first` replaces fields of the first row."""
    rows: list[Row] = []
    for i in range(copies * len(OPEN)):
        station, feeder, clock, stage, left, since, customers, crew, alert = OPEN[i % len(OPEN)]
        due = now + timedelta(minutes=left + 60 * (i // len(OPEN)))
        place = ("C1", f"S-{station}", f"F-{feeder}", f"B-{crew}")
        times = (ms(now - timedelta(minutes=since)), ms(due))
        rows.append((f"{2001 + i}", "orders", *place, stage, clock, *times, 1, False, customers, alert, i))
    named = columns(REPAIR_NAMES, *sorted(rows, key=lambda r: int(r[9]))[:60])
    for name, value in first.items():
        named[name][0] = value
    return {"total": len(rows), "without_limit": 0, "columns": named}


def units() -> dict[str, Any]:
    """Every unit the rows name."""
    rows: list[Row] = [(code, "county", "P", *names, None, None) for code, names in COUNTIES.items()]
    for place in dict.fromkeys(r[0] for r in OPEN):
        rows.append((f"S-{place}", "station", "C1", f"{place}供电所", f"{ENGLISH[place]} Station", None, None))
    for line in dict.fromkeys(r[1] for r in OPEN):
        rows.append((f"F-{line}", "feeder", "S-城东", f"{line}线", f"{ENGLISH[line]} Line", None, None))
    for crew in dict.fromkeys(r[7] for r in OPEN):
        place = crew.removesuffix("一班").removesuffix("班")
        rows.append((f"B-{crew}", "crew", f"S-{place}", crew, f"{ENGLISH[place]} crew 1", None, None))
    return {"columns": columns("code kind parent name_zh name_en lon lat", *rows)}


def crews(*held: tuple[str, int, int], count: int, orders: int, unassigned: int = 0) -> dict[str, Any]:
    """The part `work`: crews with their open and overdue orders, and the sums of all."""
    listed = columns("code open overdue", *((f"B-{name}", *n) for name, *n in held))
    over = sum(n > 2 for _, n, _ in held)
    sums = {"count": count, "orders": orders, "over": over, "unassigned": unassigned}
    stages = {"accepted": 1, "dispatched": 2, "on_the_way": 4, "on_site": 8, "restored_today": 203}
    return {**work(), "stages": stages, "crews": {"columns": listed, **sums}}


BUSY = crews(
    ("沙湾班", 4, 1), ("湖口班", 3, 0), ("城东一班", 2, 1), ("开发区班", 1, 0), ("北渡班", 1, 0), ("滨江班", 1, 0),
    count=13, orders=19,
)  # fmt: skip


# Station, feeder, customers, minutes until the estimate.
RUNNING: tuple[tuple[str, str, int | None, int | None], ...] = (
    ("城东", "东湖", 612, -12),
    ("沙湾", "沙湾", 438, 88),
    ("石桥", "石桥", 234, 58),
    ("高坪", "茶场", None, None),
)


def outages(now: datetime = AFTERNOON, count: int = 3) -> dict[str, Any]:
    """RUNNING; beyond it more of the last."""
    rows: list[Row] = []
    for i in range(count):
        station, feeder, customers, left = RUNNING[min(i, 3)]
        estimate = None if left is None else ms(now + timedelta(minutes=left))
        started = ms(now - timedelta(minutes=50 + 30 * i))
        rows.append((f"O{i}", "C1", f"S-{station}", f"F-{feeder}", "fault", customers, started, estimate, None, None))
    names = "outage_no county station feeder kind customers_out started_at estimate_at lon lat"
    out = sum(r[5] or 0 for r in rows)
    return {"customers_out": out, "count": count, "uncounted": 0, "trend": [out] * 24, "columns": columns(names, *rows)}


def afternoon(now: datetime = AFTERNOON, **replace: Any) -> dict[str, Any]:
    """Bodies to show instead of the small picture's."""
    return {"repairs": repairs(now), "units": units(), "work": BUSY, "outages": outages(now), **replace}
