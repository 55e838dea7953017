"""Where a mistake of the duty file stands, and the plain values it is written in. Pure."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import time
from difflib import get_close_matches
from typing import Any, Final

from alerts.duty import Hours
from toml_lines import Lines, Path

_WALL: Final = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")


class DutyError(Exception):
    """The duty file can not be used. `faults` has one sentence per mistake: file:line, what is wrong, cure."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


@dataclass(frozen=True)
class Place:
    """A place in the file; `faults` is one list, shared by all places."""

    file: str
    lines: Lines
    faults: list[str]
    path: Path = ()

    def at(self, *path: str | int) -> "Place":
        return Place(self.file, self.lines, self.faults, (*self.path, *path))

    def fault(self, name: str, what: str, cure: str) -> None:
        path = (*self.path, name) if name else self.path
        said = "".join(f"[{p}]" if isinstance(p, int) else f".{p}" for p in path).lstrip(".")
        self.faults.append(f"{self.file}:{self.lines.of(*path)}: {said}: {what}; {cure}")

    def unknown(self, raw: Any, known: Collection[str]) -> None:
        for name in raw if isinstance(raw, dict) else ():
            if name not in known:
                near = get_close_matches(name, known, 1)
                self.fault(name, "unknown field", f"did you mean {near[0]}?" if near else "remove it")


def is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def table(data: Mapping[str, Any], name: str, place: Place) -> dict[str, dict[str, Any]]:
    """The tables under `name`, by their names; what is no table is a fault."""
    found = data.get(name, {})
    if not isinstance(found, dict):
        place.fault(name, "is no table", f"write [{name}.NAME]")
        return {}
    for key, value in found.items():
        if not isinstance(value, dict):
            place.at(name).fault(key, "is no table", f"write [{name}.{key}]")
    return {key: value for key, value in found.items() if isinstance(value, dict)}


def strings(raw: Mapping[str, Any], name: str, place: Place) -> tuple[str, ...]:
    """A list of texts; empty where there is none or it is written wrong."""
    value = raw.get(name, [])
    if not isinstance(value, list) or not all(map(is_text, value)):
        place.fault(name, f"{value!r} is no list of texts", 'write ["a", "b"]')
        return ()
    return tuple(value)


def number(raw: Mapping[str, Any], name: str, place: Place, least: float) -> float | None:
    value = raw.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or value < least:
        place.fault(name, f"{value!r} is no use here", f"write a number, {least:g} or more")
        return None
    return float(value)


def wall_time(raw: Mapping[str, Any], name: str, place: Place) -> time | None:
    found = _wall(raw.get(name))
    if found is None:
        what = f"{raw[name]!r} is no time of day" if name in raw else "is missing"
        place.fault(name, what, 'write it like "08:00"')
    return found


def wall_hours(raw: Mapping[str, Any], name: str, place: Place) -> Hours | None:
    """Hours as "22:00-07:00"; None where there are none or they are written wrong."""
    if name not in raw:
        return None
    hours = hours_of(raw[name])
    if hours is None:
        place.fault(name, f"{raw[name]!r} are no hours", 'write them like "22:00-07:00"')
    return hours


def hours_of(text: Any) -> Hours | None:
    """ "22:00-07:00" as two times of day; None for anything else."""
    first, last = (_wall(part.strip()) for part in text.split("-")) if _is_span(text) else (None, None)
    return (first, last) if first is not None and last is not None else None


def _is_span(text: Any) -> bool:
    return isinstance(text, str) and text.count("-") == 1


def _wall(text: Any) -> time | None:
    found = _WALL.fullmatch(text) if isinstance(text, str) else None
    return time(int(found[1]), int(found[2])) if found else None
