"""Small units borrow from all: what the intervals promise, and what they leave alone."""

import numpy as np
import pytest

from bench.kpis_repeats import coverage
from kpis.pooling import pooled


def test_intervals_at_ninety_percent_cover_nine_of_ten_true_rates() -> None:
    covered, units = coverage(worlds=25)
    assert units > 2000
    assert 88 <= covered <= 92


def test_a_unit_with_few_rows_is_drawn_to_the_others_and_one_with_many_is_not() -> None:
    good, n = np.array([0, 90, 93, 88, 9000]), np.array([1, 100, 100, 100, 10_000])
    mean, low, high = pooled(good, n)
    assert mean[0] > 0.7, "one dissatisfied answer makes no unit the worst of all"
    assert low[0] < mean[0] < high[0] and high[0] - low[0] > 2 * (high[1] - low[1])
    assert mean[4] == pytest.approx(0.9, abs=0.002)
    assert (low[1] - high[3]) < 0, "intervals that overlap give no rank"


def test_units_without_rows_have_no_rate() -> None:
    mean, low, high = pooled([0, 9], [0, 10])
    assert np.isnan([mean[0], low[0], high[0]]).all() and not np.isnan([mean[1], low[1], high[1]]).any()
    assert all(np.isnan(part).all() for part in pooled([0], [0]))
    assert all(part.size == 0 for part in pooled([], []))


@pytest.mark.parametrize("good", [0, 12])
def test_all_alike_is_no_proof_of_certainty(good: int) -> None:
    mean, low, high = pooled([good] * 5, [12] * 5)
    assert ((low > 0) & (low < mean) & (mean < high) & (high < 1)).all()
    assert (np.abs(mean - good / 12) < 0.08).all()
