"""Async tests run on a loop of their own; the app is called in the process, without a socket."""

import asyncio
import inspect
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from dashboard import server
from tests.dashboard.picture import HandHouse, hand_settings


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    names = pyfuncitem._fixtureinfo.argnames
    asyncio.run(pyfuncitem.obj(**{name: pyfuncitem.funcargs[name] for name in names}))
    return True


@pytest.fixture
def house(tmp_path: Path) -> HandHouse:
    one = HandHouse(hand_settings(tmp_path))
    one.show()
    return one


@pytest.fixture
def client(house: HandHouse) -> Iterator[httpx.AsyncClient]:
    """Asks the whole app, guard included, as a browser on this machine would."""
    transport = httpx.ASGITransport(app=server.create(house))
    yield httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8050")
