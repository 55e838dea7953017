"""Repeats found in a city that was read as any source is, against the city's own truth: precision and recall."""

import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

from bench import nodes
from bench.results import Measure
from kpis import catalogue, evaluate
from kpis.types import Options
from simulator.city import City
from simulator.returns import returns_at
from simulator.truth import courses_at
from store.facts.db import Facts
from store.scope import Scope

NOW: Final = datetime(2026, 11, 20, 6, 32, tzinfo=UTC)
SEED: Final = 5
FOLDER: Final = Path("var/demo")
CONFIG: Final = nodes.HERE / "simulator" / "lightkeeper.toml"
ENVIRONMENT: Final = {"LIGHTKEEPER_DEMO_SMTP": "1", "LIGHTKEEPER_DEMO_HTTP": "1"}
# What a customer is known by, and the least that is asked of precision and recall.
KNOWN_BY: Final[Mapping[str, float]] = {"account": 0.99, "phone": 0.95, "address": 0.95}


@dataclass(frozen=True)
class Agreement:
    """Repeats of 60 days: those `told` by the city, those `found` by the definition, and those in `both`."""

    told: int
    found: int
    both: int

    @property
    def precision(self) -> float:
        return self.both / self.found if self.found else float("nan")

    @property
    def recall(self) -> float:
        return self.both / self.told if self.told else float("nan")


def of_truth(folder: Path, *, quick: bool) -> list[Measure]:
    days = 20 if quick else 75
    since = collected(folder, days)
    measures = []
    for known_by, one in agreements(folder / FOLDER / "facts.duckdb", since).items():
        about = f"{days} days of the city; {one.told} told, {one.found} found; bound {100 * KNOWN_BY[known_by]:.0f}"
        for name in ("precision", "recall"):
            value = round(100 * getattr(one, name), 2)
            measures.append(Measure(f"repeats_{known_by}_{name}_pct", value, "%", one.told, about))
    return measures


def collected(folder: Path, days: int) -> date:
    """Writes the city's history into `folder` and reads it once with `app.py collect`; the city's first day."""
    (folder / FOLDER).mkdir(parents=True, exist_ok=True)
    with City(folder / FOLDER, SEED) as city:
        city.prepare(NOW, days=days)
        since = city.first_day()
    command = [sys.executable, str(nodes.HERE / "app.py"), "collect", "--once", "--config", str(CONFIG)]
    subprocess.run(
        command, cwd=folder, env=nodes.environment(ENVIRONMENT), check=True, capture_output=True, timeout=600
    )
    if since is None:
        raise RuntimeError(f"{folder}: the city has no first day")
    return since


def agreements(facts: Path, since: date) -> dict[str, Agreement]:
    """By what the customer is known by. `since`: the city's first day."""
    found = {no for no, good in judged(facts, "demand_repeat_60d_rate").items() if good}
    told = {r.order_no for r in returns_at(SEED, NOW, since)}
    known = {c.order_no: c.known_by for c in courses_at(SEED, NOW, since)}
    parts = {}
    for known_by in KNOWN_BY:
        own = {no for no, by in known.items() if by == known_by}
        parts[known_by] = Agreement(len(told & own), len(found & own), len(told & found & own))
    return parts


def judged(facts: Path, key: str) -> dict[str, bool]:
    """Order number -> whether it is a success, of every order that the KPI counts."""
    definition = catalogue.find(key)
    with Facts(facts, "Asia/Shanghai") as opened, opened.read(Scope.everything("truth")) as reader:
        rows = evaluate.rows_behind(reader, definition, Options())
        frame = reader.frame(rows.select("order_no", "is_success"), NOW)
    return dict(zip(frame["order_no"], frame["is_success"].fillna(False).astype(bool), strict=True))
