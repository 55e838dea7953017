"""Who somebody is, as a directory, a provider or a proxy says it, and what the site lets them do."""

from collections.abc import Sequence
from dataclasses import dataclass

from settings_access import Grant


class NotLetIn(Exception):
    """A sentence for the person who wants in; `why` is for the audit log and names no secret."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class WayDown(Exception):
    """A directory or a provider can not be asked who this is. `why` names it, its place and the cure, and no secret."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True)
class Identity:
    """`user` is unique within its `way` (oidc, ldap, proxy); `groups` as that names them."""

    way: str
    user: str
    name: str
    groups: tuple[str, ...] = ()


def granted(identity: Identity, grants: Sequence[Grant]) -> Grant | None:
    """The first grant that fits; None: the site lets them do nothing."""
    mine = {group.casefold() for group in identity.groups}
    return next((g for g in grants if g.group == "*" or g.group.casefold() in mine), None)
