"""The rules as they are, another rules file tried over the past, and the versions of the site's files."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

import backtesting
from alerts.backtest import NO_PAST
from alerts.changed import measures, written
from alerts.load import load
from alerts.rules import Rule
from alerts.rules_file import RulesError, parse
from asking import Desk
from kpis.types import Refusal
from store.ledger import file_versions, recomputations
from store.scope import Scope

LOOK_BACK: Final = timedelta(days=90)
LONGEST: Final = 100_000  # characters of a rules file, as much as a page may send; the shipped one has 10,600
MOST: Final = 6  # rules that are back-tested at once, as they are and as they would be
KINDS: Final = ("rules", "limits", "calendars", "duty", "settings")


def listed(desk: Desk, scope: Scope, args: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The rules, JSON-able: key, version, watches, what, owner, action, levels (level and what it is
    measured by), hold_s, policy."""
    return [_said(rule) for rule in load(desk.settings.rules).values()]


def _said(rule: Rule) -> dict[str, Any]:
    plain = {name: getattr(rule, name) for name in ("key", "version", "watches", "what", "owner", "action", "policy")}
    return plain | {
        "levels": [{"level": limit.level, **measures(limit)} for limit in rule.levels],
        "hold_s": rule.hold.total_seconds(),
    }


def tried(desk: Desk, scope: Scope, args: Mapping[str, Any]) -> dict[str, Any]:
    """What the rules file `text` would change: added, removed, changed (keys), and by key what each changed rule would
    have done in the last 90 days beside what it did; `untested`: why one has no past, or that there are too many.

    Errors: Refusal with every mistake of the text.
    """
    text = str(args.get("text") or "")
    if len(text) > LONGEST:
        raise Refusal(f"the text has {len(text):,} characters; a rules file has at most {LONGEST:,}")
    try:
        other = parse(text, "rules")
    except RulesError as error:
        raise Refusal("\n".join(error.faults)) from error
    known = load(desk.settings.rules)
    changed = [key for key in known if key in other and written(known[key]) != written(other[key])]
    now = desk.now()
    span = {"start": (now - LOOK_BACK).isoformat(), "end": now.isoformat()}
    tests: dict[str, Any] = {}
    untested: dict[str, str] = {}
    for key in changed:
        if reason := NO_PAST.get(known[key].watches):
            untested[key] = reason
        elif known[key].watches != other[key].watches:
            untested[key] = "it watches something else; take it for another rule"
        elif len(tests) == MOST:
            untested[key] = f"{MOST} rules are tried at once; try it alone"
        else:
            tests[key] = backtesting.compared(desk, scope, known[key], other[key], span)
    return {
        "added": [key for key in other if key not in known],
        "removed": [key for key in known if key not in other],
        "changed": changed,
        "tests": tests,
        "untested": untested,
    }


def versions(desk: Desk, scope: Scope, args: Mapping[str, Any]) -> dict[str, Any]:
    """By kind of file its versions, the latest first: number, name, seen_at, sections that changed or the lines that
    differ from the version before; and what changes of limits did to past figures (store.ledger.recomputations)."""
    files = {kind: _told(file_versions.versions(desk.ledger, kind)) for kind in KINDS}
    return {"files": files, "recomputations": recomputations.recent(desk.ledger, 20)}


def _told(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    before = [*found[1:], None]
    return [
        {"number": one["number"], "name": one["name"], "seen_at": one["seen_at"].isoformat(), **_changes(one, last)}
        for one, last in zip(found, before, strict=True)
    ]


def _changes(one: Mapping[str, Any], last: Mapping[str, Any] | None) -> dict[str, Any]:
    if last is None or one["text"] is None or last["text"] is None:
        names = sorted(set(one["sections"]) | set(last["sections"])) if last else []
        return {
            "lines": [],
            "sections": [n for n in names if last and one["sections"].get(n) != last["sections"].get(n)],
        }
    return {"lines": file_versions.difference(last["text"], one["text"]), "sections": []}


ANSWERS: Final = {"rules": listed, "rules tried": tried, "rules versions": versions}
