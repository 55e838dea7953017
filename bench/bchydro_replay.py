"""Every poll of BC Hydro's outage list of 2024 through reader and facts: writes docs/bchydro-replay.md.

python -m bench.bchydro_replay [--data DIR] [--parts N] [--at-once N] [--keep DIR]

The source database becomes what each poll showed, the reader takes it whole, the facts store it. The reader runs in
this process and not in a child of its own, and no due times are derived; nothing else is left out. The year is divided
into parts, each replayed by a process with facts of its own. About 35 minutes of processor time; parts that are done
are kept, so that a run that was stopped goes on.
"""

import argparse
import pickle
import tempfile
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from multiprocessing import get_context
from pathlib import Path
from typing import Final

from pydantic import SecretStr
from sqlalchemy import Engine, func, select

import settings
from bench.bchydro_replayed import Returns, Seen, written
from collectors.poll import Poller
from examples.bchydro import replay
from examples.bchydro.load import CHANGE_COLUMNS, FOLDER, POLL_COLUMNS, load
from examples.bchydro.tables import OUTAGE_LIST, POLLS
from examples.real_rows import DATA, rows
from kpis.doubts import doubts
from store.facts.db import Facts
from store.scope import Scope

PAGE: Final = Path(__file__).parents[1] / "docs" / "bchydro-replay.md"
LISTED: Final = 0  # place of the list in the settings
NEVER: Final = datetime(2024, 1, 1, tzinfo=UTC)
LOOK_EVERY: Final = timedelta(days=1)  # a node looks at the rows themselves every five minutes
KEEP: Final = Path("bench/results/bchydro_replay")  # not committed


@dataclass
class House:
    """A node's reading of the replay, without its processes and its clock."""

    source: Engine
    log: Engine
    poller: Poller
    facts: Facts
    open: set[int] = field(default_factory=set)  # as the facts hold them
    starts: dict[int, int | None] = field(default_factory=dict)  # by id, as last listed
    look_at: datetime = NEVER

    def poll(self, poll: replay.Poll, *, whole: bool = False) -> Seen:
        """Reads and stores what the source shows now; with `whole` the other tables as well."""
        places = range(len(self.poller.source.tables)) if whole else (LISTED,)
        reply = self.poller.poll(dict.fromkeys(places), poll.at + timedelta(seconds=1))
        if reply.error:
            raise reply.error
        before = self.open
        merged = [self.facts.merge(batch, {}) for batch in reply.batches]
        after, told = self._open() if merged[0].changed else before, merged[0].suspicion
        self.open = after
        listed = self._listed()
        restarted = sum(no in self.starts and self.starts[no] != start for no, start in listed.items())
        known = set(self.starts)
        self.starts |= listed
        return Seen(
            poll.number,
            poll.at,
            poll.status,
            len(listed),
            tuple((no, self.starts.get(no)) for no in sorted(before - after)),
            tuple((no, self.starts.get(no)) for no in sorted((after - before) & known)),
            len(after - set(listed)),
            len(set(listed) - after),
            told.what if told else None,
            dict(told.about) if told else {},
            merged[0].rejected,
            restarted,
            self._crews(),
            self._doubts(poll.at),
        )

    def _crews(self) -> int:
        with self.source.connect() as connection:
            return connection.scalar(select(func.count(OUTAGE_LIST.c.crewStatus))) or 0

    def _doubts(self, now: datetime) -> tuple[str, ...] | None:
        if now < self.look_at:
            return None
        self.look_at = now + LOOK_EVERY
        with self.facts.read(Scope.everything("bench")) as reader:
            return tuple(doubt.what for doubt in doubts(reader, now))

    def _open(self) -> set[int]:
        """Of the outages that the facts hold: those that are not restored."""
        rows = self.facts._db.execute("SELECT outage_no FROM outages WHERE restored_at IS NULL").fetchall()
        return {int(no) for (no,) in rows}

    def _listed(self) -> dict[int, int | None]:
        with self.source.connect() as connection:
            found = connection.execute(select(OUTAGE_LIST.c.id, OUTAGE_LIST.c.dateOff)).all()
        return {row.id: row.dateOff for row in found}


