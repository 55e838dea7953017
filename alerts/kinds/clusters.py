"""Hotspots and wide rises, as the scan supplies them. Pure."""

from typing import Final

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
    found = found.assign(clock=rule.watches, start_at=rows["since_at"])
    return Seen(found, (), tuple(name for name in _SAID if name in rows), gone="faded")
