"""A gateway for texts over HTTP, as its settings describe it."""

import json
import re
from collections.abc import Callable
from typing import Any, Final
from urllib.parse import quote

from alerts.channels.channel import DeliveryError, Message
from alerts.channels.sms import TRAITS, text_of
from alerts.channels.web import Reply, Web
from settings_channels import SmsHttp

_FIELD: Final = re.compile(r"\{(to|text|key)\}")
_TYPES: Final = {
    "json": "application/json",
    "form": "application/x-www-form-urlencoded",
    "text": "text/plain",
}


def filled(template: str, values: dict[str, str], escape: Callable[[str], str]) -> str:
    """`template` with {to}, {text}, {key} in it, each escaped for where it stands."""
    return _FIELD.sub(lambda match: escape(values[match.group(1)]), template)


def found_at(value: Any, path: str) -> Any:
    """What stands at `path` (a.0.b) in JSON; None where nothing does."""
    for part in path.split("."):
        if isinstance(value, list):
            value = value[int(part)] if part.isdigit() and int(part) < len(value) else None
        else:
            value = value.get(part) if isinstance(value, dict) else None
    return value


class SmsHttpChannel:
    """Only the title goes."""

    traits = TRAITS

    def __init__(self, name: str, settings: SmsHttp) -> None:
        self._name, self._s = name, settings
        self._web = Web(name, settings.timeout_s, settings.ca)

    def why_unusable(self) -> str | None:
        s = self._s
        template = s.url.get_secret_value() + (s.body.get_secret_value() if s.body else "")
        missing = [name for name in ("{to}", "{text}") if name not in template]
        if missing:
            return f"url: neither it nor body has {' and '.join(missing)}; write where the gateway wants it"
        if s.success_path is None and s.success_regex is None:
            return "success_path: nothing says how the gateway's yes looks; add success_path or success_regex"
        return None

    def send(self, messages: list[Message]) -> str | None:
        """The gateway's number of the text, where receipt_path finds it. Errors: DeliveryError."""
        receipt = None
        for message in messages:
            receipt = self._judged(self._asked(message))
        return receipt

    def _asked(self, message: Message) -> Reply:
        s = self._s
        values = {"to": message.address, "text": text_of(message), "key": message.key}
        url = filled(s.url.get_secret_value(), values, lambda v: quote(v.encode(s.charset, "replace"), safe=""))
        body = filled(s.body.get_secret_value(), values, self._escape).encode(s.charset, "replace") if s.body else b""
        headers = {"content-type": f"{_TYPES[s.body_form]}; charset={s.charset}"}
        headers |= {name: value.get_secret_value() for name, value in s.headers.items()}
        return self._web.post(url, body, headers, s.method)

    def _escape(self, value: str) -> str:
        if self._s.body_form == "json":
            return json.dumps(value, ensure_ascii=False)[1:-1]
        return quote(value.encode(self._s.charset, "replace"), safe="") if self._s.body_form == "form" else value

    def _judged(self, reply: Reply) -> str | None:
        s = self._s
        if s.success_regex is not None and not re.search(s.success_regex, reply.body.decode(s.charset, "replace")):
            raise DeliveryError(f"{self._name}: the gateway says no", permanent=True)
        if s.success_path is None:
            return None
        answer = reply.json()
        said = _word(found_at(answer, s.success_path))
        if said in s.later_values:
            raise DeliveryError(f"{self._name}: the gateway says {said[:20]}, for now", permanent=False)
        if said != s.success_value:
            raise DeliveryError(f"{self._name}: the gateway says {said[:20] or 'nothing'}", permanent=True)
        receipt = found_at(answer, s.receipt_path) if s.receipt_path else None
        return str(receipt)[:64] if receipt is not None else None


def _word(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else "" if value is None else str(value)
