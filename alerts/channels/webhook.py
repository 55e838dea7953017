"""A program of the site: JSON over HTTP, signed with a secret that both know."""

import hashlib
import hmac
from dataclasses import asdict
from typing import Any, Final
from urllib.parse import quote

from alerts.channels.channel import Facts, Message, Traits
from alerts.channels.robot import Clock, wall_clock
from alerts.channels.web import Web, encoded
from settings_channels import Webhook

TIME_HEADER: Final = "X-Lightkeeper-Timestamp"
SIGNATURE_HEADER: Final = "X-Lightkeeper-Signature"
KEY_HEADER: Final = "X-Lightkeeper-Key"


def signature(secret: str, at_s: int, body: bytes) -> str:
    """What SIGNATURE_HEADER holds: HMAC-SHA256 of the time, a full stop and the body, in hexadecimal."""
    return "sha256=" + hmac.new(secret.encode(), f"{at_s}.".encode() + body, hashlib.sha256).hexdigest()


def payload(messages: list[Message]) -> dict[str, Any]:
    """{"messages": [{key, title, body, address, language, alerts}]}: a receiver that sees a key again drops it."""
    return {
        "messages": [
            {
                "key": m.key,
                "title": m.title,
                "body": m.body,
                "address": m.address,
                "language": m.language,
                "alerts": [_facts(f) for f in m.facts],
            }
            for m in messages
        ]
    }


def _facts(facts: Facts) -> dict[str, Any]:
    return {k: v.isoformat() if hasattr(v, "isoformat") else v for k, v in asdict(facts).items()}


class WebhookChannel:
    """Several messages in one request, where several wait."""

    def __init__(self, name: str, settings: Webhook, clock: Clock = wall_clock) -> None:
        self._url = settings.url.get_secret_value()
        self._secret = settings.secret.get_secret_value() if settings.secret else None
        self._headers = {k: v.get_secret_value() for k, v in settings.headers.items()}
        self._web, self._clock = Web(name, settings.timeout_s, settings.ca), clock
        self.traits = Traits("webhook" if "{to}" in self._url else None, most=settings.most, digests=False)

    def why_unusable(self) -> str | None:
        return None

    def send(self, messages: list[Message]) -> str | None:
        """Errors: DeliveryError by HTTP status."""
        body = encoded(payload(messages))
        headers = dict(self._headers)
        if len(messages) == 1:
            headers[KEY_HEADER] = messages[0].key
        if self._secret is not None:
            at = int(self._clock())
            headers |= {TIME_HEADER: str(at), SIGNATURE_HEADER: signature(self._secret, at, body)}
        url = self._url.replace("{to}", quote(messages[0].address, safe=""))
        return f"HTTP {self._web.post(url, body, headers).status}"
