"""The three forms of the scan over plain tables, in SaTScan's conventions. `docs/hotspots.md` shows each."""

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
import pandas as pd

from kpis.hotspots.population import expected_by_population
from kpis.hotspots.scan import Problem, Rules, Scan, run
from kpis.hotspots.tables import BadTable, Cases, Flags, Floats, Ints, Places, Step, cases_of, places_of, time_index
from kpis.hotspots.windows import Windows, whole_study
from kpis.hotspots.zones import Circles, zones_of

MakeWindows = Callable[[int], Windows]
ROUND: Final = Circles()
USUAL: Final = Rules()


def permutation(
    cases: pd.DataFrame,
    places: pd.DataFrame | Places,
    windows: MakeWindows,
    *,
    zones: Circles | None = ROUND,
    sets: Sequence[str] = (),
    stratum: str | None = None,
    step: Step | None = None,
    period: tuple[object, object] | None = None,
    rules: Rules = USUAL,
) -> Scan:
    """The space-time permutation scan: where and when do cases gather, given how many each place and each time has.

    `windows`: from the number of periods to windows, such as `lambda n: ending_now(n, range(1, 8))`. `sets`: columns of
    `places` whose values are zones beside the circles. `stratum`: a column of `cases` within which times are exchanged
    (weekday, working-day class x hour block): a usual difference of places between strata is then no cluster.
    Expected: cases of the zone x cases of the window / all, in each stratum, summed.
    Errors: BadTable. Source: Kulldorff et al. 2005, PLoS Med 2:e59; strata: Kulldorff, SaTScan User Guide, "Adjust for
    weekly trends, nonparametric".
    """
    spots = places if isinstance(places, Places) else places_of(places)
    counted = cases_of(cases, spots, step=step, period=period, stratum=stratum)
    spans = windows(counted.periods)
    weight = np.bincount(counted.place, counted.count, len(spots.ids)).astype(np.float64)
    problem = permutation_problem(counted, len(spots.ids), spans)
    return run(problem, zones_of(spots, zones, sets, weight), spans, counted, spots, rules)


def permutation_problem(cases: Cases, places: int, windows: Windows) -> Problem:
    """Counts, expectations and the exchange of times within strata."""
    place, time, stratum = (np.repeat(a, cases.count) for a in (cases.place, cases.time, cases.stratum))
    inside = windows.inside(cases.periods)
    strata = int(stratum.max(initial=0)) + 1
    by_place = np.bincount(stratum * places + place, minlength=strata * places).reshape(strata, places)
    by_window = np.stack([inside[time[stratum == s]].sum(axis=0) for s in range(strata)]).astype(np.float64)
    totals = np.maximum(by_place.sum(axis=1), 1)
    observed = _counted(place[None], inside[time], places)[0]
    expected = by_place.T @ (by_window / totals[:, None])
    recent = [np.flatnonzero((stratum == s) & inside[time].any(axis=1)) for s in range(strata)]
    slots = inside[time[np.concatenate(recent)]]

    def draw(rng: np.random.Generator, n: int) -> Ints:
        # Which cases of the stratum get the times inside any window; the others' times are of no account.
        drawn = [_some(rng, place[stratum == s], len(recent[s]), n) for s in range(strata)]
        return _counted(np.concatenate(drawn, axis=1), slots, places)

    return Problem(observed, expected, float(len(place)), draw)


def _some(rng: np.random.Generator, of: Ints, k: int, n: int) -> Ints:
    """(n, k): n draws of k of `of` without putting back."""
    if k == 0:
        return np.empty((n, 0), dtype=np.int64)
    return rng.permuted(np.broadcast_to(of, (n, len(of))), axis=1)[:, :k]


def _counted(place: Ints, inside: Flags, places: int) -> Ints:
    """(n, places, windows) from the places (n, slots) and which windows each slot is inside (slots, windows)."""
    n = len(place)
    flat = place + np.arange(n)[:, None] * places
    columns = [
        np.bincount(flat[:, inside[:, w]].ravel(), minlength=n * places).reshape(n, places)
        for w in range(inside.shape[1])
    ]
    return np.stack(columns, axis=-1)


