"""Reads the limits: the site's own file, else the shipped one."""

from pathlib import Path
from typing import Final

from kpis.limits import Limit, LimitFaults, parse
from settings import SettingsError
from store.facts import schema

CODES: Final = {name: schema.ALLOWED[name] for name in ("category", "area_class")}
SHIPPED: Final = Path(__file__).with_name("limits.toml")


def load(file: Path | None = None) -> tuple[Limit, ...]:
    """The limits in `file`, the shipped ones for None.

    Errors: SettingsError with every mistake found, each with file, line and cure.
    """
    file = file or SHIPPED
    try:
        return parse(file.read_text(encoding="utf-8"), file.name if file == SHIPPED else str(file), CODES)
    except OSError as error:
        raise SettingsError([f"{file}: cannot be read ({error.strerror}); mend `limits` in the settings"]) from error
    except UnicodeDecodeError as error:
        raise SettingsError([f"{file}: is not UTF-8 at byte {error.start}; save it as UTF-8"]) from error
    except LimitFaults as error:
        raise SettingsError(error.faults) from error
