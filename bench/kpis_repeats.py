"""Repeats and satisfaction, measured: how fast links follow changes, and what pooled intervals cover."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import duckdb
import numpy as np

from bench import city
from bench.columns import Size
from bench.results import Measure
from kpis.pooling import pooled
from store.facts.repeats import relink, touch

CHANGES: Final = 2000
LEVEL: Final = 0.9
RECENT: Final = "accepted_at > (SELECT max(accepted_at) FROM work_orders) - INTERVAL 7 DAY"
# True worlds: how many units, the mean of their rates, and how alike they are (rows that a prior would be worth).
WORLDS: Final = tuple(
    (units, mean, worth) for units in (20, 33) for mean, worth in ((0.95, 40), (0.95, 200), (0.9, 15))
)


def of_repeats(folder: Path, *, quick: bool) -> list[Measure]:
    size = Size(days=60) if quick else Size()
    place = city.built(folder / ("quick" if quick else "full"), size)
    return [*relinked(place, 3 if quick else 9), interval_coverage(10 if quick else 60)]


def interval_coverage(worlds: int) -> Measure:
    covered, units = coverage(worlds)
    note = f"true rates inside the pooled interval at {LEVEL:.0%}, {len(WORLDS)} kinds of city; bound 88 to 92"
    return Measure("interval_coverage_pct", round(covered, 1), "%", units, note)


def coverage(worlds: int, seed: int = 7) -> tuple[float, int]:
    """Percent of units whose true rate lies inside, and how many units: `worlds` of each kind, 3 to 80 rows a unit."""
    draw, inside = np.random.default_rng(seed), []
    for units, mean, worth in WORLDS:
        for _ in range(worlds):
            rate = draw.beta(mean * worth, (1 - mean) * worth, units)
            n = draw.integers(3, 81, units)
            _, low, high = pooled(draw.binomial(n, rate), n, LEVEL)
            inside.append((low <= rate) & (rate <= high))
    found = np.concatenate(inside)
    return 100 * float(found.mean()), len(found)


def relinked(place: Path, times: int) -> list[Measure]:
    """The links of what 2,000 changed rows touch, whose own links are missing beforehand; nothing is kept of it."""
    with duckdb.connect(str(place / "facts.duckdb")) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        (rows,) = connection.execute("SELECT count(*) FROM work_orders").fetchall()[0]
        recent = [_once(connection, RECENT, relink) for _ in range(times)]
        anywhere = [_once(connection, "TRUE", relink) for _ in range(times)]
        rival = [_once(connection, RECENT, _all_of_them) for _ in range(max(3, times // 3))]
    about = f"median of {times}; {rows:,} orders"
    plainly = "a window over every order of the same customers, nothing else spared"
    return [
        *_measures("repeat_relink_2000_changes", recent, f"{about}; changes among the last week's; bound 100"),
        *_measures("repeat_relink_2000_late_changes", anywhere, f"{about}; changes anywhere in the history"),
        *_measures("repeat_relink_2000_rival", rival, f"{plainly}; of the last week's changes"),
    ]


def _measures(name: str, found: list[tuple[float, float, int]], note: str) -> list[Measure]:
    """By the wall and by the processor: a machine that is shared tells little by the wall."""
    wall, cpu, links = (float(np.median(column)) for column in zip(*found, strict=True))
    said = f"{note}; {links:,.0f} links written"
    return [
        Measure(f"{name}_ms", round(wall, 1), "ms", CHANGES, said),
        Measure(f"{name}_cpu_ms", round(cpu, 1), "ms", CHANGES, said),
    ]


def _all_of_them(connection: Any) -> int:
    """The obvious way to link: all orders of the touched identities, wherever they lie. For demands only."""
    connection.execute(
        """CREATE OR REPLACE TEMP TABLE linked AS
            SELECT rowid AS rid, lag(accepted_at) OVER demand AS before, lead(accepted_at) OVER demand AS after,
                   lag(accepted_at) OVER (PARTITION BY identity_key, subcategory_1 ORDER BY accepted_at) AS complained,
                   sum(call_count) OVER (PARTITION BY identity_key, category, subcategory_1 ORDER BY accepted_at
                       RANGE BETWEEN INTERVAL 60 DAY PRECEDING AND CURRENT ROW) AS called
            FROM work_orders WHERE identity_key IN (SELECT identity_key FROM touched)
            WINDOW demand AS (PARTITION BY identity_key, category, subcategory_1 ORDER BY accepted_at)"""
    )
    connection.execute(
        """UPDATE work_orders SET previous_demand_at = before, next_demand_at = after, matter_calls = called
            FROM linked WHERE work_orders.rowid = rid AND (previous_demand_at IS DISTINCT FROM before
                OR next_demand_at IS DISTINCT FROM after OR matter_calls IS DISTINCT FROM called)"""
    )
    return int(connection.execute("SELECT count(*) FROM linked").fetchall()[0][0])


def _once(connection: Any, among: str, link: Callable[[Any], int]) -> tuple[float, float, int]:
    """Milliseconds by the wall and by the processor, and links written."""
    connection.execute("BEGIN")
    try:
        connection.execute(
            f"""CREATE OR REPLACE TEMP TABLE changes AS
                SELECT rowid AS rid, *, identity_key AS was, accepted_at AS known_at FROM (
                    FROM (SELECT rowid, * FROM work_orders WHERE {among} AND identity_key IS NOT NULL)
                    USING SAMPLE reservoir({CHANGES} ROWS)
                )"""  # noqa: S608  two conditions of ours
        )
        # What a merge leaves: rows written anew have no links yet.
        connection.execute(
            """UPDATE work_orders SET previous_demand_at = NULL, next_demand_at = NULL, matter_calls = NULL,
               previous_complaint_at = NULL, escalated_from = NULL WHERE rowid IN (SELECT rid FROM changes)"""
        )
        began, cpu = time.perf_counter(), time.process_time()
        touch(connection, "changes", "was")
        many = link(connection)
        return 1000 * (time.perf_counter() - began), 1000 * (time.process_time() - cpu), many
    finally:
        connection.execute("ROLLBACK")
