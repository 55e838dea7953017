"""Wall displays: a token for a cookie, their own wall, and nothing else."""

from typing import Any

import httpx
import pytest

from dashboard.access.reception import sealed
from store.ledger import visits
from tests.access.stand import ORIGIN, Stand

JSON = {"accept": "application/json"}


def page_of(path: str) -> dict[str, Any]:
    """What Dash's page asks when a browser opens `path`."""
    return {
        "output": ".._pages_content.children..._pages_store.data..",
        "outputs": [
            {"id": "_pages_content", "property": "children"}, {"id": "_pages_store", "property": "data"},
        ],
        "inputs": [
            {"id": "_pages_location", "property": "pathname", "value": path},
            {"id": "_pages_location", "property": "search", "value": ""},
        ],
        "changedPropIds": ["_pages_location.pathname"], "state": [],
    }  # fmt: skip


async def drawn(browser: httpx.AsyncClient, path: str) -> httpx.Response:
    return await browser.post("/_dash-update-component", json=page_of(path), headers=ORIGIN)


async def test_a_token_is_exchanged_for_a_cookie_and_leaves_the_address(stand: Stand) -> None:
    number = visits.add_display(stand.ledger, "hall", "main", sealed("abc"), "root", stand.at)
    async with stand.browser() as browser:
        entered = await browser.get("/wall/main?token=abc&lang=en")
        assert (entered.status_code, entered.headers["location"]) == (303, "/wall/main?lang=en")
        assert "Max-Age=34560000" in entered.headers["set-cookie"]
        assert (await browser.get("/wall/main")).status_code == 200
        (shown,) = visits.displays(stand.ledger)
        assert (shown["id"], shown["name"], shown["wall"], shown["seen_at"]) == (number, "hall", "main", stand.at)
        assert "token" not in shown
        visits.revoke(stand.ledger, number, "root", stand.at)
        stand.reception.forget()
        assert (await browser.get("/wall/main")).status_code == 303


@pytest.mark.parametrize("address", ["/wall/main?token=abd", "/wall/south?token=abc", "/wall/none?token=abc"])
async def test_another_token_or_another_wall_opens_nothing(stand: Stand, address: str) -> None:
    visits.add_display(stand.ledger, "hall", "main", sealed("abc"), "root", stand.at)
    async with stand.browser() as browser:
        said = await browser.get(address)
    assert said.status_code == 401
    assert "set-cookie" not in said.headers


async def test_a_display_is_locked_out_like_anybody(stand: Stand) -> None:
    async with stand.browser("203.0.113.9") as browser:
        said = [(await browser.get(f"/wall/main?token=guess{n}")).text for n in range(30)]
    assert "次数过多" in said[-1] and "次数过多" not in said[0]


async def test_a_display_gets_its_wall_and_what_that_is_made_of(stand: Stand) -> None:
    async with stand.display("south") as browser:
        assert (await browser.get("/wall/south")).status_code == 200
        for path in ("/assets/tokens.css", "/_dash-layout", "/_dash-dependencies", "/map/areas.json", "/topo/x.json"):
            assert (await browser.get(path)).status_code == 200, path
        stand.house.show("situation@C2")
        assert (await browser.get("/api/live?view=situation@C2", headers=JSON)).status_code == 200
        assert (await drawn(browser, "/wall/south")).status_code == 200


async def test_a_display_gets_nothing_else(stand: Stand) -> None:
    async with stand.display("south") as browser:
        for path in (
            *("/", "/orders", "/alerts", "/wall/main", "/api/live", "/api/live?view=situation", "/openapi.json"),
            *(
                "/api/live?view=situation@C1",
                "/api/live?view=situation@C2&view=situation",
                "/export/orders.csv",
                "/answer/orders",
                "/api/kpis/saidi",
                "/metrics",
            ),
        ):
            assert (await browser.get(path, headers=JSON)).status_code == 403, path
        for path in ("/wall/main", "/orders", "/"):
            assert (await drawn(browser, path)).status_code == 403, path
        asked = page_of("/wall/south")
        payload: Any
        for payload in (
            asked | {"output": "alerts-said.children"},
            asked | {"inputs": [*asked["inputs"], {"id": "x", "property": "pathname", "value": "/orders"}]},
            asked | {"inputs": []}, asked | {"inputs": [5]}, {"output": None}, [], "x",
        ):  # fmt: skip
            said = await browser.post("/_dash-update-component", json=payload, headers=ORIGIN)
            assert said.status_code == 403, payload
        long = await browser.post("/_dash-update-component", content=b" " * 30_000, headers=ORIGIN)
        assert long.status_code == 413
        assert (await browser.put("/wall/south", headers=ORIGIN)).status_code == 403
