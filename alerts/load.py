"""The rules file, read once at start."""

from pathlib import Path
from typing import Final

from alerts.rules import Rule
from alerts.rules_file import RulesError, parse
from settings import SettingsError

SHIPPED: Final = Path(__file__).with_name("rules.toml")


def load(file: Path | None) -> dict[str, Rule]:
    """The rules in `file` by key; the shipped ones when it is None.

    Errors: SettingsError with every mistake found, each as `file:line: place: what; cure`.
    """
    path = file or SHIPPED
    try:
        return parse(path.read_text(encoding="utf-8"), path.name if file is None else str(path))
    except OSError as error:
        raise SettingsError([f"{path}: cannot be read ({error.strerror}); give the path of a rules file"]) from error
    except UnicodeDecodeError as error:
        raise SettingsError([f"{path}: is not UTF-8 at byte {error.start}; save it as UTF-8"]) from error
    except RulesError as error:
        raise SettingsError(error.faults) from error
