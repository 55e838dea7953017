"""All benches, one after the other: `make bench`."""

import sys

from bench import filters, kpis, live, screens

BENCHES = (live, screens, filters, kpis)

if __name__ == "__main__":
    for bench in BENCHES:
        bench.main(sys.argv[1:])
