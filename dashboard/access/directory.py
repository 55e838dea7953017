"""Who somebody is by a directory (LDAP): the user is searched, then bound with the password given."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from dashboard.access.identity import Identity, NotLetIn, WayDown
from dashboard.access.patience import Patience
from settings_access import Ldap

if TYPE_CHECKING:
    from dashboard.access.directory_line import Line

LONGEST_S: Final = 20.0  # of one sign-in in all: longer, and people try again meanwhile
MOST_TYPED: Final = 256  # characters of a user's name
NOBODY: Final = "the directory knows no such user"
_PLACE: Final = re.compile(r"\{(user|dn)\}")


class Directory:
    """A directory of the site. Each question opens a connection of its own: sign-ins are rare, none is left bound."""

    def __init__(self, settings: Ldap, longest_s: float = LONGEST_S) -> None:
        self._settings, self._patience = settings, Patience(longest_s)

    def identity(self, user: str, password: str) -> Identity:
        """Who `user` with `password` is.

        `user` is the entry's own spelling, `groups` are DNs as the directory spells them. Errors: NotLetIn for one who
        is unknown, ambiguous or has another password; WayDown where the directory can not be asked. Blocks for up to
        `longest_s`, whatever the directory does.
        """
        # An empty password binds nobody, and directories answer "success" to that (RFC 4513, 5.1.2 and 6.3.1).
        if not password:
            raise NotLetIn("the password is empty")
        if not user.strip() or len(user) > MOST_TYPED:
            raise NotLetIn(NOBODY)
        try:
            return self._patience.ask(lambda: self._identity(user, password))
        except TimeoutError:
            waited = f"longer than {self._patience.longest_s:g} s"
            raise WayDown(f"{self._settings.url} lets a sign-in wait {waited}; see what holds it up") from None

    def _identity(self, user: str, password: str) -> Identity:
        with self._searching() as line:
            dn, attributes = self._entry(line, user.strip())
            groups = self._groups(line, user.strip(), dn, attributes)
        name = _first(attributes, self._settings.user_attribute)
        if name is None:
            raise NotLetIn(f"the user's entry has no {self._settings.user_attribute}; check access.ldap.user_attribute")
        with self._line() as line:
            why = line.why_not_bound(dn, password)
        if why:
            raise NotLetIn(f"the directory refused the password: {why}")
        return Identity("ldap", name, _first(attributes, self._settings.name_attribute) or name, groups)

    def check(self) -> list[str]:
        """What keeps everybody from signing in, a sentence each with its cure; none: []."""
        try:
            with self._searching() as line:
                faults = [
                    f"access.ldap.{key}: {self._settings.url} has no entry {base}, or shows it to nobody; "
                    "correct it, or name a bind_dn that may read it"
                    for key, base in (("base", self._settings.base), ("group_base", self._settings.group_base))
                    if base is not None and not line.has(base)
                ]
                if not faults:  # its filters are tried with nobody's name
                    line.found(self._settings.base, filled(self._settings.user_filter, user="-"), [], most=1)
                    self._groups(line, "-", self._settings.base, {})
                return faults
        except WayDown as error:
            return [f"access.ldap: {error.why}"]

    @contextmanager
    def _line(self) -> Iterator["Line"]:
        from dashboard.access.directory_line import opened  # ldap3: 0.15 s that only a site with a directory pays

        with opened(self._settings) as line:
            yield line

    @contextmanager
    def _searching(self) -> Iterator["Line"]:
        """A connection that may search."""
        with self._line() as line:
            secret = self._settings.bind_password
            if self._settings.bind_dn and not (secret and secret.get_secret_value()):
                raise WayDown("bind_dn has no password; write access.ldap.bind_password")
            if self._settings.bind_dn and secret:
                why = line.why_not_bound(self._settings.bind_dn, secret.get_secret_value())
                if why:
                    raise WayDown(
                        f"{self._settings.url} refused bind_dn {self._settings.bind_dn}: {why}; "
                        "check access.ldap.bind_dn and bind_password"
                    )
            yield line

    def _entry(self, line: "Line", user: str) -> tuple[str, Mapping[str, list[str]]]:
        wanted = [self._settings.user_attribute, self._settings.name_attribute]
        wanted += [self._settings.group_attribute] if self._settings.group_attribute else []
        asked = filled(self._settings.user_filter, user=user)
        found = line.found(self._settings.base, asked, wanted, most=2)
        if not found:
            raise NotLetIn(NOBODY)
        if len(found) > 1:
            raise NotLetIn("the directory knows several such users; narrow access.ldap.user_filter")
        return found[0]

    def _groups(self, line: "Line", user: str, dn: str, attributes: Mapping[str, list[str]]) -> tuple[str, ...]:
        groups = _all(attributes, self._settings.group_attribute or "")
        if self._settings.group_base:
            asked = filled(self._settings.group_filter, user=user, dn=dn)
            groups += [group for group, _ in line.found(self._settings.group_base, asked, [])]
        return tuple(dict.fromkeys(groups))


def filled(template: str, **values: str) -> str:
    """`template` with {user} and {dn} filled in, so that no value can change what is asked (RFC 4515, 3)."""
    escaped = {name: _escaped(value) for name, value in values.items()}
    return _PLACE.sub(lambda place: escaped.get(place[1], place[0]), template)


def _escaped(value: str) -> str:
    return "".join(f"\\{ord(sign):02x}" if sign in "\\*()\0" else sign for sign in value)


def _all(attributes: Mapping[str, list[str]], name: str) -> list[str]:
    """Values of an attribute; directories spell its name as they like."""
    return next((list(values) for key, values in attributes.items() if key.casefold() == name.casefold()), [])


def _first(attributes: Mapping[str, list[str]], name: str) -> str | None:
    return next((value for value in _all(attributes, name) if value.strip()), None)
