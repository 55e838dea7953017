"""A group robot of DingTalk: 20 messages a minute, then blocked for ten."""

import base64
import hashlib
import hmac
from typing import Final
from urllib.parse import quote_plus

from alerts.channels.channel import Message
from alerts.channels.robot import Clock, Outcome, Robot, judged, robot_traits, wall_clock
from alerts.channels.web import Web
from settings_channels import DingTalk

LIMITS: Final = ((20, 60.0),)
REST_S: Final = 600.0
MOST_BYTES: Final = 18_000  # 20,000 with what JSON needs around it
MEANINGS: Final = {
    -1: Outcome.LATER,
    130101: Outcome.TOO_MANY,
    410100: Outcome.TOO_MANY,
    310000: "its security settings refuse this: signature, keyword or address",
    300001: "there is no such robot",
    400013: "its group is gone",
    400101: "there is no such robot",
    400102: "it is switched off",
    430104: "its content is refused",
}


def signature(secret: str, at_ms: int) -> str:
    """Of its security setting 加签: HMAC-SHA256 of time and secret under the secret, in base64."""
    digest = hmac.new(secret.encode(), f"{at_ms}\n{secret}".encode(), hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


class DingTalkChannel(Robot):
    """Texts of a robot, signed where a secret is set."""

    def __init__(self, name: str, settings: DingTalk, clock: Clock = wall_clock) -> None:
        url = settings.url.get_secret_value()
        web = Web(name, settings.timeout_s, settings.ca)
        super().__init__(name, url, web, robot_traits(url, LIMITS, REST_S, MOST_BYTES))
        self._secret = settings.secret.get_secret_value() if settings.secret else None
        self._clock = clock

    def send(self, messages: list[Message]) -> str | None:
        """Errors: DeliveryError by HTTP status and errcode."""
        for message in messages:
            text = {"msgtype": "text", "text": {"content": message.whole(MOST_BYTES)}}
            judged(self.name, self.asked(message, text, self._signed()).get("errcode"), MEANINGS, REST_S)
        return None

    def _signed(self) -> str:
        if self._secret is None:
            return ""
        at = int(self._clock() * 1000)
        return f"timestamp={at}&sign={quote_plus(signature(self._secret, at))}"
