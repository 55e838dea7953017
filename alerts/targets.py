"""Whom a route or a step of an escalation may name, and which alerts a silence may name. Pure."""

from collections.abc import Collection
from difflib import get_close_matches
from typing import Final

from alerts.transition import ABOUT
from kpis.types import ROLES

MATCHABLE: Final = ("rule", "level", "subject", *(n for n in ABOUT if n not in ("start_at", "due_at", "customers")))


def fault_of(target: str, rosters: Collection[str], channels: Collection[str]) -> tuple[str, str] | None:
    """What is wrong with a target, and its cure; None when it can be told.

    A target is a role, roster:NAME, person:CODE, a channel, or channel:address.
    """
    kind, has_address, name = target.partition(":")
    if kind == "person" and has_address:
        return None if name else ("person: names nobody", "write person:CODE")
    if kind == "roster" and has_address:
        return None if name in rosters else (f"no roster `{name}`", _cure(name, rosters, f"add [rosters.{name}]"))
    if kind in channels or (target in ROLES and not has_address):
        return None
    if has_address:
        return f"no channel `{kind}`", f"add [channels.{kind}] to the settings or mend it"
    return f"nobody is called `{target}`", _cure(target, (*ROLES, *channels), f"there are {', '.join(ROLES)}")


def _cure(name: str, known: Collection[str], otherwise: str) -> str:
    near = get_close_matches(name, known, 1)
    return f"did you mean {near[0]}?" if near else otherwise
