"""Signing in with accounts of our own: in, out, locked, forced to change, over."""

from datetime import timedelta

import httpx
import pytest

from dashboard.access import passwords, throttle
from dashboard.access.gate import address_of
from dashboard.access.reception import first_administrator
from store.ledger import accounts, audit
from tests.access.stand import BEGAN, HERE, ORIGIN, PASSWORD, Stand, sign_in


def acts(stand: Stand) -> list[tuple[str, str]]:
    """What the audit log has, oldest first: who and what."""
    return [(line["who"], line["what"]) for line in audit.lines(stand.ledger)][::-1]


async def test_nothing_is_shown_before_signing_in_and_the_way_leads_back(stand: Stand) -> None:
    stand.account("li", "duty")
    async with stand.browser() as browser:
        asked = await browser.get("/orders?unit=C1&lang=zh")
        assert (asked.status_code, asked.headers["location"]) == (303, "/sign-in?next=/orders%3Funit%3DC1%26lang%3Dzh")
        page = await browser.get(asked.headers["location"])
        assert page.status_code == 200
        assert 'name="next" value="/orders?unit=C1&amp;lang=zh"' in page.text
        data = await browser.get("/api/live", headers={"accept": "application/json"})
        assert (data.status_code, data.text) == (401, "sign in first: /sign-in")
        entered = await sign_in(browser, "li", goal="/definitions")
        assert (entered.status_code, entered.headers["location"]) == (303, "/definitions")
        cookie = entered.headers["set-cookie"]
        assert cookie.startswith("lightkeeper-visit=") and cookie.endswith("; Path=/; HttpOnly; SameSite=Lax")
        assert (await browser.get("/api/live")).status_code == 200
    assert acts(stand)[-1] == ("Li", "sign_in")


async def test_a_wrong_password_and_an_unknown_user_are_told_alike(stand: Stand) -> None:
    stand.account("li", "duty")
    async with stand.browser() as browser:
        wrong, unknown = await sign_in(browser, "li", "falsch"), await sign_in(browser, "nobody")
    assert (wrong.status_code, unknown.status_code) == (401, 401)
    assert wrong.text == unknown.text
    assert "set-cookie" not in wrong.headers
    assert [what for _, what in acts(stand)][-2:] == ["sign_in_failed", "sign_in_failed"]


async def test_session_fixation_the_token_is_another_one_at_each_sign_in(stand: Stand) -> None:
    """Session fixation: what a browser held before is no visit afterwards."""
    stand.account("li", "duty")
    async with stand.browser() as browser:
        browser.cookies.set("lightkeeper-visit", "planted", domain="127.0.0.1")
        tokens = [(await sign_in(browser, "li")).cookies["lightkeeper-visit"] for _ in range(2)]
        assert len({*tokens, "planted"}) == 3
    async with stand.browser() as other:
        other.cookies.set("lightkeeper-visit", "planted", domain="127.0.0.1")
        assert (await other.get("/api/live")).status_code == 303
    async with stand.browser() as other:
        other.cookies.set("lightkeeper-visit", tokens[0], domain="127.0.0.1")
        assert (await other.get("/api/live")).status_code == 200


async def test_signing_out_ends_the_visit(stand: Stand) -> None:
    async with stand.signed_in("li", "duty") as browser:
        token = browser.cookies["lightkeeper-visit"]
        out = await browser.post("/sign-out", headers=ORIGIN)
        assert (out.status_code, out.headers["location"]) == (303, "/sign-in")
        assert "Max-Age=0" in out.headers["set-cookie"]
    async with stand.browser() as other:
        other.cookies.set("lightkeeper-visit", token, domain="127.0.0.1")
        assert (await other.get("/api/live")).status_code == 303
    assert acts(stand)[-1] == ("Li", "sign_out")


