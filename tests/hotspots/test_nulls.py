"""Rarity: ranks with ties, Gumbel, the stored null, recurrence intervals."""

import numpy as np
import pytest

from kpis.hotspots.nulls import Gumbel, gumbel, rank_p, recurrence, stored
from kpis.hotspots.tables import BadTable


def test_a_tie_counts_as_reached() -> None:
    maxima = [1.0, 2.0, 2.0 - 5e-7, 3.0]
    assert rank_p([0.5, 2.0, 3.5], maxima).tolist() == [1.0, 4 / 5, 1 / 5]


def test_gumbel_finds_the_distribution_it_was_drawn_from() -> None:
    truth = Gumbel(5.0, 0.8)
    fit = gumbel(np.random.default_rng(1).gumbel(5.0, 0.8, 20_000))
    assert fit.location == pytest.approx(5.0, abs=0.03)
    assert fit.scale == pytest.approx(0.8, abs=0.02)
    assert truth.p(truth.level(0.01)) == pytest.approx(0.01)
    assert truth.p(80.0) == pytest.approx(np.exp(-75 / 0.8), rel=1e-6)  # far tail, where 1 - exp would round to 0


def test_a_stored_null_gives_the_ranks_back_and_goes_on_in_the_tail() -> None:
    maxima = np.random.default_rng(2).gumbel(5.0, 0.8, 1_000)
    kept = stored(maxima)
    inside = np.quantile(maxima, [0.3, 0.7, 0.95])
    assert kept.p(inside) == pytest.approx(rank_p(inside, maxima), abs=0.006)
    tail = kept.p(np.linspace(4, 14, 200))
    assert np.all(np.diff(tail) <= 1e-15)
    assert kept.p(12.0) == pytest.approx(float(Gumbel(5.0, 0.8).p(12.0)), rel=0.6)


@pytest.mark.parametrize(
    ("p", "looks", "days"),
    [
        pytest.param(0.01, 1, 100.0, id="one look a day"),
        pytest.param(0.01, 365, 1 / (1 - 0.99 ** (1 / 365)), id="a year of looks adjusted for"),
        pytest.param(1.0, 1, 1.0, id="certain"),
    ],
)
def test_recurrence(p: float, looks: int, days: float) -> None:
    assert recurrence(p, looks=looks) == pytest.approx(days)


def test_too_few_maxima_are_refused() -> None:
    with pytest.raises(BadTable, match="100 maxima"):
        stored(range(50))
    with pytest.raises(BadTable, match="replications=99"):
        gumbel([1.0] * 30)
