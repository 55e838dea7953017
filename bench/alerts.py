"""Alerts, measured: from a limit or a commit to a receiver, beside the rival; storms; what a restart keeps; the past.

Parts of it by name (`--only live`). The rival needs Debian's prometheus and prometheus-alertmanager.
"""

import argparse
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from bench.alerts_delivery import of_delivery
from bench.alerts_live import of_live, of_ticks
from bench.alerts_past import of_million, of_year
from bench.results import Measure, write

# Each part gets an empty folder and whether few samples do.
PARTS: Final[Mapping[str, Callable[[Path, bool], list[Measure]]]] = {
    "live": lambda folder, quick: of_live(folder, quick=quick),
    "delivery": lambda folder, quick: of_delivery(folder, quick=quick),
    "ticks": lambda folder, quick: of_ticks(folder, quick=quick),
    "million": lambda folder, quick: of_million(folder, quick=quick),
    "year": lambda folder, quick: of_year(folder, quick=quick),
}


def main(argv: list[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few samples, a small past, two weeks instead of a year")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS))
    asked = parser.parse_args(argv)
    found: list[Measure] = []
    for name in asked.only:
        print(f"{name} ...", file=sys.stderr, flush=True)
        with tempfile.TemporaryDirectory() as folder:
            found += PARTS[name](Path(folder), asked.quick)
    write("alerts", found)


if __name__ == "__main__":
    main(sys.argv[1:])
