"""What a channel may raise besides DeliveryError: it costs that message a try, and nobody else anything."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from alerts.channels import DeliveryError, Message, Traits, make
from alerts.delivery import MOST_ATTEMPTS, retry_wait, send_due
from settings import Route, SettingsError
from settings_channels import Apprise
from store.ledger import Ledger, open_ledger
from store.ledger.models import Delivery
from store.ledger.queries import attempts, deliveries, outbox
from tests.alerts.posts import NOW, fill
from tests.alerts.receivers import Hook, hook

SECRET: Final = "pager-s3cret"
MESSAGE: Final = Message("", "t", "b", "k")


class Broken:
    """A channel with a fault of its own."""

    traits = Traits()

    def why_unusable(self) -> str | None:
        return None

    def send(self, messages: list[Message]) -> str | None:
        raise LookupError(f"https://{SECRET}@example.org/{messages[0].address}")


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    opened = open_ledger(f"sqlite:///{tmp_path / 'ledger.db'}")
    yield opened
    opened.close()


@pytest.fixture
def web() -> Iterator[Hook]:
    with hook() as box:
        yield box


def apprise(url: str) -> Apprise:
    return Apprise.model_validate({"url": url})


def test_a_channel_that_breaks_holds_up_no_other_and_is_tried_again(
    ledger: Ledger, web: Hook, caplog: pytest.LogCaptureFixture
) -> None:
    fill(ledger, 2, "broken:me", "hook:")
    channels = make({"hook": apprise(web.url)})
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
    fill(ledger, 1, "broken:me")
    with ledger.writing() as session:
        session.get_one(Delivery, 1).attempts = MOST_ATTEMPTS - 1
    assert send_due(ledger, {"broken": Broken()}, lambda: NOW)["failed"] == 1
    assert outbox(ledger) == {"failed": 1}


def test_what_apprise_can_not_carry_is_told_by_its_type() -> None:
    channel = make({"x": apprise(f"json://127.0.0.1:1/{SECRET}/{{to}}")})["x"]
    with pytest.raises(DeliveryError) as caught:
        channel.send([Message("no character \ud800", "t", "b", "k")])
    assert (str(caught.value), caught.value.permanent) == ("x: UnicodeEncodeError", False)
    assert caught.value.__suppress_context__


@pytest.mark.parametrize(
    ("code", "is_permanent"),
    [
        pytest.param(400, True, id="not understood"),
        pytest.param(403, True, id="forbidden"),
        pytest.param(404, True, id="no such place"),
        pytest.param(413, True, id="too large"),
        pytest.param(408, False, id="receiver was slow"),
        pytest.param(429, False, id="too many"),
        pytest.param(502, False, id="receiver broke"),
    ],
)
def test_what_a_web_service_s_reply_to_apprise_means(web: Hook, code: int, is_permanent: bool) -> None:
    web.replies = [code]
    with pytest.raises(DeliveryError) as caught:
        make({"x": apprise(web.url)})["x"].send([MESSAGE])
    assert (str(caught.value), caught.value.permanent) == (f"x: HTTP {code}", is_permanent)


def test_a_service_that_hangs_is_given_up_as_timed_out(web: Hook) -> None:
    web.answer.clear()
    with pytest.raises(DeliveryError, match="x: timed out") as caught:
        make({"x": apprise(f"{web.url}?rto=0.2")})["x"].send([MESSAGE])
    assert caught.value.maybe_taken


def test_an_address_can_not_break_out_of_its_place(web: Hook) -> None:
    channel = make({"x": apprise(web.url + "{to}")})["x"]
    channel.send([Message("a/../b?method=GET&c=d#e", "t", "b", "k")])
    assert [(m["title"], m["idempotency_key"]) for m in web.taken] == [("t", "k")]


@pytest.mark.parametrize(
    ("url", "to", "told"),
    [
        pytest.param("carrier-pigeon://roof", "x:", "channels.x.url: Apprise does not understand", id="unknown kind"),
        pytest.param("mailto://127.0.0.1/box?from=bad", "x:", "channels.x.url: Apprise does not", id="no valid sender"),
        pytest.param("json://127.0.0.1/", "x:me", "write {to} into channels.x.url", id="address would be lost"),
        pytest.param("json://127.0.0.1/{to}", "x:", "write x:ADDRESS, its url has {to}", id="address is missing"),
    ],
)
def test_a_channel_that_can_not_work_is_refused_at_load(url: str, to: str, told: str) -> None:
    with pytest.raises(SettingsError) as caught:
        make({"x": apprise(url)}, [Route(to=(to,))])
    assert told in caught.value.faults[0]
    assert "127.0.0.1" not in str(caught.value)
