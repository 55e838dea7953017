"""From a stored transition to a real receiver."""

import logging
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.channels import Channel, DeliveryError, make
from alerts.delivery import FIRST_WAIT_S, LONGEST_WAIT_S, MOST_ATTEMPTS, retry_wait, send_due
from settings import Channel as ChannelSettings
from settings import Route, SettingsError
from store.ledger import Ledger, open_ledger
from store.ledger.commands import record
from store.ledger.models import Delivery
from store.ledger.outbox import LEASE
from store.ledger.queries import alerts, attempts, deliveries, outbox
from tests.alerts.city import NOW, posting, raised
from tests.alerts.receivers import Hook, Mailbox, hook, mailbox

MAIL: Final = "mail:duty@example.org"
ROOT: Final = Path(__file__).parents[2]


class Clock:
    """A clock that tests move."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, span: timedelta) -> None:
        self.now += span


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "ledger.db"


@pytest.fixture
def ledger(file: Path) -> Iterator[Ledger]:
    opened = open_ledger(f"sqlite:///{file}")
    yield opened
    opened.close()


@pytest.fixture
def mail() -> Iterator[Mailbox]:
    with mailbox() as box:
        yield box


@pytest.fixture
def web() -> Iterator[Hook]:
    with hook() as box:
        yield box


@pytest.fixture
def channels(mail: Mailbox, web: Hook) -> dict[str, Channel]:
    urls = {"mail": mail.url, "hook": web.url}
    return make({name: ChannelSettings(url=url) for name, url in urls.items()})  # type: ignore[arg-type]  # pydantic makes it a secret


def fill(ledger: Ledger, count: int, *to: str) -> None:
    record(ledger, [posting(raised(str(n)), *to) for n in range(count)])


def test_an_overrun_reaches_mail_and_webhook_once_each(
    ledger: Ledger, channels: dict[str, Channel], clock: Clock, mail: Mailbox, web: Hook
) -> None:
    fill(ledger, 2, MAIL, "hook:")
    assert send_due(ledger, channels, clock) == {"sent": 4, "retried": 0, "failed": 0}
    assert send_due(ledger, channels, clock) == {"sent": 0, "retried": 0, "failed": 0}
    assert mail.subjects == [f"【守灯人】红色：工单G{n}到达现场已超时5分（东湖县 城关供电所）" for n in (0, 1)]
    assert [m["title"] for m in web.taken] == mail.subjects
    stored = {d["key"] for d in deliveries(ledger)}
    assert {*mail.keys, *(m["idempotency_key"] for m in web.taken)} == stored
    assert len(stored) == 4
    payload = mail.taken[0].get_payload(decode=True)
    assert isinstance(payload, bytes)
    assert payload.decode().replace("\r\n", "\n").strip() == web.taken[0]["message"]
    assert mail.taken[0]["To"] == "duty@example.org"


def test_two_senders_send_each_message_once(
    ledger: Ledger, channels: dict[str, Channel], clock: Clock, mail: Mailbox, web: Hook
) -> None:
    fill(ledger, 15, MAIL, "hook:")
    with ThreadPoolExecutor(2) as pool:
        counts = [f.result(60) for f in [pool.submit(send_due, ledger, channels, clock) for _ in range(2)]]
    assert sum(c["sent"] for c in counts) == 30
    assert len(mail.keys) == len(set(mail.keys)) == 15
    assert len(web.taken) == len({m["idempotency_key"] for m in web.taken}) == 15


def test_a_receiver_that_fails_gets_it_later(
    ledger: Ledger, channels: dict[str, Channel], clock: Clock, web: Hook
) -> None:
    fill(ledger, 1, "hook:")
    web.replies = [500, 503]
    assert send_due(ledger, channels, clock)["retried"] == 1
    (waiting,) = deliveries(ledger)
    assert (waiting["state"], waiting["last_error"]) == ("pending", "hook: HTTP 500")
    assert send_due(ledger, channels, clock) == {"sent": 0, "retried": 0, "failed": 0}
    clock.pass_by(retry_wait(waiting["key"], 1))
    assert send_due(ledger, channels, clock)["retried"] == 1
    clock.pass_by(retry_wait(waiting["key"], 2) - timedelta(microseconds=1))
    assert send_due(ledger, channels, clock)["sent"] == 0
    clock.pass_by(timedelta(microseconds=1))
    assert send_due(ledger, channels, clock)["sent"] == 1
    assert [m["idempotency_key"] for m in web.taken] == [waiting["key"]]
    assert [(a["number"], a["outcome"], a["error"]) for a in attempts(ledger, 1)] == [
        (1, "retried", "hook: HTTP 500"),
        (2, "retried", "hook: HTTP 503"),
        (3, "sent", None),
    ]


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        pytest.param(400, "failed", id="not understood"),
        pytest.param(403, "failed", id="forbidden"),
        pytest.param(413, "failed", id="too large"),
        pytest.param(408, "retried", id="receiver was slow"),
        pytest.param(429, "retried", id="too many"),
        pytest.param(500, "retried", id="receiver broke"),
    ],
)
def test_what_a_webhook_s_reply_means(
    ledger: Ledger, channels: dict[str, Channel], clock: Clock, web: Hook, code: int, outcome: str
) -> None:
    fill(ledger, 1, "hook:")
    web.replies = [code]
    assert send_due(ledger, channels, clock)[outcome] == 1
    assert deliveries(ledger)[0]["last_error"] == f"hook: HTTP {code}"


@pytest.mark.parametrize(
    ("reply", "outcome", "error"),
    [
        pytest.param("550 no such user duty@example.org", "failed", "mail: SMTP 550", id="no such box"),
        pytest.param("451 come back later", "retried", "mail: SMTP 451", id="grey-listed"),
    ],
)
def test_what_a_mail_server_s_reply_means(
    ledger: Ledger, channels: dict[str, Channel], clock: Clock, mail: Mailbox, reply: str, outcome: str, error: str
) -> None:
    for at, message in enumerate(("refused", "replies")):
        fill(ledger, at + 1, MAIL)
        mail.refused = {"duty@example.org": reply} if message == "refused" else {}
        mail.replies = [reply] if message == "replies" else []
        assert send_due(ledger, channels, clock, limit=1)[outcome] == 1
        assert deliveries(ledger, limit=1)[0]["last_error"] == error
    assert mail.taken == []


def test_a_refused_recipient_stops_no_other(
    ledger: Ledger, channels: dict[str, Channel], clock: Clock, mail: Mailbox
) -> None:
    mail.refused = {"gone@example.org": "550 no such user"}
    fill(ledger, 2, "mail:gone@example.org", MAIL)
    assert send_due(ledger, channels, clock) == {"sent": 2, "retried": 0, "failed": 2}
    assert len(mail.taken) == 2


def test_a_dead_receiver_costs_one_try_and_holds_up_no_other_channel(ledger: Ledger, clock: Clock, web: Hook) -> None:
    urls = {"mail": "mailto://127.0.0.1:1/{to}?from=a@example.org", "hook": web.url}
    channels = make({name: ChannelSettings(url=url) for name, url in urls.items()})  # type: ignore[arg-type]  # as above
    fill(ledger, 3, MAIL, "hook:")
    assert send_due(ledger, channels, clock) == {"sent": 3, "retried": 1, "failed": 0}
    assert outbox(ledger) == {"sent": 3, "pending": 3}
    assert {d["last_error"] for d in deliveries(ledger, state="pending")} == {"mail: connection refused", None}


def test_a_receiver_that_hangs_is_given_up_as_timed_out(ledger: Ledger, clock: Clock, web: Hook) -> None:
    channels = make({"hook": ChannelSettings(url=f"{web.url}?rto=0.2")})  # type: ignore[arg-type]  # as above
    fill(ledger, 1, "hook:")
    web.answer.clear()
    assert send_due(ledger, channels, clock)["retried"] == 1
    assert deliveries(ledger)[0]["last_error"] == "hook: timed out"


def test_a_channel_that_left_the_settings_is_shown(ledger: Ledger, clock: Clock) -> None:
    fill(ledger, 1, "pager:7")
    assert send_due(ledger, {}, clock)["failed"] == 1
    assert deliveries(ledger)[0]["last_error"] == "pager: the settings have no such channel"


def test_no_retry_without_end(ledger: Ledger, channels: dict[str, Channel], clock: Clock, web: Hook) -> None:
    fill(ledger, 1, "hook:")
    with ledger.writing() as session:
        session.get_one(Delivery, 1).attempts = MOST_ATTEMPTS - 1
    web.replies = [500]
    assert send_due(ledger, channels, clock)["failed"] == 1
    assert outbox(ledger) == {"failed": 1}


@contextmanager
def site_log() -> Iterator[list[str]]:
    """Everything that would reach a site's log at its most talkative, but for the tests' own mail server."""
    lines: list[str] = []
    root, keep = logging.getLogger(), logging.Handler()
    keep.emit = lambda record: lines.append(record.getMessage())  # type: ignore[method-assign]  # a handler in one line
    keep.addFilter(lambda record: not record.name.startswith("mail."))
    level = root.level
    root.addHandler(keep)
    root.setLevel(logging.DEBUG)
    try:
        yield lines
    finally:
        root.removeHandler(keep)
        root.setLevel(level)


def test_neither_log_nor_ledger_shows_an_address_or_a_secret(
    ledger: Ledger, channels: dict[str, Channel], clock: Clock, mail: Mailbox, web: Hook
) -> None:
    mail.refused = {"duty@example.org": "550 duty@example.org unknown"}
    web.replies = [500]
    fill(ledger, 1, MAIL, "hook:")
    with site_log() as lines:
        send_due(ledger, channels, clock)
    told = "\n".join(lines + [str(d["last_error"]) for d in deliveries(ledger)])
    assert "mail: SMTP 550; given up" in told
    assert "hook: HTTP 500; will be tried again" in told
    for secret in ("duty@example.org", "s3cret", "工单"):
        assert secret not in told


def run_and_kill(code: str, file: Path, until: Callable[[subprocess.Popen[str]], object]) -> None:
    """Runs `code` with the ledger's file, waits for `until`, and kills it as a power cut would."""
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(file)], cwd=ROOT, stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True
    )  # fmt: skip
    with process:
        until(process)
        process.send_signal(signal.SIGKILL)


