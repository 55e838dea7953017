"""Wide rises: the regression finds what it was made from, is not taught by outbreaks, and keeps its rate."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from kpis.hotspots.tables import BadTable
from kpis.hotspots.wide import LEFT_OUT_DAYS, at_least, expected, learnt, level, rises

HOLIDAYS = {date(2025, 1, 29), date(2025, 5, 1), date(2025, 10, 1), date(2026, 1, 1)}
DAYS = pd.date_range("2025-01-06", periods=420)
LEVELS = np.array([60, 55, 52, 50, 50, 38, 30.0])


def _mean(days: pd.DatetimeIndex) -> np.ndarray:
    since = (days - DAYS[0]).days.to_numpy()
    season = 1 + 0.2 * np.sin(2 * np.pi * since / 365.25)
    holiday = np.where([d.date() in HOLIDAYS for d in days], 0.6, 1.0)
    return np.asarray(LEVELS[days.day_of_week] * season * holiday * 1.1 ** (since / 365))


def _counts(seed: int, phi: float = 2.0) -> pd.Series:
    rng = np.random.default_rng(seed)
    mean = _mean(DAYS)
    return pd.Series(rng.negative_binomial(mean / (phi - 1), 1 / phi), index=DAYS)


def is_holiday(day: date) -> bool:
    return day in HOLIDAYS


def test_it_finds_the_course_it_was_made_from() -> None:
    usual = learnt(_counts(1), is_holiday)
    assert usual is not None
    found = expected(usual, DAYS, is_holiday)
    assert np.abs(found / _mean(DAYS) - 1).mean() < 0.04
    assert usual.phi == pytest.approx(2.0, abs=0.4)
    assert np.exp(usual.coefficients[usual.names.index("holiday")]) == pytest.approx(0.6, abs=0.15)


def test_a_past_outbreak_teaches_hardly_anything() -> None:
    clean = _counts(1)
    sick = clean.copy()
    sick.iloc[380:390] *= 3
    after = DAYS[-7:]
    courses = [learnt(clean, is_holiday), learnt(sick, is_holiday)]
    means = [expected(usual, after, is_holiday).sum() for usual in courses if usual is not None]
    assert means[1] / means[0] < 1.05


def test_the_last_two_weeks_teach_nothing() -> None:
    clean = _counts(1)
    rising = clean.copy()
    rising.iloc[-LEFT_OUT_DAYS:] *= 4
    one, other = learnt(clean, is_holiday), learnt(rising, is_holiday)
    assert one is not None
    assert other is not None
    assert np.array_equal(one.coefficients, other.coefficients)


def test_false_alarms_keep_the_budget_and_a_storm_is_one_of_them() -> None:
    """200 usual days of two series: at p 0.01 about 1 % of them; three times the usual is found at once."""
    p = []
    for seed in range(20):
        counts = _counts(100 + seed)
        usual = learnt(counts.iloc[:-10], is_holiday)
        assert usual is not None
        p += at_least(counts.iloc[-10:], expected(usual, DAYS[-10:], is_holiday), usual.phi).tolist()
    assert 0 <= (np.array(p) < 0.01).sum() <= 7
    assert 0.35 < np.mean(p) < 0.65
    storm = _counts(5)
    storm.iloc[-1] *= 3
    found = rises({"calm": _counts(6), "storm": storm}, is_holiday)
    assert [one.series for one in found] == ["storm", "calm"]
    assert found[0].days == 1
    assert found[0].p is not None
    assert found[1].p is not None
    assert found[0].p < level(2) < found[1].p
    assert found[0].low is not None
    assert found[0].high is not None
    assert found[0].low < found[0].expected < found[0].high < found[0].observed  # type: ignore[operator]


def test_too_short_a_history_says_what_is_missing() -> None:
    one = rises({"new": _counts(1).iloc[:50]}, is_holiday)[0]
    assert (one.p, one.expected, one.missing_days) == (None, None, 6)


def test_a_series_without_cases_is_no_error() -> None:
    one = rises({"nothing": pd.Series(0, index=DAYS)}, is_holiday)[0]
    assert one.p == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("counts", "told"),
    [
        pytest.param(_counts(1).drop(DAYS[7]), "one count for every day", id="a day is missing"),
        pytest.param(_counts(1).replace(int(_counts(1).iloc[3]), -1), "a count is 0 or more", id="less than nothing"),
    ],
)
def test_bad_series(counts: pd.Series, told: str) -> None:
    with pytest.raises(BadTable, match=told):
        learnt(counts, is_holiday)
