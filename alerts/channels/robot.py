"""What the group robots share: a text to a URL, and a code in the answer that says how it went."""

import time
from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import quote

from alerts.channels.channel import DeliveryError, Message, Traits
from alerts.channels.web import Reply, Web, encoded

Clock = Callable[[], float]
wall_clock: Final[Clock] = time.time  # signatures carry real time, whatever the site's clock says


class Outcome:
    """What a code in an answer means."""

    LATER: Final = "later"  # a passing trouble of the receiver
    TOO_MANY: Final = "too many"  # a limit is passed: rest


def judged(name: str, code: Any, meanings: Mapping[int, str], rest_s: float) -> None:
    """Errors: DeliveryError unless `code` is 0; a code without a meaning is permanent."""
    if code == 0:
        return
    if not isinstance(code, int):
        raise DeliveryError(f"{name}: an answer without a code; check its url", permanent=True)
    meaning = meanings.get(code)
    if meaning == Outcome.TOO_MANY:
        raise DeliveryError(f"{name}: code {code}, its limit is passed", permanent=False, wait_s=rest_s)
    if meaning == Outcome.LATER:
        raise DeliveryError(f"{name}: code {code}, for now", permanent=False)
    raise DeliveryError(f"{name}: code {code}{f', {meaning}' if meaning else ''}", permanent=True)


class Robot:
    """A robot at a URL; `{to}` in it makes each recipient's address a robot of its own."""

    def __init__(self, name: str, url: str, web: Web, traits: Traits) -> None:
        self.name, self._url, self._web = name, url, web
        self.traits = traits

    def why_unusable(self) -> str | None:
        return None

    def asked(self, message: Message, body: Mapping[str, Any], query: str = "") -> dict[str, Any]:
        url = self._url.replace("{to}", quote(message.address, safe=""))
        if query:
            url += ("&" if "?" in url else "?") + query
        reply = self._web.ask(url, encoded(body))
        if not reply.is_ok and not _has_code(reply):
            raise reply.failure()
        return reply.json()


def _has_code(reply: Reply) -> bool:
    """Whether a refusal says why: some robots answer with a status that is no 2xx and a code."""
    try:
        answer = reply.json()
    except DeliveryError:
        return False
    return bool(answer.get("errcode") or answer.get("code"))


def robot_traits(url: str, limits: tuple[tuple[int, float], ...], rest_s: float, most_bytes: int) -> Traits:
    return Traits("robot" if "{to}" in url else None, limits=limits, rest_s=rest_s, most_bytes=most_bytes)
