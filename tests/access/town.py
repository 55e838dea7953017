"""A real node without its threads: orders, personal data, alerts and accounts, asked over ASGI as browsers ask."""

import secrets
import socket
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import httpx
import numpy as np
import pandas as pd
import uvicorn

import node
import site_clock
from dashboard import server
from dashboard.access.reception import Reception, sealed
from dashboard.guard import App
from settings_access import Access
from store.ledger import accounts, rosters, silences, supervision, visits
from store.ledger.audit import Act
from store.scope import Scope
from tests.access.stand import FORM, HERE, ORIGIN
from tests.browser.serving import wait_for
from tests.dashboard.picture import HandSnapshot, hand_settings, picture
from tests.dashboard_pages import city
from tests.dashboard_pages.facts import batch

OWN, OTHER = "C2", "C1"
N: Final = 1500
# Name, phone and address of everybody who reported anything: nobody sees them but by unmasking.
PERSONAL: Final = ("张三丰", "13912345678", "东湖路8号")
USERS: Final = {
    "boss": ("manager", (OWN,)), "li": ("duty", ()), "chief": ("leader", ()), "root": ("administrator", ()),
}  # fmt: skip


class Clock(site_clock.Clock):
    """Stands at the city's afternoon."""

    def now(self) -> datetime:
        return city.NOW


def orders() -> pd.DataFrame:
    """Every fifth anonymous, every fifth confidential."""
    known = city.work_orders(N)
    return known.assign(is_anonymous=np.arange(N) % 5 == 0, is_confidential=np.arange(N) % 5 == 1)


@dataclass
class Town:
    node: node.Node
    app: App
    ids: dict[str, int]

    @contextmanager
    def visit(self, user: str) -> Iterator[dict[str, str]]:
        """The headers of a browser in which `user` is signed in."""
        token, now = secrets.token_urlsafe(32), datetime.now(UTC)
        act = Act(user, "sign_in", user, USERS[user][0], "127.0.0.1", {"way": "local"})
        ends = now + timedelta(hours=1)
        visits.begin(self.node.ledger, sealed(token), now, ends, "127.0.0.1", account=self.ids[user], act=act)
        yield {"cookie": f"lightkeeper-visit={token}", "accept": "application/json", **ORIGIN}

    def browser(self) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(app=self.app, raise_app_exceptions=False)
        return httpx.AsyncClient(transport=transport, base_url=HERE, timeout=60)

    @asynccontextmanager
    async def signed_in(self, user: str) -> AsyncIterator[httpx.AsyncClient]:
        async with self.browser() as one:
            with self.visit(user) as headers:
                one.headers.update(headers)
                yield one

    def numbers(self, county: str) -> dict[str, str]:
        """Order number -> key, of a county's orders."""
        with self.node.reader(Scope.everything("test")) as reader:
            t: Any = reader.table("work_orders")
            rows = reader.frame(t.filter(t.county == county).select("order_no", "source_key"), city.NOW)
        return dict(zip(rows["order_no"], rows["source_key"], strict=True))

    def hidden_from(self, user: str) -> frozenset[str]:
        """Order numbers that `user` may not see."""
        return frozenset(self.numbers(OTHER)) if USERS[user][1] else frozenset()


def fill(one: node.Node) -> None:
    known = orders()
    named = pd.DataFrame({
        "source": "orders", "source_key": known["source_key"], "record": "work_order", "name": PERSONAL[0],
        "phone": PERSONAL[1], "address": PERSONAL[2], "text": "客户反映停电",
    })  # fmt: skip
    tables = {"work_orders": known, "surveys": city.surveys(known), "units": city.units(), "personal": named}
    for name, rows in tables.items():
        one.facts.merge(batch(name, rows, city.NOW), one.house.derive)
    city.raise_alerts(one.ledger)
    now, ends = city.NOW, city.NOW + timedelta(hours=8)
    silences.create(one.ledger, "Li", "maintenance", {"station": ["S1"]}, now, ends, now)
    supervision.issue(one.ledger, "S5", "late again", ends, "Li", now)
    rosters.enter(one.ledger, "duty", "p7", now, ends, "Li", "ill", now)
    for view in ("situation", f"situation@{OWN}"):
        one.board.show(HandSnapshot(view, city.NOW, picture(city.NOW)))


@contextmanager
def town(folder: Path) -> Iterator[Town]:
    """One in `folder`, closed at the end."""
    settings = hand_settings(folder, 8050, south={"area": OWN}).model_copy(update={"access": Access()})
    one = node.Node(settings, Clock())
    fill(one)
    ids = {}
    for user, (role, units) in USERS.items():
        at = datetime.now(UTC)
        ids[user] = accounts.make(one.ledger, user, user.title(), role, units, FORM, "test", at)
        accounts.set_password(one.ledger, ids[user], FORM, "test", at, must_change=False)
    assert isinstance(one.reception, Reception)
    try:
        yield Town(one, server.create(one, one, one.reception), ids)
    finally:
        one.close()


@contextmanager
def served(app: App) -> Iterator[str]:
    """The address of a real server of `app` on loopback."""
    config = uvicorn.Config(app, log_level="critical", ws="none", access_log=False)
    config.timeout_graceful_shutdown = 1
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:
        running = uvicorn.Server(config)
        thread = threading.Thread(target=running.run, args=([listener],), daemon=True)
        thread.start()
        wait_for(lambda: running.started, "the server did not start")
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            running.should_exit = True
            thread.join(10)
