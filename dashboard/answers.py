"""What a page asks with its address: the text of its places and the data of its list, in one answer.

Dash draws the page and its controls; what changes with every filter comes this way (ADR 0017), because Dash asks each
of its components at every change of anything.
"""

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

import orjson
from fastapi import FastAPI, Request
from fastapi.responses import Response

from dashboard.house import House
from store.facts.errors import StoreError

PATH: Final = "/answer/"
AT: Final = "_at"  # path of the page that asks, for the links in what it gets
FIRST_SCRIPT: Final = """<script>
(() => {
  const lk = (window.lightkeeper ??= {});
  lk.addressOf = (path, words) => {
    const given = [...new URLSearchParams(location.search)];
    const asked = new URLSearchParams(given.filter(([word]) => !word.startsWith("_")));
    for (const [word, value] of Object.entries({ _at: location.pathname, ...words })) asked.set(word, value);
    return `${path}?${asked}`;
  };
  const first = %s;
  if (!first) return;
  const path = lk.addressOf(first.path, first.words);
  const answer = fetch(path).then((got) => (got.ok ? got.json() : Promise.reject(new Error(got.status))));
  answer.catch(() => {}); // whoever takes it is told
  lk.early = (asked) => ((lk.early = null), asked === path ? answer : null);
})();
</script>"""
# Questions that nobody waits for any more run to their end: they hold up each other, not the node's own answers.
POOL: Final = ThreadPoolExecutor(4, thread_name_prefix="answer")
# Of pages that may take minutes: one is answered, the second thread tells those who ask meanwhile.
SLOW: Final = ThreadPoolExecutor(2, thread_name_prefix="slow-answer")
Answer = dict[str, Any]
Answering = Callable[[House, str, Mapping[str, str]], Answer]  # the address' search, and what the script adds ("_...")


@dataclass(frozen=True)
class Part:
    """A further question of a page, asked after its own. `without`: words of the address it does not follow; `fold`: id
    of the fold it stands in, and it is asked only while that is open."""

    name: str
    without: tuple[str, ...] = ()
    fold: str | None = None


@dataclass(frozen=True)
class Asking:
    """What a page asks. `opens`: words of its address that its own question does not follow; `first`: what is asked
    beside the address when the page begins; `live`: parts of the snapshot that it follows beside the frame's; `graphs`:
    it draws with Dash's graphs."""

    name: str
    opens: tuple[str, ...] = ()
    first: Mapping[str, str] = field(default_factory=dict)
    parts: tuple[Part, ...] = ()
    live: tuple[str, ...] = ()
    graphs: bool = False

    def data(self) -> dict[str, Any]:
        """As the scripts take it."""
        parts = [{"path": f"{PATH}{p.name}", "opens": p.without, "fold": p.fold} for p in self.parts]
        asks = {"path": f"{PATH}{self.name}", "opens": self.opens, "words": dict(self.first), "parts": parts}
        return asks | ({"live": self.live} if self.live else {})


def first_script(asking: Asking | None) -> str:
    """Asks while the page's scripts still load: the answer is there when they are."""
    data = orjson.dumps(asking.data()).decode() if asking else "null"
    return FIRST_SCRIPT % data.replace("<", "\\u003c")


def add(server: FastAPI, house: House, pages: Mapping[str, Answering], slow: Mapping[str, Answering]) -> None:
    """A route for each of `pages` and `slow`: name in the path -> what answers. Those of `slow` wait for no others, and
    hold up none."""
    every = {**pages, **slow}

    @server.get(PATH + "{name}")
    async def answer(name: str, request: Request) -> Response:
        if name not in every:
            return Response(f"there is no question {name}", status_code=404, media_type="text/plain")
        added = {word: value for word, value in request.query_params.items() if word.startswith("_")}
        try:
            context, asked = copy_context(), partial(every[name], house, request.url.query, added)
            pool = SLOW if name in slow else POOL
            found = await asyncio.get_running_loop().run_in_executor(pool, context.run, asked)
        except ValueError as error:
            return Response(f"{name}: {error}", status_code=400, media_type="text/plain")
        except StoreError as error:
            return Response(f"{name}: {error}", status_code=503, media_type="text/plain")
        return Response(orjson.dumps(found), media_type="application/json", headers={"cache-control": "no-store"})
