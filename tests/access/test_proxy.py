"""A proxy says who somebody is: only with its secret, once, and nothing of it goes further."""

import pytest
from pydantic import SecretStr

from dashboard.access.identity import Identity, NotLetIn
from dashboard.access.proxy import check, identity_of, strip
from settings_access import Proxy

SECRET = "a-secret-of-the-proxy-alone"
PROXY = Proxy(secret=SecretStr(SECRET))
USER, SAID = (b"x-remote-user", b"ada"), (b"x-proxy-secret", SECRET.encode())
NAME, GROUPS = (b"X-Remote-Name", "王培士".encode()), (b"x-remote-groups", b"leaders, duty,,leaders ")


@pytest.mark.parametrize(
    ("headers", "identity"),
    [
        pytest.param([USER, SAID], Identity("proxy", "ada", "ada"), id="a user"),
        pytest.param(
            [NAME, USER, GROUPS, SAID], Identity("proxy", "ada", "王培士", ("leaders", "duty")), id="name and groups"
        ),
        pytest.param([SAID], None, id="the proxy names nobody"),
        pytest.param([(b"x-remote-user", b" "), SAID], None, id="a blank is nobody"),
        pytest.param([(b"host", b"x")], None, id="no proxy"),
        pytest.param([(b"x-proxy-secret", b"wrong")], None, id="a wrong secret that names nobody changes nothing"),
    ],
)
def test_the_proxy_is_believed(headers: list[tuple[bytes, bytes]], identity: Identity | None) -> None:
    assert identity_of(headers, PROXY) == identity


@pytest.mark.parametrize(
    ("headers", "why"),
    [
        pytest.param([USER], "without the proxy's secret", id="without the secret"),
        pytest.param([USER, (b"x-proxy-secret", b"wrong")], "without the proxy's secret", id="with another"),
        pytest.param([USER, (b"x-proxy-secret", b"")], "without the proxy's secret", id="with an empty one"),
        pytest.param(
            [USER, (b"x-proxy-secret", SECRET[:-1].encode())], "without the proxy's secret", id="with part of it"
        ),
        pytest.param([USER, SAID, SAID], "without the proxy's secret", id="with the secret twice"),
        pytest.param([(b"x-proxy-secret", b"wrong"), USER, SAID], "without the proxy's secret", id="with two secrets"),
        pytest.param([(b"X-REMOTE-USER", b"root"), USER, SAID], "X-Remote-User came 2 times", id="two users"),
        pytest.param([USER, (b"x-remote-user", b""), SAID], "came 2 times", id="a second that is empty"),
        pytest.param([USER, GROUPS, GROUPS, SAID], "X-Remote-Groups came 2 times", id="two lists of groups"),
        pytest.param([USER, NAME, NAME, SAID], "X-Remote-Name came 2 times", id="two names"),
        pytest.param([(b"x-remote-user", b"\xff"), SAID], "no UTF-8", id="no UTF-8"),
        pytest.param([(b"x-remote-user", b"a\tb"), SAID], "can not be printed", id="a tab in it"),
        pytest.param([(b"x-remote-user", b"a" * 257), SAID], "longer than 256", id="too long"),
    ],
)
def test_nobody_else_is_believed(headers: list[tuple[bytes, bytes]], why: str) -> None:
    with pytest.raises(NotLetIn, match=why) as told:
        identity_of(headers, PROXY)
    assert SECRET not in told.value.why


def test_nothing_of_the_proxy_goes_further() -> None:
    rest = [(b"host", b"x"), (b"cookie", b"a=b")]
    assert strip([USER, *rest, SAID, NAME, GROUPS, (b"X-PROXY-SECRET", b"again")], PROXY) == rest


def test_its_settings_are_looked_at() -> None:
    assert check(PROXY) == []
    short, twice = check(Proxy(secret=SecretStr("short"), name_header="x-remote-user"))
    assert short.startswith("access.proxy.secret: is shorter than 20 characters")
    assert twice == "access.proxy: x-remote-user is named for two things; give each a header of its own"