def poisson(
    cases: pd.DataFrame,
    places: pd.DataFrame | Places,
    windows: MakeWindows = whole_study,
    *,
    population: pd.DataFrame | None = None,
    covariates: Sequence[str] = (),
    zones: Circles | None = ROUND,
    sets: Sequence[str] = (),
    step: Step | None = None,
    period: tuple[object, object] | None = None,
    rules: Rules = USUAL,
) -> Scan:
    """The Poisson scan with a known population; purely spatial with the default window, else space-time.

    Population: the column of `places`, or a table of place, population, and as there are time and `covariates`; between
    its times it is interpolated, outside it stays. With covariates (columns of both tables, such as age and sex) the
    expected counts are standardised indirectly. A circle holds at most `zones.share` of the population.
    All cases of the study are given; expected counts sum to them. For a study without times leave the column out.
    Errors: BadTable. Source: Kulldorff 1997, Commun. Stat. 26:1481; SaTScan User Guide, discrete Poisson model.
    """
    spots = places if isinstance(places, Places) else places_of(places)
    counted = cases_of(cases, spots, step=step, period=period)
    cells, people = expected_by_population(cases, counted, spots, population, tuple(covariates))
    spans = windows(counted.periods)
    problem = poisson_problem(counted, cells, spans)
    return run(problem, zones_of(spots, zones, sets, people), spans, counted, spots, rules)


def poisson_problem(cases: Cases, cells: Floats, windows: Windows) -> Problem:
    """Counts, expectations `cells` (places, periods), and all cases thrown anew in proportion to them."""
    inside = windows.inside(cases.periods).astype(np.int64)
    observed = _by_cell(cases, cells.shape) @ inside
    total = int(cases.count.sum())
    chance = cells.ravel() / cells.sum()

    def draw(rng: np.random.Generator, n: int) -> Ints:
        return np.asarray(rng.multinomial(total, chance, size=n).reshape(n, *cells.shape) @ inside)

    return Problem(observed, cells @ inside, float(total), draw)


def expectation(
    cases: pd.DataFrame,
    places: pd.DataFrame | Places,
    expected: pd.DataFrame,
    windows: MakeWindows,
    *,
    zones: Circles | None = ROUND,
    sets: Sequence[str] = (),
    step: Step | None = None,
    period: tuple[object, object] | None = None,
    rules: Rules = USUAL,
) -> Scan:
    """The expectation-based Poisson scan: cases against a forecast of place, time and expected (a mean of 0 or more).

    A pair of place and time without a row expects nothing. The null is Poisson with these means: forecast errors and
    bursts are not in it, so hold its alarms against history. Errors: BadTable. Source: Neill et al. 2005; Neill 2009.
    """
    spots = places if isinstance(places, Places) else places_of(places)
    counted = cases_of(cases, spots, step=step, period=period)
    cells = _forecast(expected, counted, spots)
    spans = windows(counted.periods)
    inside = spans.inside(counted.periods).astype(np.int64)

    def draw(rng: np.random.Generator, n: int) -> Ints:
        return np.asarray(rng.poisson(cells, size=(n, *cells.shape)) @ inside)

    problem = Problem(_by_cell(counted, cells.shape) @ inside, cells @ inside, None, draw)
    return run(problem, zones_of(spots, zones, sets, cells.sum(axis=1)), spans, counted, spots, rules)


def _by_cell(cases: Cases, shape: tuple[int, ...]) -> Ints:
    flat = np.bincount(cases.place * shape[1] + cases.time, cases.count, shape[0] * shape[1])
    return flat.astype(np.int64).reshape(shape)


def _forecast(expected: pd.DataFrame, cases: Cases, places: Places) -> Floats:
    for name in ("place", "expected"):
        if name not in expected.columns:
            raise BadTable(f"expected: no column {name}; there are {', '.join(map(str, expected.columns))}")
    place = places.ids.get_indexer(pd.Index(expected["place"]))
    time = time_index(expected["time"], cases.step) - cases.first if "time" in expected.columns else 0 * place
    mean = np.asarray(expected["expected"], dtype=np.float64)
    if not (mean >= 0).all():
        row = int(np.flatnonzero(~(mean >= 0))[0])
        raise BadTable(f"expected: row {row}: {mean[row]} is no mean; give a number of 0 or more")
    used = (place >= 0) & (time >= 0) & (time < cases.periods)
    shape = (len(places.ids), cases.periods)
    flat = np.bincount(place[used] * shape[1] + time[used], mean[used], shape[0] * shape[1])
    return flat.astype(np.float64).reshape(shape)
