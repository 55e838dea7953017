"""The ways out of the house. A new kind: one module here, one line in `KINDS`."""

from collections.abc import Iterable, Mapping
from typing import Final

from alerts.channels.apprise import AppriseChannel
from alerts.channels.channel import Channel, DeliveryError
from settings import Channel as ChannelSettings
from settings import Route, SettingsError

__all__ = ["Channel", "DeliveryError", "make"]

KINDS: Final = {"apprise": AppriseChannel}


def make(settings: Mapping[str, ChannelSettings], routes: Iterable[Route] = ()) -> dict[str, Channel]:
    """The channels of the settings by name, each checked as far as one can without sending.

    Errors: SettingsError with every channel that can not be used, and every address its channel would not carry.
    """
    channels = {name: KINDS[one.kind](name, one.url.get_secret_value()) for name, one in settings.items()}
    faults = [f"channels.{name}.url: {why}" for name, c in channels.items() if (why := c.why_unusable())]
    for number, route in enumerate(routes):
        for name, _, address in (exit_.partition(":") for exit_ in route.to):
            if name in channels and bool(address) != channels[name].takes_address:
                cure = (
                    f"write {{to}} into channels.{name}.url" if address else f"write {name}:ADDRESS, its url has {{to}}"
                )
                faults.append(f"routes[{number}].to: {name}: the address would be lost or missing; {cure}")
    if faults:
        raise SettingsError(faults)
    return dict(channels)
