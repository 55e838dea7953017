"""Whether a back-test says what the demonstration city's own verdicts say: of a clock that is passed, a third call, a
flag, an outage with something wrong.

The expectations are plain code over what the city drew, one order at a time, and share nothing with the product.
"""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Final

import numpy as np
import pandas as pd

import backtesting
from alerts import backtest
from alerts.backtest import Period
from alerts.load import load
from asking import Desk
from bench import alerts_matters
from simulator import events, truth
from simulator.day import draw
from simulator.instants import DAY, HOUR, MINUTE, NEVER, day_of, second_of
from simulator.names import CUSTOMER_FAULT, FAULT, OTHER_FAULT
from simulator.network import network
from simulator.repairs import col
from simulator.verdicts import Course, judged
from store.scope import Scope

# rule -> the number of the rung compared (1 the first)
COMPARED: Final = {
    "repair_due": 2, "demand_due": 2, "third_call": 1, "demand_escalated": 1, "outage_long": 2, "estimate_expired": 1,
    "plan_not_restored": 1, "plan_not_started": 1, "notice_late": 1,
}  # fmt: skip
_ESCALATED: Final = (2, 4)  # 12398 and media, as orders_db numbers channels
PLANNED, TEMPORARY = 0, 1
Told = set[tuple[str, str, int]]  # rule, subject (order with its clock, or outage), epoch second at which it is told


def expected(seed: int, now: datetime, since: date) -> Told:
    """What the city's own verdicts say must have been told by `now`."""
    at = second_of(now)
    found = {*_of_clocks(seed, now, since), *_of_days(seed, at, since)}
    orders, happened = (pd.concat(_frames(seed, at, since, table)) for table in ("orders", "order_events"))
    matters = alerts_matters.by_matter(orders, _further_calls(happened, at), at)
    together = list(alerts_matters.third_calls(matters, at))
    counted = {number for numbers, _, _ in together for number in numbers}
    found = {one for one in found if one[0] != "third_call" or one[1] not in counted}
    found |= {("third_call", subject, second) for _, subject, second in together}
    return found


def _of_clocks(seed: int, now: datetime, since: date) -> Iterator[tuple[str, str, int]]:
    at, others = second_of(now), _not_ours(seed, now, since)
    for course in truth.courses_at(seed, now, since):
        is_repair = course.category == FAULT
        for key, clock in judged(course, at).items():
            if key not in (("arrival", "restoration") if is_repair else ("contact", "answer")):
                continue
            line = clock.lines.get("promise")
            if line is None or line.due is None or (key == "restoration" and course.order_no in others):
                continue
            stop = min(at, at if clock.end is None else clock.end, _over(course, is_repair=is_repair))
            if line.due < stop:
                yield "repair_due" if is_repair else "demand_due", f"{course.order_no} {key}", line.due


def _over(course: Course, *, is_repair: bool) -> int:
    """When the order is no longer listed: a repair when it is over in any way, others when archived."""
    stages = ("restored", "archived") if is_repair else ("archived",)
    return min((course.stages[s] for s in stages if s in course.stages), default=NEVER)


def _not_ours(seed: int, now: datetime, since: date) -> set[str]:
    """Orders whose fault is not the utility's to restore: the customer's own, or none of power. Assets of others count
    (kpis.orders has it so)."""
    found: set[str] = set()
    for frame in _frames(seed, second_of(now), since, "orders"):
        theirs = (col(frame, "ownership") == 1) | np.isin(col(frame, "matter"), (CUSTOMER_FAULT, OTHER_FAULT))
        found |= set(frame.loc[theirs & (col(frame, "category") == FAULT), "number"].astype(str))
    return found


def _frames(seed: int, at: int, since: date, table: str) -> Iterator[pd.DataFrame]:
    for day in range(since.toordinal(), day_of(at) + 1):
        yield draw(network(), seed, day).tables[table].frame


