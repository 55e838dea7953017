"""What of the outages of one moment needs somebody: cheap, pure questions of an observation's frames.

Each gives the rows of WATCHED that are so at `now`, the longest so first, an empty frame for none. A source that fell
silent says nothing: whoever asks looks at its age first.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

import ibis
import pandas as pd

from kpis.notice import PLANNED, TEMPORARY
from kpis.switching import PATH
from kpis.types import Tables, known
from store.facts import schema

# since: from when on it is so. late_min: minutes from then to now. notice, of unannounced only: none / late.
# customers_now: without supply now, missing where nobody counted; of plans that have not begun it is missing.
WATCHED: Final = (
    *("source", "source_key", "outage_no", *PATH, "feeder", "kind", "started_at", "estimate_at"),
    *("planned_start_at", "planned_end_at", "announced_at", "customers_now", "sensitive_out", "important_out"),
    *("since", "late_min"),
)
LONG: Final = timedelta(hours=8)  # a fault of 8 h or more stands in the weekly report of a province
START_GRACE: Final = timedelta(minutes=15)  # our choice: switching takes its time
AHEAD: Final[Mapping[str, timedelta]] = {"planned": PLANNED, "temporary": TEMPORARY}
_BACK: Final = timedelta(hours=24)
_PLAN: Final = ("outage_no", *PATH, "feeder", "kind", "started_at", "restored_at", "estimate_at")
_TIMES: Final = ("planned_start_at", "planned_end_at", "announced_at")


def plans(reader: Tables) -> Any:
    """Planned and temporary work whose planned start lies within a day past or the 8 days to come, done or not."""
    t = reader.table("outages")
    earliest = schema.NOW - ibis.interval(hours=int(_BACK.total_seconds() // 3600))
    latest = schema.NOW + ibis.interval(hours=8 * 24)
    t = t.filter(t.kind.isin(tuple(AHEAD)), t.planned_start_at >= earliest, t.planned_start_at < latest)
    past = {name: known(t[name]) for name in ("started_at", "restored_at", "announced_at")}
    names = ("source", "source_key", *_PLAN, *_TIMES, "sensitive_out", "important_out")
    return t.mutate(**past).select(*names).order_by("planned_start_at", "source", "source_key")


def expired(outages: pd.DataFrame, now: datetime) -> pd.DataFrame:
    """Running outages whose estimate has passed. since: the estimate."""
    return _since(outages, _running(outages), outages["estimate_at"], now)


def long(outages: pd.DataFrame, now: datetime, over: timedelta = LONG) -> pd.DataFrame:
    """Running outages, planned ones too, that have lasted for `over` or longer. since: when they reached it."""
    return _since(outages, _running(outages), outages["started_at"] + over, now, is_inclusive=True)


def with_special_customers(outages: pd.DataFrame, now: datetime) -> pd.DataFrame:
    """Running outages with sensitive or important customers among those out. since: the start."""
    special = outages[["sensitive_out", "important_out"]].fillna(0).sum(axis=1) > 0
    return _since(outages, _running(outages) & special, outages["started_at"], now, is_inclusive=True)


def not_started(planned: pd.DataFrame, now: datetime, grace: timedelta = START_GRACE) -> pd.DataFrame:
    """Plans whose start passed more than `grace` ago and that have not begun. since: the planned start."""
    waiting = planned["started_at"].isna() & planned["restored_at"].isna()
    due = planned["planned_start_at"]
    return _since(planned, waiting & (due + grace < now), due, now)


def not_restored(outages: pd.DataFrame, now: datetime) -> pd.DataFrame:
    """Planned and temporary work that runs past its planned end. since: the planned end."""
    return _since(outages, _running(outages) & outages["kind"].isin(list(AHEAD)), outages["planned_end_at"], now)


def unannounced(planned: pd.DataFrame, now: datetime) -> pd.DataFrame:
    """Plans that have not begun and whose notice was not given in time: 7 days before planned, 24 h before temporary
    work. since: when it was due; one more column `notice`: none, or late."""
    due = planned["planned_start_at"] - planned["kind"].map(AHEAD).astype("timedelta64[us]")
    given = planned["announced_at"]
    waiting = planned["started_at"].isna() & planned["restored_at"].isna()
    found = _since(planned, waiting & (given.isna() | (given > due)), due, now)
    return found.assign(notice=pd.Series("late", index=found.index).where(found["announced_at"].notna(), "none"))


WATCHES: Final[Mapping[str, Callable[[pd.DataFrame, datetime], pd.DataFrame]]] = {
    "expired": expired,
    "long": long,
    "with_special_customers": with_special_customers,
    "not_restored": not_restored,
}
PLAN_WATCHES: Final[Mapping[str, Callable[[pd.DataFrame, datetime], pd.DataFrame]]] = {
    "not_started": not_started,
    "unannounced": unannounced,
}


def _running(outages: pd.DataFrame) -> pd.Series:
    return outages["is_running"].astype(bool)


def _since(
    frame: pd.DataFrame, chosen: pd.Series, since: pd.Series, now: datetime, *, is_inclusive: bool = False
) -> pd.DataFrame:
    come = since <= now if is_inclusive else since < now
    mask = (chosen & come).fillna(False).to_numpy(dtype=bool)
    found = frame[mask].assign(since=since[mask])
    found["late_min"] = (now - found["since"]).dt.total_seconds() / 60
    if "customers_now" not in found:
        found["customers_now"] = pd.Series(pd.NA, index=found.index, dtype="Int64")
    return found.sort_values(["since", "source", "source_key"])[list(WATCHED)].reset_index(drop=True)
