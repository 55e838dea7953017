"""Messages through Apprise: mail, webhook and the hundred other services its URLs name."""

import logging
import re
import warnings
from typing import Any, Final
from urllib.parse import quote, urlencode

import apprise

from alerts.channels.channel import DeliveryError, Message, Traits
from settings_channels import Apprise

_SEND_LIMIT_S: Final = 30  # half a lease: a receiver that hangs loses us before the lease does
_KEY_HEADER: Final = "X-Lightkeeper-Key"
_KEY_FIELD: Final = "idempotency_key"
_WITH_HEADER: Final = ("mailto", "mailtos", "json", "jsons", "form", "forms", "xml", "xmls")
_WITH_FIELD: Final = ("json", "jsons", "form", "forms", "xml", "xmls")
_TRY_AGAIN: Final = {408, 409, 425, 429}  # the 4xx that are about this moment, not about this message

# Apprise tells the cause of a failure only in debug lines, and those carry addresses and bodies: they are read here
# and go nowhere else. urllib3's would show a webhook's path, which often is its secret.
_LOGGER: Final = logging.getLogger("apprise")
_LOGGER.propagate = False
_LOGGER.setLevel(logging.DEBUG)
logging.getLogger("urllib3").setLevel(logging.WARNING)

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # one of Apprise's modules imports imghdr
    apprise.Apprise.instantiate("json://localhost")  # the first URL loads all services, once and here

_HTTP: Final = re.compile(r"\berror=(\d{3})\b")
_SMTP: Final = re.compile(r"\((\d{3}), b['\"]|was refused: (\d{3}) ")
_CAUSES: Final = (
    ("timed out", "timed out"),
    ("did not finish", "timed out"),
    ("refused", "connection refused"),
    ("Name or service not known", "host name unknown"),
    ("Temporary failure in name resolution", "host name unknown"),
    ("CERTIFICATE", "certificate not trusted"),
    ("SSL", "no TLS with the receiver"),
    ("Connection", "connection broken"),
)
_UNSENT: Final = ("connection refused", "host name unknown", "certificate not trusted", "no TLS with the receiver")


class AppriseChannel:
    """An Apprise URL with `{to}` where the recipient's address belongs."""

    def __init__(self, name: str, settings: Apprise) -> None:
        self._name = name
        self._url = url = settings.url.get_secret_value()
        self._scheme = url.partition("://")[0].lower()
        self._asset = apprise.AppriseAsset(app_id="Lightkeeper", async_mode=False)
        is_program = self._scheme in _WITH_FIELD
        self.traits = Traits("apprise" if "{to}" in url else None, digests=not is_program)

    def why_unusable(self) -> str | None:
        """What is wrong with the URL, without showing it; None when Apprise understands it."""
        if apprise.Apprise.instantiate(self._address("someone@example.org", "check"), asset=self._asset) is None:
            return "url: Apprise does not understand this URL; see its list of services, e.g. mailto:// or json://"
        return None

    def send(self, messages: list[Message]) -> str | None:
        """Errors: DeliveryError; 5xx of mail and most 4xx of HTTP are permanent."""
        for message in messages:
            try:
                self._send(message.address, message.title, message.body, message.key)
            except DeliveryError:
                raise
            except Exception as error:  # Apprise's services raise what they like; its words may show what the URL hides
                raise DeliveryError(f"{self._name}: {type(error).__name__}", permanent=False) from None
        return None

    def _send(self, address: str, title: str, body: str, key: str) -> None:
        post = apprise.Apprise(asset=self._asset)
        if not post.add(self._address(address, key)):
            raise DeliveryError(f"channel {self._name}: Apprise does not understand its URL", permanent=True)
        if self._scheme not in _WITH_HEADER:
            body = f"{body}\n{key}"
        result = post.notify(
            body=body,
            title=title,
            body_format=apprise.NotifyFormat.TEXT,
            timeout=_SEND_LIMIT_S,
            log_level=logging.DEBUG,
        )
        if not result:
            raise _failure(self._name, [entry.message for entry in result.logs()])

    def _address(self, address: str, key: str) -> str:
        """The URL of this one message: the key rides in a header, a webhook's also in its payload."""
        extras = {}
        if self._scheme in _WITH_HEADER:
            extras[f"+{_KEY_HEADER}"] = key
        if self._scheme in _WITH_FIELD:
            extras[f":{_KEY_FIELD}"] = key
        url = self._url.replace("{to}", quote(address, safe=""))
        if not extras:
            return url
        return f"{url}{'&' if '?' in url else '?'}{urlencode(extras, safe='+:')}"


def _failure(name: str, lines: list[str]) -> DeliveryError:
    """The error behind Apprise's lines, in words of ours: theirs may show an address or a token."""
    text = "\n".join(lines)
    if match := _HTTP.search(text):
        code = int(match.group(1))
        return DeliveryError(f"{name}: HTTP {code}", permanent=400 <= code < 500 and code not in _TRY_AGAIN)
    if match := _SMTP.search(text):
        code = int(match.group(1) or match.group(2))
        return DeliveryError(f"{name}: SMTP {code}", permanent=code >= 500)
    cause: Any = next((words for sign, words in _CAUSES if sign in text), "not sent, no cause given")
    return DeliveryError(f"{name}: {cause}", permanent=False, maybe_taken=cause not in _UNSENT)
