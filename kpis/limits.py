"""Limits as data: what a clock may take, for whom, counted how, since when. Pure: text in, limits or faults out."""

import tomllib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from difflib import get_close_matches
from typing import Any, Final

from toml_lines import Lines, lines

STATE_GRID: Final = "state_grid"
PROFILES: Final = (STATE_GRID, "china_southern")
# How an amount is counted (docs/clocks.md), and how many microseconds or days one of its unit is.
UNITS: Final[Mapping[str, tuple[str, int]]] = {
    "minutes": ("elapsed", 60_000_000),
    "hours": ("elapsed", 3_600_000_000),
    "open_hours": ("open_hours", 3_600_000_000),
    "working_days": ("working_days", 1),
}
# What a limit may be bound to. An amount may also differ by area class: minutes = { urban = 45, rural = 90 }.
CONDITIONS: Final = (
    "category",
    "subcategory_1",
    "subcategory_2",
    "area_class",
    "customer_kind",
    "tier",
    "channel",
    "grade",
)
PAUSES: Final = ("all", "none")


@dataclass(frozen=True)
class Limit:
    """`amount` that `clock` may take for orders that fulfil `where`, accepted on `valid_from` or later.

    `kind`: elapsed and open_hours count microseconds, working_days count days. `where`: field -> values of which an
    order has one. `pauses`: reasons that stop the clock; None: all do. `confirm`: not in a public text; the customer
    confirms it.
    """

    clock: str
    line: str
    kind: str
    amount: int
    where: tuple[tuple[str, frozenset[str]], ...]
    valid_from: date
    source: str
    pauses: frozenset[str] | None = None
    confirm: bool = False

    @property
    def rank(self) -> tuple[int, date]:
        """Of two that fit an order the one of higher rank holds: more conditions, then the later."""
        return len(self.where), self.valid_from


