"""Who is told of a transition: routes of the settings, steps of an escalation, people on duty. Pure."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import Final, Protocol

from alerts.duty import Duty, Hours, Person, Policy
from alerts.duty_place import hours_of
from alerts.people import Directory
from alerts.roster import IsWorkingDay, Override, on_duty
from alerts.rules import Rule
from alerts.transition import About, Transition
from kpis.types import ROLES

NOBODY: Final = "nobody to tell"
_OF_PLACE: Final = ("crew", "area_manager", "patch_manager", "account_manager")


class Route(Protocol):
    """The settings' route: empty conditions match all; a route with none at all is the fallback."""

    @property
    def rule(self) -> tuple[str, ...]: ...
    @property
    def level(self) -> tuple[str, ...]: ...
    @property
    def unit(self) -> tuple[str, ...]: ...
    @property
    def category(self) -> tuple[str, ...]: ...
    @property
    def critical(self) -> bool | None: ...
    @property
    def hours(self) -> str | None: ...
    @property
    def days(self) -> str: ...
    @property
    def policy(self) -> str | None: ...
    @property
    def to(self) -> tuple[str, ...]: ...


@dataclass(frozen=True)
class Recipient:
    """One exit and the address behind it; the address is empty where the channel's URL is the whole address.

    `exits`: channel:address of what is tried when this one fails for good. `person`: None for an exit without one.
    `quiet`: their quiet hours; whoever is on shift has none.
    """

    channel: str
    address: str
    person: str | None = None
    language: str | None = None
    exits: tuple[str, ...] = ()
    quiet: Hours | None = None


@dataclass(frozen=True)
class Told:
    """Who is told. `by_fallback`: nobody else was found. `missing`: targets that found nobody. `quiet`: why nobody is
    told."""

    recipients: tuple[Recipient, ...] = ()
    by_fallback: bool = False
    missing: tuple[str, ...] = ()
    quiet: str | None = None


@dataclass(frozen=True)
class OnDuty:
    """All that decides who is told. `language`: the site's. `language_of`: of a channel, for those whose language
    nobody knows."""

    duty: Duty
    directory: Directory
    routes: Sequence[Route]
    language_of: Callable[[str], str]
    zone: tzinfo
    is_working_day: IsWorkingDay
    language: str = "zh"
    overrides: Sequence[Override] = field(default=())
    _shifts: dict[tuple[str, datetime], tuple[str, ...]] = field(default_factory=dict, repr=False, compare=False)

    def on_shift(self, roster: str, now: datetime) -> tuple[str, ...]:
        """Codes of those on duty on a roster; found once for all notices of a moment."""
        found = self._shifts.get((roster, now))
        if found is None:
            known = self.duty.rosters.get(roster)
            instead = [o for o in self.overrides if o["person"] in self.directory.people]  # a slip stands in for nobody
            found = on_duty(known, now, self.zone, self.is_working_day, instead) if known else ()
            self._shifts[roster, now] = found
        return found


def is_fallback(route: Route) -> bool:
    conditions = (route.rule, route.level, route.unit, route.category, route.hours)
    return not any(conditions) and route.critical is None and route.days == "all"


def matching(t: Transition, site: OnDuty, now: datetime) -> list[Route]:
    """The routes with conditions that name the transition. They are read at the site's time of `now`."""
    return [route for route in site.routes if not is_fallback(route) and _names(route, t, site, now)]


def _names(route: Route, t: Transition, site: OnDuty, now: datetime) -> bool:
    return (
        (not route.rule or t.rule in route.rule)
        and (not route.level or t.level in route.level)
        and (not route.unit or any(unit in route.unit for unit in t.about.units))
        and (not route.category or t.about.category in route.category)
        and (route.critical is None or route.critical == t.critical)
        and (not route.hours or within(hours_of(route.hours), now, site.zone))
        and (route.days == "all" or site.is_working_day(now.astimezone(site.zone).date()) == (route.days == "working"))
    )


def within(hours: Hours | None, now: datetime, zone: tzinfo) -> bool:
    """Whether `now` lies in these hours of the day; over midnight where the second is not later. None: never."""
    if hours is None:
        return False
    first, last = hours
    wall = now.astimezone(zone).time().replace(tzinfo=None)
    return first <= wall < last if first < last else wall >= first or wall < last


def policy_of(t: Transition, rule: Rule, site: OnDuty, now: datetime) -> Policy | None:
    """The escalation it follows: that of the first route that names one, else the rule's; None: none."""
    routes = [*matching(t, site, now), *(r for r in site.routes if is_fallback(r))]
    name = next((route.policy for route in routes if route.policy), rule.policy)
    return site.duty.policies.get(name) if name else None


