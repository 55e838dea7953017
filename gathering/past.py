"""A look at a past moment: what of it the answers and the lab share."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import numpy as np

from asking import Desk
from catchup import calendar_of
from gathering import shown, threshold
from gathering.turns import REPLAY_D, Gathering
from kpis.hotspots.calibration import Calibration
from kpis.hotspots.life import Level
from kpis.hotspots.life import Settings as Rules
from kpis.hotspots_facts import seeing, state
from kpis.hotspots_facts.sight import Sight
from settings_hotspots import Hotspots
from store.ledger import hotspots
from store.scope import Scope


def gathering_of(desk: Desk) -> Gathering:
    """The node's own, or one for this question."""
    own = getattr(desk, "gathering", None)
    if isinstance(own, Gathering):
        return own
    return Gathering(desk.settings, desk.facts, desk.ledger, calendar_of(desk.settings))


def known_until(desk: Desk, hot: Gathering) -> datetime:
    """Now, or as far as the sources are known: nothing is seen in hours that nobody has read."""
    return hot.eyes.known(desk.now()) or desk.now()


def whole_hour(at: datetime) -> datetime:
    return at.replace(minute=0, second=0, microsecond=0)


def sight_of(desk: Desk, hot: Gathering, until: datetime, options: Hotspots) -> tuple[Sight, dict[str, Any] | None]:
    sight = hot.eyes.sight(until, options.baseline_days + REPLAY_D, options, hot.confirmed(until))
    lack = hot.eyes.missing(sight)
    return sight, None if lack is None else {"days": round(lack.days, 1), "cases": lack.cases}


def explained(hot: Gathering, sight: Sight, scale: Calibration, paths: Sequence[tuple[str, ...]]) -> list[Any]:
    link = hot.eyes.links(sight)
    found = seeing.clusters(sight, scale, paths)
    return [replace(one, outage=seeing.explained(sight, one, link)[0]) for one in found]


def cluster(
    hot: Gathering, sight: Sight, one: Any, rules: Rules, stood: Mapping[int, Mapping[str, Any]]
) -> dict[str, Any] | None:
    """A cluster of a look as HOTSPOT: under its number where one stood on the same ground then; None below a watch."""
    level = rules.level(one.recurrence_d)
    places = {str(p) for p in one.weight}
    same = (row for row in stood.values() if places & set(row["body"]["places"]))
    row = next(same, None)
    if level is Level.NONE and row is None:
        return None
    body = hot.described(sight, one, row["onset"] if row else None)
    made = shown.watch(body, str(level), shown.key(one))
    if row is not None:
        made |= {"number": row["number"], "state": "open", "opened_at": row["opened_at"].isoformat()}
    return made


def scale_of(
    desk: Desk, hot: Gathering, sight: Sight, options: Hotspots, *, may_store: bool
) -> tuple[Calibration, tuple[tuple[str, ...], ...], dict[str, Any]]:
    """The stored threshold, else one from the fewest histories, fitted here and now."""
    row = hotspots.calibration(desk.ledger, threshold.fingerprint(options))
    if row is not None:
        scale, paths = state.to_calibration(row["body"])
        return scale, paths, {"histories": scale.histories, "is_stored": True}
    task = threshold.task(sight, options, is_first=True)
    scale = threshold.fitted_here(task)
    if may_store:
        threshold.store(desk.ledger, options, task, scale, desk.now(), guard=False)
    said = {
        name: None if np.isnan(v) else float(v)
        for name in ("measured_30d", "low", "high")
        for v in (getattr(scale, name),)
    }
    return (
        scale,
        task.paths,
        {
            "fitted_at": sight.until.isoformat(),
            **said,
            "histories": scale.histories,
            "days": scale.days,
            "exchange": task.exchange,
            "burstiness": round(task.burstiness, 3),
            "kept_because": None,
            "is_stored": may_store,
        },
    )


def belongs(one: Mapping[str, Any], scope: Scope, category: str | None, unit: str | None) -> bool:
    inside = set(one["units"])
    if scope.units is not None and not inside & set(scope.units):
        return False
    if category and category not in one["category"]:
        return False
    return not unit or unit in inside or unit in one["places"] or unit == one["feeder"]
