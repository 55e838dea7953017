"""The files a site decides by, as they are now: rules, limits, calendars, duty; and its settings by their sections."""

import hashlib
import json
from pathlib import Path

from alerts.load import SHIPPED as RULES
from alerts.load_duty import SHIPPED as DUTY
from kpis.calendars_file import SHIPPED as CALENDARS
from kpis.limits_file import SHIPPED as LIMITS
from settings import Settings
from store.ledger.file_versions import File


def files_of(settings: Settings) -> list[File]:
    """All of them; the shipped ones where the settings name none. They can be read: the node has just read them."""
    named: dict[str, tuple[Path | None, Path]] = {
        "rules": (settings.rules, RULES),
        "limits": (settings.limits, LIMITS),
        "calendars": (settings.calendars, CALENDARS),
        "duty": (settings.duty, DUTY),
    }
    found = []
    for kind, (own, shipped) in named.items():
        file = own or shipped
        found.append(File(kind, file.name, file.read_text(encoding="utf-8"), {}))
    return [*found, File("settings", "settings", None, _sections(settings))]


def _sections(settings: Settings) -> dict[str, str]:
    """The digest of each section; secrets count as set or not, and the address of the moment does not count."""
    told = settings.model_dump(mode="json", exclude={"node": {"host", "port"}})
    return {name: hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest() for name, body in told.items()}
