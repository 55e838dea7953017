"""Each form of the scan against the same written from the formulas alone, on a small town."""

from collections import Counter

import numpy as np
import pandas as pd
import pytest

from kpis.hotspots.forms import expectation, permutation, poisson
from kpis.hotspots.scan import Rules, Scan
from kpis.hotspots.tables import BadTable
from kpis.hotspots.windows import anywhere, ending_now
from kpis.hotspots.zones import Circles
from tests.hotspots import slow, town

Found = tuple[float, frozenset[str], tuple[int, int], int, float]
RECENT = [(town.DAYS - n, town.DAYS - 1) for n in range(1, 6)]
ANY = [(a, b) for a in range(town.DAYS) for b in range(a, min(a + 10, town.DAYS))]
ONCE = Rules(replications=0, least=2)


def _cases_of() -> dict[str, float]:
    counted = Counter(p for p, _, _ in town.rows())
    return {p: float(counted.get(p, 0)) for p in town.PLACES}


def _same(scan: Scan, all_of_them: list[Found]) -> None:
    """The scan's first cluster is the best of all, and no other of its clusters beats what is left free of it."""
    best = max(value for value, *_, observed, _ in all_of_them if observed >= 2)
    first = scan.clusters[0]
    assert first.statistic == pytest.approx(best, abs=1e-10)
    named = [row for row in all_of_them if row[1] == frozenset(first.places) and row[2] == (first.first, first.last)]
    assert named
    assert first.observed == named[0][3]
    assert first.expected == pytest.approx(named[0][4])
    taken = set(first.places)
    left = [value for value, zone, _, observed, _ in all_of_them if observed >= 2 and not zone & taken]
    assert scan.clusters[1].statistic == pytest.approx(max(left), abs=1e-10)
    assert not set(scan.clusters[1].places) & taken


@pytest.mark.parametrize("compiled", [True, False])
@pytest.mark.parametrize("stratum", [None, "stratum"])
def test_permutation(stratum: str | None, compiled: bool) -> None:
    rules = Rules(replications=0, is_compiled=compiled, best_of_each_centre=False)
    scan = permutation(
        town.cases(), town.places(), lambda n: ending_now(n, range(1, 6)),
        zones=Circles(radius=2.0), stratum=stratum, rules=rules,
    )  # fmt: skip
    rows = [(p, t, s if stratum else "") for p, t, s in town.rows()]
    _same(scan, slow.permutation(rows, list(slow.circles(town.PLACES, 2.0, _cases_of())), RECENT))
    assert "p12" in scan.clusters[0].places


@pytest.mark.parametrize("compiled", [True, False])
def test_poisson_in_space_and_time_anywhere(compiled: bool) -> None:
    rules = Rules(replications=0, is_compiled=compiled, best_of_each_centre=False)
    scan = poisson(town.cases(), town.places(), anywhere, zones=Circles(radius=3.0), rules=rules)
    people, total = sum(town.PEOPLE.values()) * town.DAYS, len(town.rows())
    means = {(p, t): total * n / people for p, n in town.PEOPLE.items() for t in range(town.DAYS)}
    _same(scan, slow.against(town.rows(), list(slow.circles(town.PLACES, 3.0, town.PEOPLE)), ANY, means, total))


def test_poisson_in_space_alone() -> None:
    table = town.cases().groupby("place", as_index=False).size().rename(columns={"size": "count"})
    rules = Rules(replications=0, best_of_each_centre=False)
    scan = poisson(table, town.places(), zones=Circles(radius=3.0), rules=rules)
    rows = [(p, 0, "") for p, _, _ in town.rows()]
    people, total = sum(town.PEOPLE.values()), len(rows)
    means = {(p, 0): total * n / people for p, n in town.PEOPLE.items()}
    _same(scan, slow.against(rows, list(slow.circles(town.PLACES, 3.0, town.PEOPLE)), [(0, 0)], means, total))
    first = scan.clusters[0]
    inside, outside = first.observed / first.expected, (total - first.observed) / (total - first.expected)
    assert first.relative_risk == pytest.approx(inside / outside)


@pytest.mark.parametrize("compiled", [True, False])
def test_expectation(compiled: bool) -> None:
    means = {(p, t): n / 1_000 for p, n in town.PEOPLE.items() for t in range(town.DAYS)}
    table = pd.DataFrame([(p, t, m) for (p, t), m in means.items()], columns=["place", "time", "expected"])
    rules = Rules(replications=0, is_compiled=compiled, best_of_each_centre=False)
    zones = Circles(radius=2.0)
    scan = expectation(
        town.cases(), town.places(), table, lambda n: ending_now(n, range(1, 6)), zones=zones, rules=rules
    )
    weight = {p: n / 1_000 * town.DAYS for p, n in town.PEOPLE.items()}
    _same(scan, slow.against(town.rows(), list(slow.circles(town.PLACES, 2.0, weight)), RECENT, means, None))


