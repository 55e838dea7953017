"""Everything that happens to a wall at night, done to it: which walls would have needed somebody's hands?

A process of its own, so that it can wait while others measure: `python -m bench.screens_recovery FILE [--quick]`. It
says "waiting" when the server of the longest outage is gone, and goes on with the rest when it reads a line.
"""

import argparse
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import orjson
from playwright.sync_api import Browser, Page

from bench import nodes
from bench.moving import Moving, browser, moving
from bench.results import Measure
from tests.browser.wire import Wire, reply
from tests.dashboard.picture import HandHouse

LIMIT_S: Final = 60.0  # of service, until the right page is back
DAYS: Final = "5"  # of the demonstration's history
AGE_MS: Final = 3000  # of the data that the invented site shows: what is newer was shown after the harm
OURS: Final = ("/api/", "/wall/")
# The wall of this path, drawn, connected, with data of `since` or later.
BACK: Final = """([path, since]) => {
  const lk = window.lightkeeper;
  const said = document.querySelector("#wall-lost [role=alert]");
  if (location.pathname !== path || !lk?.answers || lk.lost || said) return false;
  const newest = Math.max(...(lk.parts.sources?.columns.as_of ?? [0]));
  return newest >= since && !!document.querySelector("#wall .screen.on [data-panel]")?.textContent;
}"""
# As if somebody had set the machine's clock: the steady clock goes on as before.
SET_CLOCK: Final = """minutes => {
  const Real = Date;
  window.Date = class extends Real {
    constructor(...given) { given.length ? super(...given) : super(Real.now() + minutes * 60000); }
    static now() { return Real.now() + minutes * 60000; }
  };
}"""


@dataclass(frozen=True)
class Case:
    """What was done, and the seconds of service until the wall was right again; None when it was not within LIMIT_S."""

    name: str
    seconds: float | None


def back_after(page: Page, path: str, since_ms: float, keep: Callable[[], object] = lambda: None) -> float | None:
    """Seconds until the wall is right. `keep`: what the site goes on doing meanwhile."""
    began = time.monotonic()
    while time.monotonic() - began < LIMIT_S:
        keep()
        try:
            if page.evaluate(BACK, [path, since_ms]):
                return time.monotonic() - began
        except Exception as error:  # the page is being loaded anew: ask again
            if "navigation" not in str(error) and "context" not in str(error):
                raise
        page.wait_for_timeout(250)
    return None


class Node:
    """A real node with a wall on it that can be killed and started again."""

    def __init__(self, one: Browser, folder: Path) -> None:
        self._folder, self.port = folder, nodes.free_port()
        self._process = self._start()
        self.page = one.new_context(viewport={"width": 1920, "height": 1080}).new_page()
        self.page.goto(f"http://127.0.0.1:{self.port}/wall/main")
        if back_after(self.page, "/wall/main", 1) is None:
            raise RuntimeError("the wall did not come up: there is nothing to recover")

    def _start(self) -> "subprocess.Popen[bytes]":
        process = nodes.start(["demo", "--days", DAYS], self._folder, self.port)
        nodes.wait_until_ready(self.port, 240, process)
        return process

    def kill(self) -> None:
        nodes.stop(self._process, signal.SIGKILL)

    def revive(self) -> float | None:
        """Starts the server again; seconds from its readiness until the wall is right."""
        began_ms = time.time() * 1000
        self._process = self._start()
        return back_after(self.page, "/wall/main", began_ms)

    def close(self) -> None:
        self.page.context.close()
        nodes.stop(self._process)


@contextmanager
def node(one: Browser) -> Iterator[Node]:
    with tempfile.TemporaryDirectory() as name:
        made = Node(one, Path(name))
        try:
            yield made
        finally:
            made.close()


