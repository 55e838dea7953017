"""What the commands of the terminal share: settings, moments, questions to the node, and how answers are printed."""

import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, NoReturn
from zoneinfo import ZoneInfo

import orjson
import typer
from rich.console import Console
from rich.table import Table

from door import Refused
from settings import Settings, SettingsError, load

said = Console(stderr=True, highlight=False, soft_wrap=True)  # a line of a log stays one line

ConfigOption = Annotated[Path, typer.Option("--config", help="settings file (TOML)")]
FormatOption = Annotated[str, typer.Option("--format", help="table, csv or json")]
WIDE = 220  # columns of a table that goes into a file or a pipe


def fail(sentence: str, code: int = 1) -> NoReturn:
    sys.stderr.write(f"{sentence}\n")
    raise typer.Exit(code)


def settings_of(config: Path) -> Settings:
    try:
        return load(config)
    except SettingsError as error:
        fail("\n".join(error.faults))


def moment(text: str | None, zone: ZoneInfo, option: str) -> datetime | None:
    """An instant of the command line; without an offset it is meant in the site's zone."""
    if text is None:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        fail(f"{option} {text}: is not a time; write 2026-01-31T08:00:00 or 2026-01-31T08:00:00+08:00")
    return at if at.tzinfo else at.replace(tzinfo=zone)


def show(rows: list[dict[str, Any]], form: str, columns_of_table: tuple[str, ...] = ()) -> None:
    """Prints `rows`: json is one document and nothing else on standard output; a table shows what it has room for."""
    if form == "json":
        sys.stdout.write(orjson.dumps(rows, option=orjson.OPT_SERIALIZE_NUMPY).decode() + "\n")
        return
    if not rows and form == "table":
        said.print("nothing to show")
        return
    flat = [{k: v for row_k, row_v in row.items() for k, v in _flat(row_k, row_v, form)} for row in rows]
    columns = list(dict.fromkeys(k for row in flat for k in row))
    if form == "csv":
        import csv

        writer = csv.DictWriter(sys.stdout, columns)
        writer.writeheader()
        writer.writerows(flat)
    elif form == "table":
        shown = [c for c in columns if c in columns_of_table] or columns
        table = Table()
        for name in shown:
            table.add_column(name, overflow="fold")  # a number that is cut is another number
        for row in flat:
            table.add_row(*(_cell(row.get(c)) for c in shown))
        Console(width=None if sys.stdout.isatty() else WIDE).print(table)
    else:
        fail(f"--format {form}: there are table, csv and json")


def _flat(key: str, value: Any, form: str) -> list[tuple[str, Any]]:
    """Dimensions are columns of their own; of another figure beside this one a table has room for the value."""
    if not isinstance(value, dict):
        return [(key, value)]
    if key == "by":
        return list(value.items())
    if key == "left_out" and form == "table":
        return [(key, ", ".join(f"{name} {n}" for name, n in value.items() if n) or "nothing")]
    return [(key, value.get("value"))] if form == "table" else [(f"{key}_{name}", one) for name, one in value.items()]


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    return f"{value:.2f}" if isinstance(value, float) else str(value)


def question(settings: Settings, command: str, args: dict[str, Any]) -> Any:
    """The answer of the running node, or without one of the files themselves."""
    import commands

    try:
        return commands.ask(settings, command, args)
    except (Refused, ValueError) as error:
        fail(str(error))
