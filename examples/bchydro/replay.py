"""Replays the year of polls into the source database, poll by poll, as the utility's list stood at each.

    python -m examples.bchydro.replay --speed N [--start T] [--url URL]

Beside a node started with `--clock T --speed N`: both count site time from their own start, so start the node first.
"""

import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from threading import Event
from typing import Annotated, Final, NamedTuple

import typer
from sqlalchemy import Connection, Engine, Row, create_engine, delete, func, insert, select
from sqlalchemy.exc import SQLAlchemyError

import settings
from examples.bchydro.tables import CHANGES, OUTAGE_FIELDS, OUTAGE_LIST, POLL, POLLS
from examples.source_database import DatabaseError, address

SETTINGS: Final = Path(__file__).with_name("lightkeeper.toml")
LOG_FILE: Final = Path("var/bchydro/log.db")
START: Final = datetime(2024, 11, 4, 20, tzinfo=UTC)  # noon there: a wind storm, 336 outages listed and rising


class Poll(NamedTuple):
    """One poll of the list. `listed` is None when the answer was empty, which is not an empty list."""

    number: int
    at: datetime
    listed: int | None
    status: str


def until(source: Engine, log: Engine, at: datetime) -> Poll:
    """The newest poll at `at`, which the source database now shows, whatever it showed before.

    Errors: DatabaseError when `at` lies before the first poll.
    """
    with source.begin() as connection:
        return show_newest(connection, log, at)


def show_newest(connection: Connection, log: Engine, at: datetime) -> Poll:
    """As `until`, in a transaction of the caller's."""
    newest = select(POLLS).where(POLLS.c.at <= _naive(at)).order_by(POLLS.c.at.desc()).limit(1)
    with log.connect() as read:
        found = read.execute(newest).first()
        first = read.scalar(select(func.min(POLLS.c.at)))
    if found is None:
        raise DatabaseError(f"--start {at.isoformat()}: the first poll is of {first} UTC; start there or later")
    poll = _poll(found)
    _show(connection, log, poll, None)
    return poll


def following(source: Engine, log: Engine) -> Poll | None:
    """The poll after the one shown; None when the year is over."""
    with log.connect() as connection:
        found = connection.execute(select(POLLS).where(POLLS.c.poll_no == _shown(source).poll_no + 1)).first()
    return _poll(found) if found else None


def step(source: Engine, log: Engine) -> Poll | None:
    """The next poll, which the source database now shows; None when the year is over."""
    poll = following(source, log)
    if poll:
        shown = _shown(source)
        with source.begin() as connection:
            _show(connection, log, poll, shown.poll_no if shown.status == "ok" else None)
    return poll


def run(source: Engine, log: Engine, start: datetime, speed: float, stop: Event) -> None:
    """Shows each poll when site time, which is `start` now and runs `speed` times as fast as ours, has reached it.

    Returns when `stop` is set or the year is over. A late poll is made up for, none is left out.
    """
    begun = time.monotonic()
    until(source, log, start)
    while poll := following(source, log):
        wait_s = (poll.at - start).total_seconds() / speed - (time.monotonic() - begun)
        if stop.wait(max(wait_s, 0)):
            return
        step(source, log)


def _show(connection: Connection, log: Engine, poll: Poll, shown: int | None) -> None:
    """Brings list and poll to `poll`: from the list of poll `shown`, or from nothing."""
    changes = _changes(log, shown, poll.number) if poll.status == "ok" else []
    listed = [{name: row._mapping[name] for name in OUTAGE_FIELDS} for row in changes if row.op != "remove"]
    if shown is None or poll.status != "ok":
        connection.execute(delete(OUTAGE_LIST))
    else:
        connection.execute(delete(OUTAGE_LIST).where(OUTAGE_LIST.c.id.in_([row.id for row in changes])))
    if listed:
        connection.execute(insert(OUTAGE_LIST), listed)
    connection.execute(delete(POLL))
    row = {"at": _naive(poll.at), "poll_no": poll.number, "listed": poll.listed, "status": poll.status}
    connection.execute(insert(POLL), row)


def _changes(log: Engine, after: int | None, upto: int) -> list[Row[tuple[object, ...]]]:
    """The last change of each outage in the polls behind `after` up to `upto`."""
    last = select(func.max(CHANGES.c.seq)).where(CHANGES.c.poll_no <= upto).group_by(CHANGES.c.id)
    if after is not None:
        last = last.where(CHANGES.c.poll_no > after)
    with log.connect() as connection:
        return list(connection.execute(select(CHANGES).where(CHANGES.c.seq.in_(last))).all())


def _shown(source: Engine) -> Row[tuple[object, ...]]:
    with source.connect() as connection:
        return connection.execute(select(POLL)).one()


def _poll(row: Row[tuple[object, ...]]) -> Poll:
    return Poll(row.poll_no, row.at.replace(tzinfo=UTC), row.listed, row.status)


def _naive(at: datetime) -> datetime:
    """As the databases keep it."""
    return at.astimezone(UTC).replace(tzinfo=None)


def engines(url: str, log_file: Path) -> tuple[Engine, Engine]:
    """The source database and the change log.

    Errors: DatabaseError when the example was not loaded yet.
    """
    place = address(url)
    files = [log_file] + ([Path(str(place.database))] if place.get_backend_name() == "sqlite" else [])
    for file in files:
        if not file.is_file():
            raise DatabaseError(f"{file}: no such file; run python -m examples.bchydro.load first")
    return create_engine(place), create_engine(f"sqlite:///{log_file}")


def moment(text: str) -> datetime:
    """`text` as an aware time.

    Errors: DatabaseError when it is none or names no zone.
    """
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        at = datetime.min  # noqa: DTZ901  refused below with the same words
    if at.tzinfo is None:
        raise DatabaseError(f"--start {text}: is no time with a zone; write it like {START.isoformat()}")
    return at.astimezone(UTC)


def main(
    speed: Annotated[float, typer.Option(min=0.001, help="site seconds in a second")] = 60,
    start: Annotated[str, typer.Option(help="site time at the start, with its zone")] = START.isoformat(),
    url: Annotated[str | None, typer.Option(help="source database; else the one the settings read")] = None,
) -> None:
    """Replay the outage list into its source database until stopped or the year is over."""
    try:
        source, log = engines(url or settings.load(SETTINGS).sources["bchydro"].url.get_secret_value(), LOG_FILE)
        run(source, log, moment(start), speed, Event())
    except (DatabaseError, SQLAlchemyError, settings.SettingsError) as error:
        print(f"bchydro: {error}", file=sys.stderr)
        raise typer.Exit(1) from error
    except KeyboardInterrupt:
        pass


if __name__ == "__main__":
    typer.run(main)
