"""Every address the app has, and what of it answers somebody who is not signed in."""

from collections.abc import Collection
from typing import Any, Final

import dash
import httpx
from fastapi.routing import APIRoute

from dashboard import words
from dashboard.access.gate import FONTS, OPEN
from dashboard.guard import CALLBACKS
from dashboard.server import ANSWERS
from tests.access.stand import ORIGIN, server_of

FILLED: Final = {"key": "saidi", "name": "orders", "kind": "csv", "path": "no/such/page", "package_name": "dash"}


def addresses(app: Any, walls: Collection[str]) -> list[tuple[str, str]]:
    """Method and path of every route, page, question, export and asset that the app has."""
    found = {("GET", page["path"]) for page in dash.page_registry.values()}
    found |= {("GET", f"/wall/{name}") for name in walls}
    found |= {("GET", f"/answer/{name}") for name in ANSWERS}
    found |= {("GET", "/api/live"), ("GET", "/metrics"), ("GET", "/sign-in/display"), ("GET", "/.%2e/settings.py")}
    for route in server_of(app).routes:
        methods = route.methods if isinstance(route, APIRoute) else {"GET"}
        path = getattr(route, "path", "/")
        for part in path.split("/"):
            name = part.strip("{}").partition(":")[0].partition("}")[0]
            if part.startswith("{"):
                path = path.replace(part, FILLED.get(name, "x"))
        found |= {(method, path) for method in methods or {"GET"}}
    assets = [f for f in words.ASSETS.rglob("*") if f.is_file()]
    found |= {("GET", f"/assets/{f.relative_to(words.ASSETS).as_posix()}") for f in assets}
    return sorted(found)


async def asked(browser: httpx.AsyncClient, method: str, path: str, **more: Any) -> httpx.Response:
    return await browser.request(method, path, headers={"accept": "application/json", **ORIGIN}, **more)


async def opened(
    app: Any, walls: Collection[str], callbacks: Collection[str]
) -> tuple[int, list[tuple[str, str, int]]]:
    """How many addresses and callbacks were asked without a visit, and those that answered though they should not."""
    transport, unexpected = httpx.ASGITransport(app=app, client=("198.51.100.1", 1000)), []
    there = addresses(app, walls)
    async with httpx.AsyncClient(transport=transport, base_url=ORIGIN["origin"]) as browser:
        for method, path in there:
            said = await asked(browser, method, path)
            if said.status_code != 401 and path not in OPEN and not path.startswith(FONTS):
                unexpected.append((method, path, said.status_code))
        for callback in callbacks:
            said = await asked(browser, "POST", CALLBACKS, json={"output": callback})
            if said.status_code != 401:
                unexpected.append(("POST", callback, said.status_code))
    return len(there) + len(callbacks), unexpected
