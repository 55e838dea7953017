"""What people write into the ledger: named, short enough, not empty."""

from typing import Final

from store.facts.errors import StoreError

NAME_LIMIT: Final = 100
REASON_LIMIT: Final = 500
NOTE_LIMIT: Final = 500


def named(act: str, name: str) -> str:
    """Who does it. Errors: StoreError for nobody and for names that are too long."""
    name = within(act, "name", name, NAME_LIMIT)
    if not name:
        raise StoreError(f"{act}: no name is given, so nobody is named; give the name of who does it")
    return name


def given(act: str, what: str, text: str, limit: int) -> str:
    """`text` without blanks around it. Errors: StoreError where nothing is left or it is too long."""
    text = within(act, what, text, limit)
    if not text:
        raise StoreError(f"{act}: no {what} is given; write it")
    return text


def within(act: str, what: str, text: str, limit: int) -> str:
    """`text` without blanks around it, which may be nothing. Errors: StoreError where it is too long."""
    text = text.strip()
    if len(text) > limit:
        raise StoreError(f"{act}: the {what} is too long; {limit} characters at most")
    return text
