"""The rig, long: five mixes of faults on three databases, facts against source, and plain polling beside them."""

import sys
import time
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Final

from bench.databases import sources
from bench.results import Measure
from tests.collectors.faulty import MIXES, Faulty, Outcome, run

DATABASES: Final = ("postgresql", "mariadb", "sqlite")
ROWS, SIZE, STEPS, BURST = 30_000, 2_500, 60, 100_000
QUICK = (3_000, 300, 15, 5_000)


def of_rig(folder: Path, *, quick: bool) -> list[Measure]:
    """Two databases at a time, each in a process of its own."""
    with ProcessPoolExecutor(2, get_context("spawn")) as pool:
        runs = {name: pool.submit(_of_database, name, folder / name, quick) for name in DATABASES}
        found = {name: run.result() for name, run in runs.items()}
    return _totals(found) + [m for database, outcomes in found.items() for m in _measures(database, outcomes)]


def _of_database(database: str, folder: Path, quick: bool) -> list[Outcome]:
    rows, size, steps, burst = QUICK if quick else (ROWS, SIZE, STEPS, BURST)
    found: list[Outcome] = []
    folder.mkdir()
    with sources(folder) as databases:
        url, server = databases[database]
        for seed, mix in enumerate(MIXES):
            began = time.perf_counter()
            (place := folder / mix).mkdir()
            with Faulty(url, place, seed, rows, size, server) as faulty:
                found.append(run(faulty, mix, steps, burst))
            told = f"  {database} {mix}: {found[-1].changes:,} changes, wrong {found[-1].wrong}, plain polling"
            print(f"{told} {found[-1].rival}, {time.perf_counter() - began:.0f} s", file=sys.stderr, flush=True)
    return found


def _totals(found: Mapping[str, list[Outcome]]) -> list[Measure]:
    """Rows that are wrong on any database under any mix."""
    runs = [one for outcomes in found.values() for one in outcomes]
    wrong = {
        "missing_rows": sum(one.missing for one in runs),
        "phantom_rows": sum(one.phantom for one in runs),
        "differing_rows": sum(one.differing for one in runs),
    }
    note = f"{', '.join(found)}: {len(runs)} runs; bound 0"
    return [Measure(name, many, "rows", sum(one.changes for one in runs), note) for name, many in wrong.items()]


def _measures(database: str, outcomes: list[Outcome]) -> list[Measure]:
    changes = sum(one.changes for one in outcomes)
    faults = sum(sum(one.faults.values()) for one in outcomes)
    noted = sum((one.found for one in outcomes[1:]), outcomes[0].found)
    note = f"{len(outcomes)} mixes, {faults} faults; bound 0"
    told = ", ".join(f"{many:,} {kind}" for kind, many in sorted(noted.items()))
    plain = ["missing", "phantom", "differing"]
    return [
        Measure(f"changes_{database}", changes, "changes", len(outcomes), "bound: at least 1 million in the long run"),
        Measure(f"missing_rows_{database}", sum(one.missing for one in outcomes), "rows", changes, note),
        Measure(f"phantom_rows_{database}", sum(one.phantom for one in outcomes), "rows", changes, note),
        Measure(f"differing_rows_{database}", sum(one.differing for one in outcomes), "rows", changes, note),
        Measure(f"found_by_comparing_{database}", sum(noted.values()), "rows", changes, told or "nothing"),
        *(
            Measure(
                f"plain_polling_{name}_rows_{database}",
                sum(one.rival[i] for one in outcomes),
                "rows",
                changes,
                "the same rig: WHERE changed > newest seen",
            )
            for i, name in enumerate(plain)
        ),
    ]
