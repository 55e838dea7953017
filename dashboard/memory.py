"""What the reader's browser remembers between visits: language and theme, in cookies that assets/desk-frame.js writes.

The address wins over it: a link that names a theme shows that theme to everybody.
"""

from collections.abc import Mapping
from contextvars import ContextVar, Token
from types import MappingProxyType
from typing import Final

WORDS: Final = ("lang", "theme")  # as the address names them
PREFIX: Final = "lightkeeper-"
_NOTHING: Final[Mapping[str, str]] = MappingProxyType({})
_held: ContextVar[Mapping[str, str]] = ContextVar("lightkeeper_memory", default=_NOTHING)


def remembered() -> Mapping[str, str]:
    """By the address's own words; empty outside a request. Whoever reads it checks the values: a browser sent them."""
    return _held.get()


def read(header: str) -> dict[str, str]:
    """The remembered words of a Cookie header; others' cookies are left out."""
    pairs = (pair.strip().partition("=") for pair in header.split(";"))  # others' cookies may be written in any way
    jar = {name: value.strip('"') for name, _, value in pairs}
    return {word: jar[PREFIX + word] for word in WORDS if PREFIX + word in jar}


def hold(header: str) -> Token[Mapping[str, str]]:
    """Remembers for the request that runs now."""
    return _held.set(read(header))


def drop(token: Token[Mapping[str, str]]) -> None:
    _held.reset(token)
