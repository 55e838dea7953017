"""How rare a statistic is: by rank among simulated maxima, by Gumbel, by a stored null; recurrence intervals."""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from kpis.hotspots.tables import BadTable, Floats

TIE: Final = 1e-6  # statistics of counts are discrete; simulated ones within this equal the observed
_EULER: Final = 0.5772156649015329


def rank_p(statistic: npt.ArrayLike, maxima: npt.ArrayLike, *, tie: float = TIE) -> Floats:
    """(r + 1) / (n + 1): r of the n simulated `maxima` reach the statistic or lie within `tie` below it.

    Between 1 / (n + 1) and 1. Source: Dwass 1957; Kulldorff 1997. No early stop: n is the whole of the precision.
    Errors: BadTable without a maximum.
    """
    ordered = np.sort(np.asarray(maxima, dtype=np.float64))
    if not ordered.size:
        raise BadTable("no simulated maxima: ask for replications=99 or more")
    reach = ordered.size - np.searchsorted(ordered, np.asarray(statistic, dtype=np.float64) - tie, side="left")
    return np.asarray((reach + 1) / (ordered.size + 1), dtype=np.float64)


@dataclass(frozen=True)
class Gumbel:
    """The extreme-value distribution of a maximum: P(maximum >= x) = 1 - exp(-exp(-(x - location) / scale))."""

    location: float
    scale: float

    def p(self, statistic: npt.ArrayLike) -> Floats:
        """The chance of a maximum this large, exact into the far tail."""
        z = (np.asarray(statistic, dtype=np.float64) - self.location) / self.scale
        return np.asarray(-np.expm1(-np.exp(np.minimum(-z, 700.0))), dtype=np.float64)

    def level(self, p: float) -> float:
        """The statistic that a maximum reaches with chance `p`, between 0 and 1."""
        return self.location - self.scale * math.log(-math.log1p(-p))


def gumbel(maxima: npt.ArrayLike) -> Gumbel:
    """By moments: scale = sd sqrt(6) / pi, location = mean - 0.5772 scale.

    Source: Abrams, Kleinman, Kulldorff 2010, IJHG 9:61. Errors: BadTable for fewer than 20 maxima or equal ones.
    """
    values = np.asarray(maxima, dtype=np.float64)
    if values.size < 20 or np.ptp(values) == 0:
        raise BadTable(f"{values.size} simulated maxima do not show how they vary: ask for replications=99 or more")
    scale = float(values.std(ddof=1)) * math.sqrt(6) / math.pi
    return Gumbel(float(values.mean()) - _EULER * scale, scale)


@dataclass(frozen=True)
class StoredNull:
    """A null kept for later looks, so that a refresh needs one scan: quantiles of the maxima and their Gumbel fit.

    `levels`: the maxima's quantiles at `at` (ascending shares). Valid for the same zones, windows and kind of cases.
    """

    n: int
    at: tuple[float, ...]
    levels: tuple[float, ...]
    fit: Gumbel

    def p(self, statistic: npt.ArrayLike) -> Floats:
        """By the quantiles up to the last kept one, beyond by the Gumbel fit, never rising with the statistic."""
        x = np.asarray(statistic, dtype=np.float64)
        between = 1 - np.interp(x, self.levels, self.at, left=0.0)
        last = 1 - self.at[-1]
        tail = np.minimum(self.fit.p(x) * (last / max(float(self.fit.p(self.levels[-1])), 1e-300)), last)
        return np.where(x > self.levels[-1], tail, np.maximum(between, last))


def stored(maxima: npt.ArrayLike) -> StoredNull:
    """The null to keep, of 100 or more maxima. Errors: BadTable for fewer."""
    values = np.asarray(maxima, dtype=np.float64)
    if values.size < 100:
        raise BadTable(f"a stored null needs 100 maxima, not {values.size}")
    at = np.concatenate([np.arange(0, 0.9, 0.05), np.arange(0.9, 1 - 10 / values.size + 1e-9, 0.01)])
    levels = np.quantile(values, at)
    return StoredNull(values.size, tuple(at.tolist()), tuple(levels.tolist()), gumbel(values))


def recurrence(p: npt.ArrayLike, *, every: float = 1.0, looks: int = 1) -> Floats:
    """How seldom so small a p comes by chance, in the unit of `every`: the time from one look to the next.

    `every` / p; with `looks` - 1 earlier looks adjusted for, `every` / (1 - (1 - p) ** (1 / looks)). Valid for one
    family of zones; several families or looks in between make it too large (see `calibration`).
    Source: SaTScan User Guide v10.1, recurrence interval; Kleinman et al. 2004.
    """
    chance = np.asarray(p, dtype=np.float64)
    with np.errstate(divide="ignore"):  # p = 1: ln 0, a look's worth
        return np.asarray(every / -np.expm1(np.log1p(-chance) / looks), dtype=np.float64)
