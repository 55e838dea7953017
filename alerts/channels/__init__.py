"""The ways out of the house. A new kind: one module here, one line in `KINDS`, its block in settings_channels.py."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from alerts.channels.alertmanager import AlertmanagerChannel
from alerts.channels.channel import Channel, DeliveryError, Facts, Message, Traits
from alerts.channels.dingtalk import DingTalkChannel
from alerts.channels.feishu import FeishuChannel
from alerts.channels.ntfy import NtfyChannel
from alerts.channels.sms_http import SmsHttpChannel
from alerts.channels.sms_table import SmsTableChannel
from alerts.channels.smtp import SmtpChannel
from alerts.channels.webhook import WebhookChannel
from alerts.channels.wecom import WeComChannel
from settings import Route, SettingsError
from settings_channels import Channel as ChannelSettings

__all__ = ["Channel", "DeliveryError", "Facts", "Message", "Traits", "make"]


def _apprise(name: str, settings: Any) -> Channel:
    """Apprise brings a hundred services along: only who uses it waits for them at the start."""
    from alerts.channels.apprise import AppriseChannel

    return AppriseChannel(name, settings)


KINDS: Final[Mapping[str, Any]] = {
    "apprise": _apprise,
    "smtp": SmtpChannel,
    "sms_http": SmsHttpChannel,
    "sms_table": SmsTableChannel,
    "wecom": WeComChannel,
    "dingtalk": DingTalkChannel,
    "feishu": FeishuChannel,
    "webhook": WebhookChannel,
    "ntfy": NtfyChannel,
    "alertmanager": AlertmanagerChannel,
}


def make(settings: Mapping[str, ChannelSettings], routes: Iterable[Route] = ()) -> dict[str, Channel]:
    """The channels of the settings by name, each checked as far as one can without sending.

    Errors: SettingsError with every channel that can not be used, and every address its channel would not carry.
    """
    channels: dict[str, Channel] = {}
    faults = []
    for name, one in settings.items():
        try:
            channel: Channel = KINDS[one.kind](name, one)
        except OSError as error:
            faults.append(f"channels.{name}.ca: certificates can not be read ({type(error).__name__}); mend the path")
            continue
        if why := channel.why_unusable():
            faults.append(f"channels.{name}.{why}")
        channels[name] = channel
    for number, route in enumerate(routes):
        for name, _, address in (exit_.partition(":") for exit_ in route.to):
            if name in channels and bool(address) != (channels[name].traits.address is not None):
                cure = f"write {name}: without one" if address else f"write {name}:ADDRESS"
                if settings[name].kind not in ("smtp", "sms_http", "sms_table", "ntfy", "alertmanager"):
                    cure = f"write {{to}} into channels.{name}.url" if address else f"{cure}, its url has {{to}}"
                faults.append(f"routes[{number}].to: {name}: the address would be lost or missing; {cure}")
    if faults:
        raise SettingsError(faults)
    return channels
