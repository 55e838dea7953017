"""One scan: the best zone and window, those that follow, and how rare they are. What the forms have in common."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import pandas as pd

from kpis.hotspots.loops import loops
from kpis.hotspots.nulls import gumbel, rank_p
from kpis.hotspots.tables import BadTable, Cases, Floats, Ints, Places
from kpis.hotspots.windows import Windows
from kpis.hotspots.zones import Walk, Zones, walk

MOST_CELLS: Final = 400_000  # numbers of one batch of simulated tables: 3 MB, so that they stay in the cache
Draw = Callable[[np.random.Generator, int], Ints]


@dataclass(frozen=True)
class Rules:
    """What may be a cluster, and how its rarity is found.

    `least`: cases; `customers`: distinct customers (needs a column customer); `floor`: observed / expected. The
    customers are asked of what was observed only, so p errs on the safe side. `replications` 0: no p.
    `best_of_each_centre`: further clusters come from the best circle of each centre only; else from all zones.
    `is_compiled`: by numba, which changes the speed and nothing else; None: where it is installed.
    """

    least: int = 2
    customers: int = 1
    floor: float = 1.0
    replications: int = 999
    seed: int = 1
    clusters: int | None = None
    best_of_each_centre: bool = True
    is_compiled: bool | None = None


@dataclass(frozen=True)
class Problem:
    """Counts and expectations: `observed`, `expected` (places, windows). `total` None: expectation-based.

    `draw(rng, n)` gives (n, places, windows): counts as they are when nothing is anywhere.
    """

    observed: Ints
    expected: Floats
    total: float | None
    draw: Draw


@dataclass(frozen=True)
class Cluster:
    """A zone and a window. `radius` None and `centre` None: a set given by name.

    `first`, `last`: times of the first and last period as in the cases' table. `p`, `p_gumbel` None: not simulated.
    `relative_risk`: inside against outside (SaTScan's); None for the expectation-based form.
    """

    name: str
    centre: Any
    radius: float | None
    places: tuple[Any, ...]
    first: Any
    last: Any
    observed: int
    expected: float
    ratio: float
    relative_risk: float | None
    statistic: float
    p: float | None
    p_gumbel: float | None
    customers: int | None


@dataclass(frozen=True)
class Scan:
    """Clusters, the strongest first, sharing no place; none that every replication reaches (p = 1).

    `maxima`: of the replications; empty where none was asked. `left_out`: places in no circle by reason;
    `unknown_cases`: cases of places that are not in the table.
    """

    clusters: tuple[Cluster, ...]
    maxima: Floats
    zones: int
    cases: int
    left_out: dict[str, int] = field(default_factory=dict)
    unknown_cases: int = 0

    def frame(self) -> pd.DataFrame:
        """One row per cluster, columns as in `Cluster`."""
        return pd.DataFrame([vars(one) for one in self.clusters], columns=list(Cluster.__dataclass_fields__))


def run(problem: Problem, zones: Zones, windows: Windows, cases: Cases, places: Places, rules: Rules) -> Scan:
    """The scan of `problem`; the forms make it. Errors: BadTable."""
    if rules.customers > 1 and cases.customer is None:
        raise BadTable("cases: no column customer, so distinct customers can not be asked for")
    paths = walk(zones, (problem.observed.sum(axis=1) > 0) | (problem.expected.sum(axis=1) > 0))
    found = _clusters(problem, zones, paths, windows, cases, places, rules)
    maxima = simulate(problem, paths, rules) if rules.replications else np.empty(0)
    if maxima.size and found:
        strengths = [one.statistic for one in found]
        ranks = rank_p(strengths, maxima)
        tails = gumbel(maxima).p(strengths) if maxima.size >= 20 and np.ptp(maxima) > 0 else [None] * len(found)
        found = [
            Cluster(**{**vars(one), "p": float(p), "p_gumbel": None if g is None else float(g)})
            for one, p, g in zip(found, ranks, tails, strict=True)
            if p < 1
        ]
    total = int(cases.count.sum())
    return Scan(tuple(found), maxima, int(paths.is_end.sum()), total, dict(places.left_out), cases.unknown)


def simulate(problem: Problem, paths: Walk, rules: Rules) -> Floats:
    """(replications,): the largest ratio of each simulated table; 0 where no zone may be a cluster."""
    inner, rng = loops(rules.is_compiled), np.random.default_rng(rules.seed)
    path = (paths.members, paths.starts, paths.is_end)
    expected = inner.sums(*path, problem.expected)
    size = max(MOST_CELLS // max(problem.observed.size, 1), 1)
    batches = [min(size, rules.replications - done) for done in range(0, rules.replications, size)]
    maxima = [
        inner.maxima(*path, problem.draw(rng, n), expected, rules.least, float(rules.floor), _total(problem))
        for n in batches
    ]
    return np.concatenate([*maxima, np.empty(0)])


def _total(problem: Problem) -> float:
    return -1.0 if problem.total is None else float(problem.total)


def _best(problem: Problem, paths: Walk, observed: Ints, rules: Rules, inner: Any) -> tuple[Floats, Ints, Ints]:
    chains = len(paths.chain)
    best, entry, window = np.zeros(chains), np.full(chains, -1), np.full(chains, -1)
    inner.best_of_chains(
        *(paths.members, paths.starts, paths.is_end, observed, problem.expected),
        *(rules.least, float(rules.floor), _total(problem), best, entry, window),
    )
    return best, entry, window


def _clusters(
    problem: Problem, zones: Zones, paths: Walk, windows: Windows, cases: Cases, places: Places, rules: Rules
) -> list[Cluster]:
    """Greedy: the best, then the best of those that share no place with one already taken."""
    found: list[Cluster] = []
    inner, free = loops(rules.is_compiled), paths
    best, entry, window = _best(problem, free, problem.observed, rules, inner)
    order = _strongest(best, entry, free, zones)
    taken = np.zeros(len(places.ids), dtype=np.bool_)
    while order and best[order[0]] > 0 and (rules.clusters is None or len(found) < rules.clusters):
        chain = order.pop(0)
        whole = int(free.chain[chain])
        inside = zones.places(whole, int(free.entry[entry[chain]]))
        if taken[inside].any():
            continue
        one = _cluster(problem, zones, whole, inside, int(window[chain]), windows, cases, places, float(best[chain]))
        if one.customers is not None and one.customers < rules.customers:
            continue
        found.append(one)
        taken[inside] = True
        if not rules.best_of_each_centre:
            free = _clear_of(zones, paths, taken)
            best, entry, window = _best(problem, free, problem.observed, rules, inner)
            order = _strongest(best, entry, free, zones)
    return found


def _strongest(best: Floats, entry: Ints, paths: Walk, zones: Zones) -> list[int]:
    """Chains by falling ratio; of equals the zone with the fewest places first."""
    size = np.where(entry >= 0, paths.entry[entry] - zones.starts[paths.chain], 0)
    return list(np.lexsort((size, -best)))


def _clear_of(zones: Zones, paths: Walk, taken: Any) -> Walk:
    """The zones without a place that is taken: a circle ends before the first of them."""
    hit = np.concatenate([[0], np.cumsum(taken[zones.members])])
    chain_of = np.repeat(np.arange(len(paths.chain)), np.diff(paths.starts))
    is_clear = hit[paths.entry + 1] == hit[zones.starts[paths.chain[chain_of]]]
    is_end = paths.is_end & is_clear
    return Walk(paths.members, paths.starts, is_end, paths.entry, paths.chain)


def _cluster(
    problem: Problem, zones: Zones, chain: int, inside: Any, window: int,
    windows: Windows, cases: Cases, places: Places, statistic: float,
) -> Cluster:  # fmt: skip
    observed = int(problem.observed[inside, window].sum())
    expected = float(problem.expected[inside, window].sum())
    first, last = int(windows.first[window]), int(windows.last[window])
    centre = int(zones.centre[chain])
    end = int(zones.starts[chain]) + len(inside) - 1
    risk = None
    if problem.total is not None and 0 < expected < problem.total and observed < problem.total:
        risk = (observed / expected) / ((problem.total - observed) / (problem.total - expected))
    customers = None
    if cases.customer is not None:
        of_it = np.isin(cases.place, inside) & (cases.time >= first) & (cases.time <= last)
        customers = len(np.unique(cases.customer[of_it]))
    return Cluster(
        name=zones.names[chain] or str(places.ids[centre]),
        centre=None if centre < 0 else places.ids[centre],
        radius=None if centre < 0 else float(zones.radius[end]),
        places=tuple(places.ids[inside]),
        first=cases.moment(first),
        last=cases.moment(last),
        observed=observed,
        expected=expected,
        ratio=observed / expected if expected > 0 else np.inf,
        relative_risk=risk,
        statistic=statistic,
        p=None,
        p_gumbel=None,
        customers=customers,
    )
