"""Rules as data: what is watched, from which limits it alerts, whose it is and what to do. Pure."""

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from difflib import get_close_matches
from typing import Any, Final

LEVELS: Final = ("orange", "red")  # rising; blue and yellow are display colours, never alerts
WATCHES: Final = ("repair_clock", "source")


class RulesError(Exception):
    """The rules can not be used. `faults` has one sentence per mistake: file:line, what is wrong, cure."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


@dataclass(frozen=True)
class Limit:
    """Where one level starts, as a share of a clock's time; a rule that watches no clock has neither share."""

    level: str
    from_percent: float | None = None  # this share already counts
    over_percent: float | None = None  # this share not yet: a clock exactly at its limit is not past it
    tell_clear: bool = False  # an all-clear from this level is told, not only stored


@dataclass(frozen=True)
class Rule:
    """One rule. `levels` rise; `what`, `owner` and `action` are message ids."""

    key: str
    version: int
    watches: str
    what: str
    owner: str
    action: str
    runbook: str
    levels: tuple[Limit, ...]
    hold: timedelta = timedelta(0)

    def limit(self, level: str) -> Limit | None:
        return next((limit for limit in self.levels if limit.level == level), None)


@dataclass(frozen=True)
class _Place:
    """Where a fault is told to stand."""

    file: str
    lines: Mapping[tuple[int, str], int]
    rule: int
    key: str

    def fault(self, field: str, what: str, cure: str) -> str:
        line = self.lines.get((self.rule, field)) or self.lines.get((self.rule, ""), 1)
        name = f"rule {self.key}" if self.key else f"rule[{self.rule}]"
        return f"{self.file}:{line}: {name}.{field}: {what}; {cure}"


_KEY: Final = re.compile(r"^\s*(\w+)\s*=")
_SNAKE: Final = re.compile(r"[a-z][a-z0-9_]*")
_Check = Callable[[Any], bool]


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


_FIELDS: Final[dict[str, tuple[bool, _Check, str]]] = {
    # field: required?, what it must be, the cure
    "key": (True, lambda v: _is_text(v) and bool(_SNAKE.fullmatch(v)), "write a name like repair_due"),
    "version": (True, lambda v: type(v) is int and v >= 1, "write 1, and count up with each change of the rule"),
    "watches": (True, lambda v: v in WATCHES, f"write one of {', '.join(WATCHES)}"),
    "what": (True, _is_text, "say in one line what the alert means"),
    "owner": (True, _is_text, "say who must act; a rule nobody owns is refused"),
    "action": (True, _is_text, "say what that person does; an alert without an action is noise"),
    "runbook": (True, _is_text, "name its heading in docs/runbook.md"),
    "levels": (True, lambda v: isinstance(v, list) and len(v) > 0, 'write levels = [{ level = "orange", ... }]'),
    "hold_s": (False, lambda v: _is_number(v) and v >= 0, "write seconds, 0 or more"),
}


def _lines(text: str) -> dict[tuple[int, str], int]:
    """(number of the rule, key) -> line; the key "" is the rule's header."""
    found: dict[tuple[int, str], int] = {}
    rule = -1
    for number, line in enumerate(text.splitlines(), 1):
        if line.replace(" ", "").startswith("[[rule]]"):
            rule += 1
            found[rule, ""] = number
        elif match := _KEY.match(line):
            found.setdefault((rule, match.group(1)), number)
    return found


def _field_faults(raw: Mapping[str, Any], place: _Place) -> list[str]:
    faults = []
    for name in raw:
        if name not in _FIELDS:
            near = get_close_matches(name, _FIELDS, 1)
            faults.append(place.fault(name, "unknown field", f"did you mean {near[0]}?" if near else "remove it"))
    for name, (required, is_good, cure) in _FIELDS.items():
        if name not in raw:
            if required:
                faults.append(place.fault(name, "is missing", cure))
        elif not is_good(raw[name]):
            faults.append(place.fault(name, f"{raw[name]!r} is no use here", cure))
    return faults


