"""Scripts of the component libraries, compressed once and kept: the chart library alone takes half a second of CPU."""

import asyncio
import gzip
from collections.abc import Callable
from functools import lru_cache
from typing import Final

from dashboard.guard import App, Message, Receive, Send, refuse

PREFIX: Final = "/_dash-component-suites/"
SMALLEST: Final = 1000  # bytes below which compressing gains nothing
MOST: Final = 200  # bundles kept; there are some dozens


class Bundles:
    """Answers a bundle from memory. Files of an installed package do not change while the server runs."""

    def __init__(self, app: App, has: Callable[[str], bool]) -> None:
        """`has`: whether there is a bundle at a path. Dash itself fails on one that there is not."""
        self._app, self._has = app, has
        self._kept: dict[str, tuple[Message, bytes]] = {}

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "GET" or not scope["path"].startswith(PREFIX):
            await self._app(scope, receive, send)
            return
        if not self._has(scope["path"].removeprefix(PREFIX)):
            await refuse("http", 404, "there is no such script", send)
            return
        if not any(k == b"accept-encoding" and b"gzip" in v for k, v in scope["headers"]):
            await self._app(scope, receive, send)
            return
        key = scope["path"] + "?" + scope["query_string"].decode("latin-1")
        if key not in self._kept:
            start, body = await self._fetch(scope, receive)
            if start["status"] != 200 or len(body) < SMALLEST or len(self._kept) >= MOST:
                await send(start)
                await send({"type": "http.response.body", "body": body})
                return
            self._kept[key] = await asyncio.to_thread(_pack, start, body)
        start, body = self._kept[key]
        await send({**start})
        await send({"type": "http.response.body", "body": body})

    async def _fetch(self, scope: Message, receive: Receive) -> tuple[Message, bytes]:
        start: Message = {}
        chunks: list[bytes] = []

        async def keep(message: Message) -> None:
            if message["type"] == "http.response.start":
                start.update(message)
            elif message["type"] == "http.response.body":
                chunks.append(message.get("body", b""))

        dropped = (b"accept-encoding", b"if-none-match", b"if-modified-since")
        plain = {**scope, "headers": [(k, v) for k, v in scope["headers"] if k not in dropped]}
        await self._app(plain, receive, keep)
        return start, b"".join(chunks)


def _pack(start: Message, body: bytes) -> tuple[Message, bytes]:
    packed = _packed(body)
    headers = [(k, v) for k, v in start["headers"] if k.lower() not in (b"content-length", b"content-encoding")]
    headers += [(b"content-encoding", b"gzip"), (b"vary", b"accept-encoding")]
    return {**start, "headers": [*headers, (b"content-length", str(len(packed)).encode())]}, packed


@lru_cache(maxsize=MOST)  # of the process: a second app in it serves the same files
def _packed(body: bytes) -> bytes:
    return gzip.compress(body, 6, mtime=0)
