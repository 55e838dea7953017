"""How long a manager waits: from a filter's change to its figures and rows painted, and from nothing to the first page.

A real browser on a real node that serves the made city of 3.65 million orders (bench.city).
"""

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final
from urllib.parse import urlencode

import numpy as np
from playwright.sync_api import Browser, Page, sync_playwright

from bench import city, nodes
from bench.columns import Size
from bench.results import Measure, write

FLAGS: Final = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
FOLDER: Final = Path("var/bench/city")
QUICK: Final = Size(days=60)
PERIODS: Final = ("today", "7d", "30d", "all")
USUAL: Final = "7d"  # not written into an address
DEFINITIONS: Final = ("arrival_on_time_rate", "restoration_on_time_rate", "complaint_repeat_rate", "satisfaction_rate")
# Sets the address as the page's controls do, and answers how long it took until all that hangs on it was painted.
CHANGE: Final = """(search) => new Promise((done, failed) => {
  const places = ["orders-figures", "orders-by-unit", "orders-count", "orders-empty", "orders-grid"];
  const began = performance.now();
  const real = window.fetch;
  let answered = 0;
  let open = 0;
  let last = began;
  let settled = 0;
  let over = false;
  const settle = () => {
    clearTimeout(settled);
    if (over || open || !answered) return;
    settled = setTimeout(() => {
      over = true; // a frame that is still to come must not put away the next change's fetch
      watch.disconnect();
      window.fetch = real;
      done(last - began);
    }, 150); // nothing more is painted: long enough for what a late answer starts
  };
  setTimeout(() => failed(new Error(`${search}: ${answered} answers after 60 s, ${open} open`)), 60000);
  const painted = () => requestAnimationFrame(() => requestAnimationFrame(() => {
    last = performance.now();
    settle();
  }));
  window.fetch = (...args) => {
    const address = String(args[0]?.url ?? args[0]);
    if (!/_dash-update-component|^.answer.orders/.test(address)) return real(...args);
    open += 1;
    return real(...args).finally(() => {
      open -= 1;
      answered += address.startsWith("/answer/orders?");
      settle();
    });
  };
  const watch = new MutationObserver(painted);
  const deep = { subtree: true, childList: true, characterData: true, attributes: true };
  for (const id of places) watch.observe(document.getElementById(id), deep);
  window.lightkeeper.go(search);
})"""
PAINTED: Final = """() => {
  const figure = document.querySelector("#orders-figures .kpi .number, #orders-figures .kpi .none");
  const row = document.querySelector("#orders-grid .ag-row [col-id=order_no]");
  const first = performance.getEntriesByName("first-contentful-paint")[0];
  return figure && row && row.textContent && first ? [first.startTime, performance.now()] : null;
}"""


def filters(n: int, seed: int = 7) -> list[str]:
    """`n` different addresses: units, kinds, channels, periods, own days, states, figures with what went wrong."""
    draw = np.random.default_rng(seed)
    found: dict[str, None] = {}
    while len(found) < n:
        found[_address(draw)] = None
    return list(found)


def _address(draw: np.random.Generator) -> str:
    args: dict[str, str] = {}
    if draw.random() < 0.6:
        args["unit"] = f"S{draw.integers(180):03d}" if draw.random() < 0.5 else f"C{draw.integers(12):02d}"
    if draw.random() < 0.35:
        args["category"] = str(draw.choice(["fault_report", "complaint", "enquiry", "opinion", "urging"]))
    if draw.random() < 0.25:
        args["channel"] = str(draw.choice(["95598", "app", "12345", "12398"]))
    if draw.random() < 0.2:
        first = city.NOW.date().replace(day=1, month=int(draw.integers(1, 10)))
        args |= {"from": str(first), "to": str(first.replace(day=int(draw.integers(2, 28))))}
    else:
        period = str(draw.choice(PERIODS, p=(0.2, 0.3, 0.3, 0.2)))
        args |= {"period": period} if period != USUAL else {}  # as the controls write an address
    if draw.random() < 0.3:
        args |= {"kpi": str(draw.choice(DEFINITIONS)), "outcome": str(draw.choice(["failure", "success"]))}
    elif draw.random() < 0.25:
        args["state"] = str(draw.choice(["open", "closed"]))
    return urlencode(args)


