"""Expected counts from a population: interpolated in time, standardised for covariates."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from kpis.hotspots.tables import BadTable, Cases, Floats, Places, time_index


def expected_by_population(
    cases: pd.DataFrame, counted: Cases, places: Places, population: pd.DataFrame | None, covariates: Sequence[str]
) -> tuple[Floats, Floats]:
    """(places, periods) expected cases that sum to all cases, and (places,) the mean population.

    A case's rate is that of its covariate group in the whole study (indirect standardisation).
    Errors: BadTable for no population, or cases of a group that nobody belongs to.
    """
    if population is None:
        if covariates or places.population is None:
            raise BadTable("no population: give places a column population, or a table population")
        people = np.repeat(places.population[None, :, None], counted.periods, axis=2)
        groups = pd.Index([0])
        of_case = np.zeros(len(cases), dtype=np.int64)
    else:
        groups, of_case, of_row = _groups(cases, population, covariates)
        people = np.stack([_one(population[of_row == g], counted, places) for g in range(len(groups))])
    count = _counts(cases, places)
    known = np.bincount(of_case, count, len(groups))
    sizes = people.sum(axis=(1, 2))
    lonely = np.flatnonzero((known > 0) & (sizes == 0))
    if lonely.size:
        raise BadTable(
            f"population: nobody in group {groups[lonely[0]]}, but {known[lonely[0]]:.0f} cases; add its rows"
        )
    rates = np.divide(known, sizes, out=np.zeros(len(groups)), where=sizes > 0)
    return np.tensordot(rates, people, axes=1), people.sum(axis=0).mean(axis=1)


def _counts(cases: pd.DataFrame, places: Places) -> Floats:
    count = np.ones(len(cases)) if "count" not in cases.columns else np.asarray(cases["count"], dtype=np.float64)
    return np.where(places.ids.get_indexer(pd.Index(cases["place"])) >= 0, count, 0.0)


def _groups(cases: pd.DataFrame, population: pd.DataFrame, covariates: Sequence[str]):  # type: ignore[no-untyped-def]
    for table, what in ((cases, "cases"), (population, "population")):
        missing = [name for name in covariates if name not in table.columns]
        if missing:
            raise BadTable(f"{what}: no column {missing[0]}; covariates stand in both tables")
    if not covariates:
        return pd.Index([0]), np.zeros(len(cases), np.int64), np.zeros(len(population), np.int64)
    both = pd.concat([cases[list(covariates)], population[list(covariates)]], ignore_index=True)
    code, groups = pd.factorize(pd.MultiIndex.from_frame(both) if len(covariates) > 1 else both[covariates[0]])
    return groups, code[: len(cases)], code[len(cases) :]


def _one(population: pd.DataFrame, counted: Cases, places: Places) -> Floats:
    """(places, periods) of one group: linear between the times of the table, constant before and after."""
    for name in ("place", "population"):
        if name not in population.columns:
            raise BadTable(f"population: no column {name}; there are {', '.join(map(str, population.columns))}")
    place = places.ids.get_indexer(pd.Index(population["place"]))
    size = np.asarray(population["population"], dtype=np.float64)
    if not (size >= 0).all():
        raise BadTable(f"population: row {int(np.flatnonzero(~(size >= 0))[0])}: give a number of 0 or more")
    has_time = "time" in population.columns
    time = time_index(population["time"], counted.step) - counted.first if has_time else np.zeros(len(place), np.int64)
    out, periods = np.zeros((len(places.ids), counted.periods)), np.arange(counted.periods)
    for one in np.unique(place[place >= 0]):
        rows = place == one
        at, where = np.unique(time[rows], return_inverse=True)
        out[one] = np.interp(periods, at, np.bincount(where, size[rows]))
    return out
