"""The rosters of the duty file as they are written. Pure."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final

from alerts.duty import DAYS, TURNS, Roster, Shift
from alerts.duty_place import Place, is_text, strings
from alerts.duty_place import wall_time as wall
from alerts.roster import gaps, overlaps
from kpis.types import ROLES

_ROSTER: Final = ("role", "unit", "people", "groups", "turn", "anchor", "handover", "shifts")
_SHIFT: Final = ("start", "end", "days", "people", "groups")


def _groups(raw: Mapping[str, Any], place: Place) -> tuple[tuple[str, ...], ...]:
    """`people` take turns one by one, `groups` several at a time."""
    if "people" in raw and "groups" in raw:
        place.fault("groups", "people and groups are both given", "keep one of them")
    people = strings(raw, "people", place)
    groups = raw.get("groups", [])
    if not isinstance(groups, list) or not all(isinstance(g, list) and g and all(map(is_text, g)) for g in groups):
        place.fault("groups", f"{groups!r} is no list of groups", 'write [["P1", "P2"], ["P3"]]')
        return ()
    return tuple((one,) for one in people) or tuple(tuple(group) for group in groups)


def _shift(raw: Any, place: Place) -> Shift | None:
    if not isinstance(raw, dict):
        place.fault("", f"{raw!r} is no shift", 'write { start = "08:00", end = "20:00" }')
        return None
    place.unknown(raw, _SHIFT)
    start, end = wall(raw, "start", place), wall(raw, "end", place)
    days = raw.get("days", "all")
    if days not in DAYS:
        place.fault("days", f"{days!r} are no days", f"write one of {', '.join(DAYS)}")
    return Shift(start, end, days, _groups(raw, place)) if start is not None and end is not None else None


def _shifts(raw: Mapping[str, Any], place: Place) -> tuple[Shift, ...]:
    """The shifts that are listed, else one from hand-over to hand-over."""
    listed = raw.get("shifts")
    if listed is None:
        at = wall({"handover": raw.get("handover", "08:00")}, "handover", place)
        return (Shift(at, at),) if at is not None else ()
    if "handover" in raw:
        place.fault("handover", "shifts hand over where they begin", "remove it or the shifts")
    listed = listed if isinstance(listed, list) else [listed]
    read = [_shift(one, place.at("shifts", i)) for i, one in enumerate(listed)]
    return tuple(shift for shift in read if shift)


def roster(name: str, raw: Mapping[str, Any], place: Place) -> Roster:
    """One roster; what is wrong with it is told at `place`."""
    place.unknown(raw, _ROSTER)
    before = len(place.faults)
    if raw.get("role") is not None and raw["role"] not in ROLES:
        place.fault("role", f"no role `{raw['role']}`", f"there are {', '.join(ROLES)}")
    turn, anchor = raw.get("turn", "day"), raw.get("anchor", date(2026, 1, 1))
    if turn not in TURNS:
        place.fault("turn", f"{turn!r} is no turn", f"write one of {', '.join(TURNS)}")
    if not isinstance(anchor, date) or isinstance(anchor, datetime):
        place.fault("anchor", f"{anchor!r} is no day", "write the first day of the rotation, e.g. 2026-01-01")
    shifts = _shifts(raw, place)
    made = Roster(name, shifts, _groups(raw, place), anchor, turn, raw.get("role"), raw.get("unit"))
    if len(place.faults) == before:
        _on_duty_faults(made, place)
    return made


def _on_duty_faults(roster: Roster, place: Place) -> None:
    if not roster.groups and not all(shift.groups for shift in roster.shifts):
        place.fault("people", "nobody is on this roster", 'write people = ["P1", "P2"]')
    for when in gaps(roster):
        place.fault("shifts", f"nobody is on duty {when}", "let the shifts cover the whole day")
    for when in overlaps(roster):
        place.fault("shifts", f"two shifts run at once {when}", "let one end where the next begins; use groups for two")
