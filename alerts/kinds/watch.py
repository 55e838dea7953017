"""The watch itself: sources, what is suspicious about them, and the node's own vital signs. Pure."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from alerts.rules import Rule
from alerts.seen import NEVER, Instants, Seen, World, complete, measured, micros, moment, times, whole

Floats = npt.NDArray[np.float64]
Places = npt.NDArray[np.intp]


def sources(rule: Rule, world: World) -> Seen:
    """Stale beyond promise and hold is bad, within the promise good, between them nobody says: by the worst table of a
    source, of several the one whose promise ran out first. It is named where all others are better off.

    A table that was never read is bad once its source has failed to answer. A source that is no longer set up is no
    longer listed.
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
    due = np.where(never, NEVER, as_of + fresh.astype(np.int64))
    clock = np.where(never, "never_read", "stale")
    ahead = [x for x in (as_of + fresh + hold)[~never & (rung != 1)] if np.isfinite(x)]
    found = complete(rows, subject=rows["name"], source=rows["name"], category="watch", clock=clock, critical=False)
    found = found.assign(start_at=rows["as_of"], rung=whole(rung), due_at=times(due))
    worst = _worst_of_each(rows["name"], rung, due)
    found = found.iloc[worst].assign(table=_only_bad(rows, rung).iloc[worst])
    return Seen(
        found, (), ("table", "fresh_s", "error"), "no_longer_watched", moment(int(min(ahead)) + 1) if ahead else None
    )


def _worst_of_each(name: pd.Series, rung: Floats, due: Instants) -> Places:
    """The place of the worst row of each name: bad before unsure before good, then the one due first."""
    order = np.lexsort((due, np.nan_to_num(rung, nan=0.5) * -1))
    return np.sort(order[~name.iloc[order].duplicated().to_numpy()])


def _only_bad(rows: pd.DataFrame, rung: Floats) -> pd.Series:
    """The table where it alone of several of its source is bad."""
    by = pd.Series(rung == 1, index=rows.index).groupby(rows["name"])
    return rows["table"].where((by.transform("sum") == 1) & (by.transform("size") > 1))


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