@pytest.mark.parametrize(
    ("hours", "step_min", "status"),
    [
        pytest.param(11.0, 30, 200, id="used, within its hours"),
        pytest.param(12.5, 30, 303, id="its hours are over"),
        pytest.param(2.0, 70, 303, id="unseen for too long"),
    ],
)
async def test_a_visit_ends_by_itself(stand: Stand, hours: float, step_min: float, status: int) -> None:
    async with stand.signed_in("li", "duty") as browser:
        end = stand.at + timedelta(hours=hours)
        while stand.at < end:
            stand.later(minutes=step_min)
            last = await browser.get("/api/live")
        assert last.status_code == status


async def test_what_an_account_may_changes_at_once(stand: Stand) -> None:
    async with stand.signed_in("li", "duty") as browser:
        number = next(a["id"] for a in accounts.listed(stand.ledger) if a["user"] == "li")
        stand.account("root", "administrator")
        accounts.change(stand.ledger, number, "root", stand.at, role="leader")
        stand.reception.forget()
        assert (await browser.get("/api/live")).status_code == 303
        await sign_in(browser, "li")
        accounts.change(stand.ledger, number, "root", stand.at, disabled=True)
        stand.reception.forget()
        assert (await browser.get("/api/live")).status_code == 303
        assert (await sign_in(browser, "li")).status_code == 401


async def test_password_guessing_a_thousand_tries_are_locked_out_and_the_owner_elsewhere_is_not(stand: Stand) -> None:
    stand.account("li", "duty")
    heard = 0
    async with stand.browser("203.0.113.9") as guesser:
        for n in range(1000):
            said = await sign_in(guesser, "li", f"guess {n}")
            assert said.status_code in (401, 429)
            heard += said.status_code == 401
        assert heard == throttle.FREE_PAIR + 1
        assert (await sign_in(guesser, "li")).status_code == 429  # not even with the right one
    async with stand.browser("198.51.100.7") as owner:
        assert (await sign_in(owner, "li")).status_code == 303
    stand.later(minutes=1)
    assert stand.reception.enter("li", PASSWORD, "203.0.113.9")  # the pause is over


async def test_who_tries_many_accounts_is_locked_out_too(stand: Stand) -> None:
    stand.account("li", "duty")
    async with stand.browser("203.0.113.9") as guesser:
        said = [(await sign_in(guesser, f"user{n}", "12345")).status_code for n in range(30)]
    assert said.count(401) == throttle.FREE_PLACE + 1


def test_pauses_double_up_to_an_hour() -> None:
    waits = [throttle.until(n, 4, BEGAN) for n in range(3, 16)]
    seconds = [None if w is None else (w - BEGAN).total_seconds() for w in waits]
    assert seconds == [None, None, 30, 60, 120, 240, 480, 960, 1920, 3600, 3600, 3600, 3600]
    assert throttle.counted(9, BEGAN - timedelta(hours=3), BEGAN) == 1


async def test_the_first_administrator_must_change_the_password_before_anything_else(stand: Stand) -> None:
    password = first_administrator(stand.ledger, stand.access, stand.at)
    assert password is not None
    assert first_administrator(stand.ledger, stand.access, stand.at) is None
    async with stand.browser() as browser:
        assert (await sign_in(browser, "admin", password)).status_code == 303
        assert (await browser.get("/orders")).headers["location"] == "/password"
        assert (await browser.get("/api/live", headers={"accept": "*/*"})).status_code == 403
        assert "must be changed first" in (await browser.get("/password?lang=en")).text
        given = {"old": password, "new": PASSWORD, "again": PASSWORD}
        for wrong, status in (({"again": "x"}, 400), ({"old": "x"}, 401), ({"new": "short", "again": "short"}, 400)):
            said = await browser.post("/password", data=given | wrong, headers=ORIGIN)
            assert (said.status_code, "set-cookie" in said.headers) == (status, False)
        before = browser.cookies["lightkeeper-visit"]
        assert (await browser.post("/password", data=given, headers=ORIGIN)).status_code == 303
        assert (await browser.get("/api/live")).status_code == 200
    async with stand.browser() as other:  # the visit under the old password is over
        other.cookies.set("lightkeeper-visit", before, domain="127.0.0.1")
        assert (await other.get("/api/live")).status_code == 303


