"""Rules as they are written: read, and refused with line and cure. Pure."""

import itertools
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from difflib import get_close_matches
from typing import Any, Final

from alerts.rules import KINDS, LEVELS, REOPEN, WATCHES, Kind, Limit, Rule
from kpis.types import CLOCK_NAMES
from toml_lines import Lines, lines


class RulesError(Exception):
    """The rules can not be used. `faults` has one sentence per mistake: file:line, what is wrong, cure."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


@dataclass(frozen=True)
class _Place:
    """Where a fault is told to stand."""

    file: str
    lines: Lines
    number: int
    key: str

    def fault(self, field: str, what: str, cure: str) -> str:
        name = f"rule {self.key}" if self.key else f"rule[{self.number}]"
        return f"{self.file}:{self.lines.of('rule', self.number, field)}: {name}.{field}: {what}; {cure}"


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
    "on": (False, lambda v: isinstance(v, dict), "write on = { ... }"),
    "hold_s": (False, lambda v: _is_number(v) and v >= 0, "write seconds, 0 or more"),
    "reopen_min": (False, lambda v: _is_number(v) and v >= 0, "write minutes, 0 or more"),
    "policy": (False, _is_text, "name an escalation of the duty file"),
}
_APART: Final = ("on", "levels", "hold_s", "reopen_min")


def _field_faults(raw: Mapping[str, Any], place: _Place) -> Iterator[str]:
    for name in raw:
        if name not in _FIELDS:
            near = get_close_matches(name, _FIELDS, 1)
            yield place.fault(name, "unknown field", f"did you mean {near[0]}?" if near else "remove it")
    for name, (required, is_good, cure) in _FIELDS.items():
        if name not in raw:
            if required:
                yield place.fault(name, "is missing", cure)
        elif not is_good(raw[name]):
            yield place.fault(name, f"{raw[name]!r} is no use here", cure)


def _limit_faults(limit: Any, kind: Kind, place: _Place) -> Iterator[str]:
    if not isinstance(limit, dict) or limit.get("level") not in LEVELS:
        yield place.fault("levels", f"{limit!r} names no level", f"write level = one of {', '.join(LEVELS)}")
        return
    name, measures = limit["level"], " or ".join(kind.measures)
    known = {"level", "tell_clear", *kind.measures, *(["clear"] if "above" in kind.measures else [])}
    if unknown := sorted(set(limit) - known):
        cure = f"it is measured by {measures}" if measures else "it is bad or not"
        yield place.fault("levels", f"{name}: {', '.join(unknown)} means nothing here", f"remove it: {cure}")
    given = [limit[m] for m in kind.measures if m in limit]
    if kind.measures and len(given) != 1:
        yield place.fault("levels", f"{name}: needs one limit", f"give {measures}")
    for value in (v for k, v in limit.items() if k in known - {"level", "tell_clear"}):
        if not _is_number(value) or (value <= 0 and "from_percent" in kind.measures):
            yield place.fault("levels", f"{name}: {value!r} is no limit", "write a number above 0, e.g. 90")
    if not isinstance(limit.get("tell_clear", False), bool):
        yield place.fault("levels", f"{name}: tell_clear is neither true nor false", "write true or false")


def _order_faults(rule: Rule, kind: Kind, place: _Place) -> Iterator[str]:
    """Rungs must rise, and only where the watched thing has a measure is there more than one."""
    ranks = [LEVELS.index(limit.level) for limit in rule.levels]
    if ranks != sorted(ranks):
        yield place.fault("levels", "red before orange", "list the rungs as they rise")
    if not kind.measures and len(rule.levels) > 1:
        yield place.fault("levels", f"a {rule.watches} is bad or not", "keep one level")
    if rule.hold and not kind.holds:
        yield place.fault("hold_s", "what it watches is told at once", "remove hold_s")
    starts = [_start(limit) for limit in rule.levels]
    if any(later <= earlier for earlier, later in itertools.pairwise(starts)):
        yield place.fault("levels", "a later rung does not start after the one before it", "let the limits rise")
    for limit in rule.levels:
        wrong = limit.clear is not None and (
            limit.clear < limit.below if limit.below is not None else limit.clear > (limit.above or 0)
        )
        if wrong:
            yield place.fault("levels", f"{limit.level}: it would end where it is raised", "let clear be less bad")


def _start(limit: Limit) -> float:
    """A number that rises with the rungs."""
    if limit.below is not None:
        return -limit.below
    over = 1e-9 if limit.over_percent is not None else 0.0  # 100 and over 100 are two rungs
    given = (limit.from_percent, limit.over_percent, limit.after_min, limit.from_count, limit.above)
    return next((float(v) for v in given if v is not None), 0.0) + over


def _option_faults(on: Mapping[str, Any], kind: Kind, place: _Place) -> Iterator[str]:
    for name in on:
        if name not in kind.on:
            near = get_close_matches(name, kind.on, 1)
            cure = f"did you mean {near[0]}?" if near else f"there are {', '.join(kind.on) or 'none'}"
            yield place.fault("on", f"unknown {name}", cure)
    for name, option in kind.on.items():
        if name not in on:
            if option.required:
                yield place.fault("on", f"{name} is missing", "add it")
            continue
        value = on[name]
        words = CLOCK_NAMES if name == "clocks" else option.words
        members = value if option.form is list and isinstance(value, list) else [value]
        is_formed = type(value) is option.form and bool(members) and value not in ("", 0)
        if not is_formed or (option.form is list and not all(_is_text(v) for v in members)):
            yield place.fault("on", f"{name} = {value!r} is no use here", f"write a {option.form.__name__} of its kind")
        elif words and (bad := [v for v in members if v not in words]):
            yield place.fault("on", f"{name}: {bad[0]} is not known", f"there are {', '.join(words)}")


def _rule(raw: Any, place: _Place) -> tuple[Rule | None, list[str]]:
    if faults := list(_field_faults(raw, place)):
        return None, faults
    kind = KINDS[raw["watches"]]
    faults = [fault for limit in raw["levels"] for fault in _limit_faults(limit, kind, place)]
    faults += _option_faults(raw.get("on", {}), kind, place)
    if faults:
        return None, faults
    own = {name: raw[name] for name in _FIELDS if name in raw and name not in _APART}
    rule = Rule(
        **own,
        levels=tuple(Limit(**limit) for limit in raw["levels"]),
        on=raw.get("on", {}),
        hold=timedelta(seconds=raw.get("hold_s", 0)),
        reopen=timedelta(minutes=raw["reopen_min"]) if "reopen_min" in raw else REOPEN,
    )
    return rule, list(_order_faults(rule, kind, place))


def made(raw: Mapping[str, Any]) -> Rule:
    """One rule from the fields of its file. Errors: ValueError with every mistake found."""
    place = _Place("", lines(""), 0, str(raw.get("key", "")))
    rule, faults = _rule(raw, place)
    if rule is None or faults:
        raise ValueError("; ".join(fault.partition(": ")[2] for fault in faults))
    return rule


def parse(text: str, file: str) -> dict[str, Rule]:
    """The rules written in `text` by key, in the order of the file; `file` is its name in messages.

    Errors: RulesError with every mistake found.
    """
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise RulesError([f"{file}: is not TOML: {error}; mend that line"]) from error
    places = lines(text)
    faults = [f"{file}:{places.of(k)}: {k}: unknown; only [[rule]] stands here" for k in data if k != "rule"]
    raws = data.get("rule", [])
    if not isinstance(raws, list) or not raws or not all(isinstance(raw, dict) for raw in raws):
        raise RulesError([*faults, f"{file}: has no rule; write at least one [[rule]]"])
    rules: dict[str, Rule] = {}
    for number, raw in enumerate(raws):
        key = raw["key"] if _is_text(raw.get("key")) else ""
        place = _Place(file, places, number, key)
        rule, found = _rule(raw, place)
        faults += found
        if key in rules:
            faults.append(place.fault("key", "this key is used twice", "keys are permanent names: choose another"))
        elif rule:
            rules[key] = rule
    if faults:
        raise RulesError(faults)
    return rules
