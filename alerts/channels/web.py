"""One request over a connection that stays open; failures in words of ours, without the address."""

import json
import logging
import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import urllib3

from alerts.channels.channel import DeliveryError

_TRY_AGAIN: Final = {408, 409, 425, 429}  # the 4xx that are about this moment, not about this message
_CONNECTIONS: Final = 8
_MOST_READ: Final = 65_536  # bytes of an answer

logging.getLogger("urllib3").setLevel(logging.CRITICAL)  # its lines show paths, which often are secrets

# What was not sent for sure, then what may have arrived.
_UNSENT: Final = (
    (urllib3.exceptions.NameResolutionError, "host name unknown"),
    (urllib3.exceptions.ConnectTimeoutError, "timed out"),
    (urllib3.exceptions.NewConnectionError, "connection refused"),
    (urllib3.exceptions.SSLError, "certificate not trusted, or no TLS with the receiver"),
    (urllib3.exceptions.LocationValueError, "its url is no web address"),
)
_UNSURE: Final = (
    (urllib3.exceptions.ReadTimeoutError, "timed out"),
    (urllib3.exceptions.HTTPError, "connection broken"),
)


class Reply:
    """A receiver's answer."""

    def __init__(self, name: str, status: int, body: bytes, headers: Mapping[str, str]) -> None:
        self.name, self.status, self.body, self.headers = name, status, body, headers

    def json(self) -> dict[str, Any]:
        """The answer as an object. Errors: DeliveryError: something else answers at this address."""
        try:
            found = json.loads(self.body)
        except ValueError:
            found = None
        if not isinstance(found, dict):
            raise DeliveryError(f"{self.name}: no JSON object is answered; check its url", permanent=True)
        return found

    @property
    def wait_s(self) -> float | None:
        """What Retry-After asks for."""
        asked = self.headers.get("retry-after", "")
        return min(float(asked), 3600.0) if asked.isdigit() else None


class Web:
    """Requests of one channel."""

    def __init__(self, name: str, timeout_s: float, ca: Path | None) -> None:
        self._name = name
        self._pool = urllib3.PoolManager(
            maxsize=_CONNECTIONS,
            retries=False,
            timeout=urllib3.Timeout(connect=min(5.0, timeout_s), read=timeout_s),
            ssl_context=ssl.create_default_context(cafile=str(ca)) if ca else None,
        )

    def post(self, url: str, body: bytes, headers: Mapping[str, str] | None = None, method: str = "POST") -> Reply:
        """The answer to one request, if it is a 2xx. Errors: DeliveryError."""
        head = {"content-type": "application/json", "user-agent": "Lightkeeper"} | dict(headers or {})
        try:
            answer = self._pool.request(method, url, body=body, headers=head, redirect=False, preload_content=False)
            try:
                reply = Reply(self._name, answer.status, answer.read(_MOST_READ), answer.headers)
                answer.drain_conn()
            finally:
                answer.release_conn()
        except Exception as error:
            raise self._failure(error) from None  # its words show the address
        if not 200 <= reply.status < 300:
            later = reply.status >= 500 or reply.status in _TRY_AGAIN
            said = f"{self._name}: HTTP {reply.status}"
            raise DeliveryError(said, permanent=not later, wait_s=reply.wait_s if later else None)
        return reply

    def _failure(self, error: Exception) -> DeliveryError:
        for kinds, unsure in ((_UNSENT, False), (_UNSURE, True)):
            for kind, words in kinds:
                if isinstance(error, kind):
                    return DeliveryError(f"{self._name}: {words}", permanent=False, maybe_taken=unsure)
        return DeliveryError(f"{self._name}: {type(error).__name__}", permanent=False, maybe_taken=True)


def encoded(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()
