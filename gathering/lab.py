"""The lab: what would have been found at a past moment with other settings, beside a naive rule."""

import time
from collections.abc import Mapping
from typing import Any, Final

from pydantic import ValidationError

from asking import Desk, moment_of
from gathering import shown, threshold
from gathering.naive import naive
from gathering.past import belongs, cluster, explained, gathering_of, known_until, sight_of, whole_hour
from gathering.turns import Gathering
from kpis.hotspots.calibration import Calibration
from kpis.hotspots.life import Settings as Rules
from kpis.hotspots_facts import state
from kpis.hotspots_facts.sight import Sight
from kpis.types import Refusal
from settings_hotspots import Hotspots
from store.ledger import hotspots
from store.scope import Scope

QUICK: Final = 4  # hours between the looks of a lab's quick threshold


def lab(desk: Desk, scope: Scope, args: Mapping[str, Any]) -> dict[str, Any]:
    """What would have been found at a past moment with other settings, beside a naive rule."""
    began = time.perf_counter()
    hot, options = gathering_of(desk), _options(desk.settings.hotspots, args)
    at = moment_of(args.get("as_of")) or known_until(desk, hot)
    until = whole_hour(min(at, desk.now()))
    sight, lack = sight_of(desk, hot, until, options)
    said: dict[str, Any] = {
        "as_of": at.isoformat(),
        "until": until.isoformat(),
        "state": "ok",
        "missing": lack,
        "left_out": dict(sight.left_out),
    }
    said |= {"hotspots": [], "calibration": None}
    if lack is not None:
        said["state"] = "not_enough_history"
    else:
        scale, paths, how = _lab_scale(desk, hot, sight, options)
        rules = Rules(alert_d=30 / options.budget_30d)
        found = [cluster(hot, sight, one, rules, {}) for one in explained(hot, sight, scale, paths)]
        said |= {"calibration": how, "hotspots": list(shown.rarest_first([
            one for one in found if one is not None and belongs(one, scope, None, None)
        ]))}  # fmt: skip
    rule = args.get("naive") or {}
    count, days = int(rule.get("count") or 5), int(rule.get("days") or 3)
    said["naive"] = {"count": count, "days": days, "found": naive(sight, scope, count, days)}
    return said | {"seconds": round(time.perf_counter() - began, 2)}


def _options(options: Hotspots, args: Mapping[str, Any]) -> Hotspots:
    """The site's settings with those of the lab. Errors: Refusal with each mistake."""
    change: dict[str, Any] = {k: args[k] for k in ("budget_30d", "unit", "categories") if args.get(k)}
    if args.get("radius_km"):
        radius = float(args["radius_km"])
        change |= {"radius_urban_km": radius, "radius_rural_km": radius}
    try:
        return Hotspots.model_validate({**options.model_dump(), **change})
    except ValidationError as error:
        told = "; ".join(
            f"{'.'.join(map(str, e['loc']))}: {e['msg'].removeprefix('Value error, ')}" for e in error.errors()
        )
        raise Refusal(told) from error


def _lab_scale(
    desk: Desk, hot: Gathering, sight: Sight, options: Hotspots
) -> tuple[Calibration, tuple[tuple[str, ...], ...], dict[str, Any]]:
    """The stored threshold where it holds for these settings, nearly so for another radius; else a quick one."""
    own = desk.settings.hotspots
    row = hotspots.calibration(desk.ledger, threshold.fingerprint(own))
    same = (options.unit, options.categories, options.baseline_days) == (own.unit, own.categories, own.baseline_days)
    if row is not None and same:
        scale, paths = state.to_calibration(row["body"])
        radius = (options.radius_urban_km, options.radius_rural_km) == (own.radius_urban_km, own.radius_rural_km)
        return scale, paths, {"is_stored": True, "is_for_this_radius": radius, "histories": scale.histories}
    scale, paths = threshold.quick(sight, options, QUICK)
    return scale, paths, {"is_stored": False, "is_for_this_radius": True, "histories": scale.histories}
