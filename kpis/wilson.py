"""Wilson's score interval of a share."""

from typing import Any, Final

import numpy as np
import numpy.typing as npt

Z95: Final = 1.959963984540054  # standard normal quantile at 0.975
Floats = npt.NDArray[np.float64]


def interval(successes: npt.ArrayLike, n: npt.ArrayLike, z: float = Z95) -> tuple[Floats, Floats]:
    """Lower and upper bound of each share `successes / n`, between 0 and 1; NaN where n is 0.

    Source: E. B. Wilson, Probable inference, JASA 22 (1927), 209-212.
    """
    s, m = np.broadcast_arrays(np.asarray(successes, dtype=np.float64), np.asarray(n, dtype=np.float64))
    with np.errstate(invalid="ignore", divide="ignore"):
        share = s / m
        middle = (s + z * z / 2) / (m + z * z)
        half = z / (m + z * z) * np.sqrt(s * (m - s) / m + z * z / 4)
    # Rounding may leave the bound a hair beside the share where it is 0 or 1.
    low = np.where(s == 0, 0.0, np.minimum(middle - half, share))
    high = np.where(s == m, 1.0, np.maximum(middle + half, share))
    return _or_nan(low, m), _or_nan(high, m)


def _or_nan(bound: Any, n: Floats) -> Floats:
    return np.where(n > 0, np.clip(bound, 0.0, 1.0), np.nan)
