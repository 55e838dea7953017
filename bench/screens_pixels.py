"""From a snapshot to the pixels: how long until everything that changed is painted, and what months of it cost."""

import time
from collections.abc import Callable
from typing import Any, Final

import numpy as np
from playwright.sync_api import Browser, CDPSession, Page

from bench import charts
from bench.moving import Moving
from bench.results import Measure
from dashboard import server

TICK_S: Final = 2.0
# Drawing happens in the first frame after an answer; the picture stands when the second frame after that begins.
FRAMES: Final = """
  const frames = (n) => new Promise((done) => {
    const next = (left) => (left ? requestAnimationFrame(() => next(left - 1)) : done());
    next(n);
  });
  window.painted = {};
"""
WALL: Final = (
    """part => {"""
    + FRAMES
    + """
  const graph = () => document.querySelector(".screen.on #wall-map .js-plotly-plot");
  window.moved = new Set();
  const all = { subtree: true, childList: true, characterData: true, attributes: true };
  new MutationObserver((records) => {
    for (const r of records) moved.add(r.target.parentElement?.closest(".on > [data-panel]")?.dataset.panel);
  }).observe(document.getElementById("wall"), all);
  let plotted = 0;
  graph()?.on("plotly_afterplot", () => (plotted += 1));
  window.lightkeeper.subscribe(part, async ({ turn, shown_ms }) => {
    if (!turn) return;
    const before = plotted;
    const whole = part === "sources" && graph();
    await frames(1);
    const until = performance.now() + 1900;
    while (whole && plotted === before && performance.now() < until) await frames(1);
    await frames(2);
    window.painted[turn] = whole && plotted === before ? null : Date.now() - shown_ms;
  });
}"""
)
CHARTS: Final = (
    """() => {"""
    + FRAMES
    + """
  const graphs = [...document.querySelectorAll(".js-plotly-plot")];
  window.lightkeeper.page.parts = ["charts"];
  window.lightkeeper.subscribe("charts", async ({ turn, shown_ms, values }) => {
    const plotted = graphs.map((g) => new Promise((done) => g.once("plotly_afterplot", done)));
    values.forEach((y, i) => window.dash_clientside.set_props(`chart-${i}`, {
      figure: { data: [{ type: "scatter", mode: "lines", y }], layout: { uirevision: "stays", height: 220 } },
    }));
    await Promise.all(plotted);
    await frames(2);
    window.painted[turn] = Date.now() - shown_ms;
  });
}"""
)


def _ticks(page: Page, show: Callable[[], int], samples: int, tick_s: float) -> list[float]:
    """Milliseconds from each show to its pixels; a turn that was never painted whole counts as infinitely late."""
    turns = []
    for _ in range(samples + 1):
        turns.append(show())
        page.wait_for_timeout(tick_s * 1000)
    page.wait_for_timeout(1000)
    painted: dict[str, float | None] = page.evaluate("window.painted")
    found = [painted.get(str(turn)) for turn in turns[1:]]  # the first pays for what is compiled once
    return [np.inf if ms is None else float(ms) for ms in found]


def _measure(name: str, took: list[float], note: str) -> Measure:
    seen = [ms for ms in took if np.isfinite(ms)]
    value = float(np.percentile(seen, 95)) if len(seen) == len(took) else None
    p50 = f"median {np.median(seen):.0f}" if seen else "none seen"
    return Measure(name, value, "ms", len(took), f"{note}; {p50}; {len(took) - len(seen)} never painted")


def of_pixels(browser: Browser, site: Moving, quick: bool) -> list[Measure]:
    samples, tick_s = (6, 1.0) if quick else (45, TICK_S)
    page = browser.new_page(viewport={"width": 1920, "height": 1080})
    page.goto(f"{site.url}/wall/3m?page=situation")
    page.locator(".screen.on #wall-map .choroplethlayer path").first.wait_for(timeout=60_000, state="attached")
    page.evaluate(WALL, "sources")
    whole = _ticks(page, site.show, samples, tick_s)
    moved = sorted(name for name in page.evaluate("[...window.moved]") if name)
    page.evaluate("window.painted = {}")
    page.evaluate(WALL, "outages")
    one = _ticks(page, lambda: site.show("outages"), samples, tick_s)
    page.close()
    twelve = _twelve(browser, site, samples, tick_s)
    what = f"show to the second frame after all was drawn, {tick_s:g} s tick, no GPU"
    return [
        _measure("tick_to_pixel_p95_ms", twelve, f"page of 12 dcc.Graph fed by the live script; {what}; bound 600"),
        _measure(
            "tick_to_pixel_wall_p95_ms", whole, f"Situation at 3 m, all panels changed ({', '.join(moved)}); {what}"
        ),
        _measure("tick_to_pixel_one_panel_p95_ms", one, f"only the outages changed; {what}; bound 250"),
    ]


