"""The whole web side behind a gate, over a real ledger, asked as browsers ask."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import httpx
from fastapi import FastAPI

from dashboard import server
from dashboard.access import passwords
from dashboard.access.reception import Reception, sealed
from dashboard.guard import App
from settings_access import Access
from store.ledger import accounts, visits
from store.ledger.ledger import Ledger, open_ledger
from tests.dashboard.picture import HandHouse, hand_settings

HERE: Final = "http://127.0.0.1:8050"
ORIGIN: Final = {"origin": HERE}
PASSWORD: Final = "eine gute Losung"
FORM: Final = passwords.hashed(PASSWORD)
BEGAN: Final = datetime(2026, 11, 30, 8, tzinfo=UTC)
ROLES: Final = ("duty", "manager", "leader", "administrator")


@dataclass
class Stand:
    """`at` is the time the reception goes by."""

    folder: Path
    access: Access = field(default_factory=Access)
    at: datetime = BEGAN
    walls: dict[str, dict[str, Any]] = field(default_factory=dict)
    url: str = ""  # of the ledger; SQLite in the folder without

    def __post_init__(self) -> None:
        self.ledger: Ledger = open_ledger(self.url or f"sqlite:///{self.folder / 'ledger.db'}")
        settings = hand_settings(self.folder, 8050, **self.walls)
        self.house = HandHouse(settings.model_copy(update={"access": self.access}))
        self.house.ledger = self.ledger
        self.house.show()
        self.reception = Reception(self.ledger, self.access, lambda: self.at)
        self.app: App = server.create(self.house, None, self.reception)

    def close(self) -> None:
        self.ledger.close()

    def account(self, user: str, role: str, *units: str) -> int:
        """Somebody with PASSWORD, which they have chosen themselves."""
        number = accounts.make(self.ledger, user, user.title(), role, units, FORM, "test", self.at)
        accounts.set_password(self.ledger, number, FORM, "test", self.at, must_change=False)
        return number

    def browser(self, place: str = "127.0.0.1", base: str = HERE) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(app=self.app, client=(place, 1000))
        return httpx.AsyncClient(transport=transport, base_url=base, headers={"accept": "text/html"})

    @asynccontextmanager
    async def signed_in(self, user: str, role: str, *units: str) -> AsyncIterator[httpx.AsyncClient]:
        self.account(user, role, *units)
        async with self.browser() as one:
            assert (await sign_in(one, user)).status_code == 303
            yield one

    @asynccontextmanager
    async def display(self, wall: str) -> AsyncIterator[httpx.AsyncClient]:
        visits.add_display(self.ledger, f"hall of {wall}", wall, sealed(f"secret of {wall}"), "test", self.at)
        async with self.browser() as one:
            assert (await one.get(f"/wall/{wall}?token=secret of {wall}")).status_code == 303
            yield one

    def later(self, **time: float) -> None:
        self.at += timedelta(**time)
        self.reception.forget()


def server_of(app: Any) -> FastAPI:
    """The web framework's part of what `server.create` gives."""
    while not isinstance(app, FastAPI):
        app = app._app
    return app


async def sign_in(browser: httpx.AsyncClient, user: str, password: str = PASSWORD, goal: str = "/") -> httpx.Response:
    return await browser.post("/sign-in", data={"user": user, "password": password, "next": goal}, headers=ORIGIN)
