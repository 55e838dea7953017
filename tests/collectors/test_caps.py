"""Pages that somebody cuts at a round number are told; a batch of a round number of rows is not."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event

from collectors.caps import Run, run_after
from store.facts.suspicion import is_cap
from tests.collectors.rig import START, Rig, wall

READS = [
    pytest.param(None, 1_000, True, 1, id="once is an ordinary event"),
    pytest.param(Run(1_000, 1), 1_000, True, 2, id="again, other rows"),
    pytest.param(Run(1_000, 2), 1_000, False, 2, id="the same rows again, by the overlap"),
    pytest.param(Run(500, 2), 1_000, True, 1, id="another round number"),
    pytest.param(Run(1_000, 2), 999, True, 0, id="fewer"),
    pytest.param(Run(1_000, 2), 20_000, True, 0, id="what we asked for"),
]


@pytest.mark.parametrize(("run", "rows", "moved", "reads"), READS)
def test_reads_in_a_row(run: Run | None, rows: int, moved: bool, reads: int) -> None:
    after = run_after(run, rows, 20_000, moved=moved)
    assert (after.reads if after else 0) == reads


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (499, False), (500, True), (501, False), (1_000, True), (1_500, False), (2_000, True), (3_000, False),
        (5_000, True), (10_000, True), (65_535, True), (65_536, True), (100, False), (0, False),
    ],
)  # fmt: skip
def test_a_round_number(rows: int, expected: bool) -> None:
    assert is_cap(rows) is expected


def test_a_gateway_that_cuts_every_answer_at_500_rows_is_told_and_loses_no_row(sqlite_rig: Rig) -> None:
    sqlite_rig.use(sqlite_rig.source.tables[0].model_dump(), page=10_000)
    begun = START - timedelta(hours=4)
    sqlite_rig.fill({"no": f"{no:04}", "changed": wall(begun + timedelta(seconds=6 * no))} for no in range(1_990))
    sqlite_rig.ask()

    def cut(_: Any, __: Any, statement: str, values: Any, *___: Any) -> tuple[str, Any]:
        return statement, tuple(500 if value == 10_000 else value for value in values)

    assert sqlite_rig.poller.engine is not None
    event.listen(sqlite_rig.poller.engine, "before_cursor_execute", cut, retval=True)
    told = []
    for _ in range(4):
        sqlite_rig.poll()
        (state,) = sqlite_rig.facts.states()
        told.append([(doubt.what, doubt.about["listed"]) for doubt in state.doubts])
    assert told == [[], [], [("capped_page", 500)], []]
    assert len(sqlite_rig.rows()) == 1_990
