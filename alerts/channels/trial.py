"""A message by hand, to see whether a channel works."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from alerts.channels.channel import Channel, DeliveryError, Facts, Message

Translate = Callable[[str], str]


@dataclass(frozen=True)
class Trial:
    """What became of it, in one line without the address."""

    sent: bool
    said: str


def try_out(
    channels: Mapping[str, Channel],
    name: str,
    address: str,
    site: str,
    language: str,
    translate: Translate,
    now: datetime,
) -> Trial:
    """Sends one message that says it is a test over the channel `name`; no alert, nothing in the outbox."""
    channel = channels.get(name)
    if channel is None:
        return Trial(False, f"{name}: the settings have no such channel; there are {', '.join(channels) or 'none'}")
    needed = channel.traits.address
    if needed is not None and not address:
        return Trial(False, f"{name}: needs an address ({needed}); name it")
    if needed is None and address:
        return Trial(False, f"{name}: takes no address, its url is the whole of it; leave it away")
    key = hashlib.sha256(f"test\n{name}\n{address}\n{now.isoformat()}".encode()).hexdigest()[:32]
    title = translate("[{site}] test message").format(site=site)
    body = translate("Sent by hand from the settings of channel {name}. Nothing has happened.").format(name=name)
    facts = Facts(0, "channel_test", f"channel:{name}", "cleared", "orange", False, now, now)
    try:
        receipt = channel.send([Message(address, title, body, key, language, None, (facts,))])
    except DeliveryError as error:
        lasting = "mend the settings" if error.permanent else "try again"
        return Trial(False, f"{error}; {lasting}")
    except Exception as error:
        return Trial(False, f"{name}: {type(error).__name__}; look at its settings")
    return Trial(True, f"{name}: sent{f', receipt {receipt}' if receipt else ''}, key {key}")
