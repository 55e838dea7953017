"""What hotspots are held against: two oracles, a simple rule, EARS C2.

All look every hour, and alarm when two looks in a row reach the level at which each raises the same false alarms.
"""

from collections.abc import Callable
from typing import Final

import numpy as np
from scipy.special import xlogy

from bench.hotspots_city import City, Flags, Floats, Ints
from kpis.hotspots.looks import WINDOWS_H, Stream, Watch, planned, tallied

FADE_H: Final = 48


def hourly(place: Ints, hour: Ints, units: int, hours: int) -> Floats:
    """(units, hours) counts."""
    return np.bincount(place * hours + hour, minlength=units * hours).reshape(units, hours).astype(np.float64)


def _sums(counts: Floats, length: int) -> Floats:
    """Sums of the last `length` hours at each hour, along the last axis."""
    upto = np.concatenate([np.zeros((*counts.shape[:-1], 1)), np.cumsum(counts, axis=-1)], axis=-1)
    at = np.arange(1, counts.shape[-1] + 1)
    return np.asarray(upto[..., at] - upto[..., np.maximum(at - length, 0)])


def oracle(counts: Floats, mean: Floats) -> Floats:
    """(hours,) the strength of a known zone with a known baseline: the best expectation-based ratio of all windows."""
    best = np.zeros(counts.shape)
    for length in WINDOWS_H:
        c, mu = _sums(counts, length), _sums(mean, length)
        best = np.maximum(best, np.where(c > mu, xlogy(c, c / np.maximum(mu, 1e-12)) + mu - c, 0.0))
    return best


def rule(length: int) -> Callable[[Floats], Floats]:
    """N complaints in `length` hours at a unit; N need not be whole: ties are broken by chance, once per unit and N."""

    def strength(counts: Floats) -> Floats:
        lot = np.random.default_rng(counts.shape[0]).random((counts.shape[0], 1))
        return _sums(counts, length) + lot

    return strength


def ears_c2(counts: Floats) -> Floats:
    """(units, hours): EARS C2: the last 24 h against mean and sd of seven 24 h periods that ended two days ago."""
    day = _sums(counts, 24)
    past = np.stack([np.roll(day, 24 * (2 + n), axis=-1) for n in range(1, 8)])
    z = (day - past.mean(axis=0)) / np.maximum(past.std(axis=0, ddof=1), 0.5)  # a floor: most units have days of 0 only
    z[..., : 24 * 10] = 0
    return np.asarray(z)


def blind(made: City, watch: Watch, events: Stream, hours: Ints) -> Floats:
    """(looks,): the best ratio of all zones, for an oracle that knows the baseline but not where to look.

    What it needs longer than `oracle` is the price of looking everywhere, which no method is spared.
    """
    plan, paths = planned(events, watch, hours), watch.paths
    upto = np.concatenate([[0], np.cumsum(made.hourly.ravel())])
    best, at = np.zeros(len(paths.chain)), np.empty((2, len(paths.chain)), dtype=np.int64)
    out = np.zeros(len(hours))
    for k, hour in enumerate(hours.tolist()):
        observed, _ = tallied(events, watch, plan, k)
        expected = made.share[:, None] * (upto[hour] - upto[hour - np.array(watch.windows_h)])
        watch.loops.best_of_chains(
            *(paths.members, paths.starts, paths.is_end, observed, expected),
            *(watch.least, watch.floor, -1.0, best, at[0], at[1]),
        )
        out[k] = best.max()
    return out


def twice(strength: Floats, level: float) -> Flags:
    """Whether a look and the one before it reach `level`."""
    over: Flags = np.array(strength >= level, ndmin=1)
    over[..., 1:] &= over[..., :-1].copy()
    over[..., 0] = False
    return over


def episodes(alarms: Flags) -> int:
    """Alarms of one series that lie 48 h apart or more."""
    at = np.flatnonzero(alarms)
    return 0 if not at.size else 1 + int((np.diff(at) >= FADE_H).sum())


def level_of(strengths: list[Floats], budget_30d: float) -> float:
    """The level at which the series raise the budget: each (units, hours) or (hours,), units alarm each for itself."""
    series = [row for s in strengths for row in np.atleast_2d(s)]
    days = sum(np.atleast_2d(s).shape[-1] for s in strengths) / 24
    low, high = 0.0, max(float(s.max()) for s in series) + 1
    for _ in range(22):
        level = (low + high) / 2
        hot = [s for s in series if s.max() >= level]
        rate = 30 * sum(episodes(twice(s, level)) for s in hot) / days
        low, high = (level, high) if rate > budget_30d else (low, level)
    return high


def oracle_level(made: City, members: Ints, budget_30d: float, rng: np.random.Generator, days: int = 3_000) -> float:
    """The level of the oracle's one zone, by simulating its own background."""
    mean = made.mean(members)
    runs = max(days * 24 // len(mean), 1)
    factor = made.background.phi - 1
    parts = []
    for _ in range(runs):
        scale = rng.gamma(mean.reshape(-1, 24).sum(axis=1) / factor, factor) if factor else None
        daily = mean.reshape(-1, 24)
        hour = daily if scale is None else daily / daily.sum(axis=1, keepdims=True) * scale[:, None]
        parts.append(oracle(rng.poisson(hour.ravel()).astype(np.float64), mean))
    return level_of(parts, budget_30d)


def first_alarm(strength: Floats, level: float, start: int) -> float:
    """Hours from `start` to the end of the look that alarms, over all units given; inf for never."""
    alarms: Flags = np.atleast_2d(twice(strength, level))
    at = np.flatnonzero(alarms[:, start:].any(axis=0))
    return float(at[0] + 1) if at.size else np.inf
