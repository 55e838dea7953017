"""The lists of the wall's page Outages: planned work of today, special customers out, areas often without supply."""

from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

import pandas as pd

from kpis import outage_watch
from kpis.columns import columns, plain
from kpis.periods import midnight
from kpis.supply import FREQUENT, FREQUENT_DAYS

LISTED: Final = 40  # a wall shows 15 at most
_PLACE: Final = ("county", "station", "feeder")
_DAY_H: Final = 24


def plans(planned: pd.DataFrame, running: pd.DataFrame, now: datetime, zone: ZoneInfo) -> dict[str, Any]:
    """Planned and temporary work of the site's day, and what still runs past its end; late ones first, then by time.

    state: not_started (15 min past the planned start), not_restored (past the planned end), running, done, ahead.
    notice: none, late, or in_time, by what is known now. Counts are of the day's whole list; `unannounced` of the plans
    of the coming week whose notice is due.
    """
    start = midnight(now.astimezone(zone).date(), zone)
    today = planned[(planned["planned_start_at"] >= start) & (planned["planned_start_at"] < start + pd.Timedelta("1D"))]
    overrun = outage_watch.not_restored(running, now)
    rest = overrun[~overrun["source_key"].isin(today["source_key"])]
    shown = pd.concat([today, rest], ignore_index=True) if len(rest) else today
    late = set(outage_watch.not_started(planned, now)["source_key"])
    over = set(overrun["source_key"])
    done = shown["restored_at"].notna() if "restored_at" in shown else pd.Series(dtype=bool)
    state = pd.Series("ahead", index=shown.index, dtype=object)
    state = state.mask(shown["started_at"].notna(), "running").mask(done, "done")
    state = state.mask(shown["source_key"].isin(late), "not_started").mask(
        shown["source_key"].isin(over), "not_restored"
    )
    due = shown["planned_start_at"] - shown["kind"].map(outage_watch.AHEAD).astype("timedelta64[us]")
    notice = pd.Series("in_time", index=shown.index, dtype=object)
    notice = notice.mask(shown["announced_at"] > due, "late").mask(shown["announced_at"].isna(), "none")
    rank = state.map({"not_restored": 0, "not_started": 1, "running": 2, "ahead": 3, "done": 4})
    listed = shown.assign(state=state, notice=notice, rank=rank).sort_values(["rank", "planned_start_at", "source_key"])
    names = ("outage_no", *_PLACE, "kind", "planned_start_at", "planned_end_at", "started_at", "state", "notice")
    return {
        "total": len(today),
        **{name: int((state == name).sum()) for name in ("not_started", "not_restored", "running", "done", "ahead")},
        "notice_missed": int((notice != "in_time").sum()),
        "unannounced": len(outage_watch.unannounced(planned, now)),
        "columns": columns(listed.head(LISTED), names),
    }


def special(running: pd.DataFrame, now: datetime) -> dict[str, Any]:
    """Sensitive and important customers without supply; null where no running outage says so. Most important first."""
    found = outage_watch.with_special_customers(running, now)
    found = found.sort_values(["important_out", "sensitive_out", "started_at"], ascending=[False, False, True])
    names = ("outage_no", *_PLACE, "kind", "started_at", "estimate_at", "sensitive_out", "important_out")
    return {
        "sensitive": _sum(running["sensitive_out"]),
        "important": _sum(running["important_out"]),
        "unsaid": int(running[["sensitive_out", "important_out"]].isna().all(axis=1).sum()),
        "count": len(found),
        "columns": columns(found.head(LISTED), names),
    }


def frequent(areas: pd.DataFrame) -> dict[str, Any]:
    """Transformer areas off 3 times or more in 60 days, the most often first; `running`: off now once more."""
    names = (*_PLACE, "transformer_area", "name_zh", "name_en", "n", "total_min", "last_at")
    return {
        "days": FREQUENT_DAYS,
        "least": FREQUENT,
        "count": len(areas),
        "customers": _sum(areas["customers"]),
        "columns": {**columns(areas.head(LISTED), names), "off": plain(areas.head(LISTED)["running"] > 0)},
    }


def _sum(numbers: pd.Series) -> int | None:
    """0 of nothing, None of unknowns only."""
    if numbers.empty:
        return 0
    total: Any = numbers.sum(min_count=1)
    return None if pd.isna(total) else int(total)
