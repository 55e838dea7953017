"""What of the past a look may rest on: enough of it, confirmed hotspots capped, moved units begun anew. Pure."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

import numpy as np
import pandas as pd

DAYS: Final = 56  # eight whole weeks
LEAST_DAYS: Final = 28
LEAST_CASES: Final = 30


@dataclass(frozen=True)
class NotEnough:
    """Not enough history: what is missing. Both are 0 or more; at least one is not 0."""

    days: float
    cases: int


def not_enough(days: float, cases: int) -> NotEnough | None:
    """None where `days` of history with `cases` carry a look; else what is missing of 28 days and 30 cases.

    A scan with less has almost no power, and its silence would say nothing.
    """
    if days >= LEAST_DAYS and cases >= LEAST_CASES:
        return None
    return NotEnough(max(LEAST_DAYS - days, 0), max(LEAST_CASES - cases, 0))


@dataclass(frozen=True)
class Confirmed:
    """A past hotspot staff have taken up, or a declared major event: where, when (end excluded), what was expected.

    `only`: column -> value of the cases that it was about; none: all cases.
    """

    places: frozenset[Hashable]
    start: datetime
    end: datetime
    expected: float
    only: Mapping[str, str] = field(default_factory=dict)


def capped(cases: pd.DataFrame, confirmed: Sequence[Confirmed]) -> pd.DataFrame:
    """`cases` (place, time, what `only` names) with each confirmed hotspot thinned to its expected count, evenly over
    its time.

    Otherwise a large hotspot raises what is expected at its place, and hides the next one.
    """
    rows = cases
    for one in confirmed:
        inside = rows["place"].isin(one.places) & (rows["time"] >= one.start) & (rows["time"] < one.end)
        for name, value in one.only.items():
            inside &= (rows[name] == value).fillna(False)
        at = rows.loc[inside].sort_values("time", kind="stable").index
        keep = min(round(one.expected), len(at))
        kept = at[np.linspace(0, len(at) - 1, keep).round().astype(int)] if keep else at[:0]
        rows = rows.drop(index=at.difference(kept))
    return rows


def begun_anew(
    cases: pd.DataFrame, changes: pd.DataFrame, now: datetime, *, least_days: float = LEAST_DAYS
) -> tuple[pd.DataFrame, tuple[Any, ...]]:
    """`cases` (place, time) with a column epoch, and the places whose new history is still too short.

    `changes` (place, changed_at): when a unit came under another feeder; its cases before the latest change are left
    out. As times are exchanged within an epoch only (put it into the strata), a unit that begins late is compared
    with the others' same time, and is no cluster for having no past. A unit changed less than `least_days` ago has
    no cases at all.
    """
    recent = changes[changes["changed_at"] <= now]
    if recent.empty:
        return cases.assign(epoch=0), ()
    since = recent.groupby("place")["changed_at"].max()
    short = tuple(since.index[since > now - timedelta(days=least_days)])
    begun = cases["place"].map(since)
    old = begun.notna() & (cases["time"] < begun)
    rows = cases[~old & ~cases["place"].isin(short)]
    edges = pd.DatetimeIndex(since[~since.index.isin(short)].drop_duplicates().sort_values())
    return rows.assign(epoch=edges.searchsorted(rows["time"], side="right")), short
