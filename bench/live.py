"""The whole path, measured: a fresh clone to a live wall, a commit in a source to a pixel, polls against viewers."""

import argparse
import asyncio
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import httpx
import numpy as np
from playwright.sync_api import Page, TimeoutError, sync_playwright

from bench import nodes
from bench.results import Measure, write
from kpis import catalogue, evaluate
from kpis.types import Options
from settings import Settings, load
from simulator.city import City
from store.facts.db import Facts
from store.scope import Scope

DATA: Final = Path("../shared/data")
BOSTON_NOW: Final = datetime.fromisoformat("2016-01-12T23:00:00-05:00")
CHROMIUM: Final = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
# Notes for each order that comes into the countdown list when the browser had painted it.
WATCH_PIXELS: Final = """() => {
  const list = document.querySelector(".panel-repairs");
  window.painted = {};
  const look = () => {
    const fresh = [...list.querySelectorAll("[data-order]")].filter((row) => !(row.dataset.order in window.painted));
    for (const row of fresh) window.painted[row.dataset.order] = null;
    requestAnimationFrame(() => requestAnimationFrame(() => {
      for (const row of fresh) window.painted[row.dataset.order] = Date.now();
    }));
  };
  new MutationObserver(look).observe(list, { subtree: true, childList: true, attributes: true });
}"""


def commit_to_pixel(folder: Path, port: int, samples: int) -> list[float]:
    """Seconds from the commit of a new fault report in the source until the wall has painted it."""
    with City(folder / "var" / "demo") as city, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=list(CHROMIUM))
        page = browser.new_page(viewport={"width": 1920, "height": 1080})
        page.goto(f"http://127.0.0.1:{port}/wall/main?page=situation&screen=0")
        page.locator(".panel-repairs [data-order]").first.wait_for(timeout=60_000)
        page.evaluate(WATCH_PIXELS)
        found = [sample for i in range(samples) if (sample := _one(city, page, i)) is not None]
        browser.close()
    return found


def _one(city: City, page: Page, number: int) -> float | None:
    """One order, each longer overdue than the last, so that it stands on top of the list."""
    order_no = f"BENCH{number:05d}"
    page.wait_for_timeout(float(np.random.default_rng(number).uniform(0, 1000)))  # at any phase of the tick
    now = datetime.now(UTC)
    city.report_fault(order_no, "urban", now - timedelta(hours=30, minutes=number), written=now)
    committed = time.time() * 1000
    try:
        page.locator(f'.panel-repairs [data-order="{order_no}"]').wait_for(timeout=15_000)
    except TimeoutError:
        return None
    page.wait_for_timeout(50)  # two frames
    painted: float | None = page.evaluate("n => window.painted[n]", order_no)
    return None if painted is None else (painted - committed) / 1000


def python(folder: Path, *arguments: str) -> None:
    """One command of the project in `folder`, to its end."""
    subprocess.run([sys.executable, *arguments], cwd=folder, env=nodes.environment({}), check=True, capture_output=True)


def boston(folder: Path) -> tuple[float, float]:
    """Seconds of `collect --once` over all rows; milliseconds of the rate by area and type, median of nine."""
    python(folder, "-m", "examples.boston311.load", "--data", str(DATA.resolve()))
    config = nodes.HERE / "examples" / "boston311" / "lightkeeper.toml"
    began = time.perf_counter()
    python(folder, str(nodes.HERE / "app.py"), "collect", "--config", str(config), "--once")
    return time.perf_counter() - began, _kpi_ms(folder, load(config))


def _kpi_ms(folder: Path, settings: Settings) -> float:
    definition = catalogue.find("stated_limit_on_time_rate")
    facts = Facts(folder / settings.node.facts_file, settings.site.zone)
    took = []
    for _ in range(9):
        with facts.read(Scope.everything("bench")) as reader:
            began = time.perf_counter()
            frame = evaluate.values(reader, definition, Options(), by=("station", "subcategory_2"), now=BOSTON_NOW)
            took.append((time.perf_counter() - began) * 1000)
        if int(frame["n"].sum()) != 121_145:
            raise RuntimeError(f"{frame['n'].sum()} rows instead of 121,145: the bench measures something else")
    facts.close()
    return float(np.median(took))


@dataclass(frozen=True)
class Load:
    """What the sources and the node did in a window."""

    queries_per_min: (
        float  # statements in as many ticks as a minute has: a busy machine skips ticks, and polls with them
    )
    ticks_per_min: float


def load_of(port: int, viewers: int, seconds: float) -> Load:
    """What the sources receive while so many viewers watch."""
    return asyncio.run(_watched(port, viewers, seconds))


