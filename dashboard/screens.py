"""Which panels stand on which screen of a wall page, by size preset. Text never shrinks: what has no room stands on a
further screen of its page, and a panel that stands earlier is the more important one."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from settings import Preset


@dataclass(frozen=True)
class Panel:
    """One place for a panel. Its script reads `options` as data-* of the place:

    rows, from: how many rows of a list stand here, and how many stood on screens before; taken: rows while a take-over
    leaves less room; figures: keys of the figures; across: how many of them stand beside each other.
    """

    name: str
    options: Mapping[str, int | str] = field(default_factory=dict)


@dataclass(frozen=True)
class Screen:
    """What one 16:9 picture shows. It is left out of the rotation while its first panel has nothing to show."""

    name: str
    panels: tuple[Panel, ...]


def _figures(*keys: str, across: int) -> Panel:
    return Panel("tiles", {"figures": " ".join(keys), "across": across})


def _list(name: str, rows: int, first: int = 0, **options: int) -> Panel:
    return Panel(name, {"rows": rows, "from": first, **options})


_ARRIVED, _RESTORED = "arrival_on_time_rate", "restoration_on_time_rate"
_REPEATS, _SATISFIED = "complaint_repeat_rate", "satisfaction_rate"
_OUT, _LEVELS, _ALERTS = "out", "levels", "alerts"

_SITUATION: Final[Mapping[Preset, tuple[Screen, ...]]] = {
    "3m": (
        Screen(
            "situation",
            (
                _figures(_ARRIVED, _RESTORED, _REPEATS, _SATISFIED, _OUT, _LEVELS, across=6),
                Panel("map"),
                _list("hotspots", 2),
                _list("repairs", 15),
                _list("estimates", 4),
                _list("log", 11),
            ),
        ),
    ),
    "6m": (
        Screen(
            "situation",
            (
                _figures(_ARRIVED, _RESTORED, _REPEATS, _OUT, across=4),
                Panel("map"),
                _list("repairs", 6, taken=5),
            ),
        ),
        Screen(
            "situation-more",
            (
                _figures(_SATISFIED, _ALERTS, across=1),
                _list("estimates", 4),
                _list("log", 4),
            ),
        ),
        Screen("situation-list", (_list("repairs", 9, 6),)),
        Screen("situation-hotspots", (_list("hotspots", 4),)),
    ),
    "10m": (
        Screen("situation", (_figures(_ARRIVED, _OUT, across=2), _list("repairs", 3, taken=2))),
        Screen("situation-map", (Panel("map"),)),
        Screen("situation-more", (_figures(_RESTORED, _REPEATS, across=2), _list("estimates", 3))),
        Screen("situation-last", (_figures(_SATISFIED, _ALERTS, across=2), _list("log", 3))),
        Screen("situation-list", (_list("repairs", 6, 3),)),
        Screen("situation-rest", (_list("repairs", 6, 9),)),
        Screen("situation-hotspots", (_list("hotspots", 2),)),
    ),
}

_REPAIRS: Final[Mapping[Preset, tuple[Screen, ...]]] = {
    "3m": (
        Screen(
            "repairs",
            (_list("limits", 15), Panel("stages"), Panel("load"), _list("crews", 6), _list("running", 4)),
        ),
        Screen("repairs-list", (_list("limits", 16, 15),)),
        Screen("repairs-rest", (_list("limits", 16, 31),)),
    ),
    "6m": (
        Screen("repairs", (_list("limits", 9),)),
        Screen("repairs-list", (_list("limits", 9, 9),)),
        Screen("repairs-rest", (_list("limits", 9, 18),)),
        Screen("repairs-load", (Panel("stages"), Panel("load"), _list("crews", 6))),
        Screen("repairs-running", (_list("running", 9),)),
    ),
    "10m": (
        Screen("repairs", (_list("limits", 5),)),
        Screen("repairs-list", (_list("limits", 5, 5),)),
        Screen("repairs-rest", (_list("limits", 5, 10),)),
        Screen("repairs-stages", (Panel("stages"),)),
        Screen("repairs-load", (Panel("load"),)),
        Screen("repairs-crews", (_list("crews", 5),)),
        Screen("repairs-running", (_list("running", 5),)),
    ),
}

_OUTAGES: Final[Mapping[Preset, tuple[Screen, ...]]] = {
    "3m": (
        Screen(
            "outages",
            (_list("running", 9), _list("plans", 18), Panel("supply"), _list("special", 6), _list("frequent", 10)),
        ),
    ),
    "6m": (
        Screen("outages", (_list("running", 9),)),
        Screen("outages-supply", (Panel("supply"),)),
        Screen("outages-plans", (_list("plans", 9),)),
        Screen("outages-special", (_list("special", 9),)),
        Screen("outages-frequent", (_list("frequent", 9),)),
    ),
    "10m": (
        Screen("outages", (_list("running", 5),)),
        Screen("outages-supply", (Panel("supply"),)),
        Screen("outages-plans", (_list("plans", 5),)),
        Screen("outages-special", (_list("special", 5),)),
        Screen("outages-frequent", (_list("frequent", 5),)),
    ),
}

_COMPLAINTS: Final[Mapping[Preset, tuple[Screen, ...]]] = {
    "3m": (
        Screen(
            "complaints",
            (
                *(
                    _list("third", 12),
                    Panel("expected"),
                    _list("channels", 6),
                    _list("escalated", 7),
                    _list("growing", 5),
                ),
                _list("hotspots", 2),
            ),
        ),
    ),
    "6m": (
        Screen("complaints", (Panel("expected"), _list("channels", 5))),
        Screen("complaints-third", (_list("third", 9),)),
        Screen("complaints-escalated", (_list("escalated", 9),)),
        Screen("complaints-growing", (_list("growing", 9),)),
        Screen("complaints-hotspots", (_list("hotspots", 4),)),
    ),
    "10m": (
        Screen("complaints", (Panel("expected"), _list("channels", 2))),
        Screen("complaints-third", (_list("third", 5),)),
        Screen("complaints-escalated", (_list("escalated", 5),)),
        Screen("complaints-channels", (_list("channels", 5, 2),)),
        Screen("complaints-growing", (_list("growing", 5),)),
        Screen("complaints-hotspots", (_list("hotspots", 2),)),
    ),
}

_SATISFACTION: Final[Mapping[Preset, tuple[Screen, ...]]] = {
    "3m": (
        Screen("satisfaction", (_list("stations", 18), Panel("answers"), _list("reasons", 5), _list("cases", 7))),
        Screen("satisfaction-rest", (_list("stations", 16, 18),)),
    ),
    "6m": (
        Screen("satisfaction", (_list("stations", 9),)),
        Screen("satisfaction-answers", (Panel("answers"), _list("reasons", 5))),
        Screen("satisfaction-cases", (_list("cases", 9),)),
        Screen("satisfaction-rest", (_list("stations", 9, 9),)),
    ),
    "10m": (
        Screen("satisfaction", (_list("stations", 5),)),
        Screen("satisfaction-answers", (Panel("answers"), _list("reasons", 2))),
        Screen("satisfaction-reasons", (_list("reasons", 3, 2),)),
        Screen("satisfaction-cases", (_list("cases", 5),)),
    ),
}

SCREENS: Final[Mapping[str, Mapping[Preset, tuple[Screen, ...]]]] = {
    "situation": _SITUATION,
    "repairs": _REPAIRS,
    "outages": _OUTAGES,
    "complaints": _COMPLAINTS,
    "satisfaction": _SATISFACTION,
}
