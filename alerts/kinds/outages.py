"""Outages: what is wrong with one, and places that were out too often. Pure."""

from collections.abc import Callable, Mapping
from typing import Final

import numpy as np
import pandas as pd

from alerts.rules import Rule
from alerts.seen import NEVER, Seen, World, complete, counted, instants, is_red, micro, micros, moment, timed

NOTICE: Final = {"planned": pd.Timedelta(days=7), "temporary": pd.Timedelta(hours=24)}  # before the planned start


def _runs(t: pd.DataFrame) -> pd.Series:
    return t["started_at"].notna() & t["restored_at"].isna()


def _limits(t: pd.DataFrame) -> pd.Series:
    """When notice was due."""
    return t["planned_start_at"] - t["kind"].map(NOTICE).astype("timedelta64[us]")


# Since when the condition holds for each outage; missing where it does not.
_SINCE: Final[Mapping[str, Callable[[pd.DataFrame], pd.Series]]] = {
    "estimate_expired": lambda t: t["estimate_at"].where(_runs(t)),
    "long": lambda t: t["started_at"].where(_runs(t)),
    "sensitive_out": lambda t: t["started_at"].where(_runs(t) & (t["sensitive_out"].fillna(0) > 0)),
    "important_out": lambda t: t["started_at"].where(_runs(t) & (t["important_out"].fillna(0) > 0)),
    "not_started": lambda t: t["planned_start_at"].where(t["started_at"].isna() & t["restored_at"].isna()),
    "not_restored": lambda t: t["planned_end_at"].where(_runs(t)),
    "notice_late": lambda t: _limits(t).where(t["started_at"].isna() & t["announced_at"].isna()),
}
# What ends each condition: the first of these that is known.
UNTIL: Final[Mapping[str, tuple[str, ...]]] = {
    "estimate_expired": ("restored_at",),
    "long": ("restored_at",),
    "sensitive_out": ("restored_at",),
    "important_out": ("restored_at",),
    "not_started": ("started_at", "restored_at"),
    "not_restored": ("restored_at",),
    "notice_late": ("started_at", "announced_at"),
}
_ENDED: Final = {
    "estimate_expired": "restored_or_new_estimate",
    "long": "restored",
    "sensitive_out": "restored",
    "important_out": "restored",
    "not_started": "started_or_moved",
    "not_restored": "restored",
    "notice_late": "announced_or_begun",
}
_INPUTS: Final = ("kind", "sensitive_out", "important_out", "orders_past", "orders_open", "earliest_due_at")


def _number(rows: pd.DataFrame) -> pd.Series:
    """The number people use, else the key of the row: an outage without a number is an outage."""
    return rows["outage_no"].fillna(rows["source_key"]).astype(str) if "source_key" in rows else rows["outage_no"]


def conditions(rule: Rule, world: World) -> Seen:
    """Outages of which the rule's condition holds, by how long it does. A red one is critical by its customers."""
    rows, blind = world.frame("outages"), world.blind.get("outages", ())
    condition = str(rule.on["condition"])
    if rows.empty:
        return Seen(complete(rows), blind, gone=_ENDED[condition])
    since = _SINCE[condition](rows)
    start = micros(since)
    starts = instants(rule, start, np.full(len(rows), NEVER))
    reached = (starts <= micro(world.now)).any(axis=1)
    ahead = starts[(starts > micro(world.now)) & (starts != NEVER)]
    next_at = moment(int(ahead.min())) if len(ahead) else None
    if not reached.any():
        return Seen(complete(rows.iloc[:0]), blind, gone=_ENDED[condition], next_at=next_at)
    rows = rows.assign(since=since).iloc[np.flatnonzero(reached)]
    due = rows["planned_start_at"] if condition == "notice_late" else rows["since"]
    places = complete(
        rows,
        subject=rows["source"] + ":" + _number(rows),
        category="outage",
        clock=condition,
        start_at=rows["since"],
        due_at=due,
        customers=rows["customers_now"],
    )
    found, _ = timed(rule, places, starts[reached], world.now)
    found = found.assign(critical=found["critical"].isin([True]) & is_red(rule, found["rung"]))
    told = tuple(name for name in _INPUTS if name in found)
    return Seen(found, blind, told, gone=_ENDED[condition], next_at=next_at)


def frequent(rule: Rule, world: World) -> Seen:
    """Places by how often they were out in the window: the rung before the limit says that one more makes it a case."""
    rows, blind = world.frame("areas"), world.blind.get("outages", ())
    if rows.empty:
        return Seen(complete(rows), blind, gone="window_passed")
    rows = rows[(rows["per"] == rule.on["per"]) & (rows["window_days"] == rule.on["window_days"])]
    rung = counted(rule, rows["count"])
    found = complete(rows, subject=rows["per"] + ":" + rows["code"].astype(str), rung=rung, category="outage")
    found = found.assign(clock="frequent", start_at=rows["since"], critical=False)
    return Seen(found[rung > 0], blind, ("count", "window_days", "code"), gone="window_passed")
