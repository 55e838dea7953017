"""What reliability costs a tick: the passes of each minute, each hour and each day, and the part made of them."""

import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from bench.city import NOW, built
from bench.columns import Size
from bench.results import Measure
from kpis import outage_watch, snapshot, supply
from kpis.evaluate import together
from kpis.live import LiveOptions, observe
from kpis.periods import midnight
from kpis.reliability import RELIABILITY
from kpis.station_facts import station_facts
from kpis.types import Options
from kpis.urgent import Memory
from settings import load
from store.facts.db import Facts
from store.scope import Scope

WHOLE: Final = Size(days=365, per_day=800)
QUICK: Final = Size(days=60, per_day=100)
TIMES: Final = 5


def of_supply(folder: Path, *, quick: bool) -> list[Measure]:
    """CPU time, because a machine that is shared tells little by the wall."""
    size = QUICK if quick else WHOLE
    settings = load(built(folder, size) / "lightkeeper.toml")
    zone, options = settings.site.tz, Options()
    today = NOW.astimezone(zone).date()
    start, year = midnight(today, zone), midnight(today.replace(month=1, day=1), zone)
    n = size.days * size.outages_per_day
    with Facts(folder / "facts.duckdb", settings.site.zone) as facts, facts.read(Scope.everything("bench")) as reader:

        def asked(make: Callable[[], Any]) -> float:
            expression = make()
            return cpu_ms(lambda: reader.frame(expression, NOW))

        live = LiveOptions.of(settings)
        seen = observe(reader, live, facts.versions(), Memory(), NOW)
        inside = snapshot._Inside(seen, None)
        found = {
            "supply_minute_cpu_ms": asked(
                lambda: supply.counted(reader, options, supply.current(year, start), today, [])
            )
            + asked(lambda: outage_watch.plans(reader)),
            "supply_hour_cpu_ms": asked(lambda: supply.frequent_areas(reader, options)),
            "supply_day_cpu_ms": asked(lambda: supply.history(reader, options, year - timedelta(days=1800), start))
            + asked(lambda: supply.counted(reader, options, supply.over(year, start), today, [])),
            "supply_part_cpu_ms": cpu_ms(lambda: snapshot._supply_made(inside, live, True)),
            "outages_figures_30d_cpu_ms": cpu_ms(
                lambda: together(
                    reader, RELIABILITY, lambda _: options, start=NOW - timedelta(days=30), beside=True, now=NOW
                )
            ),
            "stations_facts_30d_cpu_ms": cpu_ms(lambda: station_facts(reader, settings, NOW - timedelta(days=30), NOW)),
        }
    note = f"{n:,} outages of ten steps, {size.days * size.per_day:,} orders; least of {TIMES}"
    return [Measure(name, round(ms, 1), "ms", TIMES, note) for name, ms in found.items()]


def cpu_ms(do: Callable[[], Any]) -> float:
    """The least CPU time of some runs, after one that compiles."""
    do()
    spent = []
    for _ in range(TIMES):
        began = time.process_time()
        do()
        spent.append(1000 * (time.process_time() - began))
    return min(spent)
