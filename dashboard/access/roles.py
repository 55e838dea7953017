"""What each role may do. Pure: one table, asked by address, by act and by question."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from store.facts.errors import StoreError
from store.scope import Scope

# look: pages and their data; take: answer alerts and hotspots, silence, supervise; roster: stand-ins and exits;
# export: files; unmask: personal data of one order, with a reason; audit: the log; administer: accounts, displays,
# rules.
ACTS: Final = ("look", "take", "roster", "export", "unmask", "audit", "administer")
MAY: Final[Mapping[str, frozenset[str]]] = {
    "wall": frozenset(),
    "duty": frozenset({"look", "take", "roster", "export", "unmask"}),
    "manager": frozenset({"look", "take", "export", "unmask"}),
    "leader": frozenset({"look", "export", "audit"}),
    "administrator": frozenset(ACTS),
}
# Addresses by their beginning, the longest that fits counts; all others are looked at.
ADDRESSES: Final[Mapping[str, str]] = {
    "/": "look",
    "/export/": "export",
    "/unmask": "unmask",
    "/access": "administer",
    "/answer/access": "administer",
    "/rules": "administer",
    "/audit": "audit",
    "/answer/audit": "audit",
    "/metrics": "administer",
}
# Questions of the command line that pages may ask, by the act that each is; all others are an administrator's.
QUESTIONS: Final[Mapping[str, str]] = {
    **dict.fromkeys(("duty", "hotspots", "hotspot", "hotspots lab", "alarm_health", "backtest", "sources"), "look"),
    "hotspot answer": "take",
    "alerts test": "roster",
}
# What a display may get beside its own wall and that wall's parts: what the page is made of, and no data.
_OF_PAGES: Final = ("/assets/", "/_dash-component-suites/", "/map/", "/topo/")
_OF_DASH: Final = ("/_dash-layout", "/_dash-dependencies", "/_favicon.ico", "/healthz", "/readyz")


@dataclass
class NotAllowed(StoreError):
    """The role may not do that; the sentence is for who asked."""

    role: str
    act: str

    def __str__(self) -> str:
        return f"the role {self.role} may not {SAID[self.act]}; ask who has {self._who()}"

    def _who(self) -> str:
        return ", ".join(role for role, acts in MAY.items() if self.act in acts)


SAID: Final[Mapping[str, str]] = {
    "look": "look at this", "take": "answer or silence alerts", "roster": "change who is on duty",
    "export": "take files", "unmask": "see personal data", "audit": "read the audit log", "administer": "administer",
}  # fmt: skip


def may(role: str, act: str) -> bool:
    return act in MAY.get(role, frozenset())


def need(scope: Scope, act: str) -> None:
    """Errors: NotAllowed where the role of `scope` may not."""
    if not may(scope.role, act):
        raise NotAllowed(scope.role, act)


def act_of(path: str) -> str:
    """The act that asking for `path` is."""
    fits = [
        start for start in ADDRESSES if path == start or path.startswith(start if start[-1] == "/" else f"{start}/")
    ]
    return ADDRESSES[max(fits, key=len)] if fits else "look"


def act_of_question(command: str) -> str:
    return QUESTIONS.get(command, "administer")


def display_may(method: str, path: str, wall: str) -> bool:
    """Whether the display of `wall` may ask for this without a look at what it asks: what its page is made of."""
    if method not in ("GET", "HEAD"):
        return False
    return path == f"/wall/{wall}" or path in _OF_DASH or path.startswith(_OF_PAGES)
