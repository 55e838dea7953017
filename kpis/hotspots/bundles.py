"""Customer-day bundles: what one customer says within a day is one event. Pure."""

from typing import Final

import numpy as np
import pandas as pd

from kpis.hotspots.tables import BadTable

DAY_US: Final = 24 * 3_600_000_000


def bundled(calls: pd.DataFrame) -> pd.DataFrame:
    """One row per event: a customer's first call at a place and all he says there within 24 h of it.

    `calls`: place, customer, time (dates) and whatever else; the event keeps the first call's columns, in order of
    time, and has `calls`, how many there were. A call of nobody known is an event of its own.
    Permuting events instead of calls keeps bursts of one customer from looking like many.
    """
    for name in ("place", "customer", "time"):
        if name not in calls.columns:
            raise BadTable(f"calls: no column {name}; there are {', '.join(map(str, calls.columns))}")
    rows = calls.sort_values("time", kind="stable").reset_index(drop=True)
    customer, place = (pd.factorize(rows[name])[0].astype(np.int64) for name in ("customer", "place"))
    who = np.unique(customer * (place.max(initial=0) + 2) + place, return_inverse=True)[1]
    who = np.where(rows["customer"].isna(), len(rows) + np.arange(len(rows)), who)
    first_of = np.full(len(rows), -1)
    at = pd.DatetimeIndex(rows["time"]).as_unit("us").asi8
    left = np.arange(len(rows))
    while left.size:  # as many rounds as the busiest customer has events, not one per row
        mine = pd.Series(left).groupby(who[left]).transform("first").to_numpy()
        near = at[left] - at[mine] < DAY_US
        first_of[left[near]] = mine[near]
        left = left[~near]
    firsts, calls_of = np.unique(first_of, return_counts=True)
    return rows.iloc[firsts].assign(calls=calls_of).reset_index(drop=True)
