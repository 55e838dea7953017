"""Five hundred viewers of the demonstration city: what they cost and how late they are, by three ways of sending."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import orjson
from rich.console import Console
from rich.table import Table

from bench import nodes
from bench.results import Measure
from bench.viewers import SHOWN

TICK_S: Final = 2.0
VIEWERS: Final = 500
DAYS: Final = 30  # of history of the city
WAYS: Final = {
    "long_poll": "long poll, changed parts (/api/live)",
    "bell": "server-sent events as a bell, then a fetch of the changed parts",
    "etag": f"plain polling every {TICK_S:g} s with ETag, the whole snapshot",
}


@dataclass(frozen=True)
class Load:
    """What one way of sending did in a window. `late_ms`: from each show to the last byte of its answer."""

    cores: float
    late_ms: list[float]
    kb: float  # a viewer and tick, headers included
    missed: float  # share of (viewer, tick) pairs without an answer
    empty: int  # answers without any part, among them 304

    def late(self, percent: float) -> float:
        return float(np.percentile(self.late_ms, percent))


@contextmanager
def city(folder: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """The demonstration with the rivals beside it, ready; its port is the last argument."""
    port = nodes.free_port()
    with (folder / "rivals.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "bench.rivals", str(DAYS), str(port)],
            cwd=folder,
            env=nodes.environment({"PORT": str(port), "LIGHTKEEPER_NODE__TICK_S": str(TICK_S)}),
            start_new_session=True,
            stdout=subprocess.DEVNULL,
            stderr=log,
        )
    try:
        nodes.wait_until_ready(port, 240, process)
        yield process
    finally:
        nodes.stop(process)


def _port(process: "subprocess.Popen[bytes]") -> int:
    arguments = process.args
    assert isinstance(arguments, list)
    return int(arguments[-1])


def cpu_s(pid: int) -> float:
    """CPU seconds the process has used, without its children."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def idle(process: "subprocess.Popen[bytes]", seconds: float) -> float:
    """Cores the node uses while nobody watches."""
    before, began = cpu_s(process.pid), time.monotonic()
    time.sleep(seconds)
    return (cpu_s(process.pid) - before) / (time.monotonic() - began)


def watched(process: "subprocess.Popen[bytes]", way: str, seconds: float) -> Load:
    port = _port(process)
    viewers = subprocess.Popen(
        [sys.executable, "-m", "bench.viewers", str(port), way, str(VIEWERS), str(seconds)],
        env=nodes.environment({}),
        stdout=subprocess.PIPE,
    )
    assert viewers.stdout is not None
    viewers.stdout.readline()  # all have come
    before, began = cpu_s(process.pid), time.monotonic()
    seen = orjson.loads(viewers.stdout.readline())
    cores = (cpu_s(process.pid) - before) / (time.monotonic() - began)
    viewers.wait(60)
    if seen["lost"]:
        raise RuntimeError(f"{seen['lost']} connections of {way} broke: the bench measures something else")
    shown = {int(k): v for k, v in orjson.loads(nodes.get(f"http://127.0.0.1:{port}{SHOWN}")).items()}
    late = [at - shown[now] for now, at in seen["at"] if now in shown]
    ticks = len({now for now, _ in seen["at"]})
    pairs = VIEWERS * ticks
    return Load(cores, late, seen["bytes"] / VIEWERS / (seconds / TICK_S) / 1000, 1 - len(late) / pairs, seen["empty"])


def print_ways(found: dict[str, Load]) -> None:
    """The table of docs/adr/0016."""
    table = Table("way", "cores", "p50 ms", "p95 ms", "kB a viewer-tick", "ticks missed", "empty answers")
    table.title = f"{VIEWERS} viewers, {TICK_S:g} s tick, one run"
    for way, load in found.items():
        cells = (load.late(50), load.late(95), load.kb, load.missed * 100)
        p50, p95, kb, missed = (f"{c:.1f}" for c in cells)
        table.add_row(WAYS[way], f"{load.cores:.3f}", p50, p95, kb, f"{missed} %", str(load.empty))
    Console(width=160).print(table)


def of_serving(folder: Path, quick: bool) -> list[Measure]:
    seconds = 8.0 if quick else 40.0
    with city(folder) as process:
        time.sleep(2 if quick else 20)  # the first minute's catching up is another bench's question
        alone = idle(process, seconds / 2)
        found = {way: watched(process, way, seconds) for way in WAYS}
    print_ways(found)
    what = f"{VIEWERS} viewers, {TICK_S:g} s tick, demonstration city, viewers in another process of the same machine"
    best = found["long_poll"]
    measures = [
        Measure(
            "viewers_500_cpu_cores",
            best.cores,
            "cores",
            len(best.late_ms),
            f"{what}; the whole node with its ticks; {alone:.3f} without viewers; bound 0.5",
        ),
        Measure("viewers_500_p95_ms", best.late(95), "ms", len(best.late_ms), f"{what}; show to last byte; bound 300"),
        Measure("viewers_500_p50_ms", best.late(50), "ms", len(best.late_ms), f"{what}; show to last byte"),
        Measure("bytes_per_viewer_tick_kb", best.kb, "kB", len(best.late_ms), f"{what}; with headers; bound 10"),
        Measure("ticks_missed_pct", best.missed * 100, "%", len(best.late_ms), f"{what}; newest wins, none is queued"),
    ]
    for way in ("bell", "etag"):
        load, said = found[way], f"rival: {WAYS[way]}; same run"
        measures += [
            Measure(f"{way}_500_cpu_cores", load.cores, "cores", len(load.late_ms), said),
            Measure(f"{way}_500_p95_ms", load.late(95), "ms", len(load.late_ms), said),
            Measure(f"{way}_bytes_per_viewer_tick_kb", load.kb, "kB", len(load.late_ms), said),
        ]
    return measures
