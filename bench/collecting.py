"""Collecting, measured: nothing lost under faults, how soon a change is there, what it costs.

Parts of it by name (`--only rig`). The rig writes at least a million changes to each of PostgreSQL, MariaDB and SQLite.
"""

import argparse
import os
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from bench.collecting_bell import of_bell
from bench.collecting_load import of_load
from bench.collecting_rig import of_rig
from bench.collecting_speed import of_merge, of_soon
from bench.results import Measure, write

LOADED: Final = int(os.environ["LOADED"]) if "LOADED" in os.environ else None  # rows of a first load, else all

# Each part gets an empty folder and whether few samples do.
PARTS: Final[Mapping[str, Callable[[Path, bool], list[Measure]]]] = {
    "rig": lambda folder, quick: of_rig(folder, quick=quick),
    "soon": lambda folder, quick: of_soon(folder, quick=quick),
    "bell": lambda folder, quick: of_bell(folder, quick=quick),
    "load": lambda folder, quick: of_load(folder, quick=quick, rows=LOADED),
    "merge": lambda folder, quick: of_merge(folder, quick=quick),
}


def main(argv: list[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="about a minute: few changes, small facts")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS))
    asked = parser.parse_args(argv)
    for name in asked.only:
        print(f"{name} ...", file=sys.stderr, flush=True)
        with tempfile.TemporaryDirectory() as folder:
            Path(folder).chmod(0o755)  # MariaDB has a user of its own
            write("collecting", PARTS[name](Path(folder), asked.quick))


if __name__ == "__main__":
    main(sys.argv[1:])
