"""Limits as data: what a clock may take, for whom, from which day on. Pure: text in, limits or faults out."""

import re
import tomllib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import MISSING, dataclass, fields
from datetime import date, datetime
from difflib import get_close_matches
from typing import Any, Final


@dataclass(frozen=True)
class Limit:
    """`minutes` that `clock` may run for an order of `category` in `area_class`, accepted on `valid_from` or later."""

    clock: str
    category: str
    area_class: str
    minutes: int
    line: str
    valid_from: date
    source: str
    confirm: bool = False

    @property
    def kind(self) -> tuple[str, str, str, str, date]:
        return self.clock, self.category, self.area_class, self.line, self.valid_from


class LimitFaults(ValueError):
    """The limits can not be used. `faults` has one sentence per mistake: file and line, what is wrong, cure."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


Codes = Mapping[str, Collection[str]]
CLOCKS: Final = frozenset({"arrival", "restoration"})
LINES: Final = frozenset({"promise", "internal", "regulatory"})
_NEEDED: Final = tuple(f.name for f in fields(Limit) if f.default is MISSING)
_FIELDS: Final = tuple(f.name for f in fields(Limit))
_HEADER: Final = re.compile(r"^\s*\[\[\s*limit\s*\]\]")
_KEY: Final = re.compile(r"^\s*([\w-]+)\s*=")


def parse(text: str, file: str, codes: Codes) -> tuple[Limit, ...]:
    """The limits written in `text`, the earliest first. `file` is its name for messages; `codes`: what
    category and area_class may be.

    Errors: LimitFaults with every mistake, each as `file:line: place: what; cure`.
    """
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise LimitFaults([f"{file}: is not TOML: {error}; mend that line"]) from error
    faults = [
        f"{file}:{_line_of(text, k)}: {k}: unknown; a limits file has [[limit]] only" for k in data if k != "limit"
    ]
    entries = data.get("limit", [])
    if not isinstance(entries, list) or not entries:
        raise LimitFaults([*faults, f"{file}:1: there is no limit in it; add [[limit]]"])
    lines = _lines(text)
    found: dict[tuple[Any, ...], int] = {}
    limits: list[Limit] = []
    for place, entry in zip(lines, entries, strict=True):
        mistakes = list(_mistakes(entry, {"clock": CLOCKS, "line": LINES, **codes}))
        faults += [f"{file}:{place.get(key, place[''])}: limit: {key}: {what}" for key, what in mistakes]
        if mistakes:
            continue
        limit = Limit(**entry)
        if limit.kind in found:
            faults.append(f"{file}:{place['']}: limit: the same as in line {found[limit.kind]}; remove one of them")
        found[limit.kind] = place[""]
        limits.append(limit)
    if faults:
        raise LimitFaults(faults)
    return tuple(sorted(limits, key=lambda limit: limit.valid_from))


def promised(limits: Iterable[Limit], clock: str) -> tuple[Limit, ...]:
    """The limits of the public promise for `clock`, the earliest first."""
    return tuple(limit for limit in limits if limit.clock == clock and limit.line == "promise")


def _mistakes(entry: dict[str, Any], codes: Codes) -> Iterable[tuple[str, str]]:
    for key in _NEEDED:
        if key not in entry:
            yield key, "is missing; add it"
    for key, value in entry.items():
        if cure := _mistake(key, value, codes.get(key)):
            yield key, cure


def _mistake(key: str, value: Any, words: Collection[str] | None) -> str | None:
    if key not in _FIELDS:
        near = get_close_matches(key, _FIELDS, 1)
        return f"unknown; {f'did you mean {near[0]}?' if near else 'remove it'}"
    if words is not None and value not in words:
        near = get_close_matches(str(value), words, 1)
        cure = f"did you mean {near[0]}?" if near else "use one of them"
        return f"`{value}` is none of {', '.join(sorted(words))}; {cure}"
    return _wrong_kind(key, value)


def _wrong_kind(key: str, value: Any) -> str | None:
    if key == "minutes" and (not isinstance(value, int) or isinstance(value, bool) or value < 1):
        return f"`{value}` is not a whole number above 0; write minutes"
    if key == "valid_from" and (not isinstance(value, date) or isinstance(value, datetime)):
        return f"`{value}` is not a day; write it as 2022-01-01 without quotes"
    if key == "source" and not (isinstance(value, str) and value.strip()):
        return "is empty; name the rule it comes from"
    if key == "confirm" and not isinstance(value, bool):
        return f"`{value}` is not true or false; write one of them"
    return None


def _lines(text: str) -> list[dict[str, int]]:
    """For each [[limit]] the line of each of its keys; its own line under the empty name."""
    places: list[dict[str, int]] = []
    for number, line in enumerate(text.splitlines(), 1):
        if _HEADER.match(line):
            places.append({"": number})
        elif places and (key := _KEY.match(line)):
            places[-1].setdefault(key.group(1), number)
    return places


def _line_of(text: str, key: str) -> int:
    found = re.search(rf"^\s*\[*\s*{re.escape(key)}\b", text, re.MULTILINE)
    return text.count("\n", 0, found.start() if found else 0) + 1