def asked(page: Page, addresses: Sequence[str]) -> list[tuple[str, float]]:
    """Milliseconds of each, in the order asked."""
    return [(address, float(page.evaluate(CHANGE, f"?{address}"))) for address in addresses]


def painted(page: Page, limit_s: float = 120) -> tuple[float, float]:
    """Milliseconds from the navigation's start to the first contentful paint, and until figures and rows stood."""
    until = time.monotonic() + limit_s
    while time.monotonic() < until:
        if found := page.evaluate(PAINTED):
            return float(found[0]), float(found[1])
        page.wait_for_timeout(20)
    raise TimeoutError(f"no figures and rows within {limit_s:g} s")


def changes(browser: Browser, url: str, n: int) -> tuple[list[tuple[str, float]], list[float]]:
    """Filters never asked before, and the same once more."""
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.goto(f"{url}/orders")
    painted(page)
    page.evaluate(CHANGE, "?period=all&unit=S001")  # the past is counted once, as a node has long done
    cold = asked(page, filters(n))
    seen = asked(page, [address for address, _ in cold])
    page.close()
    return cold, [ms for _, ms in seen]


def first_paints(browser: Browser, url: str, n: int) -> list[tuple[float, float]]:
    """First contentful paint, and figures and rows, of new browsers with an empty cache."""
    found = []
    for _ in range(n):
        context = browser.new_context(viewport={"width": 1440, "height": 900})
        page = context.new_page()
        page.goto(f"{url}/orders", wait_until="commit")
        found.append(painted(page))
        context.close()
    return found


def of_filters(folder: Path | None = None, quick: bool = False) -> list[Measure]:
    """On the city in `folder` (made when it is not there)."""
    place = (folder or FOLDER) / ("quick" if quick else "full")
    city.built(place.resolve(), QUICK if quick else None)
    arguments = ["run", "--config", str(place.resolve() / "lightkeeper.toml"), "--clock", city.CLOCK]
    n, paints = (12, 2) if quick else (80, 7)
    with nodes.running(arguments, place) as port, sync_playwright() as playwright:
        url = f"http://127.0.0.1:{port}"
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=list(FLAGS))
        cold, seen = changes(browser, url, n)
        first = first_paints(browser, url, paints)
        browser.close()
    return _measures([ms for _, ms in cold], seen, [ms for a, ms in cold if "period=all" in a], first, quick)


def _measures(
    cold: list[float], seen: list[float], whole: list[float], first: list[tuple[float, float]], quick: bool
) -> list[Measure]:
    rows = "300,000" if quick else "3.65 million"
    what = f"{rows} orders, 1 s tick, real browser: change of the address until figures, count and rows are painted"
    paint = "new browser, empty cache, /orders, loopback"
    bare, stand = zip(*first, strict=True)
    return [
        Measure("filter_p95_ms", float(np.percentile(cold, 95)), "ms", len(cold), f"{what}; never asked; bound 300"),
        Measure("filter_p50_ms", float(np.median(cold)), "ms", len(cold), what),
        Measure("filter_seen_p95_ms", float(np.percentile(seen, 95)), "ms", len(seen), "the same filters once more"),
        Measure("filter_all_years_p50_ms", float(np.median(whole)) if whole else None, "ms", len(whole), "period=all"),
        Measure(
            "first_paint_cold_ms", float(np.median(stand)), "ms", len(stand), f"{paint}; figures and rows; bound 1,500"
        ),
        Measure("first_contentful_paint_ms", float(np.median(bare)), "ms", len(bare), paint),
    ]


def main(argv: list[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="60 days, few filters")
    parser.add_argument("--folder", type=Path, default=FOLDER)
    given = parser.parse_args(argv)
    write("filters", of_filters(given.folder, given.quick))


if __name__ == "__main__":
    main(sys.argv[1:])