def _of_days(seed: int, at: int, since: date) -> Iterator[tuple[str, str, int]]:
    for day in range(since.toordinal(), day_of(at) + 1):
        tables = draw(network(), seed, day).tables
        yield from _of_orders(tables["orders"].frame, tables["order_events"].frame, at)
        yield from _of_outages(tables["outages"].frame, at)


def _of_orders(orders: pd.DataFrame, happened: pd.DataFrame, at: int) -> Iterator[tuple[str, str, int]]:
    calls = _further_calls(happened, at)
    names = ("number", "accepted", "archived", "archived_again", "reopened", "cancelled", "merged", "channel", "grade")
    for n, accepted, archived, again, reopened, cancelled, merged, channel, grade, leap in zip(
        *(col(orders, name).tolist() for name in (*names, "is_leapfrog")), strict=True
    ):
        if min(cancelled, merged) <= at or accepted >= at:
            continue
        over = again if reopened <= at else archived  # a reopening takes the archiving back
        if over <= accepted:
            continue
        if channel in _ESCALATED or leap or grade > 0:
            yield "demand_escalated", str(n), accepted
        said = calls.get(n, [])
        if len(said) >= 2 and said[1] < min(over, at):
            yield "third_call", str(n), said[1]


def _further_calls(happened: pd.DataFrame, at: int) -> dict[str, list[int]]:
    called = happened[np.isin(col(happened, "kind"), (events.URGED, events.MERGED)) & (col(happened, "at") < at)]
    calls: dict[str, list[int]] = {}
    for number, second in zip(called["order_no"], called["at"].tolist(), strict=True):
        calls.setdefault(number, []).append(second)
    return {number: sorted(seconds) for number, seconds in calls.items()}


def _of_outages(outages: pd.DataFrame, at: int) -> Iterator[tuple[str, str, int]]:
    for o in outages.to_dict("records"):
        no, began = f"TD{o['number']}", o["started"]
        end, runs = min(o["restored"], at), o["started"] < at
        if runs and began + 8 * HOUR < end:
            yield "outage_long", no, began + 8 * HOUR
        if o["registered"] >= at:
            continue
        for said, estimate, until in (
            (o["first_at"], o["first_estimate"], min(o["second_at"], end)),
            (o["second_at"], o["second_estimate"], end),
        ):
            told = max(estimate, said, began)
            if runs and said < NEVER and told < until:
                yield "estimate_expired", no, told
        yield from _of_plan(o, no, at)


def _of_plan(o: dict[object, int], no: str, at: int) -> Iterator[tuple[str, str, int]]:
    if o["kind"] not in (PLANNED, TEMPORARY):
        return
    start, end = o["planned_start"], min(o["restored"], at)
    if o["started"] < at and o["planned_end"] < end:
        yield "plan_not_restored", no, max(o["planned_end"], o["started"])
    if start + 30 * MINUTE < min(o["started"], at):
        yield "plan_not_started", no, start + 30 * MINUTE
    limit = start - (7 * DAY if o["kind"] == PLANNED else DAY)
    if limit < min(o["announced"], o["started"], at):
        yield "notice_late", no, limit


def told(desk: Desk, since: datetime, now: datetime) -> Told:
    """What the back-test says of the same rules: the first time of each condition since it was last clear."""
    found: Told = set()
    rules = load(None)
    period = Period(since, now, desk.settings.site.tz)
    with desk.facts.read(Scope.everything("truth")) as reader:
        for key, rung in COMPARED.items():
            rows = backtesting.spans_of(rules[key], backtesting.Asked(desk, reader, period))
            raises = backtest.replay(rules[key], rows, now).raises
            raises = raises[raises["rung"] >= rung].drop_duplicates(["stood", "clock"])
            of = rows.iloc[raises["row"]]
            by_clock = key in ("repair_due", "demand_due")
            names = of["order_no"] if "order_no" in of and of["order_no"].notna().all() else of["outage_no"]
            names = names + " " + of["clock"] if by_clock else names
            found |= {(key, n, at // 1_000_000) for n, at in zip(names, raises["at"].tolist(), strict=True)}
    return found
