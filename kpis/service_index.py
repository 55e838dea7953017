"""The service quality index and the service conduct rate, by their published formulas. Pure.

Sources keep no untrue orders and no verified fraud: those deductions are named as missing, and the index is "at most".
"""

from dataclasses import dataclass
from typing import Final

import pandas as pd

# What the formula deducts and no source tells.
UNTOLD: Final = ("untrue_orders", "verified_fraud")
SATISFACTION_GOAL: Final = 95.0
_NEGATIVE: Final = 5.0  # points of each case in the media


@dataclass(frozen=True)
class Index:
    """Value in points, at most; None without business. Its parts: what was deducted for what."""

    value: float | None
    volume: int
    thrice: float | None  # points for events of three calls and more
    dissatisfied: float | None  # None: no revisit answered
    media: float


def quality_index(thrice: int, volume: int, satisfaction: float | None, media: int) -> Index:
    """(1 - events of 3 calls and more / business volume) x 100, less 0.1 for each 0.1 % that revisit satisfaction lies
    below 95 %, less 5 for each case in the media.

    Business volume: all orders without fault reports, praise and enquiries answered at once. Source: a provincial
    command centre's published rule (domain: service quality index).
    """
    media_points = _NEGATIVE * media
    below = None if satisfaction is None or pd.isna(satisfaction) else max(0.0, SATISFACTION_GOAL - satisfaction)
    if volume <= 0:
        return Index(None, 0, None, below, media_points)
    calls = 100 * thrice / volume
    return Index(max(0.0, 100 - calls - (below or 0.0) - media_points), volume, calls, below, media_points)


def conduct_rate(class_1: int, class_2: int, reports: int, calls: int, served: float | None) -> float | None:
    """0.7 x (1 - class-1 complaints / D) + 0.2 x (1 - class-2 / D) + 0.1 x (1 - reports / D), in percent.

    D = calls / 100 x 50 % + customers / 1000 x 50 %. None without listed customers. Each bracket is 0 at least. Source:
    the same rule.
    """
    if served is None or pd.isna(served) or served <= 0:
        return None
    d = calls / 100 * 0.5 + served / 1000 * 0.5
    parts = ((0.7, class_1), (0.2, class_2), (0.1, reports))
    return 100 * sum(weight * max(0.0, 1 - count / d) for weight, count in parts)
