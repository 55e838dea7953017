"""What callbacks are given, of the kind that is meant: a page sends texts and numbers, anybody else what they like."""

from collections.abc import Iterable
from typing import Any, Final

GREATEST: Final = 2**63 - 1  # what a database takes as a number


def text(value: Any) -> str:
    """What stands in a field; nothing for what is no text."""
    return value if isinstance(value, str) else ""


def count(value: Any) -> int | None:
    """A whole number from 0 on; None for all else, also for one in words."""
    is_one = isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= GREATEST
    return value if is_one else None


def number(value: Any) -> int | None:
    """The number of an alert, an order, a row, written or not; None for all else."""
    is_written = isinstance(value, str) and value.isdecimal() and len(value) < 20
    return count(int(value) if is_written else value)


def total(clicks: Iterable[Any]) -> int:
    """Clicks on several buttons; one that nobody clicked yet has none."""
    return sum(count(one) or 0 for one in clicks)
