"""What the field calls by name, each tried against the whole server. Guessing, fixation and a first look at the others
are in test_sign_in.py and test_routes.py."""

import csv
import io
import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import openpyxl
import pandas as pd
import pytest

from dashboard.guard import CALLBACKS
from store.ledger import audit
from tests.access.addresses import addresses
from tests.access.stand import HERE, ORIGIN, Stand, sign_in
from tests.access.town import OWN, Town, town
from tests.dashboard_pages.city import NOW
from tests.dashboard_pages.facts import batch

EVIL = "https://evil.example"
FORMULAS = ("=HYPERLINK(1)", "+1+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "＝1+1")


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with town(tmp_path_factory.mktemp("attacked")) as one:
        yield one


async def test_csrf_no_address_is_changed_by_another_sites_page(there: Town) -> None:
    """Every route that takes a POST, with the cookie of an administrator: without this site's word nothing is done."""
    async with there.signed_in("root") as browser:
        await browser.get("/")
        posts = {path for method, path in addresses(there.app, there.node.settings.walls) if method == "POST"}
        assert {"/sign-out", "/password", "/unmask", CALLBACKS} <= posts
        lines = len(audit.lines(there.node.ledger))
        for path in sorted(posts):
            for origin in (EVIL, "null", "http://127.0.0.1:1", f"{HERE}.evil.example"):
                said = await browser.post(path, content=b"{}", headers={"origin": origin})
                assert said.status_code == 403, (path, origin)
            del browser.headers["origin"]
            for headers in ({}, {"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"}, {"referer": HERE}):
                assert (await browser.post(path, content=b"{}", headers=headers)).status_code == 403, (path, headers)
            browser.headers["origin"] = HERE
        assert (await browser.get("/sign-out")).status_code in (404, 405)  # no link signs anybody out
        assert len(audit.lines(there.node.ledger)) == lines


async def test_clickjacking_no_answer_may_be_framed(there: Town) -> None:
    """Whatever is answered, refusals and errors too."""
    async with there.signed_in("root") as browser:
        await browser.get("/")
        every = addresses(there.app, there.node.settings.walls)
        some = [pair for pair in every if not pair[1].startswith(("/assets/", "/export/", "/answer/", "/sign-out"))]
        some += [("GET", "/answer/nothing"), ("GET", "/export/orders.csv?period=nothing")]
        for method, path in [*some, ("GET", "/assets/tokens.css"), ("POST", CALLBACKS), ("PUT", "/orders")]:
            headers = (await browser.request(method, path)).headers
            assert "frame-ancestors 'none'" in headers["content-security-policy"], path
            assert headers["x-content-type-options"] == "nosniff", path
            assert headers["referrer-policy"] == "same-origin", path


@pytest.mark.parametrize(
    "goal",
    [
        EVIL, "//evil.example", "///evil.example", "/\\evil.example", "\\\\evil.example", "/\t/evil.example",
        "/\n/evil.example", "javascript:alert(1)", "http:evil.example", " //evil.example", "/\x00/evil.example",
        "https:/\\evil.example", "//user@evil.example/", "data:text/html,x", "/\u2028/evil.example",
    ],
)  # fmt: skip
async def test_open_redirect_signing_in_leads_to_this_site_only(stand: Stand, goal: str) -> None:
    stand.account("li", "duty")
    async with stand.browser() as browser:
        shown = await browser.get("/sign-in", params={"next": goal})
        assert 'name="next" value="/"' in shown.text
        entered = await sign_in(browser, "li", goal=goal)
    assert (entered.status_code, entered.headers["location"]) == (303, "/")


async def test_header_injection_no_line_of_an_address_becomes_a_header(there: Town, stand: Stand) -> None:
    ends = "%0d%0aset-cookie:%20planted=1%0d%0a%0d%0a<b>"
    async with there.signed_in("root") as browser:
        for path in (
            f"/orders?lang={ends}", f"/export/orders.csv?unit={ends}", f"/export/x{ends}.csv", f"/{ends}",
            f"/answer/orders?unit={ends}", f"/api/kpis/{ends}", f"/wall/main?token={ends}", f"/topo/{ends}",
        ):  # fmt: skip
            _plain(await browser.get(path), path)
    async with stand.browser() as nobody:
        for path in (f"/orders?q={ends}", f"/{ends}", f"/sign-in?next={ends}", f"/wall/main?token=x&{ends}"):
            _plain(await nobody.get(path), path)


def _plain(said: httpx.Response, path: str) -> None:
    raw = b"".join(name + value for name, value in said.headers.raw)
    assert b"\r" not in raw and b"\n" not in raw, path
    assert "set-cookie" not in said.headers, path


async def test_path_traversal_no_address_leads_to_a_file_that_is_not_served(there: Town) -> None:
    (there.node.settings.node.var / "secret.txt").write_text("planted", encoding="utf-8")
    ups = ("../", "..%2f", "%2e%2e/", "%2e%2e%2f", "..\\", "%252e%252e%252f", "....//", "..;/", "%c0%ae%c0%ae/")
    goals = ("pyproject.toml", "settings.py", "etc/passwd", "var/secret.txt")
    async with there.signed_in("root") as browser:
        for start in (
            "/assets/", "/assets/fonts/", "/topo/", "/sign-in/fonts/", "/export/", "/answer/", "/map/", "/wall/",
            "/_dash-component-suites/dash/", "/_dash-component-suites/", "/",
        ):  # fmt: skip
            for up in ups:
                for goal in goals:
                    said = await browser.get(httpx.URL(f"{HERE}{start}{up * 6}{goal}"))
                    found = f"{start}{up * 6}{goal}: {said.status_code}"
                    assert said.status_code < 500, found
                    assert not any(s in said.text for s in ("planted", "root:x:", "[project]", "BaseSettings")), found


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
async def test_formula_injection_no_cell_of_a_file_is_a_formula(there: Town, kind: str) -> None:
    """What a source holds goes through the facts and the whole server into the file."""
    n = len(FORMULAS)
    rows = pd.DataFrame({
        "source": "orders", "source_key": [f"formula {i}" for i in range(n)], "order_no": FORMULAS, "channel": "95598",
        "category": "complaint", "subcategory_1": FORMULAS, "city": "LJ", "county": OWN, "station": "S5",
        "accepted_at": pd.Timestamp(NOW) - pd.Timedelta("1h"), "status": "open",
    })  # fmt: skip
    there.node.facts.merge(batch("work_orders", rows, NOW), there.node.house.derive)
    async with there.signed_in("root") as browser:
        said = await browser.get(f"/export/orders.{kind}?period=today")
    assert said.status_code == 200
    if kind == "csv":
        cells = [cell for row in csv.reader(io.StringIO(said.content.decode("utf-8-sig"), newline="")) for cell in row]
        assert {f"'{text}" for text in FORMULAS} <= set(cells)
        numbers = [cell for cell in cells if cell[:1] in "=+-@\t\r＝" and cell]
        assert all(cell.lstrip("-").replace(".", "", 1).isdecimal() for cell in numbers)
        return
    book = openpyxl.load_workbook(io.BytesIO(said.content))
    every = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert {text.replace("\r", "_x000D_") for text in FORMULAS} <= {
        str(c.value).replace("\r", "_x000D_") for c in every
    }
    assert all(cell.data_type != "f" for cell in every)


async def test_a_nul_in_a_form_reaches_no_database(database: str, tmp_path: Path) -> None:
    """PostgreSQL takes none in a text, and a browser sends none."""
    stand = Stand(tmp_path, url=database)
    try:
        async with stand.signed_in("root", "administrator") as browser:
            for path, given in (
                ("/sign-in", {"user": "li\0", "password": "x\0", "next": "/\0"}),
                ("/password", {"old": "x\0", "new": "y\0" * 20, "again": "y\0" * 20}),
            ):
                said = await browser.post(path, data=given, headers=ORIGIN)
                assert said.status_code in (401, 403), path
        assert audit.lines(stand.ledger, acts=["sign_in_failed"])[-1]["on"] == "li"
    finally:
        stand.close()


async def _endless() -> AsyncIterator[bytes]:
    for _ in range(30):
        yield b"x" * 50_000


async def test_a_body_that_says_nothing_of_its_length_and_does_not_end_is_given_up(stand: Stand) -> None:
    async with stand.signed_in("root", "administrator") as browser:
        for path in ("/sign-in", "/password", "/unmask", CALLBACKS, "/_dash-layout", "/api/replies", "/sign-out"):
            said = await browser.post(path, content=_endless(), headers={"origin": HERE})
            assert said.status_code < 500, (path, said.status_code)


async def test_a_reply_of_a_gateway_is_read_whatever_it_is(tmp_path: Path) -> None:
    with town(tmp_path) as one:
        secret = "gateway " * 3
        settings = one.node.settings
        one.node.settings = settings.model_copy(update={"replies": settings.replies.model_validate({"secret": secret})})
        async with one.browser() as browser:
            for body, status in (
                (b"[" * 9_000, 400), (b'{"a":' * 1_500, 400), (b"\xff", 400), (b"", 400), (b"x" * 20_000, 400),
                (json.dumps({"from": "a\0", "text": "123456\0"}).encode(), 422), (b'{"from": 5, "text": []}', 400),
            ):  # fmt: skip
                said = await browser.post("/api/replies", content=body, headers={"authorization": f"Bearer {secret}"})
                assert said.status_code == status, (body[:20], said.status_code, said.text)
