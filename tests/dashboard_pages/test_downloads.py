"""Downloads that stall, break off or fail: nobody else waits for them."""

import asyncio
import gc
import threading
from contextlib import ExitStack
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

import i18n
from dashboard import exports
from kpis.types import Refusal
from store.facts.errors import StoreError
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
