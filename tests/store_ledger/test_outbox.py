from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from store.ledger import Ledger
from store.ledger.commands import record
from store.ledger.outbox import LEASE, has_due, settle_failed, settle_sent, take_one
from store.ledger.queries import attempts, deliveries, outbox
from tests.alerts.city import NOW, posting, raised


def fill(ledger: Ledger, count: int, *to: str) -> None:
    record(ledger, [posting(raised(str(n)), *(to or ("mail:duty@example.org",))) for n in range(count)])


def test_the_oldest_due_message_is_leased_and_not_given_again(ledger: Ledger) -> None:
    fill(ledger, 2)
    first, second = take_one(ledger, NOW), take_one(ledger, NOW)
    assert first is not None
    assert second is not None
    assert (first.id, second.id) == (1, 2)
    assert take_one(ledger, NOW) is None
    assert not has_due(ledger, NOW)


def test_an_expired_lease_is_due_again_with_the_same_key(ledger: Ledger) -> None:
    fill(ledger, 1)
    first = take_one(ledger, NOW)
    assert first is not None
    assert take_one(ledger, NOW + LEASE - timedelta(microseconds=1)) is None
    assert has_due(ledger, NOW + LEASE)
    again = take_one(ledger, NOW + LEASE)
    assert again is not None
    assert (again.id, again.key, again.attempt) == (first.id, first.key, 2)


def test_who_lost_its_lease_can_not_put_a_message_back(ledger: Ledger) -> None:
    fill(ledger, 1)
    slow = take_one(ledger, NOW)
    quick = take_one(ledger, NOW + LEASE)
    assert slow is not None
    assert quick is not None
    settle_failed(ledger, slow, NOW + LEASE, "timed out", NOW)
    assert outbox(ledger) == {"leased": 1}
    settle_sent(ledger, quick, NOW + LEASE)
    settle_failed(ledger, slow, NOW + LEASE, "timed out", None)
    assert outbox(ledger) == {"sent": 1}
    assert [(a["number"], a["outcome"]) for a in attempts(ledger, slow.id)] == [
        (1, "retried"),
        (2, "sent"),
        (1, "failed"),
    ]


def test_a_late_success_counts_though_the_lease_is_lost(ledger: Ledger) -> None:
    fill(ledger, 1)
    slow, quick = take_one(ledger, NOW), take_one(ledger, NOW + LEASE)
    assert slow is not None
    assert quick is not None
    settle_sent(ledger, slow, NOW + LEASE)
    settle_failed(ledger, quick, NOW + LEASE, "refused", NOW)
    assert outbox(ledger) == {"sent": 1}


def test_a_failed_one_waits_for_its_time(ledger: Ledger) -> None:
    fill(ledger, 1)
    parcel = take_one(ledger, NOW)
    assert parcel is not None
    settle_failed(ledger, parcel, NOW, "HTTP 500", NOW + timedelta(seconds=2))
    assert take_one(ledger, NOW + timedelta(seconds=1.9)) is None
    assert take_one(ledger, NOW + timedelta(seconds=2)) is not None


def test_a_permanent_failure_is_shown_and_never_taken_again(ledger: Ledger) -> None:
    fill(ledger, 1)
    parcel = take_one(ledger, NOW)
    assert parcel is not None
    settle_failed(ledger, parcel, NOW, "SMTP 550", None)
    assert take_one(ledger, NOW + timedelta(days=9)) is None
    assert [d["last_error"] for d in deliveries(ledger, state="failed")] == ["SMTP 550"]


def test_a_resting_channel_is_passed_over(ledger: Ledger) -> None:
    fill(ledger, 1, "mail:duty@example.org", "hook:")
    taken = take_one(ledger, NOW, {"mail"})
    assert taken is not None
    assert taken.channel == "hook"
    assert take_one(ledger, NOW, {"mail"}) is None


@pytest.mark.parametrize("senders", [2, 4])
def test_no_two_senders_take_one_message(ledger: Ledger, senders: int) -> None:
    fill(ledger, 30)

    def take_all() -> list[int]:
        taken = []
        while parcel := take_one(ledger, NOW):
            taken.append(parcel.id)
        return taken

    with ThreadPoolExecutor(senders) as pool:
        taken = [id_ for f in [pool.submit(take_all) for _ in range(senders)] for id_ in f.result(60)]
    assert sorted(taken) == list(range(1, 31))
