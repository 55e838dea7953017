"""The watch itself: sources, what is suspicious about them, and the node's own vital signs. Pure."""

import numpy as np

from alerts.rules import Rule
from alerts.seen import NEVER, Seen, World, complete, measured, micros, moment, times, whole


def sources(rule: Rule, world: World) -> Seen:
    """Stale beyond promise and hold is bad, within the promise good, between them nobody says.

    A source that was never read is bad once it has failed to answer. One that is no longer set up is no longer listed.
    """
    rows = world.frame("sources")
    if rows.empty:
        return Seen(complete(rows), (), gone="no_longer_watched")
    fresh = (rows["fresh_s"] * 1e6).to_numpy(dtype=np.float64)
    as_of = micros(rows["as_of"])
    never = rows["as_of"].isna().to_numpy()
    age = micros([world.now])[0] - np.where(never, 0, as_of)
    hold = rule.hold.total_seconds() * 1e6
    rung = np.where(age > fresh + hold, 1.0, np.where(age <= fresh, 0.0, np.nan))
    rung = np.where(never, np.where(rows["error"].notna(), 1.0, np.nan), rung)
    due = times(np.where(never, NEVER, as_of + fresh.astype(np.int64)))
    clock = np.where(never, "never_read", "stale")
    found = complete(rows, subject=rows["name"], source=rows["name"], category="watch", clock=clock, critical=False)
    found = found.assign(start_at=rows["as_of"], rung=whole(rung))
    found = found.assign(due_at=due)
    told = ("fresh_s", "error")
    ahead = [x for x in (as_of + fresh + hold)[~never & (rung != 1)] if np.isfinite(x)]
    return Seen(found, (), told, gone="no_longer_watched", next_at=moment(int(min(ahead)) + 1) if ahead else None)


def suspicions(rule: Rule, world: World) -> Seen:
    """What is suspicious about a source, one subject for each."""
    rows = world.frame("suspicions")
    if rows.empty:
        return Seen(complete(rows), (), gone="no_longer_suspicious")
    subject = rows["source"] + ":" + rows["what"]
    found = complete(rows, subject=subject, clock=rows["what"], category="watch", critical=False)
    found = found.assign(start_at=rows["since_at"], rung=whole(np.ones(len(rows))))
    return Seen(found, (), tuple(name for name in ("said",) if name in rows), gone="no_longer_suspicious")


def vitals(rule: Rule, world: World) -> Seen:
    """The node's own measures of the rule's part; `name` says of what (a channel, a disk), empty for the node."""
    rows = world.frame("vitals")
    if rows.empty:
        return Seen(complete(rows), None)
    rows = rows[rows["part"] == rule.on["part"]]
    subject = rows["part"] + np.where(rows["name"] == "", "", ":" + rows["name"])
    found = complete(rows, subject=subject, category="watch", clock=rows["part"], critical=False)
    return Seen(found.assign(rung=measured(rule, rows["value"])), (), ("value", "name"), gone="no_longer_watched")