def said(word: str) -> Callable[[subprocess.Popen[str]], object]:
    def wait(process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        assert process.stdout.readline().strip() == word

    return wait


RECORD: Final = """
import sys
from store.ledger import open_ledger
from store.ledger.commands import record
from tests.alerts.city import posting, raised
record(open_ledger("sqlite:///" + sys.argv[1]), [posting(raised(), "mail:duty@example.org", "hook:")])
print("recorded", flush=True)
sys.stdin.read()
"""
HALF: Final = """
import sys
from store.ledger import open_ledger
from store.ledger.models import Alert
from tests.alerts.city import NOW
with open_ledger("sqlite:///" + sys.argv[1]).writing() as session:
    session.add(Alert(rule="repair_due", subject="orders:1", state="raised", level="red", critical=False, passed={},
                      version=1, raised_at=NOW, changed_at=NOW))
    session.flush()
    print("half", flush=True)
    sys.stdin.read()
"""
SEND: Final = """
import sys
from datetime import UTC, datetime
from alerts.channels import make
from alerts.delivery import send_due
from settings import Channel
from store.ledger import open_ledger
from tests.alerts.city import NOW
send_due(open_ledger("sqlite:///" + sys.argv[1]), make({"hook": Channel(url="URL")}), lambda: NOW)
"""


def test_killed_between_record_and_send_loses_nothing(file: Path, clock: Clock, mail: Mailbox, web: Hook) -> None:
    run_and_kill(RECORD, file, said("recorded"))
    urls = {"mail": mail.url, "hook": web.url}
    after = open_ledger(f"sqlite:///{file}")
    channels = make({name: ChannelSettings(url=url) for name, url in urls.items()})  # type: ignore[arg-type]  # as above
    assert send_due(after, channels, clock)["sent"] == 2
    after.close()
    assert (len(mail.taken), len(web.taken)) == (1, 1)


def test_killed_while_recording_leaves_nothing_half_done(file: Path) -> None:
    run_and_kill(HALF, file, said("half"))
    after = open_ledger(f"sqlite:///{file}")
    left = alerts(after, "all")
    assert record(after, [posting(raised(), "hook:")]) == 1
    after.close()
    assert left == []


def test_killed_while_sending_sends_again_with_the_same_key_once_the_lease_is_over(
    ledger: Ledger, file: Path, channels: dict[str, Channel], clock: Clock, web: Hook
) -> None:
    fill(ledger, 1, "hook:")
    web.answer.clear()
    run_and_kill(SEND.replace("URL", web.url), file, lambda _: web.arrived.wait(60))
    web.answer.set()
    assert outbox(ledger) == {"leased": 1}
    clock.pass_by(LEASE - timedelta(seconds=1))
    assert send_due(ledger, channels, clock)["sent"] == 0
    clock.pass_by(timedelta(seconds=1))
    assert send_due(ledger, channels, clock)["sent"] == 1
    assert web.asked == 2
    assert {m["idempotency_key"] for m in web.taken} == {deliveries(ledger)[0]["key"]}


@settings(deadline=None)
@given(st.text(max_size=8), st.integers(1, MOST_ATTEMPTS))
def test_waits_grow_stay_bounded_and_differ_by_key(key: str, attempt: int) -> None:
    longest = min(LONGEST_WAIT_S, FIRST_WAIT_S * 2 ** (attempt - 1))
    wait = retry_wait(key, attempt).total_seconds()
    assert longest / 2 <= wait <= longest
    assert wait == retry_wait(key, attempt).total_seconds()
    assert wait != retry_wait(key + "x", attempt).total_seconds()


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
        make({"x": ChannelSettings(url=url)}, [Route(to=(to,))])  # type: ignore[arg-type]  # as above
    assert told in caught.value.faults[0]
    assert "127.0.0.1" not in str(caught.value)


def test_an_address_can_not_break_out_of_its_place(web: Hook) -> None:
    channel = make({"x": ChannelSettings(url=web.url + "{to}")})["x"]  # type: ignore[arg-type]  # as above
    channel.send("a/../b?method=GET&c=d#e", "t", "b", "k")
    assert [m["title"] for m in web.taken] == ["t"]


def test_a_failure_says_whether_it_is_for_good(web: Hook) -> None:
    channel = make({"x": ChannelSettings(url=web.url)})["x"]  # type: ignore[arg-type]  # as above
    web.replies = [404, 502]
    for is_permanent in (True, False):
        with pytest.raises(DeliveryError) as caught:
            channel.send("", "t", "b", "k")
        assert caught.value.permanent is is_permanent


def test_times_of_the_ledger_are_the_senders(ledger: Ledger, channels: dict[str, Channel]) -> None:
    fill(ledger, 1, "hook:")  # recorded by a replayed site's clock, whatever it says
    assert send_due(ledger, channels, lambda: datetime(2020, 1, 1, tzinfo=UTC))["sent"] == 1
    assert deliveries(ledger)[0]["sent_at"] == "2020-01-01T00:00:00+00:00"
