"""Hotspots and wide rises, as the scan supplies them. Pure."""

from typing import Final

import numpy as np
import pandas as pd

from alerts.rules import Rule
from alerts.seen import Seen, World, complete, counted

_SAID: Final = ("observed", "expected", "ri_days", "words", "customers_calling", "name", "radius_km")


def clusters(rule: Rule, world: World) -> Seen:
    """Standing clusters of the rule's kind by grade: 1 an alert, 2 severe."""
    rows = world.frame("clusters")
    if rows.empty:
        return Seen(complete(rows), (), gone="faded")
    rows = rows[rows["watch"] == rule.watches]
    rung = counted(rule, rows["grade"])
    found = complete(rows, subject=rule.watches + ":" + rows["number"].astype(str), rung=rung, category="hotspot")
    # What has grown enough to be told again is a condition of its own: it wakes whoever took the smaller one.
    told = rows["told"] if "told" in rows else pd.Series(1, index=rows.index)
    clock = np.where(told > 1, rule.watches + ":" + told.astype(str), rule.watches)
    found = found.assign(clock=clock, start_at=rows["since_at"])
    return Seen(found, (), tuple(name for name in _SAID if name in rows), gone="faded")
