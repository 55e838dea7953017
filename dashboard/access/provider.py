"""Who somebody is by a provider (OpenID Connect Core 1.0): authorization code with PKCE, ID token verified."""

import hmac
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from secrets import token_urlsafe
from threading import Lock
from typing import Any, Final

from dashboard.access.identity import Identity, NotLetIn, WayDown
from dashboard.access.provider_line import Line
from settings_access import Oidc

DISCOVERY_S: Final = 3600  # that what a provider says of itself is believed
LEEWAY_S: Final = 60  # that two clocks may differ
# Signed with the provider's own key only: neither "none" nor one with our secret is a signature of its.
ALGORITHMS: Final = (
    "RS256",
    "RS384",
    "RS512",
    "PS256",
    "PS384",
    "PS512",
    "ES256",
    "ES384",
    "ES512",
    "EdDSA",
    "Ed25519",
)
_ENDPOINTS: Final = ("authorization_endpoint", "token_endpoint", "jwks_uri")
_OURS: Final = {"invalid_client", "unauthorized_client"}  # errors about our settings, not about a person


@dataclass(frozen=True)
class Begun:
    """A sign-in that was begun: `url` for the browser; the rest is kept where only that browser can bring it back."""

    url: str
    state: str
    nonce: str
    verifier: str


class Provider:
    """One provider. What it says of itself is kept for an hour, its keys until one is unknown. Threads may share it."""

    def __init__(self, settings: Oidc) -> None:
        self._settings = settings
        self._line = Line(settings)
        self._lock = Lock()
        self._known: tuple[float, dict[str, Any]] | None = None
        self._keys: Any = None

    def begin(self, redirect_uri: str) -> Begun:
        """Where to send the browser. Errors: WayDown."""
        from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
        from authlib.oauth2.rfc7636 import create_s256_code_challenge

        state, nonce, verifier = token_urlsafe(32), token_urlsafe(32), token_urlsafe(48)
        url = prepare_grant_uri(
            self._discovery()["authorization_endpoint"],
            self._settings.client_id,
            "code",
            redirect_uri=redirect_uri,
            scope=" ".join(self._settings.scopes),
            state=state,
            nonce=nonce,
            code_challenge=create_s256_code_challenge(verifier),
            code_challenge_method="S256",
        )
        return Begun(url, state, nonce, verifier)

    def finish(self, begun: Begun, redirect_uri: str, params: Mapping[str, str]) -> Identity:
        """Who came back with `params`, the query of `redirect_uri`.

        Errors: NotLetIn where the provider refused, or what came back is not the answer to `begun`; WayDown where the
        provider can not be asked. Blocks for up to five requests of `timeout_s`.
        """
        code = self._code(begun, params)
        token = self._exchanged({"code": code, "code_verifier": begun.verifier, "redirect_uri": redirect_uri})
        claims = self._verified(token, begun.nonce)
        missing = [c for c in self._wanted() if claim(claims, c) is None]
        if missing and self._discovery().get("userinfo_endpoint"):
            more = self._line.json(self._discovery()["userinfo_endpoint"], bearer=str(token.get("access_token")))
            if more.get("sub") != claims["sub"]:
                raise NotLetIn("the provider's userinfo is about somebody else")
            claims = {**more, **claims}
        return identity_in(claims, self._settings)

    def check(self) -> list[str]:
        """What keeps everybody from signing in, a sentence each with its cure; none: []."""
        try:
            said = self._discovery()
            self._read_keys()
            faults = list(_unfit(said, self._settings))
            with suppress(NotLetIn):  # it knows us, and no such code
                self._exchanged({"code": "check", "code_verifier": "-" * 43, "redirect_uri": "https://localhost/check"})
        except WayDown as error:
            return [f"access.oidc: {error.why}"]
        return faults

    def _wanted(self) -> tuple[str, ...]:
        return self._settings.user_claim, self._settings.name_claim, self._settings.groups_claim

    def _discovery(self) -> dict[str, Any]:
        with self._lock:
            if self._known and time.monotonic() - self._known[0] < DISCOVERY_S:
                return self._known[1]
        issuer = self._settings.issuer
        said = self._line.json(f"{issuer.rstrip('/')}/.well-known/openid-configuration")
        if said.get("issuer") != issuer:
            raise WayDown(f"{issuer} calls itself {said.get('issuer')!s:.200}; write that as access.oidc.issuer")
        for name in _ENDPOINTS:
            if not self._line.is_safe(said.get(name)):
                raise WayDown(f"{issuer} names no {name} over https; look at the provider's settings")
        with self._lock:
            self._known = time.monotonic(), said
        return said

    def _code(self, begun: Begun, params: Mapping[str, str]) -> str:
        if not hmac.compare_digest(params.get("state", "").encode(), begun.state.encode()):
            raise NotLetIn("the state differs: this answer belongs to another sign-in, or to none")
        issuer = params.get("iss")  # RFC 9207: an answer of another provider
        promised = self._discovery().get("authorization_response_iss_parameter_supported")
        if issuer != self._settings.issuer and (issuer is not None or promised):
            raise NotLetIn("the answer is another provider's")
        if "error" in params:
            raise NotLetIn(f"the provider refused: {_plain(params['error'])} {_plain(params.get('error_description'))}")
        if not params.get("code"):
            raise NotLetIn("the provider's answer has no code")
        return params["code"]

    def _exchanged(self, given: Mapping[str, str]) -> dict[str, Any]:
        """What the token endpoint gives for a code."""
        said = self._discovery()
        form = {"grant_type": "authorization_code", **given}
        answer = self._line.token(said["token_endpoint"], form, said.get("token_endpoint_auth_methods_supported"))
        if "error" not in answer:
            return answer
        error = f"{_plain(answer['error'])} {_plain(answer.get('error_description'))}"
        if answer["error"] in _OURS:
            raise WayDown(
                f"{self._settings.issuer} does not know us: {error}; check access.oidc.client_id and its secret"
            )
        raise NotLetIn(f"the provider refused the code: {error}")

    def _verified(self, token: Mapping[str, Any], nonce: str) -> dict[str, Any]:
        """The claims of the ID token."""
        from authlib.oidc.core import CodeIDToken
        from joserfc.errors import JoseError

        issuer, us = self._settings.issuer, self._settings.client_id
        must = {"iss": {"essential": True, "value": issuer}, "aud": {"essential": True, "value": us}}
        about = {"nonce": nonce, "client_id": us, "access_token": token.get("access_token")}
        try:
            decoded = self._decoded(str(token.get("id_token")))
            claims = CodeIDToken(decoded.claims, decoded.header, must, about)
            claims.validate(leeway=LEEWAY_S)
        except (JoseError, ValueError, TypeError) as error:
            raise NotLetIn(f"the provider's token is not good: {_plain(error)}") from None
        return dict(claims)

    def _decoded(self, token: str) -> Any:
        """The token, its signature checked; with keys read anew where the known ones do not fit."""
        from joserfc import jwt
        from joserfc.errors import BadSignatureError, InvalidKeyIdError

        with self._lock:
            keys = self._keys
        if keys is not None:
            try:
                return jwt.decode(token, keys, ALGORITHMS)
            except (InvalidKeyIdError, BadSignatureError):
                pass  # a key may be new, or new under an old name
        return jwt.decode(token, self._read_keys(), ALGORITHMS)

    def _read_keys(self) -> Any:
        from joserfc.errors import JoseError
        from joserfc.jwk import KeySet

        where = self._discovery()["jwks_uri"]
        said = self._line.json(where)
        try:
            found = [key for key in said["keys"] if key.get("use", "sig") == "sig"]
            keys = KeySet.import_key_set({"keys": found})
        except (JoseError, ValueError, TypeError, KeyError, AttributeError):
            raise WayDown(f"{where} has no keys that sign; look at the provider's settings") from None
        with self._lock:
            self._keys = keys
        return keys


