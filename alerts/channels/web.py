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
    (urllib3.exceptions.NewConnectionError, "connection refused"),
    (urllib3.exceptions.ConnectTimeoutError, "timed out"),
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

    @property
    def is_ok(self) -> bool:
        return 200 <= self.status < 300

    def failure(self) -> DeliveryError:
        """What a status that is no 2xx means."""
        later = self.status >= 500 or self.status in _TRY_AGAIN
        said = f"{self.name}: HTTP {self.status}"
        return DeliveryError(said, permanent=not later, wait_s=self.wait_s if later else None)

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
        """What Retry-After, or Feishu's word for it, asks for."""
        asked = self.headers.get("retry-after") or self.headers.get("x-ogw-ratelimit-reset") or ""
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
        reply = self.ask(url, body, headers, method)
        if not reply.is_ok:
            raise reply.failure()
        return reply

    def ask(self, url: str, body: bytes, headers: Mapping[str, str] | None = None, method: str = "POST") -> Reply:
        """The answer to one request, whatever its status. Errors: DeliveryError where there is none."""
        head = {"content-type": "application/json", "user-agent": "Lightkeeper"} | dict(headers or {})
        try:
            answer = self._pool.request(method, url, body=body, headers=head, redirect=False, preload_content=False)
            try:
                reply = Reply(self._name, answer.status, answer.read(_MOST_READ), answer.headers)
                answer.drain_conn()
                return reply
            finally:
                answer.release_conn()
        except Exception as error:
            raise self._failure(error) from None  # its words show the address

    def _failure(self, error: Exception) -> DeliveryError:
        for kinds, unsure in ((_UNSENT, False), (_UNSURE, True)):
            for kind, words in kinds:
                if isinstance(error, kind):
                    return DeliveryError(f"{self._name}: {words}", permanent=False, maybe_taken=unsure)
        return DeliveryError(f"{self._name}: {type(error).__name__}", permanent=False, maybe_taken=True)


def encoded(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()