class Street:
    """A wall on the invented site, with a wire between them."""

    def __init__(self, one: Browser, site: Moving, down_s: float) -> None:
        self._browser, self._site, self._down_s = one, site, down_s

    def case(self, name: str, harm: Callable[[Wire, Page], None], script: str | None = None) -> Case:
        """`harm` for a while, then the wire mended; what `harm` did to the page itself stays."""
        wire = Wire(self._site.serving.port)
        page = self._browser.new_context(viewport={"width": 1920, "height": 1080}).new_page()
        if script:
            page.add_init_script(script)
        page.goto(f"{wire.url}/wall/6m")
        self._site.show()
        if back_after(page, "/wall/6m", 1) is None:
            raise RuntimeError(f"{name}: the wall did not come up")
        harm(wire, page)
        self._wait(page, self._down_s)
        wire.mend()
        since = time.time() * 1000 - AGE_MS
        seconds = back_after(page, "/wall/6m", since, self._site.show)
        page.context.close()
        wire.close()
        return Case(name, seconds)

    def _wait(self, page: Page, seconds: float) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self._site.show()
            page.wait_for_timeout(500)

    def renewed(self) -> Case:
        """A new release in place of the old one: the page must be of it."""
        page = self._browser.new_context(viewport={"width": 1920, "height": 1080}).new_page()
        page.goto(f"{self._site.url}/wall/6m")
        serving = self._site.serving
        serving.stop()
        serving.house = self._site.house = HandHouse(serving.house.settings, release="2")
        self._site.show()
        serving.start()
        began = time.monotonic()
        seconds = back_after(page, "/wall/6m", time.time() * 1000 - AGE_MS, self._site.show)
        page.wait_for_timeout(1500)  # a reload that only begins after the figures are there
        again = back_after(page, "/wall/6m", time.time() * 1000 - AGE_MS, self._site.show)
        right = seconds is not None and again is not None and page.evaluate("lightkeeper.page.release") == "2"
        took = time.monotonic() - began
        page.context.close()
        return Case("release changed", took if right else None)


def street_cases(street: Street) -> Iterator[Case]:
    denied = reply("401 Unauthorized", '{"error": "sign in"}', "application/json")
    bad = reply("502 Bad Gateway", "<h1>502</h1>")
    login = reply("200 OK", "<form>sign in</form>")
    yield street.case("network cut", lambda wire, page: wire.cut())
    yield street.case("network silent, nothing breaks", lambda wire, page: wire.fall_silent())
    yield street.case("session expired", lambda wire, page: wire.let_answer(_only_ours(denied)))
    yield street.case("a proxy's 502", lambda wire, page: wire.let_answer(_only_ours(bad)))
    yield street.case("a sign-in page instead of answers", lambda wire, page: wire.let_answer(_only_ours(login)))
    for minutes in (10, -10):
        yield street.case(f"clock {minutes:+d} min from the start", lambda wire, page: None, _clock(minutes))
        yield street.case(f"clock set by {minutes:+d} min", _set_clock(minutes))
    yield street.renewed()


def _clock(minutes: int) -> str:
    return f"({SET_CLOCK})({minutes})"


def _set_clock(minutes: int) -> Callable[[Wire, Page], None]:
    return lambda wire, page: page.evaluate(SET_CLOCK, minutes)


def _only_ours(said: bytes) -> Callable[[str], bytes | None]:
    return lambda path: said if path.startswith(OURS) else None


def killed_for(one: Node, seconds: float) -> Case:
    one.kill()
    one.page.wait_for_timeout(seconds * 1000)
    return Case(f"server killed for {seconds:g} s", one.revive())


def run(quick: bool) -> list[Case]:
    with browser() as one, node(one) as longest:
        longest.kill()
        killed = time.monotonic()
        print("waiting", flush=True)
        sys.stdin.readline()
        with moving() as site:
            found = list(street_cases(Street(one, site, 3.0 if quick else 30.0)))
        if quick:
            return [*found, Case("server killed for 1 s or longer", longest.revive())]
        with node(one) as other:
            found += [killed_for(other, 1), killed_for(other, 60)]
        longest.page.wait_for_timeout(max(1.0, (killed + 600 - time.monotonic()) * 1000))
        gone = time.monotonic() - killed
        return [*found, Case(f"server killed for {gone:.0f} s", longest.revive())]


def of_cases(cases: list[Case]) -> list[Measure]:
    bad = [c.name for c in cases if c.seconds is None]
    worst = max((c.seconds for c in cases if c.seconds is not None), default=None)
    said = "; ".join(f"{c.name}: {'NOT BACK' if c.seconds is None else f'{c.seconds:.1f} s'}" for c in cases)
    return [
        Measure(
            "walls_needing_hands", len(bad), "walls", len(cases), f"right page within 60 s of service; {said}; bound 0"
        ),
        Measure("slowest_recovery_s", worst, "s", len(cases), "of service, until the wall was right; bound 60"),
    ]


def main(argv: list[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--quick", action="store_true")
    asked = parser.parse_args(argv)
    asked.file.write_bytes(orjson.dumps([asdict(case) for case in run(asked.quick)]))


if __name__ == "__main__":
    main(sys.argv[1:])
