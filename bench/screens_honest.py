"""Sources stop at random: does a panel go on looking fresh? And does any page ask for something outside the server?"""

import math
import re
import time
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import numpy as np
import orjson
from playwright.sync_api import Browser, Page, Route

from bench import nodes, stops
from bench.results import Measure
from dashboard.screens import SCREENS
from settings import Wall
from tests.dashboard.picture import ms

PROMISE_S: Final = 8.0  # of every source here: a busy bench machine must be able to keep it
GRACE_S: Final = 4.0  # a poll, a tick, an answer and a drawing
BACK_S: Final = 120.0  # longest time until a source that lives again was read
TABLES: Final = {
    "map": ["work_orders", "outages"],
    "repairs": ["work_orders"],
    "limits": ["work_orders"],
    "stages": ["work_orders"],
    "load": ["work_orders"],
    "crews": ["work_orders"],
    "estimates": ["outages"],
    "running": ["outages"],
    "log": [],  # our own ledger: it has no source that could stop
}
# Per panel and per figure: the tables behind it, and whether it looks late once the site's time is `until` on the page
# and every panel was drawn again since: a bench machine may be slower than a wall.
LOOKS: Final = """async ([tables, until]) => {
  const pause = (ms) => new Promise((done) => setTimeout(done, ms));
  while (!(window.lightkeeper.now() >= until)) await pause(100);
  await pause(1100);
  const late = (node) => !!node.querySelector(".age.flag.inverse, .qq.flag.inverse, .value.stale, .hatch, .void");
  const of = { out: ["outages"], levels: ["work_orders"], alerts: [] };
  const kpis = window.lightkeeper.rows(window.lightkeeper.parts.kpis);
  const found = [];
  for (const place of document.querySelectorAll("#wall .screen.on [data-panel]")) {
    const panel = place.dataset.panel;
    if (place.dataset.empty === "1") continue;
    if (panel !== "tiles") found.push([panel, tables[panel] ?? null, late(place)]);
    else for (const tile of place.querySelectorAll(".tile")) {
      const key = tile.dataset.key;
      found.push([key, of[key] ?? [kpis.find((k) => k.key === key)?.table], late(tile)]);
    }
  }
  return found;
}"""


def opened(browser: Browser, port: int, walls: Sequence[str]) -> list[Page]:
    """Every screen of these walls, each held in a page of its own."""
    known, pages = tomllib.loads(stops.CONFIG.read_text(encoding="utf-8"))["walls"], []
    for wall in walls:
        profile = Wall.model_validate(known[wall])
        for name in profile.pages:
            for number in range(len(SCREENS[name][profile.preset])):
                page = browser.new_context(viewport={"width": 1920, "height": 1080}).new_page()
                page.goto(f"http://127.0.0.1:{port}/wall/{wall}?page={name}&screen={number}")
                page.locator(".screen.on [data-panel]").first.wait_for(timeout=60_000)
                pages.append(page)
    return pages


def overdue(port: int) -> dict[str, float]:
    """By how many seconds each table of a source is past its promise, as the node has it; below 0 while it is kept."""
    answer = orjson.loads(nodes.get(f"http://127.0.0.1:{port}/api/live?view=situation&parts=sources&wait=0"))
    told = answer["parts"]["sources"]["columns"]
    now = time.time()
    rows = zip(told["name"], told["table"], told["as_of"], told["fresh_s"], strict=True)
    return {f"{n}, {t}": math.inf if at is None else now - at / 1000 - fresh_s for n, t, at, fresh_s in rows}


def fresh(page: Page, port: int) -> None:
    """Waits until every table keeps its promise. Errors: TimeoutError when one does not come back."""
    end = time.monotonic() + BACK_S
    while max(overdue(port).values()) > -1:
        if time.monotonic() > end:
            raise TimeoutError(f"after {BACK_S:g} s a source that lives is still late: {overdue(port)}")
        page.wait_for_timeout(200)


def of_honesty(browser: Browser, folder: Path, walls: Sequence[str], times: int) -> list[Measure]:
    """Random databases stop in random ways; what shows their data must say so, and nothing else may."""
    chance = np.random.default_rng(3)
    confident: list[str] = []
    alarmed: list[str] = []
    looked, ways = 0, []
    with stops.living(folder, PROMISE_S) as (databases, port):
        pages = opened(browser, port, walls)
        for _ in range(times):
            fresh(pages[0], port)
            names = [str(name) for name in chance.permutation(list(stops.FEEDS))[: chance.integers(1, 4)]]
            by = {name: str(chance.choice(stops.WAYS)) for name in names}
            ways += [f"{name} {way}" for name, way in by.items()]
            until = ms(max(databases.stop(name, way) for name, way in by.items())) + (PROMISE_S + GRACE_S) * 1000
            dead = {table for name in names for table in stops.FEEDS[name]}
            for page in pages:
                for panel, tables, is_late in page.evaluate(LOOKS, [TABLES, until]):
                    looked += 1
                    should = tables is None or bool(dead & set(tables))  # a panel nobody knows: add it to TABLES
                    (confident if should and not is_late else alarmed if is_late and not should else []).append(panel)
            databases.go_on()
        for page in pages:
            page.context.close()
    return _honest(confident, alarmed, looked, f"walls {' and '.join(walls)}; stopped: {', '.join(ways)}")


def _honest(confident: list[str], alarmed: list[str], looked: int, what: str) -> list[Measure]:
    named, falsely = (f"; {', '.join(sorted(set(panels)))}" if panels else "" for panels in (confident, alarmed))
    when = f"looked {GRACE_S:g} s after the promised {PROMISE_S:g} s, real databases under a real node; bound 0"
    return [
        Measure("wrong_but_confident_panels", len(confident), "panels", looked, f"{what}; {when}{named}"),
        Measure("falsely_stale_panels", len(alarmed), "panels", looked, f"{what}; their sources went on{falsely}"),
    ]


def paths(port: int) -> list[str]:
    """Every page of the node, by its own list in the answer to an unknown path."""
    try:
        nodes.get(f"http://127.0.0.1:{port}/there-is-no-such-page")
    except OSError as error:
        listed = re.findall(r'href="(/[^"]*)"', error.read().decode())  # type: ignore[attr-defined]
        known = [p for p in dict.fromkeys(listed) if not p.startswith("/assets/")]
        return [*known, *(f"{p}?page={name}" for p in known if p.startswith("/wall/") for name in SCREENS)]
    raise RuntimeError("an unknown path was answered as a page")


def of_outside(browser: Browser, port: int, some: int | None) -> list[Measure]:
    """Opens each page in both languages and counts what it asks of anybody else. `some`: only so many."""
    asked: list[str] = []
    seen: list[str] = []
    own = f"127.0.0.1:{port}"

    def only_ours(route: Route) -> None:
        if urlsplit(route.request.url).netloc == own or route.request.url.startswith(("data:", "blob:")):
            route.continue_()
        else:
            asked.append(route.request.url)
            route.abort()

    for path in paths(port)[:some]:
        for language in ("zh", "en"):
            context = browser.new_context(viewport={"width": 1440, "height": 900}, service_workers="block")
            context.route("**/*", only_ours)
            page = context.new_page()
            page.goto(f"http://{own}{path}{'&' if '?' in path else '?'}lang={language}")
            page.wait_for_timeout(2500)  # what is loaded late: the map, the list
            seen.append(path)
            context.close()
    note = f"{', '.join(dict.fromkeys(seen))}, each in two languages; everything refused but the server; bound 0"
    return [Measure("outside_requests", len(asked), "requests", len(seen), note)]
