"""What was found, in figures: the worlds are played two at a time, and each row is told as it comes."""

import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from typing import Final

import numpy as np
import pandas as pd
from rich.console import Console
from rich.table import Table

from bench.hotspots_city import LEAF_SHARE, LEAVES, Background, city, usual
from bench.hotspots_found import (
    BLIND,
    CELLS,
    DAYS,
    ONE,
    ORIGIN,
    REFERENCE,
    RULES,
    Cell,
    Row,
    circle,
    clean_rate,
    in_short,
    row,
    said,
    world,
)  # fmt: skip
from bench.results import Measure
from kpis.hotspots.calibration import Calibration
from kpis.hotspots.family import nodes_of
from kpis.hotspots.wide import level, rises


def _wide(n: int) -> Measure:
    """A day of x3 everywhere, the day after it is over: one alarm, not one per series."""
    found = 0
    for k in range(n):
        made = city(Background(storm_days=(99,)), DAYS, 1)
        events = usual(made, np.random.default_rng([15, k]))
        days = pd.Series(np.bincount(events["hour"] // 24, minlength=DAYS), pd.date_range(ORIGIN.date(), periods=DAYS))
        p = rises({"all": days}, lambda _day: False)[0].p
        found += p is not None and p < level(1)
    return Measure("storm_wide_alarms_pct", 100 * found / n, "%", n, "days of x3 everywhere that raise the wide alarm")


def of_found(outbreaks: int, *, quick: bool) -> list[Measure]:
    n, histories, clean = (3, 8, 3) if quick else (outbreaks, 40, max(outbreaks, 20))
    with ProcessPoolExecutor(2) as pool:
        home = world(REFERENCE, ONE, histories, clean)
        said("calibrated")
        rate = pool.submit(clean_rate, home, 4 if quick else 2 * clean)
        storm = pool.submit(clean_rate, home, 2 if quick else clean, (66, 78))
        jobs = [pool.submit(row, home, cell, n) for cell in (CELLS[2:4] if quick else CELLS)]
        if not quick:
            jobs += [pool.submit(_elsewhere, *other, n, histories, clean) for other in OTHERS]
        false = _false(rate.result(), storm.result())
        said("; ".join(f"{m.measure} {m.value:.2f} ({m.note})" for m in false))
        rows = [job.result() for job in jobs]
    _printed(rows)
    return [*false, _wide(2 if quick else 20), *_against(rows), *_by_cell(rows)]


# The reference rise on other backgrounds, each with a calibration of its own.
OTHERS: Final = (
    (Background(phi=1.5), False, Cell("circle of 5 +6/d, phi 1.5", circle(5), 6)),
    (Background(per_day=200), False, Cell("circle of 5 +10/d, 200 a day", circle(5), 10)),
    (REFERENCE, True, Cell("circle of 5 +6/d of one leaf, 9 categories", circle(5), 6, leaf=4)),
)


def _elsewhere(background: Background, has_leaves: bool, cell: Cell, n: int, histories: int, clean: int) -> Row:
    """As `row`, in another world; with categories a third of the samples, for each look is nine."""
    nodes = nodes_of(LEAVES, (LEAF_SHARE * 3_360).astype(int)) if has_leaves else ONE
    few = 3 if has_leaves else 1
    one = world(background, nodes, histories // few, clean)
    rate = clean_rate(one, 30 // few)
    told = f"{cell.name}: {rate.measured_30d:.2f} false in 30 d ({rate.low:.2f} to {rate.high:.2f})"
    return replace(row(one, cell, n // few), told=told)


def _false(rate: Calibration, storm: Calibration) -> list[Measure]:
    return [
        _rate("false_episodes_per_30d", rate, "clean"),
        _rate("storm_local_alarms", storm, "two days of x3 everywhere"),
    ]


def _rate(name: str, one: Calibration, what: str) -> Measure:
    interval = f"95 % interval {one.low:.2f} to {one.high:.2f}"
    note = f"{what} histories, hourly looks; {interval}; set for {one.budget_30d}, level from {one.histories} replays"
    return Measure(name, one.measured_30d, "/30 d", one.histories, note)


def _against(rows: Sequence[Row]) -> list[Measure]:
    n = sum(r.n for r in rows)
    behind = [r.cell.name for r in rows if r.in_48h["scan"] < max(r.in_48h[name] for name in RULES)]
    rule = f"found in 48 h fewer than the best of rules and EARS C2: {', '.join(behind) or 'none'}"
    return [
        *_ratios(rows, "oracle", "vs_oracle", "bound 0.8", "bound 1.3"),
        *_ratios(rows, BLIND, "vs_oracle_without_zone", "", ""),
        Measure("cells_behind_a_rule", len(behind), "", len(rows), rule),
        Measure("one_outbreak_one_alert_pct", 100 * float(np.nanmean([r.one_alarm for r in rows])), "%", n,
                "of those found, mean of cells; bound 97"),
        _overlap(rows, "circle", "bound 0.6"),
        _overlap(rows, "feeder", "bound 0.7"),
    ]  # fmt: skip


def _ratios(rows: Sequence[Row], other: str, name: str, found: str, slow: str) -> list[Measure]:
    """Share found in 48 h and median delay against an oracle's; cells it hardly finds itself are left out."""
    fair = [r for r in rows if r.in_48h[other] >= 0.25]
    n = sum(r.n for r in fair)
    shares = {r.cell.name: r.in_48h["scan"] / r.in_48h[other] for r in fair}
    delays = {r.cell.name: r.median_h["scan"] / r.median_h[other] for r in fair}
    worst, slowest = min(shares, key=lambda k: shares[k]), max(delays, key=lambda k: delays[k])
    middle = [float(np.median(list(d.values()))) for d in (shares, delays)]
    return [
        Measure(f"detection_{name}", shares[worst], "", n, f"in 48 h, worst: {worst}; median {middle[0]:.2f}; {found}"),
        Measure(f"delay_{name}", delays[slowest], "", n, f"median, worst: {slowest}; median {middle[1]:.2f}; {slow}"),
    ]


def _overlap(rows: Sequence[Row], shape: str, bound: str) -> Measure:
    found = [r.jaccard for r in rows if r.cell.name.startswith(shape) and np.isfinite(r.jaccard)]
    value = float(np.mean(found)) if found else None
    return Measure(f"jaccard_{shape}", value, "", len(found), f"48 h after onset, mean of cells; {bound}")


def _by_cell(rows: Sequence[Row]) -> list[Measure]:
    return [
        Measure(
            f"found_48h_pct {r.cell.name}", 100 * r.in_48h["scan"], "%", r.n,
            "; ".join([in_short(r), *([r.told] if r.told else [])]),
        )
        for r in rows
    ]  # fmt: skip


def _printed(rows: Sequence[Row]) -> None:
    methods = ("scan", "oracle", BLIND, *RULES)
    table = Table("rise", *(f"{m}: median h / 48 h / 7 d" for m in methods), "one alarm", "Jaccard")
    for r in rows:
        told = [f"{r.median_h[m]:.0f} / {100 * r.in_48h[m]:.0f} % / {100 * r.in_7d[m]:.0f} %" for m in methods]
        table.add_row(r.cell.name, *told, f"{100 * r.one_alarm:.0f} %", f"{r.jaccard:.2f}")
    Console(width=200, file=sys.stderr).print(table)
