"""What a site's settings name beyond themselves: KPIs, rules, wall pages, channels, files; asked at each start."""

from collections.abc import Callable, Iterable
from difflib import get_close_matches
from typing import TypeVar

from alerts import channels, load_duty
from alerts.load import load as load_rules
from dashboard import boundaries
from dashboard.screens import SCREENS
from kpis.catalogue import CATALOGUE, LIVE
from kpis.limits_file import load as load_limits
from kpis.risk import PARTS
from settings import Settings, SettingsError

WALL_PAGES = tuple(SCREENS)
LIVE_RATES = tuple(d.key for d in LIVE if d.statistic == "rate")  # figures that a rule may hold against a target
MOST_NAMED = 20  # names of a cure: a city has hundreds of units
T = TypeVar("T")


def faults(settings: Settings) -> list[str]:
    """One sentence per mistake, with its cure; empty when a node may start."""
    found: list[str] = []
    rules = _tried(found, lambda: load_rules(settings.rules))
    _tried(found, lambda: load_limits(settings.limits))
    _tried(found, lambda: channels.make(settings.channels, settings.routes))
    try:
        boundaries.load(settings.site.boundaries)
    except boundaries.BadBoundaries as error:
        found.append(f"site.boundaries: {error}")
    found += _unknown("kpis", settings.kpis, CATALOGUE)
    found += _unknown("stations.indicators", settings.stations.indicators, [part.key for part in PARTS])
    duty = _tried(found, lambda: load_duty.load(settings))
    if rules is not None and duty is not None:
        found += load_duty.faults(settings, duty, rules)
    if rules is not None:
        for rule in rules.values():
            if rule.watches == "kpi":
                found += _unknown(f"rule {rule.key}.on.kpi", [str(rule.on["kpi"])], LIVE_RATES)
        for i, route in enumerate(settings.routes):
            found += _unknown(f"routes[{i}].rule", route.rule, rules)
    for name, wall in settings.walls.items():
        found += _unknown(f"walls.{name}.pages", wall.pages, WALL_PAGES)
    return found


def unknown_areas(settings: Settings, codes: Iterable[str]) -> list[str]:
    """One sentence per wall of a unit that is not among `codes`: only the sources know which units there are."""
    known = list(codes)
    told = []
    for name, wall in settings.walls.items():
        told += _unknown(f"walls.{name}.area", [wall.area] if wall.area else [], known)
    return told


def remarks(settings: Settings) -> list[str]:
    """What was mended in the files a site brought; a node starts all the same."""
    try:
        return list(boundaries.load(settings.site.boundaries).mended)
    except boundaries.BadBoundaries:
        return []  # told among the faults


def _tried(found: list[str], load: Callable[[], T]) -> T | None:
    try:
        return load()
    except SettingsError as error:
        found += error.faults
        return None


def _unknown(place: str, names: Iterable[str], known: Iterable[str]) -> list[str]:
    there = list(known)
    told = []
    for name in names:
        if name not in there:
            near = get_close_matches(name, there, 1)
            cure = f"did you mean {near[0]}?" if near else f"there are {', '.join(there[:MOST_NAMED])}"
            told.append(f"{place}: no `{name}`; {cure}")
    return told
