"""Passwords: Argon2id as its library's defaults have it, and what a new one must be."""

import secrets
from functools import cache
from typing import TYPE_CHECKING, Final

from store.facts.errors import StoreError

if TYPE_CHECKING:
    from argon2 import PasswordHasher

LEAST: Final = 10
MOST: Final = 200
_LETTERS: Final = "abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # none that is read as another


@cache
def _hasher() -> "PasswordHasher":
    from argon2 import PasswordHasher  # sites without accounts of their own do without

    return PasswordHasher()


@cache
def _nobodys() -> str:
    """The form of a password that nobody has: an unknown user costs as long as a known one."""
    return _hasher().hash(secrets.token_hex(16))


def one_time() -> str:
    """A password to give once, 90 bits."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(4))


def hashed(password: str) -> str:
    return _hasher().hash(password)


def fits(password: str, form: str | None) -> bool:
    """Whether it is the password of this form; with None never, and as slowly."""
    from argon2.exceptions import InvalidHashError, VerificationError

    try:
        return _hasher().verify(form or _nobodys(), password[:MOST]) and form is not None
    except (InvalidHashError, VerificationError):
        return False


def new_one(password: str, user: str, old: str) -> str:
    """`password` if it may be a new one. Errors: StoreError with what it lacks."""
    if len(password) < LEAST:
        raise StoreError(f"password: has {len(password)} characters; {LEAST} at least")
    if len(password) > MOST:
        raise StoreError(f"password: is too long; {MOST} characters at most")
    if password == old or password.casefold() == user.casefold() or len(set(password)) < 4:
        raise StoreError("password: is the old one, the user's name or nearly one letter; choose another")
    return password
