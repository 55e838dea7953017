"""Codes that people send back to take an alert: five digits and one that checks them. Pure."""

import hashlib
import re
from typing import Final

DIGITS: Final = 5
# Damm's quasigroup of order 10 (H. M. Damm, 2004): any single wrong digit and any two exchanged neighbours are seen.
_TABLE: Final = (
    (0, 3, 1, 7, 5, 9, 8, 6, 4, 2),
    (7, 0, 9, 2, 1, 5, 4, 8, 6, 3),
    (4, 2, 0, 6, 8, 7, 1, 3, 5, 9),
    (1, 7, 5, 0, 9, 8, 3, 4, 2, 6),
    (6, 1, 2, 3, 0, 4, 5, 9, 7, 8),
    (3, 6, 7, 4, 2, 0, 9, 5, 8, 1),
    (5, 8, 6, 9, 7, 2, 0, 1, 3, 4),
    (8, 9, 4, 5, 3, 6, 2, 0, 1, 7),
    (9, 4, 3, 8, 6, 1, 7, 2, 0, 5),
    (2, 5, 8, 1, 4, 3, 6, 7, 9, 0),
)
_RUN: Final = re.compile(rf"(?<!\d)\d{{{DIGITS + 1}}}(?!\d)")


def _check(digits: str) -> int:
    interim = 0
    for digit in digits:
        interim = _TABLE[interim][int(digit)]
    return interim


def code_of(*seed: object) -> str:
    """The code of what `seed` names, e.g. transition and phone: the same each time, six digits."""
    text = "\n".join(map(str, seed))
    digits = f"{int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], 'big') % 10**DIGITS:0{DIGITS}d}"
    return f"{digits}{_check(digits)}"


def is_code(text: str) -> bool:
    """Whether `text` is a code without a slip."""
    return len(text) == DIGITS + 1 and text.isascii() and text.isdigit() and _check(text) == 0


def found_in(text: str) -> list[str]:
    """Runs of six digits in what somebody wrote back, full-width ones read as plain; slips are among them."""
    plain = "".join(str(ord(c) - 0xFF10) if "０" <= c <= "９" else c for c in text)
    return _RUN.findall(plain)


def phone(number: str) -> str:
    """A phone number as digits alone, without China's 86 in front of a mobile number."""
    digits = re.sub(r"\D", "", number)
    return re.sub(r"^(?:00)?86(?=1\d{10}$)", "", digits)
