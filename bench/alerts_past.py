"""The back-test, measured: 90 days of a million orders, and a year of the demonstration city against its verdicts."""

import os
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import numpy as np
from rich.console import Console

import backtesting
from bench import alerts_truth, city, nodes
from bench.columns import Size
from bench.results import Measure
from catchup import catch_up
from settings import Settings, load
from simulator.city import City
from store.facts.db import Facts
from store.ledger import Ledger, open_ledger
from store.scope import Scope

MILLION: Final = Size(days=90, per_day=11_112)
RULES: Final = ("repair_due", "demand_due", "third_call", "outage_long", "frequent_outage")
YEAR_END: Final = datetime(2026, 11, 20, 6, 32, tzinfo=UTC)
SEED: Final = 5


@dataclass
class Desk:
    """What a question is answered from."""

    settings: Settings
    facts: Facts
    ledger: Ledger
    at: datetime

    def now(self) -> datetime:
        return self.at


def of_million(folder: Path, *, quick: bool) -> list[Measure]:
    """Seconds of a whole answer, the rule as it is and changed beside it."""
    size = Size(days=90, per_day=1200) if quick else MILLION
    place = city.built(folder / "orders", size)
    found = []
    with Facts(place / "facts.duckdb", city.ZONE) as facts:
        ledger = open_ledger(f"sqlite:///{place / 'ledger.db'}")
        desk = Desk(load(place / "lightkeeper.toml"), facts, ledger, city.NOW)
        for key in RULES:
            changes = {"repair_due": ["from_percent=80@orange"], "demand_due": ["from_percent=80@orange"]}.get(key, [])
            args = {"rule": key, "start": (city.NOW - timedelta(days=90)).isoformat(), "end": city.NOW.isoformat()}
            took = []
            for _ in range(2 if quick else 4):  # the first builds the questions
                began = time.perf_counter()
                answer = backtesting.answer(desk, Scope.everything("bench"), args | {"set": changes})
                took.append(time.perf_counter() - began)
            rows = f"{size.days * size.per_day:,} orders in {size.days} days, {answer['as_it_is']['raises']:,} raises"
            name = f"backtest_90d_{'100k' if quick else '1m'}_orders_s" if key == RULES[0] else f"backtest_{key}_s"
            said = f"{key}{' and beside it ' + changes[0] if changes else ''}: {rows}; first {took[0]:.1f} s; bound 5"
            found.append(Measure(name, round(float(np.median(took[1:])), 2), "s", len(took) - 1, said))
        ledger.close()
    return found


def of_year(folder: Path, *, quick: bool) -> list[Measure]:
    """Clock and event alerts of the demonstration city against its own verdicts: a year, quick: two weeks."""
    days = 14 if quick else 365
    with City(folder / "var" / "demo", SEED) as living:
        living.prepare(YEAR_END, days=days)
        since = living.first_day()
    if since is None:
        raise RuntimeError("the city has no history: the bench measures nothing")
    os.environ |= {"LIGHTKEEPER_DEMO_SMTP": "1", "LIGHTKEEPER_DEMO_HTTP": "1"}
    here = Path.cwd()
    os.chdir(folder)  # the demonstration's settings are meant from there
    try:
        settings = load(nodes.HERE / "simulator" / "lightkeeper.toml")
        catch_up(settings, Console(file=sys.stderr, quiet=True))
        with Facts(settings.node.facts_file, settings.site.zone) as facts:
            ledger = open_ledger("sqlite:///:memory:")
            desk = Desk(settings, facts, ledger, YEAR_END)
            told = alerts_truth.told(desk, YEAR_END - timedelta(days=days + 7), YEAR_END)
            ledger.close()
    finally:
        os.chdir(here)
    expected = alerts_truth.expected(SEED, YEAR_END, since)
    note = f"{days} days of the demonstration city, {len(expected):,} verdicts of clocks and events; bound 0"
    return [
        Measure("year_missed", float(len(expected - told)), "alerts", len(expected), note),
        Measure("year_extra", float(len(told - expected)), "alerts", len(expected), note),
    ]
