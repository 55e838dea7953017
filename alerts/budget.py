"""How much of a limit is used, and when more may go. Pure.

A limit is (number, seconds): at most so many within any span of that length.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from math import inf

Limits = Sequence[tuple[int, float]]


def _within(times: Iterable[datetime], seconds: float, now: datetime) -> list[datetime]:
    return sorted(t for t in times if t > now - timedelta(seconds=seconds))


def left(limits: Limits, times: Sequence[datetime], now: datetime, share: int = 1) -> float:
    """How many may still go now, if only 1/`share` of each limit is to be used; infinity without limits, 0 at least."""
    return max(0, min((most // share - len(_within(times, seconds, now)) for most, seconds in limits), default=inf))


def full_until(limits: Limits, times: Sequence[datetime], now: datetime) -> datetime:
    """When the next one may go: `now`, or when the span of a used-up limit has moved on."""
    frees = [now]
    for most, seconds in limits:
        within = _within(times, seconds, now)
        if len(within) >= most:
            frees.append(within[len(within) - most] + timedelta(seconds=seconds))
    return max(frees)


def spread_from(limits: Limits, times: Sequence[datetime], now: datetime) -> datetime:
    """When the next one may go, if what is left of a limit past its half is spread evenly over its span."""
    frees = [full_until(limits, times, now)]
    for most, seconds in limits:
        within = _within(times, seconds, now)
        if within and len(within) >= most // 2:
            frees.append(within[-1] + timedelta(seconds=seconds / (most - most // 2)))
    return max(frees)


def tightest(limits: Limits, times: Sequence[datetime], now: datetime) -> tuple[int, float]:
    """The limit of which least is left."""
    return min(limits, key=lambda limit: limit[0] - len(_within(times, limit[1], now)))
