"""The duty file, read once at start, and what rules and routes name of it."""

from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Final

from alerts.duty import Duty
from alerts.duty_file import parse
from alerts.duty_place import DutyError
from alerts.people import Directory
from alerts.rules import Rule
from alerts.targets import fault_of
from settings import Settings, SettingsError

SHIPPED: Final = Path(__file__).with_name("duty.toml")


def load(settings: Settings) -> Duty:
    """The duty file of `settings`; the shipped one where they name none.

    Errors: SettingsError with every mistake found, each as `file:line: place: what; cure`.
    """
    path = settings.duty or SHIPPED
    kinds = {name: channel.kind for name, channel in settings.channels.items()}
    try:
        return parse(path.read_text(encoding="utf-8"), path.name if settings.duty is None else str(path), kinds)
    except OSError as error:
        raise SettingsError([f"{path}: cannot be read ({error.strerror}); give the path of a duty file"]) from error
    except UnicodeDecodeError as error:
        raise SettingsError([f"{path}: is not UTF-8 at byte {error.start}; save it as UTF-8"]) from error
    except DutyError as error:
        raise SettingsError(error.faults) from error


def faults(settings: Settings, duty: Duty, rules: Mapping[str, Rule]) -> list[str]:
    """One sentence per name in routes and rules that the duty file does not know."""
    found = []
    for i, route in enumerate(settings.routes):
        if route.policy and route.policy not in duty.policies:
            found.append(f"routes[{i}].policy: no escalation `{route.policy}`; {_cure(route.policy, duty)}")
        for target in route.to:
            if what := fault_of(target, duty.rosters, settings.channels):
                found.append(f"routes[{i}].to: {what[0]}; {what[1]}")
    for rule in rules.values():
        if rule.policy and rule.policy not in duty.policies:
            found.append(f"rule {rule.key}.policy: no escalation `{rule.policy}`; {_cure(rule.policy, duty)}")
    return found


def _cure(name: str, duty: Duty) -> str:
    near = get_close_matches(name, duty.policies, 1)
    return f"did you mean {near[0]}?" if near else f"add [policies.{name}] to the duty file"


def strangers(duty: Duty, directory: Directory) -> list[str]:
    """One sentence per person whom rosters or escalations name and nobody knows: only the sources know who there is."""
    named = {code: f"rosters.{r.name}" for r in duty.rosters.values() for g in r.groups for code in g}
    named |= {
        code: f"rosters.{r.name}.shifts"
        for r in duty.rosters.values()
        for s in r.shifts
        for g in s.groups
        for code in g
    }
    for policy in duty.policies.values():
        for target in (t for step in policy.steps for t in step.to if t.startswith("person:")):
            named[target.removeprefix("person:")] = f"policies.{policy.name}"
    return [
        f"{place}: nobody has the code `{code}`; add [people.{code}] to the duty file or mend it"
        for code, place in named.items()
        if code not in directory.people
    ]
