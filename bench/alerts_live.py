"""A real node and the rival side by side: an overrun, 2,000 in one commit, kill -9; and the node's turns in a storm."""

import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

import node as ours
from bench import alerts_rival, nodes
from bench.alerts_site import Site, heard, p95, wait_for
from bench.results import Measure
from bench.robots import Robot, receivers
from settings import load
from site_clock import Clock

BURST: Final = 2000
DOWN_S: Final = 15.0
STANDING: Final = 20
ENDING: Final = 5
LOST_AFTER_S: Final = 60.0


@dataclass
class Side:
    """One of both, and how it is killed and started again."""

    name: str
    site: Site
    robot: Robot
    kill: Callable[[], None]
    start: Callable[[], None]


def of_live(folder: Path, *, quick: bool) -> list[Measure]:
    """Measures of the node and, under rival_..., of the rival, each with a receiver of its own."""
    with receivers() as web:
        own, other = web.add("node"), web.add("rival")
        found = _of_node(folder / "node", web.url("node"), own, quick=quick)
        site = Site(folder / "rival", web.url("rival"))
        with alerts_rival.running(folder / "rival" / "prometheus", site.feed, web.url("rival")) as rival:
            side = Side("rival_", site, other, rival.kill_manager, rival.start_manager)
            found += _of_side(side, quick=quick)
    return found


def _of_node(folder: Path, hook: str, robot: Robot, *, quick: bool) -> list[Measure]:
    site, port = Site(folder, hook), nodes.free_port()
    process = [nodes.start(site.arguments, folder, port)]

    def kill() -> None:
        os.killpg(process[0].pid, signal.SIGKILL)
        process[0].wait(10)

    def start() -> None:
        process[0] = nodes.start(site.arguments, folder, port)

    try:
        nodes.wait_until_ready(port, 120, process[0])
        return _of_side(Side("", site, robot, kill, start), quick=quick) + _of_events(site, robot, 8 if quick else 40)
    finally:
        nodes.stop(process[0])


def _of_side(side: Side, *, quick: bool) -> list[Measure]:
    return [*_due(side, 10 if quick else 60), *_burst(side), *_restart(side, quick=quick)]


def _due(side: Side, samples: int) -> list[Measure]:
    """Limits that pass one by one, at any phase of a second, of orders that were known before."""
    began = time.time() + 6
    due = [began + 0.4 * n + float(np.random.default_rng(n).uniform(0, 0.35)) for n in range(samples)]
    side.site.report(range(samples), due)
    first = wait_for(side.robot, range(samples), 6 + 0.4 * samples + 20)
    late = [first[n] - due[n] for n in first]
    note = f"from the limit passing to the receiver; {samples - len(late)} of {samples} never told"
    return [
        Measure(f"{side.name}due_to_handover_p95_s", p95(late), "s", len(late), f"{note}; bound 0.5"),
        Measure(f"{side.name}due_to_handover_p50_s", _median(late), "s", len(late), note),
    ]


def _burst(side: Side) -> list[Measure]:
    """2,000 orders past their limit in one commit."""
    numbers = range(100_000, 100_000 + BURST)
    committed = side.site.report(numbers, [time.time() - 60] * BURST)
    first = wait_for(side.robot, numbers, 60)
    late = [at - committed for at in first.values()]
    note = f"{BURST:,} overruns in one commit; {BURST - len(late)} never told"
    return [Measure(f"{side.name}burst_2000_p95_s", p95(late), "s", len(late), f"{note}; bound 2.5")]


def _of_events(site: Site, robot: Robot, samples: int) -> list[Measure]:
    """Flags that come with a commit, at any phase of the tick."""
    late = []
    for number in range(300_000, 300_000 + samples):
        time.sleep(float(np.random.default_rng(number).uniform(0.9, 1.9)))
        committed = site.report([number], [time.time() + 40 * 60], leapfrog=True)
        late += [at - committed for at in wait_for(robot, [number], 20).values()]
    note = f"a flag, 1 s tick; {samples - len(late)} of {samples} never told"
    return [
        Measure("commit_to_handover_p95_s", p95(late), "s", len(late), f"{note}; bound 1.5"),
        Measure("commit_to_handover_p50_s", _median(late), "s", len(late), note),
    ]


