"""`exempt`: the commands of the register of exemptions."""

import csv
import json
import sys
from pathlib import Path
from typing import Annotated, Final

import typer

import door
from store.reasons import REASONS
from terminal import ConfigOption, FormatOption, fail, question, said, settings_of, show

app = typer.Typer(no_args_is_help=True, help="Exemptions: clocks that count against nobody, with who approved it.")
SHOWN: Final = ("id", "source", "order_no", "clock", "reason", "evidence", "approved_by", "approved_at", "withdrawn_at")
WHEN: Final = "when it was approved; without an offset the site's time"


@app.command()
def add(
    order_no: str,
    clock: str,
    config: ConfigOption,
    reason: Annotated[str, typer.Option(help=", ".join(REASONS))],
    evidence: Annotated[str, typer.Option(help="what shows it: a text, or where the paper is")],
    approved_by: Annotated[str, typer.Option("--by", help="who approved it")],
    approved_at: Annotated[str, typer.Option("--when", help=WHEN)],
    source: Annotated[str, typer.Option(help="of the order, where its number stands in several")] = "",
) -> None:
    """Enter an approved exemption of one clock of one order."""
    entry = {"order_no": order_no, "clock": clock, "reason": reason, "evidence": evidence, "source": source}
    args = entry | {"approved_by": approved_by, "approved_at": approved_at}
    said.print(f"exemption {question(settings_of(config), 'exempt add', args)['id']}")


@app.command()
def withdraw(
    number: Annotated[int, typer.Argument(help="as `exempt list` shows it")],
    config: ConfigOption,
    by: Annotated[str, typer.Option(help="who withdraws it")],
    why: Annotated[str, typer.Option()],
) -> None:
    """End an exemption. It stays on record."""
    question(settings_of(config), "exempt withdraw", {"id": number, "by": by, "why": why})
    said.print(f"exemption {number} is withdrawn")


@app.command("list")
def listed(
    config: ConfigOption,
    withdrawn: Annotated[bool, typer.Option("--all", help="withdrawn ones too")] = False,
    form: FormatOption = "table",
) -> None:
    """The register."""
    show(question(settings_of(config), "exempt list", {"all": withdrawn}), form, SHOWN)


@app.command("import")
def import_(file: Path, config: ConfigOption) -> None:
    """Enter all exemptions of a CSV file, or none where one is wrong."""
    args = {"file": str(file), "text": _text(file)}
    if len(json.dumps(args)) > door.LONGEST_QUESTION:
        fail(f"{file}: is longer than {door.LONGEST_QUESTION:,} characters; cut it into several files")
    done = question(settings_of(config), "exempt import", args)
    said.print(f"{done['entered']} exemptions entered, {done['left_out']} withdrawn ones left out")


@app.command()
def export(config: ConfigOption) -> None:
    """The whole register as CSV on standard output, withdrawn ones too."""
    from store.ledger.exemptions import COLUMNS

    writer = csv.DictWriter(sys.stdout, COLUMNS)
    writer.writeheader()
    writer.writerows(question(settings_of(config), "exempt list", {"all": True}))


def _text(file: Path) -> str:
    """UTF-8, or what a Chinese Excel writes."""
    try:
        body = file.read_bytes()
        try:
            text = body.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = body.decode("gb18030")
    except OSError as error:
        fail(f"{file}: cannot be read ({error.strerror})")
    except UnicodeDecodeError:
        fail(f"{file}: is neither UTF-8 nor GB 18030; save it as CSV UTF-8")
    return text
