"""Requests to a provider: TLS checked, no redirect followed, bounded in time and size, failures with a cure."""

import json
import ssl
import time
from collections.abc import Collection, Mapping
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

import urllib3

from dashboard.access.identity import WayDown
from settings_access import Oidc

_MOST_READ: Final = 1_000_000  # bytes of an answer
_PIECE: Final = 65_536


class Line:
    """Requests of one provider. Errors of all: WayDown."""

    def __init__(self, settings: Oidc) -> None:
        self._settings = settings
        self._pool: urllib3.PoolManager | None = None

    def is_safe(self, url: object) -> bool:
        """Whether nobody between can change what is said there; as the issuer's own address is."""
        scheme = urlsplit(url).scheme if isinstance(url, str) else ""
        return scheme == "https" or (scheme == "http" and self._settings.issuer.startswith("http:"))

    def json(self, url: str, bearer: str | None = None) -> dict[str, Any]:
        """The object that stands at an address."""
        status, found = self._asked("GET", url, {"authorization": f"Bearer {bearer}"} if bearer else {})
        if status != 200:
            raise WayDown(f"{url} answers HTTP {status}; check access.oidc.issuer, and that the provider runs")
        if found is None:
            raise WayDown(f"{url} answers no JSON object; check access.oidc.issuer")
        return found

    def token(self, url: str, form: Mapping[str, str], methods: Collection[str] | None) -> dict[str, Any]:
        """What is answered to `form`, errors included. `methods`: how clients may prove who they are; None: basic."""
        from authlib.oauth2.auth import ClientAuth

        secret = self._settings.client_secret
        basic = "client_secret_basic" in (methods or ["client_secret_basic"])
        how = "none" if secret is None else "client_secret_basic" if basic else "client_secret_post"
        proof = ClientAuth(self._settings.client_id, secret.get_secret_value() if secret else "", how)
        head = {"content-type": "application/x-www-form-urlencoded"}
        url, head, body = proof.prepare("POST", url, head, urlencode(form))
        status, found = self._asked("POST", url, head, body)
        if found is None or status >= 500 or (status != 200 and "error" not in found):
            raise WayDown(f"{url} answers HTTP {status} and no token; look at the provider's log")
        return found

    def _asked(
        self, method: str, url: str, head: Mapping[str, str], body: str | None = None
    ) -> tuple[int, dict[str, Any] | None]:
        """Status, and the object answered; None: something else is."""
        end = time.monotonic() + self._settings.timeout_s
        try:
            answer = self._opened().request(
                method,
                url,
                body=body,
                headers={"accept": "application/json", "user-agent": "Lightkeeper", **head},
                redirect=False,
                preload_content=False,
            )
            try:
                text = b""
                for piece in answer.stream(_PIECE):
                    text += piece
                    if len(text) > _MOST_READ or time.monotonic() > end:
                        raise WayDown(f"{url} answers too much or too slowly; look at the provider")
            finally:
                answer.close()
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise WayDown(f"{url} {_said(error)}") from None
        try:
            found = json.loads(text)
        except ValueError:
            found = None
        return answer.status, found if isinstance(found, dict) else None

    def _opened(self) -> urllib3.PoolManager:
        if self._pool is None:
            ca, wait = self._settings.ca, self._settings.timeout_s
            try:
                trust = ssl.create_default_context(cafile=str(ca) if ca else None)
            except OSError:
                raise WayDown(f"access.oidc.ca: {ca} holds no certificates that can be read; correct it") from None
            self._pool = urllib3.PoolManager(
                retries=False, timeout=urllib3.Timeout(connect=wait, read=wait), ssl_context=trust
            )
        return self._pool


def _said(error: Exception) -> str:
    if isinstance(error, urllib3.exceptions.SSLError):
        return f"is not trusted: {str(error)[:200]}; write access.oidc.ca, and in issuer the name in its certificate"
    away = isinstance(error, urllib3.exceptions.NewConnectionError)  # which urllib3 counts among those that wait
    if isinstance(error, urllib3.exceptions.TimeoutError) and not away:
        return "does not answer in time; check that the provider runs and can be reached"
    return f"can not be reached: {type(error).__name__}; check access.oidc.issuer, and that the provider runs"
