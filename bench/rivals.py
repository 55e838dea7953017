"""What the long poll is held against: server-sent events with a fetch, and plain polling with ETag. Only for the bench.

`python -m bench.rivals` is the demonstration city with these two beside the product's own route, on one board.
"""

import sys
import time
import zlib
from collections.abc import Callable
from typing import Final

import orjson

import demonstration
from bench.viewers import BELL, SHOWN, WHOLE
from dashboard import server
from dashboard.board import ALWAYS, Answer, Board
from dashboard.guard import App, Guard, Message, Receive, Send
from dashboard.house import House

KEPT: Final = 400  # ticks whose moment is remembered


class Rivals:
    """BELL rings at each tick, WHOLE is the whole snapshot or 304, SHOWN says when each tick (by its now) was shown."""

    def __init__(self, app: App, board: Board) -> None:
        self._app, self._board = app, board
        self._own = Guard(self._answer)  # the rivals pay for sign-in too
        self._shown: dict[int, float] = {}
        self._tag: tuple[Answer | None, bytes] = (None, b"")
        self._note(board)

    def _note(self, board: Board) -> None:
        show = board.show

        def noting(snapshot: object) -> None:
            began = time.time() * 1000
            show(snapshot)  # type: ignore[arg-type]
            self._shown[int(snapshot.now.timestamp() * 1000)] = began  # type: ignore[attr-defined]
            while len(self._shown) > KEPT:
                del self._shown[next(iter(self._shown))]

        board.show = noting  # type: ignore[method-assign]

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        ours = scope["type"] == "http" and scope["path"] in (BELL, WHOLE, SHOWN)
        await (self._own if ours else self._app)(scope, receive, send)

    async def _answer(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["path"] == BELL:
            await self._bell(send)
        elif scope["path"] == WHOLE:
            await self._whole(dict(scope["headers"]).get(b"if-none-match", b""), send)
        else:
            await _send(send, 200, orjson.dumps({str(k): v for k, v in self._shown.items()}), [])

    async def _bell(self, send: Send) -> None:
        """Server-sent events: a line per tick that changed something."""
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/event-stream")]})
        have: dict[str, str] = {}
        while True:
            answer = await self._board.changed(ALWAYS, have, 15)
            have = {name: version for name, (version, _) in self._board._shown[ALWAYS].parts.items()}
            if answer.parts:
                await send({"type": "http.response.body", "body": b"data: tick\n\n", "more_body": True})

    async def _whole(self, held: bytes, send: Send) -> None:
        answer = await self._board.changed(ALWAYS, {}, 0)
        if self._tag[0] is not answer:
            self._tag = (answer, b'"%x"' % zlib.crc32(answer.raw[answer.raw.index(b'"parts"') :]))
        tag = self._tag[1]
        if held == tag:
            await _send(send, 304, b"", [(b"etag", tag)])
        else:
            await _send(send, 200, answer.packed, [(b"etag", tag), (b"content-encoding", b"gzip")])


async def _send(send: Send, status: int, body: bytes, more: list[tuple[bytes, bytes]]) -> None:
    headers = [(b"content-type", b"application/json"), *more]
    if status == 200:
        headers.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def beside(create: Callable[[House], App]) -> Callable[[House], App]:
    """`create` with the rivals beside what it made."""
    return lambda house: Rivals(create(house), house.board)


if __name__ == "__main__":
    server.create = beside(server.create)  # type: ignore[assignment]
    demonstration.run(1.0, 1, int(sys.argv[1]))
