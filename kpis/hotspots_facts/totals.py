"""Daily totals of demands: of the utility and of each county, by category, for rises that are everywhere at once."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

import ibis
import pandas as pd

from kpis.hotspots.family import Path
from kpis.hotspots_facts.demands import wanted
from kpis.types import Reader

HISTORY_DAYS: Final = 800  # two years and some: a season needs one
LEAST_CASES: Final = 30
Series = tuple[Path, str | None]  # category path, unit


def daily(reader: Reader, categories: Sequence[str], last: date, zone: ZoneInfo) -> pd.DataFrame:
    """category, county, day, n of the demands up to `last`, the site's days."""
    start, end = (datetime.combine(day, time(), zone) for day in (last - timedelta(HISTORY_DAYS), last + timedelta(1)))
    t = reader.table("work_orders")
    first, after = (ibis.literal(at, type="timestamp('UTC', 6)") for at in (start, end))
    t = t.filter(t.accepted_at >= first, t.accepted_at < after, wanted(t, categories))
    return reader.frame(t.group_by(["category", "county", "day"]).agg(n=t.count()), end)


def series(counts: pd.DataFrame, last: date) -> Mapping[Series, pd.Series]:
    """One count for every day from the first on: all, each category, each county, each category of a county.

    Those with fewer than 30 demands in all are left out.
    """
    if counts.empty:
        return {}
    days = pd.date_range(pd.to_datetime(counts["day"]).min(), pd.Timestamp(last), freq="D")
    groups: list[tuple[Any, pd.DataFrame]] = [((None, None), counts)]
    groups += [((c, None), rows) for c, rows in counts.groupby("category")]
    groups += [((None, u), rows) for u, rows in counts.groupby("county")]
    groups += [(both, rows) for both, rows in counts.groupby(["category", "county"])]
    found: dict[Series, pd.Series] = {}
    for (category, unit), rows in groups:
        if rows["n"].sum() >= LEAST_CASES:
            by_day = rows.groupby(pd.to_datetime(rows["day"]))["n"].sum()
            found[() if category is None else (category,), unit] = by_day.reindex(days, fill_value=0)
    return found
