"""Hotspots, measured: the published answer, speed, false hotspots, and what is found beside an oracle and simple rules.

Parts of it by name (`--only speed`). NYCfever is read from the folder of the real rows (`--data DIR`).
"""

import argparse
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from bench.hotspots_boston import of_boston
from bench.hotspots_speed import of_nycfever, of_speed
from bench.hotspots_told import of_found
from bench.results import Measure, write
from examples.real_rows import DATA

PARTS: Final[Mapping[str, Callable[[argparse.Namespace], list[Measure]]]] = {
    "nycfever": lambda asked: of_nycfever(asked.data, quick=asked.quick),
    "speed": lambda asked: of_speed(quick=asked.quick),
    "found": lambda asked: of_found(asked.outbreaks, quick=asked.quick),
    "boston": lambda asked: of_boston(asked.data, quick=asked.quick),
}
USUAL: Final = ("nycfever", "speed", "found")  # Boston takes eight minutes of its own


def main(argv: list[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="about a minute: few samples")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(USUAL))
    parser.add_argument("--data", type=Path, default=DATA, help=f"folder of the real rows (default {DATA})")
    parser.add_argument("--outbreaks", type=int, default=30, help="planted rises of each kind (default 30)")
    asked = parser.parse_args(argv)
    found: list[Measure] = []
    for name in asked.only:
        print(f"{name} ...", file=sys.stderr, flush=True)
        found += PARTS[name](asked)
    write("hotspots", found)


if __name__ == "__main__":
    main(sys.argv[1:])
