"""The KPIs, measured: how fast a tick and a slice are, and whether both computations of the clocks agree.

Parts of it by name (`--only clocks`).
"""

import argparse
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from bench.kpis_answers import of_answers
from bench.kpis_clocks import of_clocks
from bench.kpis_repeats import of_repeats
from bench.kpis_supply import of_supply
from bench.kpis_truth import of_truth
from bench.results import Measure, write

# Each part gets an empty folder and whether few samples do.
PARTS: Final[Mapping[str, Callable[[Path, bool], list[Measure]]]] = {
    "answers": lambda folder, quick: of_answers(folder, quick=quick),
    "repeats": lambda folder, quick: of_repeats(folder, quick=quick),
    "clocks": lambda _folder, quick: of_clocks(quick=quick),
    "truth": lambda folder, quick: of_truth(folder, quick=quick),
    "supply": lambda folder, quick: of_supply(folder, quick=quick),
}


def main(argv: list[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="about a minute: few samples")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS))
    asked = parser.parse_args(argv)
    found: list[Measure] = []
    for name in asked.only:
        print(f"{name} ...", file=sys.stderr, flush=True)
        with tempfile.TemporaryDirectory() as folder:
            found += PARTS[name](Path(folder), asked.quick)
    write("kpis", found)


if __name__ == "__main__":
    main(sys.argv[1:])
