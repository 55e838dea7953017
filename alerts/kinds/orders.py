"""Orders: clocks that run out, third calls, flags, dissatisfied answers. Pure."""

from typing import Final

import numpy as np
import pandas as pd

from alerts.rules import Rule
from alerts.seen import NEVER, Seen, World, complete, counted, instants, is_red, micros, timed, whole

ESCALATED: Final = ("12398", "media")  # above the hotline and the city line
GRADES: Final = ("important", "major", "special")


def _of(rows: pd.DataFrame, rule: Rule) -> pd.DataFrame:
    wanted = rule.on.get("categories")
    return rows[rows["category"].isin(wanted)] if wanted and len(rows) else rows


def _subject(rows: pd.DataFrame) -> pd.Series:
    return rows["source"] + ":" + rows["source_key"].astype(str)


def clocks(rule: Rule, world: World) -> Seen:
    """Running clocks by the share of their time that is used. Only a red one of a critical order is critical."""
    rows = world.frame("clocks")
    blind = world.blind.get("work_orders", ())
    if rows.empty:
        return Seen(complete(rows), blind)
    rows = _of(rows[rows["clock"].isin(rule.on["clocks"])], rule)
    starts = instants(rule, micros(rows["start_at"]), micros(rows["due_at"]))
    found, next_at = timed(rule, complete(rows, subject=_subject(rows)), starts, world.now)
    found = found.assign(critical=found["critical"].isin([True]) & is_red(rule, found["rung"]))
    return Seen(found, blind, ("call_count",), next_at=next_at)


def third_calls(rule: Rule, world: World) -> Seen:
    """Matters that wait by the calls about them: of one order, or of several of one customer."""
    rows, blind = _called(world), world.blind.get("work_orders", ())
    if rows.empty:
        return Seen(complete(rows), blind)
    rows = _of(rows, rule)
    rung = counted(rule, rows["call_count"].fillna(1))
    found = complete(
        rows, subject=_subject(rows), rung=rung, clock="calls", start_at=rows["accepted_at"], critical=False
    )
    told = ("call_count", "order_nos") if "order_nos" in found else ("call_count",)
    return Seen(found[rung > 0], blind, told)


def _called(world: World) -> pd.DataFrame:
    """Open orders by their own calls, those left out that stand with others of their customer."""
    several, alone = world.frame("calls"), world.frame("orders")
    if several.empty or alone.empty:
        return alone if several.empty else several
    counted_with = several["order_nos"].str.split(" ").explode()
    alone = alone[~alone["order_no"].isin(counted_with)]
    return pd.concat([alone, several], ignore_index=True) if len(alone) else several


def flags(rule: Rule, world: World) -> Seen:
    """Open orders that went past the normal way or are graded important; which of these stands in `clock`."""
    rows = world.frame("orders")
    blind = world.blind.get("work_orders", ())
    if rows.empty:
        return Seen(complete(rows), blind)
    rows = _of(rows, rule)
    marks = {
        "escalated": rows["channel"].isin(ESCALATED),
        "leapfrog": rows["is_leapfrog"].isin([True]),
        "grade": rows["grade"].isin(GRADES),
    }
    flag = np.select([marks[name] for name in rule.on["flags"]], rule.on["flags"], "")
    some = flag != ""
    rows = rows[some].assign(clock=flag[some], critical=False, rung=whole(np.ones(int(some.sum()))))
    return Seen(complete(rows, subject=_subject(rows), start_at=rows["accepted_at"]), blind, ("channel", "grade"))


def revisits(rule: Rule, world: World) -> Seen:
    """Dissatisfied answers nobody has taken up, since they were given."""
    rows, blind = world.frame("revisits"), world.blind.get("surveys", ())
    if rows.empty:
        return Seen(complete(rows), blind, gone="taken_up")
    rows = complete(rows, subject=rows["source"] + ":" + rows["survey_no"].astype(str), start_at=rows["answered_at"])
    rows = rows.assign(clock="dissatisfied", critical=False)
    start = micros(rows["answered_at"])
    found, next_at = timed(rule, rows, instants(rule, start, np.full(len(rows), NEVER)), world.now)
    return Seen(found, blind, ("survey_no",), gone="taken_up", next_at=next_at)
