"""How long to wait after failed tries at signing in. Pure: counts and times go in, a pause comes out.

Counted per account and place of origin, and per place: who guesses is locked out, the account's owner elsewhere is not.
"""

import hashlib
from datetime import datetime, timedelta
from typing import Final

FREE_PAIR, FREE_PLACE = 4, 20  # failures without a pause: of one account from one place, of a place in all
FIRST: Final = timedelta(seconds=30)
LONGEST: Final = timedelta(hours=1)
FORGOTTEN: Final = timedelta(hours=2)  # after so long without a failure counting begins anew


def pair_of(user: str, place: str) -> str:
    """The key of an account tried from a place: nobody reads names out of it."""
    return hashlib.sha256(f"pair\0{user.casefold()}\0{place}".encode()).hexdigest()


def place_of(place: str) -> str:
    return hashlib.sha256(f"place\0{place}".encode()).hexdigest()


def counted(failures: int, last_at: datetime | None, now: datetime) -> int:
    """Failures with this one."""
    return 1 if last_at is None or now - last_at > FORGOTTEN else failures + 1


def until(failures: int, free: int, now: datetime) -> datetime | None:
    """Until when nothing more is tried after so many failures; doubled with each."""
    if failures <= free:
        return None
    return now + min(FIRST * 2 ** min(failures - free - 1, 20), LONGEST)
