"""Leases and settlements, on SQLite and PostgreSQL."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

import pytest

from store.ledger import Ledger
from store.ledger.outbox import LEASE, Lot, Sent, Waiting, end_leases, has_due, lease, outlook
from store.ledger.queries import attempts, deliveries, outbox
from store.ledger.settling import Patience, Settled, settle
from tests.alerts.posts import MAIL, NOW, fill, posting, put

NEVER: Final = Patience(10**6, timedelta(0))
BACK: Final = {"mail": timedelta(minutes=5)}


@dataclass
class Bundle:
    key: str
    whys: dict[int, str | None]


@dataclass
class Held:
    until: Any
    whys: dict[int, str | None]


@dataclass
class Choice:
    bundles: list[Bundle] = field(default_factory=list)
    held: list[Held] = field(default_factory=list)


def singly(waiting: Sequence[Waiting], sent: Sequence[Sent]) -> Choice:
    return Choice([Bundle(w.message_key or w.key, {w.id: w.why}) for w in waiting])


def together(waiting: Sequence[Waiting], sent: Sequence[Sent]) -> Choice:
    return Choice([Bundle("one", {w.id: "together" for w in waiting})])


def take(ledger: Ledger, now: Any = NOW, choose: Any = singly, **more: Any) -> list[Lot]:
    return lease(ledger, now, choose, BACK, **more)


def looked_at(ledger: Ledger, now: Any) -> tuple[Sequence[Waiting], Sequence[Sent]]:
    """What a lease is shown that takes nothing."""
    seen: list[tuple[Sequence[Waiting], Sequence[Sent]]] = []

    def look(waiting: Sequence[Waiting], sent: Sequence[Sent]) -> Choice:
        seen.append((waiting, sent))
        return Choice()

    assert take(ledger, now, look) == []
    return seen[0]


def test_one_lease_takes_all_that_is_due_and_none_is_given_again(ledger: Ledger) -> None:
    fill(ledger, 3, MAIL)
    lots = take(ledger)
    assert [p.id for lot in lots for p in lot.parcels] == [1, 2, 3]
    assert take(ledger) == []
    assert not has_due(ledger, NOW)
    first = lots[0].parcels[0]
    assert (first.rule, first.subject, first.event, first.order_no) == ("repair_due", "orders:0", "raised", "G0")


def test_critical_ones_come_first_then_the_oldest(ledger: Ledger) -> None:
    put(ledger, [posting(1, MAIL), posting(2, MAIL, critical=True), posting(3, MAIL)])
    assert [w.id for w in looked_at(ledger, NOW)[0]] == [2, 1, 3]
    assert outbox(ledger) == {"pending": 3}


def test_an_expired_lease_is_due_again_bound_to_its_message(ledger: Ledger) -> None:
    fill(ledger, 2, MAIL)
    (first,) = take(ledger, choose=together)
    assert take(ledger, NOW + LEASE - timedelta(microseconds=1)) == []
    assert has_due(ledger, NOW + LEASE)
    again = take(ledger, NOW + LEASE)
    assert {lot.key for lot in again} == {first.key} == {"one"}
    assert [p.attempt for lot in again for p in lot.parcels] == [2, 2]


def test_a_node_that_starts_waits_for_no_lease_of_the_last_one(ledger: Ledger) -> None:
    fill(ledger, 3, MAIL)
    (first,) = take(ledger, choose=lambda waiting, sent: together(waiting[:2], sent))
    soon = NOW + timedelta(seconds=1)
    assert end_leases(ledger, soon) == 2
    assert end_leases(ledger, soon) == 0
    again = [(lot.key == first.key, p.attempt) for lot in take(ledger, soon) for p in lot.parcels]
    assert sorted(again) == [(False, 1), (True, 2), (True, 2)]


def test_who_lost_its_lease_can_not_put_a_message_back(ledger: Ledger) -> None:
    fill(ledger, 1, MAIL)
    (slow,), (quick,) = take(ledger), take(ledger, NOW + LEASE)
    settle(ledger, [Settled(slow, "retried", NOW + LEASE, "timed out", NOW)], NEVER)
    assert outbox(ledger) == {"leased": 1}
    settle(ledger, [Settled(quick, "sent", NOW + LEASE, receipt="250 ok")], NEVER)
    settle(ledger, [Settled(slow, "failed", NOW + LEASE, "timed out")], NEVER)
    (stored,) = deliveries(ledger)
    assert (stored["state"], stored["receipt"]) == ("sent", "250 ok")
    assert [(a["number"], a["outcome"]) for a in attempts(ledger, 1)] == [(1, "retried"), (2, "sent"), (1, "failed")]


def test_a_late_success_counts_though_the_lease_is_lost(ledger: Ledger) -> None:
    fill(ledger, 1, MAIL)
    (slow,), (quick,) = take(ledger), take(ledger, NOW + LEASE)
    settle(ledger, [Settled(slow, "sent", NOW + LEASE), Settled(quick, "retried", NOW + LEASE, "no", NOW)], NEVER)
    assert outbox(ledger) == {"sent": 1}


def test_one_settlement_stores_many_outcomes(ledger: Ledger) -> None:
    fill(ledger, 3, MAIL)
    sent, later, given_up = take(ledger)
    wait = NOW + timedelta(seconds=2)
    settle(
        ledger,
        [
            Settled(sent, "sent", NOW),
            Settled(later, "retried", NOW, "HTTP 500", wait),
            Settled(given_up, "failed", NOW, "550"),
        ],
        NEVER,
    )
    assert outbox(ledger) == {"sent": 1, "pending": 1, "failed": 1}
    assert take(ledger, NOW + timedelta(seconds=1.9)) == []
    assert [p.id for lot in take(ledger, wait) for p in lot.parcels] == [2]
    assert take(ledger, NOW + timedelta(days=9))[0].parcels[0].id == 2  # never the one given up
    assert [d["last_error"] for d in deliveries(ledger, state="failed")] == ["550"]


@pytest.mark.parametrize(("is_bound", "key"), [(True, "one"), (False, None)])
def test_what_may_have_arrived_stays_the_same_message(ledger: Ledger, is_bound: bool, key: str | None) -> None:
    fill(ledger, 2, MAIL)
    (lot,) = take(ledger, choose=together)
    settle(ledger, [Settled(lot, "retried", NOW, "timed out", NOW, is_bound=is_bound)], NEVER)
    assert {d["message_key"] for d in deliveries(ledger)} == {key}


def test_what_is_given_back_is_due_at_once_and_was_no_attempt(ledger: Ledger) -> None:
    fill(ledger, 1, MAIL)
    (lot,) = take(ledger)
    settle(ledger, [Settled(lot, "returned", NOW)], NEVER)
    assert (outbox(ledger), attempts(ledger, 1)) == ({"pending": 1}, [])
    assert take(ledger)[0].attempt == 1


def test_what_is_held_waits_with_its_reason(ledger: Ledger) -> None:
    fill(ledger, 1, MAIL)
    until = NOW + timedelta(seconds=30)
    assert take(ledger, choose=lambda w, s: Choice(held=[Held(until, {1: "held back: storm"})])) == []
    assert deliveries(ledger)[0]["why"] == "held back: storm"
    assert outlook(ledger, NOW) == {"waiting": 1, "due": 0, "next_at": until}
    assert [w.has_waited for w in looked_at(ledger, until)[0]] == [True]


def test_the_past_of_an_exit_is_told_per_message_and_unit(ledger: Ledger) -> None:
    fill(ledger, 4, MAIL, units=2)
    (digest,) = take(ledger, choose=together)
    settle(ledger, [Settled(digest, "sent", NOW)], NEVER)
    fill(ledger, 1, MAIL, first=4)
    (flying,) = take(ledger, NOW + timedelta(seconds=5))
    fill(ledger, 1, MAIL, first=5)
    past = looked_at(ledger, NOW + timedelta(seconds=9))[1]
    assert sorted((s.message_key == "one", s.unit, s.notices, (s.at - NOW).seconds) for s in past) == [
        (False, "S0", 1, 9),
        (True, "S0", 2, 0),
        (True, "S1", 2, 0),
    ]
    assert flying.key in {s.message_key for s in past}
    assert looked_at(ledger, NOW + timedelta(minutes=5))[1] == []


def test_a_channel_left_out_is_passed_over(ledger: Ledger) -> None:
    fill(ledger, 1, MAIL, "hook:")
    assert [lot.channel for lot in take(ledger, skip={"mail"})] == ["hook"]
    assert not has_due(ledger, NOW, {"mail"})


def test_a_permanent_failure_goes_to_the_next_exit(ledger: Ledger) -> None:
    fill(ledger, 1, "sms:1380000", exits=("mail:a@example.org", "hook:"))
    (lot,) = take(ledger)
    assert settle(ledger, [Settled(lot, "failed", NOW, "gateway says no")], NEVER) == 1
    second, first = deliveries(ledger)
    assert (first["state"], second["state"]) == ("failed", "pending")
    assert (second["channel"], second["address"], second["exits"]) == ("mail", "a@example.org", ["hook:"])
    assert (second["why"], second["attempts"]) == ("after sms failed", 0)
    assert second["key"] != first["key"]


@pytest.mark.parametrize(
    ("level", "tries", "after_s", "expected"),
    [
        pytest.param("red", 3, 60, 1, id="red, often and long enough"),
        pytest.param("red", 2, 600, 0, id="not often enough"),
        pytest.param("red", 3, 30, 0, id="not long enough"),
        pytest.param("orange", 3, 60, 0, id="orange can wait"),
    ],
)
def test_a_red_one_that_keeps_failing_also_goes_to_its_next_exit(
    ledger: Ledger, level: str, tries: int, after_s: float, expected: int
) -> None:
    fill(ledger, 1, "sms:1380000", level=level, exits=("hook:",))
    patience = Patience(3, timedelta(seconds=60))
    onward = 0
    for number in range(tries):
        at = NOW + timedelta(seconds=after_s * number / (tries - 1))
        (lot,) = take(ledger, at, skip={"hook"})
        onward += settle(ledger, [Settled(lot, "retried", at, "HTTP 500", at)], patience)
    assert onward == expected
    assert len(deliveries(ledger)) == 1 + expected
    assert deliveries(ledger, state="pending")[-1]["channel"] == "sms"  # it goes on trying


def test_an_exit_that_is_told_anyway_is_not_told_twice(ledger: Ledger) -> None:
    fill(ledger, 1, "sms:1380000", "hook:", exits=("hook:",))
    lots = take(ledger)
    sms = next(lot for lot in lots if lot.channel == "sms")
    assert settle(ledger, [Settled(sms, "failed", NOW, "no")], NEVER) == 0
    assert len(deliveries(ledger)) == 2


@pytest.mark.parametrize("senders", [2, 4])
def test_no_two_senders_take_one_message(ledger: Ledger, senders: int) -> None:
    fill(ledger, 30, MAIL)

    def two(waiting: Sequence[Waiting], sent: Sequence[Sent]) -> Choice:
        return singly(waiting[:2], sent)

    def take_all() -> list[int]:
        taken: list[int] = []
        while has_due(ledger, NOW):  # another's rows are passed over while it has them
            taken += [p.id for lot in take(ledger, choose=two) for p in lot.parcels]
        return taken

    with ThreadPoolExecutor(senders) as pool:
        taken = [id_ for f in [pool.submit(take_all) for _ in range(senders)] for id_ in f.result(60)]
    assert sorted(taken) == list(range(1, 31))
