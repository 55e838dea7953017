"""Every address there is, asked by everybody: nothing without a visit but signs of life and signing in."""

from pathlib import Path
from typing import Final

import httpx
import pytest

from dashboard.access.gate import OPEN
from dashboard.access.roles import MAY, act_of, may
from tests.access.addresses import addresses, asked, opened
from tests.access.stand import HERE, ORIGIN, ROLES, Stand

TABLE: Final = Path(__file__).parents[2] / "docs" / "roles.md"


async def test_nothing_answers_without_a_visit(stand: Stand) -> None:
    async with stand.browser() as browser:
        await browser.get("/")  # sets Dash up
    walls, callbacks = stand.house.settings.walls, await _dependencies(stand)
    n, unexpected = await opened(stand.app, walls, callbacks)
    assert n > 100 and len(callbacks) > 10
    assert unexpected == []  # open_routes


async def _dependencies(stand: Stand) -> list[str]:
    async with stand.signed_in("probe", "administrator") as browser:
        return [one["output"] for one in (await browser.get("/_dash-dependencies")).json()]


@pytest.mark.parametrize("role", ROLES)
async def test_each_role_gets_what_its_row_of_the_table_says(stand: Stand, role: str) -> None:
    async with stand.signed_in("li", role, *(("C2",) if role == "manager" else ())) as browser:
        await browser.get("/")
        for method, path in addresses(stand.app, stand.house.settings.walls):
            if path in OPEN or path in ("/sign-out", "/password") or method not in ("GET", "POST"):
                continue
            if may(role, act_of(path)):
                continue  # what it gives is tested where it is made
            said = await asked(browser, method, path)
            assert said.status_code == 403, (method, path, said.status_code)
            assert role in said.text


async def test_a_callback_made_by_hand_does_nothing_beyond_the_role(stand: Stand) -> None:
    """Pages and buttons of administration, asked for under the address of another page."""
    async with stand.signed_in("li", "duty") as browser:
        await browser.get("/")
        page = {
            "output": ".._pages_content.children..._pages_store.data..",
            "outputs": [{"id": "_pages_content", "property": "children"}, {"id": "_pages_store", "property": "data"}],
            "inputs": [
                {"id": "_pages_location", "property": "pathname", "value": "/access"},
                {"id": "_pages_location", "property": "search", "value": "?lang=en"},
            ],
            "changedPropIds": ["_pages_location.pathname"], "state": [],
        }  # fmt: skip
        said = await browser.post("/_dash-update-component", json=page, headers=ORIGIN)
        assert said.status_code == 200
        assert "Your role (duty) may not do this." in said.text and "access-add" not in said.text
        body = {
            "output": "access-body.children", "outputs": {"id": "access-body", "property": "children"},
            "inputs": [
                {"id": "at", "property": "search", "value": "?lang=en"},
                {"id": "access-done", "property": "data", "value": 0},
            ],
            "changedPropIds": ["access-done.data"], "state": [],
        }  # fmt: skip
        said = await browser.post("/_dash-update-component", json=body, headers=ORIGIN)
        assert said.status_code == 200
        assert "Your role (duty) may not do this." in said.text and "li" not in said.json()["response"]


async def test_paths_do_not_lead_out_of_the_assets(stand: Stand) -> None:
    """Path traversal."""
    async with stand.signed_in("li", "administrator") as browser:
        for path in (
            "/assets/..%2fsettings.py",
            "/assets/%2e%2e/settings.py",
            "/assets/....//settings.py",
            "/assets//etc/passwd",
        ):
            said = await browser.get(httpx.URL(HERE + path))
            assert said.status_code == 404, path
            assert "pydantic" not in said.text


async def test_no_documents_of_the_framework_are_open(stand: Stand) -> None:
    async with stand.signed_in("li", "administrator") as browser:
        for path in ("/docs", "/redoc", "/debug", "/console"):
            assert (await browser.get(path)).status_code == 404, path


def table() -> str:
    """docs/roles.md from the roles themselves."""
    acts = {
        "look": "pages, figures, lists, `/api/kpis`, `/api/live`", "take": "acknowledge, note, assign, close, silence, "
        "answer hotspots, receive supervision orders", "roster": "stand-ins, trying a channel",
        "export": "files (Excel, CSV)", "unmask": "personal data of one order, with a reason, on record",
        "audit": "the audit log", "administer": "accounts, displays, rules and their versions, `/metrics`",
    }  # fmt: skip
    head = "| | " + " | ".join(MAY) + " |\n|---|" + "---|" * len(MAY)
    rows = [
        f"| {said} (`{act}`) | " + " | ".join("yes" if act in acts_of else "" for acts_of in MAY.values()) + " |"
        for act, said in acts.items()
    ]
    return "\n".join(
        [
            "# Roles", "", "Made by `tests/access/test_routes.py` from `dashboard/access/roles.py`; the same tests ask "
            "every address as every role.", "", head, *rows, "",
            "A wall display sees its own wall, the parts of that wall's view, and what the page is made of; nothing "
            "else. A manager sees the rows of the units of the account, in every page, file and answer. Without a "
            f"visit nothing is answered but {', '.join(f'`{p}`' for p in OPEN)}, and the font of these pages.", "",
        ]
    )  # fmt: skip


def test_the_table_in_the_docs_is_that_of_the_roles() -> None:
    assert TABLE.read_text(encoding="utf-8") == table(), "write it anew: python -m tests.access.test_routes"


if __name__ == "__main__":
    TABLE.write_text(table(), encoding="utf-8")
