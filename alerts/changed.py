"""A rule with other limits, as a back-test tries it: `over_percent=80@red`, `least_n=50`, `hold_s=0`. Pure."""

import re
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any, Final

from alerts.rules import KINDS, Limit, Rule
from alerts.rules_file import made

_CHANGE: Final = re.compile(r"(?P<name>[a-z_]+)=(?P<value>-?\d+(\.\d+)?)(@(?P<level>orange|red)(?P<nth>\d)?)?")
MEASURES: Final = ("from_percent", "over_percent", "after_min", "from_count", "above", "below", "clear")
HOW: Final = "write NAME=NUMBER@LEVEL, e.g. over_percent=80@red (the second red rung: @red2), or NAME=NUMBER"


def changed(rule: Rule, changes: Iterable[str]) -> Rule:
    """`rule` with `changes`. Another measure of the kind takes the place of the one that the rung had.

    Errors: ValueError with a sentence for a change that can not be read, or a rule that would be refused.
    """
    raw = written(rule)
    for change in changes:
        found = _CHANGE.fullmatch(change.replace(" ", ""))
        if found is None:
            raise ValueError(f"--set {change}: is no change; {HOW}")
        value = float(found["value"])
        number: Any = int(value) if value.is_integer() else value
        if found["level"]:
            _limit(raw, rule, change, found["level"], int(found["nth"] or 1))[found["name"]] = number
            continue
        if found["name"] in MEASURES:
            raise ValueError(f"--set {change}: of which level? {HOW}")
        place = raw if found["name"] in ("hold_s", "reopen_min") else raw["on"]
        place[found["name"]] = number
    try:
        return made(raw)
    except ValueError as error:
        raise ValueError(f"--set: {error}") from error


def _limit(raw: dict[str, Any], rule: Rule, change: str, level: str, nth: int) -> dict[str, Any]:
    """The rung that is changed, without the measure it had if another one is set."""
    rungs: list[dict[str, Any]] = [limit for limit in raw["levels"] if limit["level"] == level]
    if nth > len(rungs):
        raise ValueError(f"--set {change}: rule {rule.key} has {len(rungs)} rungs of {level}; name one of these")
    if change.split("=", maxsplit=1)[0].strip() in KINDS[rule.watches].measures:
        for measure in KINDS[rule.watches].measures:
            rungs[nth - 1].pop(measure, None)
    return rungs[nth - 1]


def written(rule: Rule) -> dict[str, Any]:
    """The rule as its file would have it."""
    given: dict[str, Any] = {
        name: getattr(rule, name) for name in ("key", "version", "watches", "what", "owner", "action", "runbook")
    }
    given |= {"on": dict(rule.on), "levels": [_as_written(limit) for limit in rule.levels]}
    given |= {"hold_s": rule.hold.total_seconds(), "reopen_min": rule.reopen.total_seconds() / 60}
    return given | ({"policy": rule.policy} if rule.policy else {})


def _as_written(limit: Limit) -> dict[str, Any]:
    return {name: value for name, value in asdict(limit).items() if value is not None and value is not False}


def measures(limit: Limit) -> dict[str, float]:
    """What the rung is measured by, as its file has it."""
    return {name: value for name, value in _as_written(limit).items() if name not in ("level", "tell_clear")}


def said(limit: Limit) -> str:
    """One rung in the words of the file: `red over_percent 100`."""
    return " ".join([limit.level, *(f"{name} {value:g}" for name, value in measures(limit).items())])
