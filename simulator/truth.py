"""The truth about the city, by plain code of its own: what was injected, and which orders broke which limit."""

import sqlite3
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from simulator import events
from simulator.calendar import year_table
from simulator.customers import account_no, is_reticent, phone_digits
from simulator.day import Injected, draw
from simulator.instants import DAY, NEVER, day_of, second_of
from simulator.names import COMPLAINT
from simulator.network import Areas, network
from simulator.repairs import STAGES
from simulator.turns import shown
from simulator.verdicts import JUDGED, MOVED, REOPENED, RESUMED, SOLVED, SUSPENDED, Clock, Course, judged

Flags = npt.NDArray[np.bool_]
_AT_LAST: Final = NEVER - 1  # when all that comes has come
SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value INTEGER);
CREATE TABLE IF NOT EXISTS calendar (year INTEGER PRIMARY KEY, is_invented INTEGER);
CREATE TABLE IF NOT EXISTS injected (kind TEXT, subject TEXT, starts_at INTEGER, ends_at INTEGER, note TEXT,
    PRIMARY KEY (kind, subject, starts_at));
CREATE TABLE IF NOT EXISTS verdict (order_no TEXT, clock TEXT, line TEXT, due_at INTEGER, late_s INTEGER,
    PRIMARY KEY (order_no, clock, line)) WITHOUT ROWID;
"""


def repeats(courses: Iterable[Course], days: int = 30) -> dict[str, str]:
    """For each complaint that came back within `days` by the same identity on the same topic: the one before it.

    Those that were called off are none.
    """
    last: dict[tuple[str, int], Course] = {}
    found: dict[str, str] = {}
    complaints = [c for c in courses if c.category == COMPLAINT and "cancelled" not in c.stages]
    for course in sorted(complaints, key=lambda c: (c.stages["accepted"], c.order_no)):
        key = (course.identity, _TOPIC[course.matter])
        before = last.get(key)
        if before is not None and course.stages["accepted"] - before.stages["accepted"] <= days * DAY:
            found[course.order_no] = before.order_no
        last[key] = course
    return found


# First-level class of each complaint matter, in the order of names.MATTERS.
_TOPIC: Final = (0, 0, 1, 1, 2, 2, 3, 4)
# What of the events of simulator.events matters to clocks.
_SAID: Final = {
    events.SUSPENDED: SUSPENDED, events.RESUMED: RESUMED, events.SOLVED: SOLVED, events.REOPENED: REOPENED,
    events.TRANSFERRED: MOVED, events.RETURNED: MOVED,
}  # fmt: skip


def courses(areas: Areas, orders: pd.DataFrame, happened: pd.DataFrame, now: int) -> Iterator[Course]:
    """Plain courses of drawn orders accepted by `now`, as they are known then. `happened`: the events of all."""
    merged_since = _merged_since(orders, now)
    said = _said(happened, now)
    known = shown(orders[orders["accepted"] <= now], now)
    stages = [(name, known[name].tolist()) for name in STAGES]
    names = ("number", "category", "area", "matter", "customer", "has_account", "outage_no", "channel")
    columns = [known[n].tolist() for n in names]
    classes = areas.area_class.tolist()
    for i, (number, category, area, matter, customer, has_account, outage, channel) in enumerate(
        zip(*columns, strict=True)
    ):
        identity, known_by = _who(customer, bool(has_account))
        yield Course(
            str(number), category, classes[area], {name: at[i] for name, at in stages if at[i] <= now},
            said.get(number, ()), matter, merged_since.get(number), identity, known_by, area, outage >= 0, channel,
        )  # fmt: skip


def _who(customer: int, has_account: bool) -> tuple[str, str]:
    """The customer, and what of them the source knows."""
    if has_account:
        return account_no(customer), "account"
    return (f"home {customer}", "address") if is_reticent(customer) else (phone_digits(customer), "phone")


def _merged_since(orders: pd.DataFrame, now: int) -> dict[int, int]:
    """Parent -> earliest acceptance among its children, of those merged by `now`."""
    children = orders[orders["merged"] <= now]
    found: dict[int, int] = {}
    for parent, accepted in zip(children["parent_no"].tolist(), children["accepted"].tolist(), strict=True):
        found[parent] = min(accepted, found.get(parent, accepted))
    return found


def _said(happened: pd.DataFrame, now: int) -> dict[int, list[tuple[int, int]]]:
    """Order -> (kind, when) of what is known by `now`."""
    known = happened[(happened["said"] <= now) & happened["kind"].isin(list(_SAID))]
    found: dict[int, list[tuple[int, int]]] = {}
    for number, kind, at in zip(*(known[c].tolist() for c in ("order_no", "kind", "at")), strict=True):
        found.setdefault(number, []).append((_SAID[kind], at))
    return found


def courses_at(seed: int, now: datetime, since: date) -> Iterator[Course]:
    """The courses of all orders accepted since the city's first day `since`, as they are known at `now`."""
    at, net = second_of(now), network()
    for day in range(since.toordinal(), day_of(at) + 1):
        drawn = draw(net, seed, day).tables
        yield from courses(net.areas, drawn["orders"].frame, drawn["order_events"].frame, at)


def truth_at(seed: int, now: datetime, since: date) -> dict[str, dict[str, Clock]]:
    """Order -> clock -> how it stood at `now`, of the orders accepted since the city's first day `since`.

    Orders that have no clocks (called off, merged into another) are there with none.
    """
    at = second_of(now)
    return {course.order_no: judged(course, at) for course in courses_at(seed, now, since)}


def repeats_at(seed: int, now: datetime, since: date) -> dict[str, str]:
    """`repeats` among the complaints accepted up to `now` since the city's first day `since`."""
    return repeats(courses_at(seed, now, since))


def record(db: sqlite3.Connection, areas: Areas, orders: pd.DataFrame, happened: pd.DataFrame, chosen: Flags) -> None:
    """Writes down the final verdicts of the `chosen` among `orders`."""
    numbers = orders["number"][chosen & orders["category"].isin(JUDGED).to_numpy()]
    own = orders[orders["number"].isin(numbers) | orders["parent_no"].isin(numbers)]  # with their children
    wanted = set(map(str, numbers.tolist()))
    said = happened[happened["order_no"].isin(numbers)]
    rows = [
        (course.order_no, key, name, line.due, line.late_s)
        for course in courses(areas, own, said, _AT_LAST)
        if course.order_no in wanted
        for key, clock in judged(course, _AT_LAST).items()
        for name, line in clock.lines.items()
    ]
    db.executemany("INSERT OR REPLACE INTO verdict VALUES (?, ?, ?, ?, ?)", rows)


def record_injected(db: sqlite3.Connection, injected: Iterable[Injected]) -> None:
    rows = [(i.kind, i.subject, i.start, i.end, i.note) for i in injected]
    db.executemany("INSERT OR REPLACE INTO injected VALUES (?, ?, ?, ?, ?)", rows)


def record_year(db: sqlite3.Connection, year: int) -> None:
    db.execute("INSERT OR REPLACE INTO calendar VALUES (?, ?)", (year, year_table(year).is_invented))
