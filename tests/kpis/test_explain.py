"""The ledger of a clock: its lines leave no gap, and what they count is what the figures are made of."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import pytest

from kpis.calendar import NEVER
from kpis.derive import Rules
from kpis.explain import Explained, Ledger, explained
from kpis.explain_lines import Line
from kpis.order_clocks import derived
from store.facts.schema import due_column
from tests.kpis.histories import Histories, histories
from tests.kpis.worlds import World, worlds

ORDERS = 400
NOW = datetime.fromisoformat("2025-06-30T10:15:00+08:00")  # in the middle of the histories: many clocks run
WORLDS = list(worlds())


def beside(given: Histories) -> dict[str, pd.DataFrame]:
    events, known = given.events, given.events.at != NEVER
    told = {"row": events.row, "kind": events.kind, "at": _times(events.at), "reason": events.reason}
    merged = np.flatnonzero(given.merged_since != NEVER)
    return {
        "events": pd.DataFrame(told)[known],
        "merged": pd.DataFrame({"row": merged, "accepted_at": _times(given.merged_since[merged])}),
    }


def _times(at: Any) -> Any:
    return pd.to_datetime(at.astype("datetime64[us]"), utc=True)


def _each(found: list[Explained]) -> Iterator[tuple[int, Any, Ledger]]:
    for i, one in enumerate(found):
        for account in one.accounts:
            for ledger in account.ledgers:
                yield i, account, ledger


@pytest.mark.parametrize("world", WORLDS, ids=lambda world: world.name)
def test_every_ledger_adds_up_to_the_deadline_that_the_merge_computed(world: World) -> None:
    given = histories(np.random.default_rng(17), ORDERS, world)
    expected = derived(given.rows, given.merged_since, given.events, world.limits, world.calendar)
    found = list(explained(given.rows, beside(given), Rules(tuple(world.limits), world.calendar), NOW))
    seen = 0
    for i, account, ledger in _each(found):
        due = expected[due_column(account.clock, ledger.line)][i]
        assert ledger.due_at == (None if np.isnat(due) else pd.Timestamp(due).tz_localize("UTC"))
        check(account, ledger)
        seen += bool(ledger.lines)
    with_deadline = sum(int((~np.isnat(v)).sum()) for k, v in expected.items() if k.endswith("due_at"))
    assert sum(1 for *_, ledger in _each(found) if ledger.due_at) == with_deadline
    assert seen > ORDERS / 2


def check(account: Any, ledger: Ledger) -> None:
    lines = ledger.lines
    if not lines:
        no_time = account.start_at is None or account.is_spoilt or account.start_at == account.stop_at
        assert no_time or (account.start_at >= NOW and ledger.due_at is None)
        return
    assert lines[0].start == _micros(account.start_at)
    assert all(a.end == b.start and a.start < a.end for a, b in pairwise(lines))
    total = 0
    for line in lines:
        total += line.counted
        assert (line.total, line.left) == (total, ledger.limit.amount - total)
        assert (line.counted > 0) == (line.what == "counted")
        if ledger.limit.kind != "working_days" and line.what == "counted":
            assert line.counted == line.end - line.start
    until, due = lines[-1].end, None if ledger.due_at is None else _micros(ledger.due_at)
    if account.stop_at is not None:
        assert until == _micros(account.stop_at)
    else:
        assert until == max(_micros(NOW), due or 0) or ledger.verdict == "unknown"
    # The limit is used up at the deadline: neither before nor after it.
    used = [line for line in lines if line.total == ledger.limit.amount]
    assert bool(used) == (due is not None and until >= due)
    if used:
        assert used[0].end == due
        assert all(line.what == "over" for line in used[1:])
    judge(ledger, lines, until)


def judge(ledger: Ledger, lines: tuple[Line, ...], until: int) -> None:
    """The verdict is what the lines say."""
    late = lines[-1].what == "over"
    assert late == (ledger.verdict in ("late", "overdue"))
    assert ledger.over == (timedelta(microseconds=until - lines[-1].start) if late else None)
    assert any(line.is_ahead for line in lines) <= (ledger.verdict in ("running", "not_started"))
    if ledger.verdict == "stands":
        assert lines[-1].what in ("paused", "solved", "start_day") or ledger.limit.kind == "working_days"


def _micros(at: datetime) -> int:
    return (at - datetime.fromisoformat("1970-01-01T00:00:00+00:00")) // timedelta(microseconds=1)
