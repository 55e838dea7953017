"""What to read next of a table whose key only grows, and how far it has then been read. Pure, as collectors.decide.

A number is given to a row when its transaction writes, and is seen when that commits: the last keys are read again.
"""

import json
from collections.abc import Sequence
from datetime import datetime

from collectors.decide import Cursor, Plan, Raw, Step, decoded, encoded


def next_keys(cursor: Cursor | None, overlap: int, page: int, source_now: datetime) -> Plan:
    """What to read next: the rest of an unfinished chain, else from `overlap` keys behind the greatest one."""
    if cursor is None or cursor.value is None:
        return Plan(page, source_now)
    value = decoded(cursor.value)
    if cursor.key is not None:
        return Plan(page + 1, source_now, since=value)  # the known row and a page
    return Plan(page, source_now, since=key_like(number_of(value) - overlap, value))


def step_keys(cursor: Cursor | None, plan: Plan, read: Sequence[Raw]) -> Step:
    """The cursor after `read`, the keys that `plan` gave, in their order."""
    if not read:
        return Step(cursor if cursor is None else Cursor(cursor.value), False, None)
    if len(read) >= plan.limit:
        return Step(Cursor(encoded(read[-1]), json.dumps("more")), True, None)
    known = None if cursor is None or cursor.value is None else decoded(cursor.value)
    is_older = known is not None and number_of(read[-1]) < number_of(known)
    return Step(Cursor(encoded(known if is_older else read[-1])), False, None)


def number_of(key: Raw) -> int:
    """The place of an increasing key. Errors: ValueError where it is no whole number."""
    return int(key)


def is_number(key: Raw) -> bool:
    """Whether a key has a place: polls can go on from it."""
    try:
        return number_of(key) == key or isinstance(key, str)
    except (ValueError, TypeError, OverflowError):
        return False


def key_like(number: int, sample: Raw) -> Raw:
    """The key at this place written as `sample` is: text keeps its width."""
    if isinstance(sample, str):
        return str(max(number, 0)).zfill(len(sample))
    return type(sample)(number)
