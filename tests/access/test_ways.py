"""The whole way in: by a real directory, a real provider, and a proxy, through the gate and back to the page."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from settings_access import Access, Grant, Ldap, Oidc, Proxy
from store.ledger import accounts, audit
from tests.access.slapd import DUTY, PEOPLE, Slapd
from tests.access.stand import ORIGIN, Stand, sign_in
from tests.access.test_directory import slapd  # noqa: F401  a fixture
from tests.access.test_provider import mock, pytestmark  # noqa: F401  a fixture, and the mock's own warnings

SECRET = "a secret of the proxy in front"


@contextmanager
def stand_with(folder: Path, **access: Any) -> Iterator[Stand]:
    one = Stand(folder, Access(**access))
    yield one
    one.close()


async def test_the_directory_lets_in_whom_a_grant_fits(slapd: Slapd, tmp_path: Path) -> None:  # noqa: F811
    grants = (Grant(group=DUTY, role="manager", units=("C2",)),)
    with stand_with(tmp_path, ldap=Ldap(url=slapd.url, base=PEOPLE), grants=grants) as stand:
        stand.account("li", "duty")
        async with stand.browser() as browser:
            assert (await sign_in(browser, "ada", "wrong")).status_code == 401
            assert (await sign_in(browser, "ada", "")).status_code == 401
            assert (await sign_in(browser, "li")).status_code == 303  # an account of our own goes first
            assert (await sign_in(browser, "ada", "ada's word")).status_code == 303
            assert (await browser.get("/api/live?view=situation@C1")).status_code == 403
        ada = next(a for a in accounts.listed(stand.ledger) if a["user"] == "ada")
        assert (ada["way"], ada["name"], ada["role"], ada["units"]) == ("ldap", "Ada of Linjiang", "manager", ["C2"])


async def test_whom_no_grant_fits_is_not_let_in(slapd: Slapd, tmp_path: Path) -> None:  # noqa: F811
    grants = (Grant(group="cn=nobody", role="duty"),)
    with stand_with(tmp_path, local=False, ldap=Ldap(url=slapd.url, base=PEOPLE), grants=grants) as stand:
        async with stand.browser() as browser:
            assert (await sign_in(browser, "ada", "ada's word")).status_code == 401
        why = audit.lines(stand.ledger, acts=["sign_in_failed"])[0]["detail"]["why"]
        assert "no group of ada" in why


async def test_a_directory_that_is_away_is_said(tmp_path: Path) -> None:
    ldap = Ldap(url="ldap://127.0.0.1:9", base=PEOPLE, timeout_s=1)
    with stand_with(tmp_path, ldap=ldap, grants=(Grant(group="*", role="duty"),)) as stand:
        async with stand.browser() as browser:
            said = await sign_in(browser, "ada", "ada's word")
    assert said.status_code == 503 and "目录服务无应答" in said.text


async def test_the_provider_sends_back_to_the_page_that_was_asked_for(mock: str, tmp_path: Path) -> None:  # noqa: F811
    oidc = Oidc(issuer=mock, client_id="lightkeeper", client_secret=SecretStr("secret"))
    with stand_with(tmp_path, oidc=oidc, grants=(Grant(group="duty", role="duty"),)) as stand:
        async with stand.browser() as browser, httpx.AsyncClient() as outside:
            page = await browser.get("/sign-in?next=/definitions")
            assert 'href="/sign-in/oidc?next=/definitions"' in page.text
            there = await browser.get("/sign-in/oidc?next=/definitions")
            assert there.status_code == 303 and there.headers["location"].startswith(mock)
            back = (await outside.post(there.headers["location"], data={"sub": "ada"})).headers["location"]
            async with stand.browser() as other:  # another browser can not bring it back: nobody is signed in by a link
                assert (await other.get(back)).status_code == 401
            again = await browser.get("/sign-in/oidc?next=/definitions")
            back = (await outside.post(again.headers["location"], data={"sub": "ada"})).headers["location"]
            entered = await browser.get(back)
            assert (entered.status_code, entered.headers["location"]) == (303, "/definitions")
            assert (await browser.get("/api/live")).status_code == 200
            assert (await browser.get(back)).status_code == 401  # a code is good once
        assert audit.lines(stand.ledger, acts=["sign_in"])[0]["detail"] == {"way": "oidc"}


async def test_the_proxy_names_who_asks_and_nobody_else_may(tmp_path: Path) -> None:
    proxy = Proxy(secret=SecretStr(SECRET))
    with stand_with(tmp_path, local=False, proxy=proxy, grants=(Grant(group="leaders", role="leader"),)) as stand:
        named = {"x-remote-user": "ada", "x-remote-groups": "x, leaders", "x-proxy-secret": SECRET}
        async with stand.browser() as browser:
            assert (await browser.get("/api/live", headers=named)).status_code == 200
            assert (await browser.get("/access", headers=named)).status_code == 403
            for wrong in ({"x-proxy-secret": "guess"}, {"x-remote-groups": "x"}):
                assert (await browser.get("/api/live", headers=named | wrong)).status_code == 403
            assert (await browser.get("/api/live", headers={"x-remote-user": "ada"})).status_code == 403
            assert (await browser.get("/api/live", headers={"accept": "*/*"})).status_code == 401
            assert (await browser.post("/sign-out", headers=named)).status_code == 403  # CSRF holds here too
            assert (await browser.post("/sign-out", headers=named | ORIGIN)).status_code == 303
        assert [line["detail"] for line in audit.lines(stand.ledger, acts=["sign_in"])] == [{"way": "proxy"}]


def test_without_a_way_nothing_is_a_gate() -> None:
    with pytest.raises(ValueError, match="nobody could sign in"):
        Access(local=False)
