"""The truth about the city, by plain code of its own: what was injected, and which orders broke which limit.

Written from the rule's words (State Grid's Ten Commitments, 3): on site within 45 minutes in town, 90 in the country, 2
hours in remote places, counted from the call; supply back within 3 hours in town and 4 elsewhere, counted from the
arrival. It shares no code with the generator's pace nor with the product.
"""

import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

import pandas as pd

from simulator.calendar import year_table
from simulator.customers import account_no, phone_digits
from simulator.day import Injected, draw
from simulator.instants import NEVER, day_of, second_of
from simulator.network import Areas, network

SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value INTEGER);
CREATE TABLE IF NOT EXISTS calendar (year INTEGER PRIMARY KEY, is_invented INTEGER);
CREATE TABLE IF NOT EXISTS injected (kind TEXT, subject TEXT, starts_at INTEGER, ends_at INTEGER, note TEXT,
    PRIMARY KEY (kind, subject, starts_at));
CREATE TABLE IF NOT EXISTS verdict (order_no TEXT PRIMARY KEY, accepted_at INTEGER, arrival_due INTEGER,
    arrival_late INTEGER, restoration_due INTEGER, restoration_late INTEGER);
"""


@dataclass(frozen=True)
class Course:
    """What the rules look at; instants in epoch seconds, None where the course has no such stage."""

    order_no: str
    category: int  # 0 is a fault report, 2 a complaint
    area_class: int  # 0 town, 1 country, 2 remote
    accepted: int
    arrived: int | None = None
    restored: int | None = None
    cancelled: int | None = None
    merged: int | None = None
    identity: str = ""  # account number, else phone digits
    topic: int = 0


@dataclass(frozen=True)
class Verdict:
    """Due times in epoch seconds; None where the limit does not apply (yet)."""

    order_no: str
    accepted: int
    arrival_due: int | None
    arrival_late: bool
    restoration_due: int | None
    restoration_late: bool


def seen(course: Course, now: int) -> Course:
    """`course` as it is known at `now`."""

    def past(at: int | None) -> int | None:
        return at if at is not None and at <= now else None

    return Course(
        course.order_no, course.category, course.area_class, course.accepted, past(course.arrived),
        past(course.restored), past(course.cancelled), past(course.merged), course.identity, course.topic,
    )  # fmt: skip


def judge(course: Course, now: int) -> Verdict | None:
    """Which limits the order had broken at `now`; None when the rules do not speak of it."""
    known = seen(course, now)
    if known.category != 0 or known.accepted > now:
        return None
    if known.cancelled is not None or known.merged is not None:
        return None
    minutes_to_arrive = 45 if known.area_class == 0 else 90 if known.area_class == 1 else 120
    arrival_due = known.accepted + minutes_to_arrive * 60
    arrival_end = known.arrived if known.arrived is not None else now
    arrival_late = arrival_end > arrival_due
    if known.arrived is None:
        return Verdict(known.order_no, known.accepted, arrival_due, arrival_late, None, False)
    hours_to_restore = 3 if known.area_class == 0 else 4
    restoration_due = known.arrived + hours_to_restore * 3600
    restoration_end = known.restored if known.restored is not None else now
    return Verdict(
        known.order_no, known.accepted, arrival_due, arrival_late, restoration_due, restoration_end > restoration_due
    )


def repeats(courses: Iterable[Course], days: int = 30) -> dict[str, str]:
    """For each complaint that came back within `days` by the same identity on the same topic: the one before it."""
    last: dict[tuple[str, int], Course] = {}
    found: dict[str, str] = {}
    complaints = [c for c in courses if c.category == 2]
    for course in sorted(complaints, key=lambda c: (c.accepted, c.order_no)):
        key = (course.identity, course.topic)
        before = last.get(key)
        if before is not None and course.accepted - before.accepted <= days * 86_400:
            found[course.order_no] = before.order_no
        last[key] = course
    return found


# First-level class of each complaint matter, in the order of names.MATTERS.
_TOPIC: Final = (0, 0, 1, 1, 2, 2, 3, 4)


def courses(areas: Areas, orders: pd.DataFrame) -> Iterator[Course]:
    """Plain courses of drawn orders."""
    names = ("number", "category", "area", "accepted", "arrived", "restored", "cancelled", "merged", "customer")
    columns = [orders[n].tolist() for n in (*names, "has_account", "matter")]
    classes = areas.area_class.tolist()
    for number, category, area, accepted, *rest in zip(*columns, strict=True):
        arrived, restored, cancelled, merged = (None if t >= NEVER else t for t in rest[:4])
        customer, has_account, matter = rest[4:]
        identity = account_no(customer) if has_account else phone_digits(customer)
        topic = _TOPIC[matter] if category == 2 else 0
        yield Course(
            str(number), category, classes[area], accepted, arrived, restored, cancelled, merged, identity, topic
        )


def truth_at(seed: int, now: datetime, since: date) -> dict[str, Verdict]:
    """Verdict per fault report accepted since the city's first day `since`, as of `now`; an open overdue one is late.

    Orders that the rules do not speak of (children, cancelled ones, other demands) are left out.
    """
    at, net = second_of(now), network()
    found: dict[str, Verdict] = {}
    for day in range(since.toordinal(), day_of(at) + 1):
        for course in courses(net.areas, draw(net, seed, day).tables["orders"].frame):
            verdict = judge(course, at)
            if verdict is not None:
                found[verdict.order_no] = verdict
    return found


def repeats_at(seed: int, now: datetime, since: date) -> dict[str, str]:
    """`repeats` among the complaints accepted up to `now` since the city's first day `since`."""
    at, net = second_of(now), network()
    days = range(since.toordinal(), day_of(at) + 1)
    all_ = (c for d in days for c in courses(net.areas, draw(net, seed, d).tables["orders"].frame))
    return repeats(c for c in all_ if c.accepted <= at)


def record(db: sqlite3.Connection, areas: Areas, orders: pd.DataFrame, injected: Iterable[Injected]) -> None:
    """Writes down the final verdicts of `orders` and what was injected."""
    final = [v for v in (judge(c, NEVER) for c in courses(areas, orders)) if v is not None]
    db.executemany(
        "INSERT OR REPLACE INTO verdict VALUES (?, ?, ?, ?, ?, ?)",
        [(v.order_no, v.accepted, v.arrival_due, v.arrival_late, v.restoration_due, v.restoration_late) for v in final],
    )
    rows = [(i.kind, i.subject, i.start, i.end, i.note) for i in injected]
    db.executemany("INSERT OR REPLACE INTO injected VALUES (?, ?, ?, ?, ?)", rows)


def record_year(db: sqlite3.Connection, year: int) -> None:
    db.execute("INSERT OR REPLACE INTO calendar VALUES (?, ?)", (year, year_table(year).is_invented))