def _restart(side: Side, *, quick: bool) -> list[Measure]:
    """Kill -9 while alerts stand; meanwhile some end and a new limit passes; then it is started again.

    Of the rival the Alertmanager is killed, the part that tells; it is listened to for as long as Prometheus takes to
    send again.
    """
    standing = range(200_000, 200_000 + STANDING)
    side.site.arrive([*range(100_000, 100_000 + BURST), *range(100)])  # the ends of what went before
    wait_for(side.robot, range(100_000, 100_000 + BURST), 60, is_clear=True)
    side.site.report(standing, [time.time() - 60] * STANDING)
    told = wait_for(side.robot, standing, 30)
    time.sleep(3)  # so that every answer is settled: what follows is about what was told and known to be
    side.kill()
    before = len(heard(side.robot))
    ending, new = list(standing)[:ENDING], 210_000
    side.site.arrive(ending)
    time.sleep(DOWN_S - 2)
    side.site.report([new], [time.time() - 1])
    time.sleep(2)
    began = time.time()
    side.start()
    limit = 90.0 if side.name else 60.0
    first = wait_for(side.robot, [new], limit)
    cleared = wait_for(side.robot, ending, 75 if side.name else 20 if quick else LOST_AFTER_S, is_clear=True)
    again = [h for h in heard(side.robot)[before:] if h.number in told and not h.is_clear]
    what = f"kill -9, {DOWN_S:.0f} s down"
    return [
        Measure(f"{side.name}restart_new_alert_s", first[new] - began if new in first else None, "s", len(first),
                f"{what}: from the start to the receiver; bound 5"),
        Measure(f"{side.name}restart_repeated", float(len(again)), "alerts", len(told) - ENDING,
                f"{what}: told again of those that were told; bound 0"),
        Measure(f"{side.name}restart_allclears_lost", float(ENDING - len(cleared)), "all-clears", ENDING,
                f"{what}: ended meanwhile, and nobody heard; bound 0"),
        Measure(f"{side.name}alerts_lost", float(STANDING + 1 - len(told) - len(first)), "alerts", STANDING + 1,
                f"{what}; bound 0"),
    ]  # fmt: skip


def of_ticks(folder: Path, *, quick: bool) -> list[Measure]:
    """The turns of a node while 10,000 alerts come in a minute: it runs in this process, each turn is timed."""
    number, seconds = (2000, 12) if quick else (10_000, 60)
    took: list[float] = []
    with receivers() as web:
        robot = web.add("storm")
        site = Site(folder, web.url("storm"))
        running = ours.Node(load(site.folder / "lightkeeper.toml"), Clock())
        running.sender.start()
        running.bell.start()
        try:
            per_s = number // seconds
            for second in range(seconds):
                began = time.monotonic()
                numbers = range(second * per_s, (second + 1) * per_s)
                site.report(numbers, [time.time() - 1] * per_s)
                running.tick()
                took.append((time.monotonic() - began) * 1000)
                time.sleep(max(0.0, 1 - (time.monotonic() - began)))
            for _ in range(3):
                running.tick()
            first = wait_for(robot, range(per_s * seconds), 60)
        finally:
            running.bell.stop()
            running.sender.close()
            running.close()
    note = f"{per_s * seconds:,} overruns in {seconds} s, one node, its sender beside it"
    return [
        Measure("storm_tick_p95_ms", p95(took), "ms", len(took), f"{note}; bound 500"),
        Measure(
            "storm_alerts_lost", float(per_s * seconds - len(first)), "alerts", per_s * seconds, f"{note}; bound 0"
        ),
    ]


def _median(values: list[float]) -> float | None:
    return round(float(np.median(values)), 3) if values else None
