"""All benches, one after the other: `make bench`."""

import sys

from bench import filters, hotspots, kpis, live, safety, screens

BENCHES = (live, screens, filters, kpis, hotspots, safety)

if __name__ == "__main__":
    for bench in BENCHES:
        bench.main(sys.argv[1:])