@pytest.mark.parametrize(
    ("text", "goal"),
    [
        ("/orders?unit=C1", "/orders?unit=C1"),
        ("https://evil.example/", "/"),
        ("//evil.example/", "/"),
        ("/\\evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("/a\r\nset-cookie: x=1", "/"),
        ("", "/"),
    ],
)
async def test_signing_in_leads_nowhere_else(stand: Stand, text: str, goal: str) -> None:
    """Open redirect and header injection."""
    assert address_of(text) == goal
    stand.account("li", "duty")
    async with stand.browser() as browser:
        entered = await sign_in(browser, "li", goal=text)
    assert entered.headers["location"] == goal
    assert len(entered.headers.get_list("set-cookie")) == 1


async def test_another_sites_page_acts_in_nobodys_name(stand: Stand) -> None:
    """CSRF: with the cookie, a change needs a browser's word that this site asks."""
    async with stand.signed_in("li", "duty") as browser:
        for headers in ({}, {"origin": "https://evil.example"}, {"origin": "null"}, {"sec-fetch-site": "cross-site"}):
            said = await browser.post("/sign-out", headers=headers)
            assert said.status_code == 403, headers
        assert (await browser.get("/api/live")).status_code == 200
        assert (await browser.post("/sign-out", headers={"sec-fetch-site": "same-origin"})).status_code == 303


async def test_no_page_may_be_framed_and_none_asks_elsewhere(stand: Stand) -> None:
    """Clickjacking, and outside origins."""
    async with stand.browser() as browser:
        for path in ("/sign-in", "/orders", "/api/live", "/nothing"):
            headers = (await browser.get(path)).headers
            assert "frame-ancestors 'none'" in headers["content-security-policy"]
            assert "http" not in headers["content-security-policy"]
            assert headers["x-content-type-options"] == "nosniff"


async def test_a_name_that_is_not_this_servers_is_not_answered(stand: Stand) -> None:
    async with stand.browser(base="http://evil.example") as browser:
        assert (await browser.get("/sign-in")).status_code == 421


async def test_bodies_and_paces_have_limits(stand: Stand) -> None:
    async with stand.signed_in("li", "duty") as browser:
        huge = await browser.post("/_dash-update-component", content=b"x" * 1_000_001, headers=ORIGIN)
        assert huge.status_code == 413
    async with stand.browser("203.0.113.9") as browser:
        codes = [(await browser.get("/sign-in")).status_code for _ in range(700)]
        assert (codes[0], codes[-1]) == (200, 429)


def test_one_time_passwords_differ_and_fit() -> None:
    one, other = passwords.one_time(), passwords.one_time()
    assert one != other
    form = passwords.hashed(one)
    assert form.startswith("$argon2id$")
    assert passwords.fits(one, form)
    assert not passwords.fits(other, form)
    assert not passwords.fits(one, None)
    assert not passwords.fits(one, "no form at all")


async def test_behind_tls_the_cookie_says_so(tmp_path_factory: pytest.TempPathFactory, stand: Stand) -> None:
    secure = Stand(tmp_path_factory.mktemp("tls"), stand.access.model_copy(update={"tls": True}))
    secure.account("li", "duty")
    async with secure.browser() as browser:
        entered: httpx.Response = await sign_in(browser, "li")
    secure.close()
    cookie = entered.headers["set-cookie"]
    assert cookie.startswith("__Host-lightkeeper-visit=") and cookie.endswith("; SameSite=Lax; Secure")
    assert entered.headers["strict-transport-security"] == "max-age=31536000"
    assert entered.headers["location"] == "/" and HERE.startswith("http:")
