"""The rule that everybody has: so many complaints at one place in so many days."""

from datetime import timedelta
from typing import Any, Final

from kpis.hotspots_facts.sight import Sight
from store.scope import Scope

_UNITS: Final = ("city", "county", "station")


def naive(sight: Sight, scope: Scope, count: int, days: int) -> list[dict[str, Any]]:
    """The places of `scope` with `count` or more calls in the `days` before the look, the most first: place, observed,
    window."""
    start = sight.until - timedelta(days=days)
    rows = sight.rows[(sight.rows["accepted_at"] >= start).to_numpy() & (sight.rows["place"] != "").to_numpy()]
    if scope.units is not None:
        table = sight.ground.places.table
        mine = table["place"][table[list(_UNITS)].isin(scope.units).any(axis=1)]
        rows = rows[rows["place"].isin(mine)]
    calls = rows.groupby("place")["calls"].sum()
    most = calls[calls >= count].sort_values(ascending=False, kind="stable")
    window = {"start": start.isoformat(), "end": sight.until.isoformat(), "hours": days * 24}
    return [{"place": str(p), "observed": int(n), "window": window} for p, n in zip(most.index, most, strict=True)]