def claim(claims: Mapping[str, Any], name: str) -> Any:
    """A claim's value; dots lead into it (realm_access.roles) where no claim has the whole name. None: missing."""
    if name in claims:
        return claims[name]
    head, dot, rest = name.partition(".")
    inside = claims.get(head)
    return claim(inside, rest) if dot and isinstance(inside, Mapping) else None


def identity_in(claims: Mapping[str, Any], settings: Oidc) -> Identity:
    """Who the claims are about. Errors: NotLetIn where they name no user."""
    user = claim(claims, settings.user_claim)
    if not isinstance(user, str) or not user.strip():
        raise NotLetIn(f"the provider gave no {settings.user_claim}; check access.oidc.user_claim and scopes")
    if settings.user_claim == "email" and claims.get("email_verified", True) is not True:
        raise NotLetIn("the provider has not verified the address")
    name = claim(claims, settings.name_claim)
    groups = claim(claims, settings.groups_claim)
    listed = [groups] if isinstance(groups, str) else groups if isinstance(groups, list) else []
    named = name if isinstance(name, str) and name.strip() else user
    return Identity("oidc", user, named, tuple(dict.fromkeys(g for g in listed if isinstance(g, str) and g)))


def _unfit(said: Mapping[str, Any], settings: Oidc) -> list[str]:
    """What a provider says it does not do. What it says nothing of it may do."""
    faults = []
    scopes, methods = said.get("scopes_supported"), said.get("code_challenge_methods_supported")
    signs = said.get("id_token_signing_alg_values_supported")
    unknown = [s for s in settings.scopes if scopes and s not in scopes]
    if unknown:
        faults.append(
            f"access.oidc.scopes: {settings.issuer} has no {', '.join(unknown)}; leave it out, or add it there"
        )
    if methods and "S256" not in methods:
        faults.append(f"access.oidc: {settings.issuer} does not do PKCE with S256; switch it on there")
    if signs and not set(signs) & set(ALGORITHMS):
        faults.append(f"access.oidc: {settings.issuer} signs with {', '.join(map(str, signs))} only; let it use RS256")
    return faults


def _plain(said: Any) -> str:
    """Words from outside, fit for a log: one short line."""
    return "".join(sign if sign.isprintable() else " " for sign in str(said or ""))[:200]
