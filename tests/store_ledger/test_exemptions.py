"""The register of exemptions, on SQLite and PostgreSQL."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from store.ledger import Ledger, StoreError
from store.ledger.exemptions import (
    LONGEST,
    Approved,
    enter,
    exemptions_of,
    register,
    revision,
    standing,
    withdraw,
)

NOW = datetime(2026, 11, 20, 6, 32, tzinfo=UTC)
ONE = Approved("orders", "1001", "arrival", "weather", "flood report 12", "Li Wei", datetime(2026, 11, 19, tzinfo=UTC))


def test_an_exemption_is_kept_with_who_approved_it(ledger: Ledger) -> None:
    (number,) = enter(ledger, [ONE], NOW)
    (row,) = exemptions_of(ledger, "orders", "1001")
    assert (row["id"], row["evidence"], row["approved_by"]) == (number, "flood report 12", "Li Wei")
    assert row["approved_at"] == "2026-11-19T00:00:00+00:00"
    assert row["entered_at"] == NOW.isoformat()
    assert exemptions_of(ledger, "other", "1001") == []
    assert standing(ledger) == {("orders", "1001", "arrival")}


def test_a_withdrawn_one_stays_on_record_and_its_clock_can_be_exempted_again(ledger: Ledger) -> None:
    (number,) = enter(ledger, [ONE], NOW)
    withdraw(ledger, number, "Wang Fang", "the report was of another day", NOW)
    assert standing(ledger) == set()
    assert register(ledger, withdrawn=False) == []
    (again,) = enter(ledger, [ONE], NOW)
    first, second = register(ledger, withdrawn=True)
    assert (first["id"], first["withdrawn_by"], first["withdrawn_why"]) == (
        number,
        "Wang Fang",
        "the report was of another day",
    )
    assert (second["id"], second["withdrawn_at"]) == (again, None)
    assert again > number


def test_every_change_gives_another_revision(ledger: Ledger) -> None:
    seen = [revision(ledger)]
    (number,) = enter(ledger, [ONE], NOW)
    seen.append(revision(ledger))
    withdraw(ledger, number, "Wang Fang", "wrong order", NOW)
    seen.append(revision(ledger))
    enter(ledger, [ONE], NOW)
    seen.append(revision(ledger))
    assert len(set(seen)) == 4
    assert revision(ledger) == seen[-1]


def test_several_are_entered_all_or_none(ledger: Ledger) -> None:
    enter(ledger, [ONE], NOW)
    with pytest.raises(StoreError, match="exempt list"):
        enter(ledger, [replace(ONE, clock="answer"), ONE], NOW)
    assert standing(ledger) == {ONE.place}


def test_two_who_exempt_one_clock_at_once_leave_one_exemption(ledger: Ledger) -> None:
    def attempt(_: int) -> bool:
        try:
            return bool(enter(ledger, [ONE], NOW))
        except StoreError:
            return False

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(attempt, range(4))) == [False, False, False, True]
    assert len(register(ledger, withdrawn=True)) == 1


@pytest.mark.parametrize(
    ("number", "by", "why", "sentence"),
    [
        pytest.param(99, "Li Wei", "x", "no such exemption", id="unknown"),
        pytest.param(1, " ", "x", "name who withdraws", id="nobody"),
        pytest.param(1, "Li Wei", "", "name who withdraws", id="no reason"),
        pytest.param(1, "L" * (LONGEST["approved_by"] + 1), "x", "too long", id="a name without end"),
        pytest.param(2, "Li Wei", "x", "is withdrawn already, by Wang Fang", id="twice"),
    ],
)
def test_a_withdrawal_that_can_not_be_is_refused(ledger: Ledger, number: int, by: str, why: str, sentence: str) -> None:
    _, second = enter(ledger, [ONE, replace(ONE, clock="answer")], NOW)
    withdraw(ledger, second, "Wang Fang", "wrong clock", NOW)
    with pytest.raises(StoreError, match=sentence):
        withdraw(ledger, number, by, why, NOW)
    assert standing(ledger) == {ONE.place}
