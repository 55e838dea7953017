"""100,000 random orders: the vectorised clocks against the plain ones, to the microsecond."""

from collections import Counter
from itertools import islice

import numpy as np
import pytest

from tests.kpis.agreement import disagreements
from tests.kpis.histories import KINDS, STAGES, histories
from tests.kpis.worlds import World, worlds

WORLDS = list(worlds())
ORDERS = 100_000 // len(WORLDS)


def first_of(seed: int, n: int, world: World) -> str:
    return "".join(str(one) for one in islice(disagreements(seed, n, world), 3))


@pytest.mark.slow
@pytest.mark.no_cover  # the lines are those of the next test; tracing all of these would cost half as much again
@pytest.mark.timeout(900)
@pytest.mark.parametrize("world", WORLDS, ids=lambda world: world.name)
def test_both_computations_of_the_clocks_agree(world: World) -> None:
    first = first_of(20_261_122, ORDERS, world)
    assert not first, f"the first of them:\n{first}"


@pytest.mark.parametrize("world", WORLDS, ids=lambda world: world.name)
def test_both_agree_where_coverage_is_measured(world: World) -> None:
    first = first_of(1, 100, world)
    assert not first, f"the first of them:\n{first}"


def test_the_histories_meet_what_the_rules_are_about() -> None:
    given = histories(np.random.default_rng(1), 2_000, WORLDS[1])
    kinds = Counter(given.events.kind.tolist())
    assert min(kinds[kind] for kind in KINDS) > 100
    moments = list(zip(given.events.row.tolist(), given.events.at.tolist(), strict=True))
    assert len(moments) - len(set(moments)) > 200, "events of one moment"
    rows = given.rows
    assert (rows["dispatched_at"] < rows["accepted_at"]).sum() > 50, "stages out of order"
    assert min(rows[stage].isna().sum() for stage in STAGES) > 20, "stages missing"
    local = rows["arrived_at"].dt.tz_convert(WORLDS[1].zone)
    assert (local.dt.strftime("%H:%M:%S") == "23:59:59").sum() > 3, "the last second of a day"
