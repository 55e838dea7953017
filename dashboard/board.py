"""The board: the newest snapshot of each view, ready to be sent, and the bell that wakes whoever waits for it."""

import asyncio
import gzip
import threading
import time
from collections.abc import Callable, Mapping, Set
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Protocol

import orjson

ALWAYS: Final = "situation"
WATCHED_S: Final = 60.0  # a view is built this long after somebody last asked for it
MOST_VIEWS: Final = 32  # beside those of the walls; more are forgotten, the least recently asked first
MOST_ANSWERS: Final = 16  # kept of one snapshot; who asks in turn for every set of parts can not fill the memory
COMPRESSION: Final = 5  # level 9 saves 1 % more on these bodies at twice the time


class PartLike(Protocol):
    @property
    def version(self) -> str: ...
    @property
    def body(self) -> Mapping[str, Any]: ...


class SnapshotLike(Protocol):
    @property
    def view(self) -> str: ...
    @property
    def now(self) -> datetime: ...
    @property
    def parts(self) -> Mapping[str, PartLike]: ...


@dataclass(frozen=True)
class Answer:
    """One reply of /api/live. `raw` and `packed` say the same; made once for all who lack these parts."""

    raw: bytes
    packed: bytes
    parts: tuple[str, ...]


@dataclass(frozen=True)
class _Shown:
    """One view as last shown. Replaced whole, never changed, except for the answers already made of it."""

    view: str
    now_ms: int
    parts: dict[str, tuple[str, bytes]]  # name -> (version, JSON)
    answers: dict[frozenset[str], Answer] = field(default_factory=dict)  # the one used last stands last

    def lacking(self, have: Mapping[str, str], only: Set[str] | None) -> frozenset[str]:
        return frozenset(n for n, (v, _) in self.parts.items() if have.get(n) != v and (only is None or n in only))


def _json(part: PartLike) -> bytes:
    return orjson.dumps({"version": part.version, **part.body}, option=orjson.OPT_SERIALIZE_NUMPY)


def _codes(snapshot: SnapshotLike) -> frozenset[str]:
    """The units that rows of `snapshot` name: those of the tree, and those on the map though they have no name."""
    bodies = [snapshot.parts[name].body for name in ("units", "counties") if name in snapshot.parts]
    return frozenset(code for body in bodies for code in body.get("columns", {}).get("code", ()))


class Board:
    """Written by the tick's thread, read by the server's event loop. The newest snapshot wins; none is queued.

    `walls`: the views of the site's own walls, however many: what else is asked for never pushes one of them out.
    """

    def __init__(
        self, release: str, monotonic: Callable[[], float] = time.monotonic, walls: frozenset[str] = frozenset()
    ) -> None:
        self.release = release
        self._monotonic, self._walls = monotonic, walls
        self._lock = threading.Lock()
        self._shown: dict[str, _Shown] = {}
        self._units: frozenset[str] = frozenset()
        self._asked: dict[str, float] = {}
        self._bells: dict[asyncio.AbstractEventLoop, asyncio.Event] = {}

    def show(self, snapshot: SnapshotLike) -> None:
        """Puts `snapshot` up and wakes all who wait. A part whose version stayed is not serialised again."""
        before = self._shown.get(snapshot.view)
        old = before.parts if before else {}
        parts = {
            name: old[name] if name in old and old[name][0] == part.version else (part.version, _json(part))
            for name, part in snapshot.parts.items()
        }
        shown = _Shown(snapshot.view, int(snapshot.now.timestamp() * 1000), parts)
        # What nearly everybody lacks is packed here, in the tick's thread: the server's loop only sends it.
        self._answer(shown, shown.lacking({name: version for name, (version, _) in old.items()}, None))
        with self._lock:
            self._shown[snapshot.view] = shown
            if snapshot.view == ALWAYS:
                self._units = _codes(snapshot)
            self._forget_unwatched()
            bells, self._bells = self._bells, {}
        for loop, bell in bells.items():
            with suppress(RuntimeError):  # a loop that was closed meanwhile has nobody waiting
                loop.call_soon_threadsafe(bell.set)

    def latest(self, view: str) -> dict[str, Any] | None:
        """The parts of `view` as data, for tests and pages that draw once; None when it was never shown."""
        shown = self._shown.get(view)
        return {name: orjson.loads(body) for name, (_, body) in shown.parts.items()} if shown else None

    def part_names(self) -> frozenset[str]:
        """The parts every view has; empty before the first snapshot."""
        shown = self._shown.get(ALWAYS)
        return frozenset(shown.parts) if shown else frozenset()

    def may_exist(self, view: str) -> bool:
        """Whether `view` can be built: the whole site's, or that of a unit some row names. True while none is known."""
        name, _, unit = view.partition("@")
        return name == ALWAYS and (not unit or not self._units or unit in self._units)

    def wanted_views(self) -> tuple[str, ...]:
        """The views somebody looked at in the last minute; the whole site's always."""
        with self._lock:
            self._forget_unwatched()
            return (ALWAYS, *(v for v in self._asked if v != ALWAYS))

    async def changed(self, view: str, have: Mapping[str, str], wait_s: float, only: Set[str] | None = None) -> Answer:
        """The parts of `view` that differ from `have`, as soon as there are any; after `wait_s` seconds without parts.

        `only`: the parts that matter, None for all. A view not built yet is wanted from now on: it waits for a tick.
        """
        until = self._monotonic() + wait_s
        while True:
            bell = self._want(view)
            shown = self._shown.get(view)
            lacking = shown.lacking(have, only) if shown else frozenset()
            left = until - self._monotonic()
            if lacking or left <= 0:
                return self._answer(shown, lacking) if shown else self._nothing(view)
            with suppress(TimeoutError):
                async with asyncio.timeout(left):
                    await bell.wait()

    def _want(self, view: str) -> asyncio.Event:
        """Marks `view` as watched; gives the event set by the next `show` (taken before looking: no tick is missed)."""
        loop = asyncio.get_running_loop()
        with self._lock:
            self._asked.pop(view, None)
            self._asked[view] = self._monotonic()
            others = [v for v in self._asked if v not in self._walls]
            for oldest in others[: max(0, len(others) - MOST_VIEWS)]:
                del self._asked[oldest]
            return self._bells.setdefault(loop, asyncio.Event())

    def _forget_unwatched(self) -> None:
        oldest = self._monotonic() - WATCHED_S
        self._asked = {v: at for v, at in self._asked.items() if at >= oldest}
        self._shown = {v: s for v, s in self._shown.items() if v == ALWAYS or v in self._asked}

    def _answer(self, shown: _Shown, lacking: frozenset[str]) -> Answer:
        """The answer for all who lack these parts of `shown`: made once, kept while it is asked for."""
        answers = shown.answers
        answer = answers.pop(lacking, None)
        if answer is None:
            body = b",".join(orjson.dumps(n) + b":" + json for n, (_, json) in shown.parts.items() if n in lacking)
            answer = self._packed(shown.view, shown.now_ms, body, lacking)
        answers[lacking] = answer
        while len(answers) > MOST_ANSWERS:
            del answers[next(iter(answers))]
        return answer

    def _nothing(self, view: str) -> Answer:
        return self._packed(view, None, b"", frozenset())

    def _packed(self, view: str, now_ms: int | None, body: bytes, lacking: frozenset[str]) -> Answer:
        head = orjson.dumps({"now": now_ms, "release": self.release, "view": view})
        raw = head[:-1] + b',"parts":{' + body + b"}}"
        return Answer(raw, gzip.compress(raw, COMPRESSION, mtime=0), tuple(sorted(lacking)))
