"""Lets people and displays in, knows them again, and sees them out."""

import hashlib
import secrets
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final

from dashboard.access import passwords, throttle
from dashboard.access.directory import Directory
from dashboard.access.identity import Identity, NotLetIn, granted
from dashboard.access.provider import Provider
from settings_access import Access
from store.facts.errors import StoreError
from store.ledger import accounts, audit, visits
from store.ledger.audit import Act
from store.ledger.ledger import Ledger
from store.ledger.visits import Visitor
from store.scope import Scope

FIRST_ADMIN: Final = "admin"
FRESH_S: Final = 3.0  # so long a visitor is taken as known without asking the ledger: another node may end the visit
NAMED_S: Final = 30.0  # the same of whom a proxy names
SEEN_EVERY: Final = timedelta(minutes=1)
DISPLAY_DAYS: Final = 400  # a wall is not signed in again each day; its token is revoked instead
WRONG: Final = "user or password is wrong, or the account is disabled"


class Locked(NotLetIn):
    """Too many tries from there. `until`: when the next one is heard."""

    def __init__(self, until: datetime) -> None:
        super().__init__("too many failed tries from this place; nothing is tried until then")
        self.until = until


def sealed(token: str) -> str:
    """What the ledger keeps of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def scope_of(visitor: Visitor, wall_area: Callable[[str], str | None]) -> Scope:
    """What a visitor may see. Nobody sees personal data by role alone: it is unmasked order by order."""
    if visitor.wall is not None:
        area = wall_area(visitor.wall)
        return Scope(visitor.user, (area,) if area else None, role="wall")
    return Scope(visitor.name, visitor.units or None, role=visitor.role)


class Reception:
    """One for a node. All of it may be asked by any thread; `visitor` is cheap for who is known."""

    def __init__(self, ledger: Ledger, access: Access, now: Callable[[], datetime]) -> None:
        self.ledger, self.access, self._now = ledger, access, now
        self._lock = threading.Lock()  # of passwords that are being checked: one at a time, each takes 64 MB
        self._known: dict[str, tuple[float, Visitor, datetime]] = {}
        self._named: dict[Identity, tuple[float, Visitor]] = {}
        self._directory = Directory(access.ldap) if access.ldap else None
        self.provider = Provider(access.oidc) if access.oidc else None

    # ------------------------------------------------------------------ who is it

    def known(self, token: str) -> Visitor | None:
        """The visitor of a token that was looked up a moment ago."""
        held = self._known.get(sealed(token))
        return held[1] if held and time.monotonic() - held[0] < FRESH_S else None

    def visitor(self, token: str) -> Visitor | None:
        """Whose visit it is, by the ledger."""
        seal, now = sealed(token), self._now()
        found = visits.visitor(self.ledger, seal, now, timedelta(minutes=self.access.idle_min))
        before = self._known.pop(seal, None)
        if found is None:
            return None
        noted = before[2] if before else None
        if noted is None or now - noted >= SEEN_EVERY:
            visits.seen(self.ledger, found.visit, now)
            noted = now
        if len(self._known) > 10_000:
            self._known.clear()
        self._known[seal] = (time.monotonic(), found, noted)
        return found

    def forget(self) -> None:
        """Everybody is looked up again: something changed."""
        self._known.clear()
        self._named.clear()

    def named(self, identity: Identity) -> Visitor | None:
        """Whom a proxy named a moment ago."""
        held = self._named.get(identity)
        return held[1] if held and time.monotonic() - held[0] < NAMED_S else None

    def by_proxy(self, identity: Identity, came_from: str) -> Visitor:
        """The visitor that a proxy names with each request. Errors: NotLetIn."""
        who = self._admitted(identity, came_from)
        found = Visitor(
            -int(who["id"]), who["user"], who["name"], who["role"], tuple(who["units"]), who["id"], way="proxy"
        )
        if len(self._named) > 10_000:
            self._named.clear()
        if identity not in self._named:
            act = Act(found.name, "sign_in", found.user, found.role, came_from, {"way": "proxy"})
            audit.note(self.ledger, act, self._now())
        self._named[identity] = (time.monotonic(), found)
        return found

    # ------------------------------------------------------------------ in

    def enter(self, user: str, password: str, came_from: str) -> str:
        """The token of a new visit by user and password: of an account of our own, else of the directory.

        Errors: NotLetIn, Locked, WayDown.
        """
        user = user.strip()[:100]
        self._heard(user, came_from)
        if self._directory and not (self.access.local and accounts.password_of(self.ledger, user)):
            return self._by_directory(user, password, came_from)
        with self._lock:
            self._heard(user, came_from)  # those that waited meanwhile may have used up the tries
            form = accounts.password_of(self.ledger, user) if self.access.local else None
            if not passwords.fits(password, form[1] if form else None) or form is None:
                self.failed(user, came_from, "local", WRONG)
                raise NotLetIn(WRONG)
        return self._begin(form[0], user, "local", came_from)

    def _by_directory(self, user: str, password: str, came_from: str) -> str:
        if self._directory is None:
            raise NotLetIn(WRONG)
        try:
            identity = self._directory.identity(user, password)
        except NotLetIn as error:
            self.failed(user, came_from, "ldap", error.why)
            raise
        return self.enter_as(identity, came_from)

    def enter_as(self, identity: Identity, came_from: str) -> str:
        """The token of a new visit of somebody another way knows. Errors: NotLetIn."""
        who = self._admitted(identity, came_from)
        return self._begin(who["id"], identity.user, identity.way, came_from)

    def _admitted(self, identity: Identity, came_from: str) -> dict[str, Any]:
        """The account of somebody another way knows, with what the site's grants let them do. Errors: NotLetIn."""
        grant = granted(identity, self.access.grants)
        if grant is None:
            why = f"no group of {identity.user} may do anything here; see [[access.grants]]"
            self.failed(identity.user, came_from, identity.way, why, counts=False)
            raise NotLetIn(why)
        who = accounts.admitted(
            self.ledger, identity.way, identity.user, identity.name, grant.role, grant.units, self._now()
        )
        if who is None:
            self.failed(identity.user, came_from, identity.way, "the account is disabled here", counts=False)
            raise NotLetIn(WRONG)
        return who

    def enter_display(self, secret: str, wall: str, came_from: str) -> str:
        """The token of the visit of a display. Errors: NotLetIn, Locked."""
        self._heard("", came_from)
        found = visits.display_of(self.ledger, sealed(secret), wall)
        if found is None:
            self.failed("", came_from, "display", f"no display of wall {wall} has this token")
            raise NotLetIn("no display of this wall has this token; an administrator makes one under Access")
        token, now = secrets.token_urlsafe(32), self._now()
        act = Act(f"display {found['name']}", "display_entered", str(found["id"]), "wall", came_from)
        ends = now + timedelta(days=DISPLAY_DAYS)
        visits.begin(self.ledger, sealed(token), now, ends, came_from, display=found["id"], act=act)
        return token

    def _begin(self, account: int, user: str, way: str, came_from: str) -> str:
        visits.forget_tries(self.ledger, throttle.pair_of(user, came_from))
        token, now = secrets.token_urlsafe(32), self._now()
        ends = now + timedelta(hours=self.access.session_h)
        row = accounts.one(self.ledger, account) or {}
        act = Act(row.get("name", user), "sign_in", user, row.get("role"), came_from, {"way": way})
        visits.begin(self.ledger, sealed(token), now, ends, came_from, account=account, act=act)
        return token

    # ------------------------------------------------------------------ not in

    def _heard(self, user: str, place: str) -> None:
        """Errors: Locked while nothing is tried from there."""
        now = self._now()
        for key in (throttle.pair_of(user, place), throttle.place_of(place)):
            until = visits.tries(self.ledger, key)[2]
            if until is not None and until > now:
                raise Locked(until)

    def failed(self, user: str, place: str, way: str, why: str, *, counts: bool = True) -> None:
        """Notes a failed try; with `counts` further ones from there are slowed down."""
        now = self._now()
        act = Act(user or "-", "sign_in_failed", user or None, None, place, {"way": way, "why": why})
        if not counts:
            audit.note(self.ledger, act, now)
            return
        pairs = ((throttle.pair_of(user, place), throttle.FREE_PAIR), (throttle.place_of(place), throttle.FREE_PLACE))
        for i, (key, free) in enumerate(pairs):
            failures, last_at, _ = visits.tries(self.ledger, key)
            failures = throttle.counted(failures, last_at, now)
            visits.note_try(self.ledger, key, failures, throttle.until(failures, free, now), None if i else act, now)

    # ------------------------------------------------------------------ out, and passwords

    def leave(self, token: str, who: Visitor, came_from: str) -> None:
        visits.end(self.ledger, sealed(token), Act(who.name, "sign_out", who.user, who.role, came_from), self._now())
        self.forget()

    def change_password(self, who: Visitor, old: str, new: str, came_from: str) -> str:
        """Gives the visitor another password and a new visit, whose token it is; all others of the account are over.

        Errors: NotLetIn for a wrong old one, StoreError for a new one that will not do.
        """
        if who.account is None or who.way != "local":
            raise StoreError("password: it is kept elsewhere; change it there")
        self._heard(who.user, came_from)
        with self._lock:
            form = accounts.password_of(self.ledger, who.user)
            if not passwords.fits(old, form[1] if form else None):
                self.failed(who.user, came_from, "local", "wrong old password")
                raise NotLetIn("the old password is wrong")
            made = passwords.hashed(passwords.new_one(new, who.user, old))
        now = self._now()
        accounts.set_password(self.ledger, who.account, made, who.name, now, must_change=False, by_role=who.role)
        self.forget()
        return self._begin(who.account, who.user, "local", came_from)


def first_administrator(ledger: Ledger, access: Access, now: datetime) -> str | None:
    """Makes the administrator of a ledger without accounts; their one-time password, or None where there is one."""
    if not access.local or accounts.count(ledger):
        return None
    password = passwords.one_time()
    accounts.make(
        ledger, FIRST_ADMIN, "Administrator", "administrator", (), passwords.hashed(password), "first start", now
    )
    return password
