"""Who is without supply: outages step by step, now and at each of the last hours."""

from datetime import datetime, timedelta
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

OUTAGE: Final = ("source", "outage_no")
PATH: Final = ("city", "county", "station")
TREND_HOURS: Final = 24


def steps(outages: pd.DataFrame, areas: pd.DataFrame) -> pd.DataFrame:
    """One row per area and switching step, or per outage whose areas nobody counted.

    Shapes: OUTAGE, PATH, customers, off_at, on_at. An outage that is over ends its steps; one of which neither areas
    nor customers are known has no row.
    """
    own = outages[[*OUTAGE, *PATH, "customers_out", "started_at", "restored_at"]]
    by_area = areas[areas["customers"].notna()].merge(own, on=list(OUTAGE))
    by_area["on_at"] = by_area["on_at"].fillna(by_area["restored_at"])
    counted = pd.MultiIndex.from_frame(by_area[list(OUTAGE)])
    whole = own[~pd.MultiIndex.from_frame(own[list(OUTAGE)]).isin(counted) & own["customers_out"].notna()]
    whole = whole.assign(customers=whole["customers_out"], off_at=whole["started_at"], on_at=whole["restored_at"])
    names = [*OUTAGE, *PATH, "customers", "off_at", "on_at"]
    if by_area.empty or whole.empty:  # pandas warns of joining an empty frame
        return (whole if by_area.empty else by_area)[names].reset_index(drop=True)
    return pd.concat([by_area[names], whole[names]], ignore_index=True)


def with_customers(outages: pd.DataFrame, switched: pd.DataFrame, now: datetime) -> pd.DataFrame:
    """`outages` with is_running and customers_now: those without supply now, missing where nobody counted them."""
    is_running = outages["restored_at"].isna() | (outages["restored_at"] > now)
    off = switched["customers"].where(is_off(switched, now), 0)
    per_outage = off.groupby([switched[c] for c in OUTAGE]).sum()
    of_outage = per_outage.reindex(pd.MultiIndex.from_frame(outages[list(OUTAGE)]))
    customers = pd.Series(of_outage.to_numpy(dtype="float64"), index=outages.index).round().astype("Int64")
    return outages.assign(is_running=is_running, customers_now=customers)


def is_off(switched: pd.DataFrame, at: datetime) -> pd.Series:
    """Which steps are without supply at that moment."""
    return (switched["off_at"] <= at) & (switched["on_at"].isna() | (switched["on_at"] > at))


def hourly_out(switched: pd.DataFrame, now: datetime) -> list[int]:
    """Customers without supply at each of the last 24 full hours of the zone of `now`, the latest one last."""
    latest = now.replace(minute=0, second=0, microsecond=0)
    hours = pd.DatetimeIndex([latest - timedelta(hours=back) for back in range(TREND_HOURS - 1, -1, -1)])
    hour = hours.tz_convert("UTC").tz_localize(None).to_numpy()[:, np.newaxis]
    off_at, on_at = (switched[name].dt.tz_localize(None).to_numpy() for name in ("off_at", "on_at"))
    off = (off_at <= hour) & (np.isnat(on_at) | (on_at > hour))
    return [int(out) for out in off @ switched["customers"].to_numpy(dtype="float64")]


def total(customers: pd.Series) -> int | None:
    """Their sum; None where there are outages and nobody counted the customers of any."""
    if customers.empty:
        return 0
    summed: Any = customers.sum(min_count=1)
    return None if pd.isna(summed) else int(summed)


def per_code(codes: list[str], places: npt.NDArray[np.object_]) -> list[int]:
    """How often each code occurs among `places`."""
    counts = pd.Series(places, dtype=object).value_counts()
    return [int(counts.get(code, 0)) for code in codes]
