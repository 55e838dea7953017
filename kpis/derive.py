"""What a row gets when it is merged: site day and hour, due times, names of faults. Pure and vectorised."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from kpis.limits import Limit, promised

Derive = Callable[[pd.DataFrame], pd.DataFrame]
# (name, earlier, later): the later time may not lie before the earlier one.
Order = tuple[str, str, str]

ORDER_STAGES: Final[tuple[Order, ...]] = (
    ("dispatched_before_accepted", "accepted_at", "dispatched_at"),
    ("received_before_dispatched", "dispatched_at", "received_at"),
    ("arrived_before_accepted", "accepted_at", "arrived_at"),
    ("restored_before_accepted", "accepted_at", "restored_at"),
    ("replied_before_accepted", "accepted_at", "replied_at"),
    ("closed_before_opened", "accepted_at", "archived_at"),
    ("limit_before_accepted", "accepted_at", "given_due_at"),
)
OUTAGE_STAGES: Final[tuple[Order, ...]] = (
    ("restored_before_started", "started_at", "restored_at"),
    ("planned_end_before_start", "planned_start_at", "planned_end_at"),
)
AREA_STAGES: Final[tuple[Order, ...]] = (("on_before_off", "off_at", "on_at"),)
SURVEY_STAGES: Final[tuple[Order, ...]] = (("answered_before_asked", "asked_at", "answered_at"),)


def derivers(limits: Iterable[Limit], zone: str) -> Mapping[str, Derive]:
    """For each canonical table the function from changed rows to their derived columns, same index."""
    tz, limits = ZoneInfo(zone), tuple(limits)
    return {
        "work_orders": lambda rows: derive_orders(rows, limits, tz),
        "outages": lambda rows: site_time(rows["started_at"], tz).assign(faults=faults(rows, OUTAGE_STAGES)),
        "outage_areas": lambda rows: pd.DataFrame({"faults": faults(rows, AREA_STAGES)}, index=rows.index),
        "surveys": lambda rows: site_time(rows["asked_at"], tz).assign(faults=survey_faults(rows)),
    }


def derive_orders(rows: pd.DataFrame, limits: Sequence[Limit], tz: ZoneInfo) -> pd.DataFrame:
    """day, hour, weekday, arrival_due_at, restoration_due_at and faults of work orders.

    A due time is null where the start of its clock, the area class or a limit for the day of acceptance is missing.
    """
    derived = site_time(rows["accepted_at"], tz)
    arrived = _moments(rows["arrived_at"])
    # An order without its acceptance is judged by the limits of the day on which somebody was there.
    day = derived["day"].fillna(_days(arrived, tz))
    derived["arrival_due_at"] = _due(_moments(rows["accepted_at"]), rows, day, promised(limits, "arrival"))
    derived["restoration_due_at"] = _due(arrived, rows, day, promised(limits, "restoration"))
    derived["faults"] = faults(rows, ORDER_STAGES, ~_restored_first(rows))
    return derived


def site_time(moments: pd.Series, tz: ZoneInfo) -> pd.DataFrame:
    """day (midnight, naive), hour (0 to 23), weekday (1 Monday to 7 Sunday) on the site's wall clock; null stays."""
    local = _moments(moments).dt.tz_convert(tz)
    return pd.DataFrame(
        {
            "day": local.dt.tz_localize(None).dt.normalize(),
            "hour": local.dt.hour.astype("Int64"),
            "weekday": local.dt.day_of_week.astype("Int64") + 1,
        },
        index=moments.index,
    )


def faults(rows: pd.DataFrame, stages: Sequence[Order], sequential: pd.Series | None = None) -> pd.Series:
    """Names of the impossible orders of times in each row, comma separated; null where there is none.

    `sequential`: rows in which supply may come back only after arrival; None where that does not apply.
    """
    found = {name: _moments(rows[later]) < _moments(rows[earlier]) for name, earlier, later in stages}
    if sequential is not None:
        found["restored_before_arrived"] = sequential & (_moments(rows["restored_at"]) < _moments(rows["arrived_at"]))
    return _joined(found, rows.index)


def survey_faults(rows: pd.DataFrame) -> pd.Series:
    """As `faults`, with a score that lies outside its own scale."""
    score, low, high = (pd.to_numeric(rows[c]) for c in ("score", "scale_min", "scale_max"))
    found = {name: _moments(rows[later]) < _moments(rows[earlier]) for name, earlier, later in SURVEY_STAGES}
    found["score_outside_scale"] = (score < low) | (score > high)
    return _joined(found, rows.index)


def _joined(found: Mapping[str, pd.Series], index: pd.Index) -> pd.Series:
    text = np.full(len(index), None, dtype=object)
    for name, mask in found.items():
        hit = mask.fillna(False).to_numpy(dtype=bool)
        text[hit] = [name if old is None else f"{old},{name}" for old in text[hit]]  # faulty rows only: they are few
    return pd.Series(text, index=index, dtype=object)


def _due(start: pd.Series, rows: pd.DataFrame, day: pd.Series, limits: Sequence[Limit]) -> pd.Series:
    minutes = np.full(len(rows), np.nan)
    category, area = rows["category"].to_numpy(dtype=object), rows["area_class"].to_numpy(dtype=object)
    for limit in limits:  # the earliest first, so that the one in force is written last
        valid = (day >= pd.Timestamp(limit.valid_from)).to_numpy()
        minutes[valid & (category == limit.category) & (area == limit.area_class)] = limit.minutes
    return start + pd.Series(pd.to_timedelta(minutes, unit="m"), index=rows.index)


def _days(moments: pd.Series, tz: ZoneInfo) -> pd.Series:
    return moments.dt.tz_convert(tz).dt.tz_localize(None).dt.normalize()


def _restored_first(rows: pd.DataFrame) -> pd.Series:
    """先复电后抢修: supply was back before somebody came, on purpose."""
    return rows["restore_first"].astype("boolean").fillna(False)


def _moments(values: pd.Series) -> pd.Series:
    """Aware UTC in microseconds, also for a column that holds nothing but nulls."""
    return pd.to_datetime(values, utc=True).astype("datetime64[us, UTC]")
