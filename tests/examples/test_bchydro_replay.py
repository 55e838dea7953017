"""The replay of the BC Hydro example: at each poll the database shows what the utility's list showed."""

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event

import pytest
from sqlalchemy import func, select

from examples.bchydro import replay
from examples.bchydro.tables import OUTAGE_LIST, POLLS, REGIONS
from examples.source_database import DatabaseError
from tests.examples.outage_list import BEGIN, LISTED, Year, loaded
from tests.examples.written import HERE


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Year]:
    """The invented polls, the first one shown."""
    yield from loaded(tmp_path, tmp_path, BEGIN)


def test_each_step_shows_the_next_poll(small: Year) -> None:
    seen = [(small.poll(), small.listed())]
    while replay.step(small.source, small.log):
        seen.append((small.poll(), small.listed()))
    assert [listed for _, listed in seen] == [
        {1: 100, 2: 7},
        {1: 60, 2: 7},
        {},
        {1: 60},
        {},
        {1: 50},
        {3: 4},
        {1: 45, 3: 4},
    ]
    assert [poll for poll, _ in seen] == [
        (n, BEGIN + timedelta(minutes=10 * n), int(listed) if listed else None, "ok" if listed else "empty")
        for n, listed in enumerate(LISTED)
    ]


@pytest.mark.parametrize("number", range(8))
def test_a_jump_shows_what_the_steps_showed(small: Year, number: int) -> None:
    for _ in range(number):
        replay.step(small.source, small.log)
    stepped = small.poll(), small.listed()
    replay.until(small.source, small.log, BEGIN)
    poll = replay.until(small.source, small.log, BEGIN + timedelta(minutes=10 * number + 9))
    assert (small.poll(), small.listed()) == stepped
    assert poll.number == number


def test_blank_fields_are_null_and_numbers_are_numbers(small: Year) -> None:
    with small.source.connect() as connection:
        row = connection.execute(select(OUTAGE_LIST).where(OUTAGE_LIST.c.id == 1)).one()
    assert (row.crewEtr, row.dateOn, row.crewStatus) == (None, None, None)
    assert (row.dateOff, row.latitude, row.cause) == (int(BEGIN.timestamp() * 1000), 49.5, "Fire")


def test_a_town_on_a_border_lies_below_the_region_that_names_it_most(small: Year) -> None:
    with small.source.connect() as connection:
        found = {(row.code, row.kind, row.parent) for row in connection.execute(select(REGIONS))}
    assert found == {("North", "county", None), ("South", "county", None), ("Hill", "station", "North")}


def test_a_run_shows_every_poll_up_to_the_end_of_the_year(small: Year) -> None:
    replay.until(small.source, small.log, BEGIN + timedelta(minutes=20))
    replay.run(small.source, small.log, BEGIN, 36_000, Event())  # 70 min of site time in 117 ms
    assert small.poll()[0] == 7
    assert small.listed() == {1: 45, 3: 4}


class _Stop(Event):
    """Stands for the passing of time: notes how long it was to wait, and is set at the second wait."""

    def __init__(self) -> None:
        super().__init__()
        self.waited_s: list[float] = []

    def wait(self, timeout: float | None = None) -> bool:
        self.waited_s.append(timeout or 0)
        return len(self.waited_s) == 2


def test_a_run_waits_for_site_time_and_stops_when_told(small: Year) -> None:
    stop = _Stop()
    replay.run(small.source, small.log, BEGIN + timedelta(minutes=4), 2.0, stop)
    # polls are 10 min apart and site time runs twice as fast; no time passed in the first wait
    assert stop.waited_s == pytest.approx([180, 480], abs=20)
    assert small.poll()[0] == 1


def test_before_the_first_poll_there_is_nothing_to_show(small: Year) -> None:
    with pytest.raises(DatabaseError, match="the first poll is of 2024-03-30 23:00"):
        replay.until(small.source, small.log, BEGIN - timedelta(seconds=1))


@pytest.mark.parametrize("written", ["yesterday", "2024-11-04", "2024-11-04T20:00:00"])
def test_a_start_needs_a_zone(written: str) -> None:
    with pytest.raises(DatabaseError, match="is no time with a zone"):
        replay.moment(written)


def test_a_replay_of_nothing_names_the_command_to_run_first(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "examples.bchydro.replay", "--speed", "600"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(HERE)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 1
    assert done.stderr.strip() == (
        "bchydro: var/bchydro/log.db: no such file; run python -m examples.bchydro.load first"
    )


def test_the_start_of_the_example_is_a_storm(real: Year) -> None:
    replay.until(real.source, real.log, replay.START)
    assert real.poll() == (20_975, datetime(2024, 11, 4, 19, 47, 21, tzinfo=UTC), 336, "ok")
    assert len(real.listed()) == 336


def test_the_real_list_is_rebuilt_at_every_jump(real: Year) -> None:
    with real.log.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(POLLS)) == 24_716
        sample = connection.execute(select(POLLS).where(POLLS.c.poll_no % 997 == 5)).all()
    assert len(sample) == 25
    for row in sample:
        replay.until(real.source, real.log, row.at.replace(tzinfo=UTC))
        assert len(real.listed()) == row.listed, f"poll {row.poll_no}"


def test_the_real_list_is_rebuilt_across_the_poll_without_an_answer(real: Year) -> None:
    replay.until(real.source, real.log, datetime(2024, 3, 30, 22, tzinfo=UTC))
    for _ in range(20):
        poll = replay.step(real.source, real.log)
        assert poll is not None
        assert len(real.listed()) == (poll.listed or 0), f"poll {poll.number}"
    assert real.poll()[0] > 6_110
    replay.until(real.source, real.log, datetime(2024, 3, 31, 1, tzinfo=UTC))
    assert (real.poll(), real.listed()) == ((6_109, datetime(2024, 3, 31, 0, 46, 10, tzinfo=UTC), None, "empty"), {})