class LimitFaults(ValueError):
    """The limits can not be used. `faults` has one sentence per mistake: file and line, what is wrong, cure."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


Codes = Mapping[str, Collection[str]]
Clocks = Mapping[str, Collection[str]]
_FIELDS: Final = ("clock", "line", "profile", *UNITS, *CONDITIONS, "valid_from", "source", "pauses", "confirm")
_NEEDED: Final = ("clock", "line", "valid_from", "source")


def parse(text: str, file: str, codes: Codes, clocks: Clocks, profile: str) -> tuple[Limit, ...]:
    """The limits of `profile` written in `text`, lowest rank first. `file` is its name for messages; `codes`: what
    conditions may be, where that is known; `clocks`: the lines each clock may have.

    Errors: LimitFaults with every mistake, each as `file:line: place: what; cure`.
    """
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise LimitFaults([f"{file}: is not TOML: {error}; mend that line"]) from error
    at = lines(text)
    faults = [f"{file}:{at.of(k)}: {k}: unknown; a limits file has [[limit]] only" for k in data if k != "limit"]
    entries = data.get("limit", [])
    if not isinstance(entries, list) or not entries:
        raise LimitFaults([*faults, f"{file}:1: there is no limit in it; add [[limit]]"])
    words = {"clock": clocks, "profile": PROFILES, **codes}
    found: dict[tuple[Any, ...], int] = {}
    limits: list[Limit] = []
    for i, entry in enumerate(entries):
        mistakes = list(_mistakes(entry, words | {"line": _lines_of(entry, clocks)}))
        faults += [f"{file}:{at.of('limit', i, key)}: limit: {key}: {what}" for key, what in mistakes]
        if mistakes:
            continue
        faults += [f"{file}:{at.of('limit', i)}: limit: {said}" for said in _repeated(entry, i, found, at)]
        if entry.get("profile", profile) == profile:
            limits += _limits(entry)
    if faults:
        raise LimitFaults(faults)
    return tuple(sorted(limits, key=lambda limit: limit.rank))


def _lines_of(entry: Mapping[str, Any], clocks: Clocks) -> Collection[str]:
    """The lines that the clock of an entry may have; those of all where the clock itself is unknown."""
    every = dict.fromkeys(line for known in clocks.values() for line in known)
    return clocks.get(entry.get("clock", ""), tuple(every))


def _limits(entry: Mapping[str, Any]) -> Iterator[Limit]:
    """The limits of one entry: several where its amount differs by area class."""
    unit = next(u for u in UNITS if u in entry)
    kind, size = UNITS[unit]
    amounts = entry[unit] if isinstance(entry[unit], dict) else {None: entry[unit]}
    own = {name: frozenset(_listed(entry[name])) for name in CONDITIONS if name in entry}
    stops = _listed(entry.get("pauses", "all"))
    for area, amount in amounts.items():
        where = own | ({} if area is None else {"area_class": frozenset([area])})
        yield Limit(
            clock=entry["clock"],
            line=entry["line"],
            kind=kind,
            amount=amount * size,
            where=tuple(sorted(where.items())),
            valid_from=entry["valid_from"],
            source=entry["source"],
            pauses=None if stops == ["all"] else frozenset(stops) - {"none"},
            confirm=entry.get("confirm", False),
        )


def _listed(value: Any) -> list[str]:
    return value if isinstance(value, list) else [value]


def _repeated(entry: Mapping[str, Any], i: int, found: dict[tuple[Any, ...], int], at: Lines) -> Iterator[str]:
    """Limits of the same clock, line, conditions and day: nobody could say which holds."""
    for limit in _limits(entry):
        key = (entry.get("profile"), limit.clock, limit.line, limit.where, limit.valid_from)
        if key in found:
            yield f"the same as in line {at.of('limit', found[key])}; remove one of them"
            return
    found |= {(entry.get("profile"), x.clock, x.line, x.where, x.valid_from): i for x in _limits(entry)}


def _mistakes(entry: Mapping[str, Any], words: Codes) -> Iterator[tuple[str, str]]:
    """What is wrong with an entry: (key, sentence)."""
    for key in _NEEDED:
        if key not in entry:
            yield key, "is missing; add it"
    amounts = [u for u in UNITS if u in entry]
    if len(amounts) != 1 and not any(
        u in get_close_matches(k, list(UNITS), 1) for k in entry for u in UNITS if k not in _FIELDS
    ):
        said = "is missing; add one of" if not amounts else "stands beside another amount; keep one of"
        yield (amounts[1] if amounts else "minutes"), f"{said} {', '.join(UNITS)}"
    for key, value in entry.items():
        if cure := _mistake(key, value, words.get(key), words.get("area_class")):
            yield key, cure


def _mistake(key: str, value: Any, words: Collection[str] | None, areas: Collection[str] | None) -> str | None:
    if key not in _FIELDS:
        near = get_close_matches(key, _FIELDS, 1)
        return f"unknown; {f'did you mean {near[0]}?' if near else 'remove it'}"
    if key in UNITS:
        return _wrong_amount(value, areas or ())
    if key in CONDITIONS and not all(isinstance(v, str) and v for v in _listed(value)):
        return f"`{value}` is no text; write it in quotes, or a list of such"
    if words is not None:
        return next((said for v in _listed(value) if (said := _unknown(v, words))), None)
    return _wrong_kind(key, value)


def _unknown(value: Any, words: Collection[str]) -> str | None:
    if value in words:
        return None
    near = get_close_matches(str(value), words, 1)
    return (
        f"`{value}` is none of {', '.join(sorted(words))}; {f'did you mean {near[0]}?' if near else 'use one of them'}"
    )


def _wrong_amount(value: Any, areas: Collection[str]) -> str | None:
    if isinstance(value, dict):
        return next((said for area in value if (said := _unknown(area, areas))), None) or next(
            (said for amount in value.values() if (said := _wrong_amount(amount, areas))), None
        )
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        return f"`{value}` is not a whole number above 0; write one, or one by area class: {{ urban = 45, rural = 90 }}"
    return None


def _wrong_kind(key: str, value: Any) -> str | None:
    if key == "valid_from" and (not isinstance(value, date) or isinstance(value, datetime)):
        return f"`{value}` is not a day; write it as 2022-01-01 without quotes"
    if key == "source" and not (isinstance(value, str) and value.strip()):
        return "is empty; name the rule it comes from"
    if key == "confirm" and not isinstance(value, bool):
        return f"`{value}` is not true or false; write one of them"
    if key == "pauses" and not (
        value in PAUSES or (isinstance(value, list) and all(isinstance(v, str) for v in value))
    ):
        return f'`{value}` is neither "all" nor "none" nor a list of reasons; write one of them'
    return None


def of_clock(limits: Sequence[Limit], clock: str, line: str) -> tuple[Limit, ...]:
    """The limits of one clock and line, lowest rank first."""
    return tuple(limit for limit in limits if limit.clock == clock and limit.line == line)
