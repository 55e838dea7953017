"""The duty file as it is written: read, and refused with line and cure. Pure."""

import tomllib
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from alerts.duty import (
    ADDRESS,
    EXIT_LEVELS,
    Duty,
    Exits,
    Person,
    Policy,
    PolicyStep,
    Window,
)
from alerts.duty_place import DutyError, Place, is_text, number, strings, table, wall_hours
from alerts.duty_rosters import roster
from alerts.targets import MATCHABLE, fault_of
from kpis.types import ROLES
from toml_lines import lines

_TOP: Final = ("quiet_hours", "addresses", "exits", "people", "rosters", "policies", "maintenance")
_PERSON: Final = ("role", "unit", "name", "language", "quiet_hours")
_STEP: Final = ("after_min", "to", "repeat_min", "supervise", "deadline_h")
_WINDOW: Final = ("name", "matches", "author", "starts_at", "ends_at", "weekly", "hours")
_WEEK: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_LANGUAGES: Final = ("zh", "en")


def parse(text: str, file: str, channels: Mapping[str, str]) -> Duty:
    """The duty file written in `text`; `file` is its name in messages.

    `channels`: those of the settings by name, with their kind; levels without exits try all of them in that order.
    Errors: DutyError with every mistake found.
    """
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise DutyError([f"{file}: is not TOML: {error}; mend that line"]) from error
    place = Place(file, lines(text), [])
    place.unknown(data, _TOP)
    duty = Duty(
        people={code: _person(raw, place.at("people", code)) for code, raw in table(data, "people", place).items()},
        rosters={n: roster(n, raw, place.at("rosters", n)) for n, raw in table(data, "rosters", place).items()},
        policies={n: _policy(n, raw, place.at("policies", n)) for n, raw in table(data, "policies", place).items()},
        exits=_exits(table(data, "exits", place), place.at("exits"), channels),
        address_fields={
            **{name: ADDRESS[kind] for name, kind in channels.items() if name not in ADDRESS and kind in ADDRESS},
            **_address_fields(data.get("addresses", {}), place.at("addresses"), channels),
        },
        quiet=wall_hours(data, "quiet_hours", place),
        windows=tuple(_windows(data.get("maintenance", []), place)),
    )
    _crossed(duty, channels, place)
    if place.faults:
        raise DutyError(place.faults)
    return duty


def _person(raw: Mapping[str, Any], place: Place) -> Person:
    """Every field that is none of `_PERSON` is an address: phone, email, or the name of a channel."""
    for name, value in raw.items():
        if not is_text(value):
            place.fault(name, f"{value!r} is no text", "write it in quotes")
    if raw.get("role") is not None and raw["role"] not in ROLES:
        place.fault("role", f"no role `{raw['role']}`", f"there are {', '.join(ROLES)}")
    if raw.get("language") is not None and raw["language"] not in _LANGUAGES:
        place.fault("language", f"{raw['language']!r} is not spoken", f"write one of {', '.join(_LANGUAGES)}")
    addresses = {k: v for k, v in raw.items() if k not in _PERSON and is_text(v)}
    quiet = wall_hours(raw, "quiet_hours", place)
    return Person(
        str(place.path[-1]), raw.get("role"), raw.get("unit"), raw.get("name"), addresses, raw.get("language"), quiet
    )


def _policy(name: str, raw: Mapping[str, Any], place: Place) -> Policy:
    place.unknown(raw, ("steps",))
    steps = raw.get("steps")
    if not isinstance(steps, list) or not steps:
        place.fault("steps", "an escalation without steps", 'write steps = [{ after_min = 0, to = ["crew"] }]')
        return Policy(name, ())
    made = [step for i, one in enumerate(steps) if (step := _step(one, place.at("steps", i))) is not None]
    times = [step.after for step in made]
    if len(made) == len(steps) and times != sorted(set(times)):
        place.fault("steps", "a later step does not come after the one before it", "let after_min rise")
    return Policy(name, tuple(made))


def _step(raw: Any, place: Place) -> PolicyStep | None:
    if not isinstance(raw, dict):
        place.fault("", f"{raw!r} is no step", 'write { after_min = 15, to = ["station_head"] }')
        return None
    place.unknown(raw, _STEP)
    after, repeat = number(raw, "after_min", place, 0), number(raw, "repeat_min", place, 1)
    to, supervise, hours = strings(raw, "to", place), raw.get("supervise", False), number(raw, "deadline_h", place, 1)
    if after is None and "after_min" not in raw:
        place.fault("after_min", "is missing", "write the minutes after the raise, 0 for at once")
    if not isinstance(supervise, bool):
        place.fault("supervise", f"{supervise!r} is neither true nor false", "write true or false")
    elif supervise != ("deadline_h" in raw):
        place.fault("deadline_h", "a supervision order has a deadline", "give both supervise = true and deadline_h")
    elif supervise and not after:
        place.fault("after_min", "a supervision order with the raise itself", "let people answer first")
    if not to and not supervise:
        place.fault("to", "a step to nobody", f'write to = ["{ROLES[0]}"] or another role, roster, person or channel')
    if after is None:
        return None
    return PolicyStep(
        timedelta(minutes=after),
        to,
        timedelta(minutes=repeat) if repeat is not None else None,
        timedelta(hours=hours) if hours is not None else None,
    )


