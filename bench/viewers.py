"""Many viewers in one cheap process: `python -m bench.viewers PORT WAY VIEWERS SECONDS` prints what they saw as JSON.

Plain sockets, no HTTP library: a body that all of them get is read once. WAY: long_poll, bell (server-sent events and
a fetch) or etag (plain polling). Seen: [tick's now, moment of the last byte] in ms per answer; bytes with headers.
"""

import asyncio
import gzip
import random
import sys
import time
from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final

import orjson

BELL: Final = "/bench/bell"
WHOLE: Final = "/bench/whole"
SHOWN: Final = "/bench/shown"
POLL_S: Final = 2.0  # of plain polling: the tick
JOIN_S: Final = 3.0  # over which the viewers come


@lru_cache(maxsize=256)
def read(body: bytes) -> tuple[int, tuple[tuple[str, str], ...]]:
    """The tick's now and the versions in one packed answer."""
    said = orjson.loads(gzip.decompress(body))
    return said["now"] or 0, tuple((name, part["version"]) for name, part in said["parts"].items())


class Connection(asyncio.Protocol):
    """Keep-alive HTTP/1.1: one request, one whole answer to `took(head, body)`; a stream goes to `rang`."""

    def __init__(self, seen: "Seen", took: Callable[[bytes, bytes], None], rang: Callable[[], None]) -> None:
        self._seen, self._took, self._rang = seen, took, rang
        self._held = b""
        self._streams = False
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def ask(self, path: str, more: str = "") -> None:
        text = f"GET {path} HTTP/1.1\r\nhost: 127.0.0.1\r\naccept-encoding: gzip\r\n{more}\r\n"
        assert self._transport is not None
        self._transport.write(text.encode())

    def data_received(self, data: bytes) -> None:
        self._seen.bytes += len(data)
        if self._streams:
            if b"data:" in data:
                self._rang()
            return
        self._held += data
        end = self._held.find(b"\r\n\r\n")
        if end < 0:
            return
        head = self._held[:end].lower()
        if b"text/event-stream" in head:
            self._streams = True
            return
        length = int(head.partition(b"content-length: ")[2].partition(b"\r\n")[0] or 0)
        body = self._held[end + 4 :]
        if len(body) >= length:
            self._held = b""
            self._took(head, body)

    def connection_lost(self, error: Exception | None) -> None:
        self._seen.lost += 1


class Seen:
    def __init__(self) -> None:
        self.bytes, self.lost, self.empty = 0, 0, 0
        self.at: list[tuple[int, float]] = []


class Viewer:
    """One page."""

    def __init__(self, way: str, port: int, seen: Seen) -> None:
        self._way, self._port, self._seen = way, port, seen
        self._have: dict[str, str] = {}
        self._etag = ""
        self._main: Connection | None = None

    async def run(self) -> None:
        await asyncio.sleep(random.uniform(0, JOIN_S))  # noqa: S311
        self._main = await self._connect()
        if self._way == "bell":
            (await self._connect()).ask(BELL)
        elif self._way == "etag":
            while True:
                self._main.ask(WHOLE, f"if-none-match: {self._etag}\r\n")
                await asyncio.sleep(POLL_S)
        else:
            self._ask(10)

    async def _connect(self) -> Connection:
        loop = asyncio.get_running_loop()
        make = lambda: Connection(self._seen, self._took, lambda: self._ask(0))  # noqa: E731
        return (await loop.create_connection(make, "127.0.0.1", self._port))[1]

    def _ask(self, wait: int) -> None:
        assert self._main is not None
        have = ",".join(f"{name}:{version}" for name, version in self._have.items())
        self._main.ask(f"/api/live?view=situation&have={have}&wait={wait}")

    def _took(self, head: bytes, body: bytes) -> None:
        at = time.time() * 1000
        if body:
            now, versions = read(body)
            self._have.update(versions)
            self._etag = head.partition(b"etag: ")[2].partition(b"\r\n")[0].decode()
            if versions:
                self._seen.at.append((now, at))
        if not body or not versions:
            self._seen.empty += 1
        if self._way == "long_poll":
            self._ask(10)


async def watch(port: int, way: str, viewers: int, seconds: float) -> dict[str, Any]:
    seen = Seen()
    tasks = [asyncio.create_task(Viewer(way, port, seen).run()) for _ in range(viewers)]
    await asyncio.sleep(JOIN_S + 2)
    for task in tasks:
        if task.done():
            task.result()
    seen.bytes, seen.at, seen.empty = 0, [], 0
    print("watching", flush=True)
    await asyncio.sleep(seconds)
    found = {"bytes": seen.bytes, "lost": seen.lost, "empty": seen.empty, "at": list(seen.at)}
    for task in tasks:
        task.cancel()
    return found


if __name__ == "__main__":
    found = asyncio.run(watch(int(sys.argv[1]), sys.argv[2], int(sys.argv[3]), float(sys.argv[4])))
    print(orjson.dumps(found).decode(), flush=True)