def _twelve(browser: Browser, site: Moving, samples: int, tick_s: float) -> list[float]:
    page = browser.new_page(viewport={"width": 1920, "height": 1080})
    page.goto(site.url + charts.PATH)
    for i in range(charts.CHARTS):
        page.locator(f"#chart-{i} .js-plotly-plot .main-svg").first.wait_for(timeout=60_000, state="attached")

    def show() -> int:
        turn = site.turn + 1
        return site.show(charts={**charts.part(turn), "turn": turn, "shown_ms": time.time() * 1000})

    show()
    page.evaluate(CHARTS)
    took = _ticks(page, show, samples, tick_s)
    page.close()
    return took


def with_charts() -> None:
    """Puts the page of charts among the pages of the next server that is made."""
    server.PAGES = (*server.PAGES, charts.register)  # type: ignore[misc]


def _counted(session: CDPSession) -> dict[str, float]:
    """Used heap in bytes, nodes and listeners after two collections of garbage."""
    for _ in range(2):
        session.send("HeapProfiler.collectGarbage")
    metrics: list[dict[str, Any]] = session.send("Performance.getMetrics")["metrics"]
    return {m["name"]: float(m["value"]) for m in metrics}


class Soak:
    """A rotating wall that is told something new several times a second, weighed at moments when it shows the same."""

    WARM_TICKS: Final = 300  # five minutes at a tick a second
    WEIGHINGS: Final = 8

    def __init__(self, browser: Browser, site: Moving, ticks_s: float) -> None:
        self._site, self._ticks_s = site, ticks_s
        self._page = browser.new_page(viewport={"width": 1920, "height": 1080})
        self._page.goto(f"{site.url}/wall/6m")
        self._page.locator(".tile .value").first.wait_for(timeout=60_000, state="attached")
        self._session = self._page.context.new_cdp_session(self._page)
        self._session.send("Performance.enable")

    def run(self, minutes: float) -> tuple[list[dict[str, float]], int]:
        """What was weighed, the first after the warm-up, and the ticks in between."""
        warm = min(self.WARM_TICKS, int(minutes * 60 * self._ticks_s / 2))
        self._tick(warm)
        found, first = [self._weigh()], self._site.turn
        end = time.monotonic() + minutes * 60
        while time.monotonic() < end:
            part = min(minutes * 60 / self.WEIGHINGS, max(1.0, end - time.monotonic()))
            self._tick(int(part * self._ticks_s))
            found.append(self._weigh())
        self._page.close()
        return found, self._site.turn - first

    def _tick(self, ticks: int) -> None:
        due = time.monotonic()
        for _ in range(ticks):
            self._site.show()
            due += 1 / self._ticks_s
            self._page.wait_for_timeout(max(1.0, (due - time.monotonic()) * 1000))

    def _weigh(self) -> dict[str, float]:
        """Always the same turn of the site on the same screen."""
        turn, self._site.turn = self._site.turn, -1
        self._site.show()
        self._site.turn = turn
        self._page.locator('.screen.on[data-screen="situation"]').wait_for(state="attached", timeout=120_000)
        self._page.wait_for_timeout(1500)  # the cross-fade and a drawing
        return _counted(self._session)


def of_soak(browser: Browser, site: Moving, minutes: float, ticks_s: float) -> list[Measure]:
    found, ticks = Soak(browser, site, ticks_s).run(minutes)
    heap, nodes, listeners = ([f[name] for f in found] for name in ("JSHeapUsedSize", "Nodes", "JSEventListeners"))
    few = max(1, len(found) // 4)
    first, last = float(np.median(heap[:few])), float(np.median(heap[-few:]))
    grown = float(np.median(nodes[-few:]) - np.median(nodes[:few]))
    what = (
        f"rotating wall at 6 m, {ticks} ticks at {ticks_s:g} a second in {minutes:g} min after the first "
        f"{Soak.WARM_TICKS} (30 min at 1 s are 1,800); weighed {len(found)} times"
    )
    mb = ", ".join(f"{h / 1e6:.1f}" for h in heap)
    heard = f"listeners {listeners[0]:.0f} to {listeners[-1]:.0f}"
    return [
        Measure("heap_growth_30min_pct", (last / first - 1) * 100, "%", len(found), f"{what}; MB: {mb}; bound 5"),
        Measure("dom_nodes_growth", grown, "nodes", len(found), f"{what}; {heard}; bound 0"),
    ]
