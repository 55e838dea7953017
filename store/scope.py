"""Who asks: which units the answer may cover, and whether personal data may be in it."""

from dataclasses import dataclass
from typing import Final, Self

ROLES: Final = ("duty", "manager", "leader", "administrator")  # of accounts; docs/roles.md says who may what


@dataclass(frozen=True)
class Scope:
    """Every read takes one. `units` None means all; else codes of the cities, counties or stations it may see."""

    user: str
    units: tuple[str, ...] | None
    personal: bool = False
    role: str = "duty"

    @classmethod
    def everything(cls, user: str) -> Self:
        return cls(user, None)
