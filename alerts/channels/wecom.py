"""A group robot of WeCom: 20 messages a minute, 2,048 bytes of UTF-8."""

from typing import Final

from alerts.channels.channel import Message
from alerts.channels.robot import Outcome, Robot, judged, robot_traits
from alerts.channels.web import Web
from settings_channels import WeCom

LIMITS: Final = ((20, 60.0),)
REST_S: Final = 60.0
MOST_BYTES: Final = 2048
MEANINGS: Final = {
    -1: Outcome.LATER,
    45009: Outcome.TOO_MANY,
    45033: Outcome.TOO_MANY,
    40058: "the message is not as it should be",
    93000: "there is no such robot",
}


class WeComChannel(Robot):
    """Texts of a robot."""

    def __init__(self, name: str, settings: WeCom) -> None:
        url = settings.url.get_secret_value()
        web = Web(name, settings.timeout_s, settings.ca)
        super().__init__(name, url, web, robot_traits(url, LIMITS, REST_S, MOST_BYTES))

    def send(self, messages: list[Message]) -> str | None:
        """Errors: DeliveryError by HTTP status and errcode."""
        for message in messages:
            text = message.whole(MOST_BYTES)
            reply = self.asked(message, {"msgtype": "text", "text": {"content": text}})
            judged(self.name, reply.get("errcode"), MEANINGS, REST_S)
        return None
