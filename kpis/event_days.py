"""Days of major events by 2.5 beta: the days whose SAIDI a usual year does not explain. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log, sqrt
from typing import Final, Literal

BETA: Final = 2.5
LEAST_DAYS: Final = (
    365  # days with an interruption, below which there is no threshold: our choice, the guide asks 5 years
)
FULL_YEARS: Final = 5
Deviation = Literal["n-1", "n"]


@dataclass(frozen=True)
class Threshold:
    """T_MED in minutes of daily SAIDI, and what it rests on. None: `days` are not enough history.

    alpha and beta are mean and standard deviation of ln(SAIDI); `deviation` says what beta was divided by.
    """

    minutes: float | None
    alpha: float | None
    beta: float | None
    days: int
    deviation: Deviation

    @property
    def has_history(self) -> bool:
        return self.minutes is not None

    def is_event(self, saidi_min: float) -> bool | None:
        """Whether a day of so much SAIDI is one; None while nobody can tell."""
        return None if self.minutes is None else saidi_min > self.minutes


def threshold(daily_saidi: Sequence[float], deviation: Deviation = "n-1", least_days: int = LEAST_DAYS) -> Threshold:
    """T_MED = exp(alpha + 2.5 beta) of days that are over. Days without an interruption have no logarithm and are left
    out, as the guide does. The guide says neither n - 1 nor n: the choice is told with the figure.

    Source: IEEE 1366-2012, 3.5 and annex B.
    """
    logs = [log(day) for day in daily_saidi if day > 0]
    n = len(logs)
    if n < max(least_days, 2):
        return Threshold(None, None, None, n, deviation)
    alpha = sum(logs) / n
    beta = sqrt(sum((x - alpha) ** 2 for x in logs) / (n - 1 if deviation == "n-1" else n))
    return Threshold(exp(alpha + BETA * beta), alpha, beta, n, deviation)
