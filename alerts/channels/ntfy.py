"""A topic of an ntfy server, read by its telephone app."""

from typing import Final

from alerts.channels.channel import Message, Traits, cut
from alerts.channels.web import Web, encoded
from settings_channels import Ntfy

MOST_BYTES: Final = 4096  # more becomes a file that nobody opens


class NtfyChannel:
    """Published as JSON; red ones ring with high priority, critical ones with the highest."""

    def __init__(self, name: str, settings: Ntfy) -> None:
        self._url = settings.url.get_secret_value()
        self._token = settings.token.get_secret_value() if settings.token else None
        self._web = Web(name, settings.timeout_s, settings.ca)
        self.traits = Traits("topic", limits=((60, 60.0),), most_bytes=MOST_BYTES)

    def why_unusable(self) -> str | None:
        return None

    def send(self, messages: list[Message]) -> str | None:
        """The server's id of the message. Errors: DeliveryError by HTTP status."""
        headers = {"authorization": f"Bearer {self._token}"} if self._token else {}
        receipt = None
        for message in messages:
            tail = f"\n#{message.key}"
            body = {
                "topic": message.address,
                "title": cut(message.title, 250),
                "message": cut(message.body, MOST_BYTES - 300 - len(tail)) + tail,
                "priority": _priority(message),
            }
            receipt = str(self._web.post(self._url, encoded(body), headers).json().get("id") or "")[:64] or None
        return receipt


def _priority(message: Message) -> int:
    standing = [f for f in message.facts if f.cleared_at is None]
    if any(f.critical for f in standing):
        return 5
    return 4 if any(f.level == "red" for f in standing) else 3