def _limit_faults(limit: Any, watches: str, place: _Place) -> list[str]:
    if not isinstance(limit, dict) or limit.get("level") not in LEVELS:
        return [place.fault("levels", f"{limit!r} names no level", f"write level = one of {', '.join(LEVELS)}")]
    name = limit["level"]
    faults = []
    if unknown := set(limit) - set(Limit.__dataclass_fields__):
        known = ", ".join(Limit.__dataclass_fields__)
        faults.append(place.fault("levels", f"{name}: unknown {', '.join(sorted(unknown))}", f"use {known}"))
    shares = [limit[k] for k in ("from_percent", "over_percent") if k in limit]
    if watches == "repair_clock" and len(shares) != 1:
        faults.append(place.fault("levels", f"{name}: a clock needs one limit", "give from_percent or over_percent"))
    if watches == "source" and shares:
        faults.append(place.fault("levels", f"{name}: a source has no clock", "remove from_percent and over_percent"))
    if any(not _is_number(share) or share <= 0 for share in shares):
        faults.append(place.fault("levels", f"{name}: {shares[0]!r} is no share", "write percent above 0, e.g. 90"))
    if not isinstance(limit.get("tell_clear", False), bool):
        faults.append(place.fault("levels", f"{name}: tell_clear is neither true nor false", "write true or false"))
    return faults


def _order_faults(rule: Rule, place: _Place) -> list[str]:
    """Levels must rise, and only where the watched thing has a rising measure is there more than one."""
    faults = []
    ranks = [LEVELS.index(limit.level) for limit in rule.levels]
    if ranks != sorted(set(ranks)):
        faults.append(place.fault("levels", "levels repeat or fall", "list each once, orange before red"))
    shares = [limit.from_percent or limit.over_percent or 0 for limit in rule.levels]
    if shares != sorted(shares):
        faults.append(place.fault("levels", "a higher level starts earlier than a lower one", "let the limits rise"))
    if rule.watches == "source" and len(rule.levels) > 1:
        faults.append(place.fault("levels", "a source is stale or not", "keep one level"))
    if rule.watches == "repair_clock" and rule.hold:
        faults.append(place.fault("hold_s", "a clock past its limit is told at once", "remove hold_s"))
    return faults


def _rule(raw: Any, place: _Place) -> tuple[Rule | None, list[str]]:
    if faults := _field_faults(raw, place):
        return None, faults
    for limit in raw["levels"]:
        faults += _limit_faults(limit, raw["watches"], place)
    if faults:
        return None, faults
    own = {name: raw[name] for name in _FIELDS if name in raw and name not in ("levels", "hold_s")}
    limits = tuple(Limit(**limit) for limit in raw["levels"])
    rule = Rule(**own, levels=limits, hold=timedelta(seconds=raw.get("hold_s", 0)))
    return rule, _order_faults(rule, place)


def parse(text: str, file: str) -> dict[str, Rule]:
    """The rules written in `text` by key, in the order of the file; `file` is its name in messages.

    Errors: RulesError with every mistake found.
    """
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise RulesError([f"{file}: is not TOML: {error}; mend that line"]) from error
    lines = _lines(text)
    faults = [f"{file}:{lines.get((-1, k), 1)}: {k}: unknown; only [[rule]] stands here" for k in data if k != "rule"]
    raws = data.get("rule", [])
    if not isinstance(raws, list) or not raws or not all(isinstance(raw, dict) for raw in raws):
        raise RulesError([*faults, f"{file}: has no rule; write at least one [[rule]]"])
    rules: dict[str, Rule] = {}
    for number, raw in enumerate(raws):
        key = raw["key"] if _is_text(raw.get("key")) else ""
        place = _Place(file, lines, number, key)
        rule, found = _rule(raw, place)
        faults += found
        if key in rules:
            faults.append(place.fault("key", "this key is used twice", "keys are permanent names: choose another"))
        elif rule:
            rules[key] = rule
    if faults:
        raise RulesError(faults)
    return rules
