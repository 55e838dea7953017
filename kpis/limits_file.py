"""Reads the limits: the site's own file, else the shipped one."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from kpis.limits import CONDITIONS, STATE_GRID, Limit, LimitFaults, parse
from kpis.order_clocks import CLOCKS
from settings import SettingsError
from store.facts import schema

_KNOWN: Final[Mapping[str, frozenset[str]]] = schema.ALLOWED
CODES: Final = {name: _KNOWN[name] for name in CONDITIONS if name in _KNOWN}
LINES: Final = {clock.key: clock.lines for clock in CLOCKS}
SHIPPED: Final = Path(__file__).with_name("limits.toml")


def load(file: Path | None = None, profile: str = STATE_GRID) -> tuple[Limit, ...]:
    """The limits of `profile` in `file`, the shipped ones for None; lowest rank first.

    Errors: SettingsError with every mistake found, each with file, line and cure.
    """
    file = file or SHIPPED
    try:
        return parse(
            file.read_text(encoding="utf-8"), file.name if file == SHIPPED else str(file), CODES, LINES, profile
        )
    except OSError as error:
        raise SettingsError([f"{file}: cannot be read ({error.strerror}); mend `limits` in the settings"]) from error
    except UnicodeDecodeError as error:
        raise SettingsError([f"{file}: is not UTF-8 at byte {error.start}; save it as UTF-8"]) from error
    except LimitFaults as error:
        raise SettingsError(error.faults) from error
