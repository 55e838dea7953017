"""Wide rises: negative-binomial regression of daily totals, with past outbreaks weighted down. Pure.

The scan is blind to a rise everywhere at once. Of each series (utility or district, by category) the usual course is
learnt, and the latest day, or the latest three, are held against it.
Source: Farrington et al. 1996, JRSS A 159:547; Noufaily et al. 2013, Stat. Med. 32:1206.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from kpis.hotspots.tables import BadTable, Floats

LEFT_OUT_DAYS: Final = 14  # a rise under way must not teach what is usual
UNUSUAL: Final = 2.58  # Anscombe residual from which a past day counts less (Noufaily et al. 2013)
LEAST_DAYS: Final = 42
YEAR: Final = 365
SPANS_DAYS: Final = (1, 3)
BUDGET_30D: Final = 0.2
_ROUNDS: Final = 30


@dataclass(frozen=True)
class Usual:
    """The usual course of a series: coefficients by name, and variance / mean (1 or more)."""

    names: tuple[str, ...]
    coefficients: Floats
    phi: float
    first: date
    n: int


@dataclass(frozen=True)
class Rise:
    """The latest `days` of a series against its usual course; `low`, `high`: where 95 % of usual counts lie.

    `p`: the chance of so many or more when all is as usual; None where the history is too short (`missing_days`).
    """

    series: str
    days: int
    observed: int
    expected: float | None
    low: float | None
    high: float | None
    p: float | None
    missing_days: int = 0


def learnt(counts: pd.Series, is_holiday: Callable[[date], bool]) -> Usual | None:
    """The usual course of `counts` by day (index: every day, dates or timestamps); None for fewer than 42 days.

    Weekday, holiday, trend, and over a year of history the season. The last 14 days of `counts` are not looked at: give
    the whole series up to yesterday. Errors: BadTable for a day that is missing or a count that is none.
    """
    days = pd.DatetimeIndex(counts.index).normalize()
    if not days.equals(pd.date_range(days[0], periods=len(days), tz=days.tz)):
        raise BadTable("wide rises: give one count for every day, in order; days without a case count 0")
    y = counts.to_numpy(dtype=np.float64)
    if not (y >= 0).all():
        raise BadTable(f"wide rises: count {y[~(y >= 0)][0]} on {days[~(y >= 0)][0]:%Y-%m-%d}; a count is 0 or more")
    past = slice(None, len(y) - LEFT_OUT_DAYS)
    if len(y[past]) < LEAST_DAYS:
        return None
    names, x = _columns(days[past], days[0].date(), is_holiday, len(y) >= YEAR)
    used = x.any(axis=0)  # a holiday that never came can not be learnt
    coefficients, phi = _weighted(x[:, used], y[past])
    whole = np.zeros(len(names))
    whole[used] = coefficients
    return Usual(names, whole, phi, days[0].date(), len(y[past]))


def _columns(
    days: pd.DatetimeIndex, first: date, is_holiday: Callable[[date], bool], has_season: bool
) -> tuple[tuple[str, ...], Floats]:
    since = (days - pd.Timestamp(first, tz=days.tz)).days.to_numpy(dtype=np.float64)
    holiday = np.array([is_holiday(day.date()) for day in days], dtype=np.float64)
    weekday = (days.day_of_week.to_numpy()[:, None] == np.arange(7)).astype(np.float64)
    columns = {f"weekday {n + 1}": weekday[:, n] for n in range(7)}
    columns |= {"holiday": holiday, "trend": since / YEAR}
    if has_season:
        turn = 2 * np.pi * since / 365.25
        columns |= {"season sin": np.sin(turn), "season cos": np.cos(turn)}
    return tuple(columns), np.column_stack(list(columns.values()))


def _weighted(x: Floats, y: Floats) -> tuple[Floats, float]:
    """Coefficients and dispersion: fitted, days far above weighted down by their residual squared, fitted again."""
    weight = np.ones(len(y))
    coefficients, phi = _fitted(x, y, weight)
    for _ in range(2):
        mu = np.exp(x @ coefficients)
        high = _residual(y, mu, phi, x)
        weight = np.where(high > UNUSUAL, 1 / np.maximum(high, 1) ** 2, 1.0)
        weight *= len(y) / weight.sum()
        coefficients, phi = _fitted(x, y, weight)
    return coefficients, phi


def _residual(y: Floats, mu: Floats, phi: float, x: Floats) -> Floats:
    """Anscombe residuals of a quasi-Poisson fit, standardised by leverage."""
    root = np.sqrt(mu)[:, None] * x
    lever = np.clip(np.einsum("ij,ji->i", root, np.linalg.pinv(root)), 0, 0.99)
    return np.asarray(1.5 * (y ** (2 / 3) - mu ** (2 / 3)) / (mu ** (1 / 6) * np.sqrt(phi * (1 - lever))))


def _fitted(x: Floats, y: Floats, weight: Floats) -> tuple[Floats, float]:
    """Iteratively reweighted least squares with a log link; variance phi mu, phi by Pearson, at least 1."""
    # A whisper of a ridge: weekdays are told apart even where one of them never had a case.
    ridge = 1e-8 * np.eye(x.shape[1])
    mu: npt.NDArray[Any] = np.maximum(y, 0.5)
    coefficients = np.zeros(x.shape[1])
    for _ in range(_ROUNDS):
        eta = np.log(mu)
        inner = (weight * mu)[:, None] * x
        new = np.linalg.solve(x.T @ inner + ridge, inner.T @ (eta + (y - mu) / mu))
        mu = np.exp(np.clip(x @ new, -20, 20))
        done = np.allclose(new, coefficients, atol=1e-8)
        coefficients = new
        if done:
            break
    free = max(len(y) - x.shape[1], 1)
    phi = float((weight * (y - mu) ** 2 / mu).sum() / free)
    return coefficients, max(phi, 1.0)


def expected(usual: Usual, days: pd.DatetimeIndex, is_holiday: Callable[[date], bool]) -> Floats:
    """(days,) the usual count of each day."""
    _, x = _columns(days, usual.first, is_holiday, "season sin" in usual.names)
    return np.asarray(np.exp(x @ usual.coefficients))


def at_least(observed: npt.ArrayLike, mean: npt.ArrayLike, phi: float) -> Floats:
    """P(count >= observed) of a negative binomial of this mean and variance phi x mean; Poisson for phi near 1."""
    return np.asarray(_law(mean, phi).sf(np.asarray(observed) - 1), dtype=np.float64)


def _law(mean: npt.ArrayLike, phi: float) -> Any:
    mu = np.asarray(mean, dtype=np.float64)
    from scipy.stats import nbinom, poisson

    return poisson(mu) if phi < 1.0001 else nbinom(mu / (phi - 1), 1 / phi)


def rises(
    series: Mapping[str, pd.Series], is_holiday: Callable[[date], bool], *, spans: tuple[int, ...] = SPANS_DAYS
) -> list[Rise]:
    """The rarest of `spans` of each series, counts by day up to the day that is judged; the rarest series first.

    The days are whole: judge once a day is over and recorded. A sum of days has the mean of the sum and the same phi.
    """
    found = [_rarest(name, counts, is_holiday, spans) for name, counts in series.items()]
    return sorted(found, key=lambda one: (one.p is None, one.p))


def _rarest(name: str, counts: pd.Series, is_holiday: Callable[[date], bool], spans: tuple[int, ...]) -> Rise:
    usual = learnt(counts, is_holiday)
    if usual is None:
        missing = LEAST_DAYS + LEFT_OUT_DAYS - len(counts)
        return Rise(name, spans[0], int(counts.iloc[-spans[0] :].sum()), None, None, None, None, missing)
    mean = expected(usual, pd.DatetimeIndex(counts.index[-max(spans) :]).normalize(), is_holiday)
    best = [_against(name, counts, mean, usual.phi, n) for n in spans]
    return min(best, key=lambda one: one.p if one.p is not None else 1.0)


def _against(name: str, counts: pd.Series, mean: Floats, phi: float, days: int) -> Rise:
    observed, usual = int(counts.iloc[-days:].sum()), float(mean[-days:].sum())
    law = _law(usual, phi)
    p = float(at_least(observed, usual, phi))
    return Rise(name, days, observed, usual, float(law.ppf(0.025)), float(law.ppf(0.975)), p)


def level(series: int, *, budget_30d: float = BUDGET_30D, spans: int = len(SPANS_DAYS)) -> float:
    """The p from which a rise is an alert: the budget over all series, spans and 30 daily looks (Bonferroni).

    Series share cases and spans share days, so the measured rate lies below the budget.
    """
    return budget_30d / 30 / (series * spans)
