"""A custom robot of Feishu: 100 messages a minute, 5 a second, 20 KB."""

import base64
import hashlib
import hmac
from typing import Any, Final

from alerts.channels.channel import Message
from alerts.channels.robot import Clock, Outcome, Robot, judged, robot_traits, wall_clock
from alerts.channels.web import Web
from settings_channels import Feishu

LIMITS: Final = ((100, 60.0), (5, 1.0))
REST_S: Final = 60.0
MOST_BYTES: Final = 18_000  # 20 KB with what JSON needs around it
MEANINGS: Final = {
    11232: Outcome.TOO_MANY,
    99991400: Outcome.TOO_MANY,
    9499: "the request is not as it should be",
    19001: "there is no such robot",
    19021: "the signature does not fit, or the clocks differ by more than an hour",
    19022: "its security settings refuse this address",
    19024: "its security settings want a keyword",
}


def signature(secret: str, at_s: int) -> str:
    """HMAC-SHA256 of nothing under time and secret, in base64."""
    return base64.b64encode(hmac.new(f"{at_s}\n{secret}".encode(), b"", hashlib.sha256).digest()).decode()


class FeishuChannel(Robot):
    """Texts of a robot, signed where a secret is set."""

    def __init__(self, name: str, settings: Feishu, clock: Clock = wall_clock) -> None:
        url = settings.url.get_secret_value()
        web = Web(name, settings.timeout_s, settings.ca)
        super().__init__(name, url, web, robot_traits(url, LIMITS, REST_S, MOST_BYTES))
        self._secret = settings.secret.get_secret_value() if settings.secret else None
        self._clock = clock

    def send(self, messages: list[Message]) -> str | None:
        """Errors: DeliveryError by HTTP status and code."""
        for message in messages:
            body: dict[str, Any] = {"msg_type": "text", "content": {"text": message.whole(MOST_BYTES)}}
            if self._secret is not None:
                at = int(self._clock())
                body |= {"timestamp": str(at), "sign": signature(self._secret, at)}
            judged(self.name, self.asked(message, body).get("code"), MEANINGS, REST_S)
        return None
