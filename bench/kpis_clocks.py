"""A million random orders through the vectorised clocks and the plain ones, in two processes."""

import multiprocessing
import time
from collections.abc import Iterator
from typing import Final

from bench.results import Measure
from tests.kpis.agreement import disagreements
from tests.kpis.worlds import worlds

ORDERS: Final = 1_000_000
QUICK_ORDERS: Final = 20_000
AT_ONCE: Final = 2_500  # orders of one batch
PROCESSES: Final = 2
SHOWN: Final = 3
Batch = tuple[int, int]  # number of the world, seed


def of_clocks(*, quick: bool) -> list[Measure]:
    """The first disagreements are printed whole."""
    wanted, began = QUICK_ORDERS if quick else ORDERS, time.perf_counter()
    with multiprocessing.get_context("spawn").Pool(PROCESSES) as pool:
        found = [one for batch in pool.imap_unordered(_disagreeing, _batches(wanted)) for one in batch]
    for one in found[:SHOWN]:
        print(one)
    seconds = time.perf_counter() - began
    note = f"random orders of {len(WORLDS)} sites whose deadlines or minutes differ; bound 0; {seconds:.0f} s"
    return [Measure("clock_disagreements_1m", float(len(found)), "orders", wanted, note)]


WORLDS: Final = tuple(worlds())


def _batches(wanted: int) -> Iterator[Batch]:
    for number in range(wanted // AT_ONCE):
        yield number % len(WORLDS), number


def _disagreeing(batch: Batch) -> list[str]:
    world, seed = batch
    return [str(one) for one in disagreements(seed, AT_ONCE, WORLDS[world])]
