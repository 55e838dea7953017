"""What a channel may raise besides DeliveryError: it costs that message a try, and nobody else anything."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from alerts.channels import DeliveryError, make
from alerts.delivery import MOST_ATTEMPTS, retry_wait, send_due
from settings import Channel as ChannelSettings
from store.ledger import Ledger, open_ledger
from store.ledger.commands import record
from store.ledger.models import Delivery
from store.ledger.queries import attempts, deliveries, outbox
from tests.alerts.city import NOW, posting, raised
from tests.alerts.receivers import hook

SECRET: Final = "pager-s3cret"


class Broken:
    """A channel with a fault of its own."""

    def send(self, address: str, title: str, body: str, key: str) -> None:
        raise LookupError(f"https://{SECRET}@example.org/{address}")


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    opened = open_ledger(f"sqlite:///{tmp_path / 'ledger.db'}")
    yield opened
    opened.close()


def test_a_channel_that_breaks_holds_up_no_other_and_is_tried_again(
    ledger: Ledger, caplog: pytest.LogCaptureFixture
) -> None:
    record(ledger, [posting(raised(str(n)), "broken:me", "hook:") for n in range(2)])
    with hook() as web:
        channels = make({"hook": ChannelSettings(url=web.url)})  # type: ignore[arg-type]  # pydantic makes it a secret
        assert send_due(ledger, channels | {"broken": Broken()}, lambda: NOW) == {"sent": 2, "retried": 1, "failed": 0}
        assert len(web.taken) == 2
    assert outbox(ledger) == {"sent": 2, "pending": 2}
    (tried,) = [d for d in deliveries(ledger, state="pending") if d["attempts"]]
    assert tried["last_error"] == "broken: LookupError"
    assert tried["next_at"] == (NOW + retry_wait(tried["key"], 1)).isoformat()
    assert [(a["number"], a["outcome"], a["error"]) for a in attempts(ledger, tried["id"])] == [
        (1, "retried", "broken: LookupError")
    ]
    assert "broken: LookupError" in caplog.text
    assert SECRET not in caplog.text


def test_a_channel_that_breaks_is_not_tried_without_end(ledger: Ledger) -> None:
    record(ledger, [posting(raised(), "broken:me")])
    with ledger.writing() as session:
        session.get_one(Delivery, 1).attempts = MOST_ATTEMPTS - 1
    assert send_due(ledger, {"broken": Broken()}, lambda: NOW)["failed"] == 1
    assert outbox(ledger) == {"failed": 1}


def test_what_apprise_can_not_carry_is_told_by_its_type() -> None:
    channel = make({"x": ChannelSettings(url=f"json://127.0.0.1:1/{SECRET}/{{to}}")})["x"]  # type: ignore[arg-type]  # as above
    with pytest.raises(DeliveryError) as caught:
        channel.send("no character \ud800", "t", "b", "k")
    assert (str(caught.value), caught.value.permanent) == ("x: UnicodeEncodeError", False)
    assert caught.value.__suppress_context__
