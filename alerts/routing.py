"""Who is told of a transition, and why nobody is. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from alerts.lifecycle import Event
from alerts.rules import Rule
from alerts.transition import Transition

NOBODY: Final = "nobody to tell"


class Route(Protocol):
    """The settings' route: empty conditions match all; a route with none at all is the fallback."""

    @property
    def rule(self) -> tuple[str, ...]: ...
    @property
    def level(self) -> tuple[str, ...]: ...
    @property
    def unit(self) -> tuple[str, ...]: ...
    @property
    def to(self) -> tuple[str, ...]: ...


@dataclass(frozen=True, order=True)
class Recipient:
    """One exit and the address behind it; the address is empty where the channel's URL is the whole address."""

    channel: str
    address: str


@dataclass(frozen=True)
class Told:
    """Who is told. `by_fallback`: no route with conditions named anybody. `quiet`: why nobody is told."""

    recipients: tuple[Recipient, ...] = ()
    by_fallback: bool = False
    quiet: str | None = None


def _is_fallback(route: Route) -> bool:
    return not (route.rule or route.level or route.unit)


def _names(route: Route, transition: Transition) -> bool:
    return (
        (not route.rule or transition.rule in route.rule)
        and (not route.level or transition.level in route.level)
        and (not route.unit or any(unit in route.unit for unit in transition.units))
    )


def _recipients(routes: Iterable[Route]) -> tuple[Recipient, ...]:
    """Each exit once, in the order of the settings."""
    pairs = [exit_.partition(":") for route in routes for exit_ in route.to]
    return tuple(dict.fromkeys(Recipient(channel, address) for channel, _, address in pairs))


def why_quiet(transition: Transition, rule: Rule) -> str | None:
    """The reason nobody needs to be told of `transition`; None when somebody must be.

    Stored with it, so that the page can answer "why did my phone not ring?".
    """
    if transition.event is Event.MOVED:
        return "no further limit passed"
    limit = rule.limit(transition.level)
    if transition.event is Event.CLEARED and not (limit and limit.tell_clear):
        return f"an all-clear from {transition.level} is not told by this rule"
    return None


def route(transition: Transition, rule: Rule, routes: Sequence[Route]) -> Told:
    """Who is told of `transition`: all whom routes with conditions name, else the fallback, else nobody."""
    if quiet := why_quiet(transition, rule):
        return Told(quiet=quiet)
    conditional = [r for r in routes if not _is_fallback(r)]
    if named := _recipients(r for r in conditional if _names(r, transition)):
        return Told(named)
    if rest := _recipients(r for r in routes if _is_fallback(r)):
        return Told(rest, by_fallback=bool(conditional))  # where all goes one way, that way is no surprise
    return Told(quiet=NOBODY)
