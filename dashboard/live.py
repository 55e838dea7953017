"""GET /api/live: the parts of a view that a page does not have yet, as soon as there are any (long poll).

A plain ASGI app in front of the web framework: 500 walls ask at each tick, and the framework's own work for a request
is several times what the answer costs (docs/adr/0016).
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import parse_qsl

import orjson

from dashboard.board import Board
from dashboard.guard import App, Message, Receive, Send, current_scope
from store.scope import Scope

PATH: Final = "/api/live"
LONGEST_WAIT_S: Final = 60.0
_VIEW: Final = re.compile(r"[a-z][a-z_]*(@[\w.:-]{1,64})?")
_PART: Final = re.compile(r"[a-z][a-z_0-9]*")
_HELD: Final = re.compile(r"([a-z][a-z_0-9]*):([\w-]{1,64})")


class BadQuery(ValueError):
    """The sentence names the parameter, what is wrong and the cure."""


@dataclass(frozen=True)
class Question:
    """What a page asked for. `only`: the parts it shows; None for all."""

    view: str
    have: Mapping[str, str]
    wait_s: float
    only: frozenset[str] | None


def read(query: bytes) -> Question:
    """Errors: BadQuery."""
    asked = dict(parse_qsl(query.decode("latin-1"), keep_blank_values=True))
    return Question(
        read_view(asked.get("view", "situation")),
        read_have(asked.get("have", "")),
        read_wait(asked.get("wait", "15")),
        read_parts(asked.get("parts")),
    )


def read_view(text: str) -> str:
    if not _VIEW.fullmatch(text):
        raise BadQuery(f"view={text[:80]}: is not a view; use situation or situation@UNIT")
    return text


def read_have(text: str) -> dict[str, str]:
    """Versions by part from `part:version,part:version`; empty when the page has nothing yet."""
    pairs = [p for p in text.split(",") if p]
    held = [_HELD.fullmatch(p) for p in pairs]
    for pair, match in zip(pairs, held, strict=True):
        if match is None:
            raise BadQuery(f"have={pair[:80]}: is not part:version; send the versions of the last answer, with commas")
    return {m[1]: m[2] for m in held if m}


def read_wait(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds <= LONGEST_WAIT_S:
        raise BadQuery(f"wait={text[:80]}: is not a number of seconds from 0 to {LONGEST_WAIT_S:g}")
    return seconds


def read_parts(text: str | None) -> frozenset[str] | None:
    """Names of parts, with commas; None when the page did not say, which means all."""
    if text is None:
        return None
    names = text.split(",")
    for name in names:
        if not _PART.fullmatch(name):
            raise BadQuery(f"parts={name[:80]}: is not a part; send names of parts, with commas, or leave parts out")
    return frozenset(names)


def may_watch(scope: Scope, view: str) -> bool:
    """Whether `view` lies within the units of `scope`. The whole site's view needs a scope over everything."""
    return scope.units is None or view.partition("@")[2] in scope.units


def why_not(question: Question, board: Board, scope: Scope) -> tuple[int, str] | None:
    """Status and sentence for a question that can not be answered; None when it can."""
    view, there_are = question.view, board.part_names()
    if not may_watch(scope, view):
        return 403, f"view={view}: lies outside your units"
    if not board.may_exist(view):
        name, _, unit = view.partition("@")
        cure = f"no source names the unit {unit}" if unit else f"there is no view {name}; use situation"
        return 404, f"view={view}: {cure}"
    if there_are and question.only and (unknown := sorted(question.only - there_are)):
        return 400, f"parts={unknown[0]}: is not a part of a view; there are {', '.join(sorted(there_are))}"
    return None


class Live:
    """Answers /api/live and hands everything else to `app`.

    The time of an answer travels in a header, so that one body serves everybody until the next tick.
    """

    def __init__(self, app: App, board: Board, now: Callable[[], datetime]) -> None:
        self._app, self._board, self._now = app, board, now

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != PATH or scope["method"] != "GET":
            await self._app(scope, receive, send)
            return
        try:
            question = read(scope["query_string"])
        except BadQuery as error:
            await _refuse(send, 400, str(error))
            return
        if refusal := why_not(question, self._board, current_scope()):
            await _refuse(send, *refusal)
            return
        answer = await self._board.changed(question.view, question.have, question.wait_s, question.only)
        packs = any(k == b"accept-encoding" and b"gzip" in v for k, v in scope["headers"])
        now_ms = str(int(self._now().timestamp() * 1000)).encode()
        headers = [(b"vary", b"accept-encoding"), (b"lightkeeper-now", now_ms)]
        if packs:
            headers.append((b"content-encoding", b"gzip"))
        await _send(send, 200, answer.packed if packs else answer.raw, headers)


async def _refuse(send: Send, status: int, sentence: str) -> None:
    await _send(send, status, orjson.dumps({"error": sentence}), [])


async def _send(send: Send, status: int, body: bytes, more: list[tuple[bytes, bytes]]) -> None:
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
        *more,
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
