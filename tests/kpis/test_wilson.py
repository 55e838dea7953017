import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kpis.wilson import interval

KNOWN = [
    # E. B. Wilson's interval at 95 %, from the closed form with z = 1.959964
    pytest.param(0, 10, 0.0, 0.277533, id="nobody succeeded: the upper bound is z²/(n+z²)"),
    pytest.param(10, 10, 0.722467, 1.0, id="everybody succeeded: mirrored"),
    pytest.param(5, 10, 0.236593, 0.763407, id="half: symmetric about one half"),
    pytest.param(81, 263, 0.255291, 0.366213, id="published example of Newcombe (1998), 81 of 263"),
    pytest.param(15, 148, 0.062386, 0.160546, id="published example of Newcombe (1998), 15 of 148"),
    pytest.param(1, 29, 0.006113, 0.171755, id="published example of Newcombe (1998), 1 of 29"),
]


@pytest.mark.parametrize(("successes", "n", "low", "high"), KNOWN)
def test_known_intervals(successes: int, n: int, low: float, high: float) -> None:
    bounds = interval(successes, n)
    assert [float(b) for b in bounds] == pytest.approx([low, high], abs=2e-4 if n > 10 else 1e-6)


def test_no_case_has_no_interval() -> None:
    low, high = interval([0, 1], [0, 2])
    assert np.isnan(low[0]) and np.isnan(high[0])
    assert low[1] < 0.5 < high[1]


counts = st.integers(1, 10**7).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@settings(deadline=None)
@given(counts)
def test_the_interval_holds_the_share_and_stays_between_0_and_1(case: tuple[int, int]) -> None:
    low, high = (float(b) for b in interval(*case))
    assert 0 <= low <= case[0] / case[1] <= high <= 1
    assert low < high


@settings(deadline=None)
@given(counts)
def test_failures_have_the_mirrored_interval(case: tuple[int, int]) -> None:
    successes, n = case
    low, high = interval(successes, n)
    mirrored = interval(n - successes, n)
    assert float(low) == pytest.approx(1 - float(mirrored[1]), abs=1e-9)
    assert float(high) == pytest.approx(1 - float(mirrored[0]), abs=1e-9)


@settings(deadline=None)
@given(counts, st.integers(2, 50))
def test_more_cases_of_the_same_share_narrow_it(case: tuple[int, int], times: int) -> None:
    few, many = interval(*case), interval(case[0] * times, case[1] * times)
    assert float(many[1] - many[0]) < float(few[1] - few[0])


@settings(deadline=None)
@given(st.lists(counts, min_size=1, max_size=20))
def test_a_column_gives_what_its_cells_give(cases: list[tuple[int, int]]) -> None:
    low, high = interval([s for s, _ in cases], [n for _, n in cases])
    assert [(float(a), float(b)) for a, b in zip(low, high, strict=True)] == [
        tuple(float(b) for b in interval(*case)) for case in cases
    ]
