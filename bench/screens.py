"""What people see, measured: pixels, viewers, memory, recovery, honesty, legibility. One command, at most 20 minutes.

Parts of it by name (`--only pixels soak`); `--minutes 4320` for the soak is the test of 72 hours.
"""

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Final

import orjson

from bench import nodes
from bench.moving import browser, moving
from bench.results import Measure, write
from bench.screens_honest import of_honesty, of_outside
from bench.screens_pixels import of_pixels, of_soak, with_charts
from bench.screens_recovery import Case, of_cases
from bench.screens_serving import of_serving

SOAK_TICKS_S: Final = 4.0  # ticks a second: a half-hour of the usual tick in a quarter of the time
DEMO_DAYS: Final = "5"
PARTS: Final = ("serving", "pixels", "soak", "recovery", "honesty", "outside", "legibility", "filters")


class Recovery:
    """The process that does harm to walls, beside the others: its longest wait is ten minutes."""

    def __init__(self, folder: Path, quick: bool) -> None:
        self._file = folder / "recovery.json"
        flags = ["--quick"] if quick else []
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bench.screens_recovery", str(self._file), *flags],
            env=nodes.environment({}),
            start_new_session=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert self._process.stdout is not None
        if not self._process.stdout.readline():
            raise RuntimeError("bench.screens_recovery ended before it began; run it alone to see why")

    def go_on(self) -> None:
        """Those that need the machine: not while pixels are timed."""
        assert self._process.stdin is not None
        self._process.stdin.write(b"\n")
        self._process.stdin.flush()

    def measures(self) -> list[Measure]:
        if self._process.wait(1200):
            raise RuntimeError("bench.screens_recovery failed; run it alone to see why")
        return of_cases([Case(**case) for case in orjson.loads(self._file.read_bytes())])

    def close(self) -> None:
        nodes.stop(self._process)


def of_looks(quick: bool) -> list[Measure]:
    from bench.legibility import of_legibility

    return of_legibility(quick)


def of_answers(quick: bool) -> list[Measure]:
    from bench.filters import of_filters

    return of_filters(quick=quick)


def of_pages(quick: bool) -> list[Measure]:
    demo = ["demo", "--days", DEMO_DAYS]
    with tempfile.TemporaryDirectory() as name, nodes.running(demo, Path(name)) as port, browser() as one:
        return of_outside(one, port, 3 if quick else None)


def of_stops(quick: bool) -> list[Measure]:
    walls = ("near",) if quick else ("near", "main", "far")
    with tempfile.TemporaryDirectory() as name, browser() as one:
        return of_honesty(one, Path(name), walls, 2 if quick else 12)


def of_drawing(quick: bool) -> list[Measure]:
    with_charts()
    with moving() as site, browser() as one:
        return of_pixels(one, site, quick)


def of_memory(minutes: float, ticks_s: float) -> list[Measure]:
    with moving() as site, browser() as one:
        return of_soak(one, site, minutes, ticks_s)


def measure(parts: list[str], quick: bool, minutes: float, ticks_s: float) -> None:
    """The parts in the order in which they disturb each other least, what is timed first; each is written at once."""

    def take(name: str, part: Callable[[], list[Measure]]) -> None:
        if name in parts:
            print(f"{name} ...", file=sys.stderr, flush=True)
            write("screens", part())

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        recovery = Recovery(folder, quick) if "recovery" in parts else None
        try:
            take("serving", lambda: of_serving(folder, quick))
            take("pixels", lambda: of_drawing(quick))
            take("filters", lambda: of_answers(quick))
            if recovery:
                recovery.go_on()
            take("soak", lambda: of_memory(minutes, ticks_s))
            take("honesty", lambda: of_stops(quick))
            take("outside", lambda: of_pages(quick))
            take("legibility", lambda: of_looks(quick))
            if recovery:
                take("recovery", recovery.measures)
        finally:
            if recovery:
                recovery.close()


def main(argv: list[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="about a minute: few samples, no long outage")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--minutes", type=float, help="of the soak; 8 of the usual, 0.2 of --quick")
    parser.add_argument("--ticks", type=float, default=SOAK_TICKS_S, help="a second, of the soak")
    asked = parser.parse_args(argv)
    minutes = asked.minutes or (0.2 if asked.quick else 8.0)
    measure(asked.only, asked.quick, minutes, asked.ticks)


if __name__ == "__main__":
    main(sys.argv[1:])
