"""Rates of small units by partial pooling: each borrows from all others as much as its own few rows leave open. Pure.

Empirical Bayes with a beta prior of the units' true rates, whose mean and strength are not taken as known but weighed
over a grid: with few units a plugged-in prior makes intervals too short. The mean is flat on the logit scale.
Source: M. Kleinman, Proportions with extraneous variance, JASA 68 (1973), 46-54; A. Gelman et al., Bayesian Data
Analysis, 3rd ed., section 5.3.
"""

from typing import Final

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
_POINTS: Final = 800  # of the grid of rates
_EDGE: Final = 9.2  # its ends on the logit scale: 0.0001 and 0.9999
_STRENGTHS: Final = np.exp(np.linspace(np.log(2.0), np.log(4000.0), 18))  # in rows that the prior is worth
_MEANS: Final = 14
# How much a weak prior is believed: between flat in log strength (0) and flat in 1 / sqrt(strength) (0.5), chosen so
# that the intervals of simulated units cover (python -m bench.kpis --only repeats).
_LEAN: Final = 0.4


def pooled(successes: npt.ArrayLike, n: npt.ArrayLike, level: float = 0.95) -> tuple[Floats, Floats, Floats]:
    """Mean, lower and upper bound of each unit's rate, between 0 and 1; of a unit without rows NaN.

    Shapes: one element per unit, as given. `level`: the share of units whose true rate lies inside their interval.
    """
    s, m = np.asarray(successes, dtype=np.float64), np.asarray(n, dtype=np.float64)
    some = m > 0
    found = [np.full(len(m), np.nan) for _ in range(3)]
    if some.any():
        for whole, part in zip(found, _pooled(s[some], m[some], level), strict=True):
            whole[some] = part
    return found[0], found[1], found[2]


def _pooled(s: Floats, m: Floats, level: float) -> tuple[Floats, Floats, Floats]:
    logit = np.linspace(-_EDGE, _EDGE, _POINTS)
    rate = 1 / (1 + np.exp(-logit))
    priors = _priors(rate, s.sum() / m.sum(), m.sum())
    log_like = s[:, None] * np.log(rate) + (m - s)[:, None] * np.log1p(-rate)
    like = np.exp(log_like - log_like.max(axis=1, keepdims=True))
    # Not `@`: its threads wait for each other where a tick and its readers share two cores.
    evidence = np.einsum("up,hp->uh", like, priors)  # units x priors
    log_weight = np.log(np.maximum(evidence, 1e-300)).sum(axis=0) - _LEAN * np.log(_STRENGTHS).repeat(_MEANS)
    weight = np.exp(log_weight - log_weight.max())
    density = like * np.einsum("uh,hp->up", weight / evidence, priors)
    density /= density.sum(axis=1, keepdims=True)
    return density.dot(rate), *(_quantile(density, rate, q) for q in ((1 - level) / 2, (1 + level) / 2))


def _priors(rate: Floats, middle: float, rows: float) -> Floats:
    """Beta densities on the grid of rates (on the logit scale), priors x points, each summing to 1."""
    middle = min(max(middle, 0.5 / rows), 1 - 0.5 / rows)
    centre = np.log(middle / (1 - middle))
    reach = min(3.0, 4 / np.sqrt(rows * middle * (1 - middle)) + 0.6)
    means = 1 / (1 + np.exp(-(centre + np.linspace(-reach, reach, _MEANS))))
    mean, strength = (grid.ravel()[:, None] for grid in np.meshgrid(means, _STRENGTHS))
    # The step of the logit scale is worth rate x (1 - rate), so the exponents are not lessened by one.
    log = mean * strength * np.log(rate) + (1 - mean) * strength * np.log1p(-rate)
    density = np.exp(log - log.max(axis=1, keepdims=True))
    return np.asarray(density / density.sum(axis=1, keepdims=True), dtype=np.float64)


def _quantile(density: Floats, rate: Floats, q: float) -> Floats:
    """Where the sum of each row passes `q`, between two points in proportion."""
    total = np.cumsum(density, axis=1)
    at = np.clip((total < q).sum(axis=1), 1, len(rate) - 1)
    row = np.arange(len(density))
    before, after = total[row, at - 1], total[row, at]
    share = np.clip((q - before) / np.maximum(after - before, 1e-300), 0, 1)
    return rate[at - 1] + share * (rate[at] - rate[at - 1])
