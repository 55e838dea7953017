"""Downloads that stall, break off or fail: nobody else waits for them."""

import asyncio
import gc
import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from fastapi import FastAPI

import i18n
from dashboard import exports
from dashboard.spool import Spool, rest_in_thread
from kpis.types import Refusal
from store.facts.errors import StoreError
from tests.browser.serving import wait_for
from tests.dashboard_pages.city import DeskHouse


@pytest.mark.parametrize(
    ("error", "status", "words"),
    [
        (StoreError("took longer than 30 s"), 503, "查询超时"),
        (OSError("No space left on device"), 503, "磁盘"),
        (Refusal("the cure"), 400, "the cure"),
    ],
)
def test_why_there_is_no_file_is_said_in_the_readers_language(error: Exception, status: int, words: str) -> None:
    answer = exports._refused(i18n.translator("zh"), error)
    assert (answer.status_code, words in bytes(answer.body).decode()) == (status, True)


def test_downloads_that_nobody_fetches_hold_up_nobody(city: DeskHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "ON_THE_WAY", exports.AT_ONCE + 1)
    monkeypatch.setattr(exports, "TAKEN_S", 30.0)
    server = FastAPI()
    exports.add(server, city)
    path = "/export/units.csv"
    asked = {
        "type": "http",
        "method": "GET",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [],
    }

    async def fetch() -> None:
        begun, waiting = asyncio.Semaphore(0), asyncio.Event()

        async def receive() -> Any:
            await waiting.wait()

        async def send(_: Any) -> None:  # somebody whose line is full
            begun.release()
            await waiting.wait()

        async with httpx.AsyncClient(transport=httpx.ASGITransport(server), base_url="http://x") as other:
            stalled = []
            for _ in range(exports.AT_ONCE):
                stalled.append(asyncio.create_task(server(dict(asked), receive, send)))
                await begun.acquire()
            assert (await other.get(path)).status_code == 200
            stalled.append(asyncio.create_task(server(dict(asked), receive, send)))
            await begun.acquire()
            full = await other.get(path)  # and the disk does not fill up either
            assert (full.status_code, full.headers["retry-after"]) == (503, "60")
            assert "请一分钟后再试" in full.text
            for task in stalled:
                task.cancel()
            await asyncio.gather(*stalled, return_exceptions=True)
            assert (await other.get(path)).status_code == 200

    asyncio.run(fetch())


def test_who_takes_nothing_for_too_long_gets_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "TAKEN_S", 0.01)
    gone: list[str] = []
    held = ExitStack()
    held.callback(gone.append, "let go")

    async def send(_: Any) -> None:
        await asyncio.Event().wait()

    pieces = exports._sent(iter([b"one", b"two"]), held)
    next(pieces)
    asyncio.run(exports.Download(pieces, "text/csv", {}).stream_response(send))
    assert gone == ["let go"]


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[Spool]:
    with tempfile.TemporaryFile(dir=tmp_path) as file:
        yield Spool(file)


def test_a_long_file_is_sent_while_it_is_made(spool: Spool) -> None:
    more = threading.Event()

    def chunks() -> Iterator[bytes]:
        yield b"first,"
        assert more.wait(10)
        yield b"last"

    done: list[str] = []
    maker = threading.Thread(target=spool.fill, args=(chunks(), lambda: done.append("done")))
    maker.start()
    pieces = spool.pieces()
    assert next(pieces) == b"first,"
    assert not done
    more.set()
    assert b"".join(pieces) == b"last"
    maker.join(10)
    assert done == ["done"]


def test_nothing_more_is_made_for_who_went_away(spool: Spool) -> None:
    made: list[int] = []

    def chunks() -> Iterator[bytes]:
        for n in range(5):
            made.append(n)
            yield b"row"
            spool.leave()

    spool.fill(chunks(), lambda: None)
    assert made == [0, 1]
    assert spool._file.closed


def test_half_a_list_is_never_taken_for_the_whole(spool: Spool) -> None:
    def chunks() -> Iterator[bytes]:
        yield b"half"
        raise StoreError("took longer than 30 s")

    server = FastAPI()
    gone: list[str] = []

    @server.get("/half")
    def half() -> exports.Download:
        rest_in_thread(spool, chunks(), lambda: gone.append("maker"))
        held = ExitStack()
        held.callback(gone.append, "file")
        pieces = exports._sent(spool.pieces(), held)
        next(pieces)
        return exports.Download(pieces, "text/csv", {})

    config = uvicorn.Config(server, host="127.0.0.1", port=0, log_level="critical")
    running = uvicorn.Server(config)
    thread = threading.Thread(target=running.run, daemon=True)
    thread.start()
    wait_for(lambda: running.started, "the server did not start")
    port = running.servers[0].sockets[0].getsockname()[1]
    try:
        with pytest.raises(httpx.RemoteProtocolError):
            httpx.get(f"http://127.0.0.1:{port}/half", timeout=10)
    finally:
        running.should_exit = True
        thread.join(10)
    assert sorted(gone) == ["file", "maker"]


def test_a_list_longer_than_what_is_tried_is_whole(city: DeskHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    path, server = "/export/orders.csv?period=all", FastAPI()
    exports.add(server, city)

    async def fetch() -> bytes:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(server), base_url="http://x") as client:
            return (await client.get(path)).content

    at_once = asyncio.run(fetch())
    monkeypatch.setattr(exports, "TRIED", 1)  # its rows are then made by the thread
    assert asyncio.run(fetch()) == at_once
    assert at_once.count(b"\n") == 3001
    wait_for(lambda: not any(t.name == "export" for t in threading.enumerate()), "its maker goes on")


def test_who_goes_away_in_the_middle_gives_everything_back() -> None:
    free = threading.BoundedSemaphore(1)
    assert free.acquire(blocking=False)
    held = ExitStack()
    held.callback(free.release)
    pieces = exports._sent(iter([b"one", b"two"]), held)
    next(pieces)
    assert next(pieces) == b"one"
    del pieces
    gc.collect()
    assert free.acquire(blocking=False)
