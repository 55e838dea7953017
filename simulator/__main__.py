"""`python -m simulator`: the city alone, without the product."""

import argparse
import signal
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path

from simulator import live
from simulator.city import City, CityError


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m simulator", description="The demonstration city Linjiang, alone.")
    parser.add_argument("--folder", type=Path, default=Path("var/demo"), help="where the databases lie (var/demo)")
    parser.add_argument("--speed", type=float, default=1.0, help="site seconds a real second (1)")
    parser.add_argument("--seed", type=int, default=1, help="which city (1)")
    parser.add_argument("--days", type=int, default=90, help="days of history at first start (90)")
    return parser.parse_args()


def main() -> int:
    args = _arguments()
    if args.speed <= 0 or args.days < 0:
        print("--speed must be above 0 and --days at least 0", file=sys.stderr)
        return 1
    now = datetime.now(UTC)
    try:
        with City(args.folder, args.seed) as city:
            city.prepare(now, args.days, lambda share: print(f"\rhistory {share:4.0%}", end="", file=sys.stderr))
            anchor = max(now, city.last() or now)
    except CityError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"\n{args.folder}: living from {anchor:%Y-%m-%d %H:%M:%S} UTC at speed {args.speed:g}", file=sys.stderr)
    stop = threading.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: stop.set())
    live.run(args.folder, args.seed, anchor, args.speed, stop)
    return 0


if __name__ == "__main__":
    sys.exit(main())