def of_raise(t: Transition, policy: Policy | None, site: OnDuty, now: datetime) -> Told:
    """Who is told of a raise: all whom matching routes name, and the first step of the policy; else the fallback.

    Where no route has a condition, the one without is no fallback but the way that all goes.
    """
    routes = matching(t, site, now)
    if not any(not is_fallback(route) for route in site.routes):
        routes = list(site.routes)
    first = policy.first if policy else None
    targets = [target for route in routes for target in route.to] + list(first.to if first else ())
    return _or_fallback(targets, t, site, now)


def of_step(t: Transition, to: Sequence[str], site: OnDuty, now: datetime) -> Told:
    """Who is told by a step of an escalation: those it names; else the fallback."""
    return _or_fallback(to, t, site, now)


def _or_fallback(targets: Sequence[str], t: Transition, site: OnDuty, now: datetime) -> Told:
    found, missing = resolve(targets, t, site, now)
    if found:
        return Told(found, missing=missing)
    rest, _ = resolve([target for r in site.routes if is_fallback(r) for target in r.to], t, site, now)
    if rest:
        return Told(rest, by_fallback=True, missing=missing)
    return Told(missing=missing, quiet=NOBODY)


def resolve(
    targets: Iterable[str], t: Transition, site: OnDuty, now: datetime
) -> tuple[tuple[Recipient, ...], tuple[str, ...]]:
    """Recipients of `targets`, each exit once, in their order; and the targets that found nobody."""
    found: dict[tuple[str, str], Recipient] = {}
    missing: list[str] = []
    for target in dict.fromkeys(targets):
        recipients = _recipients(target, t, site, now)
        if not recipients:
            missing.append(target)
        for one in recipients:
            found.setdefault((one.channel, one.address), one)
    return tuple(found.values()), tuple(missing)


def _recipients(target: str, t: Transition, site: OnDuty, now: datetime) -> list[Recipient]:
    people = who(target, t.about, site, now)
    if people is None:
        channel, _, address = target.partition(":")
        return [Recipient(channel, address)]
    return [r for person, on_shift in people for r in _exits(person, t, site, now, on_shift=on_shift)]


def who(target: str, about: About, site: OnDuty, now: datetime) -> list[tuple[Person, bool]] | None:
    """The people behind a target and whether they are on shift; None where it is an exit without a person.

    A role whose duty a roster keeps is whoever is on shift there, everybody with the role else.
    """
    kind, has_address, name = target.partition(":")
    known = site.directory.people
    if kind == "person" and has_address:
        return [(known[name], False)] if name in known else []
    if kind == "roster" and has_address:
        return _on_shift(name, site, now)
    if has_address or target not in ROLES:
        return None
    units = set(_units(target, about, site.directory))
    for roster in sorted(site.duty.rosters.values(), key=lambda r: r.unit is None):
        if roster.role == target and (roster.unit is None or roster.unit in units):
            return _on_shift(roster.name, site, now)
    return [(person, False) for person in site.directory.who(target, about)]


def _units(role: str, about: About, directory: Directory) -> Iterable[str]:
    starts = (about.crew, about.transformer_area) if role in _OF_PLACE else about.units
    return [*(unit for start in starts for unit in directory.path(start)), *about.units]


def _on_shift(name: str, site: OnDuty, now: datetime) -> list[tuple[Person, bool]]:
    known = site.directory.people
    return [(known[code], True) for code in site.on_shift(name, now) if code in known]


def quiet_hours(code: str | None, site: OnDuty, now: datetime) -> Hours | None:
    """The quiet hours of a person; None for an exit without one, and for whoever is on shift."""
    person = site.directory.people.get(code or "")
    if person is None or any(code in site.on_shift(name, now) for name in site.duty.rosters):
        return None
    return person.quiet or site.duty.quiet


def _exits(person: Person, t: Transition, site: OnDuty, now: datetime, *, on_shift: bool) -> list[Recipient]:
    """A person's exits for the level of `t`: one with the others behind it, or all at once."""
    exits = site.duty.exits_of(t.level, t.critical)
    ways = [(c, a) for c in exits.channels if (a := person.address(c, site.duty.address_fields))]
    quiet = None if on_shift else quiet_hours(person.code, site, now)
    if exits.together:
        return [Recipient(c, a, person.code, person.language, (), quiet) for c, a in ways]
    rest = tuple(f"{c}:{a}" for c, a in ways[1:])
    return [Recipient(c, a, person.code, person.language, rest, quiet) for c, a in ways[:1]]
