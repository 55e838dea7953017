"""`accounts`, `displays`, `audit`: who may sign in, which displays may show a wall, and what was done."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from settings import Settings
from store.scope import ROLES
from terminal import ConfigOption, FormatOption, fail, moment, said, settings_of, show

if TYPE_CHECKING:  # every command line loads this module: only what it asks for is loaded with it
    from store.ledger.ledger import Ledger

app = typer.Typer(no_args_is_help=True, help="Accounts: who may sign in, with which role.")
displays = typer.Typer(no_args_is_help=True, help="Wall displays: which token shows which wall.")
ACCOUNTS: Final = ("id", "user", "name", "way", "role", "units", "disabled_at")
DISPLAYS: Final = ("id", "name", "wall", "made_at", "made_by", "revoked_at", "seen_at")
LINES: Final = ("at", "who", "role", "what", "on", "came_from", "detail")
ByOption = Annotated[str, typer.Option(help="who does it")]
UnitOption = Annotated[list[str] | None, typer.Option("--unit", help="code of a city, county or station; none: all")]


@contextmanager
def _ledger(settings: Settings) -> Iterator["Ledger"]:
    """The ledger; a running node has it open too. What is refused ends the command with its sentence."""
    from store.facts.errors import StoreError
    from store.ledger.ledger import open_ledger

    try:
        ledger = open_ledger(settings.node.ledger)
        try:
            yield ledger
        finally:
            ledger.close()
    except StoreError as error:
        fail(str(error))


def _plain(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Times and lists as text."""
    return [{k: _text(v) for k, v in row.items()} for row in rows]


def _text(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return "; ".join(f"{k}={v}" for k, v in value.items()) if isinstance(value, dict) else value


def _number(ledger: "Ledger", user: str) -> int:
    from store.facts.errors import StoreError
    from store.ledger import accounts as in_ledger

    found = [a for a in in_ledger.listed(ledger) if a["user"] == user]
    if len(found) != 1:
        known = ", ".join(a["user"] for a in in_ledger.listed(ledger))
        raise StoreError(f"account {user}: there is none, or there are several; there are {known}")
    return int(found[0]["id"])


@app.command("list")
def listed(config: ConfigOption, form: FormatOption = "table") -> None:
    """All accounts."""
    from store.ledger import accounts as in_ledger

    with _ledger(settings_of(config)) as ledger:
        show(_plain(in_ledger.listed(ledger)), form, ACCOUNTS)


@app.command()
def make(
    user: str,
    config: ConfigOption,
    role: Annotated[str, typer.Option(help=", ".join(ROLES))],
    by: ByOption,
    name: Annotated[str, typer.Option(help="as others read it; the user without it")] = "",
    units: UnitOption = None,
) -> None:
    """Make a local account and print its one-time password."""
    from dashboard.access import passwords
    from store.ledger import accounts as in_ledger

    password = passwords.one_time()
    with _ledger(settings_of(config)) as ledger:
        form = passwords.hashed(password)
        in_ledger.make(ledger, user, name or user, role, units or [], form, by, datetime.now(UTC))
    said.print(f"{user}: {password}  (shown once; to be changed at the first sign-in)", markup=False)


@app.command()
def change(
    user: str,
    config: ConfigOption,
    by: ByOption,
    role: Annotated[str | None, typer.Option()] = None,
    units: UnitOption = None,
    disabled: Annotated[bool | None, typer.Option("--disable/--enable")] = None,
) -> None:
    """Change what an account may do. Its visits are over."""
    from store.ledger import accounts as in_ledger

    with _ledger(settings_of(config)) as ledger:
        number = _number(ledger, user)
        in_ledger.change(ledger, number, by, datetime.now(UTC), role=role, units=units, disabled=disabled)
    said.print(f"{user}: changed", markup=False)


@app.command()
def password(user: str, config: ConfigOption, by: ByOption) -> None:
    """Give a local account a new one-time password: the way back in for an administrator who has lost theirs."""
    from dashboard.access import passwords
    from store.ledger import accounts as in_ledger

    given = passwords.one_time()
    with _ledger(settings_of(config)) as ledger:
        number, now = _number(ledger, user), datetime.now(UTC)
        in_ledger.set_password(ledger, number, passwords.hashed(given), by, now, must_change=True)
    said.print(f"{user}: {given}  (shown once; to be changed at the first sign-in)", markup=False)


@displays.command("list")
def listed_displays(config: ConfigOption, form: FormatOption = "table") -> None:
    """All displays."""
    from store.ledger import visits

    with _ledger(settings_of(config)) as ledger:
        show(_plain(visits.displays(ledger)), form, DISPLAYS)


@displays.command("make")
def make_display(name: str, wall: str, config: ConfigOption, by: ByOption) -> None:
    """Make a token for a display and print the address that it opens once."""
    from dashboard.access.reception import sealed
    from store.ledger import visits

    settings, token = settings_of(config), secrets.token_urlsafe(24)
    if wall not in settings.walls:
        fail(f"{wall}: there is no wall of this name; there are {', '.join(settings.walls)}")
    with _ledger(settings) as ledger:
        visits.add_display(ledger, name, wall, sealed(token), by, datetime.now(UTC))
    said.print(f"/wall/{wall}?token={token}  (shown once)", markup=False)


@displays.command()
def revoke(number: int, config: ConfigOption, by: ByOption) -> None:
    """Shut a display out."""
    from store.ledger import visits

    with _ledger(settings_of(config)) as ledger:
        visits.revoke(ledger, number, by, datetime.now(UTC))
    said.print(f"display {number} is revoked")


def log(
    config: ConfigOption,
    since: Annotated[str | None, typer.Option("--from", help="without an offset the site's time")] = None,
    until: Annotated[str | None, typer.Option("--to")] = None,
    who: Annotated[str | None, typer.Option()] = None,
    act: Annotated[list[str] | None, typer.Option(help="e.g. unmasked; one that there is not lists them all")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000)] = 200,
    form: FormatOption = "table",
) -> None:
    """The audit log, the latest first."""
    from store.ledger import audit

    settings = settings_of(config)
    for name in act or ():
        if name not in audit.ACTS:
            fail(f"--act {name}: there is no such act; there are {', '.join(audit.ACTS)}")
    span = {
        "since": moment(since, settings.site.tz, "--from"),
        "until": moment(until, settings.site.tz, "--to"),
    }
    with _ledger(settings) as ledger:
        rows = audit.lines(ledger, who=who, acts=act or (), limit=limit, **span)
        show(rows_of(rows, form), form, LINES)


def rows_of(rows: list[dict[str, Any]], form: str) -> list[dict[str, Any]]:
    """As they are printed: JSON keeps what was noted as it is."""
    return [r | {"at": r["at"].isoformat()} for r in rows] if form == "json" else _plain(rows)
