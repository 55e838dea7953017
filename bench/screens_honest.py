"""Sources stop at random: does a panel go on looking fresh? And does any page ask for something outside the server?"""

import re
import time
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import urlsplit

import numpy as np
from playwright.sync_api import Browser, Page, Route

from bench import nodes
from bench.moving import Moving, bodies
from bench.results import Measure
from dashboard.screens import SCREENS
from tests.dashboard.picture import columns, ms

PROMISE_S: Final = 4.0  # of every source here
GRACE_S: Final = 3.0  # a tick, an answer and a drawing
FEEDS: Final = {"orders": ["work_orders", "units"], "outage": ["outages"], "revisits": ["surveys"]}
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


def _sources(now: datetime, stopped: dict[str, datetime]) -> dict[str, Any]:
    at = {name: ms(stopped.get(name, now)) for name in FEEDS}
    rows = [(name, feeds, at[name], at[name], PROMISE_S, "ok", None) for name, feeds in FEEDS.items()]
    return {"columns": columns("name feeds as_of read_at fresh_s state error", *rows)}


def _show(site: Moving, stopped: dict[str, datetime]) -> None:
    site.house.site_now = now = datetime.now(UTC)
    site.turn += 1
    site.house.show(**{**bodies(now, site.turn), "sources": _sources(now, stopped)})


def _run(site: Moving, page: Page, stopped: dict[str, datetime], seconds: float) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        _show(site, stopped)
        page.wait_for_timeout(500)


def opened(browser: Browser, site: Moving, presets: tuple[str, ...]) -> list[Page]:
    """Every screen of the presets, each held in a page of its own."""
    pages = []
    for preset in presets:
        for name, by_preset in SCREENS.items():
            for number in range(len(by_preset[preset])):  # type: ignore[index]
                page = browser.new_context(viewport={"width": 1920, "height": 1080}).new_page()
                page.goto(f"{site.url}/wall/{preset}?page={name}&screen={number}")
                page.locator(".screen.on [data-panel]").first.wait_for(timeout=60_000)
                pages.append(page)
    return pages


def of_honesty(browser: Browser, site: Moving, presets: tuple[str, ...], stops: int) -> list[Measure]:
    """Random sets of sources stop for a while; what shows their data must say so, and nothing else may."""
    chance = np.random.default_rng(3)
    pages = opened(browser, site, presets)
    confident: list[str] = []
    alarmed: list[str] = []
    looked = 0
    for _ in range(stops):
        stopping = [str(name) for name in chance.permutation(list(FEEDS))[: chance.integers(1, len(FEEDS) + 1)]]
        _run(site, pages[0], {}, float(chance.uniform(1.0, 3.0)))
        at = datetime.now(UTC)
        stopped = dict.fromkeys(stopping, at)
        _run(site, pages[0], stopped, PROMISE_S + GRACE_S)
        dead = {table for name in stopping for table in FEEDS[name]}
        for page in pages:
            for panel, tables, is_late in page.evaluate(LOOKS, [TABLES, ms(at) + PROMISE_S * 1000]):
                looked += 1
                should = tables is None or bool(dead & set(tables))  # a panel nobody knows must be added to TABLES
                (confident if should and not is_late else alarmed if is_late and not should else []).append(panel)
    for page in pages:
        page.context.close()
    what = f"{stops} random stops of 1 to 3 of 3 sources, all screens of {' and '.join(presets)}"
    named = f"; {', '.join(sorted(set(confident)))}" if confident else ""
    falsely = f"; {', '.join(sorted(set(alarmed)))}" if alarmed else ""
    return [
        Measure(
            "wrong_but_confident_panels",
            len(confident),
            "panels",
            looked,
            f"{what}; looked {PROMISE_S + GRACE_S:g} s after the stop, promised {PROMISE_S:g} s; bound 0{named}",
        ),
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
