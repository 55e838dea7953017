"""The two likelihood ratios. Both grow with the observed and fall with the expected count of a zone."""

import numpy as np
import numpy.typing as npt

from kpis.hotspots.tables import Floats


def conditional(observed: npt.ArrayLike, expected: npt.ArrayLike, total: float) -> Floats:
    """c ln(c / mu) + (C - c) ln((C - c) / (C - mu)); 0 where c <= mu. For the permutation and the Poisson form.

    Natural logarithms. Given C = `total`, all cases of the study. Source: Kulldorff 1997, Commun. Stat. 26:1481;
    Kulldorff et al. 2005, PLoS Med 2:e59.
    """
    c, mu = np.broadcast_arrays(np.asarray(observed, dtype=np.float64), np.asarray(expected, dtype=np.float64))
    out = np.zeros(c.shape)
    more = c > mu
    c, mu = c[more], mu[more]
    rest = total - c
    with np.errstate(divide="ignore"):
        inside = c * np.log(c / mu)
    outside = np.where(rest > 0, rest * np.log(np.where(rest > 0, rest, 1.0) / (total - mu)), 0.0)
    out[more] = inside + outside
    return out


def free(observed: npt.ArrayLike, expected: npt.ArrayLike) -> Floats:
    """c ln(c / mu) + mu - c; 0 where c <= mu. For the expectation-based form.

    Source: Neill et al. 2005 (expectation-based Poisson); Neill 2009, IJHG 8:20.
    """
    c, mu = np.broadcast_arrays(np.asarray(observed, dtype=np.float64), np.asarray(expected, dtype=np.float64))
    out = np.zeros(c.shape)
    more = c > mu
    c, mu = c[more], mu[more]
    with np.errstate(divide="ignore"):
        out[more] = c * np.log(c / mu) + mu - c
    return out


def ratio(observed: npt.ArrayLike, expected: npt.ArrayLike, total: float | None) -> Floats:
    """`conditional`, or `free` where no total is given."""
    return free(observed, expected) if total is None else conditional(observed, expected, total)
