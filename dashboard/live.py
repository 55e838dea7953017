"""GET /api/live: the parts of a view that a page does not have yet, as soon as there are any (long poll)."""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from dashboard.board import Board
from dashboard.guard import current_scope
from store.scope import Scope

LONGEST_WAIT_S: Final = 60.0
_VIEW: Final = re.compile(r"[a-z][a-z_]*(@[\w.:-]{1,64})?")
_HELD: Final = re.compile(r"([a-z][a-z_0-9]*):([\w-]{1,64})")


class BadQuery(ValueError):
    """The sentence names the parameter, what is wrong and the cure."""


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


def may_watch(scope: Scope, view: str) -> bool:
    """Whether `view` lies within the units of `scope`. The whole site's view needs a scope over everything."""
    return scope.units is None or view.partition("@")[2] in scope.units


def router(board: Board, now: Callable[[], datetime]) -> APIRouter:
    """The route. The time of the answer travels in a header, so that one body serves everybody until the next tick."""
    routes = APIRouter()

    @routes.get("/api/live")
    async def live(request: Request) -> Response:
        asked = request.query_params
        try:
            view = read_view(asked.get("view", "situation"))
            have, wait_s = read_have(asked.get("have", "")), read_wait(asked.get("wait", "15"))
        except BadQuery as error:
            return JSONResponse({"error": str(error)}, status_code=400)
        if not may_watch(current_scope(), view):
            return JSONResponse({"error": f"view={view}: lies outside your units"}, status_code=403)
        answer = await board.changed(view, have, wait_s)
        headers = {"cache-control": "no-store", "vary": "accept-encoding"}
        headers["lightkeeper-now"] = str(int(now().timestamp() * 1000))
        packs = "gzip" in request.headers.get("accept-encoding", "")
        if packs:
            headers["content-encoding"] = "gzip"
        return Response(answer.packed if packs else answer.raw, media_type="application/json", headers=headers)

    return routes
