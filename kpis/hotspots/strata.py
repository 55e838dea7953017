"""Strata of hours, within which the usual differences between places cancel. Pure."""

from collections.abc import Callable
from datetime import date

import numpy as np
import pandas as pd

from kpis.hotspots.tables import BadTable, Ints

HOURS = 4  # of a block: shorter ones leave too few cases to exchange


def blocks(local: pd.Series, is_working: Callable[[date], bool]) -> Ints:
    """Working or other day x block of 4 hours, 0 to 11, of each local wall-clock time.

    `is_working`: such as `kpis.calendar.Calendar.is_working`. Errors: BadTable for a missing time.
    """
    if local.isna().any():
        row = int(np.flatnonzero(local.isna())[0])
        raise BadTable(f"cases: row {row}: no time; leave the row out")
    days = local.dt.normalize()
    working = {day: is_working(day.date()) for day in days.unique()}
    kind = days.map(working).to_numpy(dtype=np.int64)
    return np.asarray(kind * (24 // HOURS) + local.dt.hour.to_numpy() // HOURS, dtype=np.int64)


def combined(*parts: Ints) -> Ints:
    """One number for each combination of values, such as block x epoch x class of recording delay."""
    if len(parts) == 1:
        return parts[0]
    return np.asarray(pd.factorize(pd.MultiIndex.from_arrays(list(parts)))[0], dtype=np.int64)