async def _watched(port: int, viewers: int, seconds: float) -> Load:
    base = f"http://127.0.0.1:{port}"
    limits = httpx.Limits(max_connections=viewers + 2)
    async with httpx.AsyncClient(base_url=base, limits=limits, timeout=30) as client:
        end = time.monotonic() + seconds + 2
        tasks = [asyncio.create_task(_view(client, end)) for _ in range(viewers)]
        await asyncio.sleep(1)
        before, began = await _counters(client), time.monotonic()
        await asyncio.sleep(seconds)
        after, took = await _counters(client), time.monotonic() - began
        answers = sum(await asyncio.gather(*tasks))
    if answers < viewers:
        raise RuntimeError(f"{viewers} viewers got {answers} answers: nobody was watching")
    queries, ticks = after[0] - before[0], after[1] - before[1]
    return Load(queries / ticks * 60, ticks / took * 60)


async def _view(client: httpx.AsyncClient, end: float) -> int:
    have, answers = "", 0
    while time.monotonic() < end:
        reply = (await client.get("/api/live", params={"view": "situation", "have": have, "wait": 2})).json()
        known = dict(pair.split(":") for pair in have.split(",") if pair)
        known |= {name: part["version"] for name, part in reply["parts"].items()}
        have, answers = ",".join(f"{n}:{v}" for n, v in known.items()), answers + 1
    return answers


async def _counters(client: httpx.AsyncClient) -> tuple[float, float]:
    """Statements sent to the sources and ticks made, since the node started."""
    lines = (await client.get("/metrics")).text.splitlines()

    def total(start: str) -> float:
        return sum(float(line.rsplit(" ", 1)[1]) for line in lines if line.startswith(start))

    return total("lightkeeper_source_queries_total{"), total('lightkeeper_tick_seconds_count{part="merge"}')


def fresh_clone(folder: Path) -> tuple[float, float]:
    """Seconds of `make run` until ready: the first time in a fresh clone, installation included, and the second."""
    clone = folder / "clone"
    subprocess.run(["git", "clone", "-q", str(nodes.HERE), str(clone)], check=True)
    environment = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "VIRTUAL_ENV")}
    took = []
    for _ in range(2):
        port, began = nodes.free_port(), time.monotonic()
        process = subprocess.Popen(
            ["make", "run"],
            cwd=clone,
            env={**environment, "PORT": str(port)},
            start_new_session=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            nodes.wait_until_ready(port, 600, process)
            took.append(time.monotonic() - began)
        finally:
            nodes.stop(process)
    return took[0], took[1]


def of_clone(folder: Path) -> list[Measure]:
    first, second = fresh_clone(folder)
    return [
        Measure("fresh_clone_to_wall_s", first, "s", 1, "make run in a fresh clone, with installation; bound 240"),
        Measure("second_run_to_wall_s", second, "s", 1, "make run the second time; bound 30"),
    ]


def of_demo(folder: Path, samples: int, seconds: float) -> list[Measure]:
    with nodes.running(["demo"], folder) as port:
        took = commit_to_pixel(folder, port, samples)
        loads = {viewers: load_of(port, viewers, seconds) for viewers in (1, 200)}
    p50, p95 = np.percentile(took, [50, 95])
    what = f"demo city, 1 s tick, real browser; {samples - len(took)} of {samples} never seen"
    said = f"statements to the three sources in 60 ticks of 1 s, over {seconds:.0f} s; equal for 1 and 200"
    return [
        Measure("commit_to_pixel_p95_s", float(p95), "s", len(took), f"{what}; bound 2.5"),
        Measure("commit_to_pixel_p50_s", float(p50), "s", len(took), what),
        Measure("source_queries_per_min_1_viewer", loads[1].queries_per_min, "1/min", 1, said),
        Measure("source_queries_per_min_200_viewers", loads[200].queries_per_min, "1/min", 1, said),
        Measure("ticks_per_min_1_viewer", loads[1].ticks_per_min, "1/min", 1, "of 60"),
        Measure("ticks_per_min_200_viewers", loads[200].ticks_per_min, "1/min", 1, "of 60"),
    ]


def of_boston(folder: Path) -> list[Measure]:
    if not DATA.is_dir():
        return []
    collected, kpi_ms = boston(folder)
    return [
        Measure("collect_boston_s", collected, "s", 1, "121,145 rows, the whole command; bound 20"),
        Measure("kpi_boston_by_area_type_ms", kpi_ms, "ms", 9, "stated_limit_on_time_rate, median; bound 300"),
    ]


def main(argv: list[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="within a minute: fewer samples, no fresh clone")
    quick = parser.parse_args(argv).quick
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        found = [] if quick else of_clone(folder)
        found += of_demo(folder, 8 if quick else 60, 10 if quick else 60)
        write("live", found + of_boston(folder))


if __name__ == "__main__":
    main(sys.argv[1:])
