"""Prepares the replay of BC Hydro's outage list of 2024: the change log, and a source database that shows one moment.

python -m examples.bchydro.load [--data DIR] [--url URL] [--start T]
"""

import sys
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from sqlalchemy import URL, Connection, Engine, Table, create_engine, func, insert, select
from sqlalchemy.exc import SQLAlchemyError

import settings
from examples.bchydro.replay import LOG_FILE, SETTINGS, START, Poll, moment, show_newest
from examples.bchydro.tables import CHANGES, LOG, POLLS, REGIONS, SOURCE
from examples.real_rows import DATA, RowsError, rows
from examples.source_database import DatabaseError, address, replaced

FOLDER: Final = Path("bchydro_2024")
POLL_COLUMNS: Final = (
    *("poll_no", "poll_time_utc", "commit", "state", "bytes", "n_outages", "n_added", "n_changed", "n_removed"),
    "n_dup_ids",
)
CHANGE_COLUMNS: Final = (
    *("poll_no", "poll_time_utc", "op", "id", "municipality", "area", "cause", "numCustomersOut", "crewStatus"),
    *("crewStatusNote", "crewEta", "crewEtr", "dateOff", "dateOn", "lastUpdated", "regionName", "latitude"),
    "longitude",
)
BATCH: Final = 5_000


def load(data: Path, url: str, log_file: Path, start: datetime) -> Poll:
    """The poll that the source database at `url` now shows: the newest one at `start`.

    Errors: RowsError, DatabaseError.
    """
    place = address(url)
    with replaced(URL.create("sqlite", database=str(log_file)), LOG) as connection:
        _insert(connection, POLLS, _polls(data / FOLDER / "bch_polls.csv.gz"))
        _insert(connection, CHANGES, _changes(data / FOLDER / "bch_changes.csv.gz"))
    log = create_engine(f"sqlite:///{log_file}")
    try:
        with replaced(place, SOURCE) as connection:
            connection.execute(insert(REGIONS), _regions(log))
            return show_newest(connection, log, start)
    finally:
        log.dispose()


def _polls(file: Path) -> Iterator[dict[str, Any]]:
    for row in rows(file, POLL_COLUMNS):
        poll = dict(zip(POLL_COLUMNS, row, strict=True))
        at = datetime.fromisoformat(poll["poll_time_utc"]).replace(tzinfo=None)
        listed = int(poll["n_outages"]) if poll["n_outages"] else None
        yield {"poll_no": int(poll["poll_no"]), "at": at, "listed": listed, "status": poll["state"]}


def _changes(file: Path) -> Iterator[dict[str, Any]]:
    kept = [column for column in CHANGES.columns if column.name != "seq"]
    reads: list[tuple[str, int, Callable[[str], Any]]] = [
        (column.name, CHANGE_COLUMNS.index(column.name), column.type.python_type) for column in kept
    ]
    for seq, row in enumerate(rows(file, CHANGE_COLUMNS)):
        yield {"seq": seq, **{name: read(row[at]) if row[at] else None for name, at, read in reads}}


def _insert(connection: Connection, table: Table, found: Iterable[dict[str, Any]]) -> None:
    left = iter(found)
    while batch := list(islice(left, BATCH)):
        connection.execute(insert(table), batch)


def _regions(log: Engine) -> list[dict[str, str | None]]:
    """Regions, and municipalities below the region that names them most: a few lie on a border and occur under two."""
    seen = (
        select(CHANGES.c.municipality, CHANGES.c.regionName)
        .where(CHANGES.c.op != "remove")
        .group_by(CHANGES.c.municipality, CHANGES.c.regionName)
        .order_by(func.count(), CHANGES.c.regionName)
    )
    with log.connect() as connection:
        found = [(str(town), str(region)) for town, region in connection.execute(seen)]
    parents = dict(found)  # the last one of a town stays, which is the one that names it most
    regions: list[dict[str, str | None]] = [
        {"code": region, "kind": "county", "parent": None} for region in sorted({region for _, region in found})
    ]
    return regions + [{"code": town, "kind": "station", "parent": region} for town, region in sorted(parents.items())]


def main(
    data: Annotated[Path, typer.Option(help="folder of the real rows")] = DATA,
    url: Annotated[str | None, typer.Option(help="database to fill; else the one the settings read")] = None,
    start: Annotated[str, typer.Option(help="moment to show, with its zone")] = START.isoformat(),
) -> None:
    """Prepare the replay and show one moment of it."""
    begun = time.perf_counter()
    try:
        place = url or settings.load(SETTINGS).sources["bchydro"].url.get_secret_value()
        poll = load(data, place, LOG_FILE, moment(start))
    except (RowsError, DatabaseError, SQLAlchemyError, settings.SettingsError) as error:
        print(f"bchydro: {error}", file=sys.stderr)
        raise typer.Exit(1) from error
    taken = f"{address(place).render_as_string()} in {time.perf_counter() - begun:.1f} s"
    listed = "no list" if poll.listed is None else f"{poll.listed} outages listed"
    print(f"bchydro: poll {poll.number} of {poll.at.isoformat()}, {listed} -> {taken}")


if __name__ == "__main__":
    typer.run(main)
