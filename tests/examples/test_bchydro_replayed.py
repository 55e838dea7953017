"""A short invented year of polls, replayed as the bench replays the real one: what is doubted, withheld, closed."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from bench.bchydro_replay import added, replayed
from bench.bchydro_replayed import Seen, returned, spells, written
from examples.bchydro import load as bchydro
from examples.bchydro import replay
from tests.examples.outage_list import BEGIN
from tests.examples.written import write_rows

TWELVE = set(range(1, 13))
# What each poll lists; None is an answer of 0 bytes.
POLLS: list[set[int] | None] = [
    TWELVE,
    None,  # 1: no answer
    TWELVE | {13},  # 2: nobody was restored
    {1, 2, 3, 13},  # 3: a partial reply
    TWELVE | {13},  # 4
    TWELVE - {5},  # 5: 5 and 13 left
    TWELVE,  # 6: 5 is back, as it was
    {12, 20},  # 7: eleven at once
    {12, 20},  # 8
    {12, 20},  # 9: believed now
    {1, 2, 3, 12, 20},  # 10: an old copy
    {12, 20},  # 11
    set(),  # 12: rightly empty
    {21},  # 13
    {21, 12},  # 14: 12 is back with another start
]
RESTARTED = 14


def _stamp(poll: int) -> str:
    return (BEGIN + timedelta(minutes=10 * poll)).strftime("%Y-%m-%dT%H:%M:%SZ")


def _changes() -> Iterator[dict[str, str]]:
    known: set[int] = set()
    fixed = {"regionName": "North", "municipality": "Hill", "cause": "Fire", "latitude": "49.5", "longitude": "-122.5"}
    for poll, listed in enumerate(POLLS):
        if listed is None:
            continue
        at = {"poll_no": str(poll), "poll_time_utc": _stamp(poll)}
        begun = str(int((BEGIN + timedelta(minutes=poll if poll == RESTARTED else 0)).timestamp() * 1000))
        yield from (at | {"op": "remove", "id": str(no)} for no in sorted(known - listed))
        for no in sorted(listed - known):
            yield at | fixed | {"op": "add", "id": str(no), "numCustomersOut": "5", "dateOff": begun}
        known = listed


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder: Path = tmp_path_factory.mktemp("polls")
    polls = [
        {"poll_no": str(n), "poll_time_utc": _stamp(n), "state": "empty" if listed is None else "ok",
         "n_outages": "" if listed is None else str(len(listed))}
        for n, listed in enumerate(POLLS)
    ]  # fmt: skip
    write_rows(folder / bchydro.FOLDER / "bch_polls.csv.gz", bchydro.POLL_COLUMNS, polls)
    write_rows(folder / bchydro.FOLDER / "bch_changes.csv.gz", bchydro.CHANGE_COLUMNS, _changes())
    return folder


@pytest.fixture(scope="module")
def seen(data: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Seen]:
    folder: Path = tmp_path_factory.mktemp("replayed")
    bchydro.load(data, f"sqlite:///{folder}/source.db", folder / "log.db", BEGIN)
    source, log = replay.engines(f"sqlite:///{folder}/source.db", folder / "log.db")
    try:
        return replayed(source, log, folder, 0, len(POLLS) - 1)
    finally:
        source.dispose()
        log.dispose()


def test_each_suspicion_stands_for_its_polls(seen: list[Seen]) -> None:
    told = {one.number: one.suspicion for one in seen if one.suspicion}
    assert told == {
        1: "list_empty", 3: "rows_missing", 7: "rows_missing", 8: "rows_missing", 10: "old_copy", 12: "list_empty"
    }  # fmt: skip
    assert [[one.number for one in spell.polls] for spell in spells(seen)] == [[1], [3], [7, 8], [10], [12]]


def test_nothing_is_closed_or_opened_again_under_suspicion(seen: list[Seen]) -> None:
    assert not [one for one in seen if one.suspicion and (one.closed or one.opened)]
    assert not [one for one in seen if one.suspicion is None and (one.unlisted or one.hidden)]
    closed = {one.number: [no for no, _ in one.closed] for one in seen if one.closed}
    assert closed == {5: [5, 13], 9: [*range(1, 12)], 13: [12, 20]}
    assert {one.number: [no for no, _ in one.opened] for one in seen if one.opened} == {6: [5], 14: [12]}


def test_what_was_closed_and_is_listed_again_is_found(data: Path, seen: list[Seen]) -> None:
    again, ghosts = returned(seen, added(data))
    found = [(one.outage[0], one.closed.number, one.back.number, one.is_same) for one in again]
    assert found == [(5, 5, 6, True), (12, 13, 14, False)]
    assert ghosts == 3  # 1, 2 and 3 were shown once more by the old copy, which nobody believed


def test_the_page_says_all_of_it(data: Path, seen: list[Seen]) -> None:
    page = written(seen, added(data), 1)
    assert "| outages closed | 15 |" in page
    assert "| polls under suspicion | 6, in 5 spells |" in page
    assert "| 1 | 2024-03-30 23:10 | an answer of 0 bytes | 0 | 12 | 12 | 0 | after 10 min | 0 |" in page
    assert "| 10 | 2024-03-31 00:40 | most of the list had left it before | 5 | 2 | 0 | 3 | after 10 min | 0 |" in page
    assert "Polls without a list: 1; lists without an outage: 1" in page