def test_covariates_are_standardised_indirectly() -> None:
    """Two groups, one with three times the rate: a place where that group lives expects more, not the same."""
    old, young = {"a": 10.0, "b": 90.0, "c": 50.0}, {"a": 90.0, "b": 10.0, "c": 50.0}
    population = pd.DataFrame(
        [(p, g, n) for g, group in (("old", old), ("young", young)) for p, n in group.items()],
        columns=["place", "age", "population"],
    )
    counts = {
        ("a", "old"): 4,
        ("b", "old"): 26,
        ("c", "old"): 15,
        ("a", "young"): 10,
        ("b", "young"): 0,
        ("c", "young"): 5,
    }
    cases = pd.DataFrame([(p, g, n) for (p, g), n in counts.items()], columns=["place", "age", "count"])
    places = pd.DataFrame({"place": ["a", "b", "c"], "x": [0.0, 1.0, 5.0], "y": 0.0})
    scan = poisson(
        cases, places, population=population, covariates=["age"], zones=Circles(share=None, nearest=1), rules=ONCE
    )
    rate = {"old": 45 / 150, "young": 15 / 150}
    assert scan.clusters[0].places == ("c",) or scan.clusters[0].places == ("a",)
    found = {one.places[0]: one.expected for one in scan.clusters}
    for place, expected in found.items():
        assert expected == pytest.approx(old[place] * rate["old"] + young[place] * rate["young"])


def test_population_is_interpolated_between_its_years() -> None:
    places = pd.DataFrame({"place": ["a", "b"], "x": [0.0, 1.0], "y": 0.0})
    population = pd.DataFrame({"place": ["a", "a", "b"], "time": [2000, 2004, 2000], "population": [100, 200, 100]})
    cases = pd.DataFrame({"place": ["a"] * 9 + ["b"], "time": [2002] * 9 + [2000]})
    scan = poisson(
        cases, places, lambda n: anywhere(n, 1), population=population, period=(2000, 2005),
        zones=Circles(share=None), rules=ONCE,
    )  # fmt: skip
    people = [100, 125, 150, 175, 200, 200]
    assert scan.clusters[0].first == scan.clusters[0].last == 2002
    assert scan.clusters[0].expected == pytest.approx(10 * people[2] / (sum(people) + 600))


@pytest.mark.parametrize("form", ["permutation", "poisson"])
def test_simulated_maxima_are_equal_with_and_without_numba(form: str) -> None:
    def maxima(compiled: bool) -> np.ndarray:
        rules = Rules(replications=60, is_compiled=compiled, floor=1.5)
        if form == "poisson":
            return poisson(town.cases(), town.places(), anywhere, rules=rules).maxima
        windows = lambda n: ending_now(n, (1, 2, 4, 7))  # noqa: E731
        return permutation(town.cases(), town.places(), windows, stratum="stratum", sets=["feeder"], rules=rules).maxima

    fast, plain = maxima(True), maxima(False)
    assert fast == pytest.approx(plain, abs=1e-12)
    assert np.ptp(fast) > 0


def test_permuted_tables_keep_places_and_times_within_strata() -> None:
    """Expected counts are the mean of the null: 4,000 permutations come near them everywhere."""
    from kpis.hotspots.forms import permutation_problem
    from kpis.hotspots.tables import cases_of, places_of

    places = places_of(town.places())
    counted = cases_of(town.cases(), places, stratum="stratum")
    problem = permutation_problem(counted, 16, ending_now(counted.periods, (2, 5)))
    drawn = problem.draw(np.random.default_rng(3), 4_000)
    assert np.all(drawn.sum(axis=1) == problem.observed.sum(axis=0))
    error = np.sqrt(problem.expected / 4_000) + 1e-9
    assert np.all(np.abs(drawn.mean(axis=0) - problem.expected) < 5 * error)


def test_a_set_by_name_wins_where_the_rise_has_its_shape() -> None:
    """A line of four places: no circle fits it, the feeder does."""
    rise = [(f"p2{y}", 19) for y in range(4) for _ in range(4)]
    table = pd.DataFrame([(p, t) for p, t, _ in town.rows()[:80]] + rise, columns=["place", "time"])
    scan = permutation(
        table, town.places(), lambda n: ending_now(n, range(1, 8)), zones=Circles(radius=1.0), sets=["feeder"]
    )
    first = scan.clusters[0]
    assert (first.name, first.centre, first.radius) == ("feeder F2", None, None)
    assert set(first.places) == {"p20", "p21", "p22", "p23"}
    assert first.p is not None
    assert first.p < 0.01


def test_distinct_customers_are_asked_of_a_cluster() -> None:
    table = town.cases().assign(customer=[f"c{n}" for n in range(len(town.rows()))])
    often = table.index[-6:]
    table.loc[often, "place"] = "p12"
    table.loc[often, "time"] = 19
    table.loc[often, "customer"] = "one who calls often"
    asked = Rules(replications=0, customers=3)
    scan = permutation(
        table, town.places(), lambda n: ending_now(n, range(1, 6)), zones=Circles(radius=2.0), rules=asked
    )
    assert all(one.customers is not None and one.customers >= 3 for one in scan.clusters)
    free = permutation(
        table, town.places(), lambda n: ending_now(n, range(1, 6)), zones=Circles(radius=2.0), rules=ONCE
    )
    assert free.clusters[0].customers is not None
    assert free.clusters[0].places == ("p12",)
    assert free.clusters[0].customers < 3


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        pytest.param({"place": None}, "no column place", id="no places"),
        pytest.param({"time": 1.5}, "row 0: time 1.5 is no whole number", id="half a day"),
        pytest.param({"count": -1}, "row 0: count -1", id="below nothing"),
    ],
)
def test_a_bad_table_says_row_and_cure(spoil: dict[str, float | None], told: str) -> None:
    table = town.cases()
    for name, value in spoil.items():
        table = table.drop(columns=[name]) if value is None else table.assign(**{name: [value] * len(table)})
    with pytest.raises(BadTable, match=told):
        permutation(table, town.places(), lambda n: ending_now(n, (1,)))
