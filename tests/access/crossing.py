"""A manager of one county asks everything there is: what of another county comes."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import dash
import httpx

from dashboard import exports
from dashboard.guard import CALLBACKS
from dashboard.server import ANSWERS
from tests.access.test_displays import page_of
from tests.access.town import OTHER, OWN, Town

NUMBER: Final = re.compile(r"20261120\d{6}")


@dataclass
class Crossed:
    """`seen`: order numbers of their own that came. `leaks`: what was asked, and what of the other county came."""

    asked: int = 0
    seen: int = 0
    leaks: list[tuple[str, Any]] = field(default_factory=list)


async def cross(town: Town, figures: Sequence[str]) -> Crossed:
    """Pages, answers, files, live parts and the API's `figures`, asked by the manager of OWN, also for OTHER's."""
    mine, theirs = town.numbers(OWN), town.numbers(OTHER)
    found, asked_for = Crossed(), next(iter(theirs))
    async with town.browser() as browser:
        for what, method, path, more in _questions(theirs, figures):
            with town.visit("boss") as headers:
                said = await browser.request(method, path, headers=headers, **more)
            found.asked += 1
            numbers = set(NUMBER.findall(said.text))
            found.seen += len(numbers & set(mine))
            if leaked := numbers & set(theirs) - {asked_for}:  # what was asked for may be said again
                found.leaks.append((what, sorted(leaked)[:3]))
            if what.startswith("live") and (said.status_code == 403) != (OWN not in path):
                found.leaks.append((what, said.status_code))
            if what.startswith("figure"):
                found.leaks += [(what, value) for value in _of_others(said)]
    return found


def _questions(theirs: dict[str, str], figures: Sequence[str]) -> Iterator[tuple[str, str, str, dict[str, Any]]]:
    number, key = next(iter(theirs.items()))
    for query in ("", f"unit={OTHER}&show=all", f"order=orders:{key}", f"q={number}&by_station=S1"):
        for name in ANSWERS:
            yield f"answer {name} {query}", "GET", f"/answer/{name}?{query}&_at=/orders", {}
    for name in (*exports.LISTS, "alerts"):
        for query in ("", f"unit={OTHER}"):
            yield f"export {name} {query}", "GET", f"/export/{name}.csv?{query}", {}
    for path in [p["path"] for p in dash.page_registry.values() if not p["path"].startswith("/wall")]:
        yield f"page {path}", "POST", CALLBACKS, {"json": page_of(path)}
    for view in (f"situation@{OWN}", f"situation@{OTHER}", "situation"):
        yield f"live {view}", "GET", f"/api/live?view={view}&wait=0", {}
    for figure in figures:
        yield f"figure {figure} by county", "GET", f"/api/kpis/{figure}?by=county", {}
        yield f"figure {figure} of {OTHER}", "GET", f"/api/kpis/{figure}?where=county={OTHER}", {}


def _of_others(said: httpx.Response) -> list[Any]:
    """Values of an answer of /api/kpis that rest on rows of another county."""
    if said.status_code != 200:
        return []
    asked_for_other = "where" in said.request.url.params
    return [v for v in said.json() if v["n"] and (asked_for_other or v["by"].get("county", OWN) not in (OWN, None))]
