"""The rule that everybody has: so many complaints at one place in so many days."""

from datetime import timedelta
from typing import Any

from kpis.hotspots_facts.sight import Sight


def naive(sight: Sight, count: int, days: int) -> list[dict[str, Any]]:
    """The places with `count` or more calls in the `days` before the look, the most first: place, observed, window."""
    start = sight.until - timedelta(days=days)
    rows = sight.rows[(sight.rows["accepted_at"] >= start).to_numpy() & (sight.rows["place"] != "").to_numpy()]
    calls = rows.groupby("place")["calls"].sum()
    most = calls[calls >= count].sort_values(ascending=False, kind="stable")
    window = {"start": start.isoformat(), "end": sight.until.isoformat(), "hours": days * 24}
    return [{"place": str(p), "observed": int(n), "window": window} for p, n in zip(most.index, most, strict=True)]
