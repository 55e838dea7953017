"""One message by hand over a channel of the settings: for the command line and for the page's button."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

import i18n
from alerts import channels
from alerts.channels.trial import try_out
from settings import Settings


def channel(settings: Settings, name: str, address: str, now: datetime) -> dict[str, Any]:
    """{"sent", "said"}: what became of it, in one line without the address. Errors: SettingsError."""
    one = {name: settings.channels[name]} if name in settings.channels else settings.channels
    language = (one[name].language if name in one else None) or settings.site.language
    site = settings.site.name if language == "zh" else settings.site.name_en
    return asdict(try_out(channels.make(one), name, address, site, language, i18n.translator(language), now))
