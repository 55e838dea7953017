"""`alerts`: the list of alerts, and a message that tests a channel."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Final

import orjson
import typer

import door
from settings import SettingsError
from terminal import ConfigOption, FormatOption, fail, moment, question, said, settings_of, show

app = typer.Typer(
    invoke_without_command=True,
    help="Alerts with their state, newest first; `health`: how bearable they are; `test` tries a channel.",
)
COLUMNS: Final = (
    "id", "rule", "level", "state", "critical", "order_no", "subject", "station", "clock", "due_at", "raised_at",
    "acknowledged_by",
)  # fmt: skip


@app.callback()
def listed(
    context: typer.Context,
    config: Annotated[Path | None, typer.Option("--config", help="settings file (TOML)")] = None,
    state: Annotated[str, typer.Option(help="open or all")] = "open",
    form: FormatOption = "table",
) -> None:
    """Alerts with their state, newest first."""
    if context.invoked_subcommand is not None:
        return
    if config is None:
        fail("alerts: --config is missing; name the settings file", 2)
    if state not in {"open", "all"}:
        fail(f"--state {state}: there are open and all")
    show(question(settings_of(config), "alerts", {"state": state}), form, COLUMNS)


@app.command()
def test(
    channel: Annotated[str, typer.Argument(help="name in the settings, [channels.NAME]")],
    config: ConfigOption,
    address: Annotated[str, typer.Argument(help="phone, mail address, topic ...; none where the url is all")] = "",
) -> None:
    """Send one message that says it is a test, and say what became of it."""
    import trying

    settings = settings_of(config)
    try:
        done: dict[str, Any] | None = door.ask(
            settings.node.socket, "alerts test", {"channel": channel, "address": address}
        )
        if done is None:  # no node runs: the settings are enough
            done = trying.channel(settings, channel, address, datetime.now(UTC))
    except (door.Refused, SettingsError) as error:
        fail(str(error))
    if not done["sent"]:
        fail(done["said"])
    said.print(done["said"], markup=False)


@app.command()
def health(
    config: ConfigOption,
    start: Annotated[str | None, typer.Option("--from", help="first moment; a week ago")] = None,
    end: Annotated[str | None, typer.Option("--to", help="moment after the last; now")] = None,
    form: FormatOption = "table",
) -> None:
    """How bearable alerting is: alerts per person, floods, levels, noise, against the guidelines."""
    import alarm_health

    settings = settings_of(config)
    span = {"start": moment(start, settings.site.tz, "--from"), "end": moment(end, settings.site.tz, "--to")}
    found = question(settings, "alarm_health", {k: v.isoformat() if v else None for k, v in span.items()})
    if form == "json":
        sys.stdout.write(orjson.dumps(found).decode() + "\n")
        return
    show(alarm_health.lines(found), form)