def _exits(raw: Mapping[str, Any], place: Place, channels: Collection[str]) -> dict[str, Exits]:
    place.unknown(raw, EXIT_LEVELS)
    made = {level: Exits(tuple(channels)) for level in EXIT_LEVELS}
    for level in EXIT_LEVELS:
        if level not in raw:
            continue
        own, here = raw[level], place.at(level)
        here.unknown(own, ("channels", "together"))
        named, together = strings(own, "channels", here), own.get("together", False)
        if not named:
            here.fault("channels", "no way out", 'write channels = ["NAME"], the best first')
        for channel in named:
            if channel not in channels:
                here.fault(
                    "channels", f"no channel `{channel}`", f"add [channels.{channel}] to the settings or mend it"
                )
        if not isinstance(together, bool):
            here.fault("together", f"{together!r} is neither true nor false", "write true or false")
        made[level] = Exits(named, together is True)
    return made


def _address_fields(raw: Any, place: Place, channels: Collection[str]) -> dict[str, str]:
    if not isinstance(raw, dict):
        place.fault("", f"{raw!r} is no table", 'write [addresses] and mail = "email" below it')
        return {}
    for channel, field in raw.items():
        if channel not in channels:
            place.fault(channel, f"no channel `{channel}`", f"add [channels.{channel}] to the settings or mend it")
        if not is_text(field):
            place.fault(channel, f"{field!r} is no field of a person", "write phone, email, code or another in quotes")
    return {channel: field for channel, field in raw.items() if is_text(field)}


def _windows(raw: Any, place: Place) -> Iterator[Window]:
    if not isinstance(raw, list):
        place.at("maintenance").fault("", "is no list", "write [[maintenance]]")
        return
    for i, one in enumerate(raw):
        here = place.at("maintenance", i)
        here.unknown(one, _WINDOW)
        for name in ("name", "author"):
            if not is_text(one.get(name)):
                here.fault(name, "is missing", "say what is done" if name == "name" else "say who announced it")
        yield Window(str(one.get("name")), _matches(one, here), str(one.get("author")), **_times(one, here))


def _matches(raw: Mapping[str, Any], place: Place) -> dict[str, tuple[str, ...]]:
    matches = raw.get("matches")
    if not isinstance(matches, dict) or not matches:
        place.fault("matches", "would keep every alert quiet", 'write matches = { station = ["CODE"] }')
        return {}
    for name in matches:
        if name not in MATCHABLE:
            place.fault("matches", f"alerts have no `{name}`", f"there are {', '.join(MATCHABLE)}")
    return {name: strings(matches, name, place) for name in matches}


def _times(raw: Mapping[str, Any], place: Place) -> dict[str, Any]:
    """Once, from starts_at to ends_at; or weekly, on a weekday for some hours."""
    if "weekly" in raw:
        weekday, hours = raw["weekly"], wall_hours(raw, "hours", place)
        if weekday not in _WEEK:
            place.fault("weekly", f"{weekday!r} is no weekday", f"write one of {', '.join(_WEEK)}")
        if hours is None and "hours" not in raw:
            place.fault("hours", "a window without end", 'write hours = "01:00-05:00"')
        return {"weekday": _WEEK.index(weekday) if weekday in _WEEK else 0, "hours": hours}
    for name in ("starts_at", "ends_at"):
        at = raw.get(name)
        if not isinstance(at, datetime) or at.tzinfo is None:
            what = "a window without end" if name == "ends_at" and at is None else "is no time with its zone"
            place.fault(name, what, "write it like 2026-03-01T22:00:00+08:00")
            return {}
    if raw["ends_at"] <= raw["starts_at"]:
        place.fault("ends_at", "it ends before it starts", "exchange them")
    return {"starts_at": raw["starts_at"], "ends_at": raw["ends_at"]}


def _crossed(duty: Duty, channels: Collection[str], place: Place) -> None:
    """Names that point elsewhere in the file."""
    for name, policy in duty.policies.items():
        for i, step in enumerate(policy.steps):
            for target in step.to:
                if what := fault_of(target, duty.rosters, channels):
                    place.at("policies", name, "steps", i).fault("to", *what)
    for code, person in duty.people.items():
        if person.role is None:
            continue  # who has no role here is in the facts, with addresses of their own
        for level in EXIT_LEVELS:
            exits = duty.exits[level].channels
            if exits and not any(person.address(channel, duty.address_fields) for channel in exits):
                cure = "give phone, email or the address on one of those channels"
                place.at("people", code).fault("", f"no address for {level}: {', '.join(exits)}", cure)
                break