def replayed(source: Engine, log: Engine, folder: Path, first: int, last: int) -> list[Seen]:
    """The polls `first` to `last` in their order; `first` is read like a node's first read."""
    site = settings.load(replay.SETTINGS)
    url = source.url.render_as_string(hide_password=False)
    of = site.sources["bchydro"].model_copy(update={"url": SecretStr(url)})
    facts = Facts(folder / "facts.duckdb", site.site.zone)
    house = House(source, log, Poller("bchydro", of, b"site key"), facts)
    try:
        with log.connect() as connection:
            at = connection.scalar(select(POLLS.c.at).where(POLLS.c.poll_no == first))
        if at is None:
            return []
        seen = [house.poll(replay.until(source, log, at.replace(tzinfo=UTC)), whole=True)]
        while seen[-1].number < last and (poll := replay.step(source, log)):
            seen.append(house.poll(poll))
        return seen
    finally:
        facts.close()
        if house.poller.engine is not None:
            house.poller.engine.dispose()


def part(data: Path, file: Path, first: int, last: int) -> None:
    """As `replayed`, kept in `file`, with a source database and a log of its own."""
    with tempfile.TemporaryDirectory() as name:
        own = Path(name)
        load(data, f"sqlite:///{own}/source.db", own / "log.db", replay.START)
        source, log = replay.engines(f"sqlite:///{own}/source.db", own / "log.db")
        try:
            seen = replayed(source, log, own, first, last)
        finally:
            source.dispose()
            log.dispose()
    beside = file.with_suffix(".new")
    beside.write_bytes(pickle.dumps(seen))
    beside.replace(file)


def year(data: Path, keep: Path, parts: int, at_once: int) -> list[Seen]:
    """Each poll once, in its order."""
    keep.mkdir(parents=True, exist_ok=True)
    numbers = [int(row[0]) for row in rows(data / FOLDER / "bch_polls.csv.gz", POLL_COLUMNS)]
    borders = [numbers[-1] * n // parts for n in range(parts)] + [numbers[-1]]
    files = {keep / f"{a}-{b}.pickle": (a, b) for a, b in pairwise(borders)}
    with ProcessPoolExecutor(at_once, mp_context=get_context("spawn")) as pool:
        asked = [pool.submit(part, data, file, *of) for file, of in files.items() if not file.is_file()]
        for one in asked:
            one.result()
    found: list[list[Seen]] = [pickle.loads(file.read_bytes()) for file in files]  # noqa: S301  our own
    return [*found[0], *(one for more in found[1:] for one in more[1:])]  # a border was read by both of its parts


def added(data: Path) -> Returns:
    """By outage the polls that added it to the list, with the start that it had there."""
    found: dict[int, list[tuple[int, int | None]]] = {}
    for row in rows(data / FOLDER / "bch_changes.csv.gz", CHANGE_COLUMNS):
        change = dict(zip(CHANGE_COLUMNS, row, strict=True))
        if change["op"] == "add":
            start = int(change["dateOff"]) if change["dateOff"] else None
            found.setdefault(int(change["id"]), []).append((int(change["poll_no"]), start))
    return {outage: sorted(polls) for outage, polls in found.items()}


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--parts", type=int, default=12)
    parser.add_argument("--at-once", type=int, default=2, help="processes")
    parser.add_argument("--keep", type=Path, default=KEEP, help="where parts that are done are kept")
    asked = parser.parse_args(argv)
    seen = year(asked.data, asked.keep, asked.parts, asked.at_once)
    PAGE.write_text(written(seen, added(asked.data), asked.parts), encoding="utf-8")
    print(f"{len(seen):,} polls -> {PAGE}")


if __name__ == "__main__":
    main()
