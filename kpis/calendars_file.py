"""Reads the calendar: the shipped tables, and over them those of the site's own file."""

from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from kpis.calendar import Calendar
from kpis.calendar_table import CalendarFaults, Table, parse
from settings import SettingsError

SHIPPED: Final = Path(__file__).with_name("calendars.toml")


def load(zone: str, file: Path | None = None) -> Calendar:
    """The working days of `zone`. Of a year, or of the hours, the site's own word replaces the shipped one.

    Errors: SettingsError with every mistake found, each with file, line and cure.
    """
    table = _read(SHIPPED, SHIPPED.name)
    if file is not None:
        table = _read(file, str(file)).over(table)
    return Calendar(ZoneInfo(zone), table.years, table.hours, table.make_up)


def _read(file: Path, name: str) -> Table:
    try:
        return parse(file.read_text(encoding="utf-8"), name)
    except OSError as error:
        raise SettingsError([f"{file}: cannot be read ({error.strerror}); mend `calendars` in the settings"]) from error
    except UnicodeDecodeError as error:
        raise SettingsError([f"{file}: is not UTF-8 at byte {error.start}; save it as UTF-8"]) from error
    except CalendarFaults as error:
        raise SettingsError(error.faults) from error
