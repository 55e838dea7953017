"""NYCfever against its published answer, and how long a null and a refresh take."""

import resource
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from bench.hotspots_city import Background, city, stream, usual
from bench.results import Measure
from kpis.hotspots import compiled
from kpis.hotspots.forms import permutation
from kpis.hotspots.looks import Stream, Watch, look, planned, watch_of
from kpis.hotspots.scan import Rules
from kpis.hotspots.windows import ending_now
from kpis.hotspots.zones import Circles, zones_of

STATISTICS: Final = (3.845418, 3.164201, 2.137259)
P: Final = (0.20362, 0.49243, 0.95849)


def of_nycfever(data: Path, *, quick: bool) -> list[Measure]:
    """The three clusters of the reference run; nothing without the file."""
    folder = data / "nycfever"
    if not folder.is_dir():
        print(f"nycfever: no folder {folder}; give it with --data DIR", file=sys.stderr)
        return []
    cases = pd.read_csv(folder / "NYCfever.cas", sep=r"\s+", names=["place", "count", "time"])
    places = pd.read_csv(folder / "NYCfever.geo", sep=r"\s+", names=["place", "lat", "lon"])
    n = 9_999 if quick else 99_999
    taken = -time.process_time()
    found = permutation(
        cases,
        places,
        lambda n: ending_now(n, range(1, 8)),
        zones=Circles(radius=3),
        step="D",
        rules=Rules(replications=n),
    ).clusters
    taken += time.process_time()
    error = max(abs(one.statistic - s) for one, s in zip(found, STATISTICS, strict=False))
    off = max(abs((one.p or 0) - p) for one, p in zip(found, P, strict=False))
    told = ", ".join(f"{one.observed} / {one.expected:.2f} p {one.p:.5f}" for one in found[:3])
    exact = f"largest of three, bound 1e-6 (printed to six digits); {told}"
    against = "largest of three against 99,999 replications of SaTScan, bound 0.005"
    return [
        Measure("nycfever_statistic_error", error, "", len(found), exact),
        Measure("nycfever_p_error", off, "", n, against),
        Measure("nycfever_cpu_s", taken, "s", n, "all replications, processor time"),
    ]


def of_speed(*, quick: bool) -> list[Measure]:
    rng = np.random.default_rng(1)
    return [*_null_1000(rng), *_refresh_5000(rng, 5 if quick else 15), _rss()]


def _null_1000(rng: np.random.Generator) -> list[Measure]:
    places = pd.DataFrame({"place": range(1_000), "x": rng.random(1_000), "y": rng.random(1_000)})
    cases = pd.DataFrame({"place": rng.integers(0, 1_000, 3_000), "time": rng.integers(0, 30, 3_000)})

    def scanned(replications: int) -> int:
        rules = Rules(replications=replications)
        return permutation(cases, places, lambda n: ending_now(n, range(1, 8)), zones=Circles(), rules=rules).zones

    scanned(1)  # compiled beforehand, as in a running node
    start = time.perf_counter(), time.process_time()
    zones = scanned(999)
    wall, cpu = time.perf_counter() - start[0], time.process_time() - start[1]
    note = f"{zones:,} zones to half the cases, 7 windows, zones made too; processor time, wall {wall:.1f} s; bound 7"
    return [Measure("null_1000x999_s", cpu, "s", 999, note)]


def _refresh_5000(rng: np.random.Generator, n: int) -> list[Measure]:
    made = city(Background(units=5_000, per_day=900), 57, 1)
    events = stream(usual(made, rng))
    zones = zones_of(made.places, Circles(nearest=300, share=None), (), np.ones(5_000))
    out = []
    for is_compiled, name, bound in ((True, "refresh_5000_ms", 100), (False, "refresh_5000_plain_ms", 1_000)):
        if is_compiled and not compiled.IS_HERE:
            continue
        watch = watch_of(zones, 5_000, is_compiled=is_compiled)
        runs = n if is_compiled else 3
        wall, cpu = _timed(partial(_look_once, events, watch), runs)
        size = f"{len(events.hour):,} cases, {zones.count:,} zones, 10 windows"
        note = f"{size}; processor time, wall {wall:.0f} ms; bound {bound}"
        out.append(Measure(name, cpu, "ms", runs, note))
    return out


def _look_once(events: Stream, watch: Watch) -> None:
    look(events, watch, planned(events, watch, [57 * 24]), 0)


def _timed(work: Callable[[], object], n: int) -> tuple[float, float]:
    """Median wall and processor time in ms, the first run left out."""
    work()
    wall, cpu = [], []
    for _ in range(n):
        a, b = time.perf_counter(), time.process_time()
        work()
        wall.append(time.perf_counter() - a)
        cpu.append(time.process_time() - b)
    return float(np.median(wall)) * 1e3, float(np.median(cpu)) * 1e3


def _rss() -> Measure:
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    return Measure("rss_gb", most, "GB", 1, "most this process ever held, tables, zones and nulls included; bound 1")
