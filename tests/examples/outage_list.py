"""A year of polls, loaded and ready to be replayed: the real one, or six invented polls with all that is peculiar."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Engine, select

from examples.bchydro import load as bchydro
from examples.bchydro import replay
from examples.bchydro.tables import OUTAGE_LIST, POLL
from tests.examples.written import write_rows

BEGIN = datetime(2024, 3, 30, 23, tzinfo=UTC)


class Year(NamedTuple):
    """A replay ready to go."""

    source: Engine
    log: Engine

    def listed(self) -> dict[int, int]:
        """Customers out by outage, as listed now."""
        with self.source.connect() as connection:
            rows = connection.execute(select(OUTAGE_LIST.c.id, OUTAGE_LIST.c.numCustomersOut)).all()
        return {row.id: row.numCustomersOut for row in rows}

    def poll(self) -> tuple[int, datetime, int | None, str]:
        with self.source.connect() as connection:
            row = connection.execute(select(POLL)).one()
        return row.poll_no, row.at.replace(tzinfo=UTC), row.listed, row.status


def _stamp(minute: int) -> str:
    return (BEGIN + timedelta(minutes=minute)).strftime("%Y-%m-%dT%H:%M:%SZ")


def _change(poll: int, op: str, no: int, customers: int = 0, **more: str) -> dict[str, str]:
    row = {"poll_no": str(poll), "poll_time_utc": _stamp(10 * poll), "op": op, "id": str(no)}
    if op == "remove":
        return row
    began = str(int(BEGIN.timestamp() * 1000))
    fixed = {"dateOff": began, "lastUpdated": began, "regionName": "North", "municipality": "Hill", "cause": "Fire"}
    return {**row, **fixed, "numCustomersOut": str(customers), "latitude": "49.5", "longitude": "-122.5", **more}


# 0: 1 and 2 listed. 1: 1 has fewer customers out. 2: an answer of 0 bytes. 3: 2 left while nobody saw it. 4: a list
# with nothing in it. 5: 1 again. 6: 3 instead of 1. 7: 1 again, begun later than was said before.
CHANGES = [
    _change(0, "add", 1, 100),
    _change(0, "add", 2, 7, regionName="South"),
    _change(1, "change", 1, 60),
    _change(3, "remove", 2),
    _change(4, "remove", 1),
    _change(5, "add", 1, 50),
    _change(6, "remove", 1),
    _change(6, "add", 3, 4, cause="Planned work being done on our equipment"),
    _change(7, "add", 1, 45, dateOff=str(int((BEGIN + timedelta(minutes=65)).timestamp() * 1000))),
]
LISTED = ["2", "2", "", "1", "0", "1", "1", "2"]


def loaded(data: Path, folder: Path, start: datetime) -> Iterator[Year]:
    """The year in `data`; the invented one when that is `folder` itself. The source shows `start`."""
    if data == folder:
        _write_small(folder)
    url = f"sqlite:///{folder}/source.db"
    bchydro.load(data, url, folder / "log.db", start)
    year = Year(*replay.engines(url, folder / "log.db"))
    yield year
    year.source.dispose()
    year.log.dispose()


def _write_small(folder: Path) -> None:
    polls = [
        {"poll_no": str(n), "poll_time_utc": _stamp(10 * n), "state": "ok" if listed else "empty", "n_outages": listed}
        for n, listed in enumerate(LISTED)
    ]
    write_rows(folder / bchydro.FOLDER / "bch_polls.csv.gz", bchydro.POLL_COLUMNS, polls)
    write_rows(folder / bchydro.FOLDER / "bch_changes.csv.gz", bchydro.CHANGE_COLUMNS, CHANGES)
