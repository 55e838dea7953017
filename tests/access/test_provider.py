"""A provider says who somebody is: tried on oidc-provider-mock as a browser does, and on a provider that cheats."""

import base64
import hashlib
import socket
import time
import warnings
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest
from joserfc.jwk import OctKey
from pydantic import SecretStr

from dashboard.access.identity import Identity, NotLetIn, WayDown
from dashboard.access.provider import Begun, Provider, claim, identity_in
from settings_access import Oidc
from tests.access.crooked import CLIENT, KEYS, Crooked, crooked

BACK = "http://127.0.0.1:8050/sign-in/oidc"
DISCOVERY = "/.well-known/openid-configuration"
pytestmark = [  # the mock's own
    pytest.mark.filterwarnings("ignore::authlib.deprecate.AuthlibDeprecationWarning"),
    pytest.mark.filterwarnings("ignore:get_jwt_config:DeprecationWarning"),
]


@pytest.fixture(scope="module")
def mock() -> Iterator[str]:
    """The issuer of a running oidc-provider-mock that knows ada."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it imports what Authlib will drop
        import oidc_provider_mock as mocking
    ada = mocking.User(sub="ada", claims={"preferred_username": "ada", "name": "Ada of Linjiang", "groups": ["duty"]})
    with mocking.run_server_in_thread(user_claims=(ada,)) as server:
        yield f"http://localhost:{server.server_port}"


def of_mock(issuer: str) -> Provider:
    return Provider(Oidc(issuer=issuer, client_id=CLIENT, client_secret=SecretStr("secret")))


def returned(begun: Begun, **form: str) -> dict[str, str]:
    """What the provider sends the browser back with."""
    answer = httpx.post(begun.url, data=form)
    assert answer.status_code == 302, answer.text
    assert answer.headers["location"].startswith(BACK)
    return dict(parse_qsl(urlsplit(answer.headers["location"]).query))


def test_who_signs_in_there_is_known_here(mock: str) -> None:
    provider = of_mock(mock)
    begun = provider.begin(BACK)
    identity = provider.finish(begun, BACK, returned(begun, sub="ada"))
    assert identity == Identity("oidc", "ada", "Ada of Linjiang", ("duty",))
    assert provider.check() == []


def test_a_code_is_good_once_and_for_its_own_sign_in(mock: str) -> None:
    provider = of_mock(mock)
    begun, other = provider.begin(BACK), provider.begin(BACK)
    params = returned(begun, sub="ada")
    with pytest.raises(NotLetIn, match="the state differs"):
        provider.finish(other, BACK, params)
    assert provider.finish(begun, BACK, params).user == "ada"
    with pytest.raises(NotLetIn, match="refused the code: invalid_grant"):
        provider.finish(begun, BACK, params)


def test_a_code_of_another_sign_in_is_caught_by_its_nonce(mock: str) -> None:
    provider = of_mock(mock)
    begun, other = provider.begin(BACK), provider.begin(BACK)
    stolen = returned(other, sub="ada") | {"state": begun.state}
    with pytest.raises(NotLetIn, match=r"token is not good: invalid_claim.*nonce"):
        provider.finish(begun, BACK, stolen)


def test_who_says_no_there_is_not_let_in_here(mock: str) -> None:
    provider = of_mock(mock)
    begun = provider.begin(BACK)
    params = {"state": begun.state} | returned(begun, action="deny")
    with pytest.raises(NotLetIn, match="the provider refused: access_denied"):
        provider.finish(begun, BACK, params)


@pytest.fixture(scope="module")
def running() -> Iterator[Crooked]:
    with crooked() as one:
        yield one


@pytest.fixture
def bent(running: Crooked) -> Crooked:
    running.reset()
    return running


def of(bent: Crooked, **settings: Any) -> Provider:
    return Provider(Oidc(**{"issuer": bent.issuer, "client_id": CLIENT, "timeout_s": 2, **settings}))


def finished(provider: Provider, bent: Crooked, **token: Any) -> Identity:
    begun = provider.begin(BACK)
    bent.give(bent.token(**{"nonce": begun.nonce} | token))
    return provider.finish(begun, BACK, {"state": begun.state, "code": "c"})


def test_the_code_is_asked_for_and_exchanged_with_pkce(bent: Crooked) -> None:
    provider = of(bent, client_secret="s:/cret")
    begun = provider.begin(BACK)
    asked = dict(parse_qsl(urlsplit(begun.url).query))
    digest = hashlib.sha256(begun.verifier.encode()).digest()
    assert asked == {
        "response_type": "code",
        "client_id": CLIENT,
        "redirect_uri": BACK,
        "scope": "openid profile",
        "state": begun.state,
        "nonce": begun.nonce,
        "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
        "code_challenge_method": "S256",
    }
    bent.give(bent.token(begun.nonce))
    assert provider.finish(begun, BACK, {"state": begun.state, "code": "c"}).groups == ("duty",)
    _, head, form = next(a for a in bent.asked if a[0] == "/token")
    assert form == {
        "grant_type": "authorization_code", "code": "c", "code_verifier": begun.verifier, "redirect_uri": BACK,
    }  # fmt: skip
    assert base64.b64decode(head["authorization"].removeprefix("Basic ")) == b"lightkeeper:s:/cret"
    other = provider.begin(BACK)
    assert len({begun.state, begun.nonce, begun.verifier, other.state, other.nonce, other.verifier}) == 6
    assert bent.times("/userinfo") == 0, "nothing was missing"
    assert bent.times(DISCOVERY) == 1, "discovery is kept"


NOW = int(time.time())


@pytest.mark.parametrize(
    ("token", "why"),
    [
        pytest.param({"iss": "https://elsewhere"}, "iss", id="of another issuer"),
        pytest.param({"iss": None}, "iss", id="of no issuer"),
        pytest.param({"aud": "another"}, "aud", id="for another client"),
        pytest.param({"aud": [CLIENT, "another"]}, "azp", id="for two, and nobody says for whom"),
        pytest.param({"aud": [CLIENT, "another"], "azp": "another"}, "azp", id="for two, and the other"),
        pytest.param({"exp": NOW - 3600}, "expired", id="too old"),
        pytest.param({"exp": None}, "exp", id="for ever"),
        pytest.param({"iat": NOW + 86_400, "exp": NOW + 90_000}, "issued in the future", id="of tomorrow"),
        pytest.param({"nonce": "another"}, "nonce", id="of another sign-in"),
        pytest.param({"nonce": None}, "nonce", id="of no sign-in"),
        pytest.param({"at_hash": "x"}, "at_hash", id="of another access token"),
        pytest.param({"sub": None}, "sub", id="about nobody"),
        pytest.param({"key": KEYS[1]}, "invalid_key_id", id="signed with an unknown key"),
        pytest.param({"key": KEYS[1], "header": {"kid": "one"}}, "bad_signature", id="signed by somebody else"),
        pytest.param(
            {"key": OctKey.import_key("our-secret-our-secret-our-secret"), "header": {"alg": "HS256", "kid": "one"}},
            "unsupported_algorithm",
            id="signed with our secret",
        ),
        pytest.param({"preferred_username": " "}, "gave no preferred_username", id="that names a blank"),
    ],
)
def test_a_token_that_is_not_good_lets_nobody_in(bent: Crooked, token: dict[str, Any], why: str) -> None:
    with pytest.raises(NotLetIn, match=why):
        finished(of(bent), bent, **token)


def test_a_token_without_a_signature_lets_nobody_in(bent: Crooked) -> None:
    provider = of(bent)
    begun = provider.begin(BACK)
    payload = bent.token(begun.nonce).split(".")[1]
    head = base64.urlsafe_b64encode(b'{"alg":"none","kid":"one"}').rstrip(b"=").decode()
    for token in (f"{head}.{payload}.", f"{head}.{payload}", "", "a.b.c"):
        bent.give(token)
        with pytest.raises(NotLetIn, match="token is not good"):
            provider.finish(begun, BACK, {"state": begun.state, "code": "c"})


def test_keys_are_kept_and_read_again_when_one_is_unknown(bent: Crooked) -> None:
    provider = of(bent)
    assert [finished(provider, bent).user for _ in range(2)] == ["ada", "ada"]
    assert bent.times("/keys") == 1
    bent.publish(*KEYS)
    assert finished(provider, bent, key=KEYS[1]).user == "ada"
    assert bent.times("/keys") == 2


def test_what_a_token_lacks_is_asked_of_userinfo(bent: Crooked) -> None:
    bent.answers["/userinfo"] = {"sub": "7", "preferred_username": "mallory", "groups": ["leaders"]}
    assert finished(of(bent), bent, groups=None) == Identity("oidc", "ada", "Ada", ("leaders",)), (
        "the token's word wins"
    )
    assert next(head for path, head, _ in bent.asked if path == "/userinfo")["authorization"] == "Bearer a"
    bent.answers["/userinfo"] = {"sub": "8", "groups": ["leaders"]}
    with pytest.raises(NotLetIn, match="somebody else"):
        finished(of(bent), bent, groups=None)


@pytest.mark.parametrize(
    ("params", "why"),
    [
        pytest.param({"state": "x", "code": "c"}, "the state differs", id="another state"),
        pytest.param({"code": "c"}, "the state differs", id="no state"),
        pytest.param({"state": "", "error": "access_denied"}, "the state differs", id="an error without a state"),
        pytest.param({"state": "S"}, "has no code", id="no code"),
        pytest.param({"state": "S", "code": "c", "iss": "https://x"}, "another provider's", id="another provider"),
        pytest.param(
            {"state": "S", "error": "a\r\nSet-Cookie: b"}, "refused: a  Set-Cookie", id="an error of two lines"
        ),
    ],
)
def test_an_answer_that_is_none_is_refused_before_the_provider_is_asked(
    bent: Crooked, params: dict[str, str], why: str
) -> None:
    provider = of(bent)
    begun = provider.begin(BACK)
    with pytest.raises(NotLetIn, match=why):
        provider.finish(begun, BACK, {k: begun.state if v == "S" else v for k, v in params.items()})
    assert bent.times("/token") == 0


@pytest.mark.parametrize(
    ("path", "answer", "fault"),
    [
        pytest.param(DISCOVERY, (404, b"{}"), "answers HTTP 404; check access.oidc.issuer", id="no discovery"),
        pytest.param(DISCOVERY, (200, b"<html>"), "answers no JSON object", id="a page"),
        pytest.param(DISCOVERY, (200, b"[]"), "answers no JSON object", id="a list"),
        pytest.param(DISCOVERY, {"issuer": "https://x"}, "calls itself https://x; write that", id="another name"),
        pytest.param(DISCOVERY, (302, b"/keys"), "answers HTTP 302", id="a redirect is not followed"),
        pytest.param("/keys", {"keys": []}, "no keys that sign", id="no keys"),
        pytest.param("/keys", {"keys": ["RSA"]}, "no keys that sign", id="keys that are none"),
        pytest.param("/keys", {"keys": [{"kty": "RSA"}]}, "no keys that sign", id="broken keys"),
        pytest.param("/keys", (200, b"x" * 2_000_000), "answers too much", id="too much"),
        pytest.param("/token", (401, b'{"error": "invalid_client"}'), "does not know us", id="a wrong secret"),
        pytest.param("/token", (502, b"bad gateway"), "HTTP 502 and no token", id="a broken one"),
    ],
)
def test_what_keeps_everybody_out_is_told_with_its_cure(bent: Crooked, path: str, answer: Any, fault: str) -> None:
    bent.answers[path] = answer
    (told,) = of(bent, client_secret="secret-of-ours").check()
    assert told.startswith("access.oidc: ") and fault in told
    assert "secret-of-ours" not in told


def test_a_provider_that_does_not_fit_is_told(bent: Crooked) -> None:
    bent.answers["/token"] = (400, b'{"error": "invalid_grant"}')
    assert of(bent).check() == []
    bent.answers[DISCOVERY] |= {
        "scopes_supported": ["openid"], "code_challenge_methods_supported": ["plain"],
        "id_token_signing_alg_values_supported": ["HS256"],
    }  # fmt: skip
    scopes, pkce, signs = of(bent).check()
    assert "has no profile" in scopes and "PKCE" in pkce and "HS256 only" in signs


def test_one_who_is_away_or_says_nothing_is_not_waited_for() -> None:
    with pytest.raises(WayDown, match="can not be reached"):
        Provider(Oidc(issuer="http://127.0.0.1:1", client_id=CLIENT)).begin(BACK)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        issuer = f"http://127.0.0.1:{silent.getsockname()[1]}"
        began = time.monotonic()
        with pytest.raises(WayDown, match="does not answer in time"):
            Provider(Oidc(issuer=issuer, client_id=CLIENT, timeout_s=0.3)).begin(BACK)
        assert time.monotonic() - began < 3


def test_an_issuer_over_https_has_no_endpoint_without() -> None:
    line = Provider(Oidc(issuer="https://id.example", client_id=CLIENT))._line
    assert line.is_safe("https://id.example/keys")
    assert not any(line.is_safe(url) for url in ("http://id.example/keys", "file:///etc/passwd", None, 7))


@pytest.mark.parametrize(
    ("claims", "name", "value"),
    [
        pytest.param({"groups": ["a"]}, "groups", ["a"], id="a claim"),
        pytest.param({"realm_access": {"roles": ["a"]}}, "realm_access.roles", ["a"], id="inside another"),
        pytest.param({"https://x.y/g": ["a"]}, "https://x.y/g", ["a"], id="a name with dots"),
        pytest.param({"realm_access": "x"}, "realm_access.roles", None, id="no inside"),
        pytest.param({}, "groups", None, id="missing"),
    ],
)
def test_a_claim_is_found_by_its_name_or_the_way_into_it(claims: dict[str, Any], name: str, value: Any) -> None:
    assert claim(claims, name) == value


def test_an_address_that_is_not_verified_is_nobodys() -> None:
    settings = Oidc(issuer="https://x", client_id=CLIENT, user_claim="email")
    assert identity_in({"email": "a@x", "email_verified": True, "groups": "one"}, settings).groups == ("one",)
    with pytest.raises(NotLetIn, match="not verified"):
        identity_in({"email": "a@x", "email_verified": False}, settings)
